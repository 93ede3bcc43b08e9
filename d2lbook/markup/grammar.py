"""The dialect's marks as a markdown-it-py plugin, shared by every reader of the source.

Tokens added to CommonMark's:

* ``d2l_cell`` (block): an executable fence. ``meta``: ``index``, ``tabs``, ``language``, ``line`` (of the
  first line of ``content``); ``content`` is the code without its tab line.
* ``d2l_expect`` (block): an ``{.expect}`` fence, lines in ``content``.
* ``d2l_open`` / ``d2l_close``: ``:begin_KIND:`` … ``:end_KIND:``; ``meta``: ``kind``, ``tabs``.
* ``d2l_role`` (inline): ``:name:`value```; ``meta``: ``name``, ``value``; ``content`` is the mark as written.
  A name that is not in ``INLINE`` is a fault, and shown as written where faults are tolerated.
* ``d2l_bibliography`` (block): ``meta['value']``.

Labels, equation labels, widths and heights stand in ``meta['marks']`` of the opening token (heading, lone
picture's paragraph, table, equation) they belong to, a table's caption in ``meta['caption']`` (an inline
token). What is wrong goes to ``env['d2l_faults']`` as ``(line, message, text, mend)``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.ruler import RuleOptionsType
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from mdit_py_cjk_friendly import cjk_friendly
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from d2lbook.markup.model import REFERENCES

STRUCTURAL = ("label", "eqlabel", "width", "height", "bibliography")
"""Marks that belong to the block before them."""
CITATIONS = ("cite", "citet", "citep")
INLINE = (*REFERENCES, *CITATIONS, "value", "class", "func", "mod")
FOLDS = ("tab", "solution", "hint", "predict", "absent")

_MARKS_LINE = re.compile(rf"(?::(?:{'|'.join(STRUCTURAL)}):`[^`\n]+`[ \t]*)+$")
_MARK = re.compile(r":([a-z]+):`([^`\n]+)`")
_ROLE = re.compile(r":([A-Za-z_][\w-]*):`([^`\n]+)`")
_BEGIN = re.compile(rf":begin_({'|'.join(FOLDS)}):[ \t]*(?:`([^`]*)`|([\w, ]+?))?[ \t]*$")
_EDGE = re.compile(r":(begin|end)_(\w+):")
_FENCE = re.compile(r"(`{3,}|~{3,})[ \t]*([^\n]*)$")
_TAB_LINE = re.compile(r"[ \t]*(?:#[ \t]*@tab|%%tab)[ \t]+([^#\n]*)")

_ALT: RuleOptionsType = {"alt": ["paragraph", "reference", "blockquote", "list"]}


def new_parser() -> MarkdownIt:
    """Return a parser of the dialect: CommonMark, tables, footnotes, front matter, mathematics, our marks."""
    md = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    md.use(front_matter_plugin).use(footnote_plugin)
    md.use(dollarmath_plugin, allow_labels=False, allow_space=False, double_inline=True)
    return md.use(d2l_plugin)


def d2l_plugin(md: MarkdownIt) -> None:
    """Add the dialect's rules to ``md``: cells, folds, marks, roles, and line ends between Chinese characters."""
    md.use(cjk_friendly)
    md.block.ruler.before("fence", "d2l_cell", _cell_rule, _ALT)
    md.block.ruler.before("fence", "d2l_fold", _fold_rule, _ALT)
    md.block.ruler.before("fence", "d2l_marks", _marks_rule, _ALT)
    md.inline.ruler.before("backticks", "d2l_role", _role_rule)
    md.core.ruler.push("d2l_attach", _attach_rule)


def report(env: Any, line: int, message: str, text: str = "", mend: str = "") -> None:
    """Note a fault at ``line`` (from 1) in the parse's environment."""
    env.setdefault("d2l_faults", []).append((line, message, text, mend))


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
    if opening is None or classes is None or not {"input", "expect"} & set(classes):
        return False
    if silent:
        return True
    close = _closing_fence(state, start, end, opening[1])
    if close is None:
        report(state.env, start + 1, "this fence is never closed", _line(state, start), "close it with " + opening[1])
    last = end if close is None else close
    content = state.getLines(start + 1, last, 0, False)
    state.line = last if close is None else last + 1
    if "input" in classes:
        _push_cell(state, start, content, [name for name in classes if name not in ("input", "output")])
    else:
        token = state.push("d2l_expect", "", 0)
        token.content, token.map = content, [start, state.line]
    return True


def _push_cell(state: StateBlock, start: int, content: str, classes: Sequence[str]) -> None:
    lines = content.split("\n")
    marked = [(number, match) for number, text in enumerate(lines) if (match := _TAB_LINE.match(text))]
    tabs: tuple[str, ...] = ()
    first, tab_line = start + 2, start + 2
    if marked:
        number, match = marked[0]
        tabs = split_names(match[1])
        del lines[number]
        tab_line = start + 2 + number
        first += number == 0
    for number, match in marked[1:]:
        report(state.env, start + 2 + number, "a second tab line in one cell", match[0], "split the cell")
    token = state.push("d2l_cell", "", 0)
    token.content, token.map = "\n".join(lines), [start, state.line]
    index = state.env["d2l_cells"] = state.env.get("d2l_cells", -1) + 1
    language = classes[0] if classes else "python"
    token.meta = {"index": index, "tabs": tabs, "language": language, "line": first, "tab_line": tab_line}


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


