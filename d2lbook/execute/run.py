"""Runs one notebook in a kernel of its own, and explains what went wrong.

nbclient executes the cells; limits of time, memory and output are kept here. A cell that runs too long is interrupted
before its kernel is killed, so that the kept notebook says where it was.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode

from d2lbook.errors import Fault
from d2lbook.execute.kernel import connected, environment, kernel_for, threads_of, versions
from d2lbook.execute.model import Job, Listener, Result, Slot, Status
from d2lbook.execute.notebook import Run, read_run, to_run
from d2lbook.execute.watch import GpuWatch, MemoryWatch, ended_for_memory, family_of, first_to_go
from d2lbook.words.terminal import without_colours

MAX_OUTPUT = 8_000_000
"""Characters that a notebook's outputs may have in all."""
STARTUP = 90.0
"""Seconds that a kernel's start may take."""
GRACE = 3.0
"""Seconds that an interrupted cell has to say where it was."""
_TICK = 0.1
_GONE = 0.003
_LINE_IN_CELL = re.compile(r"(?:Cell In\[\d+\]|cell\.py|Input In \[\d+\])[^\n]*?line (\d+)")
_FATAL = ("Fatal Python error", "terminate called", "malloc", "free()", "double free", "corrupted ")
"""How the last words of Python, C++ and the C library begin."""


class _Client(NotebookClient):
    """nbclient that counts what a notebook prints, and takes no more than it may."""

    printed = 0

    def process_message(self, msg: dict[str, Any], cell: NotebookNode, cell_index: int) -> NotebookNode | None:
        if msg["msg_type"] != "status":
            self.printed += sum(len(str(value)) for value in msg["content"].values())
            if self.printed > MAX_OUTPUT:
                return None
        return super().process_message(msg, cell, cell_index)


def run_job(job: Job, listener: Listener, stop: threading.Event | None = None, slot: Slot | None = None) -> Result:
    """Run a job in a slot (default: two processors, wherever they are) to its end, or until ``stop`` is set.

    Return the result; never raises for what the job does.
    """
    with tempfile.TemporaryDirectory(prefix="d2lbook-", ignore_cleanup_errors=True) as folder:
        return asyncio.run(_Run(job, listener, Path(folder), stop or threading.Event(), slot or Slot()).result())


