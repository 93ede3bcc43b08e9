"""The site as an application: installed over http, and read where there is no network."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser


def test_a_page_seen_before_shows_without_a_network(browser: Browser, address: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text) if said.type == "error" else None)
    page.goto(address + "one/ndarray.html")
    page.evaluate("navigator.serviceWorker.ready.then(() => 1)")
    session = context.new_cdp_session(page)
    manifest = session.send("Page.getAppManifest")
    assert manifest["errors"] == []
    assert manifest["url"].endswith("_static/app.json")
    page.reload(wait_until="networkidle")
    assert problems == []
    context.set_offline(True)
    page.reload()
    assert page.locator("h1").inner_text().startswith("1.1")
    assert page.evaluate("getComputedStyle(document.querySelector('.top')).position") == "sticky"  # styles came too
    context.close()


def test_a_folder_asks_for_neither_manifest_nor_worker(browser: Browser, folder: Path) -> None:
    context = browser.new_context()
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda said: problems.append(said.text))
    page.goto(f"{folder.as_uri()}/one/ndarray.html", wait_until="networkidle")
    assert page.locator("link[rel=manifest]").count() == 0
    assert problems == []
    context.close()