def _fold_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    text = _line(state, start)
    if not (_at_margin(state, start) and (edge := _EDGE.match(text))):
        return False
    if silent:
        return True
    opening = _BEGIN.match(text)
    if opening is None:
        message = "nothing is open here" if edge[1] == "end" and edge[2] in FOLDS else "an unknown kind of block"
        report(state.env, start + 1, message, text, "blocks are :begin_X: … :end_X: with X one of " + ", ".join(FOLDS))
        state.line = start + 1
        return True
    kind = opening[1]
    close = _fold_end(state, start, end, kind)
    if close is None:
        report(state.env, start + 1, f"this {kind} block is never closed", text, f"close it with :end_{kind}:")
    last = end if close is None else close
    meta = {"kind": kind, "tabs": split_names(opening[2] or opening[3] or "")}
    token = state.push("d2l_open", "div", 1)
    token.map, token.meta = [start, last if close is None else last + 1], meta
    parent, line_max = state.parentType, state.lineMax
    state.parentType, state.lineMax = "container", last
    state.md.block.tokenize(state, start + 1, last)
    state.parentType, state.lineMax = parent, line_max
    state.push("d2l_close", "div", -1).meta = meta
    state.line = last if close is None else last + 1
    return True


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


def _attach_rule(state: StateCore) -> None:
    kept: list[Token] = []
    for token in state.tokens:
        if token.type == "d2l_marks":
            _attach(kept, token, state.env)
            continue
        if token.type == "table_open":
            _take_caption(kept, token)
        if token.type == "inline":
            _lift_marks(kept, token)
            _unknown_roles(token, state.env)
        kept.append(token)
    state.tokens = kept


def _attach(kept: list[Token], marks: Token, env: Any) -> None:
    """Give the marks to the block that they follow."""
    for name, value in marks.meta["marks"]:
        target = _target(kept)
        if name == "bibliography":
            token = Token("d2l_bibliography", "", 0, map=marks.map, meta={"value": value})
            kept.append(token)
        elif target is None or (name == "eqlabel") != (target.type == "math_block"):
            where = "equation" if name == "eqlabel" else "heading, picture or table"
            mend = f"put it on the line after the {where} that it names"
            report(env, marks.map[0] + 1 if marks.map else 0, f"this mark follows no {where}", marks.content, mend)
        else:
            target.meta.setdefault("marks", {})[name] = value
            target.meta.setdefault("marks_line", marks.map[0] + 1 if marks.map else 0)


def _target(kept: list[Token]) -> Token | None:
    """Return the opening token of the last block, if marks may follow it."""
    if not kept:
        return None
    last = kept[-1]
    if last.type == "math_block":
        return last
    if last.type not in ("heading_close", "paragraph_close", "table_close"):
        return None
    opening = last.type.replace("_close", "_open")
    number = next(i for i in range(len(kept) - 1, -1, -1) if kept[i].type == opening and kept[i].level == last.level)
    if opening != "paragraph_open":
        return kept[number]
    inline = kept[number + 1]
    lone = [
        child for child in inline.children or () if child.type not in ("softbreak", "text") or child.content.strip()
    ]
    is_caption = inline.content.startswith(":")
    return kept[number] if is_caption or (len(lone) == 1 and lone[0].type == "image") else None


def _take_caption(kept: list[Token], table: Token) -> None:
    """Make a paragraph ``: caption`` just before a table its caption, with the marks that it got."""
    if len(kept) < 3 or kept[-1].type != "paragraph_close" or not kept[-2].content.startswith(":"):
        return
    opening, inline = kept[-3], kept[-2]
    if opening.type != "paragraph_open" or opening.level != table.level or inline.content.startswith(":begin"):
        return
    del kept[-3:]
    first = inline.children[0] if inline.children else None
    if first is not None and first.type == "text":
        first.content = first.content.removeprefix(":").lstrip()
    inline.content = inline.content.removeprefix(":").lstrip()
    table.meta.update(opening.meta)
    table.meta["caption"] = inline


def _lift_marks(kept: list[Token], inline: Token) -> None:
    """Move marks written at the end of a heading's or picture's own line to its opening token."""
    opening = kept[-1] if kept else None
    children = inline.children or []
    while opening is not None and children and children[-1].type == "d2l_role":
        role = children[-1]
        if role.meta["name"] not in ("label", "width", "height"):
            return
        opening.meta.setdefault("marks", {}).setdefault(role.meta["name"], role.meta["value"])
        opening.meta.setdefault("marks_line", inline.map[0] + 1 if inline.map else 0)
        children.pop()
        while children and children[-1].type == "text" and not children[-1].content.strip():
            children.pop()


def _unknown_roles(inline: Token, env: Any) -> None:
    for child in inline.children or ():
        if child.type == "d2l_role" and child.meta["name"] not in INLINE:
            line = inline.map[0] + 1 if inline.map else 0
            message, mend = "an unknown mark", "known marks: " + ", ".join((*INLINE, *STRUCTURAL))
            if child.meta["name"] in STRUCTURAL:
                message, mend = "this mark names nothing here", "put it on a line of its own after what it belongs to"
            report(env, line, message, child.content, mend)
