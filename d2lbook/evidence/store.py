"""Committed outputs: one notebook per projection, code cells and outputs only, with what they depend on.

``static/outputs/<backend or base>/<chapter>/<section>.ipynb``. Prose stays in the sources, so that editing it touches
nothing here. Files are written whole or not at all.
"""

from __future__ import annotations

import ast
import datetime
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.errors import Fault
from d2lbook.evidence.digest import Fingerprint, explain, fingerprint
from d2lbook.evidence.distrust import STORED, held_to, recorded
from d2lbook.execute.measured import Measured
from d2lbook.execute.model import Result
from d2lbook.execute.notebook import Output, stored_cells, stored_notebook
from d2lbook.files import write_whole

MAX_KIB = 200


FreshnessState = Literal["fresh", "stale", "missing"]


@dataclass(frozen=True, slots=True)
class Stored(Measured):
    """A projection's stored run."""

    sources: tuple[str, ...]
    """Code of each cell, in the projection's order."""
    outputs: tuple[tuple[Output, ...], ...]
    """Outputs of each cell."""
    digest: str
    """Digest of what the outputs depend on."""
    parts: Mapping[str, str]
    """The same part by part."""


@dataclass(frozen=True, slots=True)
class State:
    """Whether a projection's outputs may be shown as they are."""

    projection: Projection
    state: FreshnessState
    why: tuple[str, ...] = ()
    """Reasons: what has changed since the run."""
    code_differs: bool = False
    """Fresh, but comments or layout of the code have changed: the stored code is to be written anew."""


def path_of(book: Book, projection: Projection) -> Path:
    """Return where a projection's run is stored."""
    return path_of_key(book, projection.key)


def path_of_key(book: Book, key: str) -> Path:
    """Return where the run of a projection called ``key`` is stored."""
    return book.config.outputs_dir / f"{key}.ipynb"


