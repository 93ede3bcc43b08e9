"""Citations, and the lists of what was cited, as nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from docutils import nodes

from d2lbook.words.bibliography import Bibliography, Reference
from d2lbook.words.captions import REFERENCES


def cite(book: Bibliography, keys: Iterable[str], style: str, years: Mapping[str, str]) -> Iterator[nodes.Node]:
    """Yield （Vaswani等，2017；…） or, for the style ``citet``, Vaswani等（2017）, linked to their list."""
    known = book.known(keys)
    if style == "citet":
        for place, item in enumerate(known):
            yield nodes.Text("、" if place else "")
            yield _link(item.key, f"{item.short}（{years[item.key]}）")
        return
    yield nodes.Text("（")
    for place, item in enumerate(known):
        yield nodes.Text("；" if place else "")
        yield _link(item.key, f"{item.short}，{years[item.key]}")
    yield nodes.Text("）")


def listing(book: Bibliography, keys: Iterable[str], years: Mapping[str, str]) -> list[nodes.Node]:
    """Return the list of entries, by author and year, under its heading; empty if nothing is known of ``keys``."""
    items = [
        nodes.list_item("", nodes.paragraph("", "", *_described(item, years[item.key])), ids=[anchor(item.key)])
        for item in book.listing(keys, years)
    ]
    return [nodes.rubric("", REFERENCES, level=2), nodes.bullet_list("", *items, classes=["entries"])] if items else []


def anchor(key: str) -> str:
    """Return the id of an entry in a list."""
    return f"ref-{key.lower().replace('.', '-').replace(':', '-')}"


def _link(key: str, text: str) -> nodes.reference:
    return nodes.reference("", text, refuri=f"#{anchor(key)}", internal=True, classes=["citation"])


def _described(item: Reference, year: str) -> Iterator[nodes.Node]:
    """Yield an entry's line: people, year, title, where it was published, and how to find it."""
    yield nodes.Text("".join(f"{part.rstrip('.')}. " for part in (item.people, year) if part))
    title = nodes.inline("", item.title, classes=["title"])
    yield nodes.reference("", "", title, refuri=item.address, internal=False) if item.address else title
    if item.venue:
        yield nodes.Text(". ")
        yield nodes.inline("", item.venue, classes=["venue"])
    yield nodes.Text((f", {item.detail}" if item.detail else "") + ".")
