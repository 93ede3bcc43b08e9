"""From a book to its EPUBs: Sphinx in this process reads it once, then each is written."""

from __future__ import annotations

import logging
import os
import shutil
import time
from collections.abc import Collection
from pathlib import Path
from typing import cast

from d2lbook.book.book import Book
from d2lbook.book.references import reference_faults
from d2lbook.doctree.build import engine_version, shared_settings
from d2lbook.doctree.editions import Edition
from d2lbook.doctree.running import BEGUN, ENVIRONMENT, application, made_good
from d2lbook.doctree.warnings import Collector, without_known
from d2lbook.epub.builder import EpubBuilder, Volume
from d2lbook.errors import Built, Fault, errors_only
from d2lbook.evidence.truth import truth
from d2lbook.files import alone, remove_drafts, tied
from d2lbook.site.site_build import RUNS, site_build

HERE = Path(__file__).parent
SITE = Path(__file__).parents[1] / "site"


def build(book: Book, backends: Collection[str], out: Path, *, editions: Collection[str] = (), jobs: int = 0) -> Built:
    """Make the EPUBs of some backends in ``out``: ``d2l-<backend>.epub``; the book is read once.

    ``editions``: the book's own by default; an EPUB of the Traditional one is ``d2l-<backend>-zh-Hant.epub``. ``jobs``:
    processes that read (0: one per processor). Faulty ones are not delivered.
    """
    started = time.monotonic()
    if book.config.index not in book.by_name:  # the book itself says what is missing
        return Built((), errors_only(book.faults), time.monotonic() - started)
    if broken := errors_only(reference_faults(book)):
        return Built((), broken, time.monotonic() - started)
    folder, work = book.config.output_dir / "epub", book.config.cache_dir / "epub"
    volumes = tuple(
        Volume(name, edition, folder / "made" / f"d2l-{name}{edition.suffix}.epub")
        for name in backends
        for edition in (Edition(book, each) for each in editions or (book.config.lang,))
    )
    with alone(book.config.cache_dir / "epub.lock"), tied():
        if (work / BEGUN).exists():
            shutil.rmtree(work, ignore_errors=True)
        workers, fresh = jobs or len(os.sched_getaffinity(0)), not work.exists()
        faults = made_good(work, lambda: _write(book, volumes, folder, work, workers), fresh=fresh)
        files = []
        if not errors_only(faults):
            out.mkdir(parents=True, exist_ok=True)
            remove_drafts(out, deep=False)
            files = [volume.target.replace(out / volume.target.name) for volume in volumes]
        shutil.rmtree(folder / "made", ignore_errors=True)
    return Built(tuple(files), faults, time.monotonic() - started)


def _write(book: Book, volumes: tuple[Volume, ...], folder: Path, work: Path, jobs: int) -> tuple[Fault, ...]:
    doctrees = work / "doctrees"
    doctrees.mkdir(parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    runs = truth(book, doctrees / RUNS)
    this_build = site_build(book, work, jobs)
    this_build.stale, this_build.on_paper = runs.stale, True
    collector, logger = Collector(book.config), logging.getLogger("sphinx")
    backends = [(backend.name, backend.title) for backend in book.config.backends]
    settings = shared_settings(this_build) | {
        "extensions": ["d2lbook.epub.extension"],
        "html_theme": "theme",
        "html_scaled_image_link": False,
        "html_theme_path": [str(SITE)],
        "d2lbook_engine": f"{engine_version(HERE, SITE)} {backends}",
    }
    try:
        app = application(book, EpubBuilder.name, folder, doctrees, settings, jobs)
        cast(EpubBuilder, app.builder).volumes = volumes
        logger.addHandler(collector)
        app.build(force_all=True)
    finally:
        logger.removeHandler(collector)
        this_build.katex.close()
    of_entries = this_build.bibliography.faults(book.config.root)
    found = without_known((*runs.faults, *of_entries, *collector.faults), book.faults)
    if errors_only(found):  # a page that is not read again could not report them
        (doctrees / ENVIRONMENT).unlink(missing_ok=True)
    return tuple(dict.fromkeys(found))
