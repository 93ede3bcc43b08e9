"""The builder: which pages are written, with what around them, and the files beside them.

Pages come from one template; formulas are rendered in one batch before any page is written. May import every other
module of this package, docutils and Sphinx.
"""

from __future__ import annotations

import html
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from docutils import nodes as docutils_nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import BuildEnvironment

from d2lbook.book import is_file
from d2lbook.library.contract import CONTRACT
from d2lbook.numbers import reference_text
from d2lbook.package import Apparatus
from d2lbook.site import katex, nodes
from d2lbook.site.cards import card_formulas, cards
from d2lbook.site.edition import Edition, edition_of
from d2lbook.site.extras import (
    EXTRA_PAGES,
    GLOSSARY,
    INDEX,
    NOT_FOUND,
    brought_in,
    glossary,
    is_current,
    library_entries,
    library_index,
    not_found,
    sitemap,
)
from d2lbook.site.faults import warn
from d2lbook.site.inventory import BookDomain
from d2lbook.site.metrics import summary
from d2lbook.site.navigation import Link, Navigation
from d2lbook.site.notebooks import write_notebooks
from d2lbook.site.page import load_page
from d2lbook.site.styles import backend_rules
from d2lbook.site.writer import BookTranslator, Heading, picture_facts

STATIC = Path(__file__).parent / "static"
_MARKS = (nodes.label_reference, nodes.citation_mark, nodes.metric, nodes.code_name)
_TAG = re.compile(r"<[^>]+>")


