"""The builder: which pages are written, with what around them, and the files beside them.

Pages come from one template; formulas are rendered in one batch before any page is written.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from docutils import nodes as docutils_nodes
from markupsafe import Markup, escape
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.jinja2glue import BuiltinTemplateLoader

from d2lbook.book.named import picture_file
from d2lbook.book.references import reference_text
from d2lbook.doctree import nodes
from d2lbook.doctree.conversion import convert_tree
from d2lbook.doctree.editions import Edition
from d2lbook.doctree.metrics import summary
from d2lbook.doctree.page import load_page
from d2lbook.doctree.warnings import warn
from d2lbook.evidence.last_run import last_run
from d2lbook.evidence.store import path_of
from d2lbook.evidence.table import Row, state_of
from d2lbook.files import remembered, write_changed
from d2lbook.files import state_of as state_of_file
from d2lbook.library.contract import CONTRACT
from d2lbook.notebooks import CrossReferences
from d2lbook.site import katex
from d2lbook.site.cards import card_formulas, cards
from d2lbook.site.context import PageContext, plain
from d2lbook.site.curves import facts
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
    library_state,
    not_found,
    sitemap,
    term_id,
)
from d2lbook.site.feed import FEED, changes, feed
from d2lbook.site.fragments import link
from d2lbook.site.navigation import Heading, Navigation
from d2lbook.site.notebooks import DOWNLOADS, write_notebooks
from d2lbook.site.results import CHANGES, RESULTS, Names, changes_page, headings, results_page
from d2lbook.site.search import write_words
from d2lbook.site.site_build import SiteBuild
from d2lbook.site.styles import backend_rules
from d2lbook.site.templates import SCRIPTS, Templates
from d2lbook.site.webapp import write_manifest, write_shared
from d2lbook.site.writer import BookTranslator
from d2lbook.words.traditional import character_pairs, state

STATIC = Path(__file__).parent / "static"
_MARKS = (nodes.label_reference, nodes.citation_mark, nodes.metric, nodes.code_name)


class SiteBuilder(PageContext):
    """Writes the site."""

    name = "site"

    def __init__(self, app: Sphinx, env: BuildEnvironment) -> None:
        """Take the build from the configuration."""
        super().__init__(app, env)
        self.this_build.builder = self
        self.written = 0
        self.extras = extra_pages(self.this_build)
        self._templates: dict[str, Templates] = {}

    # ---- before the pages ----

    def init_css_files(self) -> None:
        """Leave the style sheets to the template."""

    def init_js_files(self) -> None:
        """Leave the scripts to the template."""

    def prepare_writing(self, docnames: AbstractSet[str]) -> None:
        """Render the formulas of the pages to be written, and of every title."""
        self.this_build.begin_writing(docnames)
        super().prepare_writing(docnames)
        self.written = len(docnames)
        in_titles = [node for title in self.env.titles.values() for node in title.findall(docutils_nodes.math)]
        pages = {docname: self.domain.pages[docname] for docname in docnames if docname in self.domain.pages}
        wanted = {(tex, display) for page in pages.values() for tex, display, _ in page.formulas}
        wanted |= {(node.astext(), False) for node in in_titles} | card_formulas(pages.values(), self.domain.previews)
        self.this_build.formulas = self.this_build.katex.render(wanted)
        for docname, page in pages.items():
            for tex, display, line in page.formulas:
                if error := self.this_build.formulas[tex, display].error:
                    warn((docname, line), *katex.refusal(tex, error))
        if any(page.cites or page.lists_book for page in pages.values()):
            _ = self.this_build.bibliography.references  # made before the processes part
        if any(self.this_build.book.projections(self.this_build.book.section(docname)) for docname in pages):
            _ = self.references.bibliography.references
        for edition in self.this_build.wanted:
            self.edition = edition
            titles = {name: self._title(node) for name, node in self.env.titles.items()}
            self.navigations[self.edition.name] = Navigation(self.this_build.book, titles)

    def _title(self, node: docutils_nodes.Element) -> Markup:
        if all(isinstance(child, docutils_nodes.Text) for child in node.children):
            return escape(self.say(node.astext()))
        title = node.deepcopy()
        for mark in [mark for kind in _MARKS for mark in title.findall(kind)]:
            mark.replace_self(docutils_nodes.Text(self._words(mark)))
        if self.edition.converted:
            convert_tree(title, self.say)
        return Markup(_inner(self.render_partial(title)["title"]))

    def _words(self, mark: docutils_nodes.Element) -> str:
        """Return what a mark in a title says where it is no link."""
        if isinstance(mark, nodes.label_reference):
            target = self.domain.targets.get(mark["label"])
            return reference_text(target, mark["role"]) if target else str(mark["label"])
        if isinstance(mark, nodes.citation_mark):
            return ", ".join(mark["keys"])
        return summary([text for _, text in mark["values"]]) if isinstance(mark, nodes.metric) else mark.astext()

    # ---- pages ----

    def get_outdated_docs(self) -> Iterator[str]:
        """Yield also the pages that an edition lacks, or has from an older page of the book's own or other words."""
        yield from super().get_outdated_docs()
        yield from self.this_build.owed_pages
        if remembered(self._front_memory) != self._front_state():
            yield self.this_build.book.config.index
        known = remembered(self._memory)
        anew = known != self._words_of_editions(known)
        for docname in self.this_build.book.by_name:
            times = [state_of_file(self._file(edition, docname))[0] for edition in self.this_build.wanted]
            if anew or 0 in times or times != sorted(times):
                yield docname

    @property
    def _memory(self) -> Path:
        """Holds what decided the words of the pages when they were written."""
        return Path(self.doctreedir) / "editions.json"

    @property
    def _front_memory(self) -> Path:
        """Holds what the front page was told of the runs."""
        return Path(self.doctreedir) / "front.json"

    def _front_state(self) -> dict[str, Any]:
        """Return what the front page tells of the runs, and the state of those whose curves it draws."""
        book = self.this_build.book
        name = book.config.front_curves
        projections = book.projections(book.section(name)) if name in book.by_name else ()
        drawn = {item.key: state_of_file(path_of(book, item)) for item in projections}
        return {"facts": facts(self.runs, book.config.backends), "drawn": {key: list(it) for key, it in drawn.items()}}

    def _words_of_editions(self, known: Mapping[str, str]) -> dict[str, str]:
        """Return what decides the words of the pages; ``known`` where nothing is converted now."""
        converts = any(edition.converted for edition in self.this_build.wanted)
        conversion = state(self.this_build.book.config.root) if converts else known.get("conversion", "")
        return {"editions": " ".join(item.name for item in self.this_build.editions), "conversion": conversion}

    def write_doc(self, docname: str, doctree: docutils_nodes.document) -> None:
        """Write one page, in every edition."""
        doctree.settings = self.docsettings
        self.current_docname = docname
        self.highlighted.clear()
        for edition in self.this_build.wanted:
            self.edition = edition
            if edition.converted:
                convert_tree(doctree, self.say)
                used = self.domain.pages[docname].terms
                terms = [term for term in edition.terms if term.english in used]
                self.this_build.indices[edition.name].note(docname, doctree, terms, self.say)
            self._write_page(docname, doctree)
        page = load_page(self.this_build.book, docname, self.this_build.stale)
        write_notebooks(self.this_build.book, page, self.references, Path(self.outdir))

    def _write_page(self, docname: str, doctree: docutils_nodes.document) -> None:
        self.imgpath, self.dlpath = self.up(docname) + self.imagedir, self.up(docname) + DOWNLOADS
        visitor = cast(BookTranslator, self.create_translator(doctree, self))
        doctree.walkabout(visitor)
        context = self._context(docname, Markup("".join(visitor.fragment)), visitor.outline, _lead(doctree))
        self.handle_page(docname, {**context, "cards": cards(self, doctree)}, event_arg=doctree)

    def handle_page(
        self,
        pagename: str,
        addctx: dict[str, Any],
        templatename: str = "page.html",
        *,
        outfilename: Path | None = None,
        event_arg: Any = None,
    ) -> None:
        """Write a page of the current edition."""
        written = self.templates
        if self.edition.speaks:
            if self.edition.name not in self._templates:
                self._templates[self.edition.name] = Templates(cast(BuiltinTemplateLoader, written), self.edition)
            self.templates = cast(Any, self._templates[self.edition.name])
        file = outfilename or self._file(self.edition, pagename)
        draft = file.with_name(f".{file.name}.{os.getpid()}-page.draft")
        try:
            super().handle_page(pagename, addctx, templatename, outfilename=draft, event_arg=event_arg)
            draft.replace(file)
        finally:
            self.templates = written
            draft.unlink(missing_ok=True)

    def _file(self, edition: Edition, name: str) -> Path:
        return Path(self.outdir) / f"{edition.folder}{name}{self.out_suffix}"

    @cached_property
    def references(self) -> CrossReferences:
        """What the notebooks of one build share."""
        return CrossReferences.of(self.this_build.book)

    # ---- after the pages ----

    def gen_additional_pages(self) -> None:
        """Write no page of Sphinx's own."""

    def copy_static_files(self) -> None:
        """Put style sheets, scripts and KaTeX's fonts beside the pages."""
        target = Path(self.outdir) / "_static"
        for file in STATIC.iterdir():
            own = self.this_build.editions[0].template(file.read_text("utf-8")) if file.name in SCRIPTS else None
            write_changed(target / file.name, file.read_bytes() if own is None else own)
        write_changed(target / "backends.css", backend_rules(self.this_build.book.config.backend_names))
        for edition in self.this_build.wanted if self.written or self.this_build.owes_rest else ():
            if edition.converted:
                for name in SCRIPTS:
                    words = edition.template((STATIC / name).read_text(encoding="utf-8"))
                    write_changed(target / edition.folder / name, words)
        config = self.this_build.book.config
        if config.share_picture and (picture := picture_file(config, config.share_picture)):
            write_changed(target / f"share{picture.suffix.lower()}", picture.read_bytes())
        katex.copy_assets(target)
        for edition in self.this_build.wanted:
            self.edition = edition
            self.this_build.faces.write(edition, self._in_serif(), target)
            write_manifest(Path(self.outdir), edition)
        write_shared(Path(self.outdir), str(self.config.html_context["version"]))
        self._write_feed()

    def _write_feed(self) -> None:
        """Write the feed of changes in every edition, where the book keeps such a file."""
        book = self.this_build.book
        found, self.this_build.feed_faults = changes(book)
        for edition in self.this_build.wanted:
            file = Path(self.outdir) / edition.folder / FEED
            base = f"{book.config.site_url}/{edition.folder}" if book.config.site_url else ""
            if found:
                write_changed(file, feed(book, found, base, edition.language, edition.say))
            else:
                file.unlink(missing_ok=True)

    def _in_serif(self) -> dict[str, list[str]]:
        """Return the texts that the edition being written sets in the serif, by the name of their weight."""
        book = self.this_build.book
        titles = [title.astext() for title in self.env.titles.values()]
        headings = [item.heading for page in self.domain.pages.values() for item in page.elements if item.heading]
        names = [term.chinese for term in self.edition.terms]
        front = self.env.get_doctree(book.config.index)
        first = next(iter(front.findall(docutils_nodes.paragraph)), None)
        return {
            "heading": [*map(self.say, [book.config.title, *titles, *headings]), *names],
            "light": [self.say(first.astext())] if first is not None else [],
        }

    def handle_finish(self) -> None:
        """Write the search index and the pages that no section is, and no index and no inventory of Sphinx's own."""
        memory = Path(self.doctreedir) / "library.json"
        told = state_of(self.this_build.book)
        noted = Path(self.doctreedir) / "results.txt"
        known = noted.is_file() and noted.read_bytes() == told.encode()
        owes = self.written or self.this_build.owes_rest
        if not owes and known and is_current(self.this_build.book, memory):
            return
        write_changed(noted, told)
        book = self.this_build.book
        for edition in self.this_build.wanted:
            self.edition = edition
            self._write_search(memory)
            self._write_extras(memory)
        write_changed(self._front_memory, json.dumps(self._front_state()))
        write_changed(self._memory, json.dumps(self._words_of_editions(remembered(self._memory))))
        if book.config.site_url:
            names = [*book.by_name, *self.extras]
            addresses = [self._address(name, item) for item in self.this_build.editions for name in names]
            write_changed(Path(self.outdir) / "sitemap.xml", sitemap(addresses))

    def _write_search(self, memory: Path) -> None:
        known = self.navigation.titles  # in the order in which pages were read
        titles = [(name, known[name]) for name in self.this_build.book.by_name if name in known]
        headings = {name: [(id_, self.say(text)) for id_, text in self.domain.headings(name)] for name, _ in titles}
        pages = [(name, self.this_build.book.number(name), plain(title), headings[name]) for name, title in titles]
        out = Path(self.outdir) / "_static" / self.edition.folder / "search"
        self.this_build.indices[self.edition.name].write(pages, out)
        others = len(self.this_build.editions) > 1
        terms = []
        for term in self.edition.terms:
            words = [*term.aliases, *term.sought, term.traditional if others else ""]
            terms.append((term.chinese, term.names, list(filter(None, words)), term_id(term)))
        entries = library_entries(self.this_build.book, memory) if INDEX in self.extras else []
        names = [(entry.name, self.say(entry.summary)) for entry in entries]
        write_words(out, terms, names, character_pairs(self.edition.converted) if others else "")

    def _write_extras(self, memory: Path) -> None:
        """Write the pages that no section is, each only where what it is made of has changed."""
        book = self.this_build.book
        order = [section.docname for section in book.sections]
        places = brought_in(order, {docname: page.terms for docname, page in self.domain.pages.items()})
        titles = [(name, book.number(name), title) for name, title in self.navigation.titles.items()]
        shared = (self.config.d2lbook_engine, book.config, titles, self.extras, self._words_of_editions({}))
        made_of = {
            GLOSSARY: (self.edition.terms, places),
            INDEX: library_state(book),
            RESULTS: self.this_build.runs.state,
            CHANGES: state_of(book),
            NOT_FOUND: "",
        }
        file = Path(self.doctreedir) / "extras.json"
        known = remembered(file)
        for name in [*self.extras, *([] if NOT_FOUND in book.by_name else [NOT_FOUND])]:
            key, now = f"{self.edition.name} {name}", hash_of((shared, made_of[name]))
            if known.get(key) != now or not self._file(self.edition, name).is_file():
                self.current_docname = name
                self._write_extra(name, memory, places)
                known[key] = now
        write_changed(file, json.dumps(known))

    def _write_extra(self, name: str, memory: Path, places: Mapping[str, str]) -> None:
        book = self.this_build.book
        if name == NOT_FOUND:
            self._write_not_found()
            return
        if name == GLOSSARY:
            body, letters = glossary(self.edition.terms, places, self._section_link, self.edition)
        elif name == INDEX:
            body, letters = library_index(book, library_entries(book, memory), self._section_link, self.own)
        else:
            body, outline = self._results(name)
        if name in (GLOSSARY, INDEX):
            outline = [
                Heading(2, f"letter-{letter.lower()}", "", escape(letter)) for letter in letters if letter.isalpha()
            ]
        self.handle_page(name, self._extra_context(name, body, self.up(name), self.link_from, outline))

    def _write_not_found(self) -> None:
        config = self.this_build.book.config
        base = urlsplit(config.site_url).path.rstrip("/") + "/"

        def from_anywhere(docname: str) -> str:
            return base + self.edition.folder + self.get_target_uri(docname)

        links = ((from_anywhere(name), EXTRA_PAGES[name]) for name in self.extras)
        body = Markup(self.own(not_found(from_anywhere(config.index), links)))
        self.handle_page(NOT_FOUND, self._extra_context(NOT_FOUND, body, base, from_anywhere))

    def _results(self, name: str) -> tuple[Markup, list[Heading]]:
        """Return one of the two pages of results, and its outline."""
        book, navigation = self.this_build.book, self.navigation
        names = Names(book.config, self._title_link, navigation.chapter_of)
        if name == RESULTS:
            body, outline = results_page(self.runs, names)
        else:
            body, outline = changes_page(last_run(book), names)
        titles = {docname: plain(navigation.label(docname)) for docname in navigation.titles}
        outlined = [Heading(2, anchor, "", escape(self.say(text))) for anchor, text in headings(outline, titles)]
        return Markup(self.say(body)), outlined

    @property
    def runs(self) -> Sequence[Row]:  # type: ignore[override]
        """What is known of every run."""
        return self.this_build.runs.rows

    def _title_link(self, docname: str) -> str:
        """Return a link to a section with its number and title; empty for what is no section."""
        if docname not in self.navigation.titles:
            return ""
        return link(self.link_from(docname), self.navigation.label(docname))

    def _section_link(self, docname: str) -> str:
        """Return a link to a section or chapter by number, or by title without one; empty for what is neither."""
        if docname not in self.this_build.book.by_name:
            return ""
        number = self.this_build.book.number(docname)
        if not number:
            text: str = self.navigation.titles[docname]
        else:
            text = number + self.say("节") if "." in number else f"第{number}章"
        return link(self.link_from(docname), text)


def extra_pages(this_build: SiteBuild) -> tuple[str, ...]:
    """Return the names of the pages that no section is, but for the one that nobody links to."""
    book = this_build.book
    having = {GLOSSARY: bool(this_build.terms), INDEX: (book.config.root / CONTRACT).is_file()}
    ran = next(book.config.outputs_dir.rglob("*.ipynb"), None) is not None
    having |= dict.fromkeys((RESULTS, CHANGES), ran)
    return tuple(name for name, there in having.items() if there and name not in book.by_name)


def hash_of(value: object) -> str:
    """Return a short digest of a value's text."""
    return hashlib.sha256(repr(value).encode()).hexdigest()[:8]


def _lead(document: docutils_nodes.document) -> str:
    """Return the beginning of the first paragraph that says something."""
    for node in document.findall(docutils_nodes.paragraph):
        if isinstance(node.parent, docutils_nodes.section) and len(text := node.astext()) >= 40:
            return " ".join(text.split())[:120]
    return ""


def _inner(heading: str) -> str:
    """Return what a rendered heading holds."""
    return re.sub(r"^<h\d[^>]*>|</h\d>\s*$", "", heading.strip())
