"""The book's terms: Chinese, English, other words for the same thing, and the Traditional form.

Read from ``static/terminology.csv``: columns ``english, zh_cn, aliases (；), policy, zh_tw, sought (；)``.
"""

from __future__ import annotations

import csv
import functools
import re
from dataclasses import dataclass
from pathlib import Path

TERMS = "static/terminology.csv"
"""Below the book's root."""
ALTERNATIVES = " / "
"""Stands between two English names of one term."""


@dataclass(frozen=True, slots=True)
class Term:
    """One row of the table."""

    english: str
    chinese: str
    aliases: tuple[str, ...] = ()
    """Other Chinese words or abbreviations for it."""
    policy: str = ""
    """``forbid``: the aliases are faults in prose."""
    traditional: str = ""
    sought: tuple[str, ...] = ()
    """Other names under which readers look for it; the search knows them, pages don't show them."""

    @property
    def names(self) -> tuple[str, ...]:
        """The English names."""
        return tuple(name.strip() for name in self.english.split(ALTERNATIVES) if name.strip())


def read_terms(root: Path) -> tuple[Term, ...]:
    """Return the terms of the book in ``root``, in the table's order; none if it has no table."""
    file = root / TERMS
    return _read(file, file.stat().st_mtime_ns) if file.is_file() else ()


@functools.lru_cache(maxsize=4)
def _read(file: Path, _time: int) -> tuple[Term, ...]:
    with file.open(encoding="utf-8", newline="") as stream:
        return tuple(
            Term(
                row["english"], row["zh_cn"], tuple(alias for alias in (row.get("aliases") or "").split("；") if alias),
                row.get("policy") or "", row.get("zh_tw") or "",
                tuple(name for name in (row.get("sought") or "").split("；") if name),
            )
            for row in csv.DictReader(stream)
        )  # fmt: skip


def terms_in(text: str, headings: str, terms: tuple[Term, ...]) -> dict[str, int]:
    """Return the terms that a page uses, by their English names: 2 where a heading or ``中文（English`` brings one in.

    ``text`` is the page's prose, ``headings`` its titles. A term inside of a longer one (量化 in 向量化) is not used,
    nor is a single character (层, 值) that nothing brings in: it may be part of any word.
    """
    used = _words_in(text, terms)
    named = _words_in(headings, terms)
    lower = text.lower()
    found = {}
    for term in terms:
        if term.chinese in used or term.chinese in named:
            brought = any(f"{term.chinese}（{name}".lower() in lower for name in term.names)
            if brought or len(term.chinese) > 1:
                found[term.english] = 2 if brought or term.chinese in headings else 1
    return found


def _words_in(text: str, terms: tuple[Term, ...]) -> set[str]:
    """Return the terms' Chinese words that stand in a text by themselves, found in one pass."""
    search = _alternation(terms).search
    found, place, end = set(), 0, 0
    while match := search(text, place):
        if match.end() > end:  # else it is a part of the longer one before
            found.add(match[0])
            end = match.end()
        place = match.start() + 1
    return found


@functools.lru_cache(maxsize=4)
def _alternation(terms: tuple[Term, ...]) -> re.Pattern[str]:
    """Return what finds any of the words, at every place the longest."""
    rest: dict[str, list[str]] = {}
    for word in sorted({term.chinese for term in terms if term.chinese}, key=len, reverse=True):
        rest.setdefault(word[0], []).append(re.escape(word[1:]))
    return re.compile("|".join(f"{re.escape(first)}(?:{'|'.join(ends)})" for first, ends in rest.items()) or "(?!)")
