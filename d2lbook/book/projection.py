"""A section as one backend sees it.

``project`` is pure: section and backend in, frozen projection out. Knows nothing of Sphinx or Jupyter.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from d2lbook.book.config import BASE
from d2lbook.code.aliases import Aliases, rewrite
from d2lbook.code.branches import select, selects
from d2lbook.markup.model import ALL, Block, Code, Expect, Fold, Prose, Section, Tabs

SectionKind = Literal["text", "base", "tabbed"]
"""Kind of a section: without code, with code of no backend, with code of some."""
_MAGICS = {"r": "%%R", "ruby": "%%ruby", "bash": "%%bash"}
"""What hands a cell in another language to its interpreter."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A code cell of a projection."""

    id: str
    """``cell-01`` and so on: the place among the projection's cells."""
    source: str
    line: int
    origin: int
    """``Code.index`` in the section, by which backends' cells are matched."""
    volatile: bool = False
    saved: bool = False


@dataclass(frozen=True, slots=True)
class Projection:
    """What one backend keeps of a section."""

    docname: str
    path: str
    backend: str
    """A configured backend, or ``base``."""
    title: str
    blocks: tuple[Block, ...]
    """Blocks of this backend, folds filtered too; code as written (before aliases)."""
    cells: tuple[Cell, ...]
    """The code to run, in order, aliases rewritten."""
    front: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """``backend/docname``: the projection's name in the store and in messages."""
        return f"{self.backend}/{self.docname}"


def kind_of(section: Section, backends: Iterable[str]) -> SectionKind:
    """Return ``text`` (no code), ``base`` (code, none of it a backend's, no branch on the tab) or ``tabbed``."""
    code = section.code
    if not code:
        return "text"
    names = set(backends)
    own = any(names & set(_tabs(cell, backends)) for cell in code if cell.tabs != ALL)
    return "tabbed" if own or (names and any(selects(cell.source) for cell in code)) else "base"


def project(section: Section, backend: str, backends: tuple[str, ...], aliases: Aliases | None = None) -> Projection:
    """Return the section as ``backend`` (or ``base``) sees it.

    ``backends`` are the configured names, the default first: an unmarked cell belongs to the default; a book without
    any is kept whole. Branches on the tab are resolved and ``aliases`` rewritten in the cells, not in the blocks.
    """
    blocks = _keep(section.blocks, backend, backends) if backends else section.blocks
    code = [block for block in _flatten(blocks) if isinstance(block, Code)]
    cells = tuple(
        Cell(
            f"cell-{number:02d}",
            _code(block, backend, aliases),
            block.line,
            block.index,
            block.volatile,
            block.saved,
        )
        for number, block in enumerate(code, 1)
    )
    return Projection(section.docname, section.path, backend, section.title, blocks, cells, section.front)


def _code(code: Code, backend: str, aliases: Aliases | None) -> str:
    if magic := _MAGICS.get(code.language):
        return f"{magic}\n{code.source}"
    source = select(code.source, backend)
    return rewrite(source, aliases) if aliases else source


def projected(section: Section, backends: tuple[str, ...]) -> tuple[str, ...]:
    """Return whose projections a section has: nobody's, those of ``base``, or of each backend with code of its own.

    Where no cell names a backend, and only branches in cells for all ask for the tab, every backend has one.
    """
    kind = kind_of(section, backends)
    if kind != "tabbed":
        return (BASE,) if kind == "base" else ()
    return tuple(name for name in backends if any(name in _tabs(cell, backends) for cell in section.code)) or backends


def projections(
    section: Section, backends: tuple[str, ...], aliases: Mapping[str, Aliases] | None = None
) -> tuple[Projection, ...]:
    """Return the section's projections; ``aliases`` are what each backend rewrites, by name."""
    return tuple(project(section, name, backends, (aliases or {}).get(name)) for name in projected(section, backends))


def _tabs(cell: Code, backends: Iterable[str]) -> Tabs:
    return cell.tabs or tuple(backends)[:1]


def _keeps(tabs: Tabs, backend: str) -> bool:
    return not tabs or tabs == ALL or backend in tabs


def _keep(blocks: tuple[Block, ...], backend: str, backends: tuple[str, ...]) -> tuple[Block, ...]:
    kept: list[Block] = []
    for block in blocks:
        if isinstance(block, Code):
            if _keeps(_tabs(block, backends), backend):
                kept.append(block)
        elif isinstance(block, Fold):
            if _keeps(block.tabs, backend):
                inner = _keep(block.blocks, backend, backends)
                kept.append(replace(block, blocks=inner))
        elif _keeps(block.tabs, backend):
            kept.append(block)
    return tuple(kept)


def _flatten(blocks: tuple[Block, ...]) -> list[Prose | Code | Expect]:
    flat: list[Prose | Code | Expect] = []
    for block in blocks:
        if isinstance(block, Fold):
            flat.extend(_flatten(block.blocks))
        else:
            flat.append(block)
    return flat
