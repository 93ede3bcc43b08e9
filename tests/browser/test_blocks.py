"""Blocks in a browser: predictions wait, preparation opens, hint and answer share a line, asides are seen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from d2lbook import site

from ..blocks_book import write_blocks


@pytest.fixture(scope="module")
def blocks(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return the address of the page with all blocks."""
    root = tmp_path_factory.mktemp("blocks")
    outcome = site.build(write_blocks(root), root / "html", jobs=1)
    assert outcome.faults == ()
    return Path(root / "html/one/blocks.html").as_uri()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a window of a desktop."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    return page


def test_the_output_waits_until_the_reader_asks(context: BrowserContext, blocks: str) -> None:
    page = opened(context, blocks)
    expect(page.get_by_text("打印哪个数？")).to_be_visible()
    expect(page.get_by_text("火炬 6")).to_be_hidden()
    expect(page.get_by_text("错的", exact=True)).to_be_visible()
    page.get_by_role("button", name="看结果").click()
    expect(page.get_by_text("火炬 6")).to_be_visible()
    expect(page.get_by_role("button", name="看结果")).to_be_hidden()


def test_once_asked_every_backend_tells(context: BrowserContext, blocks: str) -> None:
    page = opened(context, blocks)
    page.get_by_role("button", name="看结果").click()
    page.get_by_role("tab", name="JAX").first.click()
    expect(page.get_by_text("雅克斯 6")).to_be_visible()


def test_in_compare_view_one_question_shows_both(context: BrowserContext, blocks: str) -> None:
    page = opened(context, blocks)
    page.locator(".compare summary").click()
    page.locator(".compare").get_by_label("JAX").check()
    expect(page.get_by_text("雅克斯 6")).to_be_hidden()
    expect(page.get_by_role("button", name="看结果")).to_have_count(2)
    page.get_by_role("button", name="看结果").last.click()
    for text in ("火炬 6", "雅克斯 6"):
        expect(page.get_by_text(text)).to_be_visible()


def test_without_scripts_and_in_print_nothing_waits(browser: Browser, context: BrowserContext, blocks: str) -> None:
    page = opened(context, blocks)
    page.emulate_media(media="print")
    expect(page.get_by_text("火炬 6")).to_be_visible()
    bare = browser.new_context(java_script_enabled=False)
    page = opened(bare, blocks)
    expect(page.get_by_text("火炬 6")).to_be_visible()
    expect(page.get_by_text("看结果").first).to_be_hidden()
    bare.close()


def test_what_only_records_is_neither_seen_nor_copied(context: BrowserContext, blocks: str) -> None:
    page = opened(context, blocks)
    code = page.locator(".panel[data-tab=pytorch] div.code", has_text="sum(data)").first
    assert code.locator("pre").inner_text().strip() == "print('火炬', sum(data))"
    code.hover()
    code.get_by_role("button", name="复制代码").click()
    expect(code.locator(".copy")).to_have_text("已复制")
    page.evaluate("document.body.append(Object.assign(document.createElement('textarea'), {id: 'paste'}))")
    page.locator("#paste").focus()
    page.keyboard.press("Control+V")
    assert page.locator("#paste").input_value() == "print('火炬', sum(data))"
    assert "record" not in page.locator("main").inner_text()


def test_preparation_is_one_line_that_opens(context: BrowserContext, blocks: str) -> None:
    page = opened(context, blocks)
    code = page.locator(".prep .code")
    expect(code).to_be_hidden()
    page.get_by_text("准备：读取数据").click()
    expect(code).to_be_visible()
    expect(page.locator(".prep + .output")).to_have_text("3")


def test_hint_and_answer_share_an_indented_line(context: BrowserContext, blocks: str) -> None:
    page = opened(context, blocks)
    line = page.locator(".help").first
    hint, answer = line.get_by_text("提示", exact=True), line.get_by_text("答案", exact=True)
    boxes = [item.bounding_box() for item in (hint, answer, page.locator("article section > p").first)]
    assert all(boxes)
    (first, second, text) = (box or {} for box in boxes)
    assert first["y"] == second["y"] and first["x"] < second["x"]
    assert first["x"] > text["x"] + 10
    answer.click()
    expect(line.get_by_text("得六。")).to_be_visible()
    expect(line.get_by_text("两两相加。")).to_be_hidden()


@pytest.mark.parametrize("width", [1280, 390])
def test_asides_are_seen_and_nothing_is_wider_than_the_window(browser: Browser, blocks: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 844})
    page = opened(context, blocks)
    expect(page.locator(".aside.pitfall .aside-title")).to_contain_text("常见故障")
    expect(page.locator(".aside.today .aside-title")).to_have_text("今天怎么用")
    expect(page.get_by_text("nn.Linear", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    context.close()


def test_where_there_is_room_an_aside_without_code_stands_beside_the_text(browser: Browser, blocks: str) -> None:
    context = browser.new_context(viewport={"width": 1900, "height": 1000})
    page = opened(context, blocks)
    today, code, text = (
        page.locator(selector).first.bounding_box() or {}
        for selector in (".aside.today", ".aside.pitfall", "article section > p")
    )
    assert today["x"] >= text["x"] + text["width"] and code["x"] < text["x"] + 30
    assert page.evaluate("document.documentElement.scrollWidth") <= 1900
    outline = page.locator("nav.outline").bounding_box()
    assert outline is None or today["x"] + today["width"] <= outline["x"] + 1
    context.close()
