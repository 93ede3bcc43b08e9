"""Keeps a kernel within its memory, and remembers how much it took.

Resident memory of the process tree is sampled by psutil: an address-space limit (RLIMIT_AS) would stop frameworks that
reserve far more than they use.
"""

from __future__ import annotations

import contextlib
import threading
from types import TracebackType

import psutil

INTERVAL = 0.1


class MemoryWatch:
    """Samples a process tree while the context lasts; kills it when it takes more than ``limit`` bytes."""

    def __init__(self, pid: int, limit: float) -> None:
        """Watch the process ``pid`` and its children."""
        self.limit, self.peak, self.exceeded = limit, 0, False
        self._process = psutil.Process(pid)
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> MemoryWatch:
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
        while not self._sample() and not self._done.wait(INTERVAL):
            pass
        self._sample()

    def _sample(self) -> bool:
        """Take one sample; return whether the processes took too much and were killed."""
        try:
            family = [self._process, *self._process.children(recursive=True)]
            used = sum(member.memory_info().rss for member in family)
        except psutil.Error:
            return False
        self.peak = max(self.peak, used)
        if used > self.limit and not self.exceeded:
            self.exceeded = True
            for member in family:
                with contextlib.suppress(psutil.Error):
                    member.kill()
        return self.exceeded
