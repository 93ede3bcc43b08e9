"""Reads every saved block of a book, as each backend's reader meets it, with what it uses from outside."""

from __future__ import annotations

import ast
import builtins
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.book.projection import Cell
from d2lbook.code.magics import MAGIC
from d2lbook.errors import Fault
from d2lbook.library.imports import Bindings, bind, bindings_of, header
from d2lbook.library.marks import SavedBlock, is_add_to_class, saved_blocks
from d2lbook.library.source import ALIAS, CellSyntaxError, Use, early_nodes, global_names, library_uses, parse_cell
from d2lbook.markup.model import ALL, Code, Section

_MARKED = re.compile(r"#\s*@save", re.IGNORECASE)
_MATTERS = re.compile(r"#\s*@save|\bimport\b", re.IGNORECASE)
"""What a cell must hold for the library to read it; ``code_faults`` of ``checks`` reads them all."""
_BUILTINS = frozenset(dir(builtins)) | {"__name__", "__file__", "__doc__", "__class__"}


@dataclass(frozen=True)
class Part:
    """A saved block in its place."""

    block: SavedBlock
    docname: str
    path: str
    line: int
    """First line in the file."""
    place: tuple[int, int, int]
    """Number of the section in the book, of the cell in the section, of the line in the cell: the book's order."""
    everywhere: bool
    """Written in an ``all`` cell."""
    uses: tuple[Use, ...]
    """Names from outside the block; lines in the file."""

    @property
    def chapter(self) -> str:
        """The module's name: the first folder, as an identifier."""
        return module_name(self.docname)

    @property
    def key(self) -> tuple[int, int, int]:
        """What tells parts apart, across backends."""
        return self.place


@dataclass
class Gathered:
    """What one backend's reader finds saved, in the book's order."""

    parts: list[Part] = field(default_factory=list)
    local: dict[tuple[int, int], Bindings] = field(default_factory=dict)
    """Imports in force at a cell, from its own section, by section and cell."""
    saved: list[tuple[int, str, str, bool]] = field(default_factory=list)
    """Saved imports: section, name, statement, whether in an ``all`` cell."""
    header: Bindings = field(default_factory=dict)


def module_name(docname: str) -> str:
    """Return the module that a section's saved code goes to: its first folder as an identifier."""
    name = re.sub(r"\W", "_", docname.partition("/")[0])
    return name if name.isidentifier() else f"chapter_{name}"


def gather(book: Book) -> tuple[Mapping[str, Gathered], list[Fault]]:
    """Return what every backend finds saved, and the faults of marks and syntax in sections that save."""
    backends = book.config.backends or (book.config.base,)
    found = {backend.name: Gathered(header=header(backend.imports)) for backend in backends}
    faults: set[Fault] = set()
    for number, section in enumerate(book.sections):
        if any(_MARKED.search(code.source) for code in section.code):
            reader = _Gathering(section, number)
            for projection in book.projections(section):
                cells = [reader.read(cell) for cell in projection.cells]
                names = tuple(found) if projection.backend == BASE else (projection.backend,)
                for name in names:
                    _collect(number, [cell for cell in cells if cell], found[name])
            faults |= reader.faults
    return found, sorted(faults)


@dataclass(frozen=True, slots=True)
class _Cell:
    """What the library takes from a cell."""

    index: int
    imports: tuple[tuple[str, str], ...]
    saved_imports: tuple[tuple[str, str], ...] = ()
    parts: tuple[Part, ...] = ()
    everywhere: bool = False


class _Gathering:
    """Reads a section's cells as the backends see them, equal ones once."""

    def __init__(self, section: Section, number: int) -> None:
        self.section, self.number, self.codes = section, number, section.code
        self.faults: set[Fault] = set()
        self.known: dict[tuple[int, str], _Cell | None] = {}

    def read(self, cell: Cell) -> _Cell | None:
        """Return what a cell holds, None for cells of no interest."""
        key = (cell.origin, cell.source)
        if key not in self.known:
            self.known[key] = self._read(cell, self.codes[cell.origin])
        return self.known[key]

    def _read(self, cell: Cell, code: Code) -> _Cell | None:
        if code.language != "python" or not _MATTERS.search(cell.source):
            return None
        path = self.section.path
        try:
            source = parse_cell(cell.source)
        except CellSyntaxError as error:
            self.faults.add(syntax_fault(path, code.line, error))
            return None
        imports = tuple(bindings_of(source.tree.body))
        blocks, wrong = saved_blocks(source) if _MARKED.search(cell.source) else ((), ())
        for mark in wrong:
            self.faults.add(Fault(path, code.line + mark.line - 1, mark.message, mark.text, mark.fix))
        saved = tuple(pair for block in blocks if block.kind == "import" for pair in bindings_of(block.statements))
        # A cell whose branches or aliases were resolved for a backend says no longer the same to all.
        everywhere = code.tabs == ALL and cell.source == code.source
        parts = tuple(self._part(code, block, everywhere) for block in blocks if block.kind != "import")
        return _Cell(code.index, imports, saved, parts, everywhere)

    def _part(self, code: Code, block: SavedBlock, everywhere: bool) -> Part:
        place = (self.number, code.index, block.line)
        uses = tuple(_uses(block, code.line - 1))
        line = code.line + block.line - 1
        return Part(block, self.section.docname, self.section.path, line, place, everywhere, uses)


def _collect(number: int, cells: list[_Cell], found: Gathered) -> None:
    """Add a section's cells, as one backend keeps them, to what it finds saved."""
    known: Bindings = {}
    for cell in cells:
        bind(known, cell.imports)
        found.local[number, cell.index] = dict(known)
        found.saved.extend((number, name, text, cell.everywhere) for name, text in cell.saved_imports)
        found.parts.extend(cell.parts)
    for cell in cells:
        # A name imported only further down still has its meaning by the time a function is called.
        found.local[number, cell.index] = {**known, **found.local[number, cell.index]}


def syntax_fault(path: str, line: int, error: CellSyntaxError) -> Fault:
    """Return the fault of a cell, whose first line is ``line``, that does not parse."""
    return Fault(path, line + error.line - 1, f"code that does not parse: {error.message}", error.text, "mend the code")


def _uses(block: SavedBlock, above: int) -> Iterator[Use]:
    """Yield what a block takes from outside; ``above`` lines of the file come before its cell."""
    heads = [head for item in block.statements for head in getattr(item, "decorator_list", ())]
    left_out = {id(node) for head in heads if is_add_to_class(head) for node in ast.walk(head)}
    nodes = [node for item in block.statements for node in ast.walk(item) if id(node) not in left_out]
    early = {id(node) for item in block.statements for node in early_nodes(item)}
    reached: dict[tuple[str, bool], int] = {}
    for name, node in library_uses(nodes):
        reached.setdefault((name, id(node) in early), node.lineno)
    for (name, soon), line in reached.items():
        yield Use(name, line + above, True, soon)
    bare: dict[str, tuple[int, bool]] = {}
    for item in nodes:
        if isinstance(item, ast.Name):
            line, soon = bare.get(item.id, (item.lineno, False))
            bare[item.id] = (line, soon or id(item) in early)
    for name in sorted(global_names(block.text) - set(block.names) - _BUILTINS - {ALIAS, MAGIC}):
        line, soon = bare.get(name, (block.line, False))
        yield Use(name, line + above, False, soon)
