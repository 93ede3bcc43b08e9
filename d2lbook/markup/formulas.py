"""Displayed formulas whose rows and columns stand in no environment: they are aligned, as Sphinx aligns them."""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\begin\b|\\end\b|\\left\b|\\right\b|\\\\|\\.|[{}&]|%[^\n]*", re.DOTALL)
_DEPTH = {"{": 1, "\\begin": 1, "\\left": 1, "}": -1, "\\end": -1, "\\right": -1}
_NOT_INSIDE = re.compile(r"\\(?:tag|label|intertext)\b")


def environment_of(tex: str) -> str:
    """Return what a displayed formula must stand in: ``aligned``, ``gathered``, or nothing.

    ``&`` or ``\\\\\\\\`` outside of braces and environments call for one.
    """
    depth, rows, columns = 0, False, False
    for match in _TOKEN.finditer(tex):
        depth += _DEPTH.get(match[0], 0)
        if depth == 0:
            rows = rows or match[0] == "\\\\"
            columns = columns or match[0] == "&"
    if not (rows or columns) or _NOT_INSIDE.search(tex):
        return ""
    return "aligned" if columns else "gathered"


def aligned(tex: str) -> str:
    """Return a displayed formula in the environment that it calls for."""
    name = environment_of(tex)
    return f"\\begin{{{name}}}\n{tex}\n\\end{{{name}}}" if name else tex
