"""One reading of the book, and the papers that are made of it: each a backend, an edition and a volume."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import cast

from sphinx.config import Config

from d2lbook.book.book import Book
from d2lbook.book.volumes import Volume
from d2lbook.doctree.build import Build, build_of
from d2lbook.doctree.editions import Edition
from d2lbook.words.language import is_chinese


@dataclass(frozen=True)
class Paper:
    """One PDF."""

    book: Book
    """With all its backends."""
    backend: str
    edition: Edition
    volume: Volume
    work: Path
    """Folder in which TeX runs."""

    @property
    def name(self) -> str:
        """File name without suffix: ``d2l-jax``, ``d2l-jax-2`` for its second volume, ``…-zh-Hant``."""
        number = f"-{self.volume.number}" if self.volume.number else ""
        return f"d2l-{self.backend}{number}{self.edition.suffix}"

    @cached_property
    def own(self) -> Book:
        """The book as this backend has it."""
        return replace(self.book, config=replace(self.book.config, backends=(self.book.config.backend(self.backend),)))

    @property
    def title(self) -> str:
        """The book's title with the backend, and the volume's."""
        volume = f" {self.volume.number} {self.volume.title}" if self.volume.number else ""
        opening, closing = "（）" if is_chinese(self.book.config.lang) else (" (", ")")
        return f"{self.book.config.title}{opening}{self.book.config.backend(self.backend).title}{closing}{volume}"


@dataclass(kw_only=True)
class PaperBuild(Build):
    """One book being made into papers."""

    papers: tuple[Paper, ...]
    volumes: tuple[Volume, ...]
    """All that the book has, to which references may lead."""


def paper_build_of(config: Config) -> PaperBuild:
    """Return the build of papers that Sphinx's configuration carries."""
    return cast(PaperBuild, build_of(config))
