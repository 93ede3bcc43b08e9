"""Drawings on light and dark pages: which variant shows, in which colours, and what is fetched."""

from __future__ import annotations

from typing import Literal

import pytest
from playwright.sync_api import Browser

from d2lbook.site.dark import dark_colour

DRAWINGS = """() => [...document.querySelectorAll("img.drawn")].filter(e => e.offsetParent).map(e => e.className)"""
AT_A_POINT = """async ([image, x, y]) => {
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  return [...context.getImageData(x, y, 1, 1).data];
}"""


@pytest.mark.parametrize("system", ["light", "dark"])
@pytest.mark.parametrize("theme", ["", "light", "dark"])
def test_a_page_shows_the_drawings_of_its_own_theme_and_fetches_no_others(
    browser: Browser, address: str, system: Literal["light", "dark"], theme: str
) -> None:
    context = browser.new_context(color_scheme=system)
    if theme:
        context.add_init_script(f"localStorage.setItem('d2lbook.theme', '{theme}')")
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}two/softmax.html")
    wanted = theme or system
    drawings = page.locator("img.drawn:visible")
    assert drawings.count() and set(page.evaluate(DRAWINGS)) == {f"drawn {wanted}"}
    for picture in drawings.all():
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("async e => { await e.decode(); return getComputedStyle(e).filter; }") == "none"
    fetched = [url for url in asked if url.endswith(".svg") and "_images" in url]
    assert fetched and {"/dark/" in url for url in fetched} == {wanted == "dark"}
    page.emulate_media(media="print")
    assert set(page.evaluate(DRAWINGS)) == {"drawn light"}
    context.close()


def test_the_dark_page_shows_the_colours_that_were_computed(browser: Browser, address: str) -> None:
    context = browser.new_context(color_scheme="dark", device_scale_factor=1)
    page = context.new_page()
    page.goto(f"{address}one/ndarray.html")
    picture = page.locator("figure img.drawn:visible").first
    picture.scroll_into_view_if_needed()
    edge = page.evaluate(AT_A_POINT, [picture.element_handle(), 40, 100])  # the left edge of the first rectangle
    wanted = dark_colour("#000")
    assert edge[3] > 0 and edge[:3] == pytest.approx([int(wanted[place : place + 2], 16) for place in (1, 3, 5)], abs=2)
    context.close()


def test_without_scripts_the_drawings_fit_the_page(browser: Browser, address: str) -> None:
    for system in ("light", "dark"):
        context = browser.new_context(java_script_enabled=False, color_scheme=system)
        page = context.new_page()
        page.goto(f"{address}one/ndarray.html")
        assert page.locator(f"img.drawn.{system}").first.is_visible()
        assert page.locator("img.drawn:visible").count() == page.locator(f"img.drawn.{system}:visible").count()
        context.close()
