"""The volumes in which a book is printed: parts of it, each with a title, as ``[pdf] volumes`` in the settings says.

A document that lists the bibliography stands in every volume; everything else that the index lists stands in one. Pure.
"""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from d2lbook.book.book import Book
from d2lbook.errors import Fault


@dataclass(frozen=True, slots=True)
class Volume:
    """A part of a book that is bound by itself."""

    names: frozenset[str]
    """Its documents, the index among them."""
    number: int = 0
    """Its place among the volumes, from 1; 0 where the book is not divided, or for some chapters of it."""
    title: str = ""

    @property
    def first(self) -> bool:
        """Whether it begins the book, and so has the words of its front page."""
        return self.number < 2


def volumes(book: Book) -> tuple[Volume, ...]:
    """Return the volumes of a book: one with everything in it where the settings name none."""
    if not book.config.volumes:
        return (Volume(frozenset(book.by_name)),)
    return tuple(
        Volume(_below(book, chapters), number, title) for number, (title, chapters) in enumerate(book.config.volumes, 1)
    )


def some_chapters(book: Book, chapters: Collection[str]) -> Volume:
    """Return a volume of some chapters only."""
    return Volume(_below(book, chapters))


def volume_faults(book: Book) -> Iterator[Fault]:
    """Yield what the settings' volumes leave out, name twice, or name without there being such a document."""
    named = [chapter for _, chapters in book.config.volumes for chapter in chapters]
    if not named:
        return
    there = {short(name) for name in entries(book)}
    for name in dict.fromkeys(named):
        if name not in there:
            yield _fault("no such chapter", name, f"the index lists: {', '.join(sorted(there))}")
        elif named.count(name) > 1:
            yield _fault("a chapter in two volumes", name, "list it once")
    shared = {short(name) for name in _shared(book)}
    for name in entries(book):
        if short(name) not in {*named, *shared}:
            yield _fault("a chapter in no volume", short(name), "list it in one")


def _fault(message: str, text: str, fix: str) -> Fault:
    return Fault("config.ini", 0, f"[pdf] volumes: {message}", text, fix)


def short(docname: str) -> str:
    """Return what the settings call a chapter: the folder of its page."""
    return docname.removesuffix("/index")


def entries(book: Book) -> tuple[str, ...]:
    """Return the documents that the index lists."""
    return children(book, book.config.index)


def children(book: Book, docname: str) -> tuple[str, ...]:
    """Return the documents that a document's tables of contents list."""
    folder = posixpath.dirname(docname)
    listed = (name for toc in book.section(docname).tocs for name in toc.entries)
    return tuple(name for each in listed if (name := posixpath.normpath(posixpath.join(folder, each))) in book.by_name)


def _shared(book: Book) -> list[str]:
    return [name for name in entries(book) if book.section(name).bibliographies]


def _below(book: Book, chapters: Collection[str]) -> frozenset[str]:
    """Return the documents of chapters, with the index and what every volume has."""
    waiting = [name for name in entries(book) if short(name) in chapters]
    found = {book.config.index, *_shared(book)}
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(children(book, name))
    return frozenset(found)
