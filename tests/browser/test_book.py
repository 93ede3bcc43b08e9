"""The real book's pages, opened one by one; ``python -m scripts.barriers`` looks for barriers on every page, too."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from scripts.barriers import Findings, look, served, walk

from .conftest import CHROMIUM


@pytest.mark.parametrize(
    "name", ["index.html", "glossary.html", "d2l.html", "results.html", "changes.html", "404.html"]
)
def test_nothing_bars_a_reader_of_the_real_book(browser: Browser, real: Path, name: str) -> None:
    assert Path(CHROMIUM).is_file()
    findings = Findings()
    with served(real) as address:
        look(browser, address, name, findings)
    assert (findings.pages, findings.wrong) == (1, [])


def test_every_page_keeps_still_fits_and_asks_nobody(browser: Browser, real: Path) -> None:
    names = sorted(file.relative_to(real).as_posix() for file in real.rglob("*.html"))
    assert len(names) >= 30
    findings = Findings()
    with served(real) as address:
        for place, name in enumerate(names):
            # half of the pages served, half from the folder; the page for what is not there has addresses of a server
            walk(browser, address if place % 2 or name == "404.html" else f"{real.as_uri()}/", name, findings)
    assert findings.wrong == []


def test_the_chosen_backends_notebook_is_offered(browser: Browser, real: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    with served(real) as address:
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
