"""The pages of results: what every run gave, and what the last run changed; made from the store and the summaries."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import asdict, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.errors import Built, Fault
from d2lbook.evidence import store
from d2lbook.evidence.devices import DeviceRun, path_of, states
from d2lbook.evidence.digest import fingerprint
from d2lbook.evidence.last_run import kept_file, write_last_run
from d2lbook.execute.measured import Measured
from d2lbook.execute.results import Report, Summary, write_report

from .site_book import write_book, write_sample

OLD = Measured(
    seconds=4.0,
    memory_mib=300,
    date="2026-11-01",
    versions={"torch": "2.12.0"},
    metrics={"acc": 0.81, "limit": 2.0, "sum": 3.0},
)
BETTER = Summary(
    "pytorch/two/softmax",
    "ok",
    seconds=8.0,
    memory_mib=512,
    versions={"torch": "2.13.0"},
    metrics={"acc": 0.8345, "limit": 2.0, "sum": 3.0 + 1e-9},
    before=OLD,
)
FAULT = Fault("chapters_md/one/ndarray.md", 31, "jax: cell-01: TypeError: <x>")
REPORT = Report(
    (
        BETTER,
        Summary("jax/one/ndarray", "failed", seconds=0.5, fault=FAULT),
        Summary("base/one/calculus", "ok", seconds=1.0, memory_mib=90),
    ),
    ("base/one/calculus", "jax/one/ndarray", "mxnet/two/softmax", "pytorch/two/softmax"),
    date="2026-11-20",
)


class Table(HTMLParser):
    """Reads rows of cells, as text."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag == "tr":
            self.rows.append([])
        elif tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        if self.rows and self.rows[-1]:
            self.rows[-1][-1] += data.strip()


def build(root: Path) -> Built:
    result = site.build(books.load(root), root / "_build/html", jobs=1)
    assert result.faults == ()
    return result


def page(root: Path, name: str) -> str:
    return (root / f"_build/html/{name}.html").read_text(encoding="utf-8")


def rows(html: str, anchor: str) -> Iterator[list[str]]:
    start = html.index(f'<section id="{anchor}">')
    table = Table()
    table.feed(html[start : html.index("</section>", start)])
    yield from table.rows[1:]


def by_backend(html: str, anchor: str) -> dict[str, list[str]]:
    """Return the cells of a table's rows from the backend on; the section's stands in the first row of each only."""
    return {row[-8]: row[-7:] for row in rows(html, anchor)}


def make_fresh(root: Path) -> None:
    """Say that every stored run of the sample is of its sources."""
    book = books.load(root)
    for projection in book.projections():
        if stored := store.load(book, projection):
            path = store.path_of(book, projection)
            digest = fingerprint(book, projection).digest
            path.write_text(path.read_text().replace(f'"digest": "{stored.digest}"', f'"digest": "{digest}"'))


@pytest.fixture
def root(tmp_path: Path) -> Path:
    write_sample(tmp_path)
    make_fresh(tmp_path)
    return tmp_path


def test_each_section_has_a_row_for_each_backend(root: Path) -> None:
    build(root)
    html = page(root, "results")
    found = by_backend(html, "chapter-1")
    assert list(found) == ["MXNet", "PyTorch", "TensorFlow", "JAX", "base"]
    assert [row[0] for row in rows(html, "chapter-1") if len(row) == 9] == ["1.1数据操作", "1.2微积分"]
    assert found["TensorFlow"] == ["未运行", *[""] * 6]
    assert found["PyTorch"] == ["通过", "—", "12.3", "300", "CPU", "numpy 2.4.6", "2026-11-21"]
    assert found["base"][1] == "1个，无断言"
    assert by_backend(html, "chapter-2")["JAX"][:2] == ["通过", "1 / 1成立"]
    assert '<time datetime="2026-11-21">' in html and "前）" not in html  # the age is the script's to say
    (summary,) = [row for row in rows(html, "all-backends") if row[0] == "PyTorch"]
    assert summary == ["PyTorch", "numpy 2.4.6", "2 / 2", "25", "12.3", "300", "2026-11-21"]


def test_a_metric_out_of_its_band_and_a_changed_cell_are_seen(root: Path) -> None:
    source = root / "chapters_md/two/softmax.md"
    text = (
        source.read_text(encoding="utf-8")
        .replace("0.80 < acc < 0.86", "0.80 < acc < 0.835")
        .replace("net = 3", "net = 4")
    )
    source.write_text(text, encoding="utf-8")
    (fault,) = site.build(books.load(root), root / "_build/html", jobs=1).faults
    assert "the code has changed since jax ran it" in fault.message
    found = by_backend(page(root, "results"), "chapter-2")
    assert found["MXNet"][:2] == ["通过", "1 / 1成立"]
    assert found["PyTorch"][:2] == ["通过", "0 / 1成立0.80 < acc < 0.835"]
    assert found["JAX"][0] == "待更新"
    assert "有2次不成立" in page(root, "results")


