"""Doctree to LaTeX: what Sphinx's translator doesn't know, and numbers that are the book's own."""

from __future__ import annotations

import re
from typing import Any, cast

from docutils import nodes as docutils_nodes
from mdit_py_cjk_friendly import is_cjk
from sphinx import addnodes
from sphinx.builders.latex.theming import Theme
from sphinx.writers.latex import LaTeXTranslator

from d2lbook.code.scaffolding import parts_of
from d2lbook.doctree import nodes
from d2lbook.doctree.metrics import summary
from d2lbook.markup.spelled import spelled
from d2lbook.pdf.builder import PdfBuilder
from d2lbook.pdf.index import IndexEntries
from d2lbook.pdf.joints import TIE, character_beside, joint
from d2lbook.pdf.room import TITLE, opening, room_of_box, room_of_code, said
from d2lbook.pdf.tex import PLACE
from d2lbook.words.captions import ASIDES, FOLDS, PREPARATION, STREAMS

COMMANDS = ("chapter", "section", "subsection", "subsubsection", "paragraph")
PIXEL = 0.66
"""Points for a pixel of a picture that a cell drew: its letters are then somewhat smaller than the text."""
MOST_ROWS = 30
"""A table of more rows may break over pages, where Sphinx makes it a ``longtable``."""
_ALIGNED = re.compile(r"\\(begin|end)\{(align|alignat|gather|equation|multline|split)\*?\}")
_INNER = {"align": "aligned", "alignat": "alignedat", "gather": "gathered", "split": "split"}


