"""Slide marks: ``[**t**]`` (a new slide), ``(**t**)`` (the same), ``[~~t~~]`` and ``(~~t~~)`` (on slides only).

They are taken out of the text, which keeps its lines, and kept as records, so that slides can be made.

What markdown writes with the same characters stays: a bold link ``[**a**](url)``, bold words in parentheses with more
beside them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from d2lbook.markup.model import Slide

_OPENING = re.compile(r"[\[(](?:\*\*|~~)")
_FENCES = re.compile(r"^ {0,3}(`{3,}(?![^\n]*`)|~{3,})[^\n]*\n(?:.*?\n)??(?: {0,3}\1[`~]*[ \t]*$|\Z)", re.M | re.S)
_SPANS = re.compile(r"(?<!`)(`+)(?!`)(?:(?!\n[ \t]*\n).)+?(?<!`)\1(?!`)", re.S)
_FORMULAS = re.compile(r"\$[^$\n]+\$")
_CALL = re.compile(r"[A-Za-z0-9_]")
_BREAK = re.compile(r"^#{1,6} |^:(?:begin|end)_|\0", re.M)


@dataclass(frozen=True, slots=True)
class Stripped:
    """A text without its slide marks."""

    text: str
    slides: tuple[Slide, ...] = ()
    unclosed: tuple[tuple[int, str], ...] = ()
    """Marks that nothing closes, with their lines."""


def without_slides(text: str) -> Stripped:
    """Return ``text`` without slide marks, with the same number of lines."""
    if not _OPENING.search(text):
        return Stripped(text)
    masked = _FENCES.sub(_blank, text)
    masked = _SPANS.sub(lambda match: " " * len(match[0]), masked)
    pieces: list[str] = []
    slides: list[Slide] = []
    unclosed: list[tuple[int, str]] = []
    done = 0
    for start, end in _marks(masked, unclosed):
        inner, mark = text[start + 3 : end - 3], text[start : start + 3]
        line = text.count("\n", 0, start) + 1
        slides.append(Slide(inner.strip(), line, mark[0] == "[", "~" in mark))
        pieces += [text[done:start], "\n" * inner.count("\n") if "~" in mark else inner]
        done = end
    return Stripped("".join([*pieces, text[done:]]), tuple(slides), tuple(unclosed))


def _blank(match: re.Match[str]) -> str:
    """Return a fence's place with nothing in it that a mark could reach over."""
    return re.sub(r"[^\n]", "\0", match[0])


def _marks(masked: str, unclosed: list[tuple[int, str]]) -> Iterator[tuple[int, int]]:
    """Yield where each mark begins and ends, and note those that begin only."""
    position = 0
    while opening := _OPENING.search(masked, position):
        start, position = opening.start(), opening.end()
        closing = opening[0][:0:-1] + ("]" if opening[0][0] == "[" else ")")
        end = masked.find(closing, position)
        if end >= 0 and _is_mark(masked, opening[0], position, end):
            position = end + len(closing)
            yield start, position
        elif not _CALL.match(masked[start - 1 : start]) and _alone(masked, start, opening[0][1:]):
            unclosed.append((masked.count("\n", 0, start) + 1, opening[0]))


def _is_mark(masked: str, opening: str, start: int, end: int) -> bool:
    inner = masked[start:end]
    if not inner.strip() or opening in inner or _BREAK.search(inner):
        return False
    if opening[0] == "[" and masked.startswith("(", end + 3):
        return False  # a link
    depth, pair = 0, "[]" if opening[0] == "[" else "()"
    for character in _FORMULAS.sub("", inner):
        depth += (character == pair[0]) - (character == pair[1])
        if depth < 0:
            return False
    return True


def _alone(masked: str, start: int, stars: str) -> bool:
    """Tell whether the paragraph leaves the stars of a mark open, so that they are no emphasis either."""
    first = masked.rfind("\n\n", 0, start) + 1
    last = masked.find("\n\n", start)
    paragraph = masked[first : last if last >= 0 else len(masked)]
    return paragraph.count(stars) % 2 == 1
