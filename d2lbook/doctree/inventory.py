"""What the build knows of each page: names, numbers, citations, formulas; kept between builds.

A Sphinx domain, so that it follows the documents through incremental and parallel builds. Numbers are the book's, found
by the lines at which things begin.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Any, ClassVar, NamedTuple
from urllib.parse import unquote, urlsplit

from docutils import nodes as docutils_nodes
from sphinx.domains import Domain
from sphinx.environment import BuildEnvironment

from d2lbook.book.book import Book
from d2lbook.book.numbering import Numbering, Target
from d2lbook.book.references import cited_by
from d2lbook.doctree import nodes
from d2lbook.doctree.build import Build, build_of
from d2lbook.doctree.page import Signature, signature
from d2lbook.doctree.previews import Preview, preview_of, resolved
from d2lbook.files import NO_FILE, beside, state_of
from d2lbook.markup.spelled import spelled
from d2lbook.words.terminology import Term, terms_in


class Element(NamedTuple):
    """A heading, figure, table or equation of a page."""

    id: str
    line: int
    """Line in the file where it begins, by which the book's numbering knows it."""
    label: str = ""
    heading: str = ""
    """Words of a heading that stands in no panel and no fold."""
    level: int = 0
    """Level of such a heading, from 1."""
    preview: Preview = Preview()
    """What cards show of it, if it has a label."""


class Record(NamedTuple):
    """One page."""

    elements: tuple[Element, ...]
    references: frozenset[str]
    """Labels that the page refers to, or whose beginnings it tells."""
    formulas: tuple[tuple[str, bool, int], ...]
    """TeX, whether on a line of its own, and the line in the file."""
    cites: bool
    """It cites something."""
    lists_book: bool
    """It shows the whole book's bibliography."""
    terms: Mapping[str, int]
    """Terms of the book that it uses, by their English names; 2 for those that it brings in."""
    signature: Signature
    """State of the stored runs that it was made from."""
    sources: Signature
    """State of its source, and of the pictures that it shows, when they were read."""


def is_current(this_build: Build, docname: str, record: Record) -> bool:
    """Tell whether a page was made of what stands there now: its source, its pictures, its stored runs."""
    book, pictures = this_build.book, [name for name, _ in record.sources[1:]]
    return record.signature == signature(book, docname, this_build.stale) and record.sources == states_of(
        book, docname, pictures
    )


Numbers = Mapping[str, Mapping[str, str]]
"""Docname to id to number."""


class BookDomain(Domain):
    """Records of all pages, and what the book's numbering says of them."""

    name = "d2lbook"
    label = "book"
    data_version = 7
    initial_data: ClassVar[dict[str, Any]] = {
        "pages": {},
        "numbers": {},
        "targets": {},
        "previews": {},
        "surroundings": {},
    }

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

    @property
    def previews(self) -> Mapping[str, Preview]:
        """What cards show of the labels that pages of this build bear."""
        return self.data["previews"]  # type: ignore[no-any-return]

    def headings(self, docname: str) -> list[tuple[str, str]]:
        """Return id and title of a page's headings below its own title."""
        return [(item.id, item.heading) for item in self.pages[docname].elements if item.level in (2, 3)]

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
        known = document.get("signature", ())
        read, listed = sources(this_build.book, docname, document), listed_by(this_build.book, docname)
        self.pages[docname] = record_of(document, known, terms, read, listed)

    def update(self, book: Book, numbering: Numbering, surroundings: Mapping[str, str]) -> Collection[str]:
        """Take over the book's numbers; return the pages that look different for them.

        ``numbering`` may be that of a book of more backends. ``surroundings`` stands for what each page shows of
        others, such as the contents.
        """
        now: dict[str, Any] = {
            "numbers": {docname: dict(_numbers(docname, page, numbering)) for docname, page in self.pages.items()},
            "targets": dict(numbering.targets),
            "previews": dict(_previews(self.pages.values(), numbering.targets)),
            "surroundings": dict(surroundings),
            "cited": cited_by(book),
        }
        moved = _differing(self.targets, now["targets"]) | _differing(self.previews, now["previews"])
        changed = {
            docname
            for docname, record in self.pages.items()
            if self.data["surroundings"].get(docname) != surroundings.get(docname)
            or now["numbers"][docname] != self.numbers.get(docname)
            or record.references & moved
            or (record.lists_book and self.data.get("cited") != now["cited"])
        }
        self.data.update(now)
        return changed

    def resolve_any_xref(self, *_: Any) -> list[tuple[str, docutils_nodes.reference]]:
        """Answer no reference of Sphinx's own kind."""
        return []


