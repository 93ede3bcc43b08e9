"""From a section's text to its records. Pure, and total: it never raises, faults stand in the section."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml
from markdown_it.token import Token

from d2lbook.errors import Fault, Severity, meant
from d2lbook.markup.anchors import anchors_of
from d2lbook.markup.grammar import DEEPEST, new_parser
from d2lbook.markup.mistakes import slips
from d2lbook.markup.model import ALL, Block, Claim, Code, Expect, Fold, Prose, Role, Section, Tabs, Toc
from d2lbook.markup.slides import without_slides
from d2lbook.markup.uses import uses_of

FRONT_KEYS = {"data": list, "timeout": (int, float), "gpus": int, "memory_gib": (int, float)}
FRONT_LIMITS = {"timeout": (1, 604_800), "gpus": (0, 1024), "memory_gib": (0.01, 65_536)}
"""The least and the greatest that a number in the front matter may be; what is not is left out."""
_SAVE = re.compile(r"#[ \t]*@save(?!\w)")
_VOLATILE = re.compile(r"#[ \t]*volatile\b")
_HIDE = re.compile(r"^[ \t]*#[ \t]*(?:@hide(?:_(code|outputs?|all))?|hide (code|outputs))[ \t]*$", re.M | re.I)
_FOLD = re.compile(r"[ \t]*#[ \t]*fold[ \t]*[:：][ \t]*(\S[^\n]*?)[ \t]*(?:\n|$)")
_FOLDED = re.compile(r"^[ \t]*#[ \t]*fold\b[^\n]*", re.M)
_CODE_MARK = re.compile(r"^[ \t]*(#[ \t]*@(?:tab|save)\b|%%tab\b)", re.M)


def parse(text: str, docname: str, path: str, tabs: frozenset[str] = frozenset()) -> Section:
    """Return the section that ``text`` describes.

    ``docname`` is its name below the source folder, ``path`` its file for messages. ``tabs`` are the names
    that a tab may have besides ``all``; empty: any name.
    """
    plain = without_slides(lines_of(text))
    reader = _Parse(plain.text, path, tabs)
    for line, mark in plain.unclosed:
        reader.fault(line, "a slide mark that nothing closes", mark, f"close it with {mark[:0:-1]}… as it was opened")
    blocks = reader.blocks(reader.tokens, 0, len(reader.lines))
    title = next((_inline_after(reader.tokens, i) for i, t in enumerate(reader.tokens) if t.type == "heading_open"), "")
    front = reader.front_matter()
    anchors, tocs = tuple(anchors_of(reader.tokens)), tuple(reader.tocs())
    libraries = tuple(name for t in reader.tokens if t.type == "d2l_selector" for name in t.meta["libraries"])
    books = tuple(t.meta["value"] for t in reader.tokens if t.type == "d2l_bibliography")
    uses = tuple(dict.fromkeys(uses_of(_with_captions(reader.tokens))))
    faults, of_code = tuple(sorted(set(reader.faults))), tuple(sorted(reader.of_code))
    return Section(
        docname, path, title, blocks, anchors, tocs, front, faults, plain.slides, libraries, books, uses, of_code
    )


def lines_of(text: str) -> str:
    """Return ``text`` with the line ends of this system, whatever those of the one that wrote it."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def readable(text: str) -> str:
    """Return a file's text as the grammar reads it: line ends mended, slide marks taken out, line by line the same."""
    return without_slides(lines_of(text)).text


def _inline_after(tokens: Sequence[Token], index: int) -> str:
    return tokens[index + 1].content


