"""Checks of one book side by side: the parts of the work in forked processes, each taking the next one that is left."""

from __future__ import annotations

import itertools
import multiprocessing
import os
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor

from d2lbook.book.book import Book
from d2lbook.errors import Fault
from d2lbook.files import tied

FORK = multiprocessing.get_context("fork") if "fork" in multiprocessing.get_all_start_methods() else None
FEW = 8
"""Most sections of a book that is checked in one process."""
Part = Callable[[Book], Iterable[Fault]]


def faults_of(book: Book, parts: Sequence[Part], jobs: int = 0) -> tuple[Fault, ...]:
    """Return what the parts tell of a book, part after part, whichever ends first; the longest should come first.

    ``jobs`` is the number of processes (0: one per processor that this process may use). What a part raises is raised
    here; BrokenProcessPool if one of the processes is killed.
    """
    jobs = min(jobs or _usable(), len(parts))
    if FORK is None or jobs < 2 or len(book.sections) <= FEW:
        return tuple(itertools.chain.from_iterable(part(book) for part in parts))
    book.projections()  # made once, before the processes part
    with tied(), ProcessPoolExecutor(jobs, FORK, _take, (book, parts)) as pool:
        return tuple(itertools.chain.from_iterable(pool.map(_run, range(len(parts)))))


_taken: list[tuple[Book, Sequence[Part]]] = []
"""The work of a forked process: nothing of it is sent, but the numbers of parts and their faults."""


def _take(book: Book, parts: Sequence[Part]) -> None:
    _taken.append((book, parts))


def _run(place: int) -> list[Fault]:
    book, parts = _taken[-1]
    return list(parts[place](book))


def _usable() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
