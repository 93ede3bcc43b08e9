"""The dialect's marks as a markdown-it-py plugin, shared by every reader of the source.

Tokens added to CommonMark's:

* ``d2l_cell`` (block): an executable fence. ``meta``: ``index``, ``tabs``, ``language``, ``line`` (of the
  first line of ``content``); ``content`` is the code without its tab line.
* ``d2l_selector`` (block): the cell in which the old tool's readers chose a tab; ``meta['libraries']``.
* ``d2l_expect`` (block): an ``{.expect}`` fence, lines in ``content``.
* ``d2l_open`` / ``d2l_close``: ``:begin_KIND:`` … ``:end_KIND:``; ``meta``: ``kind``, ``tabs``, ``title``. A title
  (of ``pitfall`` and ``today``) stands in ``d2l_title_open``, an inline token and ``d2l_title_close`` within.
* ``d2l_role`` (inline): ``:name:`value```; ``meta``: ``name``, ``value``; ``content`` is the mark as written.
  A name that is not in ``INLINE`` is a fault, and shown as written where faults are tolerated.
* ``d2l_bibliography`` (block): ``meta['value']``.
* ``d2l_task`` (inline): the box of a task's list item; ``meta['done']``.
* ``sub_open``, ``sup_open`` … (inline): ``H~2~O``, ``x^2^``.

Labels, equation labels, widths and heights stand in ``meta['marks']`` of the opening token (heading, lone
picture's paragraph, table, equation) they belong to, a table's caption in ``meta['caption']`` (an inline
token). What is wrong goes to ``env['d2l_faults']`` as ``(line, message, text, fix)``.
"""

from __future__ import annotations

import functools
import io
import re
import tokenize
from collections.abc import Sequence

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_cjk_friendly import cjk_friendly
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from d2lbook.markup.attach import attach_rule, note_lines_rule, note_rule
from d2lbook.markup.lists import definition_rule, task_rule
from d2lbook.markup.names import CITATIONS, FOLDS, INLINE, REFERENCES, STRUCTURAL, TITLED, report_code
from d2lbook.markup.tables import table_rule

__all__ = ["CITATIONS", "FOLDS", "INLINE", "REFERENCES", "STRUCTURAL", "d2l_plugin", "new_parser", "split_names"]

_MARKS_LINE = re.compile(rf"(?::(?:{'|'.join(STRUCTURAL)}):`[^`\n]+`[ \t]*)+$")
_MARK = re.compile(r":([a-z]+):`([^`\n]+)`")
_ROLE = re.compile(r":([A-Za-z_][\w-]*):`([^`\n]+)`")
_BEGIN = re.compile(rf":begin_({'|'.join(FOLDS)}):[ \t]*(?:`([^`]*)`|([\w, ]+?))?[ \t]*$")
_EDGE = re.compile(r":(begin|end)_(\w+):")
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*([^\n]*)$")
_TAB_LINE = re.compile(r"[ \t]*(?:#[ \t]*@tab|%%tab)[ \t]+([^#\n]*)")
_TAB_COMMENT = re.compile(r"#[ \t]*@tab[ \t]+([\w, ]+)")
_SELECTOR = "%load_ext d2lbook.tab"
_SELECTION = re.compile(r"^[ \t]*(?:%load_ext d2lbook\.tab|#.*|tab\.interact_select\([^)]*\)|)[ \t]*(?:#.*)?$", re.M)
_LIBRARIES = re.compile(r"#[ \t]*required_libs\((.*?)\)")
_SCRIPT = re.compile(r"~([A-Za-z0-9+*().,=-]{1,20})~(?!~)|\^([A-Za-z0-9+*().,=-]{1,20})\^(?!\^)")
_LANGUAGES = ("python", "r", "ruby", "bash")

_ALT: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


DEEPEST = 100
"""Blocks, lists counting twice, that may stand within each other; what lies deeper no parser sees, and is told."""


def new_parser() -> MarkdownIt:
    """Return a parser of the dialect: CommonMark, tables, footnotes, front matter, mathematics, our marks."""
    md = MarkdownIt("commonmark", {"maxNesting": DEEPEST}).enable(["table", "strikethrough"])
    md.use(front_matter_plugin).use(footnote_plugin)
    md.use(dollarmath_plugin, allow_labels=False, allow_space=False, double_inline=True)
    return md.use(d2l_plugin).use(definition_rule)


def prose_tokens(text: str) -> list[Token]:
    """Return the tokens of prose, from a parser that this process makes once."""
    return _parser().parse(text)


@functools.cache
def _parser() -> MarkdownIt:
    return new_parser()


def d2l_plugin(md: MarkdownIt) -> None:
    """Add the dialect's rules to ``md``: cells, folds, marks, roles, and line ends between Chinese characters."""
    md.use(cjk_friendly)
    md.block.ruler.at("table", table_rule, {"alt": ["paragraph", "reference"]})
    md.block.ruler.before("fence", "d2l_cell", _cell_rule, _ALT)
    md.block.ruler.before("fence", "d2l_fold", _fold_rule, _ALT)
    md.block.ruler.before("fence", "d2l_marks", _marks_rule, _ALT)
    md.inline.ruler.before("backticks", "d2l_role", _role_rule)
    md.inline.ruler.push("d2l_script", _script_rule)
    md.core.ruler.before("footnote_tail", "d2l_notes", note_rule)
    md.core.ruler.after("footnote_tail", "d2l_note_lines", note_lines_rule)
    md.core.ruler.push("d2l_tasks", task_rule)
    md.core.ruler.push("d2l_attach", attach_rule)


