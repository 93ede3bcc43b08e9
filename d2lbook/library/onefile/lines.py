"""What a ``#@save`` mark saves in a library of one file: the lines that the old tool takes, if they are whole.

The old tool counts lines: from the mark, lines that begin at the margin, then lines that are indented or blank. Where
that gives whole statements, as in every book that works with it, so do we. Where it cuts one (a decorator above the
mark, a signature or a literal whose last line stands at the margin), the whole statement is taken.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from d2lbook.library.marks import MarkFault, first_line, saved_blocks
from d2lbook.library.source import Source

if TYPE_CHECKING:
    import isort

_MARK = re.compile(r"#\s*@save(?!\w)")


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a cell saves."""

    text: str
    """Its lines without the marks, imports in order; empty if it saves nothing."""
    faults: tuple[MarkFault, ...] = ()
    warnings: tuple[MarkFault, ...] = ()


def saved_lines(source: Source, root: Path) -> Stretch:
    """Return what the marks of a cell save; ``root`` tells isort which packages are the book's own."""
    marks = {token.start[0]: token.start[1] for token in source.comments() if _MARK.search(token.string)}
    misspelt = [fault for fault in saved_blocks(source)[1] if fault.line not in marks]
    if not marks:
        return Stretch("", tuple(misspelt))
    chosen: dict[int, list[int]] = {line: list(_lines(source, line, column)) for line, column in marks.items()}
    faults, warnings = misspelt, []
    if _whole(source, chosen):
        warnings = [fault for line, rows in chosen.items() if (fault := _leak(source, line, rows))]
        kept = [(row, marks.get(row)) for rows in chosen.values() for row in rows]
    else:
        wrong = {fault.line: fault for fault in saved_blocks(source)[1]}
        faults += [wrong[line] for line in chosen if line in wrong]
        rows = {row for line in chosen if line not in wrong for row in _completed(source, chosen[line])}
        kept = [(row, marks.get(row)) for row in sorted(rows)]
    lines = [source.lines[row - 1][:column].rstrip() if column is not None else source.lines[row - 1]
             for row, column in kept]  # fmt: skip
    lines = [text for text, (_, column) in zip(lines, kept, strict=True) if text or column is None]
    return Stretch(_ordered("\n".join(lines), root), tuple(faults), tuple(warnings))


def _lines(source: Source, line: int, column: int) -> Iterator[int]:
    """Yield the lines (from 1) that the old tool takes for a mark: its own, those at the margin, those indented."""
    if source.lines[line - 1][:column].strip():
        yield line
    last = len(source.lines)
    row = line + 1
    while row <= last and source.lines[row - 1] and not source.lines[row - 1].startswith(" "):
        yield row
        row += 1
    while row <= last and (not source.lines[row - 1] or source.lines[row - 1].startswith(" ")):
        yield row
        row += 1


def _whole(source: Source, chosen: dict[int, list[int]]) -> bool:
    """Tell whether the lines are whole statements, and none of them is taken twice."""
    every = [row for rows in chosen.values() for row in rows]
    rows = set(every)
    if len(rows) < len(every):
        return False
    return all(set(_span(item)) <= rows for item in source.tree.body if rows & set(_span(item)))


def _span(statement: ast.stmt) -> range:
    return range(first_line(statement), (statement.end_lineno or statement.lineno) + 1)


def _completed(source: Source, rows: list[int]) -> set[int]:
    """Return the lines with the rest of every statement that they hold a part of."""
    found = set(rows)
    for statement in source.tree.body:
        if found & set(_span(statement)):
            found |= set(_span(statement))
    return found


def _leak(source: Source, line: int, rows: list[int]) -> MarkFault | None:
    """Say so if a mark beside a statement of one line saves others below it."""
    body = [item for item in source.tree.body if set(_span(item)) & set(rows)]
    if not body or line not in _span(body[0]) or len(body) < 2 or isinstance(body[0], ast.Import | ast.ImportFrom):
        return None
    fix = "put a blank line between them, or the mark above them"
    return MarkFault(line, "what stands below is saved with it", source.lines[line - 1], fix)


def _ordered(text: str, root: Path) -> str:
    """Return saved lines with their imports in order and no blanks at line ends."""
    if "import " in text:
        import isort

        text = isort.code(text, config=_settings(root))
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


@functools.cache
def _settings(root: Path) -> isort.Config:
    """Return isort's defaults, without blank lines between the kinds of imports."""
    import isort
    from isort.sections import FIRSTPARTY, FUTURE, LOCALFOLDER, STDLIB, THIRDPARTY

    kinds = frozenset({FUTURE, STDLIB, THIRDPARTY, FIRSTPARTY, LOCALFOLDER})
    return isort.Config(directory=str(root), no_lines_before=kinds)
