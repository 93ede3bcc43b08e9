"""From a section's markdown to a doctree: the dialect's tokens on top of MyST's renderer.

The grammar is ``markup``'s, so that the site reads a file exactly as every other room does.
"""

from __future__ import annotations

import re
from collections.abc import MutableMapping
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from docutils import nodes as docutils_nodes
from docutils.parsers import Parser
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode
from mdit_py_cjk_friendly import is_cjk
from myst_parser.mdit_to_docutils.base import clean_astext, token_line
from myst_parser.mdit_to_docutils.sphinx_ import SphinxRenderer
from sphinx import addnodes
from sphinx.environment import BuildEnvironment

from d2lbook.book.book import Book
from d2lbook.book.containment import PICTURES, Inside, is_active
from d2lbook.book.named import own_file, page_named
from d2lbook.book.references import keys_of
from d2lbook.doctree import nodes
from d2lbook.doctree.build import Build, build_of
from d2lbook.doctree.page import load_page
from d2lbook.doctree.restructured import own_roles
from d2lbook.doctree.tabs import TabRenderer
from d2lbook.doctree.warnings import warn
from d2lbook.files import beside
from d2lbook.markup.anchors import lone_picture, plain_text
from d2lbook.markup.formulas import aligned
from d2lbook.markup.grammar import new_parser
from d2lbook.markup.names import EXERCISE
from d2lbook.markup.parse import readable
from d2lbook.markup.uses import local_path, sources

_PICTURES = re.compile(r"(?:\s*<img\b[^>]*>)+\s*", re.IGNORECASE)
_PICTURE = re.compile(r"<img\b[^>]*>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"""\b(src|alt|width|height)\s*=\s*("[^"]*"|'[^']*'|[^\s>]+)""", re.IGNORECASE)
_NOT_IN_ID = re.compile(r"[^\w-]+")


class BookParser(Parser):
    """Sphinx's way into a section."""

    supported = ("md", "markdown")

    def parse(self, inputstring: str, document: docutils_nodes.document) -> None:
        """Fill ``document`` from the text of a section."""
        env: BuildEnvironment = document.settings.env
        this_build = build_of(env.config)
        md = new_parser()
        md.renderer = BookRenderer(md)
        page = load_page(this_build.book, env.current_document.docname, this_build.stale)
        document["signature"] = page.signature
        md.options.update(document=document, myst_config=cast(Any, env).myst_config, this_build=this_build, page=page)
        md.render(readable(inputstring))
        _without_strangers(document, this_build.book, env.current_document.docname)


def _without_strangers(document: docutils_nodes.document, book: Book, docname: str) -> None:
    """Take from a page what the book itself has told of: pictures from outside it, or that are none; active HTML."""
    inside = Inside(book.config.root)
    for raw in list(document.findall(docutils_nodes.raw)):
        if is_active(raw.astext()):
            raw.parent.remove(raw)
    for image in list(document.findall(docutils_nodes.image)):
        file = book.config.source_dir / beside(docname, unquote(image["uri"]))
        if urlsplit(image["uri"]).scheme or (inside.holds(file) and file.suffix.lower() in PICTURES):
            continue
        text = docutils_nodes.Text(image.get("alt", ""))
        whole = isinstance(image.parent, docutils_nodes.figure)
        image.replace_self(docutils_nodes.paragraph("", "", text) if whole else text)


