"""Outputs in Markdown and in LaTeX, as nodes.

MyST's renderer makes nodes of the Markdown, without HTML, directives, roles or files from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes as docutils_nodes
from docutils.frontend import get_default_settings
from docutils.utils import new_document
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from mdit_py_plugins.dollarmath import dollarmath_plugin
from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import DocutilsRenderer

from d2lbook.doctree import nodes
from d2lbook.markup.formulas import aligned

_PIECES = re.compile(
    r"\$\$(?P<display>.+?)\$\$|\\\[(?P<bracket>.+?)\\\]|(?P<whole>\\begin\{(?P<name>[a-z]+\*?)\}.+?\\end\{(?P=name)\})"
    r"|(?<!\\)\$(?P<inline>[^$]+?)(?<!\\)\$|\\\((?P<paren>.+?)\\\)",
    re.DOTALL,
)
_COMMAND = re.compile(r"\\[A-Za-z]+|\\(?![%&#_$ ,;])|(?<!\\)[{}^]")
_MATHS = ("align", "alignat", "equation", "gather", "multline", "aligned", "gathered", "split", "cases", "array")


def latex_nodes(content: str) -> list[docutils_nodes.Element]:
    """Return formulas, and the words between them; none if the text holds LaTeX that is neither."""
    content = content.strip()
    found = list(_PIECES.finditer(content))
    if len(found) == 1 and found[0].span() == (0, len(content)):
        tex = _tex(found[0])
        return [docutils_nodes.math_block(tex, tex)] if tex else []
    if not found and not _COMMAND.search(content):
        return [docutils_nodes.paragraph("", content.replace("\\", ""))] if content else []
    if not found and not re.search(r"\\(?:section|text|begin|textbf|emph|item)\b", content) and "\n\n" not in content:
        tex = aligned(content)  # bare mathematics, as SymPy and others give it
        return [docutils_nodes.math_block(tex, tex)]
    try:
        return [docutils_nodes.paragraph("", "", *_mixed(content, found))]
    except ValueError:
        return []


def _mixed(content: str, found: list[re.Match[str]]) -> Iterator[docutils_nodes.Node]:
    done = 0
    for match in [*found, None]:
        words = content[done : match.start() if match else len(content)]
        if _COMMAND.search(words):
            raise ValueError(words)
        if words:
            yield docutils_nodes.Text(re.sub(r"\\([%&#_$ ])", r"\1", words).replace("~", " "))
        if match:
            tex = _tex(match)
            if not tex:
                raise ValueError(match[0])
            kind = docutils_nodes.math if match["inline"] or match["paren"] else docutils_nodes.math_block
            yield kind(tex, tex)
            done = match.end()


def _tex(match: re.Match[str]) -> str:
    """Return the formula of a piece; empty if its environment is none of mathematics."""
    if match["whole"]:
        return match["whole"] if match["name"].rstrip("*") in _MATHS or "matrix" in match["name"] else ""
    inner = match["display"] or match["bracket"] or match["inline"] or match["paren"]
    tex = inner.strip().removeprefix("\\displaystyle").strip()
    return tex if match["inline"] or match["paren"] else aligned(tex)


def markdown_nodes(content: str) -> list[docutils_nodes.Element]:
    """Return Markdown as nodes: words, lists, tables, code, formulas."""
    document = new_document("output", get_default_settings())
    document.settings.report_level = 5
    md = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    md.use(dollarmath_plugin, allow_labels=False, allow_space=False, double_inline=True)
    md.renderer = _OutputRenderer(md)
    md.options.update(document=document, myst_config=MdParserConfig(gfm_only=True))
    md.render(content)
    return [child for child in document.children if isinstance(child, docutils_nodes.Element)]


class _OutputRenderer(DocutilsRenderer):
    """Renders what a cell gave: no headings of the page, no pictures or pages of the book."""

    def render_heading(self, token: SyntaxTreeNode) -> None:
        """Render a heading as a bold line: it is none of the page's."""
        strong = docutils_nodes.strong()
        with self.current_node_context(docutils_nodes.paragraph("", "", strong), append=True):
            pass
        with self.current_node_context(strong):
            self.render_children(token)

    def render_fence(self, token: SyntaxTreeNode) -> None:
        """Render code to be read, whatever it says it is."""
        text = token.content.rstrip("\n")
        language = re.match(r"[\w+-]*", token.info.strip())
        block = docutils_nodes.literal_block(
            text, text, language=(language[0] if language else "") or "text", force=True
        )
        self.current_node.append(block)

    def render_s(self, token: SyntaxTreeNode) -> None:
        """Render words that are struck out."""
        with self.current_node_context(nodes.struck(), append=True):
            self.render_children(token)

    def render_link(self, token: SyntaxTreeNode) -> None:
        """Render a link to elsewhere, or its words."""
        if re.match(r"https?://|mailto:", str(token.attrs.get("href", ""))):
            self.render_link_url(token)
        else:
            self.render_children(token)

    def render_image(self, token: SyntaxTreeNode) -> None:
        """Render a picture's words: it is no file of the book."""
        self.current_node.append(docutils_nodes.Text(token.content or str(token.attrs.get("src", ""))[:60]))
