"""The search of the real book: what readers ask is found, the right page stands among the first, little is fetched."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from d2lbook.book import book as books
from d2lbook.book.numbering import Numbering
from scripts.tools.queries import FIND, ROOT, ask, fetched, growth, shown

MAX_KB = 400


def test_what_readers_ask_is_found_and_the_right_page_comes_early(browser: Browser, real_site: Path) -> None:
    answers = ask(browser, real_site)
    assert answers.asked >= 60
    assert answers.lost == {}
    assert len(answers.late) <= answers.asked / 20, answers.late


def test_a_query_fetches_little_even_of_a_long_book(real_site: Path) -> None:
    """``scripts.tools.queries`` says how this is extrapolated to 200 sections."""
    most = MAX_KB - shown(real_site)
    heavy = {query: kb * growth() for query, kb in fetched(real_site).items() if kb * growth() > most}
    assert heavy == {}


def test_a_sections_number_leads_to_it(browser: Browser, real_site: Path) -> None:
    numbers = {t.number: t.docname for t in Numbering(books.load(ROOT)).targets.values() if t.whole and t.number}
    assert len(numbers) >= 60
    for edition in ("", "zh-Hant"):
        page = browser.new_page()
        page.goto(f"{(real_site / edition).as_uri()}/references.html")
        found = dict(page.evaluate(FIND, list(numbers)))
        page.close()
        assert {number: found[number][0] for number in numbers} == numbers


@pytest.mark.parametrize(("edition", "query", "page"), [
    ("", "內積", "preliminaries/linear-algebra"), ("", "填補", "convolutional-neural-networks/padding-and-strides"),
    ("zh-Hant", "点积", "preliminaries/linear-algebra"),
    ("zh-Hant", "填充", "convolutional-neural-networks/padding-and-strides"),
    ("", "∇", "preliminaries/calculus"), ("zh-Hant", "∂", "preliminaries/calculus"),
])  # fmt: skip
def test_words_of_the_other_edition_and_signs_are_found(
    browser: Browser, real_site: Path, edition: str, query: str, page: str
) -> None:
    tab = browser.new_page()
    tab.goto(f"{(real_site / edition).as_uri()}/references.html")
    found = dict(tab.evaluate(FIND, [query]))[query]
    tab.close()
    assert page in found[:5]
