"""The builder: Sphinx's LaTeX builder on the book's doctrees, with the book's numbers and pictures."""

from __future__ import annotations

import hashlib
import logging
import multiprocessing
import time
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from docutils import nodes as docutils_nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.builders.latex import LaTeXBuilder
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util._pathlib import _StrPath
from sphinx.util.nodes import inline_all_toctrees

from d2lbook.book.numbering import Target
from d2lbook.book.references import cited_by, cited_on
from d2lbook.doctree import nodes
from d2lbook.doctree.choice import choose_backend, ids_of
from d2lbook.doctree.citations import cite, listing
from d2lbook.doctree.conversion import convert_tree
from d2lbook.doctree.inventory import BookDomain
from d2lbook.doctree.references import reference
from d2lbook.doctree.warnings import Collector
from d2lbook.errors import Fault, errors_only
from d2lbook.files import write_changed, write_whole
from d2lbook.pdf.answers import gather_chapters
from d2lbook.pdf.forbidden import refuse_forbidden
from d2lbook.pdf.paper_build import Paper, paper_build_of
from d2lbook.pdf.settings import settings_of
from d2lbook.pdf.tex import Complaint, convert_pictures, page_count, place_of, run_latexmk

MOST_PAGES = 720
"""Pages of a volume that can be bound."""
FORK = multiprocessing.get_context("fork") if "fork" in multiprocessing.get_all_start_methods() else None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one paper."""

    faults: tuple[Fault, ...]
    pages: int
    seconds: float


class PdfBuilder(LaTeXBuilder):
    """Reads the book once, and writes a LaTeX file for each paper that is made of it."""

    name = "d2lbook-pdf"
    format = "latex"
    allow_parallel = True

    def __init__(self, app: Sphinx, env: BuildEnvironment) -> None:
        """Take the build from the configuration."""
        super().__init__(app, env)
        self.this_build = paper_build_of(app.config)
        self.paper = self.this_build.papers[0]
        self.outcomes: list[Outcome] = []
        self._depths: dict[str, int] = {}
        self._begin(self.paper)

    def _begin(self, paper: Paper) -> None:
        """Forget the paper before."""
        self.paper = paper
        self.present: set[tuple[str, str]] = set()
        self._drawn: dict[str, str] = {}
        self.images: dict[str, str] = {}
        self.faults: list[Fault] = []

    def prepare_writing(self, docnames: AbstractSet[str]) -> None:
        """Leave it to each paper."""

    def copy_assets(self) -> None:
        """Leave it to each paper."""

    def finish(self) -> None:
        """Leave it to each paper."""

    def write_documents(self, _docnames: AbstractSet[str]) -> None:
        """Make every paper, side by side where processes can part from this one."""
        papers, jobs = self.this_build.papers, self.this_build.jobs
        if FORK is None or jobs < 2 or len(papers) < 2:
            self.outcomes = [self.make(paper, jobs) for paper in papers]
            return
        _here.append(self)
        try:
            with ProcessPoolExecutor(min(jobs, len(papers)), mp_context=FORK) as pool:
                self.outcomes = list(pool.map(_make, range(len(papers))))
        finally:
            _here.pop()

    def make(self, paper: Paper, jobs: int = 1) -> Outcome:
        """Write one paper's LaTeX file and run TeX on it."""
        started, collector = time.monotonic(), Collector(paper.book.config)
        logger = logging.getLogger("sphinx")
        logger.addHandler(collector)
        try:
            self._write(paper, jobs)
        finally:
            logger.removeHandler(collector)
        faults = list(paper.book.config.told([*collector.faults, *self.faults]))
        if errors_only(faults):
            return Outcome(tuple(faults), 0, time.monotonic() - started)
        where = f"{paper.name}.pdf"
        complaints = run_latexmk(paper.work, paper.name)
        tex = (paper.work / f"{paper.name}.tex").read_text(encoding="utf-8", errors="replace") if complaints else ""
        faults += [self._fault(item, tex, where) for item in complaints]
        pages = page_count(paper.work / where) if (paper.work / where).is_file() else 0
        if pages > MOST_PAGES:
            fix = "divide it in [pdf] volumes in config.ini"
            faults.append(Fault(where, 0, f"{pages} pages, more than {MOST_PAGES}", "", fix, "warning"))
        return Outcome(tuple(faults), pages, time.monotonic() - started)

    def _fault(self, complaint: Complaint, tex: str, where: str) -> Fault:
        """Return a complaint of TeX as a fault of the section, or the cell, that it is about; else of the PDF."""
        kind, docname, line = place_of(complaint, tex)
        if docname not in self.paper.book.by_name:
            return Fault(where, 0, complaint.message, complaint.text[:200], "mend the source")
        what = "what this cell gave cannot be printed: " if kind == "output" else ""
        path = self.paper.book.section(docname).path
        return Fault(path, line, f"{what}{complaint.message} ({where})", complaint.text[:200], "mend the source")

    def _write(self, paper: Paper, jobs: int) -> None:
        """Write LaTeX file and pictures of a paper; Sphinx's settings are its own."""
        self._begin(paper)
        self._jobs = jobs
        for key, value in settings_of(paper).items():
            self.config[key] = value
        self._app._init_i18n()
        self.outdir = _StrPath(paper.work)
        paper.work.mkdir(parents=True, exist_ok=True)
        self.init()
        super().prepare_writing(frozenset())
        super().copy_assets()
        super().write_documents(frozenset())
        self.copy_image_files()
        self.write_message_catalog()

    def assemble_doctree(
        self, indexfile: str, toctree_only: bool, appendices: Sequence[str]
    ) -> docutils_nodes.document:
        """Return the paper's documents as one, its marks resolved."""
        tree = self.env.get_doctree(indexfile)
        tree["docname"] = indexfile
        names = self.paper.volume.names
        for contents in list(tree.findall(addnodes.toctree)):
            contents["entries"] = [(title, name) for title, name in contents["entries"] if name in names]
            contents["includefiles"] = [name for name in contents["includefiles"] if name in names]
        if not self.paper.volume.first:
            _keep_contents(tree)
        self.docnames = {indexfile}
        whole = inline_all_toctrees(self, self.docnames, indexfile, tree, str, [indexfile])
        whole["docname"] = indexfile
        choose_backend(whole, self.paper.backend)
        refuse_forbidden(whole)
        gather_chapters(whole, self.depth, self.paper.edition.own)
        self.present = ids_of(whole)
        self.env.resolve_references(whole, indexfile, self)
        return whole

    @property
    def domain(self) -> BookDomain:
        """The records of all pages."""
        return cast(BookDomain, self.env.get_domain(BookDomain.name))

    def number(self, docname: str, name: str) -> str:
        """Return the number of an anchor, empty where it has none."""
        return self.domain.numbers.get(docname, {}).get(name, "")

    def depth(self, docname: str) -> int:
        """Return 0 for the root and the chapters, 1 for their sections, and so on."""
        if not self._depths:
            level, here = 0, [self.config.root_doc]
            while here:
                self._depths |= {name: max(0, level - 1) for name in here}
                here = [child for name in here for child in self.env.toctree_includes.get(name, ())]
                level += 1
        return self._depths.get(docname, 0)

    def place(self, file: str) -> str:
        """Return the name under which a cell's picture will lie beside the LaTeX file."""
        self._drawn[file] = f"cell-{Path(file).stem}.pdf" if file.endswith(".svg") else f"cell-{file}"
        return self._drawn[file]

    def post_process_images(self, doctree: docutils_nodes.Node) -> None:
        """Collect the book's pictures; each gets a name of its own beside the LaTeX file."""
        for node in doctree.findall(docutils_nodes.image):
            source = node["uri"]
            if source not in self.images:
                stem = f"{len(self.images):03d}-{Path(source).stem}"
                self.images[source] = f"{stem}.pdf" if source.endswith(".svg") else f"{stem}{Path(source).suffix}"
            node["candidates"] = {}

    def copy_image_files(self) -> None:
        """Put all pictures beside the LaTeX file, SVGs as PDFs."""
        pairs = [(Path(self.srcdir) / source, Path(self.outdir) / name) for source, name in self.images.items()]
        pairs = [(self._in_edition(source), target) for source, target in pairs]
        pairs += [(self.this_build.pictures / source, Path(self.outdir) / name) for source, name in self._drawn.items()]
        vectors = [(source, target) for source, target in pairs if source.suffix == ".svg" and source.is_file()]
        self.faults.extend(convert_pictures(vectors, self._jobs, self.this_build.pictures.with_name("vectors")))
        for source, target in pairs:
            if source.suffix != ".svg" and source.is_file():
                write_changed(target, source.read_bytes())

    def _in_edition(self, source: Path) -> Path:
        """Return a picture of the book as the edition shows it: a drawing's labels are text."""
        text = self.paper.edition.drawing(source)
        if text is None:
            return source
        copy = Path(self.outdir) / "drawings" / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.svg"
        if not copy.is_file():
            write_whole(copy, text, durable=False)
        return copy


