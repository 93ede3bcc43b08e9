"""Sphinx, run in this process, configured from the book."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

from d2lbook.book.config import Config
from d2lbook.doctree.build import engine_version, shared_settings
from d2lbook.doctree.running import application
from d2lbook.doctree.warnings import Collector, without_known
from d2lbook.errors import Fault
from d2lbook.evidence.truth import Truth, truth
from d2lbook.files import remembered, remove_drafts, write_changed
from d2lbook.site.builder import SiteBuilder, hash_of
from d2lbook.site.extras import EXTRA_PAGES
from d2lbook.site.feed import CHANGES_FILE
from d2lbook.site.mending import forget_everything, forget_lost
from d2lbook.site.notebooks import FOLDER
from d2lbook.site.site_build import RUNS, site_build
from d2lbook.site.unchanged import Owed, Stamp
from d2lbook.words.traditional import read_phrases

HERE = Path(__file__).parent
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; media-src "
    "'self' data:; font-src 'self' data:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'"
)
"""What a page may load: nothing from elsewhere. KaTeX's markup needs inline styles."""


class Application:
    """One Sphinx application for one output folder."""

    def __init__(self, stamp: Stamp, jobs: int, editions: Collection[str], owed: Owed) -> None:
        """Prepare to build ``editions`` (default: all) of the stamp's book into its folder with ``jobs`` processes.

        What is ``owed`` is made in all editions.
        """
        self.stamp, self.owed, self.work, self.out = stamp, owed, stamp.work, stamp.out
        self.this_build = site_build(stamp.book, self.work, jobs, () if owed else editions)
        self.this_build.begin_writing = stamp.reading_done
        self.notes = self.work / "faulty.json"
        if owed.everything:
            forget_everything(self.work, self.out)
        else:
            self.this_build.owed_pages, self.this_build.owes_rest = forget_lost(
                owed, self.this_build, self.work, self.out
            )

    def build(self) -> tuple[tuple[Fault, ...], int, Truth]:
        """Bring the site up to date; return the faults found, the number of pages written, and what runs tell."""
        config = self.this_build.book.config
        if config.index not in self.this_build.book.by_name:
            return (), 0, Truth()  # the book itself says what is missing
        found = truth(self.this_build.book, self.work / "doctrees" / RUNS)
        self.this_build.runs, self.this_build.stale = found, found.stale
        collector = Collector(config)
        logger = logging.getLogger("sphinx")
        try:
            app = application(
                self.this_build.book, "site", self.out, self.work / "doctrees", self._settings(), self.this_build.jobs
            )
            logger.addHandler(collector)
            app.build()
            pages = cast(SiteBuilder, app.builder).written
        finally:
            logger.removeHandler(collector)
            self.this_build.katex.close()
        self._remove_old_pages()
        remove_drafts(self.out)
        of_phrases = config.told(read_phrases(config.root).faults) if len(self.this_build.editions) > 1 else ()
        if self.this_build.feed_faults:
            collector.faults.extend(config.told(self.this_build.feed_faults))
        of_entries = self.this_build.bibliography.faults(config.root)
        told = (*found.faults, *of_entries, *collector.faults, *of_phrases, *self.this_build.faces.faults)
        faults = without_known(told, self.this_build.book.faults)
        self._note_faulty(collector.faults)
        return faults, pages, found

    def _remove_old_pages(self) -> None:
        """Delete pages and notebooks of documents that the book no longer has."""
        names, tabs = self.this_build.book.by_name, self.this_build.book.config.backend_names
        for name in _names_below(self.out / FOLDER, ".ipynb"):
            if not any(name.removesuffix(f"-{tab}") in names for tab in ("", *tabs)):
                (self.out / FOLDER / f"{name}.ipynb").unlink()
        folders = [item.folder for item in self.this_build.editions if item.folder]
        for name in _names_below(self.out, ".html"):
            folder = next((folder for folder in folders if name.startswith(folder)), "")
            if name.removeprefix(folder) not in names and name.removeprefix(folder) not in EXTRA_PAGES:
                (self.out / f"{name}.html").unlink()

    def _settings(self) -> dict[str, Any]:
        config = self.this_build.book.config
        backends = [(backend.name, backend.title) for backend in config.backends]
        return shared_settings(self.this_build) | {
            "extensions": ["d2lbook.site.extension"],
            "html_theme": "theme",
            "html_theme_path": [str(HERE)],
            "html_context": {
                "policy": POLICY,
                "backends": " ".join(config.backend_names),
                "version": engine_version(HERE),
                "site_url": config.site_url,
            },
            "html_use_index": False,
            "html_domain_indices": False,
            "html_scaled_image_link": False,
            "d2lbook_engine": f"{engine_version(HERE)} {backends} {hash_of((self.this_build.terms, shown(config)))}",
            "d2lbook_faulty": self._faulty(),
        }

    def _faulty(self) -> tuple[str, ...]:
        return (*remembered(self.notes).get("pages", ()), *self.owed.unread)

    def _note_faulty(self, faults: list[Fault]) -> None:
        """Remember which pages had faults: a page that is not made anew could not report them."""
        book = self.this_build.book
        by_path = {section.path: section.docname for section in book.sections}
        names = sorted({by_path[fault.path] for fault in faults if fault.path in by_path})
        write_changed(self.notes, json.dumps({"pages": names}))


def _names_below(folder: Path, suffix: str) -> list[str]:
    """Return the files below a folder that end so, by what precedes the suffix; as texts, since they are many."""
    found = []
    for parent, _, files in os.walk(folder):
        below = os.path.relpath(parent, folder).replace(os.sep, "/")
        start = "" if below == "." else f"{below}/"
        found += [start + name.removesuffix(suffix) for name in files if name.endswith(suffix)]
    return found


def shown(config: Config) -> tuple[object, ...]:
    """Return the settings that pages show or lead by, besides those that Sphinx is told."""
    return (
        config.title, config.author, config.copyright, config.release, config.lang, config.repository_url,
        config.notebooks_branch, config.site_url, config.index, [asdict(backend) for backend in config.backends],
        [(host.name, repr(host)) for host in config.hosts], (config.root / CHANGES_FILE).is_file(),
    )  # fmt: skip
