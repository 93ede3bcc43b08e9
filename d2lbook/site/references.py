"""Marks to links, just before a page is written: references with their numbers, citations, lists of what was cited.

A reference to nothing is a fault at its place.
"""

from __future__ import annotations

import re
from typing import Any, cast

from docutils import nodes as docutils_nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from d2lbook.book.references import cited_by, cited_in
from d2lbook.doctree import nodes
from d2lbook.doctree.citations import cite, listing
from d2lbook.doctree.inventory import BookDomain
from d2lbook.doctree.references import reference
from d2lbook.doctree.warnings import warn
from d2lbook.site.site_build import site_build_of

_OPENING = re.compile(r"[（“‘《「『【〔]+$")
_CLOSING = re.compile(r"[，。；：！？、）”’》」』】〕…,.;:!?)]+")


class ResolveMarks(SphinxPostTransform):
    """Replaces the dialect's references and citations."""

    default_priority = 5

    def run(self, **_: Any) -> None:
        """Resolve every mark of the document."""
        self.domain = cast(BookDomain, self.env.get_domain(BookDomain.name))
        self.docname = self.env.current_document.docname
        for node in list(self.document.findall(nodes.label_reference)):
            node.replace_self(self._reference(node))
        self._check_anchors()
        record = self.domain.pages.get(self.docname)
        if record is None or not (record.cites or record.lists_book):
            return
        this_build = site_build_of(self.config)
        book, bibliography = this_build.book, this_build.bibliography
        keys = cited_by(book) if record.lists_book else cited_in(book.section(self.docname).prose)
        years = bibliography.years(keys)
        for mark in list(self.document.findall(nodes.citation_mark)):
            mark.replace_self(cite(mark, bibliography, years))
        for place in list(self.document.findall(nodes.bibliography)):
            place.extend(listing(bibliography, keys, years))

    def _check_anchors(self) -> None:
        """Report links to places of this page that do not exist."""
        links = [node for node in self.document.findall(docutils_nodes.reference) if node.get("id_link")]
        if links:
            ids = {name for node in self.document.findall(docutils_nodes.Element) for name in node["ids"]}
            for node in links:
                if node["refuri"][1:] not in ids:
                    warn(node, "a link to nothing", node["refuri"], "link to a label or a heading of this page")

    def _reference(self, node: nodes.label_reference) -> docutils_nodes.Node:
        link = reference(node, self.domain.targets)
        if link is None:
            return docutils_nodes.inline("", node["label"], classes=["unresolved"])
        builder = site_build_of(self.config).builder
        assert builder is not None
        uri = builder.get_relative_uri(self.docname, link.docname)
        if not (link.whole and uri):
            uri += f"#{link.label}"
        kind = f"to-{self.domain.targets[link.label].kind}"
        return docutils_nodes.reference("", link.text, refuri=uri, internal=True, classes=[kind], label=link.label)


class TieFormulas(SphinxPostTransform):
    """Keeps a formula and the punctuation beside it on one line: a browser would end a line between them."""

    default_priority = 6
    formats = ("html",)

    def run(self, **_: Any) -> None:
        """Tie every formula of the document."""
        for formula in list(self.document.findall(docutils_nodes.math)):
            before, after = _text_beside(formula, -1), _text_beside(formula, 1)
            left = _OPENING.search(before.astext()) if before is not None else None
            right = _CLOSING.match(after.astext()) if after is not None else None
            if not (left or right):
                continue
            tie = docutils_nodes.inline("", "", classes=["tie"])
            formula.replace_self(tie)
            tie.append(formula)
            if before is not None and left:
                tie.insert(0, docutils_nodes.Text(left[0]))
                _put_for(before, before.astext()[: left.start()])
            if after is not None and right:
                tie.append(docutils_nodes.Text(right[0]))
                _put_for(after, after.astext()[right.end() :])


def _put_for(node: docutils_nodes.Text, text: str) -> None:
    """Put a text in place of a node: of that very one, since docutils finds the first that reads alike."""
    children = node.parent.children
    place = next(number for number, child in enumerate(children) if child is node)
    node.parent[place] = docutils_nodes.Text(text)


def _text_beside(node: docutils_nodes.Node, step: int) -> docutils_nodes.Text | None:
    siblings = node.parent.children
    place = siblings.index(node) + step
    found = siblings[place] if 0 <= place < len(siblings) else None
    return found if isinstance(found, docutils_nodes.Text) else None
