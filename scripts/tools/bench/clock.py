"""What a command costs: wall time, and processor time of it and all that it started."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds, and the memory of the process that took most."""

    wall: float
    cpu: float
    """Of the command and every process that it started and waited for."""
    mib: float = 0.0
    """Largest resident memory of one of them."""

    def __add__(self, other: Cost) -> Cost:
        """Return the cost of both, one after the other."""
        return Cost(self.wall + other.wall, self.cpu + other.cpu, max(self.mib, other.mib))


def run(
    command: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None, good: Collection[int] = (0,)
) -> tuple[Cost, str]:
    """Run a command to its end; return its cost and what it printed. RuntimeError if its exit code is not ``good``."""
    started = time.monotonic()
    with tempfile.TemporaryFile("w+", errors="replace") as told:
        process = subprocess.Popen(
            [str(word) for word in command], cwd=cwd, env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.STDOUT,
        )  # fmt: skip
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        wall = time.monotonic() - started
        told.seek(0)
        said = told.read()
    if process.returncode not in good:
        raise RuntimeError(f"{' '.join(map(str, command))} in {cwd}: exit {process.returncode}\n{said[-3000:]}")
    return Cost(wall, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024), said


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))
