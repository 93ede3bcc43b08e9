"""The site: one Sphinx build of all backends, from sources and stored outputs.

No ``conf.py``: the configuration is made from the book's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.errors import Built
from d2lbook.site.unchanged import Stamp


def build(book: Book, out: Path, *, jobs: int = 0, editions: Collection[str] = ()) -> Built:
    """Build the site of ``book`` into ``out``; only pages that changed are made anew.

    ``jobs`` is the number of processes (0: one per processor that this process may use). ``editions``
    are those to write (default: all that the settings list); another one follows when it is written next.
    """
    start = time.monotonic()
    wanted = tuple(editions) or book.config.editions
    stamp = Stamp(book, out, wanted)
    if stamp.holds():
        return Built((out,), (), time.monotonic() - start)
    stamp.forget()
    from d2lbook.site.application import Application

    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    faults, pages = Application(book, out, jobs or usable, editions).build()
    if not faults:
        stamp.note()
    return Built((out,), faults, time.monotonic() - start, pages)