class SiteBuilder(StandaloneHTMLBuilder):
    """Writes the site."""

    name = "site"
    search = False
    copysource = False

    edition: Edition
    navigation: Navigation

    def __init__(self, app: Sphinx, env: BuildEnvironment) -> None:
        """Take the edition from the configuration."""
        super().__init__(app, env)
        self.edition = edition_of(app.config)
        self.edition.builder = self
        self.written = 0
        self._facts: dict[str, tuple[int, int, bool]] = {}

    # ---- what the writer asks for ----

    @property
    def domain(self) -> BookDomain:
        """The records of all pages."""
        return cast(BookDomain, self.env.get_domain(BookDomain.name))

    def numbers_of(self, docname: str) -> Mapping[str, str]:
        """Return the numbers of a page's anchors."""
        return self.domain.numbers.get(docname, {})

    def link_from(self, docname: str) -> str:
        """Return the address of a document, from the page being written."""
        return self.get_relative_uri(self.current_docname, docname) or "#"

    def facts(self, source: str) -> tuple[int, int, bool]:
        """Return width, height, and whether a picture of the book holds pixels; zeros if it cannot be read."""
        if source not in self._facts:
            file = Path(self.srcdir) / source
            self._facts[source] = picture_facts(file.read_bytes()) if is_file(file) else (0, 0, False)
        return self._facts[source]

    def place(self, name: str) -> None:
        """Put a picture that a cell drew beside the pages."""
        target = Path(self.outdir) / self.imagedir / name
        if not target.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            fresh = target.with_name(f".{name}.{os.getpid()}")
            shutil.copyfile(self.edition.pictures / name, fresh)
            fresh.replace(target)

    # ---- before the pages ----

    def init_css_files(self) -> None:
        """Leave the style sheets to the template."""

    def init_js_files(self) -> None:
        """Leave the scripts to the template."""

    def prepare_writing(self, docnames: AbstractSet[str]) -> None:
        """Render the formulas of the pages to be written, and of every title."""
        super().prepare_writing(docnames)
        self.written = len(docnames)
        titles = [node for title in self.env.titles.values() for node in title.findall(docutils_nodes.math)]
        pages = {docname: self.domain.pages[docname] for docname in docnames if docname in self.domain.pages}
        wanted = {(tex, display) for page in pages.values() for tex, display, _ in page.formulas}
        wanted |= {(node.astext(), False) for node in titles} | card_formulas(pages.values(), self.domain.targets)
        self.edition.formulas = self.edition.katex.render(wanted)
        for docname, page in pages.items():
            for tex, display, line in page.formulas:
                if error := self.edition.formulas[tex, display].error:
                    message = error.removeprefix("KaTeX parse error: ")
                    warn((docname, line), f"KaTeX rejects this formula: {message}", tex.strip().splitlines()[0])
        if any(page.citations or page.lists_book for page in pages.values()):
            _ = self.edition.bibliography.entries
        if any(self.edition.book.projections(self.edition.book.section(docname)) for docname in pages):
            _ = self.apparatus.bibliography.references  # made before the processes part
        self.navigation = Navigation(
            self.edition.book, {name: self._title(node) for name, node in self.env.titles.items()}
        )

    def _title(self, node: docutils_nodes.Element) -> str:
        if all(isinstance(child, docutils_nodes.Text) for child in node.children):
            return html.escape(node.astext(), quote=False)
        title = node.deepcopy()
        for mark in [mark for kind in _MARKS for mark in title.findall(kind)]:
            mark.replace_self(docutils_nodes.Text(self._words(mark)))
        return _inner(self.render_partial(title)["title"])

    def _words(self, mark: docutils_nodes.Element) -> str:
        """Return what a mark in a title says where it is no link."""
        if isinstance(mark, nodes.label_reference):
            target = self.domain.targets.get(mark["label"])
            return reference_text(target, mark["role"]) if target else str(mark["label"])
        if isinstance(mark, nodes.citation_mark):
            return ", ".join(mark["keys"])
        return summary([text for _, text in mark["values"]]) if isinstance(mark, nodes.metric) else mark.astext()

    # ---- pages ----

    def write_doc(self, docname: str, doctree: docutils_nodes.document) -> None:
        """Write one page."""
        doctree.settings = self.docsettings
        self.imgpath = self.up(docname) + self.imagedir
        self.current_docname = docname
        visitor = cast(BookTranslator, self.create_translator(doctree, self))
        doctree.walkabout(visitor)
        context = self._context(docname, "".join(visitor.fragment), visitor.outline, _lead(doctree))
        self.handle_page(docname, {**context, "cards": cards(self, doctree)}, event_arg=doctree)
        page = load_page(self.edition.book, docname)
        write_notebooks(self.edition.book, page, self.apparatus, Path(self.outdir))

    @cached_property
    def apparatus(self) -> Apparatus:
        """What the notebooks of one build share."""
        return Apparatus.of(self.edition.book)

    def up(self, docname: str) -> str:
        """Return the way from a page to the site's folder."""
        return "../" * docname.count("/")

    def _context(self, docname: str, body: str, outline: list[Heading], lead: str) -> dict[str, Any]:
        config, navigation = self.edition.book.config, self.navigation
        front = docname == config.index
        before, after = navigation.around(docname)
        number, title = self.edition.book.number(docname), navigation.titles.get(docname, config.title)
        chapter = navigation.chapter_of(docname)
        opening, mark, rest = body.partition("</p>") if front else ("", "", body)
        return {
            "front": front,
            "opening": opening + mark,
            "body": rest,
            "title": f"{number} {_plain(title)}".strip(),
            "description": lead,
            "up": self.up(docname),
            "home": self.link_from(config.index),
            "sidebar": navigation.sidebar(docname, self.link_from),
            "chapter": {"link": self.link_from(chapter), "title": navigation.label(chapter)}
            if chapter != docname
            else None,
            "outline": [item for item in outline if item.level in (2, 3)],
            "before": self._neighbour(before),
            "after": self._neighbour(after),
            "edit": self._edit_address(docname),
            "downloads": f"{config.repository_url}/releases/latest" if config.repository_url else "",
            "extras": self._extra_links(self.link_from),
            "address": self._address(docname),
        }

    def _extra_context(
        self, name: str, body: str, up: str, link: Link, outline: Sequence[Heading] = ()
    ) -> dict[str, Any]:
        """Return what the template needs for a page that no section is."""
        title = EXTRA_PAGES[name]
        return {
            "front": False,
            "opening": "",
            "body": f'<section id="{name}"><h1>{title}</h1>\n{body}</section>',
            "title": title,
            "description": "",
            "up": up,
            "home": link(self.edition.book.config.index),
            "sidebar": self.navigation.sidebar(name, link),
            "extras": self._extra_links(link),
            "chapter": None,
            "outline": outline,
            "before": None,
            "after": None,
            "edit": "",
            "address": "" if name == NOT_FOUND else self._address(name),
        }

    def _address(self, name: str) -> str:
        """Return a page's public address, empty where the site has none."""
        config = self.edition.book.config
        target = "" if name == config.index else self.get_target_uri(name)
        return f"{config.site_url}/{target}" if config.site_url else ""

    def _extra_links(self, link: Link) -> list[dict[str, str]]:
        return [{"link": link(name), "title": EXTRA_PAGES[name]} for name in self.extras]

    def _neighbour(self, docname: str) -> dict[str, str] | None:
        return {"link": self.link_from(docname), "title": self.navigation.label(docname)} if docname else None

    def _edit_address(self, docname: str) -> str:
        config = self.edition.book.config
        return (
            f"{config.repository_url}/edit/main/{self.edition.book.section(docname).path}"
            if config.repository_url
            else ""
        )

    # ---- after the pages ----

    def gen_additional_pages(self) -> None:
        """Write no page of Sphinx's own."""

    def copy_static_files(self) -> None:
        """Put style sheets, scripts and KaTeX's fonts beside the pages."""
        target = Path(self.outdir) / "_static"
        target.mkdir(parents=True, exist_ok=True)
        for file in STATIC.iterdir():
            shutil.copyfile(file, target / file.name)
        rules = backend_rules(self.edition.book.config.backend_names)
        (target / "backends.css").write_text(rules, encoding="utf-8")
        katex.copy_assets(target)

    @cached_property
    def extras(self) -> tuple[str, ...]:
        """Names of the pages that no section is, but for the one that nobody links to."""
        book = self.edition.book
        having = {GLOSSARY: bool(self.edition.terms), INDEX: (book.config.root / CONTRACT).is_file()}
        return tuple(name for name, there in having.items() if there and name not in book.by_name)

    def handle_finish(self) -> None:
        """Write the search index and the pages that no section is, and no index and no inventory of Sphinx's own."""
        memory = Path(self.doctreedir) / "library.json"
        if not self.written and is_current(self.edition.book, memory):
            return
        book, headings = self.edition.book, self.domain.headings
        pages = [
            (name, book.number(name), _plain(title), headings(name)) for name, title in self.navigation.titles.items()
        ]
        self.edition.search.write(pages, Path(self.outdir) / "_static" / "search")
        self._write_extras(memory)
        if book.config.site_url:
            names = [*book.by_name, *self.extras]
            (Path(self.outdir) / "sitemap.xml").write_text(sitemap(map(self._address, names)), encoding="utf-8")

    def _write_extras(self, memory: Path) -> None:
        book = self.edition.book
        order = [section.docname for section in book.sections]
        for name in self.extras:
            self.current_docname = name
            if name == GLOSSARY:
                places = brought_in(order, {docname: page.terms for docname, page in self.domain.pages.items()})
                body, letters = glossary(self.edition.terms, places, self._section_link)
                outline = [Heading(2, f"letter-{letter.lower()}", "", letter) for letter in letters if letter.isalpha()]
            else:
                body, outline = library_index(book, library_entries(book, memory), self._section_link), []
            self.handle_page(name, self._extra_context(name, body, "", self.link_from, outline))
        base = urlsplit(book.config.site_url).path.rstrip("/") + "/"

        def from_anywhere(docname: str) -> str:
            return base + self.get_target_uri(docname)

        if NOT_FOUND not in book.by_name:
            links = ((from_anywhere(name), EXTRA_PAGES[name]) for name in self.extras)
            body = not_found(from_anywhere(book.config.index), links)
            self.handle_page(NOT_FOUND, self._extra_context(NOT_FOUND, body, base, from_anywhere))

    def _section_link(self, docname: str) -> str:
        """Return a link to a section with its number, or its title where it has none; empty for what is no section."""
        if docname not in self.edition.book.by_name:
            return ""
        text = f"{number}节" if (number := self.edition.book.number(docname)) else self.navigation.titles[docname]
        return f'<a href="{html.escape(self.link_from(docname))}">{text}</a>'


def _lead(document: docutils_nodes.document) -> str:
    """Return the beginning of the first paragraph that says something."""
    for node in document.findall(docutils_nodes.paragraph):
        if isinstance(node.parent, docutils_nodes.section) and len(text := node.astext()) >= 40:
            return " ".join(text.split())[:120]
    return ""


def _plain(markup: str) -> str:
    return html.unescape(_TAG.sub("", markup))


def _inner(heading: str) -> str:
    """Return what a rendered heading holds."""
    return re.sub(r"^<h\d[^>]*>|</h\d>\s*$", "", heading.strip())
