"""Code that shared prose names, run in every backend: it must mean the same in each.

``H.max(axis=0) == 0`` is an array of truths in three frameworks and one ``False`` in the fourth. The section's cells
run as they are, and behind each the expressions of the prose that follows.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from markdown_it.token import Token

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.book.projection import Cell, Projection
from d2lbook.check.stretches import steps_of
from d2lbook.evidence.evaluation import job_for
from d2lbook.execute.model import Result
from d2lbook.execute.progress import listener
from d2lbook.execute.schedule import run_jobs
from d2lbook.markup.grammar import prose_tokens
from d2lbook.markup.model import Prose

MARK = "d2l-probe "
_PROBE = """
def _d2l_kind(code, own):
    try:
        value = eval(code, globals() | own)
    except Exception as error:
        return [type(error).__name__, str(error)[:80]]
    shape = getattr(value, "shape", None)
    if shape is not None and not callable(shape):
        return ["array", str(tuple(int(n) for n in shape))]
    if isinstance(value, (bool, int, float, str)):
        return [type(value).__name__, ""]
    if isinstance(value, (list, tuple, dict)):
        return ["several", str(len(value))]
    return ["object", ""]
def _d2l_kinds(code):
    names = compile(code, "prose", "eval").co_names
    found = {{name: globals().get(name) for name in names}}
    arrays = {{name: value for name, value in found.items() if type(value).__name__ == "ndarray"}}
    arrays = {{name: value for name, value in arrays.items() if type(value).__module__ == "numpy"}}
    kinds = [_d2l_kind(code, {{}})]
    if arrays and not {{"numpy", "np"}} & set(names) and hasattr(globals().get("d2l"), "tensor"):
        kinds.append(_d2l_kind(code, {{name: d2l.tensor(value) for name, value in arrays.items()}}))
    return kinds
import json as _d2l_json
print({mark!r} + _d2l_json.dumps({{code: _d2l_kinds(code) for code in {codes!r}}}))
"""
# Tells of each expression what it gives; of one on NumPy's arrays also what it gives on the framework's own.


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one expression gave, by backend."""

    code: str
    line: int
    kinds: Mapping[str, str]
    """``array (3,)``, ``bool``, ``NameError: …``."""

    @property
    def agree(self) -> bool:
        """It gave the same kind everywhere, or is defined nowhere: it is no code of the section then."""
        nowhere = all(kind.startswith(("NameError", "SyntaxError")) for kind in self.kinds.values())
        return nowhere or (len(set(self.kinds.values())) == 1 and not _failed(next(iter(self.kinds.values()))))


def _failed(kind: str) -> bool:
    return "Error" in kind.partition(":")[0]


def expressions_in(prose: Prose) -> Iterator[tuple[str, int]]:
    """Yield the expressions among a text's inline code, with their lines; names and literals alone are none."""
    for token in prose_tokens(prose.text):
        for child in token.children or () if token.type == "inline" else ():
            if child.type == "code_inline" and _is_expression(child):
                yield child.content, prose.line + (token.map[0] if token.map else 0)


def _is_expression(token: Token) -> bool:
    try:
        tree = ast.parse(token.content.strip(), mode="eval").body
    except (SyntaxError, ValueError):
        return False
    kinds = (ast.Call, ast.Subscript, ast.Compare, ast.BinOp, ast.UnaryOp)
    nodes = list(ast.walk(tree))
    hollow = any(isinstance(node, ast.Constant) and node.value is ... for node in nodes)
    bare = isinstance(tree, ast.Call) and not (tree.args or tree.keywords)
    named = any(isinstance(node, ast.Name) for node in nodes)
    return isinstance(tree, kinds) and named and not hollow and not bare


def meanings(book: Book, docname: str) -> list[Meaning]:
    """Run a section in every backend, and return what the expressions of its shared prose are in each."""
    projections = [item for item in book.projections(book.section(docname)) if item.backend != BASE]
    found: dict[tuple[str, int], dict[str, str]] = {}
    jobs, asked = [], {}
    for projection in projections:
        probed, asked[projection.backend] = _probed(book, projection)
        if asked[projection.backend]:
            jobs.append(replace(job_for(book, projection), projection=probed))
    with listener(len(jobs), sum(job.expected for job in jobs)) as told:
        for result in run_jobs(jobs, told):
            backend = result.job.projection.backend
            for code, line, kind in _read(result, asked[backend]):
                found.setdefault((code, line), {})[backend] = kind
    order = [item.backend for item in projections]
    return [
        Meaning(code, line, {name: kinds[name] for name in order if name in kinds})
        for (code, line), kinds in sorted(found.items(), key=lambda item: item[0][1])
    ]


def _probed(book: Book, projection: Projection) -> tuple[Projection, dict[str, dict[str, int]]]:
    """Return a projection with a probe behind each cell whose prose names expressions, and those with their lines."""
    cells: list[Cell] = []
    asked: dict[str, dict[str, int]] = {}
    for step in steps_of(book, projection):
        if step.cell is None:
            continue
        cells.append(step.cell)
        codes = dict(_shared(step.after))
        if codes and not step.answer:
            name = f"probe-{len(asked) + 1:02d}"
            asked[name] = codes
            cells.append(Cell(name, _PROBE.format(mark=MARK, codes=list(codes)), step.cell.line, -1))
    return replace(projection, cells=tuple(cells)), asked


def _shared(prose: Iterable[Prose]) -> Iterator[tuple[str, int]]:
    for part in prose:
        if not part.tabs:
            yield from expressions_in(part)


def _read(result: Result, asked: Mapping[str, Mapping[str, int]]) -> Iterator[tuple[str, int, str]]:
    for cell, outputs in zip(result.job.projection.cells, result.outputs, strict=False):
        for output in outputs if cell.id in asked else ():
            text = str(output.get("text", ""))
            if MARK in text:
                found: Mapping[str, list[list[str]]] = json.loads(text.partition(MARK)[2].splitlines()[0])
                for code, kinds in found.items():
                    yield code, asked[cell.id][code], _told(kinds)


def _told(kinds: Sequence[Sequence[str]]) -> str:
    """Return the kind in words; on NumPy's arrays and on the framework's own, where they differ."""
    words = [f"{kind}{': ' if _failed(kind) else ' '}{more}".strip(": ") for kind, more in kinds]
    return words[0] if len(set(words)) == 1 else f"{words[0]}, on its own arrays {words[1]}"
