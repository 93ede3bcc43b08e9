"""Records of execution: what to run, what came out, who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from nbformat import NotebookNode

from d2lbook.book.projection import Projection
from d2lbook.errors import Fault
from d2lbook.execute.notebook import Run


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics processor of a machine."""

    id: str
    """As ``CUDA_VISIBLE_DEVICES`` names it."""
    name: str = "GPU"


@dataclass(frozen=True, slots=True)
class Host:
    """What a machine has for notebooks to run on."""

    cpus: tuple[int, ...]
    """Processors that this process may use, by number; empty where the system doesn't say."""
    count: int
    """Of processors."""
    memory_gib: float
    """That notebooks may take together."""
    gpus: tuple[Gpu, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A share of a machine; one notebook at a time has it for itself."""

    threads: int = 2
    """Processors of the share."""
    cpus: tuple[int, ...] = ()
    """Those that its kernels are pinned to; empty: wherever the system puts them."""
    gpus: tuple[Gpu, ...] = ()
    """That the notebook may use; none: it sees no GPU, whatever the machine has."""

    @property
    def device(self) -> str:
        """``cpu``, or the name of its GPUs, with their number if there are several."""
        if not self.gpus:
            return "cpu"
        return self.gpus[0].name if len(self.gpus) == 1 else f"{len(self.gpus)} × {self.gpus[0].name}"


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
    """Seconds for the whole notebook on two processors; on one it has twice as many."""
    memory_gib: float = 8.0
    """At which it is killed."""
    threads: int = 2
    """That numerical libraries may use at most; never more than its slot has."""
    expected: float = 0.0
    """Seconds that it took before; 0 if unknown."""
    gpus: int = 0
    """That it needs; with any, its kernel is fresh, since CUDA does not live through a fork."""
    needs_gib: float = 0.0
    """Memory that is kept for it while it runs: what its section asks for, or a little more than it took before; 0 if
    unknown."""
    failed: str = "_build/failed"
    """Folder, as it is told, in which its notebook is kept if it fails."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job."""

    job: Job
    status: str
    """``ok``; or ``failed`` (a cell raised), ``timeout``, ``memory``, ``output`` (it printed too much), ``died``,
    ``stopped``, ``empty`` (it did nothing that it did before); or ``deferred``: this machine has not what it needs, and
    it was not begun."""
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
    threads: int = 0
    """That it ran with."""
    fault: Fault | None = None
    gpu_mib: float = 0.0
    """Largest memory taken of its GPUs, all together; what a framework holds back for itself counts."""

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
