"""Search that finds Chinese: overlapping pairs of characters, and Latin words by their beginning.

A page's terms are noted when it is read; the index is written in pieces, by the terms' first character, as scripts (a
page opened from a folder may load scripts, but fetch nothing), so that a query loads only the pieces it needs. Where
the pages are those of the index before, only the pieces of terms that a page gained or lost are written. Beside the
pieces lie what each page says, passage by passage (a script each, for the pages that are shown), and the book's words:
its terms under all their names, the names of its library, and the characters of the other script.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from docutils import nodes as docutils_nodes

from d2lbook.doctree import nodes
from d2lbook.doctree.conversion import Say
from d2lbook.files import remembered, write_changed, write_whole
from d2lbook.words.terminology import Term

PIECES = 61
"""A term's piece is its first character's code point modulo this number; the script counts likewise."""
MOST = 99
"""Largest weight of a term on a page."""
TITLE, HEADING, PROSE = 40, 10, 1
SIGNS = {
    "nabla": "∇", "partial": "∂", "sum": "∑", "prod": "∏", "int": "∫", "infty": "∞", "propto": "∝", "approx": "≈",
    "odot": "⊙", "oplus": "⊕", "otimes": "⊗",
}  # fmt: skip
"""TeX's names of other signs that readers look for; the script knows them likewise."""
_RUN = re.compile(rf"[\u3400-\u9fff\uf900-\ufaff]+|[\u03b1-\u03c9{''.join(SIGNS.values())}]|[a-z0-9_]+")
_COMMAND = re.compile(r"\\([A-Za-z]+)")
_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho _ sigma tau upsilon phi "
    "chi psi omega"
)
GREEK = {name: chr(0x3B1 + place) for place, name in enumerate(_GREEK.split())}
"""TeX's names of the Greek letters to the letters, in small."""
_ALONE = frozenset((*GREEK.values(), *SIGNS.values()))
"""Characters that are a term each."""
_FORMULAS = (docutils_nodes.math, docutils_nodes.math_block)
_SKIPPED = (
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

Terms = Mapping[str, int]
"""Term to its weight on a page."""
Piece = dict[str, list[int]]
"""Term to the places of its pages, each before its weight there."""
Passage = tuple[str, str]
"""Id of a heading, empty before the first one, and the text below it."""
TEXT = ".text.json"
"""Ends the name of the file that holds the passages of a page."""
INDEXED = ".indexed.json"
"""Ends the name of the file that holds what the index knows of a page whose terms have changed since."""


def terms_of(text: str) -> Iterator[str]:
    """Yield the terms of a text: pairs of Chinese characters, words of two letters or more, and their parts."""
    for run in _RUN.findall(text.lower()):
        if run in _ALONE:
            yield run
            continue
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
        if isinstance(child, _FORMULAS):
            for command in _COMMAND.findall(child.astext()):
                name = command.lower().removeprefix("var")
                for term in (name, GREEK[name]) if name in GREEK else (SIGNS[name],) if name in SIGNS else ():
                    weights[term] += PROSE
        elif child is not None and not _is_skipped(child):
            _count(child, weight, weights, say)


def passages(document: docutils_nodes.document) -> list[Passage]:
    """Return what a page says in prose, heading by heading; three dots stand for a formula."""
    found: list[tuple[str, list[str]]] = []
    _gather(document, found)
    return [(anchor, text) for anchor, parts in found if (text := " ".join("".join(parts).split()))]


def _gather(node: docutils_nodes.Node, found: list[tuple[str, list[str]]]) -> None:
    if isinstance(node, docutils_nodes.section):
        found.append((node["ids"][0] if node.get("level", 1) > 1 and node["ids"] else "", []))
    for child in node.children:
        if isinstance(child, docutils_nodes.title) or _is_skipped(child):
            continue
        if isinstance(child, docutils_nodes.FixedTextElement) and not isinstance(child, docutils_nodes.math_block):
            continue
        if isinstance(child, docutils_nodes.Text | docutils_nodes.math | docutils_nodes.math_block):
            if found:
                found[-1][1].append(str(child) if isinstance(child, docutils_nodes.Text) else "…")
            continue
        before = found[-1][0] if found else ""
        _gather(child, found)
        if found and isinstance(child, docutils_nodes.section):
            found.append((before, []))
        elif found and (
            isinstance(child, docutils_nodes.paragraph) or not isinstance(child, docutils_nodes.TextElement)
        ):
            found[-1][1].append(" ")


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
        self._doubted = False
        """Whether what was written before may be damaged."""

    def note(self, docname: str, document: docutils_nodes.document, known: Iterable[Term] = (), say: Say = str) -> None:
        """Write down the terms of a page; ``known`` are the terms of the book that it uses, ``say`` converts code."""
        file, indexed = self._file(docname), self._file(docname, INDEXED)
        write_changed(self._file(docname, TEXT), _dump(passages(document)))
        text = json.dumps(page_terms(document, known, say), ensure_ascii=False)
        if file.is_file() and not indexed.is_file():
            if file.read_text(encoding="utf-8") == text:
                return
            file.replace(indexed)  # what the index holds, until it is written again
        write_whole(file, text, durable=False)

    def forget(self) -> None:
        """Let the index be written whole the next time."""
        self._doubted = True
        self._places.unlink(missing_ok=True)

    def write(self, pages: Sequence[tuple[str, str, str, Sequence[tuple[str, str]]]], out: Path) -> None:
        """Write the index of ``pages``: docname, number, title, and headings with their ids, all as plain text."""
        out.mkdir(parents=True, exist_ok=True)
        places = {docname: place for place, (docname, *_) in enumerate(pages)}
        memory, known = self._places, remembered(self._places)
        if known == places and all((out / f"{number}.js").is_file() for number in range(PIECES)):
            changed = {docname: place for docname, place in places.items() if self._file(docname, INDEXED).is_file()}
            self._mend(changed, out)
        else:
            memory.unlink(missing_ok=True)
            self._write_pieces(places, out)
            write_whole(memory, json.dumps(places), durable=False)
        write_changed(out / "pages.js", f"bookSearch.pages({_dump(pages)})\n")
        self._write_texts(places, out / "text")
        for docname in places:
            self._file(docname, INDEXED).unlink(missing_ok=True)

    def _write_texts(self, places: Iterable[str], out: Path) -> None:
        """Write what each page says, where it says something else than its script, and remove those of no page."""
        out.mkdir(exist_ok=True)
        names = {docname: out / f"{docname}.js" for docname in places}
        wanted = set(names.values())
        for script in out.rglob("*.js"):
            if script not in wanted:
                script.unlink()
        for docname, script in names.items():
            text = self._file(docname, TEXT)
            known = script.is_file() and script.stat().st_mtime_ns > text.stat().st_mtime_ns if text.is_file() else True
            if not known or (self._doubted and text.is_file()):
                write_changed(script, f"bookSearch.text({_dump(docname)},{text.read_text(encoding='utf-8')})\n")

    def _write_pieces(self, places: Mapping[str, int], out: Path) -> None:
        pieces: list[Piece] = [{} for _ in range(PIECES)]
        for docname, place in places.items():
            for term, weight in _read(self._file(docname)).items():
                pieces[_piece(term)].setdefault(term, []).extend((place, weight))
        for number, piece in enumerate(pieces):
            write_changed(out / f"{number}.js", _script(number, piece))

    def _mend(self, changed: Mapping[str, int], out: Path) -> None:
        """Write the pieces anew in which a changed page has other terms than the index holds."""
        edits: dict[int, list[tuple[str, int, int]]] = {}
        for docname, place in changed.items():
            before, after = _read(self._file(docname, INDEXED)), _read(self._file(docname))
            for term in before.keys() | after.keys():
                if before.get(term) != after.get(term):
                    edits.setdefault(_piece(term), []).append((term, place, after.get(term, 0)))
        for number, members in edits.items():
            piece = _parsed(number, (out / f"{number}.js").read_text(encoding="utf-8"))
            for term, place, weight in members:
                found = piece.get(term, [])
                weights = dict(zip(found[::2], found[1::2], strict=True)) | {place: weight}
                piece[term] = [part for pair in sorted(weights.items()) if pair[1] for part in pair]
            write_changed(
                out / f"{number}.js", _script(number, {term: found for term, found in piece.items() if found})
            )

    @property
    def _places(self) -> Path:
        """Knows the pages that the index holds, each with its place."""
        return self.folder / "places.json"

    def _file(self, docname: str, suffix: str = ".json") -> Path:
        """Return where the terms of a page are kept."""
        return self.folder / f"{docname}{suffix}"


def write_words(out: Path, terms: Iterable[Sequence[object]], names: Iterable[Sequence[str]], folding: str) -> None:
    """Write what a query may mean besides its letters.

    ``terms``: Chinese, English names, other words, id in the glossary; ``names`` of the library with their summaries;
    ``folding``: pairs of characters, the other script's before this one's.
    """
    out.mkdir(parents=True, exist_ok=True)
    write_changed(out / "words.js", f"bookSearch.vocabulary({_dump([list(terms), list(names), folding])})\n")


def _read(file: Path) -> Terms:
    found: Terms = json.loads(file.read_text(encoding="utf-8"))
    return found


def _piece(term: str) -> int:
    return ord(term[0]) % PIECES


def _script(number: int, piece: Piece) -> str:
    """Return a piece of the index as a script, its terms in order."""
    return f"bookSearch.piece({number},{_dump(dict(sorted(piece.items())))})\n"


def _parsed(number: int, script: str) -> Piece:
    """Return the piece that a script holds."""
    found: Piece = json.loads(script.removeprefix(f"bookSearch.piece({number},").removesuffix(")\n"))
    return found


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
