"""What a small book comes to: its page, its notebook, its faults, for tests of what outsiders met."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.notebooks import CrossReferences, reader_notebook
from d2lbook.notebooks.zips import ZipLayout, members

CONFIG = """\
[project]
name = small
title = Small
author = A
copyright = c
release = 1
lang = {lang}
[build]
tabs = {tabs}
"""
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30" viewBox="0 0 90 30"><path d="M0 0h9"/></svg>'


@dataclass(frozen=True)
class Small:
    """A book of an index and a page in a folder."""

    root: Path

    @property
    def book(self) -> Book:
        return books.load(self.root)

    def html(self) -> tuple[str, list[str]]:
        """Build the site; return the page's body, and what was told, as ``file:line: message``."""
        book = self.book
        built = site.build(book, self.root / "_build" / "html", jobs=1)
        told = [f"{fault.path}:{fault.line}: {fault.message}" for fault in (*book.faults, *built.faults)]
        return self.page(), told

    def page(self, name: str = "page") -> str:
        text = (self.root / "_build" / "html" / f"{name}.html").read_text(encoding="utf-8")
        body = re.search(r"<article.*?</article>", text, re.S)
        return body[0] if body else text

    def notebook(self, backend: str = "a") -> str:
        """Return the text of the page's notebook of a backend, cells parted by blank lines."""
        book = self.book
        inside = members(book, backend)
        layout = ZipLayout(book, inside)
        notebook = reader_notebook(book, inside["page"], layout, backend=backend, references=CrossReferences.of(book))
        nbformat.validate(notebook)
        return "\n\n".join(cell.source for cell in notebook.cells)


def small_book(root: Path, page: str, *, lang: str = "en", tabs: str = "a, b", more: str = "") -> Small:
    """Write a book with one page, and a drawing ``img/a.svg``, below ``root``; return it."""
    (root / "img").mkdir(parents=True)
    (root / "img" / "a.svg").write_text(DRAWING, encoding="utf-8")
    (root / "config.ini").write_text(CONFIG.format(lang=lang, tabs=tabs) + more, encoding="utf-8")
    (root / "index.md").write_text("# Book\n\n```toc\n:numbered:\n\npage\n```\n", encoding="utf-8")
    (root / "page.md").write_text(page, encoding="utf-8")
    return Small(root)
