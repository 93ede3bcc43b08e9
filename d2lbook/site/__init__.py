"""The site: one Sphinx build of all backends, from sources and stored outputs.

No ``conf.py``: the configuration is made from the book's.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.errors import BookError, Built, Fault
from d2lbook.evidence.truth import Truth, quick_truth
from d2lbook.files import alone, tied
from d2lbook.site.unchanged import Owed, Stamp


def build(book: Book, out: Path, *, jobs: int = 0, editions: Collection[str] = ()) -> Built:
    """Build the site of ``book`` into ``out``; only pages that changed are made anew.

    ``jobs`` is the number of processes (0: one per processor that this process may use). ``editions``
    are those to write (default: all that the settings list); another one follows when it is written next.
    """
    start = time.monotonic()
    with alone(book.config.cache_dir / "site.lock"), tied():
        stamp = Stamp(book, out, tuple(editions) or book.config.editions)
        if stamp.holds():
            return Built((out,), (), time.monotonic() - start, told=str(quick_truth(book)))
        faults, pages, found = _build(stamp, jobs or _usable(), editions)
    return Built((out,), faults, time.monotonic() - start, pages, found.claims, str(found))


def _build(stamp: Stamp, jobs: int, editions: Collection[str]) -> tuple[tuple[Fault, ...], int, Truth]:
    """Bring a site up to date, and make good what is owed; damaged caches are thrown away, once."""
    from d2lbook.site.application import Application

    owed = stamp.owed()
    stamp.begin()
    try:
        result = Application(stamp, jobs, editions, owed).build()
    except BookError:
        raise
    except Exception:
        if owed.everything:
            raise
        stamp.begin()  # what the build had written down is no longer so: ended now, it leaves everything to be made
        result = Application(stamp, jobs, editions, Owed(everything=True)).build()
    stamp.end(good=not result[0] and not result[2].claims)
    return result


def _usable() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