def _keep_contents(tree: docutils_nodes.document) -> None:
    """Take everything but its tables of contents from the book's front page."""
    for node in list(tree.findall(docutils_nodes.Element)):
        holds = isinstance(node, addnodes.toctree) or any(True for _ in node.findall(addnodes.toctree))
        if holds:
            node["ids"] = []
        elif node.parent is not None:
            node.parent.remove(node)


_here: list[PdfBuilder] = []
"""The builder whose papers are being made, for the processes that part from this one."""


def _make(place: int) -> Outcome:
    builder = _here[-1]
    return builder.make(builder.this_build.papers[place])


class ResolveForPrint(SphinxPostTransform):
    """Marks to links inside one volume: references with numbers, citations, one list of what the volume cites."""

    default_priority = 5
    formats = ("latex",)

    def run(self, **_: object) -> None:
        """Resolve every mark of the assembled volume."""
        builder = cast(PdfBuilder, self.env._app.builder)
        bibliography = builder.this_build.bibliography
        for node in list(self.document.findall(nodes.label_reference)):
            node.replace_self(self._reference(node, builder))
        sections = [item for item in builder.paper.own.sections if item.docname in builder.paper.volume.names]
        keys = cited_by(replace(builder.paper.own, sections=tuple(sections)))
        years = bibliography.years(keys)
        home = next((item.docname for item in sections if item.bibliographies), "")
        for mark in list(self.document.findall(nodes.citation_mark)):
            cited = cite(mark, bibliography, years, f"%{home or self._page_of(mark)}")
            cited["classes"] = []  # which would be macros here
            mark.replace_self(cited)
        for place in list(self.document.findall(nodes.bibliography)):
            if place["scope"] == "page" and home:
                place.parent.remove(place)
            else:
                listed = keys if home else cited_on(builder.paper.own, self._page_of(place))
                place.extend(listing(bibliography, listed, years)[1:])

    def _page_of(self, node: docutils_nodes.Element) -> str:
        """Return the document, of those that the volume is assembled of, in which a node stands."""
        while node.parent is not None and "docname" not in node:  # Sphinx names it at the sections
            node = node.parent
        return str(node.get("docname", self.config.root_doc))

    def _reference(self, node: nodes.label_reference, builder: PdfBuilder) -> docutils_nodes.Node:
        targets = builder.domain.targets
        link = reference(node, targets, builder.paper.backend)
        if link is None:
            return docutils_nodes.Text(node["label"])
        if (link.docname, link.label) in builder.present:
            return docutils_nodes.reference("", link.text, refuri=f"%{link.docname}#{link.label}", internal=True)
        return docutils_nodes.Text(link.text + elsewhere(builder, targets[node["label"]]))


def elsewhere(builder: PdfBuilder, target: Target) -> str:
    """Return what a reference into another volume says besides: the volume, and the title where there is one."""
    volume = next((item for item in builder.this_build.volumes if target.docname in item.names), None)
    if volume is None or not volume.number or volume.number == builder.paper.volume.number:
        return ""
    title = f"“{target.plain}”" if target.plain and target.number else ""
    return f"（第{volume.number}卷《{volume.title}》{title}）"


class ConvertText(SphinxPostTransform):
    """Converts the book, once its references and citations are resolved, into another edition's script."""

    default_priority = 8
    formats = ("latex",)

    def run(self, **_: object) -> None:
        """Convert the document, if an edition other than the book's own is made."""
        edition = cast(PdfBuilder, self.env._app.builder).paper.edition
        if edition.converted:
            convert_tree(self.document, edition.say)
