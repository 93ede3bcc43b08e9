"""An edit of a saved definition takes effect in a notebook: after its cell, the library's other code uses it too."""

from __future__ import annotations

import re
from collections.abc import Sequence

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.book.projection import Projection
from d2lbook.library.marks import saved_blocks
from d2lbook.library.source import CellSyntaxError, parse_cell
from d2lbook.library.symbols import library_of
from d2lbook.words.language import spoken

WHY = "# 书中其他函数从此也用上面的定义"
_IMPORTS = re.compile(r"^[ \t]*(?:from d2l import \w+ as d2l|import d2l(?:\.\w+ as d2l)?)\s*$", re.MULTILINE)
_BOUND = ("function", "class", "value")


def bound_cells(book: Book, projection: Projection) -> list[str]:
    """Return the code of a projection's cells; what a cell saves is set in ``d2l`` where the notebook imports it.

    What the library keeps in its framework-free package is set there too, where that package's own code looks.
    """
    found, imported = [], False
    for cell in projection.cells:
        imported = imported or _IMPORTS.search(cell.source) is not None
        found.append(_bound(book, projection, cell.source) if imported and "@save" in cell.source else cell.source)
    return found


def _bound(book: Book, projection: Projection, code: str) -> str:
    try:
        source = parse_cell(code)
    except CellSyntaxError:
        return code
    blocks = [block for block in saved_blocks(source)[0] if block.kind in _BOUND]
    names = list(dict.fromkeys(name for block in blocks for name in block.names))
    if not names:
        return code
    last = max(statement.end_lineno or statement.lineno for block in blocks for statement in block.statements)
    lines = code.split("\n")
    lines[last:last] = ["", *_lines(book, projection, names)]
    return "\n".join(lines)


def _lines(book: Book, projection: Projection, names: Sequence[str]) -> list[str]:
    symbols = library_of(book).names.get(projection.backend, {})
    config = book.config
    whole = projection.backend != BASE and not config.backend(projection.backend).one_file
    in_base = {name for name in names if whole and name in symbols and symbols[name].home == BASE}
    lines = [f"{'_base.' + name + ' = ' if name in in_base else ''}d2l.{name} = {name}" for name in names]
    lines[0] += f"  {spoken(WHY, config.lang, source=True)}"
    return [*([f"from d2l import {config.base.module} as _base"] if in_base else []), *lines]
