"""The search of the real book: what readers ask is found, the right page stands among the first, little is fetched."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser

from scripts.tools.queries import ask, fetched, growth, shown

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
