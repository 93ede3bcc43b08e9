"""What the build knows of each page: names, numbers, citations, formulas; kept between builds.

A Sphinx domain, so that it follows the documents through incremental and parallel builds. Numbers are the book's:
sections as ``Book.number`` counts them, figures, tables and labelled equations through a chapter.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar, NamedTuple

from docutils import nodes as docutils_nodes
from sphinx.domains import Domain
from sphinx.environment import BuildEnvironment

from d2lbook.book.book import Book
from d2lbook.doctree import nodes
from d2lbook.doctree.build import build_of
from d2lbook.doctree.page import signature
from d2lbook.doctree.previews import Preview, preview_of, resolved
from d2lbook.words.terminology import Term, terms_in

_FLOATS = {docutils_nodes.figure: "figure", docutils_nodes.table: "table", docutils_nodes.math_block: "equation"}


class Anchor(NamedTuple):
    """A place on a page that has a number or a name."""

    id: str
    kind: str
    """``section``, ``figure``, ``table`` or ``equation``."""
    label: str = ""
    title: str = ""
    level: int = 0
    """Of a heading, from 1."""
    preview: Preview = Preview()
    """Of what has a label."""


class Record(NamedTuple):
    """One page."""

    anchors: tuple[Anchor, ...]
    citations: tuple[str, ...]
    """Keys in the order of their first use."""
    references: frozenset[str]
    """Labels that the page refers to."""
    formulas: tuple[tuple[str, bool, int], ...]
    """TeX, whether on a line of its own, and the line in the file."""
    lists_book: bool
    """It shows the whole book's bibliography."""
    terms: Mapping[str, int]
    """Terms of the book that it uses, by their English names; 2 for those that it brings in."""
    signature: tuple[tuple[str, int, int], ...]
    """State of the stored runs that it was made from."""


class Target(NamedTuple):
    """What a label names."""

    docname: str
    id: str
    kind: str
    title: str
    level: int
    number: str
    """Such as ``3.1`` or ``3.2.4``; empty where nothing is counted."""
    preview: Preview
    """What cards show of it, with which it changes."""


Numbers = Mapping[str, Mapping[str, str]]
"""Docname to id to number."""


class BookDomain(Domain):
    """Records of all pages, and the numbers that follow from them."""

    name = "d2lbook"
    label = "book"
    data_version = 3
    initial_data: ClassVar[dict[str, Any]] = {"pages": {}, "numbers": {}, "targets": {}, "surroundings": {}}

    @property
    def pages(self) -> dict[str, Record]:
        """Records by docname."""
        return self.data["pages"]  # type: ignore[no-any-return]

    @property
    def numbers(self) -> Numbers:
        """Numbers of the last ``update``."""
        return self.data["numbers"]  # type: ignore[no-any-return]

    @property
    def targets(self) -> Mapping[str, Target]:
        """Labels of the last ``update``."""
        return self.data["targets"]  # type: ignore[no-any-return]

    def headings(self, docname: str) -> list[tuple[str, str]]:
        """Return id and title of a page's headings below its own title."""
        return [(a.id, a.title) for a in self.pages[docname].anchors if a.kind == "section" and a.level in (2, 3)]

    def clear_doc(self, docname: str) -> None:
        """Forget a page."""
        self.pages.pop(docname, None)

    def merge_domaindata(self, docnames: AbstractSet[str], otherdata: dict[str, Any]) -> None:
        """Take over pages read by another process."""
        for docname in docnames:
            self.pages[docname] = otherdata["pages"][docname]

    def process_doc(self, env: BuildEnvironment, docname: str, document: docutils_nodes.document) -> None:
        """Record a page that was just read."""
        this_build = build_of(env.config)
        terms = page_terms(document, this_build.terms)
        self.pages[docname] = record_of(document, signature(this_build.book, docname), terms)

    def update(self, book: Book, surroundings: Mapping[str, str]) -> Collection[str]:
        """Number the book anew; return the pages that look different for it.

        ``surroundings`` stands for what each page shows of others, such as the contents.
        """
        numbers = number_pages(book, self.pages)
        found = dict(_targets(book, self.pages, numbers))
        targets = {name: item._replace(preview=resolved(item.preview, found)) for name, item in found.items()}
        old_targets, old_numbers = self.targets, self.numbers
        moved = {name for name in {*targets, *old_targets} if targets.get(name) != old_targets.get(name)}
        cited = cited_in(book, self.pages)
        changed = {
            docname
            for docname, record in self.pages.items()
            if self.data["surroundings"].get(docname) != surroundings.get(docname)
            or numbers.get(docname) != old_numbers.get(docname)
            or record.references & moved
            or (record.lists_book and self.data.get("cited") != cited)
        }
        self.data.update(numbers=numbers, targets=targets, surroundings=surroundings, cited=cited)
        return changed

    def resolve_any_xref(self, *_: Any) -> list[tuple[str, docutils_nodes.reference]]:
        """Answer no reference of Sphinx's own kind."""
        return []


