"""Slices: the saved names that a projection reaches, with all that those reach in turn.

Exact to the symbol: a section that calls ``d2l.relu`` reaches ``relu`` and what ``relu`` calls, not its module.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.library.canonical import canonical_and_names, short_hash
from d2lbook.library.source import EVERYTHING, CellSyntaxError, Source, library_uses, parse_cell
from d2lbook.library.symbols import Symbol, library_of


@dataclass(frozen=True, slots=True)
class CellDigest:
    """What a cell's code says, without its layout."""

    digest: str
    """Hash of its syntax tree; of its text if it does not parse."""
    library: frozenset[str]
    """Names reached through ``d2l``."""
    names: frozenset[str]
    """Bare names that it reads."""


@dataclass(frozen=True, slots=True)
class Slice:
    """The saved names that a projection reaches."""

    key: str
    """The projection's ``backend/docname``."""
    symbols: tuple[Symbol, ...]
    """Symbols in the book's order."""

    @property
    def names(self) -> tuple[str, ...]:
        """The symbols' names."""
        return tuple(symbol.name for symbol in self.symbols)


@functools.lru_cache(maxsize=1 << 15)
def cell_digest(text: str) -> CellDigest:
    """Return what a cell's code says; magics count by their text, comments and layout don't count."""
    try:
        source = parse_cell(text)
    except CellSyntaxError:
        return CellDigest(short_hash(text), frozenset(), frozenset())
    text, nodes = canonical_and_names(source.tree)
    library = frozenset(name for name, _ in library_uses(nodes))
    names = frozenset(node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    quiet = ";" if _ends_quietly(source) else ""
    return CellDigest(short_hash(text + quiet), library, names)


def _ends_quietly(source: Source) -> bool:
    """Say whether a semicolon ends the cell, which keeps its last value from being shown."""
    if not source.tree.body:
        return False
    last = source.tree.body[-1]
    end = source.node_offset(last.end_lineno or last.lineno, last.end_col_offset or 0)
    return source.text[end:].lstrip().startswith(";")


def slice_of(book: Book, projection: Projection) -> Slice:
    """Return what a projection's cells reach: through ``d2l``, and by the names that its own section saves."""
    symbols = library_of(book).names[projection.backend]
    roots: set[str] = set()
    for cell in projection.cells:
        found = cell_digest(cell.source)
        roots |= found.library
        roots |= {name for name in found.names & symbols.keys() if symbols[name].docname == projection.docname}
    return Slice(projection.key, closure(symbols, roots))


def closure(symbols: Mapping[str, Symbol], roots: Iterable[str]) -> tuple[Symbol, ...]:
    """Return the symbols called ``roots`` and all that they reach, in the book's order."""
    reached: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name == EVERYTHING:
            return tuple(symbols.values())
        if name in symbols and name not in reached:
            reached.add(name)
            waiting.extend(symbols[name].reaches)
    return tuple(symbol for name, symbol in symbols.items() if name in reached)
