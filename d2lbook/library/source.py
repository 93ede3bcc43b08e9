"""Cells as syntax trees and tokens; IPython's magics are tolerated without IPython.

A magic line stands in the tree as a call of ``__magic__`` with the line's text, at its own place, so that positions
hold.
"""

from __future__ import annotations

import ast
import functools
import io
import re
import symtable
import tokenize
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from d2lbook.code.magics import MAGIC, python_of

ALIAS = "d2l"
"""The name under which sections and generated modules reach the library."""
PACKAGE = "d2l"
"""The package that holds every backend's modules."""


class CellSyntaxError(Exception):
    """A cell's code does not parse."""

    def __init__(self, message: str, line: int, text: str) -> None:
        """Take the parser's message, the line in the cell (from 1) and that line's text."""
        super().__init__(message)
        self.message, self.line, self.text = message, line, text


@dataclass(frozen=True)
class Source:
    """A cell's code, parsed."""

    text: str
    """The code with magic lines replaced, as many lines as were written."""
    tree: ast.Module

    @functools.cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their ends."""
        return tuple(self.text.split("\n"))

    @functools.cached_property
    def starts(self) -> tuple[int, ...]:
        """The offset of every line's first character."""
        found = [0]
        for line in self.lines:
            found.append(found[-1] + len(line) + 1)
        return tuple(found)

    def offset(self, line: int, column: int) -> int:
        """Return the offset of a token's place: line from 1, column in characters."""
        return self.starts[line - 1] + column

    def node_offset(self, line: int, column: int) -> int:
        """Return the offset of a tree node's place: line from 1, column in UTF-8 bytes."""
        text = self.lines[line - 1]
        return self.starts[line - 1] + (
            column if text.isascii() else len(text.encode()[:column].decode(errors="ignore"))
        )

    def line_of(self, offset: int) -> int:
        """Return the line, from 1, that holds ``offset``."""
        return bisect_right(self.starts, offset)

    @functools.cached_property
    def tokens(self) -> tuple[tokenize.TokenInfo, ...]:
        """All tokens, comments included."""
        return tuple(tokenize.generate_tokens(io.StringIO(self.text).readline))

    def comments(self) -> Iterator[tokenize.TokenInfo]:
        """Yield the comments."""
        return (token for token in self.tokens if token.type == tokenize.COMMENT)


@functools.lru_cache(maxsize=512)
def parse_cell(text: str) -> Source:
    """Parse a cell; raise CellSyntaxError if it is no Python even with its magics taken for calls."""
    try:
        return Source(*python_of(text))
    except SyntaxError as error:
        line = error.lineno or 1
        shown = text.split("\n")[line - 1] if line <= text.count("\n") + 1 else ""
        raise CellSyntaxError(error.msg, line, shown) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise CellSyntaxError(str(error) or "nested too deeply", 1, text.split("\n")[0]) from None


@dataclass(frozen=True, slots=True)
class Use:
    """A name that code takes from outside itself."""

    name: str
    line: int
    """Line in the cell, from 1."""
    library: bool
    """Reached as ``d2l.name``; else a bare global name."""
    early: bool
    """Evaluated when the module loads: decorators, bases, defaults, annotations, module-level values."""


EVERYTHING = "*"
"""Name of the use of ``d2l`` itself (``getattr(d2l, …)``): it may reach anything."""


def library_uses(nodes: Iterable[ast.AST]) -> Iterator[tuple[str, ast.expr | ast.stmt]]:
    """Yield name and node of everything reached through ``d2l``, by attribute, by import or in a magic's text."""
    nodes = list(nodes)
    heads = set()
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == ALIAS:
            heads.add(id(node.value))
            yield node.attr, node
        elif isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((name, node) for name in _imported(node))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == MAGIC:
            text = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else ""
            yield from ((name, node) for name in re.findall(rf"\b{ALIAS}\s*\.\s*(\w+)", str(text)))
    for node in nodes:
        bare = isinstance(node, ast.Name) and node.id == ALIAS and isinstance(node.ctx, ast.Load)
        if isinstance(node, ast.Name) and bare and id(node) not in heads:
            yield EVERYTHING, node


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    """Yield what an import statement takes from the library; a package under another name may reach anything."""
    for alias in node.names:
        if isinstance(node, ast.Import):
            if alias.name.startswith(f"{PACKAGE}.") or (alias.name == PACKAGE and alias.asname not in (None, ALIAS)):
                yield EVERYTHING
        elif node.module == PACKAGE and (alias.asname or alias.name) != ALIAS:
            yield EVERYTHING
        elif (node.module or "").startswith(f"{PACKAGE}."):
            yield EVERYTHING if alias.name == "*" else alias.name


def global_names(text: str) -> frozenset[str]:
    """Return the names that ``text`` (whole statements) takes from the module or from builtins."""
    found: set[str] = set()

    def walk(table: symtable.SymbolTable) -> None:
        for symbol in table.get_symbols():
            outer = table.get_type() == "module" or symbol.is_global()
            if outer and (symbol.is_referenced() or symbol.is_declared_global()):
                found.add(symbol.get_name())
        for child in table.get_children():
            walk(child)

    walk(symtable.symtable(text, "<cell>", "exec"))
    return frozenset(found)


def early_nodes(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield every node of a statement that is evaluated when the module loads, not when something is called."""
    stack: list[ast.AST] = [statement]
    while stack:
        node = stack.pop()
        yield node
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            arguments = node.args
            every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
            outer: Iterable[ast.AST | None] = (
                *node.decorator_list,
                *arguments.defaults,
                *arguments.kw_defaults,
                *(argument.annotation for argument in every if argument),
                node.returns,
            )
        elif isinstance(node, ast.Lambda):
            outer = (*node.args.defaults, *node.args.kw_defaults)
        else:
            outer = ast.iter_child_nodes(node)
        stack.extend(child for child in outer if child is not None)