def split_names(text: str) -> tuple[str, ...]:
    """Split a comma list of tab names: ``'a, b'`` gives ``('a', 'b')``; a list with ``all`` is ``('all',)``."""
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    return ("all",) if "all" in names else names


def _line(state: StateBlock, number: int) -> str:
    return state.src[state.bMarks[number] + state.tShift[number] : state.eMarks[number]]


def _at_margin(state: StateBlock, number: int) -> bool:
    start = state.bMarks[number] + state.tShift[number]
    return start == 0 or state.src[start - 1] == "\n"


def _closing_fence(state: StateBlock, start: int, end: int, fence: str) -> int | None:
    """Return the line that closes ``fence`` opened at ``start``, or None."""
    closing = re.compile(rf"{re.escape(fence[0])}{{{len(fence)},}}[ \t]*$")
    for number in range(start + 1, end):
        if state.sCount[number] - state.blkIndent < 4 and closing.match(_line(state, number)):
            return number
    return None


def _attributes(info: str) -> tuple[str, ...] | None:
    """Return the classes of a pandoc attribute block ``{.python .input n=3}``, or None for any other info."""
    info = info.strip()
    if not (info.startswith("{") and info.endswith("}")):
        return None
    return tuple(word[1:] for word in info[1:-1].split() if word.startswith("."))


def _cell_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    opening = _FENCE.match(_line(state, start)) if _at_margin(state, start) else None
    classes = _attributes(opening[2]) if opening else None
    if opening is None or classes is None or not {"input", "expect", "output"} & set(classes):
        return False
    if "output" in classes:
        if "json" in classes and not silent:
            fix = "take it out: outputs are stored apart from the text"
            report_code(state.env, start + 1, "stored outputs in a section", _line(state, start), fix)
        return False
    if silent:
        return True
    close = _closing_fence(state, start, end, opening[1])
    if close is None:
        report_code(
            state.env, start + 1, "this fence is never closed", _line(state, start), "close it with " + opening[1]
        )
    last = end if close is None else close
    content = state.getLines(start + 1, last, 0, False)
    if close is not None and re.search(rf"^{re.escape(opening[1])}[ \t]*\{{", content, re.M):
        report_code(
            state.env, start + 1, "this fence is never closed", _line(state, start), "close it with " + opening[1]
        )
    state.line = last if close is None else last + 1
    if "input" in classes:
        _push_cell(state, start, content, [name for name in classes if name not in ("input", "output")])
    else:
        token = state.push("d2l_expect", "", 0)
        token.content, token.map = content, [start, state.line]
    return True


def _push_cell(state: StateBlock, start: int, content: str, classes: Sequence[str]) -> None:
    if _SELECTOR in content:
        found = _LIBRARIES.search(content)
        if rest := _SELECTION.sub("", content).strip():
            line = start + 2 + content.count("\n", 0, content.find(rest.split("\n")[0]))
            fix = "put it into a cell of its own: this one only serves to choose a tab, and is not run"
            report_code(state.env, line, "code beside the tab's selector", rest.split("\n")[0], fix)
        names = [name.strip(" \t'\"[]") for name in found[1].split(",")] if found else []
        token = state.push("d2l_selector", "", 0)
        token.map, token.meta = [start, state.line], {"libraries": tuple(name for name in names if name)}
        return
    lines = content.split("\n")
    marked = [(number, match) for number, text in enumerate(lines) if (match := _TAB_LINE.match(text))]
    tabs: tuple[str, ...] = ()
    first, tab_line = start + 2, start + 2
    for number, match in marked[1:]:
        report_code(state.env, start + 2 + number, "a second tab line in one cell", match[0], "split the cell")
        lines[number] = ""
    if marked:
        number, match = marked[0]
        tabs = _split_reported(state, start + 2 + number, match)
        del lines[number]
        tab_line = start + 2 + number
        first += number == 0
    elif "@tab" in content and (beside := _tab_comment(content)):
        number, match = beside
        report_code(state.env, start + 2 + number, "a tab mark beside code", lines[number], "give it a line of its own")
        tabs, tab_line = split_names(match[1]), start + 2 + number
        lines[number] = lines[number].replace(match[0], "").rstrip()
    token = state.push("d2l_cell", "", 0)
    token.content, token.map = "\n".join(lines), [start, state.line]
    index = state.env["d2l_cells"] = state.env.get("d2l_cells", -1) + 1
    language = next((name for name in classes if name in _LANGUAGES), "python")
    token.meta = {"index": index, "tabs": tabs, "language": language, "line": first, "tab_line": tab_line}


