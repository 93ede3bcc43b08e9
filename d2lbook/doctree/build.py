"""What every part of a build shares: the book, and where its pictures and formulas are kept.

May import ``book``, ``bibliography``, ``terminology``, and ``katex``, ``search`` and (as a type) ``renditions`` of this
package.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.builders import Builder
from sphinx.config import Config

from d2lbook.book.book import Book
from d2lbook.site.katex import Formula, Katex, Rendered
from d2lbook.site.search import SearchIndex
from d2lbook.words.bibliography import Bibliography
from d2lbook.words.terminology import Term

if TYPE_CHECKING:
    from d2lbook.site.renditions import Rendition

FEW = 8
"""Up to so many pages are made in one process."""


@dataclass
class Edition:
    """One book being made into one site."""

    book: Book
    pictures: Path
    """Folder of the pictures that cells drew, by the hash of their content."""
    katex: Katex
    bibliography: Bibliography
    search: SearchIndex
    tabs: tuple[str, ...] = ()
    """Names of all the book's backends, where the edition shows some of them only."""
    terms: tuple[Term, ...] = ()
    """What the glossary lists."""
    known: tuple[Rendition, ...] = ()
    """The editions of the site, the book's own first."""
    renditions: tuple[Rendition, ...] = ()
    """Those of them that are written."""
    shown: str = ""
    """The edition, where a build is of one only and converts its documents by ``ConvertText``."""
    jobs: int = 1
    """Processes that read and write pages."""
    builder: Builder | None = None
    """Set when Sphinx has made it."""
    formulas: dict[Formula, Rendered] = field(default_factory=dict)
    """What the pages being written need, rendered before they are."""

    @property
    def everybody(self) -> frozenset[str]:
        """The names of all the book's backends."""
        return frozenset(self.tabs or self.book.config.backend_names)

    def formula(self, tex: str, display: bool) -> Rendered:
        """Return a formula's markup, rendered now if it was not foreseen."""
        found = self.formulas.get((tex, display))
        return found if found is not None else self.katex.render([(tex, display)])[tex, display]


class Handle:
    """Carries the edition through Sphinx's configuration; pickled empty, since the book is read anew each time."""

    def __init__(self, edition: Edition | None = None) -> None:
        """Hold ``edition``."""
        self.edition = edition

    def __getstate__(self) -> Mapping[str, Any]:
        """Leave the edition out of the pickle."""
        return {"edition": None}


def edition_of(config: Config) -> Edition:
    """Return the edition that a build's configuration carries."""
    edition: Edition | None = config.d2lbook_handle.edition
    assert edition is not None
    return edition
