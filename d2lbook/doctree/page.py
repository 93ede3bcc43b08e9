"""What a page is made of besides its prose: projections, and the stored run of each."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from d2lbook.book.book import Book
from d2lbook.book.config import BASE, Backend
from d2lbook.book.projection import Projection, SectionKind
from d2lbook.code.scaffolding import shown_code
from d2lbook.doctree.outputs import Output
from d2lbook.evidence.seeds import Runs, file_of, read_runs
from d2lbook.evidence.store import Stored, load
from d2lbook.markup.model import Section


@dataclass(frozen=True, slots=True)
class Page:
    """A section with its projections and their stored runs, by backend (``base`` for a framework-free section)."""

    section: Section
    kind: SectionKind
    backends: tuple[Backend, ...]
    """Every configured backend, the default first."""
    projections: Mapping[str, Projection]
    runs: Mapping[str, Stored]
    """Stored runs by backend, of the projections that have some."""
    seeds: Mapping[str, Runs] = field(default_factory=dict)
    """The metrics of the section's runs under several seeds, by backend."""

    def source(self, index: int, backend: str) -> str | None:
        """Return the code of cell ``index`` as ``backend`` runs it, or None if it has no such cell."""
        found = self._cell(index, backend)
        return None if found is None else shown_code(self.projections[backend].cells[found].source)

    def outputs(self, index: int, backend: str) -> tuple[Output, ...]:
        """Return what cell ``index`` gave in ``backend``; nothing where it was not run as it stands."""
        found = self._cell(index, backend)
        run = self.runs.get(backend)
        return run.outputs[found] if found is not None and run is not None and found < len(run.outputs) else ()

    def stale(self, backend: str) -> bool:
        """Return whether the section's own code has changed since the stored run, comments aside."""
        run = self.runs.get(backend)
        if run is None:
            return False
        now = tuple(cell.source for cell in self.projections[backend].cells)
        return now != run.sources and tuple(map(_bare, now)) != tuple(map(_bare, run.sources))

    def backend(self, name: str) -> Backend:
        """Return the page's backend called ``name``."""
        return next(backend for backend in self.backends if backend.name == name)

    def _cell(self, index: int, backend: str) -> int | None:
        projection = self.projections.get(backend)
        if projection is None:
            return None
        return next((place for place, cell in enumerate(projection.cells) if cell.origin == index), None)


def load_page(book: Book, docname: str) -> Page:
    """Return the page of ``docname`` with the runs that the store holds."""
    section = book.section(docname)
    found = {item.backend: item for item in book.projections(section)}
    kind = book.kind(section)
    runs = {name: run for name, item in found.items() if (run := load(book, item)) is not None}
    return Page(section, kind, book.config.backends, found, runs, read_runs(book.config, docname))


def signature(book: Book, docname: str) -> tuple[tuple[str, int, int], ...]:
    """Return name, time and size of every stored run that the page depends on."""
    found = []
    for name in (*book.config.backend_names, BASE):
        file = book.config.outputs_dir / name / f"{docname}.ipynb"
        if file.is_file():
            state = file.stat()
            found.append((name, state.st_mtime_ns, state.st_size))
    seeds = file_of(book.config, docname)
    if seeds.is_file():
        found.append(("seeds", seeds.stat().st_mtime_ns, seeds.stat().st_size))
    return tuple(found)


def _bare(source: str) -> str:
    """Return the code without comments and layout."""
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return source
