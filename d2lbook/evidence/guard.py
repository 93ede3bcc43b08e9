"""Guards against empty success: runs that end well and have done nothing, tabs that have lost all their cells.

A run is held against the one that is stored.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.book.projection import Projection
from d2lbook.errors import Fault
from d2lbook.evidence import store
from d2lbook.execute.notebook import Output

NO_TIME = 50.0
"""A run that takes so many times less than it took, its code unchanged, has not done its work."""
WORTH = 5.0
"""Seconds under which times tell nothing."""


def suspicion(old: store.Stored, sources: Sequence[str], outputs: Sequence[Sequence[Output]], seconds: float) -> str:
    """Say why a run that ended well cannot have done what the stored one did; nothing if it may have.

    Held against each other are the cells whose code is the same: if some of them showed something and now none does,
    or if all are the same and the time has gone, something has swallowed the work.
    """
    before = dict(zip(old.sources, old.outputs, strict=True))
    after = dict(zip(sources, outputs, strict=True))
    same = before.keys() & after.keys()
    shown = [source for source in same if before[source]]
    if shown and not any(after[source] for source in same):
        return f"it ran and shows nothing, where {len(shown)} cells with the same code showed something before"
    if tuple(sources) == old.sources and old.seconds >= WORTH and seconds * NO_TIME < old.seconds:
        return f"it ran in {seconds:.2f} s, where the same code took {old.seconds:.1f} s before"
    return ""


def empty_run(book: Book, projection: Projection, outputs: Sequence[Sequence[Output]], seconds: float) -> Fault | None:
    """Return the fault of a run that ended well and has done nothing, by what is stored; None if it is sound."""
    old = store.load(book, projection)
    why = suspicion(old, [cell.source for cell in projection.cells], outputs, seconds) if old else ""
    if not why:
        return None
    name = os.path.relpath(store.path_of(book, projection), book.config.root)
    return Fault(
        projection.path, 1, f"{projection.backend}: {why}", "", f"if that is meant, delete {name} and run again"
    )


def remove_orphans(book: Book) -> Iterator[Fault]:
    """Delete stored runs that no section gives any more; a backend that would lose all of its runs is a fault instead.

    One that loses a section that others keep is a warning.
    """
    root, outputs = book.config.root, book.config.outputs_dir
    alive = {projection.backend for projection in book.projections()}
    kept = {projection.docname for projection in book.projections()}
    spared: dict[str, int] = {}
    for path in store.orphans(book):
        backend, *_ = path.relative_to(outputs).parts
        docname = path.relative_to(outputs / backend).with_suffix("").as_posix()
        if backend not in alive and backend in book.config.backend_names:
            spared[backend] = spared.get(backend, 0) + 1
            continue
        path.unlink()
        print(f"removed {os.path.relpath(path, root)}: no section gives it any more")
        if docname in kept and backend != BASE:
            source = book.section(docname).path
            yield Fault(source, 1, f"{backend} has no code here any more, and others have", "", "", "warning")
    for backend, number in spared.items():
        fix = f"take {backend} out of tabs, or delete its stored runs, if that is meant"
        yield Fault("config.ini", 0, f"{backend} has lost all of its cells; {number} runs of it are stored", "", fix)
