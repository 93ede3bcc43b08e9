"""Sphinx's templates in the words of an edition."""

from __future__ import annotations

from typing import Any

from jinja2 import FunctionLoader
from sphinx.jinja2glue import BuiltinTemplateLoader

from d2lbook.doctree.editions import Edition

SCRIPTS = ("site.js", "search.js", "results.js")
"""Scripts that speak to the reader."""


class Templates:
    """Sphinx's templates, their words those of an edition."""

    def __init__(self, original: BuiltinTemplateLoader, edition: Edition) -> None:
        """Take the templates as they are written, and the edition."""

        def source(name: str) -> str:
            return edition.template(original.get_source(original.environment, name)[0])

        self._environment = original.environment.overlay(loader=FunctionLoader(source))

    def render(self, name: str, context: dict[str, Any]) -> str:
        """Return a page."""
        return self._environment.get_template(name).render(context)
