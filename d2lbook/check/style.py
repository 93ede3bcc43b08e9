"""Style of Chinese prose: terms, full-width punctuation, no typed space beside Latin letters, no false digits.

Everything here is a warning: a list of words cannot judge a sentence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from markdown_it.token import Token

from d2lbook.book.book import Book
from d2lbook.errors import Fault
from d2lbook.markup.grammar import prose_tokens
from d2lbook.markup.model import Prose
from d2lbook.words.terminology import Term, read_terms

_CJK = r"[\u3400-\u9fff]"
_PUNCTUATION = re.compile(rf"{_CJK}[,;:?!]|[,;:?!(]{_CJK}|{_CJK}\(")
_SPACE = re.compile(rf"{_CJK} +[A-Za-z0-9]|[A-Za-z0-9] +{_CJK}|{_CJK} +{_CJK}|[，。；：？！、）] +\S")
_PRECISE = re.compile(r"(?<![\d.])\d+\.\d{5,}|(?<![\d.])\d+\.\d{3,}%")
_NAMED = re.compile(r"(?:也叫|又叫|又称|也称|旧称|亦称|俗称|译作|译为|叫作|称为|称作)[“「]?$")
_BESIDE_CODE = ("code_inline", "math_inline", "d2l_role")


def style_faults(book: Book) -> Iterator[Fault]:
    """Yield warnings on the prose of every section; a book in another language than Chinese has none."""
    if not book.config.lang.startswith("zh"):
        return
    terms = tuple(term for term in read_terms(book.config.root) if term.policy == "forbid")
    for section in book.sections:
        for prose in section.prose:
            for text, line in _texts(prose):
                for message, excerpt, fix in _judge(text, terms):
                    yield Fault(section.path, line, message, excerpt, fix, "warning")


def _texts(prose: Prose) -> Iterator[tuple[str, int]]:
    """Yield each paragraph's text with its line; code and mathematics are one placeholder each."""
    for token in prose_tokens(prose.text):
        if token.type == "inline":
            line = prose.line + (token.map[0] if token.map else 0)
            yield "".join(_plain(child) for child in token.children or ()), line


def _plain(token: Token) -> str:
    if token.type in _BESIDE_CODE:
        return "\ufffc"
    return token.content if token.type == "text" else ""


def _judge(text: str, terms: tuple[Term, ...]) -> Iterator[tuple[str, str, str]]:
    for match in _PUNCTUATION.finditer(text):
        yield "half-width punctuation in Chinese", _around(text, match), "use the full-width sign"
    for match in _SPACE.finditer(text):
        yield "a typed space in Chinese", _around(text, match), "take it out; the typesetter sets the gap"
    for match in _PRECISE.finditer(text):
        yield "more digits than anybody measured", _around(text, match), "round it, or print it with :value:"
    for match in re.finditer(rf"{_CJK} +\ufffc|\ufffc +{_CJK}", text):
        yield "a typed space beside code or a formula", _around(text, match), "take it out"
    for term in terms:
        for alias in term.aliases:
            for match in re.finditer(re.escape(alias), text):
                if not _NAMED.search(text[: match.start()]) and not _inside(text, match, term.chinese):
                    yield f"“{alias}” where the book says “{term.chinese}”", _around(text, match), term.english


def _inside(text: str, match: re.Match[str], preferred: str) -> bool:
    """Tell whether the match is part of the preferred term itself, or of a longer Latin word."""
    if match[0].isascii():
        before, after = text[match.start() - 1 : match.start()], text[match.end() : match.end() + 1]
        return (before.isascii() and before.isalnum()) or (after.isascii() and after.isalnum())
    for place in re.finditer(re.escape(preferred), text):
        if place.start() <= match.start() and match.end() <= place.end():
            return True
    return False


def _around(text: str, match: re.Match[str]) -> str:
    return text[max(0, match.start() - 12) : match.end() + 12].replace("\ufffc", "…")
