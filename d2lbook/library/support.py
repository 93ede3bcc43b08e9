"""What the hand-written ``d2l/support/`` passes on, read from its syntax trees without importing it."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

from d2lbook.library.source import PACKAGE

Exports = Mapping[str, ast.stmt | None]
"""Public name to the statement that defines it, if one is found."""
FOLDER = "support"


def read_exports(root: Path) -> dict[str, ast.stmt | None]:
    """Return the names in ``__all__`` of ``d2l/support/__init__.py``, sorted, with their definitions."""
    folder = root / PACKAGE / FOLDER
    try:
        tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    except (FileNotFoundError, SyntaxError):
        return {}
    names = sorted(_listed(tree))
    definitions: dict[str, ast.stmt] = {}
    for file in sorted(folder.glob("*.py")):
        try:
            body = ast.parse(file.read_text(encoding="utf-8")).body
        except SyntaxError:
            continue
        for statement in body:
            if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                definitions.setdefault(statement.name, statement)
    return {name: definitions.get(name) for name in names}


def _listed(tree: ast.Module) -> set[str]:
    for statement in tree.body:
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if any(isinstance(target, ast.Name) and target.id == "__all__" for target in targets):
            value = statement.value  # type: ignore[attr-defined]
            return {str(item.value) for item in value.elts if isinstance(item, ast.Constant)}
    return set()
