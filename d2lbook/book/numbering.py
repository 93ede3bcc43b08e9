"""Numbers of headings, figures, tables and equations, and what a reference to one of them prints.

Figures, tables and labelled equations are counted through a chapter, each kind by itself, in the order of the source
(whatever their tabs, so that all backends agree); headings as ``Book.number`` counts sections. The site prints the same
numbers. Pure.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from markdown_it import MarkdownIt
from markdown_it.token import Token

from d2lbook.book.book import Book
from d2lbook.markup.grammar import new_parser
from d2lbook.markup.model import Block, Fold, Prose, Section

WORDS = {"figure": "图", "table": "表", "equation": "式"}


@dataclass(frozen=True, slots=True)
class Anchor:
    """A heading, figure, table or equation that has a number or a label."""

    docname: str
    kind: str
    """``section``, ``figure``, ``table`` or ``equation``."""
    line: int
    """Line in the file where it begins."""
    label: str = ""
    title: str = ""
    """Heading or caption, as markdown."""
    level: int = 0
    """Of a heading, from 1."""
    number: str = ""
    """Such as ``3.1`` or ``3.2.4``; empty where nothing is counted."""

    @property
    def whole(self) -> bool:
        """Whether it is the title of its document."""
        return self.kind == "section" and self.level == 1


class Numbering:
    """The numbers of a whole book, counted once."""

    def __init__(self, book: Book) -> None:
        """Count the anchors of ``book``."""
        self._by_place: dict[tuple[str, int], Anchor] = {}
        targets: dict[str, Anchor] = {}
        counters: Counter[tuple[str, str]] = Counter()
        for section in book.sections:
            for anchor in _numbered(section, book.number(section.docname), counters):
                self._by_place[anchor.docname, anchor.line] = anchor
                if anchor.label:
                    targets.setdefault(anchor.label, anchor)
        self.targets: Mapping[str, Anchor] = targets
        """Anchors by label; the first in the book where two share one."""

    def at(self, docname: str, line: int) -> Anchor | None:
        """Return what begins at a line of a document, if it has a number or a label."""
        return self._by_place.get((docname, line))


@functools.cache
def _parser() -> MarkdownIt:
    return new_parser()


_KNOWN: dict[str, tuple[Section, list[tuple[Anchor, bool]]]] = {}
"""The anchors of the sections that this process has read, by docname, for servers: a section reads but once."""


def _anchors_of(section: Section) -> list[tuple[Anchor, bool]]:
    if section.docname not in _KNOWN or _KNOWN[section.docname][0] is not section:
        _KNOWN[section.docname] = (section, list(_anchors(section)))
    return _KNOWN[section.docname][1]


def _numbered(section: Section, base: str, counters: Counter[tuple[str, str]]) -> Iterator[Anchor]:
    chapter, parts = base.partition(".")[0], 0
    for anchor, counted in _anchors_of(section):
        number = ""
        if anchor.kind != "section":
            counters[chapter, anchor.kind] += 1
            number = f"{chapter}.{counters[chapter, anchor.kind]}".lstrip(".")
        elif counted and base and anchor.level == 1:
            number = base
        elif counted and "." in base and anchor.level == 2:
            parts += 1
            number = f"{base}.{parts}"
        if number or anchor.label:
            yield Anchor(anchor.docname, anchor.kind, anchor.line, anchor.label, anchor.title, anchor.level, number)


def _anchors(section: Section) -> Iterator[tuple[Anchor, bool]]:
    """Yield a section's anchors without numbers, and whether a heading among them counts."""
    for prose, plain in _stretches(section.blocks):
        tokens = _parser().parse(prose.text)
        for index, token in enumerate(tokens):
            if not token.map:
                continue
            line, label = prose.line + token.map[0], token.meta.get("marks", {}).get("label", "")
            if token.type == "heading_open":
                title = tokens[index + 1].content
                anchor = Anchor(section.docname, "section", line, label, title, int(token.tag[1:]))
                yield anchor, plain and token.level == 0
            elif found := _float(tokens, index):
                yield Anchor(section.docname, found[0], line, found[1], found[2]), False


def _float(tokens: Sequence[Token], index: int) -> tuple[str, str, str] | None:
    """Return kind, label and caption of the figure, table or equation that begins at a token, if it is counted."""
    token = tokens[index]
    marks = token.meta.get("marks", {})
    if token.type == "math_block":
        return ("equation", marks["eqlabel"], "") if "eqlabel" in marks else None
    if token.type == "table_open":
        caption = token.meta["caption"].content if "caption" in token.meta else ""
        return ("table", marks.get("label", ""), caption) if caption or "label" in marks else None
    image = lone_image(tokens, index)
    if image is None or not (image.content or "label" in marks):
        return None
    return "figure", marks.get("label", ""), image.content


def lone_image(tokens: Sequence[Token], index: int) -> Token | None:
    """Return the picture of the paragraph that begins at a token, if it holds nothing else."""
    if tokens[index].type != "paragraph_open":
        return None
    children = tokens[index + 1].children or []
    solid = [child for child in children if child.type not in ("text", "softbreak") or child.content.strip()]
    return solid[0] if len(solid) == 1 and solid[0].type == "image" else None


def _stretches(blocks: tuple[Block, ...], plain: bool = True) -> Iterator[tuple[Prose, bool]]:
    """Yield prose in order, and whether it is for every backend and in no fold."""
    for block in blocks:
        if isinstance(block, Prose):
            yield block, plain and not block.tabs
        elif isinstance(block, Fold):
            yield from _stretches(block.blocks, False)


class Numbered(Protocol):
    """What a reference can lead to."""

    @property
    def kind(self) -> str:
        """``section``, ``figure``, ``table`` or ``equation``."""

    @property
    def number(self) -> str:
        """Such as ``3.1``; empty where nothing is counted."""

    @property
    def title(self) -> str:
        """Heading or caption."""


def reference_text(anchor: Numbered, role: str, before: str = "", after: str = "") -> str:
    """Return what a reference prints: 图3.2, 表3.2, 式（3.2）, 第3章, 3.1节, or a title where nothing is counted.

    Words that the prose has written itself (``before``, ``after``: the characters around the mark) are left out.
    """
    number = anchor.number
    if anchor.kind == "equation":
        return f"（{number}）" if before.endswith(("式", "方程")) else f"式（{number}）"
    if not number or (role == "ref" and anchor.kind == "section"):
        return anchor.title if before.endswith(("“", "《", "「")) else f"“{anchor.title}”"
    if anchor.kind != "section":
        word = WORDS[anchor.kind]
        return number if before.endswith(word) else word + number
    if "." in number:
        return number if after == "节" else f"{number}节"
    return ("" if before.endswith("第") else "第") + number + ("" if after == "章" else "章")
