"""What is looked at across a finished book: citations, style of Chinese prose, sizes, exercises, the plan,
the words of the other edition.

Each check yields faults and changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator

from d2lbook.book.book import Book
from d2lbook.check.amount import amount_faults, mark_faults
from d2lbook.check.answers import answer_faults
from d2lbook.check.citations import citation_faults
from d2lbook.check.mistakes import long_run_faults, mistake_faults
from d2lbook.check.plan import plan_faults
from d2lbook.check.plots import plot_faults
from d2lbook.check.rounding import rounding_faults
from d2lbook.check.side_by_side import faults_of
from d2lbook.check.spread import spread_faults
from d2lbook.check.structure import structure_faults
from d2lbook.check.style import style_faults
from d2lbook.check.symbols import symbol_faults
from d2lbook.errors import Fault, Severity
from d2lbook.evidence import evaluation, seeds, store, truth
from d2lbook.evidence.digest import freshness_faults
from d2lbook.library import extract
from d2lbook.words.traditional import read_phrases

__all__ = ["check_book", "check_sources"]

NEW_RULES: Severity = "error"
"""Severity of the rules on lines of code, exercises' marks, plots and rounding. The one switch to ``error``."""


def check_book(book: Book, jobs: int = 0) -> tuple[Fault, ...]:
    """Return what is wrong with a book, its library, its stored outputs and results included.

    ``jobs`` is the number of processes (0: one per processor that this process may use).
    """
    parts = (_of_library, _of_plots, _of_style, _of_amount, _of_runs, _of_rest)  # the longest first
    return faults_of(book, parts, jobs)


def check_sources(book: Book) -> tuple[Fault, ...]:
    """Return what is wrong with the sources, what reading them showed included."""
    return book.config.told(_of_sources(book))


def _of_sources(book: Book) -> Iterator[Fault]:
    yield from _sources_but_longest(book)
    yield from style_faults(book)
    yield from mistake_faults(book)


def _sources_but_longest(book: Book) -> Iterator[Fault]:
    yield from book.faults
    yield from citation_faults(book)
    yield from structure_faults(book)
    yield from plan_faults(book)
    if len(book.config.editions) > 1:
        yield from read_phrases(book.config.root).faults
    yield from mark_faults(book, NEW_RULES)
    yield from symbol_faults(book)


def _of_library(book: Book) -> Iterator[Fault]:
    yield from extract.check_library(book)
    yield from book.config.told(mistake_faults(book))  # reads the library, too


def _of_plots(book: Book) -> tuple[Fault, ...]:
    return book.config.told(plot_faults(book, NEW_RULES))


def _of_style(book: Book) -> tuple[Fault, ...]:
    return book.config.told(style_faults(book))


def _of_amount(book: Book) -> tuple[Fault, ...]:
    return book.config.told((*amount_faults(book, NEW_RULES), *rounding_faults(book, NEW_RULES)))


def _of_runs(book: Book) -> Iterator[Fault]:
    """Yield what is wrong with stored runs and results, claims included, and between sources and runs."""
    yield from freshness_faults(book)
    yield from evaluation.stored_faults(book)
    yield from truth.unreadable(book)
    yield from answer_faults(book)
    yield from seeds.seed_faults(book)
    yield from store.size_faults(book)
    yield from book.config.told((*spread_faults(book), *long_run_faults(book)))


def _of_rest(book: Book) -> tuple[Fault, ...]:
    return book.config.told(_sources_but_longest(book))
