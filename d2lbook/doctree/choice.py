"""The book as one backend sees it: of the doctree of all of them, what a PDF or an EPUB of one shows."""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes as docutils_nodes
from sphinx import addnodes

from d2lbook.doctree import nodes

_COPY = re.compile(r"-\d+$")


def choose_backend(tree: docutils_nodes.Element, backend: str) -> None:
    """Leave one backend's panels, as if they stood in no group, and its recorded numbers."""
    for group in list(tree.findall(nodes.tab_group)):
        panel = next((panel for panel in group.children if panel["tab"] == backend), None)  # type: ignore[index]
        others = [each for each in group.children if each is not panel]
        if panel is None or (group["kind"] == "output" and panel.get("missing")):  # type: ignore[attr-defined]
            group.parent.remove(group)
            continue
        _take_names(panel, others)
        group.replace_self(panel.children)
    for metric in tree.findall(nodes.metric):
        own = [value for value in metric["values"] if value[0] == backend]
        metric["values"] = own or metric["values"]
    _drop_footnotes(tree)


def _take_names(panel: docutils_nodes.Node, others: list[docutils_nodes.Node]) -> None:
    """Give what is a copy of something in another panel the label that only the first of them has."""
    labels = {node["label"] for other in others for node in _named(other)}
    for node in panel.findall(docutils_nodes.Element):
        name = _COPY.sub("", node["ids"][0]) if node.get("ids") else ""
        if name in labels:
            node["ids"], node["label"] = [name], name


def _named(tree: docutils_nodes.Node) -> Iterator[docutils_nodes.Element]:
    return (node for node in tree.findall(docutils_nodes.Element) if node.get("label"))


def _drop_footnotes(tree: docutils_nodes.Element) -> None:
    """Remove the footnotes that only other panels refer to."""
    used = {node.get("refid") for node in tree.findall(docutils_nodes.footnote_reference)}
    for note in list(tree.findall(docutils_nodes.footnote)):
        if not used & set(note["ids"]):
            note.parent.remove(note)


def ids_of(tree: docutils_nodes.Element) -> set[tuple[str, str]]:
    """Return docname and id of everything in an assembled book that can be named."""
    return set(_ids(tree, str(tree["docname"])))


def _ids(node: docutils_nodes.Element, docname: str) -> Iterator[tuple[str, str]]:
    if isinstance(node, addnodes.start_of_file):
        docname = str(node["docname"])
    docname = str(node.get("answer_of") or docname)
    names: list[str] = node.get("ids", [])
    yield from ((docname, name) for name in names)
    for child in node.children:
        if isinstance(child, docutils_nodes.Element):
            yield from _ids(child, docname)
