"""The editions of a site: where each one's pages lie, and in what words they speak.

The pages of the book's own script lie in the site's folder, those of another one in a folder of their own with the
same paths below it; pictures, fonts, style sheets and notebooks are shared. May import ``editions``, ``terminology``,
and ``conversion`` and ``search`` of this package.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from jinja2 import FunctionLoader
from sphinx.jinja2glue import BuiltinTemplateLoader

from d2lbook.book.book import Book
from d2lbook.doctree.conversion import Say, convert_labels
from d2lbook.site.search import SearchIndex
from d2lbook.words.terminology import Term
from d2lbook.words.traditional import TRADITIONAL, converter

SCRIPTS = ("site.js", "search.js", "results.js")
"""Scripts that speak to the reader."""
_NAMES = {"zh_CN": ("zh-Hans", "zh_CN", "简", "简体中文"), TRADITIONAL: ("zh-Hant", "zh_TW", "繁", "繁體中文")}


@dataclass
class Rendition:
    """One edition of a site."""

    book: Book
    name: str
    """As in the settings: ``zh_CN`` or ``zh_Hant``."""
    search: SearchIndex
    glossary: tuple[Term, ...]
    """The book's terms as the table has them."""

    @property
    def converted(self) -> bool:
        """Whether it is made of the book's own edition."""
        return self.name != self.book.config.lang

    @property
    def folder(self) -> str:
        """Its folder below the site's, with a slash behind it; empty for the book's own edition."""
        return f"{self.language}/" if self.converted else ""

    @property
    def language(self) -> str:
        """What its pages say of their language."""
        return _NAMES[self.name][0] if self.converted else self.name.replace("_", "-")

    @property
    def locale(self) -> str:
        """Its language as Open Graph writes it."""
        return _NAMES[self.name][1] if self.name in _NAMES else self.name

    @property
    def mark(self) -> tuple[str, str, str]:
        """What leads to it from another edition: a character, its name, its language."""
        language, _, character, name = _NAMES[self.name]
        return character, name, language

    def say(self, text: str) -> str:
        """Return a text as this edition shows it."""
        return self._convert(text)

    @cached_property
    def _convert(self) -> Say:
        return converter(self.book.config.root).text if self.converted else str

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The terms of the book; in a converted edition ``traditional`` holds the words of the other one."""
        if not self.converted:
            return self.glossary
        return tuple(
            replace(
                term,
                chinese=term.traditional or self.say(term.chinese),
                aliases=tuple(map(self.say, term.aliases)),
                traditional=term.chinese,
            )
            for term in self.glossary
        )

    def picture(self, source: Path, target: Path) -> bool:
        """Write a drawing with labels in this edition's words to ``target``; say whether that was needed."""
        if not self.converted or source.suffix != ".svg" or not source.is_file():
            return False
        text = source.read_text(encoding="utf-8")
        if (mine := convert_labels(text, self.say)) == text:
            return False
        target.parent.mkdir(parents=True, exist_ok=True)
        if not target.is_file() or target.read_text(encoding="utf-8") != mine:
            target.write_text(mine, encoding="utf-8")
        return True


class Templates:
    """Sphinx's templates, their words those of an edition."""

    def __init__(self, original: BuiltinTemplateLoader, rendition: Rendition) -> None:
        """Take the templates as they are written, and the edition."""

        def source(name: str) -> str:
            return rendition.say(original.get_source(original.environment, name)[0])

        self._environment = original.environment.overlay(loader=FunctionLoader(source))

    def render(self, name: str, context: dict[str, Any]) -> str:
        """Return a page."""
        return self._environment.get_template(name).render(context)


def renditions(book: Book, work: Path, terms: Sequence[Term]) -> tuple[Rendition, ...]:
    """Return the editions of a book, its own first; ``work`` keeps what their search indices are made of."""
    return tuple(
        Rendition(book, name, SearchIndex(work / (f"terms-{name}" if place else "terms")), tuple(terms))
        for place, name in enumerate(book.config.editions)
    )
