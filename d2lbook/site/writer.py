"""Doctree to HTML: the page's body."""

from __future__ import annotations

import html
import posixpath
import re
from collections.abc import Callable
from functools import partial
from typing import cast
from urllib.parse import quote

from docutils import nodes as docutils_nodes
from markupsafe import Markup
from sphinx.writers.html5 import HTML5Translator

from d2lbook.code.scaffolding import parts_of
from d2lbook.doctree import nodes
from d2lbook.doctree.metrics import summary
from d2lbook.markup.uses import local_path, sources
from d2lbook.site.blocks import BlockWriter
from d2lbook.site.breaks import keep_terms
from d2lbook.site.cards import about
from d2lbook.site.navigation import Heading
from d2lbook.site.notebooks import notebook_name
from d2lbook.site.outward import places, report_address
from d2lbook.site.pages import PageBuilder
from d2lbook.words.captions import DRAWN, STREAMS
from d2lbook.words.language import is_chinese, named, said

BASE = '<span class="katex-base">'
_LENGTH = re.compile(r"(\d+(?:\.\d*)?|\.\d+) ?(px|%|em|ex|rem|in|cm|mm|pt|pc|vw|)")
_WITHIN_LINES = (docutils_nodes.inline, docutils_nodes.strong, docutils_nodes.emphasis)
WIDE = 500
"""Pixels of a cell's picture beyond which a phone would make its letters too small to be read."""
LONG_LINE = 100
"""Columns of an output beyond which its lines wrap instead of being scrolled to."""


