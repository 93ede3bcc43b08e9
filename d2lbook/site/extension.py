"""What Sphinx is told: the parser, the nodes, the transforms, the builder, and when a page is out of date."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import cast

from docutils import nodes as docutils_nodes
from markupsafe import escape
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

from d2lbook.book.numbering import Numbering
from d2lbook.doctree.build import build_of
from d2lbook.doctree.extension import register
from d2lbook.doctree.inventory import BookDomain, is_current
from d2lbook.site.builder import SiteBuilder
from d2lbook.site.navigation import Navigation
from d2lbook.site.references import ResolveMarks, TieFormulas
from d2lbook.site.site_build import FEW, site_build_of
from d2lbook.site.writer import BookTranslator


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register everything; called by Sphinx."""
    app.add_config_value("d2lbook_engine", "", "env", str)
    app.add_config_value("d2lbook_faulty", (), "", tuple)
    app.add_post_transform(ResolveMarks)
    app.add_post_transform(TieFormulas)
    app.add_builder(SiteBuilder)
    app.set_translator(SiteBuilder.name, BookTranslator)
    app.connect("env-get-outdated", outdated)
    app.connect("env-before-read-docs", prepare_reading)
    app.connect("env-get-updated", renumbered)
    app.connect("doctree-read", note_terms)
    return register(app)


def outdated(
    app: Sphinx, env: BuildEnvironment, added: AbstractSet[str], changed: AbstractSet[str], removed: AbstractSet[str]
) -> Iterable[str]:
    """Return the pages whose outputs or citations changed, and those that had faults: they are read again."""
    this_build = build_of(app.config)
    domain = cast(BookDomain, env.get_domain(BookDomain.name))
    state = this_build.bibliography.state
    faulty = frozenset(app.config.d2lbook_faulty)
    cited_anew = domain.data.get("bibliography", state) != state
    domain.data["bibliography"] = state
    return [
        docname
        for docname, record in domain.pages.items()
        if docname in this_build.book.by_name
        and (
            docname in faulty
            or not is_current(this_build, docname, record)
            or (cited_anew and (record.cites or record.lists_book))
        )
    ]


def prepare_reading(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Read in the book's order, so that parallel readers get whole chapters; few pages are quicker in one process."""
    order = {section.docname: place for place, section in enumerate(build_of(app.config).book.sections)}
    docnames.sort(key=lambda docname: order.get(docname, len(order)))
    _set_processes(app, len(docnames))


def note_terms(app: Sphinx, document: docutils_nodes.document) -> None:
    """Note what the search finds on a page that was just read."""
    this_build, docname = site_build_of(app.config), app.env.current_document.docname
    used = cast(BookDomain, app.env.get_domain(BookDomain.name)).pages[docname].terms
    own = this_build.indices[this_build.editions[0].name]
    own.note(docname, document, [term for term in this_build.terms if term.english in used])


def renumbered(app: Sphinx, env: BuildEnvironment) -> Iterable[str]:
    """Number the book; return the pages that must be written again for it."""
    book = build_of(app.config).book
    domain = cast(BookDomain, env.get_domain(BookDomain.name))
    titles = {name: escape(title.astext()) for name, title in env.titles.items()}
    changed = domain.update(book, Numbering(book), Navigation(book, titles).surroundings())
    _set_processes(app, len(changed))
    return changed


def _set_processes(app: Sphinx, pages: int) -> None:
    app.parallel = build_of(app.config).jobs if pages > FEW else 1
