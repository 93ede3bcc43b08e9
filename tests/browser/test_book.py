"""The real book's pages that no sample has; ``python -m scripts.barriers`` looks at every page."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from scripts.barriers import Findings, look, served

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
