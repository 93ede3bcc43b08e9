"""Which sections may be run while something is wrong elsewhere in the book: a fault stops what it touches, not all.

While a cell elsewhere cannot be read, or what it saves is wrong, ``d2l/`` is left as it is. A section is sound if its
own cells can be read, and what it reaches of the library stands in ``d2l/`` just as the sources give it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.book.projection import Projection
from d2lbook.errors import Fault, errors_only
from d2lbook.library.checks import library_faults
from d2lbook.library.extract import library_files
from d2lbook.library.gather import module_name
from d2lbook.library.imports import bindings_of
from d2lbook.library.slices import cell_digest, slice_of
from d2lbook.library.source import EVERYTHING, PACKAGE
from d2lbook.library.symbols import Symbol, library_of


def sound(book: Book, chosen: Sequence[Projection]) -> tuple[tuple[Projection, ...], tuple[Fault, ...]]:
    """Return those of ``chosen`` that may be run, and the faults of the book's code; all of them if there are none."""
    faults = code_errors(book)
    if not faults:
        return tuple(chosen), ()
    whole = {item.key: _reached(book, item) for item in chosen}
    rest = _readable_part(book, faults)
    there = _Written(rest)
    good, told = [], list[Fault]()
    for item in chosen:
        if item.docname not in rest.by_name:
            continue
        same = whole[item.key] == _reached(rest, item) and _knows_all(rest, item)
        if same and there.holds(item):
            good.append(item)
        else:
            message = f"{item.backend} is not run: what it reaches of {PACKAGE}/ waits for the faults told here"
            told.append(Fault(item.path, 1, message, "", "mend them, or run a section that doesn't need what changed"))
    return tuple(good), (*faults, *told)


def code_errors(book: Book) -> tuple[Fault, ...]:
    """Return the errors for which ``d2l/`` cannot be written: documents or cells that are lost, code saved wrongly."""
    own = (fault for section in book.sections for fault in section.code_faults)
    return errors_only((*book.unread, *own, *library_faults(book)))


def _readable_part(book: Book, faults: Iterable[Fault]) -> Book:
    """Return the book without the sections that are at fault, and those whose saved code needs what these save."""
    wrong = {fault.path for fault in faults}
    while True:
        rest = replace(book, sections=tuple(section for section in book.sections if section.path not in wrong))
        more = {fault.path for fault in errors_only(library_faults(rest))} - wrong
        if not more:
            return rest
        wrong |= more


def _reached(book: Book, projection: Projection) -> tuple[tuple[str, str], ...]:
    return tuple((symbol.name, symbol.digest) for symbol in slice_of(book, projection).symbols)


def _knows_all(book: Book, projection: Projection) -> bool:
    """Tell whether every name of the library that the cells use is one that the readable part gives."""
    library = library_of(book)
    known = {*library.names[projection.backend], *library.names[BASE], *library.support}
    known |= {*library.imports[projection.backend], *library.imports[BASE], "support"}
    known |= {module_name(section.docname) for section in book.sections}
    used = {name for cell in projection.cells for name in cell_digest(cell.source).library}
    return used <= known and EVERYTHING not in used


class _Written:
    """What stands in ``d2l/``, beside what the readable part of the book gives."""

    def __init__(self, book: Book) -> None:
        self._book, self._files = book, library_files(book) if not errors_only(library_faults(book)) else {}
        self._modules: dict[str, tuple[_Module, _Module]] = {}

    def holds(self, projection: Projection) -> bool:
        """Tell whether all that a projection reaches is written as the sources give it."""
        return all(self._has(projection.backend, symbol) for symbol in slice_of(self._book, projection).symbols)

    def _has(self, backend: str, symbol: Symbol) -> bool:
        config = self._book.config
        if backend != BASE and (one_file := config.backend(backend).one_file):
            return _text(config.root / one_file.path) == self._files.get(one_file.path)
        home = config.base if symbol.home == BASE else config.backend(symbol.home)
        chapters = {part.chapter for part in symbol.parts}
        return all(self._same(f"{PACKAGE}/{home.module}/{chapter}.py", symbol.name) for chapter in chapters)

    def _same(self, path: str, name: str) -> bool:
        if path not in self._files:
            return False
        if path not in self._modules:
            self._modules[path] = _module(self._files[path]), _module(_text(self._book.config.root / path))
        wanted, found = self._modules[path]
        return wanted[0].get(name) == found[0].get(name) and wanted[1] <= found[1]


_Module = tuple[Mapping[str, Sequence[str]], frozenset[str]]
"""The statements of each name, and the imports of a module."""


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return ""


def _module(text: str) -> _Module:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):
        return {}, frozenset()
    found: dict[str, list[str]] = {}
    for statement in tree.body:
        for name in _names(statement):
            found.setdefault(name, []).append(ast.dump(statement))
    return found, frozenset(line for _, line in bindings_of(tree.body))


def _names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement of a module defines or changes."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif not isinstance(statement, ast.Import | ast.ImportFrom):
        targets = getattr(statement, "targets", None) or [getattr(statement, "target", statement)]
        yield from {node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)}
