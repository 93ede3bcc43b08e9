"""Cells as Python although IPython's magics stand in them: each magic line becomes a call, at its own place.

``%time f()``, ``!ls``, ``x?`` and ``%%time`` heads are replaced by ``__magic__('…')`` on the same line, so that line
numbers hold, and columns too on every other line. IPython is not needed.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Collection

MAGIC = "__magic__"
"""Name of the call that stands for a magic line."""
_PYTHON_CELL_MAGICS = frozenset({"time", "timeit", "capture", "prun", "tab"})
_ASSIGNED_MAGIC = re.compile(r"^(\s*[\w, .\[\]]+=\s*)([%!].*)$")


def python_of(text: str) -> tuple[str, ast.Module]:
    """Return a cell's code with its magics replaced, and its tree.

    SyntaxError or ValueError (a null byte, say) if it is no Python even so.
    """
    code = _cell_magic(text.replace("\r\n", "\n"))
    while True:
        try:
            return code, ast.parse(code)
        except SyntaxError as error:
            mended = _line_magic(code, error.lineno or 1)
            if mended is None:
                raise
            code = mended


def inside_strings(code: str, but: Collection[int] = ()) -> set[int]:
    """Return the lines (from 1) that begin inside a string; ``but``: lines on which strings begin that don't count."""
    inside: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        if token.type == tokenize.STRING and token.start[0] not in but:
            inside.update(range(token.start[0] + 1, token.end[0] + 1))
    return inside


def _cell_magic(text: str) -> str:
    """Replace a ``%%`` head; a body that is not Python becomes part of the call's text."""
    head, newline, body = text.partition("\n")
    found = re.match(r"%%(\w+)", head)
    if not found:
        return text
    if found[1] in _PYTHON_CELL_MAGICS:
        return f"{MAGIC}({head!r})" + newline + body
    return f"{MAGIC}({text!r})" + "\n" * text.count("\n")


def _line_magic(code: str, line: int) -> str | None:
    """Return ``code`` with the magic on ``line`` replaced, or None if there is none."""
    lines = code.split("\n")
    if line > len(lines):
        return None
    text = lines[line - 1]
    bare = text.strip()
    assigned = _ASSIGNED_MAGIC.match(text)
    if bare.startswith(("%", "!", "?")) or bare.endswith("?"):
        lines[line - 1] = text[: len(text) - len(text.lstrip())] + f"{MAGIC}({bare!r})"
    elif assigned:
        lines[line - 1] = assigned[1] + f"{MAGIC}({assigned[2].strip()!r})"
    else:
        return None
    return "\n".join(lines)
