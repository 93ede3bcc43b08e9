"""Runs many jobs on one machine: longest first, a slot each, one failure stops no other.

Threads of the standard library wait for kernels.
"""

from __future__ import annotations

import concurrent.futures
import os
import threading
from collections.abc import Iterable, Iterator

from d2lbook.execute.fork import close_zygotes
from d2lbook.execute.model import Job, Listener, Result
from d2lbook.execute.run import run_job


def in_order(jobs: Iterable[Job]) -> list[Job]:
    """Return the jobs longest first, those of unknown length before all; jobs of one backend stay together."""
    return sorted(jobs, key=lambda job: (-(job.expected or float("inf")), job.projection.backend))


def default_slots() -> int:
    """Return how many notebooks run at a time unless told: one for two processors that this process may use."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, usable // 2)


def run_jobs(jobs: Iterable[Job], listener: Listener, slots: int | None = None) -> Iterator[Result]:
    """Run the jobs, ``slots`` at a time (default: ``default_slots``), and yield results as they come.

    When the caller stops early (or is interrupted), jobs that wait are dropped and running kernels are ended.
    """
    stop = threading.Event()
    pool = concurrent.futures.ThreadPoolExecutor(slots or default_slots(), thread_name_prefix="slot")

    def work(job: Job) -> Result:
        listener.started(job)
        result = run_job(job, listener, stop)
        listener.finished(result)
        return result

    try:
        waiting = [pool.submit(work, job) for job in in_order(jobs)]
        for future in concurrent.futures.as_completed(waiting):
            yield future.result()
    finally:
        stop.set()
        pool.shutdown(wait=True, cancel_futures=True)
        close_zygotes()
