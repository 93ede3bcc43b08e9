"""Answers gathered at the end of a chapter in print: moved once, with links both ways, each to its own."""

from __future__ import annotations

import re

from docutils import nodes as docutils_nodes
from docutils.utils import new_document
from sphinx import addnodes

from d2lbook.doctree import nodes
from d2lbook.pdf.answers import gather_chapters


def section(title: str, *children: docutils_nodes.Node) -> docutils_nodes.section:
    return docutils_nodes.section("", docutils_nodes.title("", title), *children, ids=[title])


def exercise(number: int, answer: str) -> list[docutils_nodes.Node]:
    item = docutils_nodes.list_item("", docutils_nodes.paragraph("", f"题{number}"))
    folds = [nodes.fold("", docutils_nodes.paragraph("", text), kind=kind) for kind, text in
             (("hint", "想想"), ("solution", answer))]  # fmt: skip
    return [docutils_nodes.enumerated_list("", item, start=number), nodes.help_line("", *folds)]


def test_the_answers_of_a_chapter_stand_at_its_end() -> None:
    first = addnodes.start_of_file("", section("一", *exercise(1, "甲"), *exercise(2, "乙")), docname="c/one")
    second = addnodes.start_of_file("", section("二", *exercise(1, "丙")), docname="c/two")
    chapter = addnodes.start_of_file("", section("章", first, second), docname="c/index")
    other = addnodes.start_of_file("", section("别的"), docname="d/index")
    whole = new_document("book")
    whole.append(section("书", chapter, other))
    gather_chapters(whole, lambda docname: 0 if docname.endswith("/index") else 1, str)

    gathered = chapter[0].children[-1]
    assert isinstance(gathered, docutils_nodes.section)
    told = [node for node in gathered.children if not isinstance(node, docutils_nodes.title)]
    kinds = [type(node).__name__ for node in told]
    assert kinds == ["rubric", "raw", "container", "raw", "container", "rubric", "raw", "container"]
    assert [node["answer_of"] for node in told if isinstance(node, docutils_nodes.container)] == [
        "c/one", "c/one", "c/two",
    ]  # fmt: skip
    assert [node.astext() for node in told if isinstance(node, docutils_nodes.container)] == ["甲", "乙", "丙"]
    assert re.findall(r"练习 (\d)", gathered.astext()) == ["1", "2", "1"]
    assert {fold["kind"] for fold in whole.findall(nodes.fold)} == {"hint"}
    tex = "".join(node.astext() for node in whole.findall(docutils_nodes.raw))
    targets = re.findall(r"\\hypertarget\{(\w+)\}", tex)
    assert len(targets) == len(set(targets)) == 6
    assert sorted(re.findall(r"\\hyperlink\{(\w+)\}", tex)) == sorted(targets)
    assert len(other[0].children) == 1
