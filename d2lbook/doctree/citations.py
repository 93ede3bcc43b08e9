"""Citations, and the lists of what was cited, as nodes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from docutils import nodes as docutils_nodes

from d2lbook.doctree import nodes
from d2lbook.doctree.warnings import warn
from d2lbook.words.bibliography import Bibliography, described, with_formulas
from d2lbook.words.captions import REFERENCES
from d2lbook.words.language import spoken


def cite(
    mark: nodes.citation_mark, bibliography: Bibliography, years: Mapping[str, str], home: str = ""
) -> docutils_nodes.inline:
    """Return what a citation shows, linked to the entries in the list of the page ``home`` (default: this one).

    A key that no entry has is a fault at its place.
    """
    for key, fix in bibliography.unknown(mark["keys"]):
        warn(mark, "an unknown citation", key, fix)
    shown = docutils_nodes.inline("", "", classes=["cite"])
    for piece in bibliography.citation(mark["keys"], mark["style"], years):
        if piece.key:
            address = f"{home}#{anchor(piece.key)}"
            shown += docutils_nodes.reference("", piece.text, refuri=address, internal=True, classes=["citation"])
        elif piece.text:
            shown += docutils_nodes.Text(piece.text)
    return shown


def listing(bibliography: Bibliography, keys: Iterable[str], years: Mapping[str, str]) -> list[docutils_nodes.Node]:
    """Return the list of entries, by author and year, under its heading; empty if nothing is known of ``keys``."""
    items = [
        docutils_nodes.list_item(
            "", docutils_nodes.paragraph("", "", *_line(bibliography, item.key, years)), ids=[anchor(item.key)]
        )
        for item in bibliography.listing(keys, years)
    ]
    if not items:
        return []
    heading = docutils_nodes.rubric("", spoken(REFERENCES, bibliography.lang), level=2)
    return [heading, docutils_nodes.bullet_list("", *items, classes=["entries"])]


def anchor(key: str) -> str:
    """Return the id of an entry in a list."""
    return f"ref-{key.lower().replace('.', '-').replace(':', '-')}"


def _line(bibliography: Bibliography, key: str, years: Mapping[str, str]) -> Iterator[docutils_nodes.Node]:
    item = bibliography.references[key]
    for piece in described(item, years[key]):
        parts = [
            docutils_nodes.math(text, text) if formula else docutils_nodes.Text(text)
            for text, formula in with_formulas(piece.text)
        ]
        if piece.kind == "text":
            yield from parts
            continue
        shown = docutils_nodes.inline("", "", *parts, classes=[piece.kind])
        yield docutils_nodes.reference("", "", shown, refuri=item.address, internal=False) if piece.key else shown
