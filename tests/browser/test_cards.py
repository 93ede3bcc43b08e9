"""Cards beside references: for the mouse and the keyboard, never in the way."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from d2lbook.site.npm import install
from scripts.tools.barriers import shifts

from .conftest import Reader
from .test_pages import HERE, RUN


def link(page: Page, text: str) -> Locator:
    """Return the first reference in the text that reads so."""
    page.set_default_timeout(10_000)
    return page.locator("article a.reference").filter(has_text=re.compile(f"^{re.escape(text)}$")).first


CARDS = {
    "two/softmax.html": {
        "1.1节": ["1.1 数据操作", "这一段在源文件里折成几行", "页面上没有多余的空格。"],
        "1.1.2节": ["1.1.2 公式"],
        "图1.1": ["图1.1 两个形状不同的张量相加"],
        "表1.1": ["表1.1 常用的创建函数"],
    },
    "one/ndarray.html": {
        "第1章": ["1 预备知识", "工具。"],
        "“前言”": ["前言", "读法。"],
        "1.1.1节": ["1.1.1 入门"],
        "图1.1": ["图1.1 两个形状不同的张量相加"],
        "表1.1": ["表1.1 常用的创建函数", "zeros"],
        "LeCun和Bottou，1998": ["LeCun Y, Bottou L. 1998. Gradient-based learning."],
    },
}
"""Page, reference, what its card says."""


@pytest.mark.parametrize("name", CARDS)
def test_a_card_tells_where_a_reference_leads(reader: Reader, name: str) -> None:
    page = reader.open(name)
    card = page.get_by_role("tooltip")
    for reference, parts in CARDS[name].items():
        link(page, reference).hover()
        for part in parts:
            expect(card).to_contain_text(part)
        assert card.locator("a, button, [id], [tabindex]").count() == 0
        for picture in card.locator("img:visible").all():
            assert picture.evaluate("async e => { await e.decode(); return e.naturalWidth > 0; }")
        assert card.locator("img:visible").count() == ("图" in reference)
    assert reader.problems == []


@pytest.mark.parametrize("name", CARDS)
def test_an_equations_card_is_the_formula_with_its_number(visitor: Reader, name: str) -> None:
    page = visitor.open(name)
    link(page, "（1.1）").hover()
    card = page.get_by_role("tooltip")
    expect(card.locator(".katex-html")).to_be_visible()
    expect(card.locator(".number")).to_have_text("（1.1）")
    formula = card.locator(".formula")
    assert formula.evaluate("e => e.scrollWidth < 1.06 * e.clientWidth && e.querySelector('.katex').offsetWidth > 20")


def test_the_keyboard_opens_and_closes_a_card(reader: Reader) -> None:
    page = reader.open("two/softmax.html")
    reference, card = link(page, "1.1节"), page.get_by_role("tooltip")
    page.locator("h1").click()
    for _ in range(12):
        page.keyboard.press("Tab")
        if reference.evaluate("e => e === document.activeElement"):
            break
    expect(card).to_contain_text("数据操作")
    assert reference.get_attribute("aria-describedby") == card.get_attribute("id")
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    assert reference.evaluate("e => e === document.activeElement && !e.hasAttribute('aria-describedby')")
    page.keyboard.press("Tab")
    expect(card.locator(".katex").first).to_be_visible()
    page.keyboard.press("Shift+Tab")
    expect(card).to_contain_text("数据操作")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_contain_text("数据操作")
    expect(page.get_by_role("tooltip")).to_be_hidden()


def test_the_mouse_may_go_onto_the_card_and_closes_it_by_leaving(visitor: Reader) -> None:
    page = visitor.open("two/softmax.html")
    card = page.get_by_role("tooltip")
    link(page, "1.1节").hover()
    expect(card).to_be_visible()
    card.hover()
    page.wait_for_timeout(400)
    expect(card).to_be_visible()
    page.locator("h1").hover()
    expect(card).to_be_hidden()


def test_a_card_lies_within_the_window_and_moves_nothing(visitor: Reader) -> None:
    page = visitor.open("one/ndarray.html")
    for width in (1280, 700, 400):
        page.set_viewport_size({"width": width, "height": 500})
        for reference in ("图1.1", "（1.1）", "LeCun和Bottou，1998"):
            link(page, reference).scroll_into_view_if_needed()
            page.mouse.move(0, 0)
            expect(page.get_by_role("tooltip")).to_be_hidden()
            link(page, reference).hover()
            expect(page.get_by_role("tooltip")).to_be_visible()
            card, place = page.get_by_role("tooltip").bounding_box(), link(page, reference).bounding_box()
            assert card and place
            assert card["x"] >= 0 and card["x"] + card["width"] <= width, (reference, width)
            assert card["y"] >= place["y"] + place["height"] or card["y"] + card["height"] <= place["y"]
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.goto(f"{visitor.base}two/softmax.html")
    link(page, "图1.1").hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
    assert shifts(page)[0] == 0


def test_fingers_get_no_card(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{address}one/ndarray.html")
    link(page, "图1.1").tap()
    page.wait_for_timeout(500)
    assert page.url.endswith("#fig_broadcast")
    expect(page.get_by_role("tooltip")).to_be_hidden()
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_bars_a_reader_of_a_card(browser: Browser, address: str, scheme: str) -> None:
    script = (install(HERE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True)
    page = context.new_page()
    page.goto(f"{address}two/softmax.html")
    page.evaluate(script)
    for reference in ("1.1节", "（1.1）", "图1.1"):
        link(page, reference).hover()
        expect(page.get_by_role("tooltip")).to_be_visible()
        assert [item for item in page.evaluate(RUN) if item[0] in ("serious", "critical")] == []
        page.mouse.move(0, 0)
        expect(page.get_by_role("tooltip")).to_be_hidden()
    context.close()


def test_a_page_without_script_and_a_printed_one_have_no_cards(browser: Browser, address: str, folder: Path) -> None:
    assert "<template data-card=" in (folder / "two/softmax.html").read_text(encoding="utf-8")
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{address}two/softmax.html")
    assert page.locator("template").first.evaluate("e => e.offsetHeight") == 0
    assert "这一段在源文件里" not in page.locator("body").inner_text()
    context.close()