def test_runs_on_other_devices_have_a_table_of_their_own(root: Path) -> None:
    config = root / "config.ini"
    config.write_text(config.read_text().replace("[backend-jax]\n", "[backend-jax]\npackages = jax\n"))
    (root / "locks").mkdir()
    (root / "locks/jax-cpu.txt").write_text("jax==0.10.2\n")
    make_fresh(root)
    book = books.load(root)
    projection = next(item for item in book.projections() if item.key == "jax/two/softmax")
    digest = fingerprint(book, projection).digest
    run = DeviceRun(
        projection.key,
        digest,
        seconds=3.2,
        memory_mib=900,
        device="NVIDIA H100",
        device_mib=512,
        versions={"jax": "0.10.2"},
        metrics={"acc": 0.9},
        date="2026-11-19",
    )
    path = path_of(book.config.results_dir, run.device, run.projection)
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(asdict(run)))
    build(root)
    (row,) = rows(page(root, "results"), "device-1")
    assert row[:4] == ["2.1softmax回归", "JAX", "通过", "0 / 1成立0.80 < acc < 0.86"]
    assert row[4:] == ["3.2", "900", "512", "jax 0.10.2", "2026-11-19"]
    assert "NVIDIA H100" in page(root, "results").partition('class="outline"')[2]
    assert [state.state for state in states(book, [projection], run.device)] == ["fresh"]
    path.write_text(json.dumps(asdict(replace(run, versions={"jax": "0.11.2"}))))
    build(root)
    (row,) = rows(page(root, "results"), "device-1")
    assert (row[2], row[7]) == ("版本不同", "jax 0.11.2")
    (state,) = states(book, [projection], run.device)
    assert (state.state, state.why) == ("stale", ("ran with jax 0.11.2, pinned is 0.10.2",))


def test_without_a_summary_the_page_says_so(root: Path) -> None:
    build(root)
    assert "这里还没有运行的记录" in page(root, "changes")


def test_the_last_run_is_told_by_what_it_changed(root: Path) -> None:
    write_report(REPORT, root / "_build/results")
    build(root)
    html = page(root, "changes")
    assert "跑了3个运行，共10秒；通过2个，没有通过1个，没有轮到1个" in re.sub(r"<[^>]+>", "", html)
    assert list(rows(html, "failures")) == [
        ["1.1数据操作", "JAX", "出错", "chapters_md/one/ndarray.md:31: jax: cell-01: TypeError: <x>"],
        ["2.1softmax回归", "MXNet", "没有轮到", ""],
    ]
    assert list(rows(html, "new")) == [["1.2微积分", "base", "1.0", "90"]]
    assert list(rows(html, "versions")) == [["PyTorch", "torch", "2.12.0", "2.13.0", "1"]]
    assert list(rows(html, "metrics")) == [["2.1softmax回归", "PyTorch", "acc", "0.81", "0.8345", "+3.0e−02"]]
    assert "1个指标与此前存的不同；另有1个只差在末几位，1个一位不差" in html
    assert list(rows(html, "seconds")) == [["2.1softmax回归", "PyTorch", "4.0", "8.0", "2.00倍"]]
    assert list(rows(html, "memory")) == [["2.1softmax回归", "PyTorch", "300.0", "512.0", "1.71倍"]]


def test_they_follow_the_store_and_the_summaries_and_nothing_else(root: Path) -> None:
    build(root)
    before = page(root, "results"), page(root, "changes")
    book = books.load(root)
    write_last_run(book, REPORT)
    assert build(root).pages == 0 and page(root, "changes") != before[1]
    kept_file(book).unlink()
    assert build(root).pages == 0 and (page(root, "results"), page(root, "changes")) == before
    path = root / "static/outputs/jax/two/softmax.ipynb"
    path.write_text(path.read_text().replace('"seconds": 12.34', '"seconds": 99.5'))
    assert 1 <= build(root).pages <= 2 and "99.5" in page(root, "results")


def test_the_same_store_gives_the_same_pages(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    write_report(REPORT, root / "_build/results")
    other = tmp_path_factory.mktemp("other") / "book"
    shutil.copytree(root, other)
    build(root)
    build(other)
    assert [page(root, name) for name in ("results", "changes")] == [
        page(other, name) for name in ("results", "changes")
    ]


def test_a_book_without_stored_runs_has_none(tmp_path: Path) -> None:
    write_book(tmp_path)
    build(tmp_path)
    assert not (tmp_path / "_build/html/results.html").exists()
    assert "results.html" not in page(tmp_path, "index")


def test_in_a_book_that_is_not_chinese_both_pages_speak_english(root: Path) -> None:
    config = root / "config.ini"
    config.write_text(config.read_text().replace("lang = zh_CN", "lang = en"))
    make_fresh(root)
    write_report(REPORT, root / "_build/results")
    build(root)
    first, second = page(root, "results"), page(root, "changes")
    assert "runs, one for each section in each backend: 7 Passed, 1 not run; all 3 judgements of claims hold" in first
    assert ">Peak memory (MiB)<" in first and ">By backend<" in first
    words = re.sub(r"<[^>]+>", "", second)
    assert "3 runs, 10 seconds in all; 2 passed, 1 did not, 1 were not reached" in words
    assert "1 metrics differ from those stored before; 1 differ in the last digits only, 1 are the same" in words
    assert [row[2] for row in rows(second, "failures")] == ["failed", "not reached"]
    assert next(iter(rows(second, "seconds")))[2:] == ["4.0", "8.0", "2.00 times"]
    for text in (first, second):
        body = text.partition("<main")[2].partition("</main>")[0]
        told = re.sub(r"<table.*?</table>|<h\d.*?</h\d>", "", body, flags=re.DOTALL)
        heads = "".join(re.findall(r"<thead.*?</thead>", body, flags=re.DOTALL))
        own = re.sub(
            r"<nav.*?</nav>|<details>.*?</details>", "", told + heads, flags=re.DOTALL
        )  # lists of the book's headings
        assert not re.findall("[\u4e00-\u9fff]+", own)
