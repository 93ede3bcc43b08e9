"""What a ``#@save`` mark saves: whole statements, found on tokens and trees.

A mark stands on the line of a ``def``, ``class``, assignment or import, or right above it. On the first of several
import lines it saves all of them.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from d2lbook.code.magics import MAGIC
from d2lbook.library.source import ALIAS, Source

_MARK = re.compile(r"#\s*@save(?!\w)[ \t]*")
_MISSPELT = re.compile(r"#\s*@(save\w+|Save\w*|SAVE\w*)")
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
_Import = ast.Import | ast.ImportFrom
BlockKind = Literal["function", "class", "method", "value", "effect", "import"]
"""Kind of a saved stretch: a ``method`` is of its ``owner``, an ``effect`` changes it."""
_Assignment = ast.Assign | ast.AnnAssign | ast.AugAssign


@dataclass(frozen=True, slots=True)
class SavedBlock:
    """One saved stretch of a cell: a definition, an assignment, or a run of imports."""

    kind: BlockKind
    names: tuple[str, ...]
    """What it defines; for a method its name, for an effect nothing."""
    owner: str
    """The class that a method belongs to, or the name that an effect changes; else empty."""
    text: str
    """Its source without the mark."""
    statements: tuple[ast.stmt, ...]
    """Its trees, with positions in the cell."""
    line: int
    """First line in the cell."""


@dataclass(frozen=True, slots=True)
class MarkFault:
    """A mark that saves nothing, by its line in the cell."""

    line: int
    message: str
    text: str
    fix: str


def saved_blocks(source: Source) -> tuple[tuple[SavedBlock, ...], tuple[MarkFault, ...]]:
    """Return what the marks of a cell save, in order, and the marks at fault."""
    blocks: dict[int, SavedBlock] = {}
    faults: list[MarkFault] = []
    taken: set[int] = set()
    for token in source.comments():
        line, text = token.start[0], source.lines[token.start[0] - 1]
        if not _MARK.search(token.string):
            if _MISSPELT.match(token.string):
                faults.append(MarkFault(line, "a mark that nobody knows", text, "write #@save"))
            continue
        found = _statement_at(source, line)
        if isinstance(found, MarkFault):
            faults.append(found)
        elif found not in taken:
            block = _block(source, found, line)
            taken.update(range(found, found + len(block.statements)))
            blocks[found] = block
            faults.extend(_magic_faults(source, block))
    return tuple(blocks[index] for index in sorted(blocks)), tuple(faults)


def without_marks(source: Source, first: int, last: int) -> str:
    """Return lines ``first`` to ``last`` (from 1, both included) without save marks."""
    lines = {number: source.lines[number - 1] for number in range(first, last + 1)}
    for token in source.comments():
        number, column = token.start
        if number in lines and _MARK.search(token.string):
            left = _MARK.sub("", token.string, count=1).strip().lstrip("#").strip()
            before = lines[number][:column]
            kept = f"{before}# {left}" if left else before.rstrip()
            if kept.strip():
                lines[number] = kept
            else:
                del lines[number]
    return "\n".join(lines[number] for number in sorted(lines))


def first_line(statement: ast.stmt) -> int:
    """Return a statement's first line, its decorators included."""
    decorators: Iterable[ast.expr] = getattr(statement, "decorator_list", ())
    return min([statement.lineno, *(decorator.lineno for decorator in decorators)])


def _last_line(statement: ast.stmt) -> int:
    return statement.end_lineno or statement.lineno


def _statement_at(source: Source, line: int) -> int | MarkFault:
    """Return the index of the statement that a mark on ``line`` saves."""
    body = source.tree.body
    text = source.lines[line - 1]
    inside = [index for index, item in enumerate(body) if first_line(item) <= line <= _last_line(item)]
    if not inside and text.lstrip().startswith("#"):
        below = line + 1
        while below <= len(source.lines) and source.lines[below - 1].lstrip().startswith("#"):
            below += 1
        inside = [index for index, item in enumerate(body) if first_line(item) == below]
    if not inside:
        fix = "put it on the line of a def, class, assignment or import, or right above it"
        return MarkFault(line, "a save mark that belongs to no statement", text, fix)
    if len(inside) > 1 or _shares_lines(body, inside[0]):
        return MarkFault(line, "a save mark on a line of several statements", text, "give each a line of its own")
    statement = body[inside[0]]
    if isinstance(statement, _Definition) and not _in_head(source, statement, line):
        fix = f"put it on the line that begins the definition of {statement.name}, or make the inner one a cell's own"
        return MarkFault(line, "a save mark on half a definition", text, fix)
    if not isinstance(statement, _Definition | _Import | _Assignment):
        fix = "only a def, class, assignment or import on the cell's top level can be saved"
        return MarkFault(line, "a save mark on a statement that cannot be saved", text, fix)
    return inside[0]


