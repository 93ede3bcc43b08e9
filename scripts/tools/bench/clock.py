"""What a command costs: wall time, and processor time of it and all that it started."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
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


LAUNCHER = """
import json, os, sys, time
started = time.monotonic()
process = os.spawnvp(os.P_NOWAIT, sys.argv[2], sys.argv[2:])
_, status, used = os.wait4(process, 0)
told = [time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss, os.waitstatus_to_exitcode(status)]
with open(sys.argv[1], "w") as file:
    json.dump(told, file)
"""
"""Runs a command from a small process: the system counts the memory of the one that starts it as the command's own."""


def run(
    command: Sequence[str | Path], cwd: Path, env: Mapping[str, str] | None = None, good: Collection[int] = (0,)
) -> tuple[Cost, str]:
    """Run a command to its end; return its cost and what it printed. RuntimeError if its exit code is not ``good``."""
    with tempfile.TemporaryFile("w+", errors="replace") as told, tempfile.NamedTemporaryFile() as measured:
        subprocess.run(
            [sys.executable, "-I", "-S", "-c", LAUNCHER, measured.name, *map(str, command)],
            cwd=cwd, env={**os.environ, **(env or {})},
            stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.STDOUT, check=True,
        )  # fmt: skip
        wall, cpu, kib, code = json.loads(Path(measured.name).read_bytes())
        told.seek(0)
        said = told.read()
    if code not in good:
        raise RuntimeError(f"{' '.join(map(str, command))} in {cwd}: exit {code}\n{said[-3000:]}")
    return Cost(wall, cpu, kib / 1024), said


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0))
