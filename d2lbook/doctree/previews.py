"""What a card says of the place that a reference leads to, taken from the doctree when its page is read."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Literal, NamedTuple

from docutils import nodes as docutils_nodes

from d2lbook.book.numbering import Target
from d2lbook.book.references import reference_text
from d2lbook.doctree import nodes
from d2lbook.doctree.metrics import summary

LONGEST = 140
"""Characters of a text after which it is cut."""
SHORTEST = 12
"""Characters before which no sentence ends, so that a card says something."""
OPENING = re.compile(r"先读|.{0,80}?(?:约需?|阅读约)\s*(\d+)\s*分钟", re.DOTALL)
"""A paragraph that begins so says what to read before, how long it takes, and nothing of the section."""
_MINUTES = re.compile(r"约(?:需)?\s*(\d+)\s*分钟")
_END = re.compile(r"[。！？][”』」）]*|(?<=\w)[.!?](?=\s|$)")


class Piece(NamedTuple):
    """A stretch of text."""

    text: str
    kind: Literal["text", "math", "code", "label", "key"] = "text"
    """``text``, ``math`` (TeX), ``code``, ``label`` (of a reference) or ``key`` (of a citation)."""
    role: str = ""
    """Role of a reference."""
    before: str = ""
    """Characters before a reference."""
    after: str = ""
    """Character after it."""


class Preview(NamedTuple):
    """What a card shows, but for the number."""

    title: tuple[Piece, ...] = ()
    """Heading or caption."""
    words: tuple[Piece, ...] = ()
    """The first sentence below a heading."""
    picture: str = ""
    """Source of a figure's picture, seen from its page."""
    words_for_picture: str = ""
    """What the picture shows, for who cannot see it."""
    formula: str = ""
    """TeX of an equation."""
    minutes: str = ""
    """How long a section takes to read, as its opening says; empty if it does not."""

    @property
    def formulas(self) -> Iterator[tuple[str, bool]]:
        """TeX, and whether it stands on a line of its own."""
        if self.formula:
            yield self.formula, True
        yield from ((piece.text, False) for piece in (*self.title, *self.words) if piece.kind == "math")


def preview_of(node: docutils_nodes.Element) -> Preview:
    """Return the preview of a heading, figure, table or equation."""
    if isinstance(node, docutils_nodes.math_block):
        return Preview(formula=node.astext())
    if isinstance(node, docutils_nodes.rubric):
        return Preview(_joined(_pieces(node)))
    named = (docutils_nodes.title, docutils_nodes.caption)
    heads = (child for child in node.children if isinstance(child, named))
    title = tuple(piece for head in heads for piece in _pieces(head))
    if isinstance(node, docutils_nodes.section):
        return Preview(_joined(title), first_sentence(_first_paragraph(node)), minutes=_minutes(node))
    picture = next(iter(node.findall(docutils_nodes.image)), None)
    source, words = (picture["uri"], picture.get("alt", "")) if picture is not None else ("", "")
    return Preview(_cut(title), picture=source, words_for_picture=words)


def resolved(preview: Preview, targets: Mapping[str, Target]) -> Preview:
    """Return ``preview`` with the words of the references in it."""

    def words(pieces: tuple[Piece, ...]) -> tuple[Piece, ...]:
        return tuple(
            Piece(_words(piece, targets.get(piece.text))) if piece.kind == "label" else piece for piece in pieces
        )

    return preview._replace(title=words(preview.title), words=words(preview.words))


def _words(piece: Piece, target: Target | None) -> str:
    return reference_text(target, piece.role, piece.before, piece.after) if target else piece.text


def first_sentence(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the pieces up to the end of the first sentence."""
    found: list[Piece] = []
    length = 0
    for piece in pieces:
        ends = _END.finditer(piece.text) if piece.kind == "text" else iter(())
        if end := next((match.end() for match in ends if length + match.end() >= SHORTEST), 0):
            return _cut((*found, Piece(piece.text[:end])))
        found.append(piece)
        length += len(piece.text)
    return _cut(found)


def _cut(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the pieces, joined, or their beginning with … behind it."""
    kept: list[Piece] = []
    room = LONGEST
    for piece in _joined(pieces):
        if len(piece.text) > room:
            return (*kept, Piece((piece.text[:room] if piece.kind == "text" else "") + "…"))
        kept.append(piece)
        room -= len(piece.text)
    return tuple(kept)


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Return the pieces with neighbouring texts as one."""
    joined: list[Piece] = []
    for piece in pieces:
        if joined and piece.kind == joined[-1].kind == "text":
            joined[-1] = Piece(joined[-1].text + piece.text)
        else:
            joined.append(piece)
    return tuple(joined)


def _first_paragraph(section: docutils_nodes.section) -> Iterator[Piece]:
    for child in section.children:
        if isinstance(child, docutils_nodes.section):
            return
        if isinstance(child, docutils_nodes.block_quote) and isinstance(child.parent[0], docutils_nodes.title):
            yield from _pieces(child)  # the question that a chapter opens with
            return
        if isinstance(child, docutils_nodes.paragraph) and not OPENING.match(child.astext()):
            yield from _pieces(child)
            return


def _minutes(section: docutils_nodes.section) -> str:
    """Return how many minutes the opening of a section says that it takes."""
    opening = next((child for child in section.children if isinstance(child, docutils_nodes.paragraph)), None)
    found = _MINUTES.search(opening.astext()) if opening is not None and OPENING.match(opening.astext()) else None
    return found[1] if found else ""


def _pieces(node: docutils_nodes.Node) -> Iterator[Piece]:
    if isinstance(node, docutils_nodes.Text):
        yield Piece(" ".join(str(node).split("\n")))
    elif isinstance(node, docutils_nodes.math):
        yield Piece(node.astext(), "math")
    elif isinstance(node, docutils_nodes.literal | nodes.code_name):
        yield Piece(node.astext(), "code")
    elif isinstance(node, nodes.metric):
        yield Piece(summary([text for _, text in node["values"]]))
    elif isinstance(node, nodes.label_reference):
        yield Piece(node["label"], "label", node["role"], node["before"], node["after"])
    elif isinstance(node, nodes.citation_mark):
        if node["style"] == "citet":
            yield from (Piece(key, "key") for key in node["keys"])
    elif not isinstance(node, docutils_nodes.footnote_reference | docutils_nodes.image | docutils_nodes.raw):
        for child in node.children:
            yield from _pieces(child)