class BookRenderer(TabRenderer, SphinxRenderer):
    """Renders prose; code and tabs are ``TabRenderer``'s."""

    def setup_render(self, options: dict[str, Any], env: MutableMapping[str, Any]) -> None:
        """Take what the parser was given."""
        super().setup_render(options, env)
        self.this_build: Build = options["this_build"]
        self.begin_page(options["page"])

    def _render_finalise(self) -> None:
        self.end_page()
        cites = any(True for _ in self.document.findall(nodes.citation_mark))
        if cites and not any(True for _ in self.document.findall(nodes.bibliography)):
            top = next(iter(self.document.findall(docutils_nodes.section)), self.document)
            top.append(nodes.bibliography(scope="page"))
        super()._render_finalise()

    def _render_tokens(self, tokens: list[Token]) -> None:
        for token in tokens:
            if token.map:
                token.map = [token.map[0] + 1, token.map[1] + 1]
                for child in token.children or ():
                    child.map = token.map
        self.render_siblings(SyntaxTreeNode(tokens).children)

    def renderInlineAsText(self, tokens: list[SyntaxTreeNode]) -> str:
        """Return what is said instead of a picture: code as written, formulas spelled out."""
        return plain_text([part for token in tokens for part in token.to_tokens()])

    def render_children(self, token: SyntaxTreeNode) -> None:
        """Render the children of a token, tab groups gathered."""
        self.render_siblings(token.children or [])

    def where(self, token: SyntaxTreeNode) -> tuple[str, int]:
        """Return the place of a token for messages."""
        return (self.sphinx_env.docname, token_line(token, self.document.current_line or 0))

    # ---- blocks ----

    def render_front_matter(self, token: SyntaxTreeNode) -> None:
        """Leave the front matter out: it is for the engine."""

    def generate_heading_target(
        self, token: SyntaxTreeNode, level: int, node: docutils_nodes.Element, title_node: docutils_nodes.Element
    ) -> None:
        """Give a heading a lasting id: its label, or its words."""
        label = self._marks(token).get("label", "")
        words = _NOT_IN_ID.sub("-", clean_astext(title_node)).strip("-").lower()
        node["ids"] = [self.unique_id(label, words or "section")]
        node["level"], node["at_line"] = level, token_line(token)
        self._heading_slugs[node["ids"][0]] = (node.line, node["ids"][0], clean_astext(title_node))
        self.note_label(node, label)

    def render_heading(self, token: SyntaxTreeNode) -> None:
        """Render a heading; a prediction above it asks for nothing below it."""
        self.asked.clear()
        super().render_heading(token)

    def render_strong(self, token: SyntaxTreeNode) -> None:
        """Render bold words; those that say an exercise's kind and difficulty are known by their class."""
        node = docutils_nodes.strong()
        before = token.previous_sibling
        found = None if before and before.content else EXERCISE.match(clean_text(token))
        if found:
            node["classes"].append("exercise")
            node["stars"] = len(found[2])
        self.add_line_and_source_path(node, token)
        with self.current_node_context(node, append=True):
            self.render_children(token)

    def render_paragraph(self, token: SyntaxTreeNode) -> None:
        """Render a paragraph; a lone picture becomes a figure."""
        image = _lone_image(token)
        if image is None:
            super().render_paragraph(token)
            return
        marks = self._marks(token)
        figure = docutils_nodes.figure()
        self.add_line_and_source_path(figure, token)
        with self.current_node_context(figure, append=True):
            self.render_image(image)
            picture = cast(docutils_nodes.Element, figure[0])
            picture.attributes.update({name: marks[name] for name in ("width", "height", "moving") if name in marks})
            if "moving" in marks:  # it stands in the page itself
                self.sphinx_env.note_dependency(self.sphinx_env.relfn2path(picture["uri"])[1])
            if image.children:
                caption = docutils_nodes.caption(image.content, "")
                self.add_line_and_source_path(caption, token)
                with self.current_node_context(caption, append=True):
                    self.render_children(image)
        self._name(figure, token, marks.get("label", ""))

    def render_table(self, token: SyntaxTreeNode) -> None:
        """Render a table, with its caption."""
        super().render_table(token)
        table = next(node for node in reversed(self.current_node.children) if isinstance(node, docutils_nodes.table))
        caption: Token | None = token.meta.get("caption")
        if caption is not None:
            title = docutils_nodes.title(caption.content, "")
            for child in caption.children or ():
                child.map = [line + 1 for line in caption.map] if caption.map else None
            with self.current_node_context(title):
                self.render_children(SyntaxTreeNode([caption]))
            table.insert(0, title)
        self._name(table, token, self._marks(token).get("label", ""))

    def render_math_block(self, token: SyntaxTreeNode) -> None:
        """Render an equation; one with a label gets a number."""
        super().render_math_block(token)
        equation = self._align()
        label = self._marks(token).get("eqlabel", "")
        if label:
            self._name(equation, token, label)

    def render_fence(self, token: SyntaxTreeNode) -> None:
        """Render a fence that is no cell: contents, reStructuredText, or code to be read."""
        info = token.info.strip()
        if info == "toc":
            self._toc(token)
        elif info == "eval_rst":
            if token.token is not None:
                token.token.content = own_roles(token.content)
            self.render_restructuredtext(token)
        else:
            classes = [word.strip(".") for word in info.strip("{}").split() if word.startswith(".")]
            words = info.split()
            language = (classes or words or ["text"])[0]
            block = self.create_highlighted_code_block(token.content.rstrip("\n"), language, line=token_line(token, 0))
            self.add_line_and_source_path(block, token)
            self.current_node.append(block)

    def render_math_inline_double(self, token: SyntaxTreeNode) -> None:
        """Render a displayed formula within a paragraph."""
        super().render_math_inline_double(token)
        self._align()

    def _align(self) -> docutils_nodes.Element:
        """Put the formula just rendered into the environment that its rows and columns call for; return it."""
        equation = cast(docutils_nodes.Element, self.current_node.children[-1])
        if (tex := aligned(equation.astext())) != equation.astext():
            equation.rawsource = tex
            equation.children[:] = [docutils_nodes.Text(tex)]
            equation.setup_child(equation.children[0])
        return equation

    def render_d2l_bibliography(self, token: SyntaxTreeNode) -> None:
        """Leave the place of the whole book's bibliography."""
        node = nodes.bibliography(scope="book")
        self.add_line_and_source_path(node, token)
        self.current_node.append(node)

    def render_footnote_block(self, token: SyntaxTreeNode) -> None:
        """Render the footnotes that the parser gathered at the end."""
        for child in token.children or ():
            note = docutils_nodes.footnote(auto=1, names=[_footnote_name(child)])
            self.document.note_autofootnote(note)
            self.document.note_explicit_target(note, note)
            with self.current_node_context(note, append=True):
                self.render_children(child)

    def render_footnote_anchor(self, token: SyntaxTreeNode) -> None:
        """Leave out the parser's way back: the writer makes its own."""

    def render_footnote_ref(self, token: SyntaxTreeNode) -> None:
        """Render a reference to a footnote."""
        node = docutils_nodes.footnote_reference(auto=1, refname=_footnote_name(token))
        self.add_line_and_source_path(node, token)
        self.document.note_autofootnote_ref(node)
        self.document.note_footnote_ref(node)
        self.current_node.append(node)

    def _toc(self, token: SyntaxTreeNode) -> None:
        docname = self.sphinx_env.docname
        line = token_line(token)
        toc = next((item for item in self.page.section.tocs if item.line == line), None)
        if toc is None:
            return
        entries = list(self.this_build.book.listed(docname, toc))
        tree = addnodes.toctree(
            entries=[(None, name) for name in entries], includefiles=entries, maxdepth=-1, glob=False, hidden=True
        )
        tree.update_all_atts({"parent": docname, "numbered": 0, "titlesonly": True, "caption": None})
        tree["includehidden"] = False
        self.current_node.extend([tree, nodes.book_toc("", entries=entries, depth=toc.depth)])

    # ---- inline ----

    def render_text(self, token: SyntaxTreeNode) -> None:
        """Render text; a blank typed between a Chinese character and a mark is no part of it."""
        text = token.content
        if _is_mark(token.previous_sibling) and text.startswith(" ") and is_cjk(text[1:2]):
            text = text[1:]
        if _is_mark(token.next_sibling) and text.endswith(" ") and is_cjk(text[-2:-1]):
            text = text[:-1]
        self.current_node.append(docutils_nodes.Text(text))

    def render_softbreak(self, token: SyntaxTreeNode) -> None:
        """End a source line: a space, except beside a Chinese character."""
        before, after = _last_character(token.previous_sibling), _first_character(token.next_sibling)
        if not (is_cjk(before) or is_cjk(after)):
            self.current_node.append(docutils_nodes.Text("\n"))

    def render_html_inline(self, token: SyntaxTreeNode) -> None:
        """Leave HTML as it is, but for pictures of the book, which are put beside the pages like all others."""
        if not (_PICTURE.fullmatch(token.content) and self._html_picture(token, token.content)):
            self._note_sources(token.content)
            super().render_html_inline(token)

    def render_html_block(self, token: SyntaxTreeNode) -> None:
        """Leave HTML as it is, but for a block that is nothing but pictures of the book."""
        tags = _PICTURE.findall(token.content)
        if _PICTURES.fullmatch(token.content) and all(map(_source, tags)):
            paragraph = docutils_nodes.paragraph()
            self.add_line_and_source_path(paragraph, token)
            with self.current_node_context(paragraph, append=True):
                for tag in tags:
                    self._html_picture(token, tag)
        else:
            self._note_sources(token.content)
            super().render_html_block(token)

    def _html_picture(self, token: SyntaxTreeNode, tag: str) -> bool:
        """Render a picture that is written in HTML; tell whether it is one of the book."""
        if not (source := _source(tag)):
            return False
        attributes = {name.lower(): value.strip("'\"") for name, value in _ATTRIBUTE.findall(tag)}
        sizes = {name: attributes[name] for name in ("width", "height") if name in attributes}
        image = docutils_nodes.image(uri=source, alt=attributes.get("alt", ""), **sizes)
        self.add_line_and_source_path(image, token)
        self.current_node.append(image)
        return True

    def _note_sources(self, html: str) -> None:
        """Make the page anew when a file that its HTML shows changes."""
        for match in sources(html):
            if path := local_path(match[1].strip("'\"")):
                self.sphinx_env.note_dependency(self.sphinx_env.relfn2path(path)[1])

    def render_image(self, token: SyntaxTreeNode) -> None:
        """Render a picture; its path is that of the file, percent signs decoded."""
        super().render_image(token)
        image = cast(docutils_nodes.Element, self.current_node.children[-1])
        image["uri"] = local_path(image["uri"]) or image["uri"]

    def render_link_unknown(self, token: SyntaxTreeNode) -> None:
        """Render a link to a page or a file of the book; what leads to nothing is told by the book."""
        address = str(token.attrs.get("href", ""))
        docname, path = self.sphinx_env.docname, local_path(address)
        if not path:
            self.render_link_url(token) if address else self.render_children(token)
            return
        if page := page_named(docname, path, self.this_build.book.by_name):
            place = unquote(address.partition("#")[2]) or None
            node = addnodes.pending_xref(
                refdomain="doc", reftarget=page, reftargetid=place, refdoc=docname, reftype="myst",
                refexplicit=bool(token.children),
            )  # fmt: skip
            self._process_wrap_node(node, token, bool(token.children), ["xref", "myst"], path)
        elif own_file(self.this_build.book.config, self.this_build.book.config.source_dir / beside(docname, path)):
            self.sphinx_env.note_dependency(self.sphinx_env.relfn2path(path)[1])
            link = docutils_nodes.inline("", "", file=path)
            with self.current_node_context(link, append=True):
                self.render_children(token)
        else:
            self.render_children(token)

    def render_s(self, token: SyntaxTreeNode) -> None:
        """Render words that are struck out."""
        self._within(nodes.struck(), token)

    def render_sub(self, token: SyntaxTreeNode) -> None:
        """Render a subscript."""
        self._within(docutils_nodes.subscript(), token)

    def render_sup(self, token: SyntaxTreeNode) -> None:
        """Render a superscript."""
        self._within(docutils_nodes.superscript(), token)

    def _within(self, node: docutils_nodes.Element, token: SyntaxTreeNode) -> None:
        self.add_line_and_source_path(node, token)
        with self.current_node_context(node, append=True):
            self.render_children(token)

    def render_d2l_task(self, token: SyntaxTreeNode) -> None:
        """Render a task's box."""
        self.current_node.append(nodes.task_box("", done=token.meta["done"]))

    def render_d2l_role(self, token: SyntaxTreeNode) -> None:
        """Render an inline mark."""
        name, value = token.meta["name"], token.meta["value"]
        if name in ("numref", "ref", "eqref"):
            before = self.current_node.astext()[-12:] if self.current_node.children else ""
            after = _first_character(token.next_sibling)
            node: docutils_nodes.Element = nodes.label_reference("", role=name, label=value, before=before, after=after)
        elif name in ("cite", "citet", "citep"):
            keys = list(keys_of(value))
            node = nodes.citation_mark("", keys=keys, style="citet" if name == "citet" else "cite")
        elif name == "value":
            node = self.metric(token, value)
        elif name in ("class", "func", "mod"):
            node = nodes.code_name(value, value)
        else:
            warn(self.where(token), "this mark stands alone", token.content, "put it on a line of its own")
            node = docutils_nodes.literal("", token.content)
        self.add_line_and_source_path(node, token)
        self.current_node.append(node)

    # ---- names ----

    def _marks(self, token: SyntaxTreeNode) -> dict[str, str]:
        marks: dict[str, str] = token.meta.get("marks", {})
        return marks

    def _name(self, node: docutils_nodes.Element, token: SyntaxTreeNode, label: str) -> None:
        """Give a figure, table or equation its id, label and line."""
        kind = {"figure": "fig", "table": "tab"}.get(node.tagname, "eq")
        node["ids"], node["at_line"] = [self.unique_id(label, kind)], token_line(token)
        self.note_label(node, label)

    def note_label(self, node: docutils_nodes.Element, label: str) -> None:
        """Note what references call ``node``; a second copy of it in another panel has no name."""
        if label and node["ids"] == [label]:
            node["label"] = label

    def unique_id(self, label: str, wish: str) -> str:
        """Return ``label``, or the next free id that begins with it or with ``wish``, and take it.

        The section's labels are kept for what they name.
        """
        name, number = label or wish, 1
        kept = {anchor.label for anchor in self.page.section.labelled} - {label}
        while name in self.document.ids or name in kept:
            number += 1
            name = f"{label or wish}-{number}"
        self.document.ids[name] = self.document
        return name