def load(book: Book, projection: Projection) -> Stored | None:
    """Return a projection's stored run, None if there is none or it cannot be read."""
    try:
        return read(path_of(book, projection).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def read(text: str) -> Stored:
    """Return the run that a stored file's text holds; ValueError for another text."""
    try:
        about, cells = stored_cells(text)
        return Stored(
            sources=tuple(source for source, _ in cells),
            outputs=tuple(outputs for _, outputs in cells),
            digest=str(about["digest"]),
            parts=about["parts"],
            versions=about["versions"],
            device=str(about["device"]),
            seconds=float(about["seconds"]),
            memory_mib=float(about["memory_mib"]),
            metrics=_numbers(about["metrics"]),
            date=str(about["date"]),
            threads=int(about.get("threads", 0)),
        )
    except (KeyError, AttributeError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise ValueError(f"this is no stored run ({error})") from None


def _numbers(metrics: Mapping[str, float]) -> Mapping[str, float]:
    """Return recorded metrics; TypeError if one is no number."""
    for name, value in metrics.items():
        if not isinstance(value, int | float):
            raise TypeError(f"metric {name} is no number")
        float(value)
    return metrics


def save(book: Book, result: Result) -> Path:
    """Store a good result with its fingerprint; return the file. ValueError for a result that is not good."""
    if not result.good:
        raise ValueError(f"{result.job.projection.key} did not run to its end; nothing is stored")
    projection = result.job.projection
    print_ = fingerprint(book, projection)
    about = {
        "digest": print_.digest,
        "parts": dict(print_.parts),
        **{name: value for name, value in result.rounded(today()).items() if name in _FACTS},
    }
    return write_whole(path_of(book, projection), stored_notebook(projection, result.outputs, about))


def adopt(book: Book, projection: Projection, text: str) -> Path:
    """Store a run that another checkout has stored; return the file. ValueError unless it is a run of these sources."""
    held_to(STORED, text)
    found, current = read(text), fingerprint(book, projection)
    sources = tuple(cell.source for cell in projection.cells)
    same = len(found.sources) == len(sources) and tuple(map(bare, found.sources)) == tuple(map(bare, sources))
    if found.digest != current.digest or dict(found.parts) != dict(current.parts) or not same:
        changes = ", ".join(explain(found.parts, current.parts)) or "its cells differ"
        raise ValueError(f"it was run from other sources: {changes}")
    if recorded(found.outputs) != dict(found.metrics):
        raise ValueError("its metrics are not those that its outputs carry")
    return write_whole(path_of(book, projection), text)


def bare(source: str) -> str:
    """Return code without comments and layout."""
    try:
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return source


def refresh(book: Book, projection: Projection) -> None:
    """Write the code of a fresh projection anew, outputs and metadata kept: a comment has changed."""
    stored = load(book, projection)
    if stored is None:
        raise FileNotFoundError(path_of(book, projection))
    about = {name: getattr(stored, name) for name in _ABOUT if name != "threads" or stored.threads}
    write_whole(path_of(book, projection), stored_notebook(projection, stored.outputs, about))


_FACTS = ("versions", "device", "seconds", "memory_mib", "metrics", "date", "threads")
"""Facts of a run that its file holds; the canonical one takes no device's memory."""
_ABOUT = ("digest", "parts", *_FACTS)


def today() -> str:
    """Return the day in UTC, as runs are dated."""
    return datetime.datetime.now(datetime.UTC).date().isoformat()


def status(book: Book, projections: Iterable[Projection] | None = None) -> tuple[State, ...]:
    """Return the state of every projection (or of those given), in the book's order."""
    chosen = book.projections() if projections is None else projections
    return tuple(_state(book, projection) for projection in chosen)


def _state(book: Book, projection: Projection) -> State:
    stored = load(book, projection)
    if stored is None:
        why = "its file cannot be read" if path_of(book, projection).exists() else "never run"
        return State(projection, "missing", (why,))
    current: Fingerprint = fingerprint(book, projection)
    if stored.digest != current.digest or len(stored.outputs) != len(projection.cells):
        return State(projection, "stale", explain(stored.parts, current.parts) or ("the stored file differs",))
    sources = tuple(cell.source for cell in projection.cells)
    return State(projection, "fresh", (), stored.sources != sources)


def unreadable(book: Book, projections: Iterable[Projection] | None = None) -> Iterator[Fault]:
    """Yield a fault for every stored run (of those given, or all) that is there and cannot be read."""
    for projection in book.projections() if projections is None else projections:
        path = path_of(book, projection)
        if path.exists() and load(book, projection) is None:
            yield unreadable_fault(book, projection.key)


def unreadable_fault(book: Book, key: str) -> Fault:
    """Return the fault of the stored run of a projection called ``key``, which cannot be read."""
    path = path_of_key(book, key)
    name = path.relative_to(book.config.root).as_posix() if path.is_relative_to(book.config.root) else str(path)
    fix = f"take it from the history, or run the section again: d2lbook eval {key.partition('/')[2]}"
    return Fault(name, 0, f"the stored run of {key} cannot be read", "", fix)


def orphans(book: Book) -> tuple[Path, ...]:
    """Return stored runs that belong to no projection of the book any more; other notebooks are left alone."""
    wanted = {path_of(book, projection) for projection in book.projections()}
    strange = (path for path in sorted(book.config.outputs_dir.rglob("*.ipynb")) if path not in wanted)
    return tuple(path for path in strange if not path.is_symlink() and _is_stored(path))


def _is_stored(path: Path) -> bool:
    try:
        read(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return True


def metrics_of(book: Book, docname: str) -> dict[str, Mapping[str, float]]:
    """Return the recorded metrics of a section, by backend, for those that were run."""
    runs = {}
    for projection in book.projections(book.section(docname)):
        stored = load(book, projection)
        if stored is not None:
            runs[projection.backend] = stored.metrics
    return runs


def stored_sizes(book: Book) -> tuple[int, ...]:
    """Return the sizes of all stored files in bytes, smallest first."""
    return tuple(sorted(path.stat().st_size for path in book.config.outputs_dir.rglob("*.ipynb")))


def size_faults(book: Book) -> Iterator[Fault]:
    """Yield a warning for every stored file that is too large."""
    for path in sorted(book.config.outputs_dir.rglob("*.ipynb")):
        kib = path.stat().st_size / 1024
        if kib > MAX_KIB:
            name = path.relative_to(book.config.root).as_posix()
            fix = "draw fewer points, or show fewer pictures"
            yield Fault(name, 0, f"a stored run of {kib:.0f} KiB (at most {MAX_KIB})", "", fix, "warning")
