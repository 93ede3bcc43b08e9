"""Symbols of the book's table of notation, used for something else.

The table is the section ``front-matter/notation``: rows of a symbol and what it means. A sentence that says what such a
symbol is (``$\\eta$是…``, ``…记作$\\eta$``) must share a word with the table: a guess, so a warning.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping

from d2lbook.book.book import Book
from d2lbook.errors import Fault
from d2lbook.markup.model import Section

NOTATION = "front-matter/notation"
_ROW = re.compile(r"^\|\s*\$([^$|]+)\$\s*\|\s*([^|]+?)\s*\|", re.MULTILINE)
_IS = re.compile(r"(?<![\w$])\$([^$\n]{1,24})\$(?:是|表示|代表|叫作?|称为)([^，。；：（）、$\n]{2,14})")
_NO_MEANING = re.compile(r"[:\d−-]|.*时$|[一二两三四五六七八九十百千万亿零半几]+(?:[，。]|$)")
"""What ``是`` says of a symbol that gives it a value (a mark, a number) or a case (``$d$是一万时``)."""
_CALLED = re.compile(r"([\u3400-\u9fff]{2,10})(?:记作|记为|写作|写成)\$([^$\n]{1,24})\$")


def symbol_faults(book: Book) -> Iterator[Fault]:
    """Yield sentences that give a symbol of the notation another meaning; none without that section."""
    if NOTATION not in book.by_name:
        return
    table = meanings(book.section(NOTATION))
    for section in book.sections:
        for prose in section.prose if section.docname != NOTATION else ():
            for match in (*_IS.finditer(prose.text), *_CALLED.finditer(prose.text)):
                symbol, said = (match[1], match[2]) if match.re is _IS else (match[2], match[1])
                meaning = table.get(_bare(symbol))
                if meaning and not _NO_MEANING.match(said) and not _pairs(said) & _pairs(meaning):
                    line = prose.line + prose.text.count("\n", 0, match.start())
                    message = f"${symbol}$ is {meaning} in the notation"
                    fix = "choose another letter, or widen the table"
                    yield Fault(section.path, line, message, match[0], fix, "warning")


def meanings(notation: Section) -> Mapping[str, str]:
    """Return the symbols of the table with their meanings."""
    rows = (match for prose in notation.prose for match in _ROW.finditer(prose.text))
    return {_bare(match[1]): match[2] for match in rows}


def _bare(symbol: str) -> str:
    return re.sub(r"\s+|\\,|\\!", "", symbol)


def _pairs(text: str) -> set[str]:
    letters = re.findall(r"[\u3400-\u9fff]", text)
    return {first + second for first, second in itertools.pairwise(letters)}
