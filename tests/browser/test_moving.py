"""Pictures that move, in a browser: buttons, keys, courses, playing; still on paper, without scripts; calm on wish."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from d2lbook import site
from d2lbook.site.npm import install
from scripts.tools.barriers import shifts

from ..moving_book import write_moving
from .test_pages import HERE, RUN

WINDOW = "e => e.querySelector('svg g').getAttribute('transform')"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site with two pictures that move."""
    root = tmp_path_factory.mktemp("moving")
    assert site.build(write_moving(root), root / "html", jobs=1).faults == ()
    return root / "html"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a window of a desktop."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context
    context.close()


def opened(context: BrowserContext, folder: Path, problems: list[str] | None = None) -> tuple[Page, Locator]:
    """Return a page, opened from its folder, and its first moving picture; what the browser says goes to problems."""
    page = context.new_page()
    told: list[str] = [] if problems is None else problems
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto((folder / "one/page.html").as_uri())
    return page, page.locator(".moving").first


def test_it_is_still_until_a_reader_steps_through_it(context: BrowserContext, folder: Path) -> None:
    problems: list[str] = []
    _, box = opened(context, folder, problems)
    assert box.evaluate(WINDOW) is None
    expect(box.locator("output")).to_have_text("0/4")
    expect(box.get_by_text("始")).to_be_visible()
    for step in range(4):
        box.get_by_role("button", name="下一步").click()
        assert box.evaluate(WINDOW) == f"translate({40 * step} 0)"
        expect(box.get_by_text(f"第{step}格的网络")).to_be_visible()
        expect(box.get_by_text("始")).to_be_visible(visible=step == 0)
        expect(box.get_by_text("完")).to_be_visible(visible=step == 3)
    box.get_by_role("button", name="下一步").click()
    expect(box.locator("output")).to_have_text("4/4")
    box.get_by_role("button", name="还原").click()
    assert box.evaluate(WINDOW) is None
    expect(box.get_by_text("第3格的网络")).to_be_hidden()
    assert problems == []


def test_arrow_keys_step_and_keep_the_focus(context: BrowserContext, folder: Path) -> None:
    page, box = opened(context, folder)
    box.get_by_role("button", name="播放").focus()
    for key, place in (
        ("ArrowRight", "1/4"),
        ("ArrowRight", "2/4"),
        ("ArrowLeft", "1/4"),
        ("End", "4/4"),
        ("Home", "1/4"),
    ):
        page.keyboard.press(key)
        expect(box.locator("output")).to_have_text(place)
    expect(box.get_by_role("button", name="播放")).to_be_focused()


def test_it_plays_to_the_end_and_can_be_stopped(context: BrowserContext, folder: Path) -> None:
    page, box = opened(context, folder)
    page.clock.install()
    box.get_by_role("button", name="播放").press("Enter")
    expect(box.locator("output")).to_have_text("1/4")
    page.clock.run_for(1600)
    expect(box.locator("output")).to_have_text("2/4")
    expect(box.locator(".says")).to_have_attribute("aria-live", "off")
    box.get_by_role("button", name="暂停").click()
    page.clock.run_for(10_000)
    expect(box.locator("output")).to_have_text("2/4")
    box.get_by_role("button", name="播放").click()
    page.clock.run_for(10_000)
    expect(box.locator("output")).to_have_text("4/4")
    expect(box.get_by_role("button", name="播放")).to_be_visible()


def test_courses_are_chosen_by_name(context: BrowserContext, folder: Path) -> None:
    page, _ = opened(context, folder)
    box = page.get_by_role("group", name="会动的图：接上与断开")
    expect(box.get_by_role("button", name="下一步")).to_have_count(0)
    box.get_by_label("断开").check()
    assert box.evaluate("e => e.querySelector('svg g').getAttribute('opacity')") == "0.1"
    expect(box.get_by_text("只剩一条路。")).to_be_visible()
    page.keyboard.press("ArrowLeft")
    assert box.evaluate("e => e.querySelector('svg g').getAttribute('opacity')") == "1"
    box.get_by_role("button", name="还原").click()
    expect(box.get_by_label("接上")).not_to_be_checked()


def test_on_paper_and_without_scripts_the_still_picture_stands_alone(
    browser: Browser, context: BrowserContext, folder: Path
) -> None:
    page, box = opened(context, folder)
    box.get_by_role("button", name="下一步").click()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    assert box.evaluate(WINDOW) is None
    expect(box.get_by_text("始")).to_be_visible()
    expect(box.locator("button").first).to_be_hidden()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert box.evaluate(WINDOW) == "translate(0 0)"
    bare = browser.new_context(java_script_enabled=False)
    _, box = opened(bare, folder)
    expect(box.get_by_text("始")).to_be_visible()
    expect(box.get_by_text("完")).to_be_hidden()
    expect(box.locator("button").first).to_be_hidden()
    expect(box.get_by_text("第0格的网络")).to_be_hidden()
    bare.close()


def test_who_wants_no_motion_gets_steps_that_jump_and_no_player(browser: Browser, folder: Path) -> None:
    seconds = "e => getComputedStyle(e.querySelector('svg g')).transitionDuration.split(', ')[0]"
    for wish, length in (("reduce", "0s"), ("no-preference", "0.5s")):
        context = browser.new_context(reduced_motion="reduce" if wish == "reduce" else "no-preference")
        _, box = opened(context, folder)
        expect(box.get_by_role("button", name="播放")).to_be_visible(visible=wish != "reduce")
        box.get_by_role("button", name="下一步").click()
        assert box.evaluate(seconds) == length
        context.close()


def test_it_takes_the_colours_of_the_readers_theme(context: BrowserContext, folder: Path) -> None:
    page, box = opened(context, folder)
    fill = "e => getComputedStyle(e.querySelector('svg rect')).fill"
    light = box.evaluate(fill)
    assert light == "rgb(255, 243, 210)"
    page.get_by_role("button", name="切换明暗").click()
    assert box.evaluate(fill) != light
    page.emulate_media(media="print")
    assert box.evaluate(fill) == light


def test_nothing_shifts_and_nothing_bars_a_reader(browser: Browser, folder: Path) -> None:
    script = (install(HERE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(bypass_csp=True, viewport={"width": 390, "height": 800})
    page, box = opened(context, folder)
    height = box.evaluate("e => e.offsetHeight")
    for _ in range(4):
        box.get_by_role("button", name="下一步").click()
        assert box.evaluate("e => e.offsetHeight") == height
    page.evaluate(script)
    assert [item for item in page.evaluate(RUN) if item[0] in ("serious", "critical")] == []
    assert shifts(page)[0] == 0
    context.close()
