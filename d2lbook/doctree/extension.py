"""What Sphinx is told of a book, whatever is made of it: the build, the parser, the domain, the nodes."""

from __future__ import annotations

from myst_parser.sphinx_ext.main import setup_sphinx
from sphinx.application import Sphinx
from sphinx.util.typing import ExtensionMetadata

from d2lbook.doctree import nodes, restructured
from d2lbook.doctree.api import Documented
from d2lbook.doctree.build import Handle
from d2lbook.doctree.inventory import BookDomain
from d2lbook.doctree.prose import BookParser


def register(app: Sphinx) -> ExtensionMetadata:
    """Register what site and PDF share; return what Sphinx asks of an extension."""
    setup_sphinx(app, load_parser=False)
    restructured.register(app)
    for name in ("class", "exception", "function", "method", "attribute", "data", "module"):
        app.add_directive(f"auto{name}", Documented)
    app.add_config_value("d2lbook_handle", Handle(), "", Handle)
    app.add_source_suffix(".md", "markdown")
    app.add_source_parser(BookParser)
    app.add_domain(BookDomain)
    for node in nodes.OWN:
        app.add_node(node)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