class BookTranslator(BlockWriter, HTML5Translator):
    """Writes the body of one page."""

    def __init__(self, document: docutils_nodes.document, builder: PageBuilder) -> None:
        """Start on ``document``."""
        super().__init__(document, builder)
        self.site = builder
        self.outline: list[Heading] = []
        self._title_start = 0

    def _number(self, node: docutils_nodes.Element) -> str:
        ids = node["ids"]
        return self.site.numbers_of(self.site.current_docname).get(ids[0], "") if ids else ""

    # ---- headings, figures, tables ----

    def visit_title(self, node: docutils_nodes.title) -> None:
        """Open a heading or a table's caption, with its number."""
        if isinstance(node.parent, docutils_nodes.table):
            self._put("<caption>")
            self._float_number(node.parent)
        elif isinstance(node.parent, docutils_nodes.section):
            self._put(f"<h{self.section_level}>")
            if number := self._number(node.parent):
                self._put(f'<span class="number">{number}</span> ')
            self._title_start = len(self.body)
        else:
            super().visit_title(node)

    def depart_title(self, node: docutils_nodes.title) -> None:
        """Close a heading, with a link to it."""
        if isinstance(node.parent, docutils_nodes.table):
            self._put("</caption>\n")
        elif isinstance(node.parent, docutils_nodes.section):
            name, level = node.parent["ids"][0], self.section_level
            title = Markup("".join(self.body[self._title_start :]))
            self.outline.append(Heading(level, name, self._number(node.parent), title))
            self.body[self._title_start :] = [keep_terms(title, self.site.edition.terms)]
            self._permalink(name)
            self._put(f"</h{level}>\n")
        else:
            super().depart_title(node)

    def visit_rubric(self, node: docutils_nodes.rubric) -> None:
        """Open a heading that stands in a panel or a fold."""
        level = min(6, max(2, node.get("level", 3)))
        self._open(f"h{level}", "rubric", id=node["ids"][0] if node["ids"] else "")

    def depart_rubric(self, node: docutils_nodes.rubric) -> None:
        """Close it."""
        self._put(f"</h{min(6, max(2, node.get('level', 3)))}>\n")

    def _permalink(self, name: str) -> None:
        self._open("a", "anchor", href=f"#{name}", aria_label=self.site.own("本段的链接"))
        self._put("</a>")

    def _float_number(self, node: docutils_nodes.Element) -> None:
        if number := self._number(node):
            self._open("a", "number", href=f"#{node['ids'][0]}")
            name = named(node.tagname, number, self.site.this_build.book.config.lang)
            self._put(f"{self.site.say(name)}</a> ")

    def visit_figure(self, node: docutils_nodes.figure) -> None:
        """Open a figure."""
        self._open("figure", id=node["ids"][0] if node["ids"] else "")

    def depart_figure(self, node: docutils_nodes.figure) -> None:
        """Close it."""
        self._put("</figure>\n")

    def visit_caption(self, node: docutils_nodes.caption) -> None:
        """Open a figure's caption, with its number."""
        self._put("<figcaption>")
        self._float_number(cast(docutils_nodes.Element, node.parent))

    def depart_caption(self, node: docutils_nodes.caption) -> None:
        """Close it."""
        self._put("</figcaption>\n")

    def visit_image(self, node: docutils_nodes.image) -> None:
        """Write a picture of the book, its size given so that nothing moves when it arrives."""
        source = node["uri"]
        width, height, _ = self.site.facts(source)
        width, height, style = _size(node, width, height)
        if moves := self.site.moving(node, (width, height)):
            self._put(moves)
            raise docutils_nodes.SkipNode
        self._image(self.site.picture(source), node.get("alt", ""), width, height, style)
        raise docutils_nodes.SkipNode

    def _image(self, addresses: tuple[str, str], alt: str, width: int, height: int, style: str = "") -> None:
        """Write a picture; a drawing with a dark variant twice, and the style sheet shows one of them."""
        kinds = ("drawn light", "drawn dark") if addresses[1] else ("paper",)
        for kind, address in zip(kinds, addresses, strict=False):
            self._open("img", kind, src=address, width=width or "", height=height or "", style=style)
            self.body[-1] = f'{self.body[-1][:-1]} alt="{html.escape(alt)}" loading="lazy" decoding="async">'

    def visit_inline(self, node: docutils_nodes.inline) -> None:
        """Open a stretch of text; one that leads to a file of the book is a link."""
        if node.get("file"):
            self._open("a", "file", href=self.site.downloaded(node["file"]) or "#")
        else:
            super().visit_inline(node)

    def depart_inline(self, node: docutils_nodes.inline) -> None:
        """Close it."""
        if node.get("file"):
            self._put("</a>")
        else:
            super().depart_inline(node)

    def visit_raw(self, node: docutils_nodes.raw) -> None:
        """Write HTML of the book's own; what it shows of the book's files is put beside the pages."""
        if "html" in node.get("format", "").split():
            node[0] = docutils_nodes.raw("", _with_addresses(node.astext(), self.site.downloaded))[0]
        super().visit_raw(node)

    def visit_table(self, node: docutils_nodes.table) -> None:
        """Open a table in a frame that scrolls when it is wide."""
        self._put('<div class="table">')
        super().visit_table(node)

    def depart_table(self, node: docutils_nodes.table) -> None:
        """Close it."""
        super().depart_table(node)
        self._put("</div>\n")

    def visit_entry(self, node: docutils_nodes.entry) -> None:
        """Open a table's cell; an empty one heads nothing. A recorded number or a picture is no text, but something."""
        if not any(map(_shows, node.findall())):
            self._put("<td></td>")
            raise docutils_nodes.SkipNode
        super().visit_entry(node)

    # ---- code and mathematics ----

    def visit_literal_block(self, node: docutils_nodes.literal_block) -> None:
        """Write code, highlighted."""
        language = node.get("language", "text")
        forced = bool(node.get("force", False))
        key = (node.rawsource, language, forced)
        if (marked := self.site.highlighted.get(key)) is None:
            marked = self.highlighter.highlight_block(node.rawsource, language, force=forced, location=node)
            self.site.highlighted[key] = marked
        kind = "code cell" if "cell" in node["classes"] else "code"
        self._put(f'<div class="{kind}" data-language="{html.escape(language)}">{marked}</div>\n')
        raise docutils_nodes.SkipNode

    def visit_literal(self, node: docutils_nodes.Element) -> None:
        """Write code in a line; what is long may be broken at its joints, but for names in a table."""
        whole = isinstance(node.parent.parent, docutils_nodes.entry)
        parts = [node.astext()] if whole else parts_of(node.astext())
        self._put(f"<code>{'<wbr>'.join(html.escape(part, quote=False) for part in parts)}</code>")
        raise docutils_nodes.SkipNode

    def visit_math(self, node: docutils_nodes.math, math_env: str = "") -> None:
        """Write a formula in a line."""
        before, after = _beside(node)
        classes = "math" + " after" * before.isalnum() + " before" * after.isalnum()
        formula = self._formula(node, False)
        if isinstance(node.parent, docutils_nodes.inline) and "tie" in node.parent["classes"]:
            formula = _breakable(formula)
        self._put(f'<span class="{classes}">{formula}</span>')
        raise docutils_nodes.SkipNode

    def visit_math_block(self, node: docutils_nodes.math_block, math_env: str = "") -> None:
        """Write an equation, with its number if it has one."""
        tag = "span" if isinstance(node.parent, docutils_nodes.TextElement) else "div"
        number = self._number(node)
        self._open(tag, "equation numbered" if number else "equation", id=node["ids"][0] if node["ids"] else "")
        self._put(f'<{tag} class="formula">{self._formula(node, True)}</{tag}>')
        if number:
            self._open("a", "number", href=f"#{node['ids'][0]}")
            self._put(f"（{number}）</a>" if is_chinese(self.site.this_build.book.config.lang) else f"({number})</a>")
        self._put(f"</{tag}>")
        raise docutils_nodes.SkipNode

    def _formula(self, node: docutils_nodes.Element, display: bool) -> str:
        rendered = self.site.this_build.formula(node.astext(), display)
        return rendered.html or f"<code>{html.escape(node.astext())}</code>"

    # ---- cells and tabs ----

    def visit_tab_group(self, node: nodes.tab_group) -> None:
        """Open a group: its tabs, which a script and a style sheet bring to life."""
        panels = [panel["tab"] for panel in node.children if isinstance(panel, nodes.tab_panel)]
        group = f"g{node['number']}"
        self._open("div", f"tabs of-{node['kind']}", id=group, data_tabs=" ".join(panels))
        first = self.site.this_build.book.config.backend_names[0]
        chosen = first if first in panels else panels[0]
        self._open("div", "tablist", role="tablist", aria_label=self.site.own("后端"))
        for name in panels:
            selected = "true" if name == chosen else "false"
            focus = "0" if name == chosen else "-1"
            self._open(
                "button", role="tab", type="button", id=f"{group}-{name}", aria_controls=f"{group}-{name}-panel",
                aria_selected=selected, tabindex=focus, data_tab=name,
            )  # fmt: skip
            self._put(f"{html.escape(self._title_of(name))}</button>")
        self._put("</div>\n")

    def depart_tab_group(self, node: nodes.tab_group) -> None:
        """Close it."""
        self._put("</div>\n")

    def visit_tab_panel(self, node: nodes.tab_panel) -> None:
        """Open a panel; its heading shows where there are no tabs."""
        group, name = f"g{node.parent['number']}", node["tab"]
        kind = "panel missing" if node.get("missing") else "panel"
        self._open(
            "div", kind, role="tabpanel", id=f"{group}-{name}-panel", aria_labelledby=f"{group}-{name}", data_tab=name
        )
        self._put(f'<p class="panel-title">{html.escape(self._title_of(name))}</p>\n')

    def depart_tab_panel(self, node: nodes.tab_panel) -> None:
        """Close it."""
        self._put("</div>\n")

    def _title_of(self, name: str) -> str:
        return self.site.this_build.book.config.backend(name).title

    def visit_cell_output(self, node: nodes.cell_output) -> None:
        """Open what a cell gave."""
        self._put('<div class="output">')

    def depart_cell_output(self, node: nodes.cell_output) -> None:
        """Close it."""
        self._put("</div>\n")

    def visit_stream(self, node: nodes.stream) -> None:
        """Write text output; what went to the error stream is marked, and lines that no window holds, for wrapping."""
        if label := STREAMS.get(node["name"]):
            self._put(f'<p class="stream-label">{self.site.own(label)}</p>')
        text = node.astext()
        kind = node["name"] + (" long" if any(len(line) > LONG_LINE for line in text.split("\n")) else "")
        self._put(f'<pre class="stream {kind}">{html.escape(text, quote=False)}</pre>')
        raise docutils_nodes.SkipNode

    def visit_markup(self, node: nodes.markup) -> None:
        """Write HTML output, which was sanitised when it was read."""
        self._put(f'<div class="markup">{node["html"]}</div>')
        raise docutils_nodes.SkipNode

    def visit_picture(self, node: nodes.picture) -> None:
        """Write a picture that a cell drew; a wide one with letters in a box that scrolls on a phone."""
        wide = node["lettered"] and (node["width"] or 0) > WIDE
        if wide:
            self._open("div", "wide", style=f"--own: {node['width']}px")
        self._image(self.site.place(node["file"]), self.site.own(DRAWN), node["width"], node["height"])
        if wide:
            self._put("</div>")
        raise docutils_nodes.SkipNode

    # ---- other nodes of the dialect ----

    def visit_absence(self, node: nodes.absence) -> None:
        """Open a reason for something missing."""
        self._put('<div class="absence">')

    def depart_absence(self, node: nodes.absence) -> None:
        """Close it."""
        self._put("</div>\n")

    def visit_provenance(self, node: nodes.provenance) -> None:
        """Open the line on how the page was run."""
        self._put('<p class="provenance">')

    def depart_provenance(self, node: nodes.provenance) -> None:
        """Close it, with what can be done with the notebook."""
        if backend := node["backend"]:
            docname, config = self.site.current_docname, self.site.this_build.book.config
            address = self.site.up(docname) + quote(notebook_name(docname, backend))
            self._open("a", "action", href=address, download=posixpath.basename(notebook_name(docname, backend)))
            self._put(f"{self.site.own('下载笔记本')}</a>")
            for name, place in places(config, docname, backend):
                self._open("a", "action", href=place)
                words = said("在{name}中打开", config.lang, name=name)
                self._put(f"{self.site.say(html.escape(words))}</a>")
            section = self.site.this_build.book.section(docname)
            title = f"{self.site.this_build.book.number(docname)} {config.title}".strip()
            if report := report_address(config, docname, section.path, title, node.astext()):
                self._open("a", "action", href=report)
                self._put(f"{self.site.own('报告错误')}</a>")
        self._put("</p>\n")

    def visit_bibliography(self, node: nodes.bibliography) -> None:
        """Open a list of what was cited."""
        self._put('<section class="bibliography">\n')

    def depart_bibliography(self, node: nodes.bibliography) -> None:
        """Close it."""
        self._put("</section>\n")

    def visit_metric(self, node: nodes.metric) -> None:
        """Write a recorded number: the chosen backend's, or the range where nothing is chosen."""
        values: list[tuple[str, str]] = node["values"]
        texts = [text for _, text in values]
        if len(set(texts)) <= 1:
            self._put(f'<span class="value">{html.escape(summary(texts))}</span>')
            raise docutils_nodes.SkipNode
        for name, text in values:
            self._open("span", "value", data_tab=name)
            self._put(f"{html.escape(text)}</span>")
        lacking = [name for name in self.site.this_build.book.config.backend_names if name not in dict(values)]
        self._put(f'<span class="value range" data-tab="{" ".join(lacking)}">{html.escape(summary(texts))}</span>')
        raise docutils_nodes.SkipNode

    def visit_code_name(self, node: nodes.code_name) -> None:
        """Open a name of the library."""
        self._put("<code>")

    def depart_code_name(self, node: nodes.code_name) -> None:
        """Close it."""
        self._put("</code>")

    def visit_book_toc(self, node: nodes.book_toc) -> None:
        """Write the contents that a ``toc`` fence lists."""
        told = partial(about, self.site)
        self._put(self.site.navigation.contents(node["entries"], node["depth"], self.site.link_from, told))
        raise docutils_nodes.SkipNode


