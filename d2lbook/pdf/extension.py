"""What Sphinx is told for paper: the site's parser and nodes, this package's builder, writer and transform."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import cast

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata

from d2lbook.book.numbering import Numbering
from d2lbook.doctree.extension import register
from d2lbook.doctree.inventory import BookDomain, is_current
from d2lbook.pdf.builder import ConvertText, PdfBuilder, ResolveForPrint
from d2lbook.pdf.paper_build import paper_build_of
from d2lbook.pdf.writer import PdfTranslator


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register everything; called by Sphinx."""
    app.add_config_value("d2lbook_engine", "", "env", str)
    app.add_post_transform(ResolveForPrint)
    app.add_post_transform(ConvertText)
    app.add_builder(PdfBuilder)
    app.set_translator(PdfBuilder.name, PdfTranslator)
    app.connect("env-get-outdated", outdated)
    app.connect("env-get-updated", number)
    return register(app)


def number(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Number the book; the one document is always written anew."""
    book = paper_build_of(app.config).book
    cast(BookDomain, env.get_domain(BookDomain.name)).update(book, Numbering(book), {})
    return []


def outdated(app: Sphinx, env: BuildEnvironment, *_: AbstractSet[str]) -> Iterable[str]:
    """Return the pages whose outputs changed: they are read again."""
    this_build = paper_build_of(app.config)
    pages = cast(BookDomain, env.get_domain(BookDomain.name)).pages
    return [
        name
        for name, page in pages.items()
        if name in this_build.book.by_name and not is_current(this_build, name, page)
    ]
