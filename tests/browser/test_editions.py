"""The Traditional edition in a browser: its switch, its search, and that it bars nobody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from d2lbook.words.traditional import converter
from scripts.tools import scope
from scripts.tools.barriers import Findings, look, served
from scripts.tools.queries import ask, queries

from ..conftest import ROOT
from ..test_editions import Pieces
from .conftest import Reader


def test_a_reader_changes_the_script_on_the_same_page_and_keeps_tab_and_place(reader: Reader) -> None:
    page = reader.open("one/ndarray.html", "?tab=jax#sub_formulas")
    page.get_by_role("link", name="繁體中文").click()
    expect(page.locator("h1")).to_contain_text("資料操作")
    assert page.url == f"{reader.base}zh-Hant/one/ndarray.html?tab=jax#sub_formulas"
    assert page.evaluate("document.documentElement.dataset.tab") == "jax"
    expect(page.locator("body")).to_have_css("font-family", re.compile("TC"))  # once the style sheet has come
    page.locator("nav.around [rel='next']").click()
    expect(page.locator("h1")).to_contain_text("微積分")
    page.get_by_role("link", name="简体中文").click()
    expect(page.locator("h1")).to_contain_text("微积分")
    assert page.url.startswith(f"{reader.base}one/calculus.html")
    assert reader.problems == []


def test_the_search_of_the_edition_finds_its_words_and_stays_in_it(reader: Reader) -> None:
    page = reader.open("zh-Hant/index.html")
    page.get_by_role("searchbox").fill("資料操作")
    expect(page.locator("form.search output")).to_have_text("找到1頁")
    page.keyboard.press("Enter")
    page.wait_for_url("**/zh-Hant/one/ndarray.html")
    page.get_by_role("searchbox").fill("数据结构表")  # what is typed in the other script is understood
    expect(page.locator("form.search output")).to_have_text("沒有找到")
    page.get_by_role("searchbox").fill("线性")
    expect(page.locator("form.search .page").first).to_contain_text("線性")
    assert "/zh-Hant/" in (page.locator("form.search .page").first.get_attribute("href") or "")
    assert reader.problems == []


def test_buttons_made_by_the_script_speak_the_edition(visitor: Reader) -> None:
    page = visitor.open("zh-Hant/one/ndarray.html")
    expect(page.get_by_role("button", name="複製程式碼").first).to_be_attached()
    expect(page.locator(".compare summary")).to_have_text("並排對照")


def test_what_readers_ask_in_traditional_is_found(browser: Browser, real_site: Path) -> None:
    say = converter(ROOT).text
    answers = ask(browser, real_site / "zh-Hant", say)
    assert answers.lost == {}
    assert len(answers.late) <= len(queries()) / 10, answers.late


@pytest.mark.parametrize("name", ["index", "glossary", "linear-classification/softmax-regression-scratch"])
def test_nothing_bars_a_reader_of_the_edition(browser: Browser, real_site: Path, name: str) -> None:
    findings = Findings()
    with served(real_site) as address:
        look(browser, address, f"zh-Hant/{name}.html", findings)
    assert (findings.pages, findings.wrong) == (1, [])


def test_code_and_formulas_of_the_real_book_are_the_same_bytes_in_both_editions(real_site: Path) -> None:
    converted = real_site / "zh-Hant"
    pages = sorted(file.relative_to(converted).as_posix() for file in converted.rglob("*.html"))
    pages = [name for name in pages if name not in ("glossary.html", "404.html")]
    assert len(pages) >= 40
    touched = {f"{name}.html" for name in scope.change().pages(scope.book_texts())}
    for name in scope.chosen(pages, touched, scope.PAGES, "bytes"):
        own, other = (Pieces((folder / name).read_text(encoding="utf-8")) for folder in (real_site, converted))
        assert (own.kept, own.tags) == (other.kept, other.tags), name
