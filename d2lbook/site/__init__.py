"""The site: one Sphinx build of all backends, from sources and stored outputs.

No ``conf.py``: the configuration is made from the book's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.errors import Fault


@dataclass(frozen=True, slots=True)
class SiteResult:
    """What a build gave."""

    faults: tuple[Fault, ...]
    """Found while building, without those that the book reports itself."""
    pages: int
    """How many pages were written anew."""
    seconds: float


def build(book: Book, out: Path, *, jobs: int = 0, editions: Collection[str] = ()) -> SiteResult:
    """Build the site of ``book`` into ``out``; only pages that changed are made anew.

    ``jobs`` is the number of processes (0: one per processor that this process may use). ``editions``
    are those to write (default: all that the settings list); another one follows when it is written next.
    """
    from d2lbook.site.application import Application

    start = time.monotonic()
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    application = Application(book, out, jobs or usable, editions)
    faults, pages = application.build()
    return SiteResult(faults, pages, time.monotonic() - start)
