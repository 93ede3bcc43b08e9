"""Names of the library rewritten to a framework's own: ``d2l.concat`` to ``torch.cat``, ``d2l.reshape(x, s)`` to
``x.reshape(s)``. The settings ``simple_alias``, ``fluent_alias`` and ``reverse_alias`` of a book in the old dialect.

Names are compared as tokens, calls as syntax trees, so ``d2l.concatenate`` is not cut at ``d2l.concat`` and comments
survive. May import nothing of this package.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Mapping
from dataclasses import dataclass, field

PACKAGE = "d2l"
_CODE = (tokenize.NAME, tokenize.OP, tokenize.NUMBER)


@dataclass(frozen=True, slots=True)
class Aliases:
    """What is rewritten for one backend."""

    module: str
    """What stands for the library in the rewritten code, such as ``torch``."""
    simple: Mapping[str, str] = field(default_factory=dict, hash=False)
    """``d2l.KEY`` becomes ``module.VALUE``."""
    fluent: Mapping[str, str] = field(default_factory=dict, hash=False)
    """``d2l.KEY(x, …)`` becomes ``x.VALUE(…)``."""
    reverse: tuple[tuple[str, str], ...] = ()
    """Regular expressions and their replacements, applied first, never inside strings or comments."""


def read_aliases(module: str, simple: str = "", fluent: str = "", reverse: str = "") -> Aliases:
    """Return aliases from the settings' texts: ``a -> b`` or ``a``, separated by commas or line ends."""
    pairs = [
        re.split(r"\s*->\s*", line.strip().rstrip(","), maxsplit=1) for line in reverse.splitlines() if "->" in line
    ]
    return Aliases(module, _pairs(simple), _pairs(fluent), tuple((pair[0], pair[1]) for pair in pairs))


def _pairs(text: str) -> dict[str, str]:
    items = [item.strip() for item in re.split(r"[,\n]", text) if item.strip()]
    parts = [re.split(r"\s*->\s*", item, maxsplit=1) for item in items]
    return {part[0]: part[-1] for part in parts}


def rewrite(source: str, aliases: Aliases) -> str:
    """Return ``source`` with the aliases resolved; code that can't be tokenised is unchanged."""
    if not any((aliases.simple, aliases.fluent, aliases.reverse)):
        return source
    try:
        for pattern, replacement in aliases.reverse:
            source = _outside_literals(source, re.compile(pattern), replacement)
        source = _simple(source, aliases)
    except (tokenize.TokenError, SyntaxError):
        return source
    return _fluent(source, aliases)


def _tokens(source: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(source).readline))


def _offsets(source: str) -> list[int]:
    offsets = [0]
    for line in source.splitlines(keepends=True):
        offsets.append(offsets[-1] + len(line))
    return offsets


def _outside_literals(source: str, pattern: re.Pattern[str], replacement: str) -> str:
    """Replace matches of ``pattern`` that touch no string and no comment."""
    offsets = _offsets(source)
    barred = [
        (offsets[t.start[0] - 1] + t.start[1], offsets[t.end[0] - 1] + t.end[1])
        for t in _tokens(source)
        if t.type in (tokenize.STRING, tokenize.COMMENT)
    ]

    def swap(match: re.Match[str]) -> str:
        touched = any(match.start() < end and start < match.end() for start, end in barred)
        return match[0] if touched else match.expand(replacement)

    return pattern.sub(swap, source)


def _simple(source: str, aliases: Aliases) -> str:
    offsets, edits = _offsets(source), []
    tokens = [token for token in _tokens(source) if token.type in _CODE]
    for before, package, dot, name in zip([None, *tokens], tokens, tokens[1:], tokens[2:], strict=False):
        ours = package.string == PACKAGE and dot.string == "." and not (before and before.string == ".")
        if ours and name.string in aliases.simple:
            start = offsets[package.start[0] - 1] + package.start[1]
            end = offsets[name.end[0] - 1] + name.end[1]
            edits.append((start, end, f"{aliases.module}.{aliases.simple[name.string]}"))
    return _apply(source, edits)


def _apply(source: str, edits: list[tuple[int, int, str]]) -> str:
    for start, end, text in sorted(edits, reverse=True):
        source = source[:start] + text + source[end:]
    return source


def _fluent(source: str, aliases: Aliases) -> str:
    while (edit := _next_call(source, aliases)) is not None:
        source = _apply(source, [edit])
    return source


def _next_call(source: str, aliases: Aliases) -> tuple[int, int, str] | None:
    """Return the edit of the innermost call that is to be rewritten, or None."""
    try:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    except SyntaxError:
        return None
    for call in sorted(calls, key=lambda node: (node.end_lineno, node.end_col_offset)):
        name = _library_name(call.func)
        if name in aliases.fluent and call.args and not isinstance(call.args[0], ast.Starred):
            return _edit(source, call, aliases.fluent[name])
    return None


def _library_name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(value=ast.Name(id="d2l"), attr=name):
            return name
    return ""


def _edit(source: str, call: ast.Call, method: str) -> tuple[int, int, str]:
    lines, offsets = source.splitlines(keepends=True), _offsets(source)

    def place(line: int, column: int) -> int:
        """Return the character offset of a place that ast gives in UTF-8 bytes."""
        return offsets[line - 1] + len(lines[line - 1].encode()[:column].decode())

    first = call.args[0]
    start = place(call.lineno, call.col_offset)
    end = place(call.end_lineno or 0, call.end_col_offset or 0)
    opened = place(first.lineno, first.col_offset)
    closed = place(first.end_lineno or 0, first.end_col_offset or 0)
    value = source[opened:closed]
    if not isinstance(first, ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.List | ast.Tuple):
        value = f"({value})"
    rest = source[closed : end - 1].lstrip().removeprefix(")").lstrip().removeprefix(",").lstrip()
    return start, end, f"{value}.{method}({rest})"
