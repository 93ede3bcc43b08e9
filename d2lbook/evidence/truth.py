"""What a build has to say of its runs: outputs older than their code, sections that never ran, claims that fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.errors import Fault
from d2lbook.evidence import devices
from d2lbook.evidence.claims import Metrics, expect_faults
from d2lbook.evidence.last_run import kept_file, read_kept
from d2lbook.evidence.seeds import file_of, read_file, read_runs
from d2lbook.evidence.store import path_of_key, unreadable_fault
from d2lbook.evidence.store import unreadable as unreadable_runs
from d2lbook.evidence.table import Row, rows


@dataclass(frozen=True, slots=True)
class Truth:
    """What is known of a book's runs when something is built from them."""

    stale: frozenset[str] = frozenset()
    """Projections, by key, whose code, library, versions or data have changed since their stored run."""
    missing: frozenset[str] = frozenset()
    """Projections, by key, without a stored run that can be read."""
    faults: tuple[Fault, ...] = ()
    """Stored runs and results that are there and cannot be read."""
    claims: tuple[Fault, ...] = ()
    """Claims that the stored metrics don't bear out."""
    rows: tuple[Row, ...] = ()
    """What is known of each run."""
    state: str = ""
    """Digest of all that the rows are made of."""

    def __str__(self) -> str:
        """Say how many outputs are not those of the code beside them; empty if all are."""
        counts = [(len(self.stale), "older than the code"), (len(self.missing), "never run, or lost")]
        told = ", ".join(f"{number} {what}" for number, what in counts if number)
        return f"outputs: {told}; `d2lbook status` says why, `d2lbook eval` runs them" if told else ""


def truth(book: Book, memory: Path) -> Truth:
    """Return what is known of the runs of ``book``; ``memory`` keeps what was read of them (``table.rows``)."""
    state, every = rows(book, memory)
    found = [row for row in every if not row.elsewhere]
    keys = {state: frozenset(f"{row.backend}/{row.docname}" for row in found if row.state == state) for state in _TOLD}
    lost = [key for key in sorted(keys["missing"]) if path_of_key(book, key).exists()]
    faults = (*(unreadable_fault(book, key) for key in lost), *unreadable_results(book))
    metrics: dict[str, dict[str, Metrics]] = {}
    for row in found:
        if row.state != "missing":
            metrics.setdefault(row.docname, {})[row.backend] = row.metrics
    return Truth(keys["stale"], keys["missing"], faults, tuple(_claims(book, metrics)), every, state)


def quick_truth(book: Book) -> Truth:
    """Return what can be told of a book whose last build found nothing stale and no claim that fails."""
    return Truth(missing=frozenset(key for key in book.keys if not path_of_key(book, key).is_file()))


def unreadable(book: Book) -> tuple[Fault, ...]:
    """Return a fault for every stored run, and every result, of a book that is there and cannot be read."""
    return (*unreadable_runs(book), *unreadable_results(book))


def unreadable_results(book: Book) -> Iterator[Fault]:
    """Yield the results of other devices, of other seeds and of the last run that cannot be read."""
    readers: list[tuple[Path, Callable[[Path], object]]] = [(path, devices.read_file) for path in devices.files(book)]
    readers += [(file_of(book.config, section.docname), read_file) for section in book.sections]
    readers.append((kept_file(book), read_kept))
    for path, read in readers:
        try:
            if path.exists():
                read(path)
        except (OSError, ValueError) as error:
            name = path.relative_to(book.config.root).as_posix()
            yield Fault(name, 0, str(error), "", "run it again, or delete the file")


_TOLD = ("stale", "missing")


def _claims(book: Book, metrics: dict[str, dict[str, Metrics]]) -> Iterator[Fault]:
    for section in book.sections:
        if section.docname in metrics:
            yield from expect_faults(section, metrics[section.docname], read_runs(book.config, section.docname))
