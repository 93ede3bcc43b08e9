"""The script of a PDF: Chinese as the book writes it, or Traditional, with the fonts that go with it.

May import ``editions``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from d2lbook.words.traditional import TRADITIONAL, converter


@dataclass(frozen=True, slots=True)
class Script:
    """How one edition writes Chinese."""

    edition: str
    suffix: str
    """At the end of the PDF's name."""
    fonts: str
    """At the end of the names of Noto's fonts."""
    language: str
    """As Sphinx calls it."""
    say: Callable[[str], str]
    """Converts a text as the book writes it."""


def script_of(edition: str, root: Path) -> Script:
    """Return the script of an edition of the book in ``root``; that of a book in another language writes as it does."""
    if edition == TRADITIONAL:
        return Script(edition, "-zh-Hant", "TC", "zh_TW", converter(root).text)
    return Script(edition, "", "SC", edition, str)
