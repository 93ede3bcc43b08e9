"""The real book's pages: fixed ones, a change's and a sample; ``python -m scripts.tools.barriers`` takes every page."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from scripts.tools import scope
from scripts.tools.barriers import CONVERTED, Findings, look, served, walk

from .conftest import CHROMIUM


@pytest.mark.parametrize(
    "name", ["index.html", "glossary.html", "d2l.html", "results.html", "changes.html", "404.html"]
)
def test_nothing_bars_a_reader_of_the_real_book(browser: Browser, real_site: Path, name: str) -> None:
    assert Path(CHROMIUM).is_file()
    findings = Findings()
    with served(real_site) as address:
        look(browser, address, name, findings)
    assert (findings.pages, findings.wrong) == (1, [])


def test_every_page_keeps_still_fits_and_asks_nobody(browser: Browser, real_site: Path) -> None:
    every = sorted(file.relative_to(real_site).as_posix() for file in real_site.rglob("*.html"))
    own = [name for name in every if not name.startswith(CONVERTED)]
    assert len(own) >= 30
    touched = {f"{name}.html" for name in scope.change().pages(scope.book_texts())}
    names = scope.chosen(own, touched, scope.PAGES, "pages")
    tried = set(random.Random(scope.seed()).sample(names, 4))
    converted = scope.sample([name for name in every if name not in set(own)], 4, "converted")
    findings = Findings()
    with served(real_site) as address:
        for place, name in enumerate([*names, *converted]):
            # half of the pages served, half from the folder; the page for what is not there has addresses of a server
            where = address if place % 2 or name.endswith("404.html") else f"{real_site.as_uri()}/"
            walk(browser, where, name, findings, every_tab=name in tried)
    assert findings.wrong == []


def test_the_chosen_backends_notebook_is_offered(browser: Browser, real_site: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    with served(real_site) as address:
        page.goto(f"{address}preliminaries/autograd.html?tab=jax")
        expect(page.get_by_role("link", name="下载笔记本")).to_have_count(1)
        with page.expect_download() as download:
            page.get_by_role("link", name="下载笔记本").click()
        assert download.value.suggested_filename == "autograd-jax.ipynb"
        page.get_by_role("tab", name="PyTorch").first.click()
        with page.expect_download() as download:
            page.get_by_role("link", name="下载笔记本").click()
        assert download.value.suggested_filename == "autograd-pytorch.ipynb"
    context.close()
