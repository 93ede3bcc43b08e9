"""Entries of the printed index: names of the library where they are saved, terms where they are introduced.

A term is introduced where the text names it in both languages: 汇聚层（pooling layer）. makeindex sorts by the key
that is given; Chinese is sorted by pinyin, which pypinyin knows (pages of pypinyin: maintained, no dependencies).
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path

from pypinyin import lazy_pinyin
from sphinx.util.texescape import escape

_SPECIAL = re.compile(r'(["!@|])')


class IndexEntries:
    """What the index of a book lists."""

    def __init__(self, root: Path, say: Callable[[str], str] = str) -> None:
        """Take the book's root, where the contract and the table of terms are looked for; ``say`` converts terms."""
        self._say = say
        self._contract = root / "d2l" / "contract.json"
        self._table = root / "static" / "terminology.csv"

    @cached_property
    def _saved(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        if self._contract.is_file():
            for name, record in json.loads(self._contract.read_text(encoding="utf-8"))["names"].items():
                found.setdefault(record["section"], []).append(name)
        return found

    @cached_property
    def _terms(self) -> re.Pattern[str] | None:
        if not self._table.is_file():
            return None
        with self._table.open(encoding="utf-8", newline="") as stream:
            words = {self._say(row["zh_cn"]) for row in csv.DictReader(stream)}
        ordered = sorted((word for word in words if word), key=len, reverse=True)
        return re.compile(f"({'|'.join(map(re.escape, ordered))})（([A-Za-z][A-Za-z0-9 ,.'’/-]+)")

    def names(self, docname: str) -> Iterator[str]:
        """Yield the LaTeX of the entries of what a section saves into the library."""
        for name in self._saved.get(docname, ()):
            yield _entry(name.lower(), f"\\texttt{{{_tex(name)}}}")

    def terms(self, text: str) -> Iterator[str]:
        """Yield the LaTeX of the entries of the terms that a paragraph introduces."""
        for match in self._terms.finditer(text) if self._terms else ():
            word, english = match[1], match[2].strip(" ,")
            yield _entry(" ".join(lazy_pinyin(word)).lower(), f"{_tex(word)}（{_tex(english)}）")


def _entry(key: str, shown: str) -> str:
    quoted = _SPECIAL.sub(r'"\1', key)
    return f"\\index{{{quoted}@{shown}}}"


def _tex(text: str) -> str:
    return str(escape(text, "xelatex"))
