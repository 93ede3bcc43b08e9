"""Marks to links, just before a page is written: references with their numbers, citations, lists of what was cited.

A reference to nothing is a fault at its place.
"""

from __future__ import annotations

import re
from typing import Any, cast

from docutils import nodes as docutils_nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from d2lbook.book.numbering import reference_text
from d2lbook.doctree import nodes
from d2lbook.doctree.citations import cite, listing
from d2lbook.doctree.inventory import BookDomain, cited_in
from d2lbook.doctree.warnings import warn
from d2lbook.errors import meant
from d2lbook.site.site_build import site_build_of
from d2lbook.words.bibliography import Bibliography

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
        this_build = site_build_of(self.config)
        record = self.domain.pages.get(self.docname)
        if record is None or not (record.citations or record.lists_book):
            return
        keys = cited_in(this_build.book, self.domain.pages) if record.lists_book else record.citations
        years = this_build.bibliography.years(keys)
        for mark in list(self.document.findall(nodes.citation_mark)):
            mark.replace_self(_citation(mark, this_build.bibliography, years))
        for place in list(self.document.findall(nodes.bibliography)):
            place.extend(listing(this_build.bibliography, keys, years))

    def _check_anchors(self) -> None:
        """Report links to places of this page that do not exist."""
        links = [node for node in self.document.findall(docutils_nodes.reference) if node.get("id_link")]
        if links:
            ids = {name for node in self.document.findall(docutils_nodes.Element) for name in node["ids"]}
            for node in links:
                if node["refuri"][1:] not in ids:
                    warn(node, "a link to nothing", node["refuri"], "link to a label or a heading of this page")

    def _reference(self, node: nodes.label_reference) -> docutils_nodes.Node:
        target = self.domain.targets.get(node["label"])
        if target is None:
            mend = meant(node["label"], self.domain.targets) or "label the target, or name it in words"
            warn(node, "a reference to nothing", f":{node['role']}:`{node['label']}`", mend)
            return docutils_nodes.inline("", node["label"], classes=["unresolved"])
        builder = site_build_of(self.config).builder
        assert builder is not None
        page = builder.get_relative_uri(self.docname, target.docname)
        whole = target.level == 1 and target.docname != self.docname
        text = reference_text(target, node["role"], node["before"], node["after"])
        uri = page if whole else f"{page}#{target.id}"
        kind = f"to-{target.kind}"
        return docutils_nodes.reference("", text, refuri=uri, internal=True, classes=[kind], label=node["label"])


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
                before.parent.replace(before, docutils_nodes.Text(before.astext()[: left.start()]))
            if after is not None and right:
                tie.append(docutils_nodes.Text(right[0]))
                after.parent.replace(after, docutils_nodes.Text(after.astext()[right.end() :]))


def _text_beside(node: docutils_nodes.Node, step: int) -> docutils_nodes.Text | None:
    siblings = node.parent.children
    place = siblings.index(node) + step
    found = siblings[place] if 0 <= place < len(siblings) else None
    return found if isinstance(found, docutils_nodes.Text) else None


def _citation(mark: nodes.citation_mark, bibliography: Bibliography, years: dict[str, str]) -> docutils_nodes.Node:
    for key in mark["keys"]:
        if key not in bibliography.references:
            mend = meant(key, bibliography.references) or f"add it to {bibliography.file.name}"
            warn(mark, "an unknown citation", key, mend)
    return docutils_nodes.inline("", "", *cite(bibliography, mark["keys"], mark["style"], years), classes=["cite"])
