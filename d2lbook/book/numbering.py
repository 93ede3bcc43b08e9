"""Numbers of headings, figures, tables and equations, and what a reference to one of them prints.

Figures, tables and labelled equations are counted through a chapter, each kind by itself, in the order of the source
(whatever their tabs, so that all backends agree); headings as ``Book.number`` counts sections. The site prints the same
numbers. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from d2lbook.book.book import Book
from d2lbook.markup.model import Place

WORDS = {"figure": "图", "table": "表", "equation": "式"}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A heading, figure, table or equation that has a number or a label."""

    docname: str
    kind: str
    """``section``, ``figure``, ``table`` or ``equation``."""
    line: int
    """Line in the file where it begins."""
    label: str = ""
    title: str = ""
    """Heading or caption, as markdown."""
    level: int = 0
    """Of a heading, from 1."""
    number: str = ""
    """Such as ``3.1`` or ``3.2.4``; empty where nothing is counted."""

    @property
    def whole(self) -> bool:
        """Whether it is the title of its document."""
        return self.kind == "section" and self.level == 1


class Numbering:
    """The numbers of a whole book, counted once."""

    def __init__(self, book: Book) -> None:
        """Count the anchors of ``book``."""
        self._by_place: dict[tuple[str, int], Anchor] = {}
        targets: dict[str, Anchor] = {}
        counters: Counter[tuple[str, str]] = Counter()
        for section in book.sections:
            for anchor in _numbered(
                section.docname, book.places[section.docname], book.number(section.docname), counters
            ):
                self._by_place[anchor.docname, anchor.line] = anchor
                if anchor.label:
                    targets.setdefault(anchor.label, anchor)
        self.targets: Mapping[str, Anchor] = targets
        """Anchors by label; the first in the book where two share one."""

    def at(self, docname: str, line: int) -> Anchor | None:
        """Return what begins at a line of a document, if it has a number or a label."""
        return self._by_place.get((docname, line))


def _numbered(docname: str, places: Iterable[Place], base: str, counters: Counter[tuple[str, str]]) -> Iterator[Anchor]:
    chapter, parts = base.partition(".")[0], 0
    for place in places:
        number = ""
        if place.kind != "section":
            counters[chapter, place.kind] += 1
            number = f"{chapter}.{counters[chapter, place.kind]}".lstrip(".")
        elif place.counted and base and place.level == 1:
            number = base
        elif place.counted and "." in base and place.level == 2:
            parts += 1
            number = f"{base}.{parts}"
        if number or place.label:
            yield Anchor(docname, place.kind, place.line, place.label, place.title, place.level, number)


class Numbered(Protocol):
    """What a reference can lead to."""

    @property
    def kind(self) -> str:
        """``section``, ``figure``, ``table`` or ``equation``."""

    @property
    def number(self) -> str:
        """Such as ``3.1``; empty where nothing is counted."""

    @property
    def title(self) -> str:
        """Heading or caption."""


def reference_text(anchor: Numbered, role: str, before: str = "", after: str = "") -> str:
    """Return what a reference prints: 图3.2, 表3.2, 式（3.2）, 第3章, 3.1节, or a title where nothing is counted.

    Words that the prose has written itself (``before``, ``after``: the characters around the mark) are left out.
    """
    number = anchor.number
    if anchor.kind == "equation":
        return f"（{number}）" if before.endswith(("式", "方程")) else f"式（{number}）"
    if not number or (role == "ref" and anchor.kind == "section"):
        return anchor.title if before.endswith(("“", "《", "「")) else f"“{anchor.title}”"
    if anchor.kind != "section":
        word = WORDS[anchor.kind]
        return number if before.endswith(word) else word + number
    if "." in number:
        return number if after == "节" else f"{number}节"
    return ("" if before.endswith("第") else "第") + number + ("" if after == "章" else "章")
