"""Slips that would pass in silence: marks of a merge, headings without their blank, formulas that nothing closes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from markdown_it.token import Token

Slip = tuple[int, str, str, str]
"""Line (from 1), what is wrong, the text in question, what to do."""
_CONFLICT = re.compile(r"(<{7}|>{7}|\|{7})(?: .*)?$")
_HEADING = re.compile(r"#{2,6}[^\s#!]|#[\u3400-\u9fff]")
_CODE = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_FORMULA = re.compile(r"(?<!\\)\$\$.+?(?<!\\)\$\$|(?<![\\$])\$(?!\s)(?:[^$\\]|\\.)+?(?<!\s)\$", re.DOTALL)
_PRICE = re.compile(r"\$\d[\d,.]*(?:[kKmMbB]|\s*(?:million|billion))?(?![\d\w^_\\=+*/<>{-])|(?<=\d)\$(?!\w)")
_REMOTE = re.compile(r"(?:https?:)?//", re.IGNORECASE)


def slips(lines: Sequence[str], tokens: Sequence[Token]) -> Iterator[Slip]:
    """Yield the slips of a text, given as lines and as tokens."""
    for number, line in enumerate(lines, 1):
        if line[:1] in "<>|" and _CONFLICT.match(line):
            yield number, "a mark of a merge that was not finished", line, "choose between the two texts"
    for place, token in enumerate(tokens):
        if token.type != "inline" or not token.map:
            continue
        first = token.map[0] + 1
        if place and tokens[place - 1].type == "paragraph_open":
            for row, text in enumerate(token.content.split("\n")):
                if _HEADING.match(text):
                    yield first + row, "a heading without a blank behind its marks", text, "write ## …, with a blank"
        yield from _unclosed(token.content, first)
        for child in token.children or ():
            if child.type == "image" and _REMOTE.match(str(child.attrs.get("src", ""))):
                fix = "put it into the book: pages load nothing from elsewhere"
                yield first, "a picture from elsewhere", str(child.attrs["src"]), fix


def _unclosed(content: str, first: int) -> Iterator[Slip]:
    """Yield the dollar signs that begin a formula and end none; prices are none."""
    if "$" not in content:
        return
    text = _CODE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), content)
    text = _FORMULA.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)
    text = _PRICE.sub(lambda match: " " * len(match[0]), text.replace("\\$", "  "))
    if (place := text.find("$$")) >= 0:
        line = text.count("\n", 0, place)
        yield first + line, "a displayed formula that nothing closes", content.split("\n")[line], "close it with $$"
    elif text.count("$") % 2:
        line = text.count("\n", 0, text.find("$"))
        fix = "close it with $; for a dollar write \\$"
        yield first + line, "a formula that nothing closes", content.split("\n")[line], fix
