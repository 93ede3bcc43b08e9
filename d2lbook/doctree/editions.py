"""Editions: a book in its own script, and in Traditional Chinese where the settings list that; for site and PDF alike.

On the site the pages of the book's own edition lie in its folder, those of another one in a folder of their own with
the same paths below it; pictures, fonts, style sheets and notebooks are shared.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.doctree.conversion import Say, convert_labels
from d2lbook.words.language import is_chinese, spoken
from d2lbook.words.terminology import Term
from d2lbook.words.traditional import TRADITIONAL, converter

_NAMES = {"zh_CN": ("zh-Hans", "zh_CN", "简", "简体中文"), TRADITIONAL: ("zh-Hant", "zh_TW", "繁", "繁體中文")}


@dataclass
class Edition:
    """One script variant of a book."""

    book: Book
    name: str
    """Name in the settings: ``zh_CN`` or ``zh_Hant``."""
    glossary: tuple[Term, ...] = ()
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
    def suffix(self) -> str:
        """End of the names of its files, such as ``-zh-Hant``; empty for the book's own edition."""
        return f"-{self.language}" if self.converted else ""

    @property
    def language(self) -> str:
        """Language that its pages declare."""
        return _NAMES[self.name][0] if self.converted else self.name.replace("_", "-")

    @property
    def locale(self) -> str:
        """Its language as Open Graph and Sphinx write it."""
        return _NAMES[self.name][1] if self.name in _NAMES else self.name

    @property
    def mark(self) -> tuple[str, str, str]:
        """What leads to it from another edition: a character, its name, its language."""
        language, _, character, name = _NAMES[self.name]
        return character, name, language

    def say(self, text: str) -> str:
        """Return a text as this edition shows it."""
        return self._convert(text)

    def own(self, text: str) -> str:
        """Return a text of the engine's own in this edition's language."""
        return self.say(spoken(text, self.book.config.lang))

    @property
    def speaks(self) -> bool:
        """Whether templates and scripts must be put into its language, as they are written in Simplified Chinese."""
        return self.converted or not is_chinese(self.book.config.lang)

    def template(self, text: str) -> str:
        """Return a template or a script in this edition's language."""
        return self.say(spoken(text, self.book.config.lang, source=True))

    @cached_property
    def _convert(self) -> Say:
        return converter(self.book.config.root).text if self.converted else str

    @cached_property
    def terms(self) -> tuple[Term, ...]:
        """The terms of the book; in a converted edition ``traditional`` holds the words of the other one."""
        if not self.converted:
            return self.glossary
        return tuple(map(self._converted_term, self.glossary))

    def _converted_term(self, term: Term) -> Term:
        """Return a term in this edition's words; other words that are the same here are none."""
        chinese = term.traditional or self.say(term.chinese)
        others = tuple(word for word in dict.fromkeys(map(self.say, term.aliases)) if word != chinese)
        return replace(term, chinese=chinese, aliases=others, traditional=term.chinese)

    def drawing(self, source: Path) -> str | None:
        """Return a drawing of the book with labels in this edition's words; None for what can stay as it is."""
        if not self.converted or source.suffix != ".svg" or not source.is_file():
            return None
        text = source.read_text(encoding="utf-8")
        return None if (mine := convert_labels(text, self.say)) == text else mine
