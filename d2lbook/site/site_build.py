"""The build of a site: its editions, formulas and search indices."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from sphinx.builders import Builder
from sphinx.config import Config

from d2lbook.book.book import Book
from d2lbook.doctree.build import Build, build_of
from d2lbook.doctree.editions import Edition
from d2lbook.errors import Fault
from d2lbook.evidence.truth import Truth
from d2lbook.site.faces import Faces
from d2lbook.site.katex import Formula, Katex, Rendered
from d2lbook.site.search import SearchIndex
from d2lbook.words.bibliography import Bibliography
from d2lbook.words.terminology import read_terms

RUNS = "runs.json"
"""Keeps, beside the doctrees, what was read of every run."""
FEW = 8
"""Most pages that are made in one process."""


@dataclass(kw_only=True)
class SiteBuild(Build):
    """One book being made into one site."""

    katex: Katex
    faces: Faces
    editions: tuple[Edition, ...]
    """The editions of the site, the book's own first."""
    wanted: tuple[Edition, ...]
    """Editions that are written."""
    indices: Mapping[str, SearchIndex]
    """Search indices by the editions' names."""
    formulas: dict[Formula, Rendered] = field(default_factory=dict)
    """Formulas of the pages being written, rendered before they are."""
    feed_faults: list[Fault] = field(default_factory=list)
    """What is wrong in the file of changes."""
    owed_pages: frozenset[str] = frozenset()
    """Pages that are written whatever has changed."""
    owes_rest: bool = False
    """Whether the search index and the pages that no section is are written whatever has changed."""
    begin_writing: Callable[[Iterable[str]], object] = list
    """Is told the names of the pages that will be written, when all that is to be read was read."""
    runs: Truth = field(default_factory=Truth)
    """What is known of the book's runs."""
    builder: Builder | None = None
    """Sphinx's builder, set when it is made."""

    def formula(self, tex: str, display: bool) -> Rendered:
        """Return a formula's markup, rendered now if it was not foreseen."""
        found = self.formulas.get((tex, display))
        return found if found is not None else self.katex.render([(tex, display)])[tex, display]


def site_build(book: Book, work: Path, jobs: int, wanted: Collection[str] = ()) -> SiteBuild:
    """Return the build of a book's site; ``work`` keeps what is between builds, ``wanted`` editions are written.

    Without ``wanted`` all are.
    """
    terms = tuple(read_terms(book.config.root))
    editions = tuple(Edition(book, name, terms) for name in book.config.editions)
    return SiteBuild(
        book=book,
        pictures=work / "pictures",
        bibliography=Bibliography(book.config.bibfile, book.config.lang, book.config.bibliography_cache),
        terms=terms,
        jobs=jobs,
        katex=Katex(work / "formulas"),
        faces=Faces(work / "faces"),
        editions=editions,
        wanted=tuple(item for item in editions if not wanted or item.name in wanted),
        indices={item.name: SearchIndex(work / f"terms{item.suffix}") for item in editions},
    )


def site_build_of(config: Config) -> SiteBuild:
    """Return the build of a site that Sphinx's configuration carries."""
    return cast(SiteBuild, build_of(config))
