"""Records of execution: what to run, what came out, who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from nbformat import NotebookNode

from d2lbook.errors import Fault
from d2lbook.notebook import Run
from d2lbook.project import Projection


@dataclass(frozen=True, slots=True)
class Job:
    """One projection to run, with its environment and limits."""

    projection: Projection
    python: Path
    """Interpreter of the backend's environment."""
    root: Path
    """The book's root, which the notebook imports ``d2l`` from."""
    modules: tuple[str, ...] = ()
    """What the forking process has imported; empty: a fresh kernel."""
    packages: tuple[str, ...] = ()
    """Distributions whose versions are noted."""
    timeout: float = 120.0
    """Seconds for the whole notebook."""
    memory_gib: float = 8.0
    threads: int = 2
    """Threads that numerical libraries may use."""
    expected: float = 0.0
    """Seconds that it took before; 0 if unknown."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job."""

    job: Job
    status: str
    """``ok``; or ``failed`` (a cell raised), ``timeout``, ``memory``, ``output`` (it printed too much), ``died``,
    ``stopped``."""
    notebook: NotebookNode
    """As executed, with the traceback where it failed."""
    run: Run
    seconds: float
    """From the first cell's start to the last one's end; starting the kernel doesn't count."""
    memory_mib: float
    """Largest resident memory of the kernel's processes."""
    versions: Mapping[str, str] = field(default_factory=dict)
    device: str = "cpu"
    forked: bool = False
    fault: Fault | None = None

    @property
    def good(self) -> bool:
        """Whether every cell ran."""
        return self.status == "ok"


class Listener(Protocol):
    """Is told how a run goes; called from the scheduler's threads."""

    def started(self, job: Job) -> None:
        """A kernel is being started."""

    def at_cell(self, job: Job, number: int) -> None:
        """Cell ``number`` (from 1) is about to run."""

    def finished(self, result: Result) -> None:
        """A job has ended, well or not."""