class PdfTranslator(LaTeXTranslator):
    """Writes the whole book as one backend sees it."""

    builder: PdfBuilder

    def __init__(self, document: docutils_nodes.document, builder: PdfBuilder, theme: Theme) -> None:
        """Start on the assembled book."""
        super().__init__(document, builder, theme)
        self.this_is_the_title = 0
        self._say, self._own = builder.paper.edition.say, builder.paper.edition.own
        self._entries = IndexEntries(builder.this_build.book.config.root, self._say)

    def _number(self, node: docutils_nodes.Element) -> str:
        return self.builder.number(self.curfilestack[-1], node["ids"][0]) if node["ids"] else ""

    def _note_place(self, node: docutils_nodes.Element, kind: str = "text") -> None:
        """Say in a comment what of the book comes next, for TeX's complaints."""
        if node.line and not (self.table or self.in_caption or self.in_footnote):
            self.body.append(f"\n{PLACE}{kind} {self.curfilestack[-1]} {node.line}\n")

    def visit_container(self, node: docutils_nodes.Element) -> None:
        """Open an answer that was moved here; its numbers, and what is wrong in it, are its own page's."""
        self.curfilestack.append(str(node.get("answer_of") or self.curfilestack[-1]))
        super().visit_container(node)

    def depart_container(self, node: docutils_nodes.Element) -> None:
        """Close it."""
        self.curfilestack.pop()
        super().depart_container(node)

    # ---- headings ----

    def visit_title(self, node: docutils_nodes.Element) -> None:
        """Open a heading with the book's number, or without one."""
        parent = node.parent
        if not isinstance(parent, docutils_nodes.section):
            super().visit_title(node)
            return
        if parent.get("level", 1) > 1 and any(isinstance(child, addnodes.start_of_file) for child in parent.children):
            raise docutils_nodes.SkipNode  # a heading over a table of contents
        depth = self.builder.depth(self.curfilestack[-1]) + parent.get("level", 1) - 1
        command = COMMANDS[min(depth, len(COMMANDS) - 1)]
        number = self._number(parent)
        self.in_title = 1
        if depth:
            self._need(1 + TITLE + opening(parent.children[1:]))
        saved = "".join(self._entries.names(self.curfilestack[-1])) if parent.get("level") == 1 else ""
        if number:
            last = int(number.rpartition(".")[2])
            self.body.append(f"\\setcounter{{{command}}}{{{last - 1}}}\n\\{command}{{")
            self.context.append("}\n" + self.hypertarget_to(parent) + saved)
            return
        title = self._for_contents(node)
        self.body.append(f"\\{command}*{{")
        listed = f"\\addcontentsline{{toc}}{{{command}}}{{{title}}}\n" if depth < 2 else ""
        marks = {"chapter": f"\\markboth{{{title}}}{{}}\n", "section": f"\\markright{{{title}}}\n"}
        self.context.append("}\n" + self.hypertarget_to(parent, anchor=True) + listed + marks.get(command, "") + saved)

    def _for_contents(self, node: docutils_nodes.Node) -> str:
        """Return a heading for the table of contents; in bookmarks its formulas are spelled out."""
        if isinstance(node, docutils_nodes.math):
            return self._in_title(node)
        return "".join(map(self._for_contents, node.children)) if node.children else self.encode(node.astext())

    def _in_title(self, node: docutils_nodes.math) -> str:
        return f"\\texorpdfstring{{\\({node.astext()}\\)}}{{{self.encode(spelled(node.astext()))}}}"

    def visit_math(self, node: docutils_nodes.math) -> None:
        """Write a formula in a line; in a title also as bookmarks show it."""
        if self.in_title:
            self.body.append(self._in_title(node))
            raise docutils_nodes.SkipNode
        super().visit_math(node)

    def visit_paragraph(self, node: docutils_nodes.Element) -> None:
        """Open a paragraph, with index entries of the terms that it introduces."""
        self._note_place(node)
        super().visit_paragraph(node)
        if not (self.in_footnote or self.in_caption or self.table):
            self.body.extend(self._entries.terms(node.astext()))

    def visit_rubric(self, node: docutils_nodes.Element) -> None:
        """Open a heading that counts nowhere."""
        self._need(TITLE + node.get("room", 3.0))
        self.body.append("\\booktitle{")
        self.context.append("}\n" + self.hypertarget_to(node))

    def depart_rubric(self, node: docutils_nodes.Element) -> None:
        """Close it."""
        self.body.append(self.context.pop())

    def visit_list_item(self, node: docutils_nodes.Element) -> None:
        """Open an item; an entry of the bibliography can be linked to."""
        super().visit_list_item(node)
        if node["ids"]:
            self.body.append(self.hypertarget_to(node, anchor=True))

    # ---- words ----

    def visit_emphasis(self, node: docutils_nodes.Element) -> None:
        """Write emphasis: dots below Chinese characters, which have no italics."""
        text = node.astext()
        if not is_cjk(text[:1]) or not all(isinstance(child, docutils_nodes.Text) for child in node.children):
            super().visit_emphasis(node)
            return
        after_dot = False
        for letter in text:
            dotted = is_cjk(letter) and letter.isalpha()
            gap = "\\bookgap{}" if dotted and after_dot else ""
            self.body.append(f"{gap}\\bookdot{{{letter}}}" if dotted else self.encode(letter))
            after_dot = dotted
        raise docutils_nodes.SkipNode

    def visit_literal(self, node: docutils_nodes.Element) -> None:
        """Write code within a line; what is long may be broken at its joints, lest the line be drawn apart."""
        parts = parts_of(node.astext())
        if self.in_title or self.table or len(parts) == 1 or "code" in node["classes"]:
            super().visit_literal(node)
            return
        broken = "\\bookjoint{}".join(map(self.encode, parts))
        self.body.append(f"\\sphinxcode{{\\sphinxupquote{{{broken}}}}}")
        raise docutils_nodes.SkipNode

    # ---- links ----

    def visit_reference(self, node: docutils_nodes.Element) -> None:
        """Open a link, set off from the text before it as the same words without a link would be."""
        self.body.append(joint(character_beside(node, -1), node.astext()[:1]))
        super().visit_reference(node)

    def depart_reference(self, node: docutils_nodes.Element) -> None:
        """Close it, set off from the text behind it; the blank half of a bracket before a stop would let a line end."""
        behind = joint(node.astext()[-1:], character_beside(node, 1))
        if behind == TIE:
            self.body.append("\\unskip ")
        super().depart_reference(node)
        self.body.append(behind)

    # ---- figures, tables, equations ----

    def visit_figure(self, node: docutils_nodes.Element) -> None:
        """Open a figure where it stands; its number is the book's."""
        self.body.append(f"\n\\begin{{figure}}[{'H' if self.no_latex_floats else '!htb'}]\n\\centering\n")
        if number := self._number(node):
            self.body.append(f"\\renewcommand{{\\thefigure}}{{{number}}}\n")
        self.context.append("\\end{figure}\n")

    def depart_table(self, node: docutils_nodes.Element) -> None:
        """Close a table; its number is the book's."""
        number = self._number(node)
        own = f"\\renewcommand{{\\thetable}}{{{number}}}" if number else ""
        rows = sum(1 for _ in node.findall(docutils_nodes.row))
        box = ("\\noindent\\begin{minipage}{\\linewidth}", "\\end{minipage}\\par") if rows <= MOST_ROWS else ("", "")
        self.body.append(f"\n\\begingroup{own}{box[0]}\n")
        super().depart_table(node)
        self.body.append(f"{box[1]}\\endgroup\n\n")

    def visit_math_block(self, node: docutils_nodes.Element) -> None:
        """Write an equation, with the book's number if it has one."""
        if isinstance(node.previous_sibling(), docutils_nodes.paragraph):
            self._go_on()
        else:
            self.body.append("\n")
        if not isinstance(node.parent, nodes.cell_output):
            self._note_place(node)
        tex, number = _single(node.astext()), self._number(node)
        tag = f"\\tag{{{number}}}" + self._label(node) if number else ""
        self.body.append(f"\\begin{{equation*}}{tag}\n{tex}\n\\end{{equation*}}\n")
        raise docutils_nodes.SkipNode

    def _go_on(self) -> None:
        """Take the end of the last paragraph back: a formula belongs to it, and no page ends between them."""
        while self.body and not self.body[-1].strip():
            self.body.pop()
        if self.body:
            self.body[-1] = self.body[-1].rstrip()

    def _label(self, node: docutils_nodes.Element) -> str:
        return "".join(f"\\label{{\\detokenize{{{self.curfilestack[-1]}:{name}}}}}" for name in node["ids"])

    # ---- cells and tabs ----

    def _transparent(self, node: docutils_nodes.Element) -> None:
        """Write the children only."""

    visit_tab_group = depart_tab_group = visit_tab_panel = depart_tab_panel = _transparent
    visit_help_line = depart_help_line = visit_reveal = depart_reveal = _transparent
    depart_cell_output = visit_bibliography = depart_bibliography = _transparent

    def visit_cell_output(self, node: nodes.cell_output) -> None:
        """Begin what a cell gave."""
        self._note_place(node, "output")

    def visit_stream(self, node: nodes.stream) -> None:
        """Write text output in a frame of its own kind."""
        if label := STREAMS.get(node["name"]):
            self._need(TITLE + opening([node]))
            self.body.append(f"\\booktitle{{{self._own(label)}}}")
        self._ask(*room_of_code(node))
        self._verbatim(node.astext())
        raise docutils_nodes.SkipNode

    def visit_markup(self, node: nodes.markup) -> None:
        """Write HTML output as the text that the cell gave beside it, else as what is in the markup."""
        self._verbatim(said(node))
        raise docutils_nodes.SkipNode

    def visit_literal_block(self, node: docutils_nodes.Element) -> None:
        """Write code; what is short stays on one page."""
        if not (self.table or self.in_footnote):
            self._ask(*room_of_code(node))
        super().visit_literal_block(node)

    def _need(self, lines: float) -> None:
        """Ask for lines of room, whatever waits."""
        self.body.append(f"\n\\needspace{{{lines:.1f}\\baselineskip}}")

    def _ask(self, least: float, waiting: float) -> None:
        """Ask for lines of room, and for how many where a figure waits for the next page's top."""
        self.body.append(f"\n\\bookroom{{{least:.1f}}}{{{waiting:.1f}}}")

    def _verbatim(self, text: str) -> None:
        block = self.highlighter.highlight_block(text.rstrip("\n"), "text")
        block = block.replace("{Verbatim}", "{sphinxVerbatim}").rstrip()
        self.body.append("\n{\\sphinxsetup{VerbatimColor={HTML}{FFFFFF}, VerbatimBorderColor={HTML}{C9D1D8}}%\n")
        self.body.append(f"{block}\n}}\n")

    def visit_picture(self, node: nodes.picture) -> None:
        """Write a picture that a cell drew, at its size; for one that TeX cannot read, the text beside it."""
        if node["file"].endswith(".gif"):
            self._verbatim(node.get("plain") or "[image/gif]")
            raise docutils_nodes.SkipNode
        name = self.builder.place(node["file"])
        size = f"[width={node['width'] * PIXEL:.0f}bp]" if node["width"] else ""
        self.body.append(f"\n\\bookpicture{{\\includegraphics{size}{{{name}}}}}\n")
        raise docutils_nodes.SkipNode

    # ---- other nodes of the dialect ----

    def visit_fold(self, node: nodes.fold) -> None:
        """Open a fold, which on paper stands open."""
        self._ask(*room_of_box(node.children))
        self.body.append(f"\\begin{{bookfold}}{{{self._own(FOLDS[node['kind']])}}}\n")
        self.no_latex_floats += 1

    def depart_fold(self, node: nodes.fold) -> None:
        """Close it."""
        self.no_latex_floats -= 1
        self.body.append("\n\\end{bookfold}\n")

    def visit_preparation(self, node: nodes.preparation) -> None:
        """Open folded code, which is printed small."""
        self.body.append("\n\\begingroup\\bookprep\n")

    def depart_preparation(self, node: nodes.preparation) -> None:
        """Close it."""
        self.body.append("\n\\endgroup\n")

    def visit_preparation_name(self, node: nodes.preparation_name) -> None:
        """Open its name."""
        self._need(TITLE + opening(node.parent.children[1:]))
        self.body.append(f"\\bookprepname{{{self._own(PREPARATION)}")

    def depart_preparation_name(self, node: nodes.preparation_name) -> None:
        """Close it."""
        self.body.append("}\n")

    def visit_aside(self, node: nodes.aside) -> None:
        """Open something set apart."""
        self._ask(*room_of_box(node.children[1:]))
        self.body.append("\\begin{bookaside}\n")
        self.no_latex_floats += 1

    def depart_aside(self, node: nodes.aside) -> None:
        """Close it."""
        self.no_latex_floats -= 1
        self.body.append("\n\\end{bookaside}\n")

    def visit_aside_title(self, node: nodes.aside_title) -> None:
        """Open its title, behind the name of its kind."""
        kind = self._own(ASIDES[node["kind"]])
        self.body.append(f"\\bookasidetitle{{{kind}{self._own('：') if node.children else ''}")

    def depart_aside_title(self, node: nodes.aside_title) -> None:
        """Close it."""
        self.body.append("}\n")

    def visit_absence(self, node: nodes.absence) -> None:
        """Open a reason for something missing."""
        self.body.append("\n\\begingroup\\small\\color{bookline}\n")

    def depart_absence(self, node: nodes.absence) -> None:
        """Close it."""
        self.body.append("\n\\par\\endgroup\n")

    def visit_provenance(self, node: nodes.provenance) -> None:
        """Open the line on how the section was run."""
        self.body.append("\n\\bookprovenance{")

    def depart_provenance(self, node: nodes.provenance) -> None:
        """Close it."""
        self.body.append("}\n")

    def visit_metric(self, node: nodes.metric) -> None:
        """Write a recorded number."""
        values = cast(list[tuple[str, str]], node["values"])
        self.body.append(self.encode(summary([text for _, text in values])))
        raise docutils_nodes.SkipNode

    def visit_struck(self, node: nodes.struck) -> None:
        """Write words that are struck out: a small TeX has no ulem, so each word or Chinese character by itself."""
        for part in re.findall(r"[\u3000-\u9fff\uff00-\uffef]|[^\s\u3000-\u9fff\uff00-\uffef]+|\s+", node.astext()):
            self.body.append(part if part.isspace() else f"\\bookstruck{{{self.encode(part)}}}")
        raise docutils_nodes.SkipNode

    def visit_task_box(self, node: nodes.task_box) -> None:
        """Write a task's box."""
        self.body.append("$\\boxtimes$~" if node["done"] else "$\\square$~")
        raise docutils_nodes.SkipNode

    def visit_code_name(self, node: nodes.code_name) -> None:
        """Open a name of the library."""
        self.body.append("\\sphinxcode{\\sphinxupquote{")

    def depart_code_name(self, node: nodes.code_name) -> None:
        """Close it."""
        self.body.append("}}")

    def visit_book_toc(self, node: nodes.book_toc) -> None:
        """Leave out a table of contents: paper has one at the front."""
        raise docutils_nodes.SkipNode

    def unknown_visit(self, node: Any) -> None:
        """Report a node that nothing writes."""
        raise NotImplementedError(f"nothing writes a {node.__class__.__name__} in LaTeX")


def _single(tex: str) -> str:
    """Return a formula that can stand inside ``equation*``."""

    def inner(match: re.Match[str]) -> str:
        name = match[2]
        return f"\\{match[1]}{{{_INNER[name]}}}" if name in _INNER else ""

    return "\n".join(line for line in _ALIGNED.sub(inner, tex).split("\n") if line.strip())
