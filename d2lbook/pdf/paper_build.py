"""The build of a PDF: one backend of a book, with the numbers of the whole.

Figures, tables and equations are counted over all backends, so that a number names the same thing to every reader;
counted in one backend's pages alone they would differ behind the first figure that another backend has for itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from sphinx.config import Config

from d2lbook.book.book import Book
from d2lbook.doctree.build import Build, build_of
from d2lbook.doctree.editions import Edition


@dataclass(kw_only=True)
class PaperBuild(Build):
    """One book being made into one PDF."""

    whole: Book
    """The book with all its backends; its numbers are printed."""
    edition: Edition
    """The edition that is printed."""


def paper_build_of(config: Config) -> PaperBuild:
    """Return the build of a PDF that Sphinx's configuration carries."""
    return cast(PaperBuild, build_of(config))
