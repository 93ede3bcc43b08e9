"""References and citations: from a mark to what it prints and where it leads; site, PDF and notebooks only render it.

Pure. What a mark names and nobody has is a fault of the book, the same whatever is made of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from d2lbook.book.book import Book
from d2lbook.book.labels import unresolved
from d2lbook.book.numbering import Target
from d2lbook.errors import Fault
from d2lbook.markup.model import ALL, Block, Fold, Prose
from d2lbook.markup.names import CITATIONS
from d2lbook.words.language import is_chinese, named


@dataclass(frozen=True, slots=True)
class Link:
    """What a reference prints, and where it leads."""

    text: str
    docname: str
    """Document that it leads to; empty where the reader has no such place."""
    label: str
    """Anchor in that document."""
    whole: bool
    """It leads to the document itself, whose title bears the label."""


def link_to(
    target: Target, role: str, before: str = "", after: str = "", *, backend: str = "", markdown: bool = False
) -> Link:
    """Return what a reference by ``role`` (``numref``, ``ref``, ``eqref``) to ``target`` becomes.

    ``before`` and ``after`` are the characters around the mark; ``backend`` is the one whose readers read it (default:
    every one's); ``markdown``: titles keep their marks.
    """
    text = reference_text(target, role, before, after, markdown)
    return Link(text, target.docname if target.seen_by(backend) else "", target.label, target.whole)


def reference_text(target: Target, role: str, before: str = "", after: str = "", markdown: bool = False) -> str:
    """Return what a reference prints: 图3.2, 式（3.2）, 第3章, Figure 3.2, or a title where nothing is counted.

    Words that the prose has written itself (``before``, ``after``: the characters around the mark) are left out.
    """
    number, chinese = target.number, is_chinese(target.lang)
    if target.kind == "equation":
        bare = f"（{number}）" if chinese else f"({number})"
        return bare if not chinese or before.endswith(("式", "方程")) else f"式{bare}"
    if not number or (role == "ref" and target.kind == "section"):
        title = target.title if markdown else target.plain
        return title if before.endswith(("“", "《", "「")) else f"“{title}”"
    if target.kind != "section" or not chinese:
        return named(target.kind, number, target.lang, before)
    if "." in number:
        return number if after == "节" else f"{number}节"
    return ("" if before.endswith("第") else "第") + number + ("" if after == "章" else "章")


def reference_faults(book: Book) -> tuple[Fault, ...]:
    """Return the references to nothing; warnings in a book that is to be tolerated."""
    return book.config.told(unresolved(book.sections, book.labels))


def keys_of(value: str) -> tuple[str, ...]:
    """Return the keys that a citation's mark names."""
    return tuple(dict.fromkeys(key.strip() for key in value.split(",") if key.strip()))


def cited_in(prose: Iterable[Prose]) -> tuple[str, ...]:
    """Return the keys that stretches of prose cite, in the order of their first use."""
    marks = (role.value for item in prose for role in item.roles if role.name in CITATIONS)
    return tuple(dict.fromkeys(key for value in marks for key in keys_of(value)))


def cited_by(book: Book) -> tuple[str, ...]:
    """Return the keys that a book cites, as readers of its backends see it, in order of the alphabet."""
    return tuple(sorted(cited_in(prose for section in book.sections for prose in _seen(section.blocks, book))))


def cited_on(book: Book, docname: str) -> tuple[str, ...]:
    """Return the keys that a page cites, as readers of the book's backends see it, in the order of their first use."""
    return cited_in(_seen(book.section(docname).blocks, book))


def _seen(blocks: Iterable[Block], book: Book) -> Iterator[Prose]:
    names = {*book.config.backend_names, *ALL}
    for block in blocks:
        if isinstance(block, Prose | Fold) and (not block.tabs or len(names) == 1 or names.intersection(block.tabs)):
            if isinstance(block, Prose):
                yield block
            else:
                yield from _seen(block.blocks, book)
