"""What this machine has: processors, memory, GPUs. And the shares of it that notebooks get.

psutil tells memory, ``gpus`` the GPUs.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import psutil

from d2lbook.execute import gpus
from d2lbook.execute.model import Gpu, Host, Job, Slot
from d2lbook.execute.packing import pack

SPARED_GIB = 1.0
"""Memory that is left to the system and to the engine."""
ALONE = 1.3
"""How much longer a notebook takes on one processor than on two (the book's sections: 1.0 to 1.6)."""
START = 1.0
"""Seconds of processor that starting a kernel takes, on one or on two."""
UNKNOWN = 10.0
"""Seconds that a notebook is thought to take when no run of any is known."""
_LIMITS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def this_host(only: Sequence[str] | None = None) -> Host:
    """Return what this process may use of the machine; ``only`` names the GPUs to use, in place of those it has."""
    if hasattr(os, "sched_getaffinity"):
        cpus = tuple(sorted(os.sched_getaffinity(0)))
    else:
        cpus = ()
    found = _gpus() if only is None else _named(only)
    return Host(cpus, len(cpus) or os.cpu_count() or 1, max(1.0, _memory() / 2**30 - SPARED_GIB), found)


def _memory() -> float:
    """Return the bytes that this process's container, or the machine, has."""
    total = float(psutil.virtual_memory().total)
    for name in _LIMITS:
        with contextlib.suppress(OSError, ValueError):
            total = min(total, float(Path(name).read_text()))
    return total


def _gpus() -> tuple[Gpu, ...]:
    """Return the machine's GPUs, those only that CUDA_VISIBLE_DEVICES names if it is set."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is None:
        return tuple(Gpu(item.index, item.name) for item in gpus.listed())
    if visible.strip() in ("", "-1", "none", "NoDevFiles"):
        return ()
    known = _names()
    return tuple(Gpu(key.strip(), known[key.strip()]) for key in visible.split(",") if key.strip() in known)


def _named(ids: Sequence[str]) -> tuple[Gpu, ...]:
    """Return GPUs that are asked for, by the names that the machine has for them."""
    known = _names() if ids else {}
    return tuple(Gpu(key, known[key]) if key in known else Gpu(key) for key in ids)


def _names() -> dict[str, str]:
    return {key: item.name for item in gpus.listed() for key in (item.index, item.uuid)}


@contextlib.contextmanager
def pinned(cpus: Sequence[int]) -> Iterator[None]:
    """Keep this thread, and what it starts meanwhile, on some processors; nothing for none, or where that can't be."""
    if not cpus or not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def slots_for(jobs: Sequence[Job], host: Host, number: int | None = None) -> tuple[Slot, ...]:
    """Return the shares of a machine on which the jobs should be done first.

    Several processors speed a notebook up by less than their number, so many notebooks run on one each; few long ones
    get more. Chosen by the jobs' known times: the end of the longest-first schedule is predicted for both. ``number``
    asks for so many shares. Jobs that must have a number of threads (the first says how many) get shares of so many
    processors, whatever else there is to do; where more shares are asked for, they overlap.
    """
    if jobs and jobs[0].exactly:
        width = min(host.count, jobs[0].threads)
        return _shares(min(len(jobs), host.count // width) if number is None else number, width, host)
    if number is None:
        narrow = max(1, min(host.count, len(jobs)))
        wide = max(1, min(host.count // 2, len(jobs)))
        number = wide if _end(jobs, wide, host) <= _end(jobs, narrow, host) else narrow
    return _shares(number, max(1, host.count // number), host)


def _shares(number: int, width: int, host: Host) -> tuple[Slot, ...]:
    """Return so many shares of so many processors, next to one another, around the machine as often as need be."""
    spread = range(number)
    if not host.cpus:
        return tuple(Slot(width) for _ in spread)
    first = [place * width % len(host.cpus) for place in spread]
    return tuple(Slot(width, host.cpus[start : start + width]) for start in first)


def _end(jobs: Sequence[Job], slots: int, host: Host) -> float:
    """Return the seconds after which so many slots would be done, longest first."""
    known = [job.expected for job in jobs if job.expected]
    usual = sum(known) / len(known) if known else UNKNOWN
    times = {}
    for place, job in enumerate(jobs):
        factor = ALONE if min(job.threads, host.count // slots) < 2 else 1.0
        times[str(place)] = START + (job.expected or usual) * factor
    return max(sum(times[key] for key in share) for share in pack(times, slots))


def with_gpus(slot: Slot, taken: Sequence[Gpu]) -> Slot:
    """Return the slot with GPUs."""
    return replace(slot, gpus=tuple(taken))


def lacking(job: Job, host: Host) -> str:
    """Say what a job needs that the machine does not have; nothing if it has all."""
    if job.gpus > len(host.gpus):
        return f"it needs {_gpu_words(job.gpus)} and this machine has {_gpu_words(len(host.gpus))}"
    if job.needs_gib > host.memory_gib:
        return f"it needs {job.needs_gib:.3g} GiB of memory and this machine has {host.memory_gib:.3g} GiB to give"
    return ""


def _gpu_words(number: int) -> str:
    return f"{number or 'no'} GPU" + ("s" if number > 1 else "")
