"""The search of the real book: what readers ask is found, the right page stands among the first, little is fetched."""

from __future__ import annotations

import gzip
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from d2lbook import book as books
from d2lbook.site.search import PIECES, terms_of

from ..conftest import ROOT

QUERIES: dict[str, list[str]] = tomllib.loads(
    (Path(__file__).parent / "search_queries.toml").read_text(encoding="utf-8")
)
SECTIONS = 200
"""For how many sections the size of a query is extrapolated."""
MAX_KB = 400
FIND = """async queries => Promise.all(queries.map(async query =>
  [query, (await bookSearch.find(query)).map(found => found.entry[0])]))"""


@pytest.fixture(scope="module")
def searching(browser: Browser, real: Path) -> Iterator[Page]:
    """Return a page of the book, opened from its folder."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{real.as_uri()}/preliminaries/index.html")
    yield page
    context.close()


def test_what_readers_ask_is_found_and_the_right_page_comes_early(searching: Page) -> None:
    assert len(QUERIES) >= 60
    answers: dict[str, list[str]] = dict(searching.evaluate(FIND, list(QUERIES)))
    lost = {query: set(pages) - set(answers[query]) for query, pages in QUERIES.items()}
    assert {query: pages for query, pages in lost.items() if pages} == {}
    late = {query: answers[query][:3] for query, pages in QUERIES.items() if pages[0] not in answers[query][:3]}
    assert len(late) <= len(QUERIES) / 10, late


def test_a_query_fetches_little_even_of_a_long_book(real: Path) -> None:
    """Every file grows with the number of sections at most in proportion, so sizes are multiplied by it."""
    folder = real / "_static/search"
    sections = sum(1 for section in books.load(ROOT).sections if section.code)
    sizes = {file.stem: len(gzip.compress(file.read_bytes())) for file in folder.glob("*.js")}
    for query in QUERIES:
        pieces = {str(ord(term[0]) % PIECES) for term in terms_of(query)} | {"pages"}
        fetched = sum(sizes[piece] for piece in pieces) * SECTIONS / sections
        assert fetched <= MAX_KB * 1024, f"{query}: {fetched / 1024:.0f} KB"
