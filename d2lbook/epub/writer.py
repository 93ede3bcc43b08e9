"""Doctree to what a page of an EPUB holds: the site's writer, without what needs a script or another file."""

from __future__ import annotations

import re
from typing import cast

from docutils import nodes as docutils_nodes

from d2lbook.doctree import nodes
from d2lbook.site.writer import BookTranslator
from d2lbook.words.captions import FOLDS, PREPARATION

_MATHML = re.compile(r"<math\b.*?</math>", re.DOTALL)
_APPLIED = re.compile("<mo>(?:\u2061|&#8289;|&ApplyFunction;)</mo>")
_NAMED = re.compile(r"<mo\b([^>]*)><mrow>((?:<mi\b[^>]*>[^<]*</mi>)+)</mrow></mo>")
_TAG = re.compile(r"<[^>]+>")


def mathml(markup: str) -> str:
    """Return the MathML within KaTeX's markup, as its schema allows it; empty if there is none.

    KaTeX puts an invisible operator into scripts that have no room for a third child, and elements into an operator.
    """
    found = _APPLIED.sub("", "".join(_MATHML.findall(markup)))
    return _NAMED.sub(lambda match: f"<mo{match[1]}>{_TAG.sub('', match[2])}</mo>", found)


class EpubTranslator(BookTranslator):
    """Writes the body of one page."""

    def _formula(self, node: docutils_nodes.Element, display: bool) -> str:
        found = mathml(super()._formula(node, display))
        return found or f"<code>{self.encode(node.astext())}</code>"

    def _permalink(self, name: str) -> None:
        """Write none: nobody can copy it."""

    def visit_inline(self, node: docutils_nodes.inline) -> None:
        """Open a stretch of text; files of the book are not within."""
        node.attributes.pop("file", None)
        super().visit_inline(node)

    def visit_paragraph(self, node: docutils_nodes.paragraph) -> None:
        """Open a paragraph; the link between an exercise and its answer is known by its kind."""
        if node["ids"]:
            self._open("p", " ".join(node["classes"]), id=node["ids"][0])
        else:
            super().visit_paragraph(node)

    def depart_paragraph(self, node: docutils_nodes.paragraph) -> None:
        """Close it."""
        if node["ids"]:
            self._put("</p>\n")
        else:
            super().depart_paragraph(node)

    def visit_fold(self, node: nodes.fold) -> None:
        """Open a hint, in the open."""
        self._put(f'<div class="fold"><p class="kind">{self.site.own(FOLDS[node["kind"]])}</p>\n')

    def depart_fold(self, node: nodes.fold) -> None:
        """Close it."""
        self._put("</div>\n")

    def visit_preparation(self, node: nodes.preparation) -> None:
        """Open code that only prepares."""
        self._put('<div class="prep">')

    def depart_preparation(self, node: nodes.preparation) -> None:
        """Close it."""
        self._put("</div>\n")

    def visit_preparation_name(self, node: nodes.preparation_name) -> None:
        """Open its name."""
        self._put(f'<p class="kind">{self.site.own(PREPARATION)}')

    def depart_preparation_name(self, node: nodes.preparation_name) -> None:
        """Close it."""
        self._put("</p>")

    def visit_reveal(self, node: nodes.reveal) -> None:
        """Show what a prediction is about."""

    def depart_reveal(self, node: nodes.reveal) -> None:
        """Close nothing."""

    def visit_aside(self, node: nodes.aside) -> None:
        """Open something set apart."""
        self._put(f'<div class="aside {node["kind"]}">\n')

    def depart_aside(self, node: nodes.aside) -> None:
        """Close it."""
        self._put("</div>\n")

    def depart_provenance(self, node: nodes.provenance) -> None:
        """Close the line; the notebook is not within."""
        self._put("</p>\n")

    def visit_book_toc(self, node: nodes.book_toc) -> None:
        """Write a list of what stands below, where it is a chapter's; the whole is the reader's own contents."""
        if self.site.current_docname != self.site.this_build.book.config.index:
            super().visit_book_toc(node)
        raise docutils_nodes.SkipNode

    def visit_metric(self, node: nodes.metric) -> None:
        """Write a recorded number of the one backend."""
        values = cast(list[tuple[str, str]], node["values"])
        node["values"] = values[:1] if len(values) == 1 else values
        super().visit_metric(node)