def record_of(
    document: docutils_nodes.document, stored: tuple[tuple[str, int, int], ...], terms: Mapping[str, int]
) -> Record:
    """Return the record of a page from its doctree."""
    return Record(
        tuple(_anchors(document)),
        tuple(dict.fromkeys(key for node in document.findall(nodes.citation_mark) for key in node["keys"])),
        frozenset(node["label"] for node in document.findall(nodes.label_reference)),
        tuple(_formulas(document)),
        any(node["scope"] == "book" for node in document.findall(nodes.bibliography)),
        terms,
        stored,
    )


def page_terms(document: docutils_nodes.document, terms: tuple[Term, ...]) -> dict[str, int]:
    """Return the terms that a page uses, by their English names; 2 for those that it brings in."""
    text = "\n".join(node.astext() for node in document.findall(docutils_nodes.paragraph))
    headings = "\n".join(node.astext() for node in document.findall(docutils_nodes.title))
    return terms_in(text, headings, terms)


def _anchors(document: docutils_nodes.document) -> Iterator[Anchor]:
    for node in document.findall(docutils_nodes.Element):
        if isinstance(node, docutils_nodes.section | docutils_nodes.rubric) and "level" in node:
            title = node[0] if isinstance(node, docutils_nodes.section) else node
            level = node["level"] if isinstance(node, docutils_nodes.section) else 9
            yield Anchor(node["ids"][0], "section", node.get("label", ""), title.astext(), level, _preview(node))
        elif kind := _FLOATS.get(type(node)):
            caption = next((child.astext() for child in node.children if _is_caption(child)), "")
            if node.get("label") or caption:
                yield Anchor(node["ids"][0], kind, node.get("label", ""), caption, 0, _preview(node))


def _preview(node: docutils_nodes.Element) -> Preview:
    return preview_of(node) if node.get("label") else Preview()


def _is_caption(node: docutils_nodes.Node) -> bool:
    return isinstance(node, docutils_nodes.caption | docutils_nodes.title)


def _formulas(document: docutils_nodes.document) -> Iterator[tuple[str, bool, int]]:
    for node in document.findall(docutils_nodes.Element):
        if isinstance(node, docutils_nodes.math | docutils_nodes.math_block):
            yield node.astext(), isinstance(node, docutils_nodes.math_block), _line(node)


def _line(node: docutils_nodes.Node | None) -> int:
    while node is not None:
        if node.line:
            return int(node.line)
        node = node.parent
    return 0


def number_pages(book: Book, pages: Mapping[str, Record]) -> dict[str, dict[str, str]]:
    """Return the number of every heading, figure, table and labelled equation that has one."""
    numbers: dict[str, dict[str, str]] = {}
    counters: Counter[tuple[str, str]] = Counter()
    for section in book.sections:
        if section.docname in pages:
            base = book.number(section.docname)
            numbers[section.docname] = dict(_page_numbers(base, pages[section.docname].anchors, counters))
    return numbers


def _page_numbers(
    base: str, anchors: Iterable[Anchor], counters: Counter[tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    chapter, parts = base.partition(".")[0], 0
    for anchor in anchors:
        if anchor.kind != "section":
            counters[chapter, anchor.kind] += 1
            yield anchor.id, f"{chapter}.{counters[chapter, anchor.kind]}".lstrip(".")
        elif base and anchor.level == 1:
            yield anchor.id, base
        elif "." in base and anchor.level == 2:
            parts += 1
            yield anchor.id, f"{base}.{parts}"


def _targets(book: Book, pages: Mapping[str, Record], numbers: Numbers) -> Iterator[tuple[str, Target]]:
    for section in reversed(book.sections):  # where two share a label, the first in the book keeps it
        record = pages.get(section.docname)
        for anchor in record.anchors if record else ():
            if anchor.label:
                number = numbers[section.docname].get(anchor.id, "")
                facts = (anchor.id, anchor.kind, anchor.title, anchor.level, number, anchor.preview)
                yield anchor.label, Target(section.docname, *facts)


def cited_in(book: Book, pages: Mapping[str, Record]) -> tuple[str, ...]:
    """Return every key that the book cites, sorted."""
    return tuple(
        sorted({key for section in book.sections if (page := pages.get(section.docname)) for key in page.citations})
    )
