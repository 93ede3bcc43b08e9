"""Cells and tabs: code, outputs and prose of several backends, gathered into groups of panels.

Neighbouring cells and blocks that belong to single backends form one group, with a panel per backend in configured
order. A cell for all of them shows its code once, and its outputs once where they are equal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from docutils import nodes as docutils_nodes
from markdown_it.tree import SyntaxTreeNode

from d2lbook.book.config import BASE, Backend
from d2lbook.code.scaffolding import only_imports
from d2lbook.doctree import nodes
from d2lbook.doctree.metrics import metric_texts
from d2lbook.doctree.outputs import NOTHING, Output, comparable, output_nodes
from d2lbook.doctree.page import Page
from d2lbook.doctree.warnings import warn
from d2lbook.evidence.provenance import NOT_RUN, provenance
from d2lbook.markup.model import ALL
from d2lbook.markup.names import PLACES
from d2lbook.words.captions import ASIDES, IMPORTS
from d2lbook.words.language import spoken

if TYPE_CHECKING:
    from myst_parser.mdit_to_docutils.base import DocutilsRenderer as _Base

    from d2lbook.doctree.build import Build
else:
    _Base = object

Fill = Callable[[], None]
"""Renders a panel's content into the current node."""


class TabRenderer(_Base):
    """The part of the renderer that knows backends."""

    this_build: Build

    def begin_page(self, page: Page) -> None:
        """Start on a page."""
        self.page = page
        self.tab: str | None = None
        self.groups = 0
        self.predictions = 0
        self.asked: dict[str, int] = {}
        self.answered: set[int] = set()
        self.cell_line = 0

    def end_page(self) -> None:
        """Put how the page was run below its title, on the book's first page above the first code."""
        _gather_help(self.document)
        for name in self.page.projections:
            if self.page.stale(name):
                where = (self.page.section.docname, 0)
                warn(where, f"the code has changed since {name} ran it", fix="run `d2lbook eval`", severity="warning")
        title = next(iter(self.document.findall(docutils_nodes.title)), None)
        if title is None or not self.page.projections:
            return
        holder = docutils_nodes.container()
        with self.current_node_context(holder):
            if self.page.kind == BASE or len(self.page.backends) == 1:
                self._provenance(next(iter(self.page.projections)))
            else:
                fills = {backend.name: self._provenance_of(backend.name) for backend in self.page.backends}
                self._group("run", self.page.backends, fills, number=0)
        place = title.parent.index(title) + 1
        if self.page.section.docname == self.this_build.book.config.index:
            groups = (number for number, child in enumerate(title.parent) if isinstance(child, nodes.tab_group))
            place = next(groups, place)
        title.parent[place:place] = holder.children

    # ---- groups ----

    def render_siblings(self, children: Sequence[SyntaxTreeNode]) -> None:
        """Render nodes in order; runs that belong to single backends become groups."""
        run: list[SyntaxTreeNode] = []
        for child in children:
            tabs = self._tabs(child)
            if tabs is None:
                if child.type in ("d2l_expect", "d2l_selector") or self._vanishes(child):
                    continue
                self._flush(run)
                self._one(child)
                self._forget_answered()
            elif self._vanishes(child):
                continue
            elif self.tab is None:
                run.append(child)
            elif self.tab in tabs:
                self._one(child)
        self._flush(run)

    def _vanishes(self, child: SyntaxTreeNode) -> bool:
        """Tell whether a cell shows no code and gave nothing: it only records."""
        if child.type != "d2l_cell":
            return False
        index, page = child.meta["index"], self.page
        sources = {name: source for name in page.projections if (source := page.source(index, name)) is not None}
        empty = bool(sources) and not any(sources.values())
        return empty and all(comparable(page.outputs(index, name)) == NOTHING for name in sources)

    def _one(self, child: SyntaxTreeNode) -> None:
        rule = self.rules.get(f"render_{child.type}")
        if rule is None:
            warn((self.page.section.docname, child.map[0] if child.map else 0), f"nothing renders a {child.type}")
        else:
            rule(child)

    def _tabs(self, child: SyntaxTreeNode) -> tuple[str, ...] | None:
        """Return the backends that ``child`` is for, or None if it is for all of them."""
        if child.type == "d2l_cell":
            tabs = self._cell_tabs(child.meta["index"])
        elif child.type == "d2l":
            known = {backend.name.lower(): backend.name for backend in self.page.backends}
            tabs = tuple(known.get(name.lower(), name) for name in child.meta["tabs"]) or ALL
        else:
            return None
        return None if tabs == ALL or self.this_build.everybody <= set(tabs) else tabs

    def _cell_tabs(self, index: int) -> tuple[str, ...]:
        backends = self.page.backends
        code = self.page.section.code
        tabs = code[index].tabs if index < len(code) else ALL
        return tabs or tuple(backend.name for backend in backends[:1]) or ALL

    def _flush(self, run: list[SyntaxTreeNode]) -> None:
        """Render the gathered nodes as one group, and forget them."""
        if not run:
            return
        members = [(child, self._tabs(child) or ()) for child in run]
        run.clear()
        has_code = any(_has_code(child) for child, _ in members)
        panels: dict[str, Fill] = {}
        for backend in self.page.backends:
            own = [child for child, tabs in members if backend.name in tabs]
            if own:
                panels[backend.name] = lambda own=own: self._all_of(own)  # type: ignore[misc]
            elif has_code:
                panels[backend.name] = self._missing(backend)
        shown = [backend for backend in self.page.backends if backend.name in panels]
        if not shown:
            return  # for tabs that nobody knows, which the book itself tells
        self._group("code" if has_code else "text", shown, panels)
        self._forget_answered()

    def _all_of(self, children: Iterable[SyntaxTreeNode]) -> None:
        for child in children:
            self._one(child)

    def _group(
        self, kind: nodes.GroupKind, backends: Iterable[Backend], panels: dict[str, Fill], number: int | None = None
    ) -> None:
        """Add a group with the panels' contents."""
        if number is None:
            self.groups += 1
            number = self.groups
        group = nodes.tab_group("", kind=kind, number=number)
        with self.current_node_context(group, append=True):
            for backend in backends:
                panel = nodes.tab_panel("", tab=backend.name)
                outer, self.tab = self.tab, backend.name
                with self.current_node_context(panel, append=True):
                    panels[backend.name]()
                self.tab = outer

    def _missing(self, backend: Backend) -> Fill:
        """Say that a backend has nothing here."""

        def fill() -> None:
            if self.page.kind == "tabbed" and backend.name not in self.page.projections:
                text = f"本节没有{backend.title}版本。"
            elif self.page.kind == "tabbed" and backend.name not in self.page.runs:
                text = f"{backend.title}：{NOT_RUN}。"
            else:
                text = f"这一步没有{backend.title}的代码。"
            self.current_node["missing"] = True
            self.current_node.append(nodes.absence("", docutils_nodes.paragraph("", self._own(text))))

        return fill

    # ---- blocks of the dialect ----

    def render_d2l(self, token: SyntaxTreeNode) -> None:
        """Render what stands between ``:begin_X:`` and ``:end_X:``."""
        kind = token.meta["kind"]
        if kind == "tab" or kind in PLACES:
            if kind != ("site" if self.this_build.on_paper else "offsite"):
                self.render_children(token)
            return
        if kind in ASIDES:
            node: docutils_nodes.Element = nodes.aside("", kind=kind)
        else:
            node = nodes.absence() if kind == "absent" else nodes.fold(kind=kind)
        self.add_line_and_source_path(node, token)
        with self.current_node_context(node, append=True):
            if kind in ASIDES and not token.meta["title"]:
                self.current_node.append(nodes.aside_title("", kind=kind))
            self.render_children(token)
        if kind == "predict":
            self.predictions += 1
            names = [self.tab] if self.tab else list(self.page.projections)
            self.asked |= dict.fromkeys(names, self.predictions)

    def render_d2l_title(self, token: SyntaxTreeNode) -> None:
        """Render an aside's title."""
        node = nodes.aside_title("", kind=self.current_node["kind"])
        self.add_line_and_source_path(node, token)
        with self.current_node_context(node, append=True):
            self.render_children(token)

    def render_d2l_cell(self, token: SyntaxTreeNode) -> None:
        """Render a cell: its code, and what it gave."""
        index = token.meta["index"]
        names = [self.tab] if self.tab else list(self.page.projections)
        sources = {name: source for name in names if (source := self.page.source(index, name)) is not None}
        if not sources:
            return
        if len(set(sources.values())) > 1:
            backends = [self.page.backend(name) for name in sources]
            fills: dict[str, Fill] = {name: self._cell(token, name, sources[name]) for name in sources}
            self._group("code", backends, fills)
            return
        self._code(token, next(iter(sources.values())))
        self._outputs(index, [name for name in sources if name in self.page.runs])

    def _cell(self, token: SyntaxTreeNode, name: str, source: str) -> Fill:
        def fill() -> None:
            self._code(token, source)
            self._outputs(token.meta["index"], [name])

        return fill

    def _hidden(self, index: int, what: str) -> bool:
        """Tell whether a mark in a cell hides its code or its outputs."""
        code = self.page.section.code
        return index < len(code) and what in code[index].hidden

    def _code(self, token: SyntaxTreeNode, source: str) -> None:
        index = token.meta["index"]
        if not source or self._hidden(index, "code"):
            return
        block = docutils_nodes.literal_block(source, source, language=token.meta["language"], force=True)
        block["classes"].append("cell")
        self.add_line_and_source_path(block, token)
        code = self.page.section.code
        name = code[index].fold if index < len(code) else ""
        folded = name or (self._own(IMPORTS) if only_imports(source) else "")
        self.current_node.append(nodes.preparation("", nodes.preparation_name("", folded), block) if folded else block)

    def _outputs(self, index: int, names: Sequence[str]) -> None:
        """Add what a cell gave: once where the backends agree, else a panel for each."""
        if self._hidden(index, "outputs"):
            return
        outputs = {name: self.page.outputs(index, name) for name in names}
        code = self.page.section.code
        self.cell_line = code[index].line if index < len(code) else 0
        numbers = [self.asked.pop(name) for name in self._told(outputs)]
        if not numbers:
            self._show(outputs)
            return
        self.answered.update(numbers)
        with self.current_node_context(nodes.reveal("", number=numbers[0]), append=True):
            self._show(outputs)

    def _told(self, outputs: Mapping[str, Sequence[Output]]) -> list[str]:
        """Return the backends that were asked what these outputs tell; none if nothing shows."""
        shown = any(comparable(output) != NOTHING for output in outputs.values())
        return [name for name in outputs if name in self.asked] if shown else []

    def _forget_answered(self) -> None:
        """Ask backends that had no answer where others had theirs no more."""
        if self.tab is None:
            self.asked = {name: number for name, number in self.asked.items() if number not in self.answered}

    def _show(self, outputs: Mapping[str, Sequence[Output]]) -> None:
        if len({comparable(output) for output in outputs.values()}) <= 1:
            for output in list(outputs.values())[:1]:
                self._output(output)
            return
        fills: dict[str, Fill] = {
            name: lambda output=output: self._output(output)  # type: ignore[misc]
            for name, output in outputs.items()
        }
        for backend in self.page.backends:
            fills.setdefault(backend.name, self._missing(backend))
        self._group("output", self.page.backends, fills)

    def _output(self, output: Sequence[Output]) -> None:
        """Add what a cell gave; it is known by the cell's line."""
        for node in output_nodes(output, self.this_build.pictures):
            node.line = self.cell_line
            self.current_node.append(node)

    # ---- how it was run ----

    def _own(self, text: str) -> str:
        """Return words of the engine's in the book's language."""
        return spoken(text, self.this_build.book.config.lang)

    def _provenance_of(self, name: str) -> Fill:
        return lambda: self._provenance(name)

    def _provenance(self, name: str) -> None:
        backend, run = self.this_build.book.config.backend(name), self.page.runs.get(name)
        if name not in self.page.projections:
            self.current_node.append(nodes.provenance("", self._own(f"本节没有{backend.title}版本。"), backend=""))
            return
        text = provenance(backend, run, run is not None and self.page.stale(name))
        self.current_node.append(nodes.provenance("", self._own(text), backend=name))

    # ---- recorded numbers ----

    def metric(self, token: SyntaxTreeNode, spec: str) -> nodes.metric:
        """Return the node of a recorded number: one text, or one for each backend."""
        names = [self.tab] if self.tab else list(self.page.projections)
        values, problem = metric_texts(self.page, names, spec)
        if problem:
            line = token.map[0] if token.map else 0
            warn((self.page.section.docname, line), problem, token.content, "record it with d2l.record in a cell")
        return nodes.metric("", values=values)


def _has_code(child: SyntaxTreeNode) -> bool:
    """Return whether a node holds a cell, or says why one is missing."""
    if child.type == "d2l_cell":
        return True
    if child.type != "d2l":
        return False
    return child.meta["kind"] == "absent" or any(_has_code(inner) for inner in child.children)


def _gather_help(document: docutils_nodes.document) -> None:
    """Put hints and answers that follow one another into one line."""
    for first in list(document.findall(nodes.fold)):
        parent = first.parent
        if isinstance(parent, nodes.help_line):
            continue
        start = end = parent.index(first)
        while end < len(parent) and isinstance(parent[end], nodes.fold):
            end += 1
        parent[start:end] = [nodes.help_line("", *parent[start:end])]
