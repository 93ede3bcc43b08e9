"""Pictures that move: what the mark asks for, what a page, an edition, a notebook and a PDF make of them."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.book.moving import moving_fault
from d2lbook.markup.parse import parse
from scripts.figures.__main__ import FOLDER
from scripts.figures.style import Canvas

from .moving_book import PAGE, SVG, moving_drawing, write_moving


def test_a_drawing_with_steps_moves() -> None:
    assert moving_fault(moving_drawing().encode()) == ""


@pytest.mark.parametrize(
    ("root", "inner", "wrong"),
    [
        ("", "<g/>", "its root has no data-steps"),
        (' data-steps="0"', "<g/>", "its root has no data-steps"),
        (' data-steps="3"', "<g/>", "nothing in it changes"),
        (' data-steps="201"', '<g data-at="1"/>', "201 states, more than 200"),
        (' data-steps="3"', '<g data-at="3"/>', 'data-at="3" names no state: they are still and 0 to 2'),
        (' data-steps="3"', '<g data-at="2-1"/>', 'data-at="2-1" names no state: they are still and 0 to 2'),
        (' data-steps="3"', '<g data-at="last"/>', 'data-at="last" names no state: they are still and 0 to 2'),
        (' data-steps="3"', '<g data-each-d="M0 0;M1 1"/>', "data-each-d gives 2 values for 3 states"),
        (' data-steps="3"', '<g id="a" data-at="1"/>',
         'id="a": it stands in the page itself, where ids are the page\'s'),
        (' data-steps="1"', '<desc data-choice="0">a</desc><desc data-choice="1">b</desc><g data-at="2"/>',
         'data-at="2" names no state: they are still and 0 to 1'),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_drawing_is_said(root: str, inner: str, wrong: str) -> None:
    assert moving_fault(SVG.format(root, inner).encode()) == wrong


def test_courses_multiply_the_states() -> None:
    courses = '<desc data-choice="0">a</desc><desc data-choice="1">b</desc><g data-at="5"/>'
    assert moving_fault(SVG.format(' data-steps="3"', courses).encode()) == ""


@pytest.mark.parametrize(
    ("path", "message", "text"),
    [
        ("gone.svg", "a missing picture", "../../static/img/gone.svg"),
        ("broadcast.svg", "a picture that cannot move", "../../static/img/broadcast.svg: its root has no data-steps"),
    ],
)
def test_a_mark_whose_picture_does_not_exist_or_move_is_a_fault(
    tmp_path: Path, path: str, message: str, text: str
) -> None:
    book = write_moving(tmp_path, PAGE.replace("window.svg", path))
    assert [(fault.path, fault.line, fault.message, fault.text) for fault in book.faults] == [
        ("chapters_md/one/page.md", 3, message, text)
    ]


@pytest.mark.parametrize("before", ["## 标题", "| a |\n|:--|\n| 1 |"])
def test_a_mark_that_follows_no_picture_is_a_fault(before: str) -> None:
    section = parse(f"# T\n\n{before}\n:moving:`x`\n", "a", "a.md", frozenset({"jax"}))
    assert [fault.message for fault in section.faults] == ["this mark follows no picture"]


def test_a_page_holds_the_drawing_its_controls_and_one_script(tmp_path: Path) -> None:
    result = site.build(write_moving(tmp_path), tmp_path / "html", jobs=1)
    assert result.faults == ()
    page = (tmp_path / "html/one/page.html").read_text(encoding="utf-8")
    assert page.count('<div class="moving"') == 2 and "window.svg" not in page
    drawing = re.search(r"<svg[^>]*>.*?</svg>", page.partition('<div class="moving"')[2], re.DOTALL)
    assert drawing and 'role="img"' in drawing[0] and 'aria-label="窗口走过四格。"' in drawing[0]
    assert 'width="400"' in drawing[0] and 'height="120"' in drawing[0] and "<desc" not in drawing[0]
    assert re.search(r'fill="light-dark\(#FFF3D2, #[0-9a-f]{6}\)"', drawing[0])
    assert '<p data-at="2">第2格的网络</p>' in page and "motion.js" in page and "motion.css" in page
    plain = (tmp_path / "html/one/plain.html").read_text(encoding="utf-8")
    assert "motion." not in plain


def test_another_edition_has_its_own_words(tmp_path: Path) -> None:
    site.build(write_moving(tmp_path), tmp_path / "html", jobs=1)
    page = (tmp_path / "html/zh-Hant/one/page.html").read_text(encoding="utf-8")
    assert '<p data-at="2">第2格的網路</p>' in page and ">始</text>" in page
    assert 'aria-label="會動的圖：視窗走過"' in page and "下一步" in page and "還原" in page


def test_a_changed_drawing_changes_the_page(tmp_path: Path) -> None:
    book = write_moving(tmp_path)
    site.build(book, tmp_path / "html", jobs=1)
    (tmp_path / "static/img/window.svg").write_text(moving_drawing().replace("始", "起"), encoding="utf-8")
    site.build(books.load(tmp_path), tmp_path / "html", jobs=1)
    assert ">起</text>" in (tmp_path / "html/one/page.html").read_text(encoding="utf-8")


def test_a_notebook_shows_the_still_picture_and_no_mark(tmp_path: Path) -> None:
    cell = "```{.python .input}\n#@tab all\n1\n```\n"
    site.build(write_moving(tmp_path, PAGE + cell), tmp_path / "html", jobs=1)
    notebook = next((tmp_path / "html").rglob("page*.ipynb")).read_text(encoding="utf-8")
    assert "窗口走过四格" in notebook and ":moving:" not in notebook and "窗口走过`" not in notebook


def test_the_books_moving_pictures_are_light() -> None:
    moving = [file for file in FOLDER.glob("*.svg") if "data-steps=" in file.read_text(encoding="utf-8")]
    assert len(moving) >= 12
    for file in moving:
        data = file.read_bytes()
        assert moving_fault(data) == "", file.name
        assert len(zlib.compress(data)) <= 6 * 1024, file.name


def test_a_canvas_refuses_what_does_not_fit_its_steps() -> None:
    canvas = Canvas(100, 100, steps=2)
    with pytest.raises(ValueError, match="3 values for 2 states"):
        canvas.morph([(0, 0), (1, 1)], [[(0, 0), (1, 1)]] * 3)
    with pytest.raises(ValueError, match="as many points"):
        canvas.morph([(0, 0), (1, 1)], [[(0, 0)]] * 2)