def clean_text(token: SyntaxTreeNode) -> str:
    """Return the text below a token, marks left out."""
    return "".join(clean_text(child) for child in token.children) if token.children else token.content


def _footnote_name(token: SyntaxTreeNode) -> str:
    """Return the name of a footnote; one written where it belongs has none, and is known by its number."""
    return f"footnote-{token.meta.get('label') or token.meta['id']}"


def _source(tag: str) -> str:
    """Return the path of the book's picture that an ``<img>`` shows; empty if it shows another."""
    attributes = {name.lower(): value for name, value in _ATTRIBUTE.findall(tag)}
    return local_path(attributes.get("src", "").strip("'\""))


def _lone_image(token: SyntaxTreeNode) -> SyntaxTreeNode | None:
    """Return the picture of a paragraph that holds nothing else and has a caption or marks."""
    inline = token.children[0] if token.children else None
    picture = lone_picture(inline.token.children or ()) if inline is not None and inline.token else None
    if inline is None or picture is None or not (picture.children or token.meta.get("marks")):
        return None
    return next(child for child in inline.children if child.token is picture)


def _is_mark(node: SyntaxTreeNode | None) -> bool:
    return node is not None and node.type == "d2l_role"


def _last_character(node: SyntaxTreeNode | None) -> str:
    """Return the last character of the text that ``node`` shows, or nothing for a mark or a formula."""
    if node is None or node.type in ("d2l_role", "math_inline"):
        return ""
    return _last_character(node.children[-1]) if node.children else node.content[-1:]


def _first_character(node: SyntaxTreeNode | None) -> str:
    if node is None or node.type in ("d2l_role", "math_inline"):
        return ""
    return _first_character(node.children[0]) if node.children else node.content[:1]
