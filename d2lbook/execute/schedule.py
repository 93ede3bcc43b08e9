"""Runs many jobs on one machine: longest first, a slot each, GPUs and memory while they last; no failure stops others.

Threads of the standard library wait for kernels.
"""

from __future__ import annotations

import concurrent.futures
import queue
import threading
from collections.abc import Iterable, Iterator, Sequence

from d2lbook.errors import Fault
from d2lbook.execute.fork import close_zygotes
from d2lbook.execute.host import lacking, slots_for, this_host, with_gpus
from d2lbook.execute.model import Gpu, Host, Job, Listener, Result, Slot
from d2lbook.execute.notebook import to_run
from d2lbook.execute.run import run_job


def in_order(jobs: Iterable[Job]) -> list[Job]:
    """Return the jobs that need most GPUs first, then longest first, those of unknown length before all.

    Jobs of one backend stay together.
    """
    return sorted(jobs, key=lambda job: (-job.gpus, -(job.expected or float("inf")), job.projection.backend))


def run_jobs(
    jobs: Iterable[Job], listener: Listener, slots: int | None = None, host: Host | None = None
) -> Iterator[Result]:
    """Run the jobs, ``slots`` at a time (default: what should be done first), and yield results as they come.

    ``host`` is what may be used (default: all of this machine); a job that needs more than it has is ``deferred``,
    which a warning explains. When the caller stops early (or is interrupted), jobs that wait are dropped and running
    kernels are ended.
    """
    jobs = list(jobs)
    host = host or this_host(None if any(job.gpus for job in jobs) else ())
    possible: list[Job] = []
    for job in jobs:
        if why := lacking(job, host):
            yield _deferred(job, why, listener)
        else:
            possible.append(job)
    for group in _by_threads(possible):
        yield from _run(group, listener, slots_for(group, host, slots), host)


def _by_threads(jobs: Iterable[Job]) -> Iterator[list[Job]]:
    """Yield jobs that can share slots: those that must have so many threads, most threads first, then the others."""
    groups: dict[int, list[Job]] = {}
    for job in jobs:
        groups.setdefault(job.threads if job.exactly else 0, []).append(job)
    yield from (groups[threads] for threads in sorted(groups, reverse=True))


def _run(jobs: Sequence[Job], listener: Listener, slots: Sequence[Slot], host: Host) -> Iterator[Result]:
    waiting = _JobQueue(jobs, host)
    done: queue.SimpleQueue[Result | BaseException] = queue.SimpleQueue()

    def work(slot: Slot) -> None:
        try:
            while (item := waiting.take()) is not None:
                job, gpus = item
                try:
                    listener.started(job)
                    result = run_job(job, listener, waiting.stop, with_gpus(slot, gpus))
                    listener.finished(result)
                finally:
                    waiting.give_back(job, gpus)
                done.put(result)
        except BaseException as error:
            done.put(error)

    pool = concurrent.futures.ThreadPoolExecutor(len(slots), thread_name_prefix="slot")
    try:
        for slot in slots:
            pool.submit(work, slot)
        for _ in jobs:
            result = done.get()
            if isinstance(result, BaseException):
                raise result
            yield result
    finally:
        waiting.close()
        pool.shutdown(wait=True, cancel_futures=True)
        close_zygotes()


class _JobQueue:
    """Hands out jobs to slots: of those that fit into what is free, the first."""

    def __init__(self, jobs: Iterable[Job], host: Host) -> None:
        self.stop = threading.Event()
        self._waiting, self._running = in_order(jobs), 0
        self._gpus, self._memory = list(host.gpus), host.memory_gib
        self._changed = threading.Condition()

    def take(self) -> tuple[Job, tuple[Gpu, ...]] | None:
        """Wait for a job that fits, and return it with its GPUs; None when there is nothing more to do."""
        with self._changed:
            while self._waiting and not self.stop.is_set():
                job = next((job for job in self._waiting if self._fits(job)), None)
                if job is not None:
                    self._waiting.remove(job)
                    gpus, self._gpus = tuple(self._gpus[: job.gpus]), self._gpus[job.gpus :]
                    self._memory -= job.needs_gib
                    self._running += 1
                    return job, gpus
                self._changed.wait()
        return None

    def _fits(self, job: Job) -> bool:
        return job.gpus <= len(self._gpus) and (job.needs_gib <= self._memory or not self._running)

    def give_back(self, job: Job, gpus: Sequence[Gpu]) -> None:
        """Take back what a job had."""
        with self._changed:
            self._gpus = sorted({*self._gpus, *gpus}, key=lambda gpu: gpu.id)
            self._memory += job.needs_gib
            self._running -= 1
            self._changed.notify_all()

    def close(self) -> None:
        """Hand out nothing more, and ask what runs to stop."""
        self.stop.set()
        with self._changed:
            self._changed.notify_all()


def _deferred(job: Job, why: str, listener: Listener) -> Result:
    projection = job.projection
    message = f"{projection.backend}: not run here: {why}"
    fault = Fault(projection.path, 1, message, "", "run it on a machine that has them", "warning")
    outputs = tuple(() for _ in projection.cells)
    result = Result(job, "deferred", to_run(projection), outputs, fault=fault)
    listener.started(job)
    listener.finished(result)
    return result
