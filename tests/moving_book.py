"""A small book with pictures that move: what is said of their states, courses to choose from, one that stays still."""

from __future__ import annotations

from pathlib import Path

from d2lbook.book.book import Book

from .site_book import BOTH, write_book

SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="60" viewBox="0 0 200 60"{}>{}</svg>\n'


def moving_drawing(root: str = ' data-steps="4"', inner: str = "") -> str:
    """Return a drawing of a window that goes over four cells, or one of another make."""
    cells = "".join(f'<rect x="{10 + 40 * k}" y="10" width="40" height="40" fill="#FFF3D2"/>' for k in range(4))
    moves = ";".join(f"translate({40 * k} 0)" for k in range(4))
    frame = '<rect x="10" y="10" width="40" height="40" fill="none" stroke="#0B6171"/>'
    window = f'<g data-each-transform="{moves}">{frame}</g>'
    said = "".join(f'<desc data-at="{k}">第{k}格的网络</desc>' for k in range(4))
    last = '<text data-at="3" display="none" x="170" y="35">完</text><text data-at="still 0" x="170" y="35">始</text>'
    return SVG.format(root, inner or said + cells + window + last)


COURSES = SVG.format(
    ' data-steps="1"',
    '<desc data-choice="0">接上</desc><desc data-choice="1">断开</desc><desc data-at="1">只剩一条路。</desc>'
    '<g data-each-opacity="1;0.1"><path d="M10 30H190" stroke="#000000"/></g>',
)
PAGE = """\
# 会动的页

![窗口走过四格。](../../static/img/window.svg)
:label:`fig_window`
:width:`400px`
:moving:`窗口走过`

![捷径。](../../static/img/courses.svg)
:moving:`接上与断开`

见:numref:`fig_window`。
"""
FILES = {
    "index": "# 小书\n\n```toc\n:numbered:\n\none/page\none/plain\n```\n",
    "one/page": PAGE,
    "one/plain": "# 平常的页\n\n字。\n",
}


def write_moving(root: Path, page: str = PAGE) -> Book:
    """Write the book; return it."""
    folder = root / "static/img"
    folder.mkdir(parents=True)
    (folder / "window.svg").write_text(moving_drawing(), encoding="utf-8")
    (folder / "courses.svg").write_text(COURSES, encoding="utf-8")
    return write_book(root, {**FILES, "one/page": page}, BOTH)
