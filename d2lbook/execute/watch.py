"""Keeps a kernel within its memory, and remembers how much it took, of GPUs too.

Resident memory of the process tree is sampled by psutil: an address-space limit (RLIMIT_AS) would stop frameworks that
reserve far more than they use. Should the machine run out before a sample is taken, Linux is asked to end kernels and
not the engine.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from d2lbook.execute.gpus import used_mib

INTERVAL = 0.1
FAMILY = 1.0
"""Seconds between two looks for child processes, which take a look at every process of the machine."""
GPU_INTERVAL = 0.5
"""Seconds between two looks at GPUs."""


def first_to_go(pid: int) -> None:
    """Ask Linux to end this process before others when memory runs out; its children too, from now on."""
    with contextlib.suppress(OSError):
        Path(f"/proc/{pid}/oom_score_adj").write_text("1000")


def ended_for_memory() -> int:
    """Return how many processes Linux has ended because memory ran out; 0 where it doesn't say."""
    with contextlib.suppress(OSError):
        for line in Path("/proc/vmstat").read_text().splitlines():
            name, _, number = line.partition(" ")
            if name == "oom_kill":
                return int(number)
    return 0


class _Watch:
    """Takes samples in a thread of its own while the context lasts, and a last one at its end."""

    interval = INTERVAL
    """Seconds between two samples."""

    def __init__(self) -> None:
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        """Begin to watch."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop watching."""
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._sample() and not self._done.wait(self.interval):
            pass
        self._sample()

    def _sample(self) -> bool:
        """Take one sample; return whether there is nothing more to watch."""
        raise NotImplementedError


class MemoryWatch(_Watch):
    """Samples a process tree while the context lasts; kills it when it takes more than ``limit`` bytes."""

    def __init__(self, pid: int, limit: float, keeper: int = 0) -> None:
        """Watch the process ``pid`` and its children, those that have left it for its ``keeper`` too."""
        super().__init__()
        self.limit, self.peak, self.exceeded = limit, 0, False
        self._process = psutil.Process(pid)
        self._keeper = keeper
        self._children: list[psutil.Process] = []
        self._looked = -FAMILY

    def _sample(self) -> bool:
        """Take one sample; return whether the processes took too much and were killed."""
        if (now := time.monotonic()) - self._looked >= FAMILY or self._done.is_set():
            self._looked = now
            self._children = [
                member for member in family_of(self._keeper or self._process.pid) if member != self._process
            ]
        used = 0
        family = [self._process, *self._children]
        for member in family:
            with contextlib.suppress(psutil.Error):
                used += member.memory_info().rss
        self.peak = max(self.peak, used)
        if used > self.limit and not self.exceeded:
            self.exceeded = True
            for member in family:
                with contextlib.suppress(psutil.Error):
                    member.kill()
        return self.exceeded


def family_of(pid: int) -> list[psutil.Process]:
    """Return all processes that a process has started, and those that they have; none if it is gone."""
    try:
        return list(psutil.Process(pid).children(recursive=True))
    except psutil.Error:
        return []


class GpuWatch(_Watch):
    """Samples the memory taken of some GPUs while the context lasts.

    What others hold there when it begins is taken off; a notebook has its GPUs for itself.
    """

    interval = GPU_INTERVAL

    def __init__(self, gpus: Sequence[str]) -> None:
        """Watch the GPUs that the driver knows by these indices or UUIDs; none is nothing to watch."""
        super().__init__()
        self.gpus, self.peak = tuple(gpus), 0.0
        """``peak`` is in MiB, of all of them together."""
        self._before = used_mib(self.gpus)

    def _sample(self) -> bool:
        self.peak = max(self.peak, used_mib(self.gpus) - self._before)
        return not self.gpus
