"""One backend's section as a reader meets it: stretches of prose between cells, with what the cells gave."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeGuard

from d2lbook.book.book import Book
from d2lbook.book.projection import Cell, Projection
from d2lbook.code.magics import python_of
from d2lbook.code.scaffolding import shown_code
from d2lbook.evidence import store
from d2lbook.markup.model import Block, Code, Expect, Fold, Prose

_EXERCISES = re.compile(r"^## *练习", re.M)
ANSWERS = ("solution", "hint")


@dataclass(slots=True)
class Step:
    """A cell with the prose and the claims around it."""

    cell: Cell | None
    """None: what stands before the first cell."""
    before: list[Prose] = field(default_factory=list)
    after: list[Prose] = field(default_factory=list)
    """Up to the next cell."""
    claims: list[Expect] = field(default_factory=list)
    """Behind the cell, up to the next one."""
    outputs: Sequence[Any] = ()
    answer: bool = False
    """It stands in a hint or an answer."""
    asks: bool = False
    """It stands below the heading of the exercises."""

    @property
    def text(self) -> str:
        """The prose behind the cell."""
        return "\n\n".join(prose.text for prose in self.after)


def steps_of(book: Book, projection: Projection) -> list[Step]:
    """Return the steps of a section in one backend, those of exercises included."""
    cells = {cell.origin: (place, cell) for place, cell in enumerate(projection.cells)}
    stored = store.load(book, projection)
    whole = stored is not None and len(stored.outputs) == len(projection.cells)
    steps = [Step(None)]
    asks = False
    for block, answer in _flat(projection.blocks):
        match block:
            case Prose():
                if not asks:  # an exercise's text reads no output of the section
                    steps[-1].after.append(block)
                asks = asks or _EXERCISES.search(block.text) is not None
            case Expect():
                steps[-1].claims.append(block)
            case Code():
                place, cell = cells[block.index]
                outputs = stored.outputs[place] if stored and whole else ()
                steps.append(Step(cell, list(steps[-1].after), outputs=outputs, answer=answer, asks=asks))
    return steps


def _flat(blocks: Sequence[Block], answer: bool = False) -> Iterator[tuple[Block, bool]]:
    for block in blocks:
        if isinstance(block, Fold):
            yield from _flat(block.blocks, answer or block.kind in ANSWERS)
        else:
            yield block, answer


def lines_of_code(book: Book, projection: Projection) -> tuple[int, int]:
    """Return how many lines of code a reader of one backend meets in the text: open ones, and those of folded cells.

    Not counted are blanks, docstrings, imports, records and answers.
    """
    folded = {block.index for block in book.section(projection.docname).code if block.fold}
    by_origin = {cell.origin: cell for cell in projection.cells}
    read = (block for block, answer in _flat(projection.blocks) if isinstance(block, Code) and not answer)
    cells = [by_origin[block.index] for block in read]  # without the stored outputs, which take long to read
    return (
        sum(_lines(cell.source) for cell in cells if cell.origin not in folded),
        sum(_lines(cell.source) for cell in cells if cell.origin in folded),
    )


@functools.lru_cache(maxsize=4096)
def _lines(source: str) -> int:
    shown = shown_code(source)
    try:
        _, tree = python_of(shown)
    except (SyntaxError, ValueError):
        tree = ast.Module([], [])
    aside = {
        line
        for node in _statements(tree.body)
        if isinstance(node, ast.Import | ast.ImportFrom) or _is_text(node)
        for line in range(node.lineno, (node.end_lineno or node.lineno) + 1)
    }
    lines = enumerate(shown.split("\n"), 1)
    return sum(bool(line.strip()) and number not in aside for number, line in lines)


def _statements(body: Iterable[ast.AST]) -> Iterator[ast.stmt]:
    """Yield statements and those within them; what expressions hold is no line of its own."""
    for node in body:
        if isinstance(node, ast.stmt):
            yield node
        for name in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, name, None)
            if isinstance(inner, list):
                yield from _statements(inner)


def _is_text(node: ast.AST) -> TypeGuard[ast.Expr]:
    """Tell whether a statement is a text and nothing else: a docstring."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def printed_in(outputs: Sequence[Any]) -> str:
    """Return the text that outputs show, pictures and errors aside."""
    found = []
    for output in outputs:
        if output["output_type"] == "stream":
            found.append(_joined(output["text"]) if output["name"] == "stdout" else "")
        elif output["output_type"] in ("execute_result", "display_data"):
            data = output["data"]
            if any(kind.startswith(("image/", "application/")) for kind in data):
                continue
            found.append(
                _joined(data.get("text/plain", "")) or re.sub("<[^>]+>", " ", _joined(data.get("text/html", "")))
            )
    return "\n".join(part for part in found if part.strip())


def drawings_in(outputs: Sequence[Any]) -> list[str]:
    """Return the drawings (SVG) among outputs; a picture of pixels is an empty text."""
    found = []
    for output in outputs:
        data = output.get("data", {})
        if "image/svg+xml" in data:
            found.append(_joined(data["image/svg+xml"]))
        elif any(kind.startswith("image/") for kind in data):
            found.append("")
    return found


def _joined(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else "".join(text)
