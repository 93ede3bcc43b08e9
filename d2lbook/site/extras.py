"""Pages that no section is: the glossary, the index of the library, the page for what is not there.

What they say comes from the terminology, from the contract and the generated modules, and from the records of the
pages; the two pages of results are made in ``results``.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import cast
from urllib.parse import quote

from markupsafe import Markup, escape

from d2lbook.book.book import Book
from d2lbook.book.config import Backend
from d2lbook.doctree.editions import Edition
from d2lbook.files import remembered, state_of, write_changed
from d2lbook.library.contract import CONTRACT, signature
from d2lbook.library.marks import BlockKind
from d2lbook.library.source import PACKAGE
from d2lbook.site import results
from d2lbook.site.fragments import fragment, link
from d2lbook.words.terminology import Term

GLOSSARY, INDEX, NOT_FOUND = "glossary", "d2l", "404"
EXTRA_PAGES = {GLOSSARY: "术语表", INDEX: "d2l函数索引", **results.TITLES, NOT_FOUND: "没有这一页"}
"""Names of the pages that no section is, with their titles."""
NARROW = "筛选"
"""What the field is called that narrows a list."""
LISTS = "lists.js"
"""The script of the pages that have one."""
_CODE = re.compile(r"`([^`]+)`")
_LOCATION = re.compile(r"\s*Defined in :numref:.*", re.DOTALL)
_DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

Reference = Callable[[str], str]
"""Docname to a link with the section's number, as HTML; empty for what is no section."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A name of the library."""

    name: str
    kind: BlockKind
    section: str
    """Docname of the section that saves it; empty for what is written by hand."""
    signatures: Mapping[str, str]
    """Signatures by backend, of those that have it."""
    absent: Mapping[str, str]
    """Why a backend has none."""
    summary: str = ""
    """The first paragraph of its docstring."""

    def translated(self, say: Callable[[str], str]) -> Entry:
        """Return the entry with its words as ``say`` has them; code stays."""
        absent = {name: say(reason) for name, reason in self.absent.items()}
        return replace(self, absent=absent, summary=say(self.summary))


# ---- the glossary ----


def glossary(
    terms: Sequence[Term], places: Mapping[str, str], reference: Reference, edition: Edition
) -> tuple[Markup, list[str]]:
    """Return the glossary, by English names, and the letters that it has; ``places``: where each term is brought in.

    ``terms`` hold the words of ``edition``, and as ``traditional`` those of the other script.
    """
    other, language = ("简体", "zh-Hans") if edition.converted else ("繁体", "zh-Hant")
    letters: dict[str, list[Term]] = {}
    for term in sorted(terms, key=lambda term: term.english.lower()):
        initial = term.english[0].upper()
        letters.setdefault(initial if initial.isalpha() else "#", []).append(term)
    body = fragment(
        "glossary.html",
        head=edition.say(f"本书用到的术语，共{len(terms)}条，按英文排列；最后一列是讲到它的那一节。"),
        narrow=narrowing([(letter, _id(letter)) for letter in letters], edition.own(NARROW)),
        columns=[edition.say(name) for name in ("英文", "中文", "又作", other, "见")],
        language=language,
        letters=[
            (letter, _id(letter), [_term_row(term, places.get(term.english, ""), reference) for term in members])
            for letter, members in letters.items()
        ],
    )
    return body, list(letters)


def narrowing(letters: Sequence[tuple[str, str]], name: str) -> Markup:
    """Return the letters of a long list, with their ids, and the field called ``name`` that narrows it."""
    return fragment("letters.html", letters=letters, what=name)


def _term_row(term: Term, place: str, reference: Reference) -> tuple[Term, str, str]:
    return term, term_id(term), reference(place) if place else ""


def term_id(term: Term) -> str:
    """Return the lasting id of a term's row."""
    return f"term-{_id(term.english)}"


def brought_in(order: Sequence[str], found: Mapping[str, Mapping[str, int]]) -> dict[str, str]:
    """Return, for each term, the first page in ``order`` that brings it in, else the first that uses it."""
    places: dict[str, tuple[int, str]] = {}
    for docname in order:
        for term, weight in found.get(docname, {}).items():
            if weight > places.get(term, (0, ""))[0]:
                places[term] = (weight, docname)
    return {term: docname for term, (_, docname) in places.items()}


# ---- the index of the library ----


def library_entries(book: Book, memory: Path) -> list[Entry]:
    """Return every name of the library, in alphabetical order; none for a book without a contract.

    ``memory`` keeps what was read, for as long as the generated files stay as they are.
    """
    contract = book.config.root / CONTRACT
    if not contract.is_file():
        return []
    state = library_state(book)
    if (known := remembered(memory)).get("state") == state:
        return [Entry(**item) for item in known["entries"]]
    names = json.loads(contract.read_text(encoding="utf-8"))["names"]
    modules = _Modules(book)
    entries = [modules.entry(name, names[name]) for name in sorted(names, key=lambda name: (name.lower(), name))]
    write_changed(memory, json.dumps({"state": state, "entries": [asdict(entry) for entry in entries]}))
    return entries


