"""Pieces of pages from the templates in ``fragments/``: what is a text is escaped by Jinja, what is markup stays.

Sphinx's own environment escapes nothing by itself, so these have one of their own; ``theme/page.html`` asks for
escaping in its first line. Bodies of pages are written by docutils' translator, as a stream, not by templates.
"""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_ENVIRONMENT = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("fragments")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def fragment(name: str, **values: object) -> Markup:
    """Return what the template ``name`` gives for these values; texts among them are escaped."""
    return Markup(_ENVIRONMENT.get_template(name).render(values))


def link(address: str, words: str) -> Markup:
    """Return a link; ``words`` are a text or markup."""
    return Markup('<a href="{}">{}</a>').format(address, words)