def _shares_lines(body: list[ast.stmt], index: int) -> bool:
    near = (body[other] for other in (index - 1, index + 1) if 0 <= other < len(body))
    first, last = first_line(body[index]), _last_line(body[index])
    return any(first_line(other) <= last and _last_line(other) >= first for other in near)


def _in_head(source: Source, statement: _Definition, line: int) -> bool:
    """Say whether ``line`` is not below the colon that ends the definition's head."""
    body = statement.body[0]
    decorated = bool(getattr(body, "decorator_list", ()))
    start = source.starts[first_line(body) - 1] if decorated else source.node_offset(body.lineno, body.col_offset)
    colon = statement.lineno
    for token in source.tokens:
        if token.start[0] >= statement.lineno and token.type == tokenize.OP and token.string == ":":
            if source.offset(*token.start) >= start:
                break
            colon = token.start[0]
    return line <= (_last_line(statement) if body.lineno == colon else colon)


def _block(source: Source, index: int, mark: int) -> SavedBlock:
    body = source.tree.body
    last = index
    if isinstance(body[index], _Import):
        while last + 1 < len(body) and isinstance(body[last + 1], _Import) and _adjoin(source, *body[last : last + 2]):
            last += 1
    statements = tuple(body[index : last + 1])
    first = min(first_line(statements[0]), mark + 1)
    text = without_marks(source, first, _last_line(statements[-1]))
    statement = statements[0]
    kind: BlockKind = "import"
    names, owner = tuple[str, ...](), ""
    if isinstance(statement, _Definition):
        owner = class_added_to(statement)
        kind = "method" if owner else "class" if isinstance(statement, ast.ClassDef) else "function"
        names = (statement.name,)
        text = _without_add_to_class(text) if owner else text
    elif isinstance(statement, _Assignment):
        names, owner = _targets(statement)
        kind = "value" if names else "effect"
    return SavedBlock(kind, names, owner, text, statements, first_line(statement))


def _adjoin(source: Source, above: ast.stmt, below: ast.stmt) -> bool:
    between = source.lines[_last_line(above) : first_line(below) - 1]
    return first_line(below) > _last_line(above) and all(line.lstrip().startswith("#") for line in between)


def class_added_to(statement: ast.stmt) -> str:
    """Return the class that ``@d2l.add_to_class(C)`` adds a function to, or an empty string."""
    for decorator in getattr(statement, "decorator_list", ()):
        if is_add_to_class(decorator):
            return _root(decorator.args[0])
    return ""


def _without_add_to_class(text: str) -> str:
    lines = text.split("\n")
    gone: set[int] = set()
    for decorator in ast.parse(text).body[0].decorator_list:  # type: ignore[attr-defined]
        if is_add_to_class(decorator):
            gone.update(range(decorator.lineno, decorator.end_lineno + 1))
    return "\n".join(line for number, line in enumerate(lines, 1) if number not in gone)


def is_add_to_class(decorator: ast.expr) -> bool:
    """Say whether a decorator is ``add_to_class(C)``, with or without ``d2l.``."""
    if not isinstance(decorator, ast.Call) or len(decorator.args) != 1:
        return False
    called = decorator.func
    name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
    return name == "add_to_class" and isinstance(decorator.args[0], ast.Name | ast.Attribute)


def _targets(statement: _Assignment) -> tuple[tuple[str, ...], str]:
    """Return the names that an assignment defines, or the name of what it changes."""
    names: list[str] = []
    owner = ""
    for target in statement.targets if isinstance(statement, ast.Assign) else [statement.target]:
        for item in target.elts if isinstance(target, ast.Tuple | ast.List) else [target]:
            if isinstance(item, ast.Name) and not isinstance(statement, ast.AugAssign):
                names.append(item.id)
            else:
                owner = owner or _root(item)
    return tuple(names), "" if names else owner


def _root(node: ast.expr) -> str:
    """Return the name at the root of ``a.b[c]``, after ``d2l.`` if that begins it."""
    while isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == ALIAS:
            return node.attr
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _magic_faults(source: Source, block: SavedBlock) -> Iterable[MarkFault]:
    for statement in block.statements:
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and node.id == MAGIC:
                text = source.lines[node.lineno - 1]
                yield MarkFault(node.lineno, "saved code holds a magic", text, "a module cannot run it: take it out")
