"""Ask a built site what readers ask: ``python -m scripts.tools.queries [FOLDER]``.

Puts every query of ``tests/browser/search_queries.toml`` to the site's own search, opened from its folder, and prints
what is not found or comes late, then recall, the share of queries whose right page is first and among the first three,
and what the heaviest query fetches (compressed): now, and at 200 sections. Every file of the index grows at most in
proportion to the number of sections (new sections use known words, too), so its size is multiplied by
200 / sections with code: a bound from above. To that come the texts of the twelve pages shown. Exit code 1 if
something is not found. Needs Debian's chromium.
"""

from __future__ import annotations

import argparse
import functools
import gzip
import shutil
import sys
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from d2lbook.book import book as books
from d2lbook.site.search import PIECES, terms_of
from scripts.tools.barriers import FLAGS

ROOT = Path(__file__).resolve().parents[2]
LIST = ROOT / "tests/browser/search_queries.toml"
SECTIONS = 200
EARLY = 3
SHOWN = 12
FIND = """async queries => Promise.all(queries.map(async query =>
  [query, (await bookSearch.find(query)).map(found => found.entry[0])]))"""


@dataclass(frozen=True, slots=True)
class Answers:
    """What the search gave."""

    lost: Mapping[str, Sequence[str]]
    """Pages that were not found, by query."""
    late: Mapping[str, Sequence[str]]
    """The first pages found, where the right one is not among them."""
    first: int
    """Queries whose right page comes first."""
    asked: int


@functools.cache
def queries() -> Mapping[str, Sequence[str]]:
    """Return each query with the pages that must be found, the one that a reader looks for first.

    A query whose pages are not all in the book's tables of contents waits until they are.
    """
    listed: Mapping[str, Sequence[str]] = tomllib.loads(LIST.read_text(encoding="utf-8"))
    names = books.load(ROOT).by_name
    return {query: pages for query, pages in listed.items() if all(page in names for page in pages)}


def ask(browser: Browser, folder: Path, say: Callable[[str], str] = str) -> Answers:
    """Put every query, in the words that ``say`` gives it, to the site in ``folder``."""
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{folder.as_uri()}/references.html")
    wanted = {say(query): pages for query, pages in queries().items()}
    found: dict[str, list[str]] = dict(page.evaluate(FIND, list(wanted)))
    context.close()
    lost = {query: sorted(set(pages) - set(found[query])) for query, pages in wanted.items()}
    late = {query: found[query][:EARLY] for query, pages in wanted.items() if pages[0] not in found[query][:EARLY]}
    first = sum(found[query][:1] == [pages[0]] for query, pages in wanted.items())
    return Answers({query: pages for query, pages in lost.items() if pages}, late, first, len(wanted))


def shown(folder: Path) -> float:
    """Return how many KB, compressed, the excerpts of the pages shown need at most: of the twelve longest."""
    texts = (folder / "_static/search/text").rglob("*.js")
    return sum(sorted((len(gzip.compress(file.read_bytes())) for file in texts), reverse=True)[:SHOWN]) / 1024


def fetched(folder: Path) -> dict[str, float]:
    """Return how many KB of the index each query fetches, compressed."""
    sizes = {file.stem: len(gzip.compress(file.read_bytes())) for file in (folder / "_static/search").glob("*.js")}
    pieces = {
        query: {"pages", "words", *(str(ord(term[0]) % PIECES) for term in terms_of(query))} for query in queries()
    }
    return {query: sum(sizes[piece] for piece in found) / 1024 for query, found in pieces.items()}


def growth() -> float:
    """Return by how much the book would grow to 200 sections with code."""
    return SECTIONS / sum(1 for section in books.load(ROOT).sections if section.code)


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT / "_build/html")
    folder: Path = parser.parse_args().folder.resolve()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        answers = ask(browser, folder)
        browser.close()
    for query, pages in answers.lost.items():
        print(f"{query}: not found: {', '.join(pages)}")
    for query, pages in answers.late.items():
        print(f"{query}: {queries()[query][0]} comes after {', '.join(pages)}")
    wanted = sum(map(len, queries().values()))
    lost = sum(map(len, answers.lost.values()))
    early = answers.asked - len(answers.late)
    query, size = max(fetched(folder).items(), key=lambda item: item[1])
    print(
        f"{answers.asked} queries: {wanted - lost} of {wanted} pages found, the right one first for {answers.first}, "
        f"among the first {EARLY} for {early} ({early / answers.asked:.1%}); the heaviest ({query}) fetches "
        f"{size:.0f} KB, at {SECTIONS} sections at most {size * growth():.0f} KB, "
        f"and {shown(folder):.0f} KB for excerpts"
    )
    return int(bool(answers.lost))


if __name__ == "__main__":
    sys.exit(main())
