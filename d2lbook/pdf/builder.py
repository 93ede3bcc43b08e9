"""The builder: Sphinx's LaTeX builder on the book's doctrees, with the book's numbers and pictures."""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path
from typing import cast

from docutils import nodes as docutils_nodes
from sphinx.application import Sphinx
from sphinx.builders.latex import LaTeXBuilder
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform

from d2lbook.book.references import cited_by, cited_on
from d2lbook.doctree import nodes
from d2lbook.doctree.citations import cite, listing
from d2lbook.doctree.conversion import convert_tree
from d2lbook.doctree.inventory import BookDomain
from d2lbook.doctree.references import reference
from d2lbook.errors import Fault
from d2lbook.pdf.paper_build import paper_build_of
from d2lbook.pdf.tex import convert_pictures


class PdfBuilder(LaTeXBuilder):
    """Writes one LaTeX file."""

    name = "d2lbook-pdf"
    format = "latex"

    def __init__(self, app: Sphinx, env: BuildEnvironment) -> None:
        """Take the build from the configuration."""
        super().__init__(app, env)
        self.this_build = paper_build_of(app.config)
        self._drawn: dict[str, str] = {}
        self._depths: dict[str, int] = {}
        self.faults: list[Fault] = []

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
        self.faults.extend(convert_pictures(vectors, self.this_build.jobs))
        for source, target in pairs:
            if source.suffix != ".svg" and source.is_file():
                shutil.copyfile(source, target)

    def _in_edition(self, source: Path) -> Path:
        """Return a picture of the book as the edition shows it: a drawing's labels are text."""
        text = self.this_build.edition.drawing(source)
        if text is None:
            return source
        copy = Path(self.outdir) / "drawings" / f"{hashlib.sha256(text.encode()).hexdigest()[:12]}.svg"
        if not copy.is_file():
            copy.parent.mkdir(exist_ok=True)
            copy.write_text(text, encoding="utf-8")
        return copy


class ResolveForPrint(SphinxPostTransform):
    """Marks to links inside one document: references with numbers, citations, one list of what the book cites."""

    default_priority = 5
    formats = ("latex",)

    def run(self, **_: object) -> None:
        """Resolve every mark of the assembled book."""
        domain = cast(BookDomain, self.env.get_domain(BookDomain.name))
        this_build = self.this_build = paper_build_of(self.config)
        for node in list(self.document.findall(nodes.label_reference)):
            node.replace_self(self._reference(node, domain))
        keys = cited_by(this_build.book)
        years = this_build.bibliography.years(keys)
        home = next((name for name, record in domain.pages.items() if record.lists_book), "")
        for mark in list(self.document.findall(nodes.citation_mark)):
            cited = cite(mark, this_build.bibliography, years, f"%{home or self._page_of(mark)}")
            cited["classes"] = []  # which would be macros here
            mark.replace_self(cited)
        for place in list(self.document.findall(nodes.bibliography)):
            if place["scope"] == "page" and home:
                place.parent.remove(place)
            else:
                listed = keys if home else cited_on(this_build.book, self._page_of(place))
                place.extend(listing(this_build.bibliography, listed, years)[1:])

    def _page_of(self, node: docutils_nodes.Element) -> str:
        """Return the document, of those that the book is assembled of, in which a node stands."""
        while node.parent is not None and "docname" not in node:  # Sphinx names it at the sections
            node = node.parent
        return str(node.get("docname", self.config.root_doc))

    def _reference(self, node: nodes.label_reference, domain: BookDomain) -> docutils_nodes.Node:
        link = reference(node, domain.targets, self.this_build.book.config.backend_names[0])
        if link is None:
            return docutils_nodes.Text(node["label"])
        if not link.docname:  # what this backend does not have has no place to lead to
            return docutils_nodes.Text(link.text)
        return docutils_nodes.reference("", link.text, refuri=f"%{link.docname}#{link.label}", internal=True)


class ConvertText(SphinxPostTransform):
    """Converts the book, once its references and citations are resolved, into another edition's script."""

    default_priority = 8
    formats = ("latex",)

    def run(self, **_: object) -> None:
        """Convert the document, if an edition other than the book's own is made."""
        edition = paper_build_of(self.config).edition
        if edition.converted:
            convert_tree(self.document, edition.say)
