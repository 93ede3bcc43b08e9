"""The numbers of the whole book, where paper shows one backend of it.

Figures, tables and equations are counted over all backends on the site, so that a number names the same thing to every
reader; counted in one backend's pages alone they would differ behind the first figure that another backend has for
itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from docutils import nodes as docutils_nodes
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from d2lbook.book.book import Book
from d2lbook.book.numbering import Numbering
from d2lbook.doctree.build import Build, build_of
from d2lbook.doctree.editions import Edition
from d2lbook.doctree.inventory import BookDomain, Target
from d2lbook.doctree.previews import Preview


@dataclass(kw_only=True)
class PaperBuild(Build):
    """One book being made into one PDF."""

    whole: Book
    """The book with all its backends; its numbers are printed."""
    edition: Edition
    """The edition that is printed."""


def paper_build_of(config: Config) -> PaperBuild:
    """Return the build of a PDF that Sphinx's configuration carries."""
    return cast(PaperBuild, build_of(config))


def take_whole_numbers(env: BuildEnvironment, this_build: PaperBuild) -> None:
    """Give each figure, table and equation its number in the whole book; know the labels of all backends."""
    domain = cast(BookDomain, env.get_domain(BookDomain.name))
    numbering = Numbering(this_build.whole)
    numbers = {docname: dict(page) for docname, page in domain.numbers.items()}
    for docname, record in domain.pages.items():
        floats = {anchor.id: anchor.label for anchor in record.anchors if anchor.kind != "section"}
        lines = _lines(env, docname) if floats else {}
        for name, label in floats.items():
            found = numbering.targets.get(label)
            if found is None or found.docname != docname:
                found = numbering.at(docname, lines.get(name, 0))
            if found is not None and found.number:
                numbers[docname][name] = found.number
    targets = {
        label: target._replace(number=numbers[target.docname].get(target.id, target.number))
        for label, target in domain.targets.items()
    }
    for label, anchor in numbering.targets.items():  # what this backend does not have has no place to lead to
        away = Target(anchor.docname, "", anchor.kind, anchor.title, anchor.level, anchor.number, Preview())
        targets.setdefault(label, away)
    domain.data.update(numbers=numbers, targets=targets)


def _lines(env: BuildEnvironment, docname: str) -> dict[str, int]:
    doctree = env.get_doctree(docname)
    return {node["ids"][0]: node.line or 0 for node in doctree.findall(docutils_nodes.Element) if node.get("ids")}
