"""What a section is made of: frozen records, from the source text alone.

Nothing here knows of backends' names, Sphinx or Jupyter. ``tabs`` is a tuple of names as written;
the empty tuple means "every backend" for prose, and ``("all",)`` the same for code.
Offsets count characters, lines count from 1. The records have no slots: those are read from a pickle field by field,
in Python, which takes twice as long, and every command reads all sections of its book.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from d2lbook.errors import Fault

Tabs = tuple[str, ...]
ALL: Tabs = ("all",)
AnchorKind = Literal["section", "figure", "table", "equation"]


@dataclass(frozen=True)
class Role:
    """An inline mark such as ``:numref:`sec_x```, by its place in the prose."""

    name: str
    value: str
    start: int
    """Offset of the leading colon in the prose's text."""
    end: int
    """Offset just after the closing backtick."""
    line: int
    """Line in the file."""


@dataclass(frozen=True)
class Prose:
    """Markdown between two other blocks, marks left as written."""

    text: str
    line: int
    tabs: Tabs = ()
    roles: tuple[Role, ...] = ()


@dataclass(frozen=True)
class Code:
    """An executable cell."""

    source: str
    """The code without its tab line; other marks (``#@save``, ``# volatile``) are left in."""
    line: int
    """Line in the file of the first line of ``source``."""
    tabs: Tabs
    """``("all",)``, or the backends named; an unmarked cell has ``()`` (the default tab's)."""
    index: int
    """Place among the section's cells, from 0, whatever their tabs."""
    language: str = "python"
    saved: bool = False
    """Has a ``#@save`` mark."""
    volatile: bool = False
    """Has a ``# volatile`` mark: its output (a timing, say) differs from run to run."""
    hidden: frozenset[str] = frozenset()
    """What readers of a page don't see of it: ``code``, ``outputs``."""
    fold: str = ""
    """The name under which its code is folded, of a ``# fold: NAME`` mark."""


@dataclass(frozen=True)
class Claim:
    """One line of an ``{.expect}`` fence."""

    text: str
    """A comparison of recorded metrics, such as ``0.80 < test_acc < 0.90``."""
    line: int
    reason: str = ""
    """The comment after ``#``."""


@dataclass(frozen=True)
class Expect:
    """Claims on the section's metrics, checked at every build and invisible to readers."""

    claims: tuple[Claim, ...]
    line: int
    tabs: Tabs = ()


FoldKind = Literal["solution", "hint", "predict", "absent", "pitfall", "today", "site", "offsite"]
"""What a block is: folded (``solution``, ``hint``, ``predict``); ``absent`` (a backend lacks it, with the reason); one
set apart (``pitfall``, ``today``); or said on the ``site`` only, or everywhere but there."""


@dataclass(frozen=True)
class Fold:
    """A folded block, or one set apart."""

    kind: FoldKind
    line: int
    blocks: tuple[Block, ...]
    tabs: Tabs = ()
    title: str = ""
    """Title of a ``pitfall`` or ``today``, as markdown; empty: the usual one."""


Block = Prose | Code | Expect | Fold


@dataclass(frozen=True)
class Use:
    """A file or page of the book that a text shows or links to."""

    kind: Literal["picture", "moving", "media", "link"]
    path: str
    """Path as written, percent signs decoded, without ``#…``; relative to the file that holds it."""
    line: int
    """Line in the file."""


@dataclass(frozen=True)
class Slide:
    """Text that is marked for slides."""

    text: str
    line: int
    opens: bool
    """It begins a slide."""
    only: bool
    """It stands on slides only, not in the book."""


@dataclass(frozen=True)
class Anchor:
    """A place that has a number or a name: a heading, or a figure, table or equation with a label or a caption."""

    kind: AnchorKind
    line: int
    """Line in the file where it begins, by which every room knows it."""
    label: str = ""
    """Name that references reach it by; empty for none."""
    title: str = ""
    """Heading or caption, as markdown."""
    plain: str = ""
    """The same as text."""
    level: int = 0
    """Level of a heading, from 1; 0 for the others."""
    counted: bool = True
    """Whether it takes part in the numbering of its page."""
    label_line: int = 0
    """Line in the file where the label stands; 0 for none."""
    tabs: Tabs = ()
    """Backends whose block holds it, as written; empty: every one's."""


@dataclass(frozen=True)
class Toc:
    """A ``toc`` fence: documents in order, relative to the folder of the file that holds it."""

    entries: tuple[str, ...]
    lines: tuple[int, ...]
    numbered: bool
    line: int
    depth: int = 1
    """Number of levels that a page shows."""


@dataclass(frozen=True)
class Section:
    """One markdown file."""

    docname: str
    """Path below the source folder without its suffix, such as ``preliminaries/ndarray``."""
    path: str
    """Path below the book's root, for messages."""
    title: str
    blocks: tuple[Block, ...]
    anchors: tuple[Anchor, ...] = ()
    """Headings, figures, tables and equations in the order of the source, whatever their tabs."""
    tocs: tuple[Toc, ...] = ()
    front: Mapping[str, Any] = field(default_factory=dict)
    """The front matter: ``data`` (list of set names), ``timeout`` (seconds), ``gpus``, ``memory_gib``."""
    faults: tuple[Fault, ...] = ()
    slides: tuple[Slide, ...] = ()
    libraries: tuple[str, ...] = ()
    """What pip is told to install for this section, as the old tool's cell that selects a tab lists it."""
    bibliographies: tuple[str, ...] = ()
    """Files that ``:bibliography:`` marks name, from the folder of this one."""
    uses: tuple[Use, ...] = ()
    """Pictures, media and links that name files or pages of the book."""
    code_faults: tuple[Fault, ...] = ()
    """Faults, of those above, by which cells, or what the front matter says of their run, may be lost or misread."""

    @property
    def labelled(self) -> tuple[Anchor, ...]:
        """The anchors that references can reach."""
        return tuple(anchor for anchor in self.anchors if anchor.label)

    def walk(self) -> Iterator[Block]:
        """Yield every block in source order, folds before what they hold."""
        yield from _walk(self.blocks)

    @property
    def code(self) -> tuple[Code, ...]:
        """Every executable cell, in order."""
        return tuple(block for block in self.walk() if isinstance(block, Code))

    @property
    def prose(self) -> tuple[Prose, ...]:
        """Every stretch of prose, in order, folded ones too."""
        return tuple(block for block in self.walk() if isinstance(block, Prose))


def _walk(blocks: tuple[Block, ...]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Fold):
            yield from _walk(block.blocks)