def _with_addresses(html: str, address_of: Callable[[str], str]) -> str:
    """Return HTML with the addresses of what it shows of the book's files."""
    done, pieces = 0, []
    for match in sources(html):
        path = local_path(match[1].strip("'\""))
        if path and (address := address_of(path)):
            pieces += [html[done : match.start(1)], f'"{address}"']
            done = match.end(1)
    return "".join([*pieces, html[done:]])


def _shows(node: docutils_nodes.Node) -> bool:
    """Say whether a node within a table's cell is something that a reader sees."""
    if isinstance(node, docutils_nodes.Text):
        return bool(node.strip())
    return not isinstance(node, docutils_nodes.entry | docutils_nodes.paragraph)


def _size(node: docutils_nodes.Element, width: int, height: int) -> tuple[int, int, str]:
    """Return a picture's size as its marks wish it: in pixels its shape is kept, other units go to a style."""
    wishes = {name: _LENGTH.fullmatch(str(node[name]).strip()) for name in ("width", "height") if node.get(name)}
    pixels = {name: round(float(wish[1])) for name, wish in wishes.items() if wish and wish[2] in ("", "px")}
    style = ";".join(f"{name}:{wish[1]}{wish[2]}" for name, wish in wishes.items() if wish and name not in pixels)
    if "width" in pixels:
        height = pixels.get("height", round(pixels["width"] * height / width) if width else 0)
        width = pixels["width"]
    elif "height" in pixels:
        width = round(pixels["height"] * width / height) if height else 0
        height = pixels["height"]
    return width, height, style


def _breakable(formula: str) -> str:
    """Return KaTeX's markup with a place to break between its parts, for where nothing else may break."""
    first, *rest = formula.split(BASE)
    return first + BASE + f"<wbr>{BASE}".join(rest) if rest else first


def _beside(node: docutils_nodes.Node) -> tuple[str, str]:
    """Return the characters before and after a node in its line, empty where there is none.

    What is at the edge of emphasis, or of a formula tied to its punctuation, has its neighbours outside.
    """
    return _neighbour(node, -1)[-1:], _neighbour(node, 1)[:1]


def _neighbour(node: docutils_nodes.Node, step: int) -> str:
    """Return the text of what comes before (``step`` -1) or after a node in its line."""
    while (parent := node.parent) is not None:
        place = parent.index(node) + step
        if 0 <= place < len(parent.children):
            return str(parent.children[place].astext())
        if not isinstance(parent, _WITHIN_LINES):
            break
        node = parent
    return ""
