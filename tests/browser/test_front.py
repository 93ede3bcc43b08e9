"""Front page, heads of chapters and long lists in a browser: room used, nothing barred, nothing shifts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.site.npm import install
from scripts.tools.barriers import shifts

from ..front_book import write_front
from ..test_extras import write as write_lists
from .test_pages import HERE, RUN

WIDTHS = (1440, 1024, 768, 390)


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site with curves, facts and a chapter with a question."""
    root = tmp_path_factory.mktemp("front")
    assert site.build(write_front(root), root / "html", jobs=1).faults == ()
    return root / "html"


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a site with a glossary and a library."""
    root = write_lists(tmp_path_factory.mktemp("lists") / "book")
    assert site.build(books.load(root), root / "html", jobs=1).faults == ()
    return root / "html"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """Return a window of a desktop."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context
    context.close()


def opened(context: BrowserContext, file: Path, problems: list[str] | None = None) -> Page:
    """Return a page, opened from its folder; what the browser says goes to problems."""
    page = context.new_page()
    told: list[str] = [] if problems is None else problems
    page.on("console", lambda message: told.append(message.text))
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(file.as_uri())
    return page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", ["index.html", "one/index.html"])
def test_they_fit_and_keep_still(browser: Browser, front: Path, name: str, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    problems: list[str] = []
    page = opened(context, front / name, problems)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert shifts(page)[0] == 0
    assert problems == []
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["index.html", "one/index.html"])
def test_they_bar_nobody(browser: Browser, front: Path, name: str, scheme: str) -> None:
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True)
    page = opened(context, front / name)
    page.evaluate((install(HERE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8"))
    assert [item for item in page.evaluate(RUN) if item[0] in ("serious", "critical")] == []
    context.close()


def test_the_front_page_shows_a_curve_in_each_voices_colour_on_a_wide_page(
    context: BrowserContext, front: Path
) -> None:
    page = opened(context, front / "index.html")
    colours = page.locator(".curves g[class^=voice] path").evaluate_all(
        "all => all.map(e => getComputedStyle(e).stroke)"
    )
    assert colours == ["rgb(11, 97, 113)", "rgb(168, 74, 23)", "rgb(108, 75, 163)"]
    curves, title = page.locator(".curves").bounding_box(), page.locator("h1").bounding_box()
    assert curves and title and curves["x"] > title["x"] + 300 and curves["y"] < title["y"] + title["height"]
    assert curves["x"] + curves["width"] > 1200
    page.get_by_role("link", name="走一步").first.click()
    expect(page).to_have_title("1.1 走一步 · 小书")


def test_comparing_elsewhere_leaves_the_front_page_its_width(context: BrowserContext, front: Path) -> None:
    page = opened(context, front / "index.html")
    before = page.locator("main").bounding_box()
    page.goto(f"{(front / 'one/walk.html').as_uri()}?compare=jax")
    page.goto((front / "index.html").as_uri())
    assert before and before["width"] > 1200
    assert page.locator("main").bounding_box() == before
    assert page.locator(".compare").count() == 0
    lit = "[...CSS.highlights.get('differs')].map(range => range.toString().trim())"
    assert sorted(page.evaluate(lit)) == ["w.attach()", "w.backward()"]


@pytest.mark.parametrize("width", WIDTHS)
def test_numbers_of_the_facts_share_a_line(browser: Browser, front: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = opened(context, front / "index.html")
    tops = page.locator(".facts > :is(.runs, .claims, .date)").evaluate_all("all => all.map(e => e.offsetTop)")
    assert len(tops) == 3 and len(set(tops)) == 1
    context.close()


@pytest.mark.parametrize("width", [1440, 390])
def test_the_names_at_the_ends_of_curves_can_be_read_and_dont_touch(browser: Browser, front: Path, width: int) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = opened(context, front / "index.html")
    names = page.locator(".curves g[class^=voice] text")
    boxes = sorted((box for name in names.all() if (box := name.bounding_box())), key=lambda box: box["y"])
    assert len(boxes) >= 2
    size = "e => parseFloat(getComputedStyle(e).fontSize) * e.ownerSVGElement.getScreenCTM().a"
    assert names.first.evaluate(size) > 11
    apart = "e => Number(e.getAttribute('y')) * e.ownerSVGElement.getScreenCTM().a"
    lines = sorted(name.evaluate(apart) for name in names.all())
    assert all(low - high >= 1.05 * names.first.evaluate(size) for high, low in itertools.pairwise(lines))
    context.close()


def test_the_chosen_voices_card_has_its_colour(context: BrowserContext, front: Path) -> None:
    page = opened(context, front / "index.html")
    edge = "e => getComputedStyle(e).borderBottomColor"
    page.get_by_role("tab", name="PyTorch").first.click()
    cards = {
        name: page.locator(f'.of-code > [data-tab="{name}"].panel').first.evaluate(edge)
        for name in ("pytorch", "mxnet")
    }
    assert cards["pytorch"] != cards["mxnet"]
    assert cards["pytorch"] == page.locator('.of-code > [data-tab="pytorch"].panel').first.evaluate(
        "e => getComputedStyle(e).borderTopColor"
    )


def test_lines_that_one_voice_alone_has_are_lit(context: BrowserContext, front: Path) -> None:
    page = opened(context, front / "index.html")
    lit = "[...CSS.highlights.get('differs')].map(range => range.toString().trim())"
    assert sorted(page.evaluate(lit)) == ["w.attach()", "w.backward()"]


def test_the_voices_stand_side_by_side_and_on_a_phone_a_finger_moves_between_them(
    browser: Browser, front: Path
) -> None:
    for width in (1440, 390):
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = opened(context, front / "index.html")
        strip = page.locator(".tabs.of-code")
        boxes = [panel.bounding_box() for panel in strip.locator("> .panel:visible").all()[:2]]
        assert len(boxes) == 2 and boxes[0] and boxes[1] and boxes[0]["y"] == boxes[1]["y"]
        assert boxes[1]["x"] >= boxes[0]["x"] + boxes[0]["width"]
        assert strip.evaluate("e => e.scrollWidth > e.clientWidth + 1") is (width == 390)
        context.close()


def test_a_chapter_opens_with_a_large_number_and_a_drawing_beside_its_question(browser: Browser, front: Path) -> None:
    for width in (1440, 390):
        context = browser.new_context(viewport={"width": width, "height": 900})
        page = opened(context, front / "one/index.html")
        assert page.locator("h1 .number").evaluate("e => parseFloat(getComputedStyle(e).fontSize)") >= 60
        question = page.get_by_text("怎样走得又快又稳？").bounding_box()
        drawing = page.locator("article p > img:visible").first.bounding_box()
        text = page.get_by_text("这一章教走路").bounding_box()
        assert question and drawing and text
        beside = drawing["x"] >= question["x"] + question["width"]
        assert beside if width == 1440 else drawing["y"] > question["y"]
        assert text["y"] >= max(question["y"] + question["height"], drawing["y"] + drawing["height"])
        context.close()


@pytest.mark.parametrize(("name", "word", "left", "count"), [
    ("glossary.html", "过拟", "overfitting", "1/3"), ("glossary.html", "GRAD", "gradient", "1/3"),
    ("d2l.html", "key", "keys", "1/2"),
])  # fmt: skip
def test_a_list_narrows_to_what_is_typed(
    context: BrowserContext, lists: Path, name: str, word: str, left: str, count: str
) -> None:
    page = opened(context, lists / name)
    items = page.locator("article :is(tr[id], section.name):visible")
    every = items.count()
    page.get_by_label("筛选").fill(word)
    expect(items).to_have_count(1)
    expect(items.first).to_contain_text(left)
    expect(page.locator(".letters output")).to_have_text(count)
    expect(page.locator('section[id^="letter-"]:visible')).to_have_count(1)
    page.get_by_label("筛选").press("Escape")
    expect(items).to_have_count(every)
    expect(page.locator(".letters output")).to_have_text("")


def test_letters_lead_to_their_part_and_the_field_needs_a_script(
    browser: Browser, context: BrowserContext, lists: Path
) -> None:
    page = opened(context, lists / "glossary.html")
    page.locator(".letters").get_by_role("link", name="O", exact=True).click()
    assert page.url.endswith("#letter-o")
    bare = browser.new_context(java_script_enabled=False)
    page = opened(bare, lists / "d2l.html")
    expect(page.locator(".letters input")).to_be_hidden()
    expect(page.locator("section.name").first).to_be_visible()
    bare.close()
