"""What is wrong lies over the page while it is written, and goes with the next good build."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from playwright.sync_api import Browser

from d2lbook.site.application import POLICY
from d2lbook.site.serve import Reloader

from ..test_serve import served


def test_faults_lie_over_the_page_until_a_build_is_good(tmp_path: Path, browser: Browser) -> None:
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    (source / "a.md").write_text("good")

    def rebuild(changed: Collection[Path]) -> str:
        text = (source / "a.md").read_text()
        if text == "crash":
            raise RuntimeError("<b>it crashed</b>")
        policy = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        (out / "a.html").write_text(f"<!doctype html><head>{policy}</head><body><p>{text}</p></body>")
        return "a.md:3: error: a reference to nothing" if text == "bad" else ""

    reloader = Reloader(out, [source], rebuild)
    reloader.build()
    page = browser.new_page()
    with served(reloader) as address:
        page.goto(f"{address}/a.html")
        page.wait_for_timeout(500)
        layer = page.locator("#d2lbook-wrong")
        assert layer.count() == 0
        for text, told in (("bad", "a.md:3: error: a reference to nothing"), ("crash", "<b>it crashed</b>")):
            (source / "a.md").write_text(text)
            page.get_by_text(told).wait_for(timeout=20_000)
            assert layer.is_visible() and layer.bounding_box()["height"] > 20  # type: ignore[index]
        layer.get_by_role("button").click()
        assert layer.count() == 0
        (source / "a.md").write_text("better")
        page.get_by_text("better").wait_for(timeout=20_000)
        page.wait_for_timeout(500)
        assert layer.count() == 0
    page.close()
