"""From a book to its PDFs: Sphinx in this process reads it once, then each paper is written, and TeX runs."""

from __future__ import annotations

import json
import logging
import os
import shutil
import time
from collections.abc import Collection
from pathlib import Path
from typing import cast

from d2lbook.book.book import Book
from d2lbook.book.references import reference_faults
from d2lbook.book.volumes import some_chapters, volumes
from d2lbook.doctree.build import engine_version, shared_settings
from d2lbook.doctree.editions import Edition
from d2lbook.doctree.running import BEGUN, ENVIRONMENT, application, made_good
from d2lbook.doctree.warnings import Collector, without_known
from d2lbook.errors import Built, Fault, errors_only
from d2lbook.evidence.truth import truth
from d2lbook.files import alone, remembered, remove_drafts, tied, write_whole
from d2lbook.pdf.builder import Outcome, PdfBuilder
from d2lbook.pdf.paper_build import Paper, PaperBuild
from d2lbook.pdf.settings import LASTING
from d2lbook.pdf.tex import require_programs
from d2lbook.words.bibliography import Bibliography


def build(
    book: Book,
    backends: Collection[str],
    out: Path,
    *,
    editions: Collection[str] = (),
    chapters: Collection[str] = (),
    jobs: int = 0,
) -> Built:
    """Make the PDFs of some backends in ``out``: ``d2l-<backend>.pdf``, or one for each volume; the book is read once.

    ``editions``: the book's own by default; a PDF of the Traditional one is ``d2l-<backend>-zh-Hant.pdf``.
    ``chapters``: some of them only, for a look. ``jobs``: papers made side by side (0: one per processor). A faulty PDF
    is not delivered. ProgramsMissing if TeX is missing.
    """
    require_programs()
    started = time.monotonic()
    if book.config.index not in book.by_name:  # the book itself says what is missing
        return Built((), errors_only(book.faults), time.monotonic() - started)
    if broken := errors_only(reference_faults(book)):
        return Built((), broken, time.monotonic() - started)
    folder = book.config.output_dir / "pdf"
    papers = tuple(
        Paper(book, name, edition, volume, folder / f"{name}{edition.suffix}" / str(volume.number or "tex"))
        for name in backends
        for edition in (Edition(book, each) for each in editions or (book.config.lang,))
        for volume in ((some_chapters(book, chapters),) if chapters else volumes(book))
    )
    with alone(book.config.cache_dir / "pdf.lock"), tied():
        outcomes, faults = _made_good(book, papers, jobs or len(os.sched_getaffinity(0)))
    remove_drafts(out, deep=False)
    if not chapters:
        faults += _too_few(book, papers, outcomes)
    files = [
        _deliver(paper, out)
        for paper, outcome in zip(papers, outcomes, strict=False)
        if not errors_only(outcome.faults) and not errors_only(faults)
    ]
    every = (*faults, *(fault for outcome in outcomes for fault in outcome.faults))
    pages = sum(outcome.pages for outcome in outcomes)
    return Built(tuple(files), tuple(dict.fromkeys(every)), time.monotonic() - started, pages)


def _deliver(paper: Paper, out: Path) -> Path:
    name = f"{paper.name}.pdf"
    return write_whole(out / name, (paper.work / name).read_bytes())


def _too_few(book: Book, papers: Collection[Paper], outcomes: Collection[Outcome]) -> list[Fault]:
    """Return a fault for each set of volumes that has fewer pages together than the settings demand."""
    pages: dict[str, int] = {}
    for paper, outcome in zip(papers, outcomes, strict=False):
        if errors_only(outcome.faults):
            return []
        name = f"d2l-{paper.backend}{paper.edition.suffix}.pdf"
        pages[name] = pages.get(name, 0) + outcome.pages
    floor, fix = book.config.min_pages, "find what is missing, or lower min_pages in config.ini"
    return [
        Fault(name, 0, f"{count} pages, fewer than {floor:.0f}", "", fix)
        for name, count in pages.items()
        if count < floor
    ]


def _made_good(book: Book, papers: tuple[Paper, ...], jobs: int) -> tuple[list[Outcome], list[Fault]]:
    """Make the papers; what an ended build has left, or caches that cannot be read, are thrown away before."""
    work = book.config.cache_dir / "pdf"
    known = work / "known.json"
    folders = {str(paper.work) for paper in papers}
    seen = set(remembered(known).get("folders", ()))
    if (work / BEGUN).exists() or not known.exists():
        shutil.rmtree(work, ignore_errors=True)
        seen = set()
    for paper in papers:  # TeX reads what stands there
        if str(paper.work) not in seen:
            shutil.rmtree(paper.work, ignore_errors=True)

    def make() -> tuple[list[Outcome], list[Fault]]:
        result = _outcomes(book, papers, jobs)
        write_whole(known, json.dumps({"folders": sorted(seen | folders)}))
        return result

    return made_good(work, make, fresh=not seen)


def _outcomes(book: Book, papers: tuple[Paper, ...], jobs: int) -> tuple[list[Outcome], list[Fault]]:
    """Return what came of each paper, and the errors found while reading."""
    config, work = book.config, book.config.cache_dir / "pdf"
    runs = truth(book, work / "doctrees" / "runs.json")
    this_build = PaperBuild(
        book=book,
        on_paper=True,
        stale=runs.stale,
        pictures=work / "pictures",
        bibliography=Bibliography(config.bibfile, config.lang, config.bibliography_cache),
        jobs=jobs,
        papers=papers,
        volumes=volumes(book),
    )
    collector = Collector(config)
    logger = logging.getLogger("sphinx")
    (work / "doctrees").mkdir(parents=True, exist_ok=True)
    (config.output_dir / "pdf").mkdir(parents=True, exist_ok=True)
    backends = [(backend.name, backend.title) for backend in config.backends]
    settings = shared_settings(this_build) | LASTING | {
        "extensions": ["d2lbook.pdf.extension"],
        "d2lbook_engine": f"{engine_version()} {backends}",
    }  # fmt: skip
    try:
        app = application(book, PdfBuilder.name, config.output_dir / "pdf", work / "doctrees", settings, jobs)
        logger.addHandler(collector)
        app.build(force_all=True)
    finally:
        logger.removeHandler(collector)
    of_entries = this_build.bibliography.faults(config.root)
    found = errors_only(without_known((*runs.faults, *of_entries, *collector.faults), book.faults))
    if found:  # a page that is not read again could not report them
        (work / "doctrees" / ENVIRONMENT).unlink(missing_ok=True)
    outcomes = cast(PdfBuilder, app.builder).outcomes
    known = {(fault.path, fault.line, fault.message, fault.text) for fault in (*book.faults, *found)}
    kept = [
        Outcome(
            tuple(fault for fault in item.faults if (fault.path, fault.line, fault.message, fault.text) not in known),
            item.pages,
            item.seconds,
        )
        for item in outcomes
    ]
    return kept, list(found)
