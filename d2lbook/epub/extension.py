"""What Sphinx is told for an EPUB: what it is told for the site, and this package's builder and writer."""

from __future__ import annotations

from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from d2lbook.epub.builder import EpubBuilder
from d2lbook.epub.writer import EpubTranslator
from d2lbook.site.extension import setup as setup_site


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register everything; called by Sphinx."""
    told = setup_site(app)
    app.add_builder(EpubBuilder)
    app.set_translator(EpubBuilder.name, EpubTranslator)
    return told
