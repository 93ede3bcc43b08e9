"""Look at every page of a built site in a real browser: ``python -m scripts.tools.barriers [FOLDER]``.

For each page: axe-core's serious and critical findings, in light and dark, with one backend shown and with all; whether
it scrolls sideways on a phone, whichever backend is chosen, or beside another one on a desktop; its weight without
pictures, compressed; whether it asks another host or a script fails; what moves while it loads, and whether a tab moves
when it is chosen. All but axe and the weight also from the folder, without a server (``--no-folder`` leaves that out).
Prints what is wrong and the counts; exit code 1 if anything is. Needs Debian's chromium.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import http.server
import shutil
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Browser, Page, Response, sync_playwright

from d2lbook.evidence.shards import read_shard
from d2lbook.site.npm import install

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "tests" / "browser"
"""Folder of the lock file that names axe-core."""
PHONE, DESKTOP = 360, 1280
MAX_KB, MAX_FIRST_KB = 300, 500
"""Of a page without pictures, and with the faces of its headings, which a first visit fetches."""
CONVERTED, SHARE = "zh-Hant/", 6
"""Of the pages below this folder, which are made like the others, every so-manieth is looked at."""
RUN = "async () => (await axe.run()).violations.map(v => [v.impact, v.id, v.nodes.map(n => n.html.slice(0, 120))])"
SHIFT = """([wait, unasked]) => document.fonts.ready.then(() => new Promise(done => {
  const place = box => [box.x, box.y, box.width, box.height].join();
  const apart = source => place(source.previousRect) !== place(source.currentRect);
  const sums = {boxes: 0, within: 0};
  new PerformanceObserver(list => {
    for (const entry of list.getEntries()) {
      if (unasked && entry.hadRecentInput) continue;
      sums[!entry.sources.length || entry.sources.some(apart) ? "boxes" : "within"] += entry.value;
    }
  }).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sums), wait);
}))"""
"""Layout shifts of a page so far: of boxes that moved, and of letters that moved within the box of their text."""
MAX_WITHIN, MAX_ARRIVING = 0.001, 0.1
"""What the letters of a heading may move within its box, and what may move in all, when the face of the headings comes
after the page: what stands in for it is as wide in Chinese and in digits, and in Latin letters nearly so. Below 0.1 is
what Core Web Vitals call good; before the face comes nothing moves."""
MOVED = """() => {
  document.querySelectorAll("details").forEach(fold => fold.open = true);
  const moved = [];
  for (const tab of document.querySelectorAll("[role=tab]")) {
    if (!tab.offsetParent) continue;
    tab.scrollIntoView({block: "center", behavior: "instant"});
    const before = tab.getBoundingClientRect().top;
    tab.click();
    const by = tab.getBoundingClientRect().top - before;
    if (Math.abs(by) >= 1 && scrollY > 0) moved.push(`${tab.id} by ${by.toFixed(0)} px`);
  }
  return moved;
}"""
"""Tabs that move on the screen when they are chosen."""
WIDTHS = """() => {
  const width = () => document.documentElement.scrollWidth;
  document.querySelectorAll("details").forEach(fold => fold.open = true);
  const widths = [width()];
  for (const tab of document.querySelectorAll(".of-run [role=tab]")) { tab.click(); widths.push(width()); }
  for (const box of document.querySelectorAll(".compare input:not(:disabled)")) { box.click(); widths.push(width()); }
  document.querySelector(".compare .off")?.click();
  return Math.max(...widths);
}"""
"""How wide a page is at most, whatever a reader chooses."""
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--no-first-run"]


@dataclass
class Findings:
    """What was found on the pages looked at."""

    pages: int = 0
    barriers: list[str] = field(default_factory=list)
    sideways: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    moving: list[str] = field(default_factory=list)
    heavy: list[str] = field(default_factory=list)
    heaviest: tuple[float, str] = (0.0, "")
    """KB without pictures, and the page."""
    shift: float = 0.0
    """The largest layout shift of a page while it loads."""

    @property
    def wrong(self) -> list[str]:
        """Everything, one a line."""
        return [*self.barriers, *self.sideways, *self.foreign, *self.broken, *self.moving, *self.heavy]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve ``folder``; give its address."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        server.server_close()


def shifts(page: Page, wait: int = 300, unasked: bool = False) -> tuple[float, float]:
    """Return the layout shifts of a page, of boxes and of letters within theirs, after ``wait`` milliseconds.

    With ``unasked`` those are left out that follow upon a click at once.
    """
    sums = page.evaluate(SHIFT, [wait, unasked])
    return sums["boxes"], sums["within"]


def look(browser: Browser, address: str, name: str, findings: Findings) -> None:
    """Look at one page."""
    findings.pages += 1
    for scheme in ("light", "dark"):
        for barrier in barriers(browser, address + name, scheme):
            findings.barriers.append(f"{name} ({scheme}): {barrier}")
    walk(browser, address, name, findings)


def walk(browser: Browser, address: str, name: str, findings: Findings, every_tab: bool = True) -> None:
    """Open one page on a phone and on a desktop, and try its tabs; ``address`` may be a folder's.

    Without ``every_tab`` only those of the page are tried, none of a piece of code, which takes most of the time.
    """
    weight = 0.0
    for width, height in ((PHONE, 740), (DESKTOP, 900)):
        query = "?tab=jax" if width == DESKTOP else ""
        context = browser.new_context(viewport={"width": width, "height": height})
        page = context.new_page()
        page.route("**/*.woff2*", lambda route: route.abort())
        page.goto(f"{address}{name}{query}")
        if shift := sum(shifts(page, 200)):
            findings.moving.append(f"{name}: a layout shift of {shift:.4f} at {width} px without the headings' face")
        context.close()
        context = browser.new_context(viewport={"width": width, "height": height})
        page = context.new_page()
        came = _responses(page)
        page.on("request", lambda request: _note_foreign(request.url, address, name, findings))
        page.on("pageerror", lambda error: findings.broken.append(f"{name}: {error}"))
        page.on(
            "console", lambda said: findings.broken.append(f"{name}: {said.text}") if said.type == "error" else None
        )
        page.goto(f"{address}{name}{query}")
        shift = sum(shifts(page, 200))
        findings.shift = max(findings.shift, shift)
        if shift >= MAX_ARRIVING:
            findings.moving.append(f"{name}: a layout shift of {shift:.4f} at {width} px")
        if address.startswith("http"):
            texts = [(response.url, response.body()) for response in list(came) if "/_images/" not in response.url]
            sizes = [("/faces/" in url, len(gzip.compress(text)) / 1024) for url, text in texts]
            weight = max(weight, sum(size for face, size in sizes if not face))
            first = sum(size for _, size in sizes)
            if first > MAX_FIRST_KB:
                findings.heavy.append(f"{name}: {first:.0f} KB on a first visit")
        moved = page.evaluate(MOVED) if every_tab else []
        findings.moving += [f"{name}: at {width} px the tab {tab} when chosen" for tab in moved]
        if (found := page.evaluate(WIDTHS)) > width:
            findings.sideways.append(f"{name}: {found} wide on a screen of {width}")
        context.close()
    findings.heaviest = max(findings.heaviest, (weight, name))
    if weight > MAX_KB:
        findings.heavy.append(f"{name}: {weight:.0f} KB without pictures")


def _responses(page: Page) -> list[Response]:
    """Return a list that grows by every response to ``page``."""
    came: list[Response] = []
    page.on("response", lambda response: came.append(response))
    return came


def _note_foreign(url: str, address: str, name: str, findings: Findings) -> None:
    if not url.startswith((address, "data:")):
        findings.foreign.append(f"{name}: asks {url}")


def barriers(browser: Browser, address: str, scheme: str) -> list[str]:
    """Return axe-core's serious and critical findings, with one backend shown, then with all, everything unfolded."""
    script = (install(AXE) / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    context = browser.new_context(color_scheme="dark" if scheme == "dark" else "light", bypass_csp=True)
    page = context.new_page()
    page.goto(address)
    page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
    page.evaluate(script)
    found = page.evaluate(RUN)
    page.evaluate("delete document.documentElement.dataset.tab; dispatchEvent(new Event('resize'))")
    found += page.evaluate(RUN)
    context.close()
    return [f"{impact} {rule}: {nodes}" for impact, rule, nodes in found if impact in ("serious", "critical")]


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "_build/html")
    parser.add_argument("--no-folder", action="store_true", help="look at the served site only")
    parser.add_argument("--no-axe", action="store_true", help="leave axe out, which takes most of the time")
    parser.add_argument("--shard", default="1/1", help="of the pages, as 1/4: the first of four (default: all)")
    given = parser.parse_args()
    folder: Path = given.folder.resolve()
    every = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.html"))
    converted = [name for name in every if name.startswith(CONVERTED)]
    part, parts = read_shard(given.shard)
    names = ([name for name in every if name not in converted] + converted[::SHARE])[part - 1 :: parts]
    findings = Findings()
    with served(folder) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for name in names:
            told = len(findings.wrong)
            if given.no_axe:
                findings.pages += 1
                walk(browser, address, name, findings, every_tab=False)
            else:
                look(browser, address, name, findings)
            if not given.no_folder and not name.endswith("404.html"):  # which a server gives for any address
                walk(browser, f"{folder.as_uri()}/", name, findings, every_tab=not given.no_axe)
            print(f"{name}: {len(findings.wrong) - told} wrong", flush=True)
        browser.close()
    print("\n".join(findings.wrong))
    print(
        f"{findings.pages} pages: {len(findings.barriers)} serious or critical barriers, {len(findings.sideways)} "
        f"scroll sideways, {len(findings.foreign)} foreign requests, {len(findings.broken)} errors, "
        f"{len(findings.moving)} things move (the largest layout shift {findings.shift:.4f}), "
        f"{len(findings.heavy)} heavy (the heaviest {findings.heaviest[0]:.0f} KB without pictures, compressed: "
        f"{findings.heaviest[1]})"
    )
    return int(bool(findings.wrong))


if __name__ == "__main__":
    sys.exit(main())