def is_current(book: Book, memory: Path) -> bool:
    """Say whether ``memory`` knows the library as it is, or there is none to know."""
    if not memory.is_file():
        return not (book.config.root / CONTRACT).is_file()
    return bool(remembered(memory).get("state") == library_state(book))


def library_state(book: Book) -> str:
    """Return a text that changes when a file of the library does."""
    folder = book.config.root / PACKAGE
    files = [*sorted(folder.glob("*/*.py")), book.config.root / CONTRACT]
    return " ".join(f"{file.name} {state_of(file)}" for file in files if file.is_file())


class _Modules:
    """The generated modules, each parsed once."""

    def __init__(self, book: Book) -> None:
        self.book = book
        self.known: dict[Path, dict[str, ast.stmt]] = {}

    def entry(self, name: str, given: Mapping[str, object]) -> Entry:
        """Return the entry of a name, whose line in the contract is ``given``."""
        signatures, summary = {}, ""
        backends = given.get("backends", [])
        assert isinstance(backends, list)
        for backend in backends:
            node = self._definition(name, backend, str(given["module"]))
            signatures[backend] = (
                signature(node) if isinstance(node, ast.FunctionDef) else str(given.get("signature", ""))
            )
            if not summary and isinstance(node, _DEFINITION):
                summary = _LOCATION.sub("", (ast.get_docstring(node) or "").partition("\n\n")[0])
        absent = given.get("absent", {})
        assert isinstance(absent, dict)
        return Entry(
            name, cast(BlockKind, given["kind"]), str(given["section"]), signatures, absent, " ".join(summary.split())
        )

    def _definition(self, name: str, backend: str, module: str) -> ast.stmt | None:
        """Return what defines a name in a backend's package, or in the base's."""
        config = self.book.config
        for package in (config.backend(backend).module, config.base.module, ""):
            file = config.root / PACKAGE / package / f"{module}.py"
            if found := self._names(file).get(name):
                return found
        return None

    def _names(self, file: Path) -> dict[str, ast.stmt]:
        if file not in self.known:
            tree = ast.parse(file.read_text(encoding="utf-8")) if file.is_file() else ast.Module([], [])
            self.known[file] = {node.name: node for node in tree.body if isinstance(node, _DEFINITION)}
        return self.known[file]


def library_index(
    book: Book, entries: Sequence[Entry], reference: Reference, say: Callable[[str], str] = str
) -> tuple[Markup, list[str]]:
    """Return the index of the library and its letters: one entry a name, with its signature in every backend.

    Backends of one signature share a line. ``say``: its words.
    """
    head = f"，共{len(entries)}个；各后端用同样的名字和同样的参数。导入用"
    words = {
        "head": (say("书中存进"), say(f"的名字{head}")),
        "other": (say("（换一个后端只换模块的名字，如"), "）"),
        "end": "。",
        "here": say("本段的链接"),
        "absent": say("没有"),
    }
    letters: dict[str, list[tuple[Entry, Markup, str, list[Line]]]] = {}
    for entry in (entry.translated(say) for entry in entries):
        place = reference(entry.section) if entry.section else ""
        initial = entry.name[0].upper() if entry.name[0].isalpha() else "#"
        letters.setdefault(initial, []).append((entry, _summary(entry), place, _rows(book, entry, say)))
    body = fragment(
        "library.html",
        words=words,
        modules=[backend.module for backend in book.config.backends or (book.config.base,)],
        narrow=narrowing([(letter, _id(letter)) for letter in letters], say(NARROW)),
        letters=[(letter, _id(letter), members) for letter, members in letters.items()],
    )
    return body, list(letters)


def _summary(entry: Entry) -> Markup:
    """Return an entry's words, what stands between backquotes as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(entry.summary))))


Line = tuple[str, str, str | None, str]
"""Titles of backends, module (empty for several), signature (None: they have none), and the reason for its absence."""


def _rows(book: Book, entry: Entry, say: Callable[[str], str]) -> list[Line]:
    """Return the signatures of an entry, those of several backends that are the same in one line."""
    same: dict[tuple[str | None, str], list[Backend]] = {}
    for backend in book.config.backends or (book.config.base,):
        found = entry.signatures.get(backend.name)
        reason = entry.absent.get(backend.name, "") or say(
            "这个后端还没有它" if backend.partial else "这个后端不需要它"
        )
        same.setdefault((found, reason if found is None else ""), []).append(backend)
    everyone = len(same) == 1 and len(book.config.backends) > 1
    return [
        (
            say("各后端") if everyone else say("、").join(backend.title for backend in backends),
            backends[0].module if len(backends) == 1 else "",
            found,
            reason,
        )
        for (found, reason), backends in same.items()
    ]


# ---- the page for what is not there ----


def not_found(home: str, existing: Iterator[tuple[str, str]]) -> Markup:
    """Return what somebody reads who followed a wrong address; ``existing``: addresses and titles to go on from."""
    return fragment("not_found.html", home=home, existing=list(existing), link=link)


def sitemap(addresses: Iterable[str]) -> str:
    """Return the list of a site's pages for search engines."""
    return fragment("sitemap.xml", addresses=[quote(address, safe=":/%") for address in addresses]) + "\n"


def _id(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "other"
