"""What holds for every page: nothing from elsewhere, nothing that bars anybody, not heavy."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from d2lbook.site.npm import install

from ..site_book import FILES
from .conftest import Reader

PAGES = [f"{name}.html" for name in FILES]
HERE = Path(__file__).parent
MAX_KB, MAX_FIRST_KB = 300, 500
RUN = "async () => (await axe.run()).violations.map(v => [v.impact, v.id, v.nodes.map(n => n.html)])"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_asks_nobody_else_and_breaks_no_rule(reader: Reader, name: str) -> None:
    page = reader.open(name)
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    for picture in page.locator("img:visible").all():
        picture.scroll_into_view_if_needed()
        assert picture.evaluate("async e => { await e.decode(); return e.naturalWidth > 0; }")
    page.wait_for_load_state("networkidle")
    assert reader.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", PAGES)
def test_nothing_bars_a_reader(browser: Browser, address: str, name: str, scheme: str) -> None:
    script = (install(HERE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True)
    page = context.new_page()
    page.goto(address + name)
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    page.evaluate(script)
    found = page.evaluate(RUN)
    page.evaluate(
        "delete document.documentElement.dataset.tab; dispatchEvent(new Event('resize'))"
    )  # every panel shows
    found += page.evaluate(RUN)
    context.close()
    assert [item for item in found if item[0] in ("serious", "critical")] == [], json.dumps(found, ensure_ascii=False)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_light(browser: Browser, address: str, name: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    bodies: dict[str, bytes] = {}
    page.on("response", lambda response: bodies.__setitem__(response.url, response.body()))
    page.goto(address + name, wait_until="networkidle")
    context.close()
    weights = {url: len(gzip.compress(body)) for url, body in bodies.items() if "/_images/" not in url}
    assert sum(size for url, size in weights.items() if "/faces/" not in url) < MAX_KB * 1024, weights
    assert sum(weights.values()) < MAX_FIRST_KB * 1024, weights
