"""The real book's pages, opened one by one; ``python -m scripts.barriers`` looks for barriers on every page, too."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from scripts.barriers import CONVERTED, SHARE, Findings, look, served, walk

from ..conftest import ROOT
from .conftest import CHROMIUM


def seed() -> str:
    """Return the commit: another sample of pages for each."""
    return subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout


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
    every = sorted(file.relative_to(real).as_posix() for file in real.rglob("*.html"))
    names = [name for name in every if not name.startswith(CONVERTED)]
    assert len(names) >= 30
    tried = set(random.Random(seed()).sample(names, 4))
    findings = Findings()
    with served(real) as address:
        for place, name in enumerate([*names, *[name for name in every if name not in names][::SHARE]]):
            # half of the pages served, half from the folder; the page for what is not there has addresses of a server
            where = address if place % 2 or name.endswith("404.html") else f"{real.as_uri()}/"
            walk(browser, where, name, findings, every_tab=name in tried)
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
