"""How much of a page what comes next takes: what is short is not parted, and no title stands alone at the foot.

This is an estimate, since TeX cuts a frame where the page ends without looking further. Lines are lines of text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator

from docutils import nodes as docutils_nodes

from d2lbook.code.scaffolding import COLUMNS, columns_of
from d2lbook.doctree import nodes
from d2lbook.words.captions import STREAMS

LETTERS = 40
"""Chinese characters in a line of text."""
CODE, SMALL = 1.07, 0.8
"""Height of a line of code, and of one that is printed small."""
FRAME = 1.2
"""Height of a frame's inner margins and of the space before it."""
TITLE = 2.0
"""Height of a title, with the space around it."""
PICTURE = 12.0
"""Height of a picture that a cell drew; it is never parted, and its own height is what TeX sees."""
WHOLE = 7
"""Code or output of at most so many lines is not parted."""
LEAST = 4
"""Lines of longer code that stand at least before a break."""
BESIDE = 12.0
"""Code and what it gave, of together at most so many lines, are not parted."""
BOX = 10.0
"""A box of at most so many lines is not parted."""
WAITING = 18.0
"""Where a figure waits for the next page's top, it parts nothing that takes at most so many lines."""

Verbatim = docutils_nodes.literal_block | nodes.stream | nodes.markup


def code_lines(text: str) -> int:
    """Return how many lines code or output takes, where long lines are broken."""
    widths = map(columns_of, text.rstrip("\n").split("\n"))
    return sum(max(1, math.ceil(width / COLUMNS)) for width in widths)


def height(node: docutils_nodes.Node) -> float:
    """Return about how many lines of text a node takes."""
    if isinstance(node, Verbatim):
        labelled = isinstance(node, nodes.stream) and node["name"] in STREAMS
        return _frame(node, code_lines(said(node))) + (TITLE if labelled else 0.0)
    if isinstance(node, nodes.picture | docutils_nodes.image):
        return PICTURE
    if isinstance(node, docutils_nodes.math_block):
        return 2.0 + 1.5 * node.astext().count(r"\\")
    if isinstance(node, docutils_nodes.TextElement):
        return 0.5 + math.ceil(len(node.astext()) / LETTERS)
    return sum(map(height, node.children))


def opening(content: Iterable[docutils_nodes.Node], boxed: bool = False) -> float:
    """Return how many lines must stand below a title that is not to stand alone.

    ``boxed``: the content stands in a box, within which code is never parted.
    """
    first = next((part for node in content for part in _parts(node)), None)
    if isinstance(first, Verbatim):
        lines = code_lines(said(first))
        return _frame(first, lines if boxed or lines <= WHOLE else LEAST)
    if isinstance(first, docutils_nodes.rubric):
        return float(first.get("room", 3.0))
    if isinstance(first, docutils_nodes.TextElement):
        return min(3.5, height(first))
    return height(first) if first is not None else 0.0


def room_of_box(content: Iterable[docutils_nodes.Node]) -> tuple[float, float]:
    """Return how many lines a titled box asks for, and how many where a figure waits for the next page."""
    content = list(content)
    whole = TITLE + sum(map(height, content))
    least = whole if whole <= BOX else TITLE + opening(content, boxed=True)
    return least, max(least, whole if whole <= WAITING else 0.0)


def room_of_code(node: docutils_nodes.Element) -> tuple[float, float]:
    """Return how many lines code or output asks for, and how many where a figure waits for the next page.

    Short code asks for the room of what it gave, too, if both are short.
    """
    lines = code_lines(said(node))
    whole = _frame(node, lines)
    least = whole if lines <= WHOLE else _frame(node, LEAST)
    output = node.next_node(descend=False, siblings=True)
    if isinstance(output, nodes.cell_output | nodes.reveal) and whole + height(output) <= BESIDE:
        least = whole + height(output)
    return least, max(least, whole if whole <= WAITING else 0.0)


def said(node: docutils_nodes.Node) -> str:
    """Return the text of code or output as paper shows it: of markup the plain form, or what is left without tags."""
    if isinstance(node, nodes.markup):
        return str(node["plain"]) or re.sub(r"<[^>]+>", " ", node["html"])
    return node.astext()


def _frame(node: docutils_nodes.Node, lines: int) -> float:
    return (SMALL if isinstance(node.parent, nodes.preparation) else CODE) * lines + FRAME


def _parts(node: docutils_nodes.Node) -> Iterator[docutils_nodes.Node]:
    """Yield what of a node is seen on paper, in order."""
    if isinstance(node, docutils_nodes.raw | docutils_nodes.comment):
        return
    if isinstance(node, docutils_nodes.TextElement | nodes.picture | nodes.markup | docutils_nodes.image):
        yield node
    else:
        for child in node.children:
            yield from _parts(child)
