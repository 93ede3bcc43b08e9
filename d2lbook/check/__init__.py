"""What is looked at across a finished book: citations, style of Chinese prose, sizes, exercises, the plan,
the words of the other edition.

Each check yields faults and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from d2lbook.book.book import Book
from d2lbook.check.amount import amount_faults, mark_faults
from d2lbook.check.citations import citation_faults
from d2lbook.check.mistakes import long_run_faults, mistake_faults
from d2lbook.check.plan import plan_faults
from d2lbook.check.plots import plot_faults
from d2lbook.check.rounding import rounding_faults
from d2lbook.check.spread import spread_faults
from d2lbook.check.structure import structure_faults
from d2lbook.check.style import style_faults
from d2lbook.check.symbols import symbol_faults
from d2lbook.errors import Fault, Severity
from d2lbook.words.traditional import read_phrases

__all__ = ["check_outputs", "check_sources"]

NEW_RULES: Severity = "error"
"""Severity of the rules on lines of code, exercises' marks, plots and rounding. The one switch to ``error``."""


def check_sources(book: Book) -> tuple[Fault, ...]:
    """Return what is wrong with the sources, what reading them showed included."""
    return book.config.told(_of_sources(book))


def check_outputs(book: Book) -> tuple[Fault, ...]:
    """Return what is wrong between the sources and their stored outputs, beyond claims."""
    return book.config.told(_of_outputs(book))


def _of_sources(book: Book) -> Iterator[Fault]:
    yield from book.faults
    yield from citation_faults(book)
    yield from style_faults(book)
    yield from structure_faults(book)
    yield from plan_faults(book)
    if len(book.config.editions) > 1:
        yield from read_phrases(book.config.root).faults
    yield from mark_faults(book, NEW_RULES)
    yield from symbol_faults(book)
    yield from mistake_faults(book)


def _of_outputs(book: Book) -> Iterator[Fault]:
    yield from amount_faults(book, NEW_RULES)
    yield from plot_faults(book, NEW_RULES)
    yield from rounding_faults(book, NEW_RULES)
    yield from spread_faults(book)
    yield from long_run_faults(book)
