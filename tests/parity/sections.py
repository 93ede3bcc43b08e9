"""The sections' own code for the models: their definitions, and what these reach in the same section."""

from __future__ import annotations

import ast
import functools
import json
from collections.abc import Iterable
from pathlib import Path

from d2lbook.book import book as books
from d2lbook.library.contract import CONTRACT
from d2lbook.library.source import parse_cell

from .models import MODELS, Model

IMPORTS = ast.Import | ast.ImportFrom


def buildable(root: Path) -> list[str]:
    """Return the models whose section is in the book, or whose function is in the library."""
    saved = json.loads((root / CONTRACT).read_text(encoding="utf-8"))["names"]
    return [name for name, model in MODELS.items() if model.section or _called(model) in saved]


def chapter_of_model(root: Path, name: str) -> str:
    """Return the chapter in which the book builds a model; empty for one that it doesn't build yet."""
    model = MODELS[name]
    saved = json.loads((root / CONTRACT).read_text(encoding="utf-8"))["names"]
    section: str = model.section or saved.get(_called(model), {}).get("section", "")
    return section.partition("/")[0]


def sources(root: Path, backend: str) -> dict[str, str]:
    """Return the code of each model in a backend; where there is none, code that says so."""
    return {name: _source(root, backend, MODELS[name]) for name in buildable(root)}


def _called(model: Model) -> str:
    return model.make.partition("(")[0].removeprefix("d2l.")


@functools.cache
def _book(root: Path) -> books.Book:
    return books.load(root)


def _source(root: Path, backend: str, model: Model) -> str:
    book = _book(root)
    if not model.section:
        module = next(item.module for item in book.config.backends if item.name == backend)
        return f"from d2l import {module} as d2l"
    (projection,) = (item for item in book.projections() if item.key == f"{backend}/{model.section}")
    try:
        return definition((cell.source for cell in projection.cells), _called(model))
    except LookupError:
        return f"raise LookupError('{model.section} does not define {_called(model)}')"


def definition(cells: Iterable[str], name: str) -> str:
    """Return the cells' imports, and what first binds ``name`` and all that it reaches; none raises LookupError."""
    statements = [statement for cell in cells for statement in parse_cell(cell).tree.body]
    binding: dict[str, int] = {}
    for number, statement in enumerate(statements):
        for bound in _bound(statement):
            binding.setdefault(bound, number)
    taken, waiting = {number for number, item in enumerate(statements) if isinstance(item, IMPORTS)}, [name]
    if name not in binding:
        raise LookupError(name)
    while waiting:
        found = binding.get(waiting.pop())
        if found is not None and found not in taken:
            taken.add(found)
            waiting += _read(statements[found])
    return "\n".join(ast.unparse(statements[number]) for number in sorted(taken))


def _bound(statement: ast.stmt) -> list[str]:
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign):
        return [node.id for target in statement.targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    return []


def _read(statement: ast.stmt) -> set[str]:
    """Return the names that a statement takes from outside: those read that it doesn't bind itself."""
    nodes = list(ast.walk(statement))
    own = {node.arg for node in nodes if isinstance(node, ast.arg)}
    own |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    return {node.id for node in nodes if isinstance(node, ast.Name)} - own
