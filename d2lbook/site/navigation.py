"""The book's contents: what the sidebar, the front page and the chapter pages show, and what comes before and after."""

from __future__ import annotations

import hashlib
import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from d2lbook.book.book import Book

Link = Callable[[str], str]
"""Docname to address."""


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the page, for its contents."""

    level: int
    id: str
    number: str
    title: str
    """Words of the heading, as HTML."""


@dataclass(frozen=True)
class Navigation:
    """Contents of a book, its titles as HTML."""

    book: Book
    titles: Mapping[str, str]

    @cached_property
    def parents(self) -> Mapping[str, str]:
        """The document that lists each document."""
        return {name: parent for parent, names in self.book.children.items() for name in names}

    def around(self, docname: str) -> tuple[str, str]:
        """Return the documents before and after one in reading order, empty at the ends."""
        order = [section.docname for section in self.book.sections]
        place = order.index(docname) if docname in order else -1
        before = order[place - 1] if place > 0 else ""
        after = order[place + 1] if 0 <= place < len(order) - 1 else ""
        return before, after

    def chapter_of(self, docname: str) -> str:
        """Return the entry of the index below which a document stands."""
        while (parent := self.parents.get(docname, "")) and parent != self.book.config.index:
            docname = parent
        return docname

    def label(self, docname: str) -> str:
        """Return number and title as HTML."""
        number = self.book.number(docname)
        mark = f'<span class="number">{number}</span> ' if number else ""
        return mark + self.titles.get(docname, html.escape(self.book.section(docname).title))

    def sidebar(self, current: str, link: Link) -> str:
        """Return the list of chapters, the current one opened."""
        chapter = self.chapter_of(current)
        rows = []
        for name in self.book.children.get(self.book.config.index, ()):
            below = self.book.children[name] if name == chapter else ()
            inner = "".join(self._row(child, current, link) for child in below)
            rows.append(self._row(name, current, link, f"<ul>{inner}</ul>" if inner else ""))
        return f"<ul>{''.join(rows)}</ul>" if rows else ""

    def surroundings(self) -> dict[str, str]:
        """Return, for every document, a digest of what its page shows of others: if it changes, so does the page."""
        order = [section.docname for section in self.book.sections]
        near = dict(zip(order, zip(["", *order], [*order[1:], ""], strict=False), strict=True))
        chapters = self.book.children.get(self.book.config.index, ())
        return {name: self._surroundings(name, (*near[name], *chapters)) for name in order}

    def _surroundings(self, docname: str, others: Iterable[str]) -> str:
        chapter = self.chapter_of(docname)
        below = self.book.children.get(docname, ())
        deeper = [child for name in below for child in self.book.children.get(name, ())]
        shown = [*others, "", docname, chapter, *self.book.children.get(chapter, ()), "", *below, "", *deeper]
        lines = [f"{name} {self.book.number(name)} {self.titles.get(name, '')}" if name else "" for name in shown]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]

    def _row(self, name: str, current: str, link: Link, inner: str = "") -> str:
        here = ' aria-current="page"' if name == current else ""
        return f'<li><a href="{html.escape(link(name))}"{here}>{self.label(name)}</a>{inner}</li>'

    def contents(self, entries: Iterable[str], depth: int, link: Link) -> str:
        """Return the list that a page shows of what stands below it."""
        rows = []
        for name in entries:
            children = self.book.children.get(name, ()) if depth > 1 else ()
            inner = "".join(
                f'<li><a href="{html.escape(link(child))}">{self.label(child)}</a></li>' for child in children
            )
            rows.append(
                f'<li><a class="entry" href="{html.escape(link(name))}">{self.label(name)}</a>'
                + (f"<ol>{inner}</ol>" if inner else "")
                + "</li>"
            )
        kind = "contents chapters" if any("<ol>" in row for row in rows) else "contents"
        return f'<ol class="{kind}">{"".join(rows)}</ol>\n'
