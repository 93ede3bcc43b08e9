"""A reader's notebook: prose of one backend, code, and the outputs that the store holds."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode, from_dict, v4

from d2lbook.book.book import Book
from d2lbook.book.numbering import Numbering
from d2lbook.book.projection import Projection, project
from d2lbook.book.references import cited_in
from d2lbook.code.scaffolding import only_imports, shown_code
from d2lbook.evidence import store
from d2lbook.evidence.provenance import provenance
from d2lbook.evidence.seeds import read_runs
from d2lbook.evidence.store import Stored
from d2lbook.execute.notebook import METRIC, Output, names_a_drawing
from d2lbook.markup.model import Block, Code, Fold, Prose
from d2lbook.markup.names import PLACES
from d2lbook.notebooks.binding import bound_cells
from d2lbook.notebooks.prose import Layout, ProseContext, addresses_in, footnotes_in, listing, markdown_of, noted_in
from d2lbook.words.bibliography import Bibliography
from d2lbook.words.captions import ASIDES, DRAWN, FOLDS, IMPORTS, PREPARATION, REFERENCES
from d2lbook.words.language import spoken
from d2lbook.words.terminal import printable

HIDDEN: dict[str, Any] = {"jupyter": {"source_hidden": True}, "cellView": "form"}
"""Metadata of a cell whose code starts folded, in Jupyter and in Colab."""


@dataclass(frozen=True, slots=True)
class CrossReferences:
    """What notebooks of one book share, made once."""

    numbering: Numbering
    bibliography: Bibliography

    @classmethod
    def of(cls, book: Book) -> CrossReferences:
        """Return the references of ``book``."""
        return cls(Numbering(book), Bibliography(book.config.bibfile, book.config.lang, book.config.bibliography_cache))


def reader_notebook(
    book: Book,
    projection: Projection,
    layout: Layout,
    *,
    backend: str = "",
    setup: str = "",
    references: CrossReferences | None = None,
    changed: bool | None = None,
) -> NotebookNode:
    """Return the notebook that a reader of ``backend`` gets of a section (a page without code included).

    ``backend`` is the projection's own unless it is ``base``: a section without any backend's code is shown to readers
    of every backend, its prose as theirs. ``setup`` is code for a first cell, left out where there is no other.
    ``changed`` says whether the code has changed since the stored run (default: what the store says, which needs the
    whole library).
    """
    stored = store.load(book, projection) if projection.cells else None
    note = ""
    if projection.cells:
        stale = stored is not None and (_is_changed(book, projection) if changed is None else changed)
        note = spoken(provenance(book.config.backend(projection.backend), stored, stale), book.config.lang)
    reader = backend or projection.backend
    shown = projection
    if backend and backend != projection.backend:
        shown = project(book.section(projection.docname), backend, book.config.backend_names)
    context = _context(book, shown, reader, layout, references or CrossReferences.of(book), stored, note)
    cells = list(_Pages(context, projection, stored, setup).cells(shown.blocks))
    prose = [block for block in _flat(shown.blocks) if isinstance(block, Prose)]
    if entries := listing(context, cited_in(prose)):
        cells.append(_cell("markdown", "references", f"**{spoken(REFERENCES, book.config.lang)}**\n\n{entries}"))
    spec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    about = {"kernelspec": spec, "language_info": {"name": "python"}}
    return NotebookNode(cells=cells, metadata=from_dict(about), nbformat=v4.nbformat, nbformat_minor=v4.nbformat_minor)


def _context(
    book: Book,
    shown: Projection,
    backend: str,
    layout: Layout,
    shared: CrossReferences,
    stored: Stored | None,
    note: str,
) -> ProseContext:
    """Return what the prose of a section may refer to, for readers of a backend."""
    docname = shown.docname
    prose = book.section(docname).prose
    footnotes = footnotes_in(prose)
    seen = [block for block in _flat(shown.blocks) if isinstance(block, Prose)]
    return ProseContext(
        book=book,
        numbering=shared.numbering,
        bibliography=shared.bibliography,
        layout=layout,
        docname=docname,
        metrics=stored.metrics if stored else {},
        seeds=read_runs(book.config, docname),
        backend=backend,
        years=shared.bibliography.years(cited_in(prose)),
        footnotes=footnotes,
        noted=noted_in(seen, footnotes),
        addresses=addresses_in(prose),
        note=note,
    )


class _Pages:
    """Turns blocks into cells, one after the other."""

    def __init__(self, context: ProseContext, projection: Projection, stored: Stored | None, setup: str) -> None:
        self.context, self.setup = context, setup
        self.cells_by_origin = {cell.origin: (place, cell) for place, cell in enumerate(projection.cells)}
        self.code = bound_cells(context.book, projection)
        whole = stored is not None and len(stored.outputs) == len(projection.cells)
        self.outputs = stored.outputs if stored and whole else ()
        self.texts = 0

    def cells(self, blocks: Sequence[Block]) -> Iterator[NotebookNode]:
        """Yield the cells of a section's blocks."""
        for block in blocks:
            match block:
                case Prose():
                    yield from self._text(markdown_of(block, self.context))
                case Code():
                    yield from self._code(block)
                case Fold():
                    yield from self._fold(block)

    def _own(self, text: str) -> str:
        """Return words of the engine's in the book's language."""
        return spoken(text, self.context.book.config.lang)

    def _text(self, text: str) -> Iterator[NotebookNode]:
        if text.strip():
            self.texts += 1
            yield _cell("markdown", f"text-{self.texts:02d}", text)

    def _code(self, block: Code, answer: str = "") -> Iterator[NotebookNode]:
        """Yield a cell; preparation starts with its code hidden, an ``answer`` with all of it, under that name."""
        place, cell = self.cells_by_origin[block.index]
        source = shown_code(self.code[place])
        outputs = shown_outputs(self.outputs[place], self.context.book.config.lang) if self.outputs else []
        if not (source or outputs):
            return
        if self.setup:
            hidden = dict(HIDDEN) if self.setup.startswith("#@title") else {}
            yield _cell("code", "setup", self.setup, execution_count=None, outputs=[], metadata=hidden)
            self.setup = ""
        count = place + 1 if self.outputs else None
        imports = only_imports(source)
        folded = self._own(PREPARATION) + (block.fold or self._own(IMPORTS)) if block.fold or imports else ""
        name = answer or folded
        metadata: dict[str, Any] = {}
        if name:
            source = f"#@title {name}\n{source}"
            metadata = dict(HIDDEN)
        if answer:
            metadata |= {"jupyter": {"source_hidden": True, "outputs_hidden": True}, "collapsed": True}
        yield _cell("code", cell.id, source, execution_count=count, outputs=outputs, metadata=metadata)

    def _fold(self, fold: Fold) -> Iterator[NotebookNode]:
        """Yield a fold: prose to be opened, code as cells that start hidden, below a heading."""
        if fold.kind in ASIDES:
            yield from self._aside(fold)
            return
        if fold.kind in PLACES:
            yield from self.cells(fold.blocks if fold.kind == "offsite" else ())
            return
        name, in_code = self._own(FOLDS.get(fold.kind, "")), False
        for block in fold.blocks:
            if isinstance(block, Code):
                if not in_code and name:
                    yield from self._text(f"**{name}{self._own('：代码')}**")
                yield from self._code(block, f"{name}{self._own('：代码')}" if name else "")
            elif isinstance(block, Prose):
                text = markdown_of(block, self.context)
                if name:
                    text = f"<details>\n<summary>{name}</summary>\n\n{text}\n\n</details>"
                yield from self._text(text)
            else:
                yield from self.cells((block,))
            in_code = isinstance(block, Code)

    def _aside(self, fold: Fold) -> Iterator[NotebookNode]:
        """Yield something set apart: its title and prose are quoted, its code follows as cells."""
        kind = self._own(ASIDES[fold.kind] + ("：" if fold.title else ""))
        title = f"**{kind}{fold.title}**"
        for block in fold.blocks:
            if isinstance(block, Prose):
                yield from self._text(_quoted(f"{title}\n\n{markdown_of(block, self.context)}".strip()))
            else:
                yield from self._text(_quoted(title))
                yield from self.cells((block,))
            title = ""
        yield from self._text(_quoted(title))


