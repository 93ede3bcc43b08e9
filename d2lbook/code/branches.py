"""``if tab.selected('a', 'b'):`` branches of a cell, resolved for one backend on the syntax tree.

The branch that a backend takes is dedented in the text, comments and strings kept as written; ``else`` and ``elif``
work as in Python; the older ``if d2l.USE_JAX:`` means ``tab.selected('jax')``.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence

from d2lbook.code.magics import inside_strings, python_of

_OLD = "USE_"


def asks(source: str) -> bool:
    """Tell whether code may ask for the tab."""
    return "tab.selected" in source or f"d2l.{_OLD}" in source


def selects(source: str) -> bool:
    """Tell whether code holds a branch on the tab that can be resolved."""
    return asks(source) and _first(source) is not None


def select(source: str, backend: str) -> str:
    """Return ``source`` as ``backend`` sees it; code without such branches, or that does not parse, is unchanged."""
    if not asks(source):
        return source
    while (node := _first(source)) is not None:
        source = _resolve(source, node, backend)
    return source


def unresolved(source: str) -> int:
    """Return the line (from 1) of a question about the tab that no branch of ``select``'s kind asks, or 0."""
    if "tab.selected" not in source:
        return 0
    try:
        tree = python_of(source)[1]
    except (SyntaxError, ValueError):
        return 0
    asked = {id(inner) for node in ast.walk(tree) if isinstance(node, ast.If) and _on_tab(node.test)
             for inner in ast.walk(node.test)}  # fmt: skip
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and _on_tab(node)]
    return min((node.lineno for node in calls if id(node) not in asked), default=0)


def untaken(source: str, tabs: Sequence[str]) -> int:
    """Return the line (from 1) of a branch that none of ``tabs`` takes, so that nobody would see it, or 0."""
    if not asks(source):
        return 0
    try:
        tree = python_of(source)[1]
    except (SyntaxError, ValueError):
        return 0
    lines = []
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and _on_tab(node.test):
            taken = [_holds(node.test, tab) for tab in tabs]
            if not any(taken):
                lines.append(node.lineno)
            elif node.orelse and all(taken):
                lines.append(node.orelse[0].lineno)
    return min(lines, default=0)


def _first(source: str) -> ast.If | None:
    """Return the first outermost branch on the tab."""
    try:
        tree = python_of(source)[1]
    except (SyntaxError, ValueError):
        return None
    found = [node for node in ast.walk(tree) if isinstance(node, ast.If) and _on_tab(node.test)]
    return min(found, key=lambda node: node.lineno, default=None)


def _on_tab(test: ast.expr) -> bool:
    match test:
        case ast.Call(func=ast.Attribute(value=ast.Name(id="tab"), attr="selected")):
            return True
        case ast.Attribute(value=ast.Name(id="d2l"), attr=name):
            return name.startswith(_OLD)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return _on_tab(operand)
        case ast.BoolOp(values=values):
            return all(_on_tab(value) for value in values)
    return False


def _holds(test: ast.expr, backend: str) -> bool:
    match test:
        case ast.UnaryOp(operand=operand):
            return not _holds(operand, backend)
        case ast.BoolOp(op=op, values=values):
            results = [_holds(value, backend) for value in values]
            return all(results) if isinstance(op, ast.And) else any(results)
        case ast.Attribute(attr=name):
            return name.removeprefix(_OLD).lower() == backend
        case ast.Call(args=args):
            return backend in {name for argument in args for name in _names(argument)}
    return False


def _names(argument: ast.expr) -> list[str]:
    """Return the names in ``'a'``, ``'a, b'`` or ``['a', 'b']``."""
    parts = [node.value for node in ast.walk(argument) if isinstance(node, ast.Constant)]
    return [name.strip() for part in parts for name in str(part).split(",")]


def _resolve(source: str, node: ast.If, backend: str) -> str:
    """Replace one branch by what ``backend`` keeps of it."""
    lines = source.split("\n")
    assert node.end_lineno
    first, last = node.lineno - 1, node.end_lineno
    column = len(lines[first]) - len(lines[first].lstrip())
    while last < len(lines) and lines[last].lstrip().startswith("#") and lines[last][: column + 1].isspace():
        last += 1  # a comment that is indented like the branch belongs to it
    start, end, form = _kept(lines, node, backend)
    if end == node.end_lineno:
        end = last
    kept = _dedent(lines, (start, end, form), _column_of(source, node, column))
    if not kept:
        while last < len(lines) - 1 and not lines[last].strip():
            last += 1  # what parted the branch from the next lines goes with it
        if _leaves_a_hole(source, node):
            kept = [" " * column + "pass"]
    return "\n".join([*lines[:first], *kept, *lines[last:]])


