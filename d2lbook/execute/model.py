"""Records of execution: what to run, what came out, who is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, Protocol

from nbformat import NotebookNode

from d2lbook.book.projection import Projection
from d2lbook.errors import Fault
from d2lbook.execute.measured import Measured
from d2lbook.execute.notebook import Output

THREADS = 2
"""Number of threads that a notebook's libraries have where its processors allow it and no run of it says another."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """A graphics processor of a machine."""

    id: str
    """Name in ``CUDA_VISIBLE_DEVICES``."""
    name: str = "GPU"


@dataclass(frozen=True, slots=True)
class Host:
    """What a machine has for notebooks to run on."""

    cpus: tuple[int, ...]
    """Processors that this process may use, by number; empty where the system doesn't say."""
    count: int
    """Number of processors."""
    memory_gib: float
    """Memory that notebooks may take together, in GiB."""
    gpus: tuple[Gpu, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """A share of a machine; one notebook at a time has it for itself."""

    threads: int = THREADS
    """Number of processors of the share."""
    cpus: tuple[int, ...] = ()
    """Processors that its kernels are pinned to; empty: wherever the system puts them."""
    gpus: tuple[Gpu, ...] = ()
    """GPUs that the notebook may use; none: it sees no GPU, whatever the machine has."""

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
    """Modules that the forking process has imported; empty: a fresh kernel."""
    packages: tuple[str, ...] = ()
    """Distributions whose versions are noted."""
    timeout: float = 120.0
    """Seconds for the whole notebook on two processors; on one it has twice as many."""
    memory_gib: float = 8.0
    """Memory at which it is killed, in GiB."""
    threads: int = THREADS
    """Number of threads that numerical libraries may use; never more than its slot has."""
    exactly: bool = False
    """Whether it must have so many threads, if the machine has: its stored run had, and another number gives others."""
    expected: float = 0.0
    """Seconds that it took before; 0: unknown."""
    gpus: int = 0
    """Number of GPUs that it needs; with any, its kernel is fresh, since CUDA does not live through a fork."""
    needs_gib: float = 0.0
    """Memory that is kept for it while it runs: what its section asks for, or a little more than it took before; 0 if
    unknown."""
    resources: Mapping[str, Path] = field(default_factory=dict)
    """Files that lie beside it while it runs, by their paths from the folder of the chapters."""
    failed: str = "_build/failed"
    """Folder, as it is told, in which its notebook is kept if it fails."""


Device = Literal["cpu", "gpu"]
"""Kind of device that runs are asked for on."""
Status = Literal[
    "ok", "failed", "timeout", "memory", "output", "died", "stopped", "empty", "deferred", "lost", "refused"
]
"""How a run ended: ``ok``; ``failed`` (a cell raised), ``timeout``, ``memory``, ``output`` (it printed too much),
``died``, ``stopped``, ``empty`` (it did nothing that it did before); ``deferred`` (this machine has not what it needs,
and it was not begun), ``lost`` (the machine that ran it went away, twice), ``refused`` (its run is not of the sources
that stand here)."""


@dataclass(frozen=True, slots=True)
class Result(Measured):
    """What came of a job."""

    job: Job
    status: Status
    notebook: NotebookNode
    """The notebook as executed, with the traceback where it failed."""
    outputs: tuple[tuple[Output, ...], ...]
    """Normalised outputs, per cell."""
    forked: bool = False
    """Whether its kernel was forked."""
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
