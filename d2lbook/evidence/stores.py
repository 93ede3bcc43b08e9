"""Where runs are kept: one interface for the committed outputs and for what other devices measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.evidence import devices, store
from d2lbook.evidence.store import State
from d2lbook.execute.measured import Measured
from d2lbook.execute.model import Device, Result


class RunStore(Protocol):
    """Keeps runs of a book's projections, one of each."""

    def path(self, projection: Projection) -> Path:
        """Return the file of a projection's run."""

    def save(self, result: Result) -> Path:
        """Keep a good result; return its file. ValueError for one that is not good."""

    def load(self, projection: Projection) -> Measured | None:
        """Return what was measured of the run that is kept; None if none is, or it cannot be read."""

    def adopt(self, projection: Projection, text: str) -> Path:
        """Keep what another checkout kept; return the file. ValueError unless it is a run of these sources."""

    def states(self, chosen: Iterable[Projection]) -> tuple[State, ...]:
        """Return which of the projections have a run of the code as it is."""


@dataclass(frozen=True, slots=True)
class Outputs:
    """The canonical runs, with the outputs that pages show."""

    book: Book

    def path(self, projection: Projection) -> Path:
        """Return the file of a projection's run."""
        return store.path_of(self.book, projection)

    def save(self, result: Result) -> Path:
        """Keep a good result."""
        return store.save(self.book, result)

    def load(self, projection: Projection) -> Measured | None:
        """Return what was measured of the run that is kept."""
        return store.load(self.book, projection)

    def adopt(self, projection: Projection, text: str) -> Path:
        """Keep what another checkout kept."""
        return store.adopt(self.book, projection, text)

    def states(self, chosen: Iterable[Projection]) -> tuple[State, ...]:
        """Return which of the projections have a run of the code as it is."""
        return store.status(self.book, chosen)


@dataclass(frozen=True, slots=True)
class DeviceResults:
    """Runs on a device other than the canonical one: what they measured."""

    book: Book
    device: str

    def path(self, projection: Projection) -> Path:
        """Return the file of a projection's run."""
        return devices.path_of(self.book.config.results_dir, self.device, projection.key)

    def save(self, result: Result) -> Path:
        """Keep a good result."""
        return devices.save(self.book, result)

    def load(self, projection: Projection) -> Measured | None:
        """Return what was measured of the run that is kept."""
        try:
            return devices.read_file(self.path(projection))
        except (OSError, ValueError):
            return None

    def adopt(self, projection: Projection, text: str) -> Path:
        """Keep what another checkout kept."""
        return devices.adopt(self.book, projection, self.device, text)

    def states(self, chosen: Iterable[Projection]) -> tuple[State, ...]:
        """Return which of the projections have a run of the code as it is."""
        return devices.states(self.book, chosen, self.device)


def store_for(book: Book, projection: Projection, asked: Device, device: str) -> RunStore:
    """Return where a run belongs that was ``asked`` for on ``cpu`` or ``gpu`` and ran on ``device``."""
    return DeviceResults(book, device) if devices.runs_elsewhere(book, projection, asked) else Outputs(book)
