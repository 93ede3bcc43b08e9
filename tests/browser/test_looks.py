"""What a look at every kind of page found, at each width, in print and in forced colours."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from scripts.tools.barriers import served

from .conftest import Reader

CONTRAST = """e => {
  const part = value => (value /= 255) <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  const light = colour => {
    const [r, g, b] = colour.match(/[\\d.]+/g).map(Number);
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const style = getComputedStyle(e);
  const [low, high] = [light(style.color), light(style.backgroundColor)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}"""


def on_a_phone(browser: Browser, address: str) -> Page:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(address)
    return page


def in_forced_colours(browser: Browser, address: str, scheme: str) -> Page:
    context = browser.new_context(forced_colors="active", color_scheme="dark" if scheme == "dark" else "light")
    page = context.new_page()
    page.goto(address)
    return page


def test_what_was_found_takes_the_width_of_a_phone(browser: Browser, address: str) -> None:
    page = on_a_phone(browser, f"{address}one/ndarray.html")
    page.get_by_role("searchbox").fill("十六进制")
    found = page.locator(".found a.page").first
    expect(found.locator("mark")).to_have_text("十六进制")
    box, said = found.bounding_box(), found.locator(".excerpt").bounding_box()
    assert box and said
    assert box["width"] > 300 and box["height"] >= 43.5
    assert said["width"] > 0.9 * (box["width"] - 24)  # below the title, not in a column beside it
    field = page.locator(".search input").bounding_box()
    assert field and field["width"] > 150
    expect(page.locator(".brand")).to_be_hidden()
    page.context.close()


def test_what_an_output_has_to_the_right_is_hinted_at(browser: Browser, address: str) -> None:
    context = browser.new_context(viewport={"width": 140, "height": 844})
    page = context.new_page()
    page.goto(f"{address}one/ndarray.html?tab=torch")
    wide = page.locator(".output > pre.more:visible").first
    assert wide.evaluate("e => e.scrollWidth > e.clientWidth && getComputedStyle(e).maskImage !== 'none'")
    output = wide.element_handle()
    output.evaluate("e => { e.scrollLeft = e.scrollWidth; }")
    page.wait_for_function("e => !e.classList.contains('more')", arg=output)
    context.close()


def test_lines_are_marked_only_where_backends_stand_side_by_side(browser: Browser, address: str) -> None:
    page = on_a_phone(browser, f"{address}one/ndarray.html?tab=pytorch&compare=jax")
    assert page.locator("#g1 .panel:visible").count() == 1
    assert not page.evaluate("CSS.highlights.has('differs') && CSS.highlights.get('differs').size > 0")
    page.context.close()


@pytest.mark.parametrize(("width", "rows"), [(1280, 2), (1600, 1)])
def test_four_backends_stand_two_and_two_where_a_quarter_is_too_narrow(
    browser: Browser, address: str, width: int, rows: int
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900})
    page = context.new_page()
    page.goto(f"{address}one/ndarray.html?tab=torch&compare=jax,tf,mxnet")
    tops = page.locator("#g1 .panel:visible").evaluate_all("all => all.map(e => e.getBoundingClientRect().top)")
    assert len(tops) == 4 and len(set(tops)) == rows
    context.close()


def test_a_switch_for_long_lines_stands_only_on_pages_with_code(visitor: Reader) -> None:
    visitor.open("one/ndarray.html")
    assert visitor.page.locator(".here > .wrap").count() == 1
    visitor.open("references.html")
    assert visitor.page.locator("button.wrap").count() == 0


# ---- paper ----


def test_on_paper_nothing_looks_as_if_it_opened(visitor: Reader) -> None:
    page = visitor.open("one/ndarray.html")
    page.emulate_media(media="print")
    styles = page.locator("details > summary").evaluate_all("all => all.map(e => getComputedStyle(e).listStyleType)")
    assert set(styles) == {"none"}


# ---- forced colours ----


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_chosen_tab_can_be_read_in_forced_colours(browser: Browser, address: str, scheme: str) -> None:
    page = in_forced_colours(browser, f"{address}one/ndarray.html", scheme)
    assert page.locator('#g1 [role="tab"][aria-selected="true"]').evaluate(CONTRAST) >= 4.5
    page.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_words_marked_by_the_search_can_be_read_in_forced_colours(
    browser: Browser, address: str, scheme: str
) -> None:
    page = in_forced_colours(browser, f"{address}one/ndarray.html", scheme)
    page.get_by_role("searchbox").fill("十六进制")
    assert page.locator(".found mark").first.evaluate(CONTRAST) >= 4.5
    page.context.close()


def test_forced_colours_put_no_ground_behind_the_parts_of_a_formula(browser: Browser, address: str) -> None:
    """Such a ground, as a browser paints behind forced text, hides the letter below an accent."""
    page = in_forced_colours(browser, f"{address}one/ndarray.html", "light")
    formula = page.locator(".katex .mord").first
    assert formula.evaluate("e => getComputedStyle(e).forcedColorAdjust") == "none"
    ground = page.evaluate("""() => { const probe = document.createElement('p'); probe.style.color = 'CanvasText';
      document.body.append(probe); return getComputedStyle(probe).color; }""")
    assert formula.evaluate("e => getComputedStyle(e).color") == ground
    page.context.close()


@pytest.mark.parametrize("name", ["one/index.html", "index.html"])
def test_forced_colours_put_no_number_over_its_neighbours(browser: Browser, address: str, name: str) -> None:
    page = in_forced_colours(browser, f"{address}{name}", "light")
    numbers = page.locator(":is(h1, .entry) .number")
    assert numbers.count() > 0
    assert set(numbers.evaluate_all("all => all.map(e => getComputedStyle(e).opacity)")) == {"1"}
    page.context.close()


def test_the_caption_of_a_wide_table_stays_in_sight_on_a_phone(browser: Browser, address: str) -> None:
    page = on_a_phone(browser, f"{address}one/ndarray.html")
    page.evaluate(
        """() => document.querySelector('article section').insertAdjacentHTML('beforeend',
        '<div class="table"><table><caption>' + '题注'.repeat(60) + '</caption><tr>' +
        '<td>很宽的一格</td>'.repeat(14) + '</tr></table></div>')"""
    )
    box = page.locator("div.table").last
    assert box.evaluate("e => e.scrollWidth > 1.5 * e.clientWidth")
    for at in (0, 400):
        box.evaluate(f"e => {{ e.scrollLeft = {at}; }}")
        assert box.evaluate(
            """e => { const outer = e.getBoundingClientRect();
            const said = e.querySelector('caption').getBoundingClientRect();
            return said.left >= outer.left - 1 && said.right <= outer.right + 1; }"""
        )
    page.context.close()


def test_an_accent_comes_with_its_letter(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}one/ndarray.html")
    page.evaluate("() => document.querySelector('article').insertAdjacentHTML('beforeend', '<p id=accents>čćğ</p>')")
    session = page.context.new_cdp_session(page)
    for domain in ("DOM", "CSS"):
        session.send(f"{domain}.enable")
    root = session.send("DOM.getDocument")["root"]["nodeId"]
    node = session.send("DOM.querySelector", {"nodeId": root, "selector": "#accents"})["nodeId"]
    used = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
    assert [font["glyphCount"] for font in used] == [3] and "CJK" not in used[0]["familyName"], used
    page.close()


def test_a_wide_plot_is_scrolled_to_on_a_phone_and_keeps_its_letters(browser: Browser, real_site: Path) -> None:
    with served(real_site) as site:
        page = on_a_phone(browser, f"{site}introduction/kinds-of-problems.html")
        box = page.locator(".output > .wide").first
        own, shown, room = box.evaluate(
            "e => [parseFloat(e.style.getPropertyValue('--own')), "
            "e.querySelector('img').getBoundingClientRect().width, e.clientWidth]"
        )
        assert own > 500 and room < 390 and shown == pytest.approx(0.82 * own, abs=1)
        assert box.evaluate("e => e.classList.contains('more') && e.tabIndex === 0")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        page.set_viewport_size({"width": 1280, "height": 844})
        assert box.evaluate("e => e.scrollWidth <= e.clientWidth && !e.classList.contains('more')")
        page.context.close()
