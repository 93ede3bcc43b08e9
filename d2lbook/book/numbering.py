"""Numbers of headings, figures, tables and equations: counted once, for site, PDF and notebooks alike.

Figures, tables and labelled equations are counted through a chapter, each kind by itself, in the order of the source
(whatever their tabs, so that all backends agree); headings as ``Book.number`` counts sections. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.markup.model import Anchor, AnchorKind, Section, Tabs


@dataclass(frozen=True)
class Target:
    """An anchor in its book: what a reference leads to."""

    docname: str
    kind: AnchorKind
    line: int
    """Line in the file where it begins."""
    label: str
    title: str
    """Heading or caption, as markdown."""
    plain: str
    """The same as text."""
    level: int
    """Level of a heading, from 1; 0 for the others."""
    number: str
    """Number such as ``3.1`` or ``3.2.4``; empty where nothing is counted."""
    tabs: Tabs = ()
    """Backends whose readers see it, in small letters; empty: every one's."""
    lang: str = "zh_CN"
    """Language of the book."""

    def seen_by(self, backend: str) -> bool:
        """Tell whether readers of a backend see it; of none in particular (empty, or ``base``): yes."""
        return backend in ("", BASE) or not self.tabs or backend.lower() in self.tabs

    @property
    def whole(self) -> bool:
        """Whether it is the title of its document."""
        return self.kind == "section" and self.level == 1


class Numbering:
    """The numbers of a whole book, counted once."""

    def __init__(self, book: Book) -> None:
        """Count the anchors of ``book``."""
        self._by_place: dict[tuple[str, int], Target] = {}
        targets: dict[str, Target] = {}
        counters: Counter[tuple[str, str]] = Counter()
        for section in book.sections:
            for target in _numbered(section, book.number(section.docname), counters, book.config.lang):
                self._by_place[target.docname, target.line] = target
                if target.label:
                    targets.setdefault(target.label, target)
        self.targets: Mapping[str, Target] = targets
        """Anchors by label; the first in the book where two share one."""

    def at(self, docname: str, line: int) -> Target | None:
        """Return what begins at a line of a document, if it has a number or a label."""
        return self._by_place.get((docname, line))


def _numbered(section: Section, base: str, counters: Counter[tuple[str, str]], lang: str) -> Iterator[Target]:
    chapter, parts = base.partition(".")[0], 0
    for anchor in section.anchors:
        number = ""
        if anchor.kind != "section":
            counters[chapter, anchor.kind] += 1
            number = f"{chapter}.{counters[chapter, anchor.kind]}".lstrip(".")
        elif anchor.counted and base and anchor.level == 1:
            number = base
        elif anchor.counted and "." in base and anchor.level == 2:
            parts += 1
            number = f"{base}.{parts}"
        if number or anchor.label:
            yield _target(section.docname, anchor, number, lang)


def _target(docname: str, anchor: Anchor, number: str, lang: str) -> Target:
    facts = (anchor.kind, anchor.line, anchor.label, anchor.title, anchor.plain, anchor.level)
    return Target(docname, *facts, number, tuple(name.lower() for name in anchor.tabs), lang)
