"""The face of the headings on machines that lack it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from scripts.tools.barriers import MAX_WITHIN, shifts

from .conftest import CHROMIUM, FLAGS

LATIN = Path("/usr/share/fonts/truetype/dejavu")
CONF = """\
<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{folder}</dir><cachedir>{cache}</cachedir></fontconfig>
"""
IN_SERIF = ("h1", "h2", ".brand", ".front h1 + p", ".front .contents .entry")


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Browser]:
    """Return a browser on a machine with one Latin font and no other."""
    if not LATIN.is_dir():
        pytest.skip("needs Debian's package fonts-dejavu-core")
    folder = tmp_path_factory.mktemp("fonts")
    conf = folder / "fonts.conf"
    conf.write_text(CONF.format(folder=LATIN, cache=folder / "cache"))
    environment = {**os.environ, "FONTCONFIG_FILE": str(conf)}
    running = browser.browser_type.launch(executable_path=CHROMIUM, args=FLAGS, env=environment)
    yield running
    running.close()


def fonts(page: Page, selector: str) -> set[tuple[str, bool]]:
    """Return the fonts in which the elements are really drawn, and whether each came with the site."""
    session = page.context.new_cdp_session(page)
    session.send("DOM.enable")
    session.send("CSS.enable")
    root = session.send("DOM.getDocument", {"depth": -1})["root"]["nodeId"]
    found: set[tuple[str, bool]] = set()
    for node in session.send("DOM.querySelectorAll", {"nodeId": root, "selector": selector})["nodeIds"]:
        used = session.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"]
        found |= {(font["familyName"], font["isCustomFont"]) for font in used}
    return found


@pytest.mark.parametrize(("name", "family"), [
    ("index.html", "Noto Serif SC"),
    ("one/ndarray.html", "Noto Serif SC"),
    ("zh-Hant/one/ndarray.html", "Noto Serif TC"),
])  # fmt: skip
def test_headings_keep_their_face_where_no_chinese_font_is_installed(
    elsewhere: Browser, address: str, folder: Path, name: str, family: str
) -> None:
    for base in (address, f"{folder.as_uri()}/"):
        context = elsewhere.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.goto(base + name)
        page.evaluate("document.fonts.ready")
        drawn = set().union(*(fonts(page, selector) for selector in IN_SERIF))
        context.close()
        assert drawn
        assert {shipped for _, shipped in drawn} == {True}, drawn
        assert all(known.startswith(family) for known, _ in drawn), drawn


@pytest.mark.parametrize("name", ["index.html", "one/index.html", "one/ndarray.html"])
def test_nothing_moves_when_the_face_arrives(browser: Browser, address: str, name: str) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.route("**/*.woff2*", lambda route: (page.wait_for_timeout(900), route.continue_()))
    page.goto(address + name)
    boxes, within = shifts(page, 200)
    assert page.evaluate(
        "[...document.fonts].some(face => face.family.includes('Book Serif') && face.status === 'loaded')"
    )
    context.close()
    assert boxes == 0
    assert within < MAX_WITHIN


@pytest.mark.parametrize(("late", "moved"), [
    ("document.body.prepend(document.createElement('hr'))", (True, False)),
    ("document.querySelector('b').style.letterSpacing = '.3em'", (False, True)),
])  # fmt: skip
def test_boxes_that_move_are_told_from_letters_within_theirs(
    browser: Browser, late: str, moved: tuple[bool, bool]
) -> None:
    page = browser.new_page(viewport={"width": 400, "height": 600})
    line = "字" * 24
    page.set_content(f"<p style='width:200px;font-size:20px'><b>abcd</b><span>{line}</span></p>")
    page.wait_for_timeout(700)
    page.evaluate(late)
    boxes, within = shifts(page)
    page.close()
    assert (boxes > 0, within > 0) == moved