def _column_of(source: str, node: ast.If, column: int) -> int:
    """Return the column to which a branch moves: its own, or that of the body of the method that it goes on with.

    The old tool moves what stands in a branch by four columns, however deep branches are nested; books rely on it: a
    branch in a class that uses the parameters of the method before it (``self.x = …``) ends that method.
    """
    for parent in ast.walk(python_of(source)[1]):
        place = next((at for at, item in enumerate(getattr(parent, "body", ())) if _is_at(item, node)), 0)
        before = parent.body[place - 1] if isinstance(parent, ast.ClassDef) and place else None
        if isinstance(before, ast.FunctionDef):
            given = {argument.arg for argument in (*before.args.posonlyargs, *before.args.args)}
            used = {inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name)}
            defines = any(isinstance(inner, ast.FunctionDef | ast.ClassDef) for inner in ast.walk(node))
            return before.body[0].col_offset if given & used and not defines else column
    return column


def _is_at(item: object, node: ast.If) -> bool:
    return isinstance(item, ast.If) and item.lineno == node.lineno


def _kept(lines: Sequence[str], node: ast.If, backend: str) -> tuple[int, int, str]:
    """Return the line range (from 0) of the chosen branch, and what is put before it."""
    if _holds(node.test, backend):
        end = _header_of_else(lines, node) if node.orelse else node.end_lineno or 0
        return _body(node.test, node.body, end)
    if not node.orelse:
        return (0, 0, "")
    start = _header_of_else(lines, node)
    if lines[start].lstrip().startswith("elif"):
        inner = node.orelse[0]
        assert isinstance(inner, ast.If)
        if _on_tab(inner.test):
            return _kept(lines, inner, backend)
        return (start, node.end_lineno or 0, "elif")
    return (start + 1, node.end_lineno or 0, "") if not _after_colon(lines[start]) else (start, start + 1, "else")


def _body(test: ast.expr, body: Sequence[ast.stmt], end: int) -> tuple[int, int, str]:
    header = test.end_lineno or test.lineno
    if body[0].lineno == header:
        return (header - 1, header, "inline")
    return (header, end, "")


def _after_colon(line: str) -> str:
    """Return the code behind a header's colon on the same line."""
    text = line.rpartition(":")[2].strip() if line.lstrip().startswith("else") else ""
    return "" if text.startswith("#") else text


def _header_of_else(lines: Sequence[str], node: ast.If) -> int:
    """Return the line (from 0) of the ``else`` or ``elif`` of a branch."""
    start = node.body[-1].end_lineno or 0
    column = len(lines[node.lineno - 1]) - len(lines[node.lineno - 1].lstrip())
    for number in range(start, len(lines)):
        text = lines[number]
        if text[column:].startswith(("else", "elif")) and not text[:column].strip():
            return number
    return start


def _dedent(lines: Sequence[str], kept: tuple[int, int, str], column: int) -> list[str]:
    """Return the chosen lines, moved so that they start at ``column``; lines inside strings stay as they are."""
    start, end, form = kept
    chosen = list(lines[start:end])
    if form in ("inline", "else"):
        return [" " * column + _statement(chosen[0])]
    if form == "elif":
        return [chosen[0].replace("elif", "if", 1), *chosen[1:]]
    code = [line for line in chosen if line.strip() and not line.lstrip().startswith("#")]
    extra = max(0, len(code[0]) - len(code[0].lstrip()) - column) if code else 0
    inside = inside_strings(python_of("\n".join(lines))[0])
    return [
        line if number + 1 in inside else line[min(extra, len(line) - len(line.lstrip())) :]
        for number, line in enumerate(chosen, start)
    ]


def _statement(line: str) -> str:
    """Return the statement behind the colon of ``if …: statement`` or ``else: statement``."""
    tree = ast.parse(line.strip() if not line.strip().startswith("else") else "if 1:" + line.strip()[5:])
    branch = tree.body[0]
    assert isinstance(branch, ast.If)
    text = line.strip() if not line.strip().startswith("else") else "if 1:" + line.strip()[5:]
    return text[branch.body[0].col_offset :]


def _leaves_a_hole(source: str, node: ast.If) -> bool:
    """Tell whether ``node`` is the only statement of its block."""
    for parent in ast.walk(python_of(source)[1]):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(parent, name, None)
            if isinstance(block, list) and len(block) == 1 and not isinstance(parent, ast.Module):
                only = block[0]
                if isinstance(only, ast.If) and only.lineno == node.lineno:
                    return True
    return False
