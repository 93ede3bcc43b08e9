"""The answers of a chapter, gathered at its end: on paper an answer below its exercise is read before one has tried.

Each exercise leads to its answer by a link and a page, and each answer back. Where an answer lies is told by marks of
LaTeX, since the nodes come from several documents.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator

from docutils import nodes as docutils_nodes
from sphinx import addnodes

from d2lbook.doctree import nodes
from d2lbook.doctree.answers import number_before
from d2lbook.pdf.room import TITLE, opening

Own = Callable[[str], str]
"""A text of the engine's own in the paper's language."""


def gather_chapters(whole: docutils_nodes.document, depth: Callable[[str], int], own: Own) -> None:
    """Move the answers of each chapter of an assembled book into a section at the chapter's end."""
    for file in list(whole.findall(addnodes.start_of_file)):
        chapter = next((child for child in file.children if isinstance(child, docutils_nodes.section)), None)
        if chapter is None or depth(file["docname"]) or _is_inside(file):
            continue
        gathered = list(_answers(file, own))
        if gathered:
            title = docutils_nodes.title("", own("本章答案"))
            chapter.append(docutils_nodes.section("", title, *gathered, ids=["answers"], level=2))


def _is_inside(file: docutils_nodes.Node) -> bool:
    """Tell whether a document stands below one that is no root: it is no chapter, then."""
    node = file.parent
    while node is not None:
        if isinstance(node, addnodes.start_of_file):
            return True
        node = node.parent
    return False


def _answers(chapter: docutils_nodes.Element, own: Own) -> Iterator[docutils_nodes.Node]:
    for file in (chapter, *(below for below in chapter.findall(addnodes.start_of_file) if below is not chapter)):
        docname = str(file["docname"])
        folds = list(_own_answers(file))
        title = next(iter(file.findall(docutils_nodes.title)), None)
        if folds and title is not None:
            words = [child.deepcopy() for child in title.children]
            yield docutils_nodes.rubric("", "", *words, level=3, room=TITLE + opening(folds[0].children))
        for place, fold in enumerate(folds, 1):
            mark = hashlib.sha256(f"{docname} {place}".encode()).hexdigest()[:10]
            number = number_before(fold) or str(place)
            room = TITLE + opening(fold.children)
            yield _raw(
                f"\\par\\needspace{{{room:.1f}\\baselineskip}}\\medskip\\noindent\\hypertarget{{a{mark}}}{{}}\\label{{a{mark}}}"
                f"\\hyperlink{{e{mark}}}{{\\textbf{{{own('练习')} {number}}}}}"
                f"{{\\small\\color{{bookline}}\\quad {_page(f'e{mark}', own)}}}\\par\\nobreak\n"
            )
            answer = docutils_nodes.container("", *fold.children, answer_of=docname)
            fold.replace_self(
                _raw(
                    f"\\par\\nopagebreak\\hypertarget{{e{mark}}}{{}}\\label{{e{mark}}}{{\\small\\raggedleft"
                    f"\\hyperlink{{a{mark}}}{{{own('答案')}}}{{\\color{{bookline}}\\quad "
                    f"{_page(f'a{mark}', own)}}}\\par}}\\medskip\n"
                )
            )
            yield answer


def _page(label: str, own: Own) -> str:
    return own("见第□页").replace("□", f"\\pageref{{{label}}}")


def _own_answers(file: docutils_nodes.Element) -> Iterator[nodes.fold]:
    """Yield the answers of one document, not those within: what is inlined keeps its old parent."""
    for child in file.children:
        if isinstance(child, nodes.fold) and child["kind"] == "solution":
            yield child
        elif isinstance(child, docutils_nodes.Element) and not isinstance(child, addnodes.start_of_file):
            yield from _own_answers(child)


def _raw(tex: str) -> docutils_nodes.raw:
    return docutils_nodes.raw("", tex, format="latex")
