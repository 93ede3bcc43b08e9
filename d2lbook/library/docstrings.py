"""Location docstrings: the last line of every saved object's docstring says where the book defines it.

Edits are made at the places that the syntax tree gives; everything else stays as written.
"""

from __future__ import annotations

import ast
import re
import tokenize

from d2lbook.library.marks import first_line
from d2lbook.library.source import Source, parse_cell
from d2lbook.words.language import spoken

WORDS = "定义于 "
"""What stands before the section's name, in a Chinese book."""
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def located(text: str, docname: str, lang: str = "zh_CN") -> str:
    """Return a definition's source with its docstring's last line naming ``docname``, in the book's language."""
    where = spoken(WORDS, lang) + docname
    source = parse_cell(text)
    node = source.tree.body[0]
    if not isinstance(node, _Definition):
        return f"# {where}\n{text}"
    first = node.body[0]
    start = _start(source, first)
    indent = _indent(source, node, start)
    if not _is_docstring(first):
        return _inserted(source, node, start, f'"""{where}"""', indent)
    end = source.node_offset(first.end_lineno or first.lineno, first.end_col_offset or 0)
    literal = _literal(source.text[start:end], first, indent, where)
    return _inserted(source, node, start, literal, indent, end)


def _is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def _start(source: Source, node: ast.stmt) -> int:
    if getattr(node, "decorator_list", ()):
        line = first_line(node)
        return source.starts[line - 1] + len(source.lines[line - 1]) - len(source.lines[line - 1].lstrip())
    return source.node_offset(node.lineno, node.col_offset)


def _indent(source: Source, node: _Definition, start: int) -> str:
    line = source.lines[source.line_of(start) - 1]
    before = line[: start - source.starts[source.line_of(start) - 1]]
    head = source.lines[node.lineno - 1]
    return before if not before.strip() else head[: len(head) - len(head.lstrip())] + "    "


def _inserted(source: Source, node: _Definition, start: int, literal: str, indent: str, end: int | None = None) -> str:
    """Put ``literal`` at the body's start, in place of what goes to ``end``; a body on the head's line moves down."""
    text = source.text
    line_start = source.starts[source.line_of(start) - 1]
    before = text[:start] if text[line_start:start].strip() == "" else text[:start].rstrip() + "\n" + indent
    gap = "\n" if isinstance(node, ast.ClassDef) else ""
    if end is None:
        comments = _comment_above(source, node, start)
        if comments is not None:
            return text[:comments] + f"{indent}{literal}\n{gap}" + text[comments:]
        return f"{before}{literal}\n{gap}{indent}{text[start:]}"
    rest = re.sub(r"^[ \t]*;[ \t]*", f"\n{indent}", text[end:])
    return before + literal + (gap if rest.strip() and not rest.startswith("\n\n") else "") + rest


def _comment_above(source: Source, node: _Definition, start: int) -> int | None:
    """Return where comment lines between the head and the body begin, so that a docstring can go before them."""
    if "#" not in source.text:
        return None
    above = [token for token in source.comments() if source.offset(*token.start) < start]
    lines = [token.start[0] for token in above if source.lines[token.start[0] - 1].lstrip().startswith("#")]
    head = max(
        token.start[0]
        for token in source.tokens
        if token.type == tokenize.OP and token.string == ":" and source.offset(*token.start) < start
    )
    below = [line for line in lines if line > head]
    return source.starts[min(below) - 1] if below else None


def _literal(written: str, node: ast.stmt, indent: str, last: str) -> str:
    """Return the docstring's literal with the line ``last`` at its end."""
    found = re.fullmatch(r"([rRuU]?)('''|\"\"\")(.*)\2", written, re.DOTALL)
    if found:
        prefix, quotes, body = found.groups()
    else:
        prefix, quotes = "", '"""'
        body = node.value.value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')  # type: ignore[attr-defined]
    body = body.rstrip(" \t\n") if not body.rstrip().endswith("\\") else body
    return f"{prefix}{quotes}{body}\n\n{indent}{last}\n{indent}{quotes}"
