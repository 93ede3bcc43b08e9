"""Search that finds Chinese: overlapping pairs of characters, and Latin words by their beginning.

A page's terms are noted when it is read; the index is written in pieces, by the terms' first character, as scripts (a
page opened from a folder may load scripts, but fetch nothing), so that a query loads only the pieces it needs.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from docutils import nodes as docutils_nodes

from d2lbook.doctree import nodes
from d2lbook.words.terminology import Term

PIECES = 61
"""A term's piece is its first character's code point modulo this number; the script counts likewise."""
MOST = 99
"""Largest weight of a term on a page."""
TITLE, HEADING, PROSE = 40, 10, 1
_RUN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+|[a-z0-9_]+")
_SKIPPED = (
    docutils_nodes.math,
    docutils_nodes.math_block,
    docutils_nodes.raw,
    docutils_nodes.comment,
    nodes.cell_output,
    nodes.provenance,
    nodes.absence,
    nodes.label_reference,
    nodes.citation_mark,
    nodes.bibliography,
)
_LINKS = ("cite", "to-section", "to-figure", "to-table", "to-equation")
"""Classes of what references and citations become."""

_CODE = (docutils_nodes.literal, docutils_nodes.FixedTextElement, nodes.code_name)

Say = Callable[[str], str]
"""A text to the text in another script."""
Terms = Mapping[str, int]
"""Term to its weight on a page."""


def terms_of(text: str) -> Iterator[str]:
    """Yield the terms of a text: pairs of Chinese characters, words of two letters or more, and their parts."""
    for run in _RUN.findall(text.lower()):
        if run[0] > "\u3000":
            yield from (run[place : place + 2] for place in range(len(run) - 1)) if len(run) > 1 else (run,)
            continue
        parts = [run, *(run.split("_") if "_" in run else ())]
        yield from (part for part in parts if len(part) > 1)


def page_terms(document: docutils_nodes.document, known: Iterable[Term] = (), say: Say = str) -> dict[str, int]:
    """Return the terms of a page, heavier where they stand in its title or a heading.

    Of the book's terms that it uses (``known``), the English names and other words count like a mention. ``say``
    converts code, which stays as it is on a page whose prose was converted.
    """
    weights: Counter[str] = Counter()
    _count(document, PROSE, weights, say)
    for term in known:
        for name in terms_of(" ".join((*term.names, *term.aliases))):
            weights[name] += PROSE
    return {term: min(MOST, weight) for term, weight in weights.items()}


def _count(node: docutils_nodes.Node, weight: int, weights: Counter[str], say: Say) -> None:
    if isinstance(node, docutils_nodes.title) and isinstance(node.parent, docutils_nodes.section):
        weight = TITLE if node.parent.get("level") == 1 else HEADING
    run = ""
    for child in (*node.children, None):
        if isinstance(child, docutils_nodes.Text):  # a word may stand on two lines of the source
            run += str(child)
            continue
        for term in terms_of(say(run) if isinstance(node, _CODE) else run):
            weights[term] += weight
        run = ""
        if child is not None and not _is_skipped(child):
            _count(child, weight, weights, say)


def _is_skipped(node: docutils_nodes.Node) -> bool:
    return isinstance(node, _SKIPPED) or (
        isinstance(node, docutils_nodes.inline | docutils_nodes.reference)
        and any(name in _LINKS for name in node["classes"])
    )


class SearchIndex:
    """Terms by page, in files below ``folder``; the scripts below ``out``."""

    def __init__(self, folder: Path) -> None:
        """Keep the pages' terms below ``folder``."""
        self.folder = folder

    def note(self, docname: str, document: docutils_nodes.document, known: Iterable[Term] = (), say: Say = str) -> None:
        """Write down the terms of a page; ``known`` are the terms of the book that it uses, ``say`` converts code."""
        file = self.folder / f"{docname}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(page_terms(document, known, say), ensure_ascii=False), encoding="utf-8")

    def write(self, pages: Sequence[tuple[str, str, str, Sequence[tuple[str, str]]]], out: Path) -> None:
        """Write the index of ``pages``: docname, number, title, and headings with their ids, all as plain text."""
        out.mkdir(parents=True, exist_ok=True)
        pieces: list[dict[str, list[int]]] = [defaultdict(list) for _ in range(PIECES)]
        for place, (docname, *_) in enumerate(pages):
            terms: Terms = json.loads((self.folder / f"{docname}.json").read_text(encoding="utf-8"))
            for term, weight in terms.items():
                pieces[ord(term[0]) % PIECES][term] += (place, weight)
        _write(out / "pages.js", f"bookSearch.pages({_dump(pages)})\n")
        for number, piece in enumerate(pieces):
            _write(out / f"{number}.js", f"bookSearch.piece({number},{_dump(piece)})\n")


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _write(file: Path, text: str) -> None:
    """Write a file unless it holds this text already."""
    data = text.encode()
    if not file.is_file() or file.read_bytes() != data:
        file.write_bytes(data)
