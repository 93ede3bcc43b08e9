"""Tells how a run goes: live lines on a terminal (rich), one plain line per event elsewhere."""

from __future__ import annotations

import sys
import threading
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from d2lbook.execute.model import Job, Result


class Plain:
    """One line when a notebook has ended."""

    def __init__(self, total: int) -> None:
        """Count to ``total`` notebooks."""
        self.total, self.done, self._lock = total, 0, threading.Lock()

    def __enter__(self) -> Plain:
        """Begin."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""

    def started(self, job: Job) -> None:
        """Say nothing yet."""

    def at_cell(self, job: Job, number: int) -> None:
        """Say nothing yet."""

    def finished(self, result: Result) -> None:
        """Print what came of it."""
        with self._lock:
            self.done += 1
            print(f"[{self.done}/{self.total}] {_line(result)}", flush=True)


class Live:
    """A line per running notebook and a total with the time left."""

    def __init__(self, total: int, expected: float) -> None:
        """Count to ``total`` notebooks, which took ``expected`` seconds the last time."""
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, TimeRemainingColumn(), console=Console(stderr=True))
        text = "all" + (f" (about {expected:.0f} s of running before)" if expected else "")
        self._total = self._progress.add_task(text, total=total)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Live:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop drawing."""
        self._progress.stop()

    def started(self, job: Job) -> None:
        """Add a line."""
        key = job.projection.key
        self._tasks[key] = self._progress.add_task(key, total=len(job.projection.cells))

    def at_cell(self, job: Job, number: int) -> None:
        """Move its bar."""
        self._progress.update(self._tasks[job.projection.key], completed=number - 1)

    def finished(self, result: Result) -> None:
        """Take its line away and print what came of it."""
        self._progress.remove_task(self._tasks.pop(result.job.projection.key))
        self._progress.console.print(_line(result), highlight=False)
        self._progress.advance(self._total)


def listener(total: int, expected: float) -> Plain | Live:
    """Return what fits where the output goes."""
    return Live(total, expected) if sys.stderr.isatty() else Plain(total)


def _line(result: Result) -> str:
    state = "ok" if result.good else result.status.upper()
    how = "" if result.forked or not result.job.modules else ", fresh kernel"
    return f"{result.job.projection.key}: {state} in {result.seconds:.1f} s, {result.memory_mib:.0f} MiB{how}"