def _quoted(text: str) -> str:
    """Return markdown as a quotation."""
    return "\n".join(f"> {line}".rstrip() for line in text.split("\n")) if text else ""


def _cell(kind: str, name: str, source: str, **more: Any) -> NotebookNode:
    """Return a cell; nbformat's own makers check each against the schema, which takes longer than all the rest."""
    cell: NotebookNode = from_dict({"cell_type": kind, "id": name, "metadata": {}, "source": source, **more})
    return cell


_IN_ADDRESS = re.compile(r"[%#\"&\n\r\t]")
"""What means something in an address or an attribute."""


def shown_outputs(outputs: Sequence[Output], lang: str = "zh_CN") -> list[Output]:
    """Return what a reader sees of a cell's outputs: no recorded metrics, no names of what was drawn on."""
    shown = (output for output in outputs if METRIC not in output.get("data", {}) and not names_a_drawing(output))
    return [_with_picture(_plain(output), lang) for output in shown]


def _with_picture(output: Output, lang: str) -> Output:
    """Return an output whose drawing is also there as a picture in HTML.

    Jupyter shows drawings by themselves only in notebooks that it trusts, which means: after they were run.
    """
    data = output.get("data", {})
    if "image/svg+xml" not in data or data.keys() & {"text/html", "image/png", "image/jpeg"}:
        return output
    drawing = data["image/svg+xml"]
    drawing = drawing if isinstance(drawing, str) else "".join(drawing)
    written = _IN_ADDRESS.sub(lambda match: f"%{ord(match[0]):02X}", drawing)
    alt = spoken(DRAWN, lang)
    return {**output, "data": {**data, "text/html": f'<img alt="{alt}" src="data:image/svg+xml,{written}">'}}


def _plain(output: Output) -> Output:
    """Return an output without characters that a notebook's readers choke on."""
    if output["output_type"] == "stream" and isinstance(output["text"], str):
        return {**output, "text": printable(output["text"])}
    return output


def _flat(blocks: Sequence[Block]) -> Iterator[Block]:
    for block in blocks:
        yield block
        if isinstance(block, Fold) and block.kind != "site":
            yield from _flat(block.blocks)


def _is_changed(book: Book, projection: Projection) -> bool:
    return store.status(book, [projection])[0].state == "stale"
