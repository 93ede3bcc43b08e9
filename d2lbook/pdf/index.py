"""Entries of the printed index: names of the library where they are saved, terms where they are introduced.

A term is introduced where the text names it in both languages: 汇聚层（pooling layer）. makeindex sorts by the key
that is given; Chinese is sorted by pinyin, which pypinyin knows (pages of pypinyin: maintained, no dependencies).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from pypinyin import lazy_pinyin
from sphinx.util.texescape import escape

from d2lbook.words.terminology import read_terms

_SPECIAL = re.compile(r'(["!@|])')


class IndexEntries:
    """What the index of a book lists."""

    def __init__(self, root: Path, say: Callable[[str], str] = str) -> None:
        """Take the book's root, where the contract and the table of terms are looked for; ``say`` converts terms."""
        self._say = say
        self._contract = root / "d2l" / "contract.json"
        self._root = root

    @cached_property
    def _saved(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        if self._contract.is_file():
            for name, record in json.loads(self._contract.read_text(encoding="utf-8"))["names"].items():
                found.setdefault(record["section"], []).append(name)
        return found

    @cached_property
    def _english(self) -> dict[str, tuple[str, ...]]:
        """The terms, each with its English names and short forms in small letters."""
        found: dict[str, tuple[str, ...]] = {}
        for term in read_terms(self._root):
            word = self._say(term.chinese)
            names = (re.sub(r" \(.*\)$", "", name) for name in (*term.names, *term.aliases, *term.sought))
            found[word] = (*found.get(word, ()), *(name.lower() for name in names if name.isascii()))
        return found

    @cached_property
    def _terms(self) -> re.Pattern[str] | None:
        ordered = sorted(filter(None, self._english), key=len, reverse=True)
        if not ordered:
            return None
        return re.compile(f"({'|'.join(map(re.escape, ordered))})（([A-Za-z][A-Za-z0-9 ,.'’/-]+)")

    def names(self, docname: str) -> Iterator[str]:
        """Yield the LaTeX of the entries of what a section saves into the library."""
        for name in self._saved.get(docname, ()):
            yield _entry(name.lower(), f"\\texttt{{{_tex(name)}}}")

    def terms(self, text: str) -> Iterator[str]:
        """Yield the LaTeX of the entries of the terms that a paragraph introduces."""
        for match in self._terms.finditer(text) if self._terms else ():
            word, english = match[1], match[2].strip(" ,")
            if not any(re.match(rf"{re.escape(name)}s?(?!\w)", english.lower()) for name in self._english[word]):
                continue  # a name of a person or a program, or the end of a longer word that the table lacks
            yield _entry(" ".join(lazy_pinyin(word)).lower(), f"{_tex(word)}（{_tex(english)}）")


def _entry(key: str, shown: str) -> str:
    quoted = _SPECIAL.sub(r'"\1', key)
    return f"\\index{{{quoted}@{shown}}}"


def _tex(text: str) -> str:
    return str(escape(text, "xelatex"))