class _Run:
    """One run of one notebook."""

    def __init__(self, job: Job, listener: Listener, folder: Path, stop: threading.Event, slot: Slot) -> None:
        self.job, self.listener, self.folder, self.stop, self.slot = job, listener, folder, stop, slot
        self.work, self.log = folder / "work", folder / "kernel.log"
        self.notebook, self.kernel = to_run(job.projection), kernel_for(job, slot, folder)
        self.client = _Client(
            self.notebook,
            km=self.kernel,
            timeout=None,
            startup_timeout=STARTUP,
            allow_errors=False,
            store_widget_state=False,
        )
        self.watch: MemoryWatch | None = None
        self.gpus: GpuWatch | None = None
        self.ended_for_memory = ended_for_memory()
        self.number = 0
        """Number of the cell that runs or ran last, from 1."""

    async def result(self) -> Result:
        """Run, clean up, and return what came of it."""
        begun = 0.0
        try:
            status, error = await self._supervised(self._start(), STARTUP + GRACE)
            if status == "ok":
                begun = time.monotonic()
                limit = self.job.memory_gib * 2**30
                with (
                    GpuWatch([gpu.id for gpu in self.slot.gpus]) as gpus,
                    MemoryWatch(self._pid, limit, self._keeper) as watch,
                ):
                    self.watch, self.gpus = watch, gpus
                    status, error = await self._supervised(self._cells(), self.job.timeout * self._slower)
            elif status == "timeout":
                status, error = "died", f"its kernel was not ready after {STARTUP:g} s"
            seconds = time.monotonic() - begun if begun else 0.0
        finally:
            forked = bool(getattr(self.kernel.provisioner, "forked", False))
            await self._end()
        job = self.job
        try:
            run = read_run(self.notebook, (str(self.work), str(self.folder), str(job.root)))
        except (ValueError, TypeError, KeyError) as error_:
            run = Run(tuple(() for _ in job.projection.cells), {})
            status, error = (
                ("failed", f"an output that cannot be read: {error_}") if status == "ok" else (status, error)
            )
        peak = self.watch.peak / 2**20 if self.watch else 0.0
        found = versions(job.python, job.packages)
        fault = None if status == "ok" else self._fault(status, error)
        return Result(
            job,
            status,
            self.notebook,
            run.outputs,
            forked,
            fault,
            threads=threads_of(job, self.slot),
            seconds=seconds,
            memory_mib=peak,
            device=self.slot.device,
            device_mib=self.gpus.peak if self.gpus else 0.0,
            versions=found,
            metrics=run.metrics,
        )

    async def _start(self) -> None:
        place = self._lay_out()
        with self.log.open("wb") as log:
            env = environment(self.job, self.slot, self.folder)
            await self.kernel.start_kernel(cwd=str(place), env=env, stdout=log, stderr=log)
        first_to_go(self._pid)
        self.client.kc = await connected(self.kernel)

    def _lay_out(self) -> Path:
        """Make the folder in which the notebook runs: an empty one, or its chapter's with the book's resources around.

        Copies, so that a notebook changes nothing of the book.
        """
        self.work.mkdir()
        if not self.job.resources:
            return self.work
        place = (self.work / self.job.projection.docname).parent
        place.mkdir(parents=True, exist_ok=True)
        for name, file in self.job.resources.items():
            copy = self.work / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)
        return place

    async def _cells(self) -> None:
        for index, cell in enumerate(self.notebook.cells):
            self.number = index + 1
            self.listener.at_cell(self.job, self.number)
            await self.client.async_execute_cell(cell, index)

    @property
    def _slower(self) -> int:
        """By what the time limit grows: it is meant for two processors."""
        return 2 if threads_of(self.job, self.slot) < min(2, self.job.threads) else 1

    @property
    def _pid(self) -> int:
        return int(getattr(self.kernel.provisioner, "pid", 0) or 0)

    @property
    def _keeper(self) -> int:
        return int(getattr(self.kernel.provisioner, "keeper", 0) or 0)

    async def _end(self) -> None:
        """Make sure that no kernel, no process that it started and no channel is left."""
        group = self._pid
        family = family_of(self._keeper or group) if group else []
        with contextlib.suppress(Exception):
            if self.client.kc is not None:
                self.client.kc.stop_channels()
        if group and hasattr(os, "killpg"):  # a kernel leads a session of its own
            with contextlib.suppress(OSError):
                os.killpg(group, signal.SIGKILL)
            for _ in range(round(GRACE / _GONE)):  # jupyter_client would look ten times a second only
                if not await self.kernel.is_alive():
                    break
                await asyncio.sleep(_GONE)
        with contextlib.suppress(Exception):
            await self.kernel.shutdown_kernel(now=True)
        for left in family:  # by number and time of start: no other's
            with contextlib.suppress(psutil.Error):
                left.kill()

    # ---- how it ends ----

    async def _supervised(self, work: Any, limit: float) -> tuple[Status, str]:
        """Wait for ``work`` within every limit; return status and error, ``ok`` and nothing if all went well."""
        task = asyncio.ensure_future(work)
        end = time.monotonic() + limit
        ended = None
        while ended is None and not (await asyncio.wait({task}, timeout=_TICK))[0]:
            ended = self._limit_broken(end)
        if ended is not None and ended[0] == "timeout" and self.number:
            with contextlib.suppress(Exception):
                await self.kernel.interrupt_kernel()
            await asyncio.wait({task}, timeout=GRACE)
        if not task.done():
            task.cancel()
            await asyncio.wait({task}, timeout=GRACE)
        error = task.exception() if task.done() and not task.cancelled() else None
        if ended is None and self.watch and self.watch.exceeded:
            ended = self._limit_broken(end)
        if ended is not None:
            return ended
        if error is None:
            return "ok", ""
        if isinstance(error, CellExecutionError):
            return "failed", f"{error.ename}: {error.evalue}"
        return await self._death(error)

    def _limit_broken(self, end: float) -> tuple[Status, str] | None:
        """Return status and error if a limit is broken or the run is to stop."""
        if self.watch and self.watch.exceeded:
            return "memory", f"it took more than its {self.job.memory_gib:g} GiB of memory"
        if self.client.printed > MAX_OUTPUT:
            return "output", f"it printed more than {MAX_OUTPUT:,} characters"
        if self.stop.is_set():
            return "stopped", "it was stopped"
        if time.monotonic() > end:
            alone = f" ({self.job.timeout * self._slower:g} s on one processor)" if self._slower > 1 else ""
            return "timeout", f"it ran longer than its {self.job.timeout:g} s{alone}"
        return None

    async def _death(self, error: BaseException) -> tuple[Status, str]:
        """Return status and words that say of what a kernel died."""
        process = getattr(self.kernel.provisioner, "process", None)
        code = process.poll() if process else None
        if code is None:
            return "died", f"its kernel ended: {error}"
        if code == -signal.SIGKILL and ended_for_memory() > self.ended_for_memory:
            return "memory", f"the machine ran out of memory, and its kernel was ended for it ({self._peak})"
        if code >= 0:
            words = f"its kernel ended by itself with exit code {code}"
        else:
            words = f"its kernel was ended by {signal.Signals(-code).name}"
            words += f" from outside ({self._peak})" if -code == signal.SIGKILL else ""
        last = self._last_words()
        return "died", f"{words}: {last}" if last else words

    @property
    def _peak(self) -> str:
        return f"it had {self.watch.peak / 2**30 if self.watch else 0.0:.1f} GiB"

    def _last_words(self) -> str:
        """Return what the kernel's process said as it died: Python's fatal error, or its last line."""
        if not self.log.is_file():
            return ""
        lines = [line for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        fatal = [line for line in lines if line.startswith(_FATAL) or "Check failed: " in line]
        return (fatal or lines or [""])[-1][:200]

    def _fault(self, status: Status, error: str) -> Fault:
        """Return the fault of a run, at the line of the cell, or of the statement that raised."""
        projection = self.job.projection
        if not self.number:
            fix = "" if status == "stopped" else "run `d2lbook env make`; see the environment's own messages"
            message = f"{projection.backend}: no kernel could be started: {error}"
            return Fault(projection.path, 0, message, "", fix)
        cell = projection.cells[self.number - 1]
        rows = cell.source.split("\n")
        row = self._row_in_traceback()
        line, text = (cell.line + row - 1, rows[row - 1]) if 0 < row <= len(rows) else (cell.line, rows[0])
        fix = f"the notebook is kept: {self.job.failed}/{projection.key}.ipynb"
        return Fault(projection.path, line, f"{projection.backend}: {cell.id}: {error}", text, fix)

    def _row_in_traceback(self) -> int:
        """Return the row, from 1, at which the running cell raised or was interrupted; 0 if it did neither."""
        outputs = self.notebook.cells[self.number - 1].outputs
        traceback = "\n".join("\n".join(output.get("traceback", ())) for output in outputs)
        found = _LINE_IN_CELL.search(without_colours(traceback))
        return int(found[1]) if found else 0