def _split_reported(state: StateBlock, line: int, match: re.Match[str]) -> tuple[str, ...]:
    """Return the names of a tab line; ``all`` beside others is a fault, and means all."""
    names = split_names(match[1])
    if names == ("all",) and "," in match[1].strip().strip(","):
        report_code(state.env, line, "all tabs, and some of them", match[0], "write either")
    return names


def _tab_comment(content: str) -> tuple[int, re.Match[str]] | None:
    """Return the line (from 0) and the mark of a tab comment behind code, if there is one outside strings."""
    try:
        for token in tokenize.generate_tokens(io.StringIO(content).readline):
            if token.type == tokenize.COMMENT and (match := _TAB_COMMENT.match(token.string)):
                return token.start[0] - 1, match
    except (tokenize.TokenError, SyntaxError):
        return None
    return None


def _fold_end(state: StateBlock, start: int, end: int, kind: str) -> int | None:
    """Return the line of the matching ``:end_KIND:``, fences passed over, or None."""
    depth, number = 1, start + 1
    while number < end:
        text = _line(state, number)
        if (fence := _FENCE.match(text)) and (close := _closing_fence(state, number, end, fence[1])) is not None:
            number = close
        elif (edge := _EDGE.match(text)) and edge[2] == kind:
            depth += 1 if edge[1] == "begin" else -1
            if depth == 0:
                return number
        number += 1
    return None


def _next_cell(state: StateBlock, start: int, end: int) -> int:
    """Return the line of the next cell, where a tab block ends that nobody closed, or ``end``."""
    for number in range(start + 1, end):
        opening = _FENCE.match(_line(state, number)) if _at_margin(state, number) else None
        if opening and "input" in (_attributes(opening[2]) or ()):
            return number
    return end


def _fold_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    text = _line(state, start)
    if not (_at_margin(state, start) and (edge := _EDGE.match(text))):
        return False
    if silent:
        return True
    opening = _BEGIN.match(text)
    if opening is None:
        message = "nothing is open here" if edge[1] == "end" and edge[2] in FOLDS else "an unknown kind of block"
        report_code(
            state.env, start + 1, message, text, "blocks are :begin_X: … :end_X: with X one of " + ", ".join(FOLDS)
        )
        state.line = start + 1
        return True
    kind = opening[1]
    close = _fold_end(state, start, end, kind)
    last = end if close is None else close
    if close is None:
        report_code(state.env, start + 1, f"this {kind} block is never closed", text, f"close it with :end_{kind}:")
        last = _next_cell(state, start, end) if kind == "tab" else end
    written = (opening[2] or opening[3] or "").strip()
    title = written if kind in TITLED else ""
    meta = {"kind": kind, "tabs": () if kind in TITLED else split_names(written), "title": title}
    token = state.push("d2l_open", "div", 1)
    token.map, token.meta = [start, last if close is None else last + 1], meta
    if title:
        _push_title(state, start, title)
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", last
    state.md.block.tokenize(state, start + 1, last)
    state.parentType, state.lineMax = parent, line_max
    state.push("d2l_close", "div", -1).meta = meta
    state.line = last if close is None else last + 1
    return True


def _push_title(state: StateBlock, line: int, title: str) -> None:
    """Add a block's title, which may hold formulas and emphasis."""
    for kind, nesting in (("d2l_title_open", 1), ("inline", 0), ("d2l_title_close", -1)):
        token = state.push(kind, "", 1 if nesting == 1 else -1 if nesting else 0)
        token.map = [line, line + 1]
        if not nesting:
            token.content, token.children = title, []


def _marks_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    if state.sCount[start] - state.blkIndent >= 4 or not _MARKS_LINE.match(_line(state, start)):
        return False
    if silent:
        return True
    token = state.push("d2l_marks", "", 0)
    token.map, token.content = [start, start + 1], _line(state, start)
    token.meta = {"marks": _MARK.findall(token.content)}
    state.line = start + 1
    return True


def _role_rule(state: StateInline, silent: bool) -> bool:
    if state.src[state.pos] != ":" or not (match := _ROLE.match(state.src, state.pos)):
        return False
    if not silent:
        token = state.push("d2l_role", "", 0)
        token.content, token.meta = match[0], {"name": match[1], "value": match[2].strip()}
    state.pos = match.end()
    return True


def _script_rule(state: StateInline, silent: bool) -> bool:
    """Read ``H~2~O`` and ``x^2^``: pandoc's subscripts and superscripts, of Latin letters and digits, behind some.

    A Chinese range (3~5) is none.
    """
    if state.src[state.pos] not in "~^" or not (match := _SCRIPT.match(state.src, state.pos)):
        return False
    before = state.src[state.pos - 1 : state.pos]
    if not (before.isascii() and (before.isalpha() or before == ")" or (match[2] and before.isdigit()))):
        return False
    if not silent:
        name = "sub" if match[1] else "sup"
        state.push(f"{name}_open", name, 1).markup = match[0][0]
        state.push("text", "", 0).content = match[1] or match[2]
        state.push(f"{name}_close", name, -1).markup = match[0][0]
    state.pos = match.end()
    return True
