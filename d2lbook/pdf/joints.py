"""What stands between a link and its neighbours: xeCJK sees no further than the link's edge.

It puts a narrow space between Chinese and Latin letters and keeps closing marks off the beginning of a line, but not
across what hyperref inserts.
"""

from __future__ import annotations

import unicodedata

from docutils import nodes
from mdit_py_cjk_friendly import is_cjk

CLOSING, OPENING = frozenset("，。；：！？、）”’》」』】〕…—,.;:!?)]"), frozenset("（“‘《「『【〔([")
TIE = "\\nobreak{}"
"""Keeps a line from ending here."""


def joint(left: str, right: str) -> str:
    """Return the LaTeX between two characters, one of which is in a link; empty where they may simply meet."""
    if right in CLOSING or left in OPENING:
        return TIE
    if _is_word(left) and _is_word(right) and is_cjk(left) != is_cjk(right):
        return "\\bookglue{}"
    return ""


def _is_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LN" if character else False


def character_beside(node: nodes.Node, step: int) -> str:
    """Return the character before (``step`` is -1) or behind (1) an inline node in its paragraph, if any."""
    while isinstance(node.parent, nodes.TextElement):
        siblings = node.parent.children
        place = siblings.index(node) + step
        while 0 <= place < len(siblings):
            if isinstance(siblings[place], nodes.math):
                return "x"  # set as Latin letters are
            if text := siblings[place].astext():
                return text[-1] if step < 0 else text[0]
            place += step
        node = node.parent
    return ""
