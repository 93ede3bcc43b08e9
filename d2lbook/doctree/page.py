"""What a page is made of besides its prose: projections, and the stored run of each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from d2lbook.book.book import Book
from d2lbook.book.config import BASE, Backend
from d2lbook.book.projection import Projection, SectionKind
from d2lbook.code.scaffolding import shown_code
from d2lbook.doctree.outputs import Output
from d2lbook.evidence.seeds import Runs, file_of, read_runs
from d2lbook.evidence.store import Stored, load
from d2lbook.files import NO_FILE, State, state_of
from d2lbook.markup.model import Section

Signature = tuple[tuple[str, State], ...]
"""Names and states of files."""


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
    signature: Signature = ()
    """State of the stored runs, taken before they were read."""
    changed: frozenset[str] = frozenset()
    """Backends whose code, library, versions or data have changed since the stored run."""

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
        """Return whether what the outputs depend on has changed since the stored run."""
        return backend in self.changed and backend in self.runs

    def backend(self, name: str) -> Backend:
        """Return the page's backend called ``name``."""
        return next(backend for backend in self.backends if backend.name == name)

    def _cell(self, index: int, backend: str) -> int | None:
        projection = self.projections.get(backend)
        if projection is None:
            return None
        return next((place for place, cell in enumerate(projection.cells) if cell.origin == index), None)


def load_page(book: Book, docname: str, stale: Collection[str] = ()) -> Page:
    """Return the page of ``docname`` with the runs that the store holds; ``stale``: keys of those of other code."""
    state = signature(book, docname, stale)
    section = book.section(docname)
    found = {item.backend: item for item in book.projections(section)}
    kind = book.kind(section)
    runs = {name: run for name, item in found.items() if (run := load(book, item)) is not None}
    changed = frozenset(name for name, item in found.items() if item.key in stale)
    return Page(section, kind, book.config.backends, found, runs, read_runs(book.config, docname), state, changed)


def signature(book: Book, docname: str, stale: Collection[str] = ()) -> Signature:
    """Return name and state of every stored run that the page depends on, then the names of the stale ones."""
    folder = book.config.outputs_dir
    files = {name: f"{folder}/{name}/{docname}.ipynb" for name in (*book.config.backend_names, BASE)}
    files["seeds"] = str(file_of(book.config, docname))
    states = {name: state_of(file) for name, file in files.items()}
    there = tuple((name, state) for name, state in states.items() if state != NO_FILE)
    return (*there, *((f"{name}: stale", NO_FILE) for name, _ in there if f"{name}/{docname}" in stale))
