"""The script of a PDF: Chinese as the book writes it, or Traditional, with the words and fonts that go with it.

Text is converted when every mark in it has been resolved, so that labels and numbers are those of the source; code,
its output and formulas stay as they are. May import ``editions`` and docutils.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from docutils import nodes as docutils_nodes

from d2lbook.editions import SIMPLIFIED, TRADITIONAL, converter

_KEPT = (
    docutils_nodes.literal,
    docutils_nodes.FixedTextElement,
    docutils_nodes.math,
    docutils_nodes.math_block,
    docutils_nodes.raw,
)
"""What is the same in every script."""
_LABEL = re.compile(r">([^<>]+)<")


@dataclass(frozen=True, slots=True)
class Script:
    """How one edition writes Chinese."""

    edition: str
    suffix: str
    """At the end of the PDF's name."""
    fonts: str
    """At the end of the names of Noto's fonts."""
    language: str
    """As Sphinx calls it."""
    say: Callable[[str], str]
    """Converts a text as the book writes it."""


def script_of(edition: str, root: Path) -> Script:
    """Return the script of an edition of the book in ``root``; ValueError if there is no such edition."""
    if edition == SIMPLIFIED:
        return Script(edition, "", "SC", "zh_CN", str)
    if edition == TRADITIONAL:
        return Script(edition, "-zh-Hant", "TC", "zh_TW", converter(root).text)
    raise ValueError(edition)


def convert(document: docutils_nodes.document, say: Callable[[str], str]) -> None:
    """Convert the texts of a document."""
    for text in list(_texts(document)):
        if (said := say(str(text))) != text:
            text.parent.replace(text, docutils_nodes.Text(said))


def _texts(node: docutils_nodes.Node) -> Iterator[docutils_nodes.Text]:
    for child in node.children:
        if isinstance(child, docutils_nodes.Text):
            yield child
        elif not isinstance(child, _KEPT):
            yield from _texts(child)


def convert_drawing(svg: str, script: Script) -> str:
    """Return a drawing with its labels converted."""
    said = _LABEL.sub(lambda match: f">{script.say(match[1])}<", svg)
    return said.replace(" CJK SC", f" CJK {script.fonts}")
