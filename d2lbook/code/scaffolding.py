"""A cell's code as readers see it: without the engine's marks, and without statements that only record a metric.

What is run, stored and taken into the library keeps them. A loop or condition in which nothing else happens goes with
its records; a definition stays, since something calls it.
"""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterator

from d2lbook.code.magics import MAGIC, python_of

COLUMNS = 92
"""Narrow characters in a line of code, beyond which paper wraps it and pages cut it."""
LONG = 20
"""Characters from which code within a line may be broken."""
_JOINT = re.compile(r"(?<=[.(,=\[/])(?=[\w'\"])|(?<=[A-Za-z0-9]_)(?=[A-Za-z0-9])")
_LINES = re.compile(
    r"[ \t]*(?:#[ \t]*volatile\b[^\n]*|#[ \t]*(?:@hide(?:_\w+)?|hide (?:code|outputs))[ \t]*"
    r"|#[ \t]*fold[ \t]*[:：][^\n]*|#[ \t]*same y-axis[ \t]*|#[ \t]*@save(?!\w)[^\n]*)",
    re.IGNORECASE,
)
"""Lines that are marks and nothing else."""
_ENDS = re.compile(r"[ \t]*#[ \t]*(?:volatile\b|@save(?!\w))[^\n]*")
"""Marks behind code."""
_GAP = re.compile(r"\n[ \t]*\n(?:[ \t]*\n)+")
_WORDS = ("volatile", "fold", "hide", "@save", "record", "same y-axis")
_SWITCH = re.compile(r"\w+(?:\.\w+)*\.(?:set_np|set_floatx|config\.update)")
_SAME_AXIS = re.compile(r"^[ \t]*#[ \t]*same y-axis[ \t]*$", re.IGNORECASE | re.MULTILINE)


def shown_code(source: str) -> str:
    """Return a cell's code as readers see it; empty if nothing is left to show."""
    low = source.lower()
    if not any(word in low for word in _WORDS):
        return source
    kept = _without_records(source) if "record" in source else source
    kept = "\n".join(_ENDS.sub("", line) for line in kept.split("\n") if not _LINES.fullmatch(line))
    if kept.count("\n") == source.count("\n"):
        return kept
    return _GAP.sub("\n\n\n" if "\n\n\n" in source else "\n\n", kept).strip("\n")


def columns_of(line: str) -> int:
    """Return how many narrow characters a line of code is as wide as; a Chinese one is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in line)


def parts_of(name: str) -> list[str]:
    """Return the parts of code within a line, between which the line may end: behind dots, brackets and such."""
    return _JOINT.split(name) if len(name) >= LONG else [name]


def wants_same_axis(source: str) -> bool:
    """Tell whether a cell is marked ``# same y-axis``: its plots have the same in every backend."""
    return _SAME_AXIS.search(source) is not None


def only_imports(source: str) -> bool:
    """Tell whether a cell imports something and does nothing else, magics and switches of frameworks aside."""
    if "import" not in source:
        return False
    try:
        _, tree = python_of(source)
    except (SyntaxError, ValueError):
        return False
    imports = [isinstance(node, ast.Import | ast.ImportFrom) for node in tree.body]
    return any(imports) and all(
        taken or _calls(node, MAGIC) or _switches(node) for taken, node in zip(imports, tree.body, strict=True)
    )


def _switches(node: ast.stmt) -> bool:
    """Tell whether a statement sets how a framework works, as ``npx.set_np()`` or ``jax.config.update(…)`` do."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    called = ast.unparse(node.value.func)
    return _SWITCH.fullmatch(called) is not None and all(isinstance(word, ast.Constant) for word in node.value.args)


def _without_records(source: str) -> str:
    try:
        code, tree = python_of(source)
    except (SyntaxError, ValueError):
        return source
    if code.count("\n") != source.count("\n"):
        return source
    lines: list[str | None] = list(source.split("\n"))
    found = sorted(_records(tree.body), key=lambda node: (node.lineno, node.col_offset), reverse=True)
    for node in found:
        _cut(lines, node)
    return "\n".join(line for line in lines if line is not None)


def _records(body: list[ast.stmt], must_stay: bool = False) -> Iterator[ast.stmt]:
    """Yield the statements of a body that may go; not all of them if something ``must_stay``."""
    going = [node for node in body if _only_records(node)]
    if must_stay and len(going) == len(body):
        return
    yield from going
    for node in body:
        if node in going:
            continue
        for part in ("body", "orelse", "finalbody"):
            inner = getattr(node, part, None)
            if isinstance(inner, list) and inner and isinstance(inner[0], ast.stmt):
                yield from _records(inner, must_stay=True)
        for handler in getattr(node, "handlers", ()):
            yield from _records(handler.body, must_stay=True)


def _only_records(node: ast.stmt) -> bool:
    if isinstance(node, ast.For | ast.If):
        return not node.orelse and all(_only_records(inner) for inner in node.body)
    names = any(isinstance(inner, ast.NamedExpr) for inner in ast.walk(node))
    return _calls(node, "record") and not names


def _calls(node: ast.stmt, name: str) -> bool:
    """Tell whether a statement is a call of ``name`` or ``d2l.name`` and nothing else."""
    if not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)):
        return False
    match node.value.func:
        case ast.Name(id=called):
            return called == name
        case ast.Attribute(value=ast.Name(id="d2l"), attr=called):
            return called == name
    return False


def _cut(lines: list[str | None], node: ast.stmt) -> None:
    """Take a statement out of its lines, with the comment behind it; others on the same line stay."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    before = _bytes(lines[first])[: node.col_offset].decode()
    after = _bytes(lines[last])[node.end_col_offset or 0 :].decode()
    rest = re.sub(r"^\s*;?\s*", "", after)
    rest = "" if rest.startswith("#") else rest
    lead = before.rstrip().removesuffix(";").rstrip()
    for place in range(first + 1, last + 1):
        lines[place] = None
    if lead and rest:
        lines[first] = f"{lead}; {rest}"
    elif lead:
        lines[first] = lead
    else:
        lines[first] = before + rest if rest else None


def _bytes(line: str | None) -> bytes:
    return (line or "").encode()