@dataclass(slots=True)
class _Parse:
    """One parse of one file."""

    text: str
    path: str
    tabs: frozenset[str]
    lines: list[str] = field(init=False)
    offsets: list[int] = field(init=False)
    tokens: list[Token] = field(init=False)
    roles: list[Role] = field(init=False)
    hides: bool = False
    """A cell has hidden itself and all that follow."""
    faults: list[Fault] = field(default_factory=list)
    of_code: set[Fault] = field(default_factory=set)
    """Faults by which cells may be lost, cut or another tab's."""

    def __post_init__(self) -> None:
        self.lines = self.text.split("\n")
        self.offsets = [0]
        for line in self.lines:
            self.offsets.append(self.offsets[-1] + len(line) + 1)
        env: dict[str, Any] = {}
        self.tokens = new_parser().parse(self.text, env)
        for line, message, text, fix in env.get("d2l_faults", ()):
            self.fault(line, message, text, fix)
        for line, message, text, fix in env.get("d2l_code_faults", ()):
            self.code_fault(line, message, text, fix)
        self.roles = list(self._find_roles())
        self._check_fences()
        self._check_depth()
        for slip in slips(self.lines, self.tokens):
            self.fault(*slip)

    def fault(self, line: int, message: str, text: str = "", fix: str = "", severity: Severity = "error") -> None:
        """Note a fault."""
        self.faults.append(Fault(self.path, line, message, text, fix, severity))

    def code_fault(self, line: int, message: str, text: str = "", fix: str = "") -> None:
        """Note a fault of a cell, or of what says where cells begin, end and belong."""
        self.fault(line, message, text, fix)
        self.of_code.add(self.faults[-1])

    # ---- blocks ----

    def blocks(self, tokens: Sequence[Token], first: int, last: int, tabs: Tabs = ()) -> tuple[Block, ...]:
        """Return the blocks of lines ``first`` to ``last`` (from 0, end excluded), which ``tokens`` cover."""
        found: list[Block] = []
        done, index = first, 0
        while index < len(tokens):
            token = tokens[index]
            if token.type in ("d2l_cell", "d2l_expect", "d2l_selector", "d2l_open", "front_matter") and token.map:
                found.extend(self._prose(done, token.map[0], tabs))
                done = token.map[1]
                if token.type == "d2l_open":
                    close = _closing(tokens, index)
                    found.extend(self._fold(token, tokens[index + 1 : close], tabs))
                    index = close
                elif token.type in ("d2l_cell", "d2l_expect"):
                    found.append(self._code(token, tabs) if token.type == "d2l_cell" else self._expect(token, tabs))
            index += 1
        found.extend(self._prose(done, last, tabs))
        return tuple(found)

    def _prose(self, first: int, last: int, tabs: Tabs) -> Iterator[Prose]:
        while first < last and not self.lines[first].strip():
            first += 1
        while last > first and not self.lines[last - 1].strip():
            last -= 1
        if first == last:
            return
        start, stop = self.offsets[first], self.offsets[last] - 1
        roles = tuple(
            Role(role.name, role.value, role.start - start, role.end - start, role.line)
            for role in self.roles
            if start <= role.start < stop
        )
        yield Prose(self.text[start:stop], first + 1, tabs, roles)

    def _code(self, token: Token, tabs: Tabs) -> Code:
        line, written = token.meta["line"], token.meta["tabs"]
        own = self._known_tabs(
            written, token.meta["tab_line"], self.lines[token.meta["tab_line"] - 1] if written else ""
        )
        self._check_inside(own, tabs, token.meta["tab_line"])
        source = token.content.rstrip("\n")
        index, language = token.meta["index"], token.meta["language"]
        save, volatile = _SAVE.search(source) is not None, _VOLATILE.search(source) is not None
        return Code(
            source, line, own or tabs, index, language, save, volatile, self._hidden(source), self._named(source, line)
        )

    def _named(self, source: str, line: int) -> str:
        """Return the name under which a cell's code is folded; a mark elsewhere than on the first line is a fault."""
        found = _FOLD.match(source)
        for other in _FOLDED.finditer(source):
            if not found or other.start() >= found.end():
                at = line + source.count("\n", 0, other.start())
                self.fault(at, "a fold mark that folds nothing", other[0], "first line of the cell: `# fold: its name`")
        return found[1] if found else ""

    def _hidden(self, source: str) -> frozenset[str]:
        """Return what a cell's marks hide."""
        found = {(match[1] or match[2] or "").lower() for match in _HIDE.finditer(source)}
        self.hides = self.hides or "all" in found
        hidden = {"code" if word == "code" else "outputs" for word in found if word and word != "all"}
        return frozenset(("code", "outputs")) if self.hides or "" in found else frozenset(hidden)

    def _expect(self, token: Token, tabs: Tabs) -> Expect:
        first = token.map[0] + 2 if token.map else 0
        claims = []
        for line, text in enumerate(token.content.splitlines(), first):
            claim, _, reason = (part.strip() for part in text.partition("#"))
            if claim:
                claims.append(Claim(claim, line, reason))
        if not claims:
            self.fault(
                first - 1, "claims that claim nothing", self.lines[first - 2], "write one a line, or take it out"
            )
        return Expect(tuple(claims), first - 1, tabs)

    def _fold(self, token: Token, inner: Sequence[Token], tabs: Tabs) -> tuple[Block, ...]:
        assert token.map is not None
        first, last = token.map[0] + 1, token.map[1]
        if self.lines[last - 1].startswith(":end_"):
            last -= 1
        own = self._known_tabs(token.meta["tabs"], token.map[0] + 1, self.lines[token.map[0]])
        self._check_inside(own, tabs, token.map[0] + 1)
        if token.meta["kind"] == "tab":
            if not own:
                self.code_fault(
                    token.map[0] + 1, "a tab block without names", self.lines[token.map[0]], "name the tabs"
                )
            return self.blocks(inner, first, last, () if own == ALL else own)
        kind, title = token.meta["kind"], token.meta["title"]
        fold = Fold(kind, token.map[0] + 1, self.blocks(inner, first, last, tabs), own or tabs, title)
        if fold.kind == "absent" and not (fold.tabs and fold.blocks):
            lacks = "a reason" if fold.tabs else "the tab that lacks something"
            self.fault(
                fold.line, f"an absent block without {lacks}", self.lines[token.map[0]], "say who lacks it, and why"
            )
        return (fold,)

    def _check_inside(self, own: Tabs, outer: Tabs, line: int) -> None:
        """Report tabs inside a block that is not theirs: nobody would see what is marked so."""
        if outer and own != ALL and (strange := [name for name in own if name not in outer]):
            message = f"something for {', '.join(strange)} in a block for {', '.join(outer)}"
            self.code_fault(line, message, self.lines[line - 1], "close the block before, or name its tabs")

    def _known_tabs(self, tabs: Tabs, line: int, text: str) -> Tabs:
        """Return the tabs as the settings write them, and report those that no setting knows."""
        known = {name.lower(): name for name in self.tabs}
        for name in tabs:
            if self.tabs and name not in self.tabs and name != "all":
                hint = meant(name.lower(), sorted(self.tabs))
                fix = f"{hint} known tabs: {', '.join(sorted(self.tabs))}, all".strip()
                self.code_fault(line, f"unknown tab {name!r}", text, fix)
        return tuple(dict.fromkeys(known.get(name.lower(), name) for name in tabs))

    # ---- inline marks ----

    def _find_roles(self) -> Iterator[Role]:
        """Yield the roles that the grammar found, with their places in the text."""
        done: dict[tuple[int, int], int] = {}  # footnotes stand at the end of the tokens, wherever they were written
        for token in _with_captions(self.tokens):
            if token.type != "inline" or not token.map:
                continue
            place = (token.map[0], token.meta.get("note", -1))
            cursor = max(done.get(place, 0), self.offsets[token.map[0]])
            for child in _leaves(token.children or ()):
                if child.type != "d2l_role":
                    continue
                start = self.text.find(child.content, cursor)
                while start > 0 and self.text[start - 1] == "`":
                    start = self.text.find(child.content, start + 1)
                if start < 0:
                    continue
                done[place] = cursor = start + len(child.content)
                line = self.text.count("\n", 0, start) + 1
                yield Role(child.meta["name"], child.meta["value"], start, cursor, line)

    # ---- what else a file holds ----

    def tocs(self) -> Iterator[Toc]:
        """Yield the tables of contents."""
        for token in self.tokens:
            if token.type != "fence" or token.info.strip() != "toc" or not token.map:
                continue
            rows = [(token.map[0] + 2 + n, text.strip()) for n, text in enumerate(token.content.splitlines())]
            entries = [(line, text.removesuffix(".md")) for line, text in rows if text and not text.startswith(":")]
            options = dict(text[1:].partition(":")[::2] for _, text in rows if text.startswith(":"))
            depth = options.get("maxdepth", "").strip()
            yield Toc(
                tuple(text for _, text in entries),
                tuple(line for line, _ in entries),
                "numbered" in options,
                token.map[0] + 1,
                int(depth) if depth.isdecimal() and int(depth) else 1,
            )

    def front_matter(self) -> Mapping[str, Any]:
        """Return the front matter, faults noted."""
        token = next((t for t in self.tokens if t.type == "front_matter"), None)
        if token is None:
            return {}
        try:
            front = yaml.safe_load(token.content) or {}
        except (yaml.YAMLError, ValueError, OverflowError, RecursionError) as error:
            self.code_fault(1, "the front matter is not YAML", str(error).partition("\n")[0], "mend it or take it out")
            return {}
        if not isinstance(front, dict):
            self.code_fault(1, "the front matter is not a mapping", token.content.strip(), "write `key: value` lines")
            return {}
        return {key: value for key, value in front.items() if self._may_be(key, value)}

    def _may_be(self, key: Any, value: Any) -> bool:
        """Tell whether a key of the front matter is known and its value possible, the fault noted if not."""
        if not isinstance(key, str) or key not in FRONT_KEYS:
            name = str(key)[:80] if isinstance(key, str | int | float) else type(key).__name__
            self.code_fault(1, f"unknown key {name!r} in the front matter", "", "known keys: " + ", ".join(FRONT_KEYS))
            return False
        if isinstance(value, bool) or not isinstance(value, FRONT_KEYS[key]):  # type: ignore[arg-type]
            shown = repr(value) if isinstance(value, str | int | float) else type(value).__name__
            self.code_fault(1, f"{key} has the wrong type in the front matter", shown[:80])
            return False
        if key in FRONT_LIMITS:
            least, most = FRONT_LIMITS[key]
            if not least <= value <= most:
                self.code_fault(1, f"{key} cannot be {value!r:.40}", "", f"from {least:g} to {most:g}")
                return False
        elif not all(isinstance(item, str) for item in value):
            self.code_fault(1, f"{key} has the wrong type in the front matter", "", "write a list of names")
            return False
        return True

    def _check_depth(self) -> None:
        deep = next((token for token in self.tokens if token.level >= DEEPEST - 1 and token.map), None)
        if deep is not None and deep.map:
            line = deep.map[0] + 1
            fix = "write it with fewer lists and quotes within each other: what lies deeper is lost"
            self.fault(line, "nested too deep", self.lines[deep.map[0]][:80], fix)

    def _check_fences(self) -> None:
        for token in self.tokens:
            if token.type != "fence" or not token.map:
                continue
            text = self.lines[token.map[0]]
            if token.map[1] - token.map[0] < token.content.count("\n") + 2:
                self.code_fault(token.map[0] + 1, "this fence is never closed", text, "close it with " + token.markup)
            elif mark := _CODE_MARK.search(token.content):
                line = token.map[0] + 2 + token.content.count("\n", 0, mark.start(1))
                fix = "write the fence as ```{.python .input}"
                self.code_fault(line, "a code mark in a fence that is no code cell", mark[0], fix)


def _closing(tokens: Sequence[Token], index: int) -> int:
    depth = 0
    for place in range(index, len(tokens)):
        depth += {"d2l_open": 1, "d2l_close": -1}.get(tokens[place].type, 0)
        if depth == 0:
            return place
    return len(tokens)


def _leaves(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        if token.children:
            yield from _leaves(token.children)


def _with_captions(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "table_open" and "caption" in token.meta:
            yield token.meta["caption"]
        yield token
