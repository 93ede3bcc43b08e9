"""Answers gathered at an end: for what has no folds, where an answer beside its exercise would be read along."""

from __future__ import annotations

from docutils import nodes as docutils_nodes

from d2lbook.doctree import nodes


def gather_answers(
    tree: docutils_nodes.Element, title: str, names: tuple[str, str], prefix: str = ""
) -> docutils_nodes.section | None:
    """Take the answers out of ``tree``; return a section that holds them, or None where there are none.

    Each exercise leads to its answer, and each answer back; ``names`` are what answer and exercise are called. Ids
    begin with ``prefix``.
    """
    found = [fold for fold in tree.findall(nodes.fold) if fold["kind"] == "solution"]
    if not found:
        return None
    section = docutils_nodes.section("", docutils_nodes.title("", title), ids=[f"{prefix}answers"])
    for place, fold in enumerate(found, 1):
        here, there = f"{prefix}exercise-{place}", f"{prefix}answer-{place}"
        number = number_before(fold) or str(place)
        lead = docutils_nodes.paragraph("", "", ids=[here], classes=["to-answer"])
        lead.append(_link(f"{names[0]} {number}", there))
        head = docutils_nodes.paragraph("", "", ids=[there], classes=["answer"])
        head.append(docutils_nodes.strong("", "", _link(f"{names[1]} {number}", here)))
        fold.replace_self(lead)
        section.extend([head, *fold.children])
    for line in list(tree.findall(nodes.help_line)):
        line.replace_self(line.children)
    return section


def _link(text: str, id_: str) -> docutils_nodes.reference:
    return docutils_nodes.reference("", text, refid=id_, internal=True)


def number_before(fold: docutils_nodes.Node) -> str:
    """Return the number of an answer's exercise: of the list that ends before it, or that holds it."""
    node: docutils_nodes.Node | None = fold
    while node is not None and node.parent is not None:
        parent = node.parent
        place = next(number for number, child in enumerate(parent.children) if child is node)
        for before in reversed(parent.children[:place]):
            if isinstance(before, docutils_nodes.enumerated_list):
                return str(before.get("start", 1) + len(before) - 1)
            if not isinstance(before, nodes.fold | nodes.help_line | nodes.cell_output | docutils_nodes.literal_block):
                break
        if isinstance(parent, docutils_nodes.list_item) and isinstance(parent.parent, docutils_nodes.enumerated_list):
            return str(parent.parent.get("start", 1) + parent.parent.index(parent))
        node = parent
    return ""
