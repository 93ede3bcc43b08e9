"""One build: a book being made into one product by Sphinx, with what every part of that has to know.

Site and PDF have kinds of their own, with what only they need; Sphinx's configuration carries the one that runs.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils.utils import normalize_language_tag
from sphinx.config import Config
from sphinx.project import Project

from d2lbook.book.book import Book
from d2lbook.words.bibliography import Bibliography
from d2lbook.words.terminology import Term


@dataclass(kw_only=True)
class Build:
    """One book being made into one product."""

    book: Book
    pictures: Path
    """Folder of the pictures that cells drew, by the hash of their content."""
    bibliography: Bibliography
    tabs: tuple[str, ...] = ()
    """Names of all the book's backends, where the product shows some of them only."""
    terms: tuple[Term, ...] = ()
    """Terms that the glossary lists."""
    jobs: int = 1
    """Number of processes that read and write pages."""
    on_paper: bool = False
    """Whether it is no site."""
    stale: frozenset[str] = frozenset()
    """Projections, by key, whose stored runs are of other code."""

    @property
    def everybody(self) -> frozenset[str]:
        """The names of all the book's backends."""
        return frozenset(self.tabs or self.book.config.backend_names)


class Handle:
    """Carries a build through Sphinx's configuration; pickled empty, since the book is read anew each time."""

    def __init__(self, this_build: Build | None = None) -> None:
        """Hold ``this_build``."""
        self.this_build = this_build

    def __getstate__(self) -> Mapping[str, Any]:
        """Leave the build out of the pickle."""
        return {"this_build": None}


def build_of(config: Config) -> Build:
    """Return the build that Sphinx's configuration carries."""
    found: Build | None = config.d2lbook_handle.this_build
    assert found is not None
    return found


class BookProject(Project):
    """The documents of the book, and no other file of the folder."""

    def __init__(self, project: Project, names: Iterable[str]) -> None:
        """Take the place of ``project`` with the documents ``names``."""
        super().__init__(project.srcdir, project.source_suffix)
        self.names = frozenset(names)

    def discover(self, exclude_paths: object = (), include_paths: object = ()) -> set[str]:
        """Return the book's documents."""
        self.docnames = set(self.names)
        self._docname_to_path = {name: Path(f"{name}.md") for name in self.names}
        self._path_to_docname = {path: name for name, path in self._docname_to_path.items()}
        return self.docnames


def shared_settings(this_build: Build) -> dict[str, Any]:
    """Return what Sphinx is told of a book, whatever is made of it."""
    config = this_build.book.config
    return {
        "project": config.title,
        "author": config.author,
        "copyright": config.copyright,
        "release": config.release,
        "language": config.lang,
        "root_doc": config.index,
        "smartquotes": False,
        "d2lbook_handle": Handle(this_build),
    }


def docutils_language(lang: str) -> str:
    """Return the language of docutils' own words in a book in ``lang``: English where docutils doesn't speak it."""
    tags = (tag.replace("-", "_") for tag in normalize_language_tag(lang))
    known = (tag for tag in tags if importlib.util.find_spec(f"docutils.parsers.rst.languages.{tag}"))
    return next(known, "en")


ROOMS = [
    Path(__file__).parents[1] / name for name in ("book", "code", "doctree", "evidence", "markup", "notebooks", "words")
]
"""Rooms that decide what a page holds, but for what was run and for what is made of it."""


def engine_version(*rooms: Path) -> str:
    """Return a short digest of what makes pages, and of ``rooms``: with another one every page is made anew."""
    digest = hashlib.sha256()
    for file in sorted(
        path
        for room in (*rooms, *ROOMS)
        for path in room.rglob("*")
        if path.suffix in (".py", ".js", ".css", ".html", ".json", ".svg")
    ):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:8]
