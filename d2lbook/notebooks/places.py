"""Where marks stand in a stretch of markdown: tokens of the grammar with offsets into the source.

markdown-it knows the lines of blocks, and nothing of where inline tokens stand. Here the inline rules that matter
(emphasis, pictures, line ends, footnotes) note it; a token's content is then found again in its source lines.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, html_inline, image, link, newline
from markdown_it.rules_inline import emphasis as emphasis_rules
from markdown_it.token import Token
from mdit_py_plugins.footnote.index import footnote_inline, footnote_ref

from d2lbook.markup.grammar import STRUCTURAL, new_parser

Rule = Callable[[StateInline, bool], bool]
Place = Callable[[int], int]
"""From an offset in an inline token's content to one in the source."""
Pair = tuple[Token, Token]
"""Opening and closing token of an emphasis."""


@dataclass(frozen=True, slots=True)
class ParsedProse:
    """A stretch of markdown: its tokens, and the lines (from 0) and marks that are no part of the text."""

    tokens: Sequence[Token]
    mark_lines: Sequence[int] = ()
    """Lines that hold nothing but ``:label:`` and the like."""
    own_marks: Sequence[tuple[Token, str]] = ()
    """Such marks at the end of a heading's or picture's own line: the inline token, and the mark as written."""
    notes: Sequence[tuple[int, int, str]] = ()
    """Lines where footnotes begin and end, with their names."""
    addresses: Sequence[tuple[str, str]] = ()
    """Names that ``[name]: address`` lines define, with their addresses."""


@dataclass(slots=True)
class SourceText:
    """The text that tokens came from."""

    text: str
    offsets: list[int] = field(init=False)
    """Where each line begins; one more at the end."""
    _done: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find the lines."""
        self.offsets = [0]
        for line in self.text.split("\n"):
            self.offsets.append(self.offsets[-1] + len(line) + 1)
        self.offsets[-1] -= 1

    def place(self, inline: Token) -> Place | None:
        """Return where the content of an inline token stands; None if it cannot be found as it is.

        Tokens of one line (cells of a table's row) must be asked for in their order.
        """
        if not inline.map:
            return None
        begins: list[tuple[int, int]] = []
        position = 0
        for row, line in enumerate(str(inline.meta.get("content", inline.content)).split("\n"), inline.map[0]):
            if row + 1 >= len(self.offsets):
                return None
            at = self.text.find(line, max(self.offsets[row], self._done.get(row, 0)), self.offsets[row + 1])
            if at < 0:
                return None
            self._done[row] = at + len(line)
            begins.append((position, at))
            position += len(line) + 1
        return lambda offset: next(at + offset - begin for begin, at in reversed(begins) if begin <= offset)


def parse(text: str, footnotes: Iterable[str] = (), addresses: Iterable[tuple[str, str]] = ()) -> ParsedProse:
    """Return the tokens of a stretch of markdown; see ``at`` and ``to`` in the ``meta`` of inline ones.

    ``footnotes`` and ``addresses`` are the names that other stretches of the same section define. What all backends
    share is parsed once, a book's zips going over it once for each backend: the tokens are not to be changed.
    """
    return _parsed(text, frozenset(footnotes), frozenset(addresses))


@functools.lru_cache(maxsize=1 << 13)
def _parsed(text: str, footnotes: frozenset[str], addresses: frozenset[tuple[str, str]]) -> ParsedProse:
    env: dict[str, Any] = {"footnotes": {"refs": {f":{name}": -1 for name in footnotes}, "list": {}}}
    env["references"] = {name: {"title": "", "href": address, "map": [0, 0]} for name, address in sorted(addresses)}
    tokens = _parser().parse(text, env)
    found = tuple((name, str(item["href"])) for name, item in env["references"].items())
    return ParsedProse(tokens, env["mark_lines"], env["own_marks"], env["notes"], found)


@functools.cache
def _parser() -> MarkdownIt:
    md = new_parser()
    md.inline.ruler.at("emphasis", _emphasis)
    md.inline.ruler.at("link", _link)
    for name in ("d2l_script", "math_inline", "math_inline_double"):
        rule = next((item.fn for item in md.inline.ruler.__rules__ if item.name == name), None)
        if rule is not None:
            md.inline.ruler.at(name, _placed(rule))
    placed = {"image": image, "newline": newline, "html_inline": html_inline}
    for name, rule in {**placed, "footnote_ref": footnote_ref, "footnote_inline": footnote_inline}.items():
        md.inline.ruler.at(name, _placed(rule))
    md.core.ruler.before("footnote_tail", "note_marks", _note_marks)
    return md


def _placed(rule: Rule) -> Rule:
    """Return ``rule`` with a note of where its token begins and ends in the content."""

    def run(state: StateInline, silent: bool) -> bool:
        start, count = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        for token in state.tokens[count:] if not silent else ():
            token.meta = {**token.meta, "at": start, "to": state.pos}
        return True

    return run


def _link(state: StateInline, silent: bool) -> bool:
    """Note where a link begins and ends, and where the bracket behind its words stands."""
    start, count = state.pos, len(state.tokens)
    if not link(state, silent):
        return False
    if not silent:
        opening = next(token for token in state.tokens[count:] if token.type == "link_open")
        close = state.md.helpers.parseLinkLabel(state, start, True)
        opening.meta = {**opening.meta, "at": start, "close": close, "to": state.pos}
    return True


def _emphasis(state: StateInline, silent: bool) -> bool:
    """Note the place of each asterisk or underscore, and the offset at which its run begins."""
    start = state.pos
    if not emphasis_rules.tokenize(state, silent):
        return False
    length = state.pos - start
    for number, token in enumerate(state.tokens[-length:]):
        token.meta = {"at": start + number, "run": start}
    return True


def _note_marks(state: StateCore) -> None:
    """Note what the grammar takes out of the tokens."""
    state.env.update(mark_lines=[], own_marks=[], notes=[])
    for token in state.tokens:
        if token.type == "inline":
            token.meta = {**token.meta, "content": token.content}
            for child in token.children or ():
                if child.type == "d2l_role" and child.meta["name"] in STRUCTURAL:
                    state.env["own_marks"].append((token, child.content))
        elif token.type == "d2l_marks" and token.map:
            if all(name != "bibliography" for name, _ in token.meta["marks"]):
                state.env["mark_lines"].append(token.map[0])
        elif token.type == "footnote_reference_open" and token.map:
            state.env["notes"].append((*token.map, token.meta["label"]))


def pairs(children: Sequence[Token]) -> list[Pair]:
    """Return the emphases among the children of one inline token."""
    found: list[Pair] = []
    open_: list[Token] = []
    for child in children:
        if child.type in ("em_open", "strong_open"):
            open_.append(child)
        elif child.type in ("em_close", "strong_close") and open_:
            found.append((open_.pop(), child))
    return found


@functools.cache
def _plain() -> MarkdownIt:
    return MarkdownIt("commonmark")


def plain_readers_see(content: str, found: Sequence[Pair]) -> bool:
    """Tell whether CommonMark, which knows nothing of Chinese punctuation, sees these emphases in ``content`` too."""
    state = StateInline(content, _plain(), {}, [])
    for opening, closing in found:
        star = opening.markup.startswith("*")
        if not state.scanDelims(opening.meta["run"], star).can_open:
            return False
        if not state.scanDelims(closing.meta["run"], star).can_close:
            return False
    return True
