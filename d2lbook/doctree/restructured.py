"""reStructuredText in ``eval_rst`` fences: the dialect's references within it, and HTML from files of the book."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes as docutils_nodes
from docutils.parsers.rst.directives.misc import Raw
from sphinx.application import Sphinx

from d2lbook.book.book import Book
from d2lbook.book.containment import Inside, is_active
from d2lbook.book.references import keys_of
from d2lbook.doctree import nodes
from d2lbook.doctree.build import build_of
from d2lbook.doctree.warnings import warn

_ROLE = re.compile(r":(numref|ref|eqref|cite|citet|citep):`([^`<]+)`")
_REFERENCES = ("numref", "ref", "eqref")
_CITATIONS = ("cite", "citet", "citep")


def register(app: Sphinx) -> None:
    """Tell Sphinx of the marks and the directive."""
    for name in (*_REFERENCES, *_CITATIONS):
        app.add_role(f"d2l-{name}", _role, override=True)
    app.add_directive("raw", RawOfBook, override=True)


def own_roles(text: str) -> str:
    """Return reStructuredText whose references lead to what the book labels, not to Sphinx's own labels."""
    return _ROLE.sub(r":d2l-\1:`\2`", text)


def _role(
    role: str,
    _raw: str,
    text: str,
    _line: int,
    _inliner: object,
    _options: object = None,
    _content: object = (),
) -> tuple[list[docutils_nodes.Node], list[docutils_nodes.system_message]]:
    name = role.removeprefix("d2l-")
    if name in _REFERENCES:
        return [nodes.label_reference("", role=name, label=text, before="", after="")], []
    style = "citet" if name == "citet" else "cite"
    return [nodes.citation_mark("", keys=list(keys_of(text)), style=style)], []


class RawOfBook(Raw):
    """What goes to a format as it stands; a file of it is one of the book's, looked for as the old tool found it."""

    def run(self) -> list[docutils_nodes.Node]:
        """Return the node; a file that is not there, or HTML that acts by itself, is told."""
        env = self.state.document.settings.env
        book, where = build_of(env.config).book, (env.docname, self.lineno)
        if "url" in self.options:
            warn(where, "what stands elsewhere is not fetched", self.options["url"], "save it in the book, as a file")
            return []
        if "file" in self.options:
            wanted = self.options["file"]
            file = next(_places(book, env.docname, wanted), None)
            if file is None:
                warn(where, "no such file", wanted, "put it beside the page, or below the book's folder")
                return []
            env.note_dependency(str(file))
            source = Path(self.state.document.current_source or env.doc2path(env.docname)).resolve().parent
            self.options["file"] = os.path.relpath(file, source)
        found = list(super().run())
        for node in found:
            if is_active(node.astext()):
                fix = "take it out: pages run no scripts but the site's own"
                warn(where, "HTML that acts by itself", self.options.get("file", ""), fix)
        return found


def _places(book: Book, docname: str, wanted: str) -> Iterator[Path]:
    """Yield the files of the book that ``wanted`` may name.

    Beside the page, as Sphinx looks; below the folder of sources and the book's own, which the old tool copied together
    as ``resources``; and by its name below ``static``, from where the books' own scripts put their front pages there.
    """
    config, inside = book.config, Inside(book.config.root)
    named = [(config.source_dir / docname).parent / wanted, config.source_dir / wanted, config.root / wanted]
    found = sorted((config.root / "static").rglob(Path(wanted).name))
    for file in (*named, *found):
        if file.is_file() and inside.holds(file):
            yield file
