"""Cells of pipe tables: a bar within a formula or code ends no cell.

markdown-it knows nothing of formulas when it parts a row, and takes the backslash from every ``\\\\|``. Bars that are
part of a formula or of code are hidden from it, and put back into the cells.
"""

from __future__ import annotations

import re

from markdown_it.rules_block import StateBlock
from markdown_it.rules_block.table import escapedSplit, table
from markdown_it.token import Token

HIDDEN = "\ue0ff"
"""Stands for a bar while a table is parted; of the private use area, where no text has letters."""
_DELIMITERS = re.compile(r"[ \t>]*\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*$")
_FORMULA = re.compile(r"(?<![\\$])\$(?![\s$])(?:[^$\\]|\\.)*?(?<![\s\\])\$(?!\$)")
_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)")


def table_rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
    """Read a table; ``\\\\|`` within a formula stays, and no bar within a formula or code ends a cell."""
    last = _last_row(state, start, end)
    if last is None:
        return table(state, start, end, silent)
    written, number = state.src, len(state.tokens)
    first, stop = state.bMarks[start], state.eMarks[last]
    columns = len(cells_of(written[state.bMarks[start + 1] : state.eMarks[start + 1]]))
    rows = written[first:stop].split("\n")
    state.src = "".join([written[:first], "\n".join(hidden(row, columns) for row in rows), written[stop:]])
    try:
        return table(state, start, end, silent)
    finally:
        state.src = written
        for token in state.tokens[number:]:
            _show(token)


def _last_row(state: StateBlock, start: int, end: int) -> int | None:
    """Return the last line of the table that may begin at ``start``; None if none of its bars need care."""
    if start + 2 > end or start + 1 >= end:
        return None
    if not _DELIMITERS.match(state.src[state.bMarks[start + 1] : state.eMarks[start + 1]]):
        return None
    last = start + 1
    while last + 1 < end and not state.isEmpty(last + 1):
        last += 1
    return last


def hidden(row: str, columns: int) -> str:
    """Return a row with the bars hidden that end no cell, where that gives as many cells as there are columns.

    A dollar sign may be one: if only the row as written has the right number of cells, it stays as written.
    """
    bare = _CODE.sub(lambda match: re.sub(r"(?<!\\)\|", HIDDEN, match[0]), row)
    parts = re.split(r"((?<!`)(?:`+)(?!`).+?(?<!`)`+(?!`))", bare) if "`" in bare else [bare]
    whole = (
        _FORMULA.sub(lambda match: match[0].replace("|", HIDDEN), bare)
        if len(parts) == 1
        else "".join(
            part if part.startswith("`") else _FORMULA.sub(lambda match: match[0].replace("|", HIDDEN), part)
            for part in parts
        )
    )
    for candidate in (whole, bare, row):
        if len(cells_of(candidate)) == columns:
            return candidate
    return whole


def cells_of(row: str) -> list[str]:
    """Return the cells of a row as markdown-it parts it."""
    return escapedSplit(row.strip().removeprefix("|").removesuffix("|"))


def _show(token: Token) -> None:
    """Put hidden bars back."""
    token.content = token.content.replace(HIDDEN, "|")
    for child in token.children or ():
        _show(child)
