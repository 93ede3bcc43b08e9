"""The front page and the heads of chapters: curves and facts from stored runs, questions, lines and minutes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.evidence.table import rows
from d2lbook.site.curves import loss_in, stored_curves

from .conftest import ROOT
from .front_book import FRONT, WALK, plot, write_front
from .site_book import metric, shown, store, text


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the root of a built book."""
    root = tmp_path_factory.mktemp("front")
    assert site.build(write_front(root), root / "html", jobs=1).faults == ()
    return root


def page(root: Path, name: str) -> str:
    return (root / f"html/{name}.html").read_text(encoding="utf-8")


def test_a_loss_is_read_from_a_plot_in_the_units_of_its_ticks() -> None:
    found = loss_in(plot(95))
    assert found is not None
    name, points = found
    assert name == "训练损失"
    assert [x for x, _ in points] == pytest.approx([1, 2, 3])
    assert [y for _, y in points] == pytest.approx([1.2, 0.6, 0.24])


@pytest.mark.parametrize("drawing", ["", "<svg", plot(95).replace("损失", "精度"), plot(95).replace("<use", "<i")])
def test_of_other_plots_none_is_read(drawing: str) -> None:
    assert loss_in(drawing) is None


def test_the_front_page_draws_each_backends_curve_and_leads_to_the_section(built: Path) -> None:
    html = page(built, "index")
    figure = html[html.index('<figure class="curves">') : html.index("</figure>")]
    titles = re.findall(r'<g class="voice-(\d)">.*?<text[^>]*>(\w+)</text>', figure)
    assert titles == [("1", "MXNet"), ("2", "PyTorch"), ("4", "JAX")]
    assert 'aria-label="训练损失：MXNet 0.24、PyTorch 0.24、JAX 0.24"' in figure
    assert '<a href="one/walk.html">' in figure and 'class="score"' not in html
    paths = re.findall(r'pathLength="1" d="([^"]+)"', figure)
    assert len(set(paths)) == 3 and all(path.count("L") == 2 for path in paths)


def test_the_facts_are_those_of_the_store(built: Path) -> None:
    facts = page(built, "index").partition('<dl class="facts">')[2].partition("</dl>")[0]
    assert re.findall(r"<dt>(.*?)</dt><dd>(?:<a[^>]*>)?(.*?)(?:</a>)?</dd>", facts) == [
        ("次实际运行", "3"), ("条断言成立", "6"), ("最近一次运行", "2026-11-21"),
    ]  # fmt: skip
    assert 'href="results.html"' in facts


def test_another_run_changes_the_front_page(tmp_path: Path) -> None:
    site.build(write_front(tmp_path), tmp_path / "html", jobs=1)
    book = books.load(tmp_path)
    drawn = shown({"image/svg+xml": plot(60), "text/plain": "<Figure>"})
    store(book, "tensorflow", "one/walk", [[text("走\n"), drawn, metric("loss", 2.0)]], {"loss": 2.0})
    site.build(books.load(tmp_path), tmp_path / "html", jobs=1)
    html = page(tmp_path, "index")
    assert "TensorFlow 0.24" in html and "<dd>7</dd>" in html  # one of its two claims fails


def test_a_section_that_shows_no_loss_is_told(tmp_path: Path) -> None:
    write_front(tmp_path)
    config = tmp_path / "config.ini"
    config.write_text(FRONT.replace("front_curves = one/walk", "front_curves = one/rest"), encoding="utf-8")
    result = site.build(books.load(tmp_path), tmp_path / "html", jobs=1)
    assert [(fault.message, fault.text) for fault in result.faults] == [
        ("front_curves names no section whose plots show a loss", "one/rest")
    ]
    assert 'class="score"' in page(tmp_path, "index")


def test_a_chapter_opens_with_its_question_and_tells_of_its_sections(built: Path) -> None:
    html = page(built, "one/index")
    assert re.search(
        r"</h1>.*<blockquote>\s*<div><p>怎样走得又快又稳？</p>\s*</div></blockquote>\s*<p><img", html, re.DOTALL
    )
    contents = html[html.index('<ol class="contents') :]
    assert '<ol class="contents told">' in contents
    assert re.findall(r'<span class="minutes">(.*?)</span>\s*<p>(.*?)</p>', contents) == [
        ("25分钟", "左脚先动，还是右脚先动？"), ("5分钟", "累了就坐下，不要硬撑。"),
    ]  # fmt: skip


def test_the_front_page_shows_the_chapters_question(built: Path) -> None:
    contents = page(built, "index").partition('<ol class="contents')[2]
    assert "<p>怎样走得又快又稳？</p>" in contents and "minutes" not in contents


def test_the_other_edition_says_it_in_its_words(built: Path) -> None:
    assert '<span class="minutes">25分鐘</span>' in page(built, "zh-Hant/one/index")
    assert "訓練損失" in page(built, "zh-Hant/index")


def test_a_sections_new_beginning_reaches_its_chapters_page(tmp_path: Path) -> None:
    site.build(write_front(tmp_path), tmp_path / "html", jobs=1)
    source = tmp_path / "chapters_md/one/walk.md"
    source.write_text(WALK.replace("约需25", "约需30").replace("左脚先动，", "先迈左脚，"), encoding="utf-8")
    site.build(books.load(tmp_path), tmp_path / "html", jobs=1)
    html = page(tmp_path, "one/index")
    assert "30分钟" in html and "先迈左脚，还是右脚先动？" in html


def test_the_books_own_curves_end_where_its_runs_recorded(tmp_path: Path) -> None:
    book = books.load(ROOT)
    curves = stored_curves(book, book.config.front_curves)
    assert [curve.backend for curve in curves] == list(book.config.backend_names)
    recorded = {
        row.backend: row.metrics["loss"]
        for row in rows(book, tmp_path / "rows.json")[1]
        if row.docname == book.config.front_curves and not row.elsewhere
    }
    for curve in curves:
        assert curve.points[-1][1] == pytest.approx(recorded[curve.backend], abs=0.002)
