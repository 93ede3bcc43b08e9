"""The pages of results in a real browser: found from every page, readable on a phone and without a script, aged."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.execute.results import write_report
from scripts.tools.barriers import PHONE, Findings, look, served

from ..site_book import write_sample
from ..test_results_pages import REPORT


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site whose last run went partly wrong."""
    root = tmp_path_factory.mktemp("told")
    write_sample(root)
    write_report(REPORT, root / "_build/results")
    assert site.build(books.load(root), root / "_build/html", jobs=1).faults == ()
    return root / "_build/html"


@pytest.mark.parametrize("name", ["results.html", "changes.html"])
def test_nothing_bars_a_reader_of_the_results(browser: Browser, told: Path, name: str) -> None:
    findings = Findings()
    with served(told) as address:
        look(browser, address, name, findings)
    assert (findings.pages, findings.wrong) == (1, [])


def test_they_are_reached_from_the_foot_of_any_page_and_say_how_old_runs_are(browser: Browser, told: Path) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.clock.install(time=datetime.datetime(2026, 11, 24, 12, tzinfo=datetime.UTC))
    page.goto(f"{told.as_uri()}/two/softmax.html")
    page.locator("footer").get_by_role("link", name="运行结果").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("运行结果")
    expect(page.locator("time").first).to_have_text("2026-11-21（3天前）")
    page.get_by_role("table").nth(1).get_by_role("link", name="数据操作").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("数据操作")
    page.locator("footer").get_by_role("link", name="最近一次运行的变化").click()
    expect(page.locator("#failures")).to_contain_text("jax: cell-01: TypeError: <x>")
    expect(page.locator("time").first).to_have_text("2026-11-20（4天前）")
    context.close()


def test_on_a_phone_the_table_scrolls_in_its_own_box_by_the_keyboard_too(browser: Browser, told: Path) -> None:
    context = browser.new_context(viewport={"width": PHONE, "height": 740})
    page = context.new_page()
    page.goto(f"{told.as_uri()}/results.html")
    box = page.locator("#chapter-1 .results")
    assert box.evaluate("e => e.scrollWidth > e.clientWidth && e.clientWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE
    box.focus()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")
    assert box.evaluate("async e => { while (!e.scrollLeft) await new Promise(requestAnimationFrame); return true; }")
    context.close()


def test_without_a_script_the_dates_stand_there(browser: Browser, told: Path) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{told.as_uri()}/results.html")
    expect(page.locator("#chapter-1 time").first).to_have_text("2026-11-21")
    context.close()
