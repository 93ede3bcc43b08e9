"""A real browser on a really built site: Debian's Chromium, driven by Playwright, with nothing from outside."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from d2lbook import site

from ..site_book import BOTH, write_sample

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ABORTED = "net::ERR_ABORTED"
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test here, and skip it where the browser is absent."""
    here = Path(__file__).parent
    absent = pytest.mark.skip(reason="needs Debian's package chromium (apt-get install chromium)")
    for item in items:
        if item.path.is_relative_to(here):
            item.add_marker(pytest.mark.browser)
            if not Path(CHROMIUM).is_file():
                item.add_marker(absent)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the sample's site, built here."""
    root = tmp_path_factory.mktemp("browser")
    result = site.build(write_sample(root, BOTH), root / "_build/html", jobs=1)
    assert result.faults == ()
    return root / "_build/html"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def address(folder: Path) -> Iterator[str]:
    """Return where the site is served."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Return a running browser."""
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield running
        running.close()


@dataclass
class Reader:
    """Somebody with a browser of their own, who notes what goes wrong and what is asked for elsewhere."""

    context: BrowserContext
    base: str
    page: Page
    problems: list[str]

    def open(self, name: str, query: str = "") -> Page:
        """Open a page of the site."""
        self.page.goto(f"{self.base}{name}{query}")
        return self.page


@pytest.fixture(params=["http", "file"])
def reader(request: pytest.FixtureRequest, browser: Browser, address: str, folder: Path) -> Iterator[Reader]:
    """Return a reader on a desktop, of the served site and of the folder."""
    base = address if request.param == "http" else f"{folder.as_uri()}/"
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield _reader(context, base)
    context.close()


@pytest.fixture
def visitor(browser: Browser, address: str) -> Iterator[Reader]:
    """Return a reader of the served site, for what does not depend on where it lies."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.grant_permissions(["clipboard-read", "clipboard-write"], origin=address.rstrip("/"))
    yield _reader(context, address)
    context.close()


def _reader(context: BrowserContext, base: str) -> Reader:
    problems: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: problems.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: problems.append(str(error)))
    # who leaves a page before its icon has come has no problem
    page.on("requestfailed", lambda q: None if q.failure == ABORTED else problems.append(f"failed: {q.url}"))
    page.on(
        "request", lambda request: None if request.url.startswith((base, "data:")) else problems.append(request.url)
    )
    return Reader(context, base, page, problems)
