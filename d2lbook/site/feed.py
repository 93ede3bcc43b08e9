"""The feed of a book's changes, for readers: Atom, made of the file ``CHANGES.md`` in the book's folder.

An entry begins with ``## DATE TITLE``, the date as ``2026-11-30``; what follows is Markdown, where a link to a docname
leads to that page.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from d2lbook.book.book import Book
from d2lbook.errors import Fault, meant
from d2lbook.markup.anchors import plain_text
from d2lbook.markup.grammar import prose_tokens

CHANGES_FILE, FEED = "CHANGES.md", "feed.xml"
_HEAD = re.compile(r"##\s+(\d{4}-\d{2}-\d{2})\s+(\S.*)")


@dataclass(frozen=True, slots=True)
class Change:
    """One entry."""

    day: str
    title: str
    """Plain text, formulas spelled out."""
    text: str
    """Markdown."""
    line: int


def changes(book: Book) -> tuple[list[Change], list[Fault]]:
    """Return the entries of a book's file of changes, and what is wrong in it; none where there is no file."""
    file = book.config.root / CHANGES_FILE
    if not file.is_file():
        return [], []
    found: list[Change] = []
    faults: list[Fault] = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("## "):
            match = _HEAD.match(line)
            if match is None or not _is_day(match[1]):
                faults.append(Fault(CHANGES_FILE, number, "an entry without a date", line, "write ## 2026-11-30 TITLE"))
                continue
            found.append(Change(match[1], _plain(match[2].strip()), "", number))
        elif found:
            last = found[-1]
            found[-1] = Change(last.day, last.title, f"{last.text}{line}\n", last.line)
    for change in found:
        for address in _links(change.text):
            if "://" not in address and _docname(address) not in book.by_name:
                text = meant(_docname(address), book.by_name)
                faults.append(Fault(CHANGES_FILE, change.line, "a link to no page of the book", address, text))
    return sorted(found, key=lambda change: change.day, reverse=True), faults


def feed(book: Book, found: Sequence[Change], base: str, language: str, say: Callable[[str], str]) -> str:
    """Return the Atom feed; ``base`` is the address of the edition's folder, empty where the site has none."""
    config = book.config
    entries = []
    for change in found:
        entries.append(
            Markup(
                "<entry><id>{}</id><title>{}</title><updated>{}T00:00:00Z</updated>{}"
                '<content type="html">{}</content></entry>'
            ).format(
                _id(config.title, language, change.day, change.title), say(change.title), change.day,
                _link(base + _first_page(book, change)), _html(say(change.text), base),
            )
        )  # fmt: skip
    links = _link(base or "index.html")
    if base:
        links += Markup('<link rel="self" type="application/atom+xml" href="{}"/>').format(base + FEED)
    head = Markup(
        '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="{}">\n'
        "<id>{}</id><title>{}</title><updated>{}T00:00:00Z</updated>{}<author><name>{}</name></author>\n{}\n</feed>\n"
    )
    newest = found[0].day if found else "1970-01-01"
    identity = _id(config.title, language)
    return str(head.format(language, identity, say(config.title), newest, links, say(config.author), _lines(entries)))


def _lines(entries: Iterable[Markup]) -> Markup:
    return Markup("\n").join(entries)


def _link(address: str) -> Markup:
    return Markup('<link rel="alternate" type="text/html" href="{}"/>').format(address)


def _id(*parts: str) -> str:
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, ' '.join(parts))}"


def _first_page(book: Book, change: Change) -> str:
    """Return the page that an entry is about: the first that it links to, else the front page."""
    names = [_docname(address) for address in _links(change.text)]
    return next((f"{name}.html" for name in names if name in book.by_name), f"{book.config.index}.html")


def _docname(address: str) -> str:
    return address.partition("#")[0].removesuffix(".md").removesuffix(".html")


def _tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark", {"html": False, "xhtmlOut": True}).parse(text)


def _plain(title: str) -> str:
    return plain_text([child for token in prose_tokens(title) for child in token.children or ()])


def _links(text: str) -> list[str]:
    inner = [child for token in _tokens(text) for child in token.children or ()]
    return [str(child.attrs["href"]) for child in inner if child.type == "link_open"]


def _html(text: str, base: str) -> str:
    parser = MarkdownIt("commonmark", {"html": False, "xhtmlOut": True})
    tokens = parser.parse(text)
    for child in (child for token in tokens for child in token.children or ()):
        if child.type == "link_open" and "://" not in (address := str(child.attrs["href"])):
            place, mark, anchor = address.partition("#")
            child.attrs["href"] = f"{base}{_docname(place)}.html{mark}{anchor}"
    return str(parser.renderer.render(tokens, parser.options, {}))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
