"""Marks and the blocks that they name: labels, sizes and captions go to headings, pictures, tables and equations.

A markdown-it core rule, run when all blocks are known.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from d2lbook.markup.anchors import lone_picture
from d2lbook.markup.names import INLINE, STRUCTURAL, report
from d2lbook.markup.tables import cells_of, hidden

_GRID = re.compile(r"\+(?:[-=]+\+)+[ \t]*$")


def attach_rule(state: StateCore) -> None:
    """Give every mark to the block that it belongs to, and report those that belong to none."""
    kept: list[Token] = []
    columns = 0
    for token in state.tokens:
        if token.type == "d2l_marks":
            _attach(kept, token, state.env)
            continue
        if token.type == "table_open":
            _take_caption(kept, token)
            columns = 0
        columns += token.type == "th_open"
        if token.type == "tr_open":
            _check_row(state, token, columns)
        if token.type == "inline":
            _lift_marks(kept, token)
            _unknown_roles(token, state.env)
            if _GRID.match(token.content.split("\n")[0]):
                line = token.map[0] + 1 if token.map else 0
                report(state.env, line, "a grid table", token.content.split("\n")[0], "draw it with pipes: | a | b |")
        kept.append(token)
        if token.type == "paragraph_close" and kept[-2].meta.get("eqlabel"):
            _lift_equation(kept)
    state.tokens = kept


def _check_row(state: StateCore, row: Token, columns: int) -> None:
    """Report a table's row with cells that have no column, which are not shown, or with fewer than there are."""
    if columns and row.map:
        line = state.src.split("\n")[row.map[0]]
        cells = cells_of(hidden(line.lstrip("> \t"), columns))
        if len(cells) != columns:
            fix = f"the head has {columns}; write \\| for a bar in a cell"
            report(state.env, row.map[0] + 1, f"a table's row of {len(cells)} cells", line, fix)


def note_rule(state: StateCore) -> None:
    """Report footnotes that nothing refers to: they are not shown."""
    references = state.env.get("footnotes", {}).get("refs", {})
    for token in state.tokens:
        if token.type == "footnote_reference_open" and references.get(f":{token.meta['label']}", -1) < 0:
            line, label = token.map[0] + 1 if token.map else 0, token.meta["label"]
            report(state.env, line, "a footnote that nothing refers to", f"[^{label}]:", f"refer to it: [^{label}]")


def note_lines_rule(state: StateCore) -> None:
    """Give the text of footnotes that are written where they belong (``^[…]``) the lines of what they belong to."""
    lines: dict[int, list[int] | None] = {}
    number = -1
    for token in state.tokens:
        for child in token.children or () if token.type == "inline" else ():
            if child.type == "footnote_ref" and "label" not in child.meta:
                lines[child.meta["id"]] = token.map
        if token.type == "footnote_open":
            number = token.meta["id"]
        elif token.type == "footnote_close":
            number = -1
        elif number in lines and token.map is None:
            token.map, token.meta = lines[number], {**token.meta, "note": number}


def _attach(kept: list[Token], marks: Token, env: Any) -> None:
    """Give the marks to the block that they follow."""
    for name, value in marks.meta["marks"]:
        if name == "eqlabel" and kept and kept[-1].type == "paragraph_close":
            _lift_equation(kept)
        target = _target(kept)
        if name == "bibliography":
            token = Token("d2l_bibliography", "", 0, map=marks.map, meta={"value": value})
            kept.append(token)
        elif target is None or (name == "eqlabel") != (target.type == "math_block"):
            where = "equation" if name == "eqlabel" else "heading, picture or table"
            fix = f"put it on the line after the {where} that it names"
            report(env, marks.map[0] + 1 if marks.map else 0, f"this mark follows no {where}", marks.content, fix)
        elif name == "moving" and target.type != "paragraph_open":
            fix = "put it on the line after the picture that moves"
            report(env, marks.map[0] + 1 if marks.map else 0, "this mark follows no picture", marks.content, fix)
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
    is_caption = inline.content.startswith(":")
    return kept[number] if is_caption or lone_picture(inline.children or ()) else None


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
        if role.meta["name"] == "eqlabel" and _equation_before(children[:-1]) is not None:
            inline.meta["eqlabel"], inline.meta["marks_line"] = role.meta["value"], inline.map[1] if inline.map else 0
            children.pop()
            return
        if role.meta["name"] not in ("label", "width", "height", "moving"):
            return
        opening.meta.setdefault("marks", {}).setdefault(role.meta["name"], role.meta["value"])
        opening.meta.setdefault("marks_line", inline.map[0] + 1 if inline.map else 0)
        children.pop()
        while children and children[-1].type == "text" and not children[-1].content.strip():
            children.pop()


def _equation_before(children: Sequence[Token]) -> int | None:
    """Return the place of the displayed formula that ends a paragraph, if one does."""
    for place in range(len(children) - 1, -1, -1):
        child = children[place]
        if child.type == "math_inline_double":
            return place
        if child.type != "softbreak" and (child.type != "text" or child.content.strip()):
            return None
    return None


def _lift_equation(kept: list[Token]) -> None:
    """Make the displayed formula at the end of the paragraph just closed an equation of its own."""
    opening, inline, _ = kept[-3:]
    children = inline.children or []
    place = _equation_before(children)
    if place is None or opening.type != "paragraph_open":
        return
    formula = children[place]
    above = sum((child.type in ("softbreak", "hardbreak")) + child.content.count("\n") for child in children[:place])
    first = (inline.map[0] if inline.map else 0) + above
    lines = [first, first + formula.content.count("\n") + 1]
    equation = Token("math_block", "math", 0, content=formula.content, markup="$$", map=lines, level=opening.level)
    equation.block, equation.meta = True, {}
    if label := inline.meta.get("eqlabel"):
        equation.meta = {"marks": {"eqlabel": label}, "marks_line": inline.meta["marks_line"]}
    del children[place:]
    if any(child.type != "softbreak" and (child.type != "text" or child.content.strip()) for child in children):
        kept.append(equation)
    else:
        kept[-3:] = [equation]


def _unknown_roles(inline: Token, env: Any) -> None:
    for child in inline.children or ():
        if child.type == "d2l_role" and child.meta["name"] not in INLINE:
            line = inline.map[0] + 1 if inline.map else 0
            message, fix = "an unknown mark", "known marks: " + ", ".join((*INLINE, *STRUCTURAL))
            if child.meta["name"] in STRUCTURAL:
                message, fix = "this mark names nothing here", "put it on a line of its own after what it belongs to"
            report(env, line, message, child.content, fix)