def record_of(
    document: docutils_nodes.document,
    stored: Signature,
    terms: Mapping[str, int],
    read: Signature = (),
    listed: frozenset[str] = frozenset(),
) -> Record:
    """Return the record of a page from its doctree; ``listed``: labels of what its contents tell a line of."""
    return Record(
        tuple(_elements(document)),
        frozenset(node["label"] for node in document.findall(nodes.label_reference)) | listed,
        tuple(_formulas(document)),
        any(True for _ in document.findall(nodes.citation_mark)),
        any(node["scope"] == "book" for node in document.findall(nodes.bibliography)),
        terms,
        stored,
        read,
    )


def listed_by(book: Book, docname: str) -> frozenset[str]:
    """Return the labels of the pages that a page lists."""
    return frozenset(filter(None, (title_label(book, name) for name in book.children.get(docname, ()))))


def title_label(book: Book, docname: str) -> str:
    """Return the label of a page's title; empty if it has none."""
    return next((anchor.label for anchor in book.section(docname).anchors if anchor.level == 1), "")


def sources(book: Book, docname: str, document: docutils_nodes.document) -> Signature:
    """Return the state of a page's source when the book was read, and of the pictures that it shows, as they are."""
    shown = (str(node["uri"]) for node in document.findall(docutils_nodes.image))
    names = sorted({beside(docname, unquote(uri)) for uri in shown if not urlsplit(uri).scheme})
    return states_of(book, docname, names)


def states_of(book: Book, docname: str, pictures: Iterable[str]) -> Signature:
    """Return the state of a page's source when the book was read, and of ``pictures`` below its folder, as they are."""
    folder = book.config.source_dir
    own = book.states.get(folder / f"{docname}.md", NO_FILE)
    return ((docname, own), *((name, state_of(f"{folder}/{name}")) for name in pictures))


def page_terms(document: docutils_nodes.document, terms: tuple[Term, ...]) -> dict[str, int]:
    """Return the terms that a page uses, by their English names; 2 for those that it brings in."""
    text = "\n".join(node.astext() for node in document.findall(docutils_nodes.paragraph))
    headings = "\n".join(node.astext() for node in document.findall(docutils_nodes.title))
    return terms_in(text, headings, terms)


def _elements(document: docutils_nodes.document) -> Iterator[Element]:
    for node in document.findall(docutils_nodes.Element):
        if "at_line" in node:
            label, (level, heading) = node.get("label", ""), _heading(node)
            yield Element(
                node["ids"][0], node["at_line"], label, heading, level, preview_of(node) if label else Preview()
            )


def _heading(node: docutils_nodes.Element) -> tuple[int, str]:
    return (node["level"], spelled_text(node[0])) if isinstance(node, docutils_nodes.section) else (0, "")


def spelled_text(node: docutils_nodes.Node) -> str:
    """Return the words of a heading, formulas spelled out."""
    if isinstance(node, docutils_nodes.math):
        return spelled(node.astext())
    return "".join(map(spelled_text, node.children)) if node.children else node.astext()


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


def _numbers(docname: str, page: Record, numbering: Numbering) -> Iterator[tuple[str, str]]:
    for element in page.elements:
        target = numbering.at(docname, element.line)
        if target is not None and target.number:
            yield element.id, target.number


def _previews(pages: Iterable[Record], targets: Mapping[str, Target]) -> Iterator[tuple[str, Preview]]:
    for page in pages:
        for element in page.elements:
            if element.label:
                yield element.label, resolved(element.preview, targets)


def _differing(old: Mapping[str, object], new: Mapping[str, object]) -> set[str]:
    return {name for name in {*old, *new} if old.get(name) != new.get(name)}
