"""Syntax trees as text that is equal for code that means the same: no comments, no layout, no positions.

Not ``ast.dump``, whose form changes between Pythons.
"""

from __future__ import annotations

import ast
import hashlib

_LEFT_OUT = frozenset({"ctx", "type_comment", "kind", "type_params", "type_ignores"})
_REACHING = frozenset({ast.Name, ast.Attribute, ast.Import, ast.ImportFrom, ast.Call})
_FIELDS: dict[type[ast.AST], tuple[str, ...]] = {}


def canonical(node: ast.AST) -> str:
    """Return the tree as text, the same on every Python that parses the code."""
    return canonical_and_names(node)[0]


def canonical_and_names(node: ast.AST) -> tuple[str, list[ast.AST]]:
    """Return the tree as text, and in one walk those of its nodes that can reach a name from outside."""
    out: list[str] = []
    names: list[ast.AST] = []
    _write(node, out, names)
    return "".join(out), names


def short_hash(text: str) -> str:
    """Return sixteen hexadecimal digits of the SHA-256 of ``text``."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _write(node: ast.AST, out: list[str], names: list[ast.AST]) -> None:
    kind = node.__class__
    if kind in _REACHING:
        names.append(node)
    if kind is ast.Constant:
        out.append(repr(node.value))  # type: ignore[attr-defined]
        return
    fields = _FIELDS.get(kind)
    if fields is None:
        fields = _FIELDS[kind] = tuple(name for name in kind._fields if name not in _LEFT_OUT)
    out.append(kind.__name__ + "(")
    for name in fields:
        value = getattr(node, name, None)
        if value is None or value == []:
            continue
        out.append(name + "=")
        if isinstance(value, ast.AST):
            _write(value, out, names)
        elif isinstance(value, list):
            _write_list(value, out, names)
        else:
            out.append(repr(value))
        out.append(";")
    out.append(")")


def _write_list(values: list[ast.AST | str | None], out: list[str], names: list[ast.AST]) -> None:
    out.append("[")
    for item in values:
        if isinstance(item, ast.AST):
            _write(item, out, names)
        else:
            out.append("~" if item is None else repr(item))
        out.append(",")
    out.append("]")
