"""The book's contents: what the sidebar, the front page and the chapter pages show, and what comes before and after."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from markupsafe import Markup, escape

from d2lbook.book.book import Book
from d2lbook.site.fragments import fragment

Link = Callable[[str], str]
"""Docname to address."""
About = Callable[[str], tuple[str, str]]
"""Docname to a line of a section, as markup, and how long it takes; empty where nothing is known."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the page, for its contents."""

    level: int
    id: str
    number: str
    title: Markup
    """Words of the heading."""


MOST, NEAR = 200, 40
"""Entries of a list that a sidebar shows whole, and those before and after the current one that it shows of others."""


def near(names: Sequence[str], current: str, places: Mapping[str, int]) -> Sequence[str]:
    """Return the names that a page shows of a list: all, or of a very long one those near the current one.

    ``places`` of documents in the lists that hold them.
    """
    if len(names) <= MOST:
        return names
    place = places.get(current, 0)
    first = max(0, min(place - NEAR, len(names) - 2 * NEAR - 1))
    return names[first : first + 2 * NEAR + 1]


@dataclass(frozen=True)
class Navigation:
    """Contents of a book."""

    book: Book
    titles: Mapping[str, Markup]

    @cached_property
    def parents(self) -> Mapping[str, str]:
        """The document that lists each document."""
        return {name: parent for parent, names in self.book.children.items() for name in names}

    @cached_property
    def _places(self) -> Mapping[str, int]:
        """The place of each document in the list that holds it."""
        return {name: place for names in self.book.children.values() for place, name in enumerate(names)}

    @cached_property
    def _beside(self) -> Mapping[str, tuple[str, str]]:
        order = [section.docname for section in self.book.sections]
        return dict(zip(order, zip(["", *order], [*order[1:], ""], strict=False), strict=True))

    def around(self, docname: str) -> tuple[str, str]:
        """Return the documents before and after one in reading order, empty at the ends."""
        return self._beside.get(docname, ("", ""))

    def chapter_of(self, docname: str) -> str:
        """Return the entry of the index below which a document stands."""
        while (parent := self.parents.get(docname, "")) and parent != self.book.config.index:
            docname = parent
        return docname

    def label(self, docname: str) -> Markup:
        """Return number and title."""
        number = self.book.number(docname)
        mark = Markup('<span class="number">{}</span> ').format(number) if number else Markup("")
        return mark + (self.titles.get(docname) or escape(self.book.section(docname).title))

    def sidebar(self, current: str, link: Link) -> Markup:
        """Return the list of chapters, the current one opened; of very long lists what is near."""
        chapter = self.chapter_of(current)
        rows = [
            (*row, [(*inner, ()) for inner in self._rows(row[0], current, link)] if row[0] == chapter else [])
            for row in self._rows(self.book.config.index, chapter, link)
        ]
        return fragment("sidebar.html", rows=rows, current=current)

    def _rows(self, parent: str, current: str, link: Link) -> Iterator[tuple[str, str, Markup]]:
        names = self._below(parent)
        shown = near(names, current, self._places)
        yield from (self._row(name, link) for name in shown)
        if len(shown) < len(names):
            yield "", link(parent), Markup("…")

    def _below(self, docname: str) -> Sequence[str]:
        return self.book.children.get(docname, ())

    def _row(self, name: str, link: Link) -> tuple[str, str, Markup]:
        return name, link(name), self.label(name)

    def surroundings(self) -> dict[str, str]:
        """Return, for every document, a digest of what its page shows of others: if it changes, so does the page."""
        order = [section.docname for section in self.book.sections]
        chapters = self._below(self.book.config.index)
        lines = {name: f"{name} {self.book.number(name)} {self.titles.get(name, '')}" for name in order} | {"": ""}
        return {
            name: self._surroundings(
                name, (*self._beside[name], *near(chapters, self.chapter_of(name), self._places)), lines
            )
            for name in order
        }

    def _surroundings(self, docname: str, others: Iterable[str], lines: Mapping[str, str]) -> str:
        chapter = self.chapter_of(docname)
        below = self.book.children.get(docname, ())
        deeper = [child for name in below for child in self.book.children.get(name, ())]
        shown = [
            *others,
            "",
            docname,
            chapter,
            *near(self._below(chapter), docname, self._places),
            "",
            *below,
            "",
            *deeper,
        ]
        return hashlib.sha256("\n".join([lines[name] for name in shown]).encode()).hexdigest()[:16]

    def contents(self, entries: Iterable[str], depth: int, link: Link, about: About | None = None) -> Markup:
        """Return the list that a page shows of what stands below it, with what ``about`` tells of each."""
        rows = [
            (
                link(name),
                self.label(name),
                [self._row(child, link)[1:] for child in self._below(name) if depth > 1],
                about(name) if about else ("", ""),
            )
            for name in entries
        ]
        return fragment("contents.html", rows=rows, deep=any(row[2] for row in rows))
