"""The store: what is written, when it is fresh, stale or missing, and that nothing is ever half there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import textwrap
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.evidence import status as report
from d2lbook.evidence import store
from d2lbook.execute.model import Job, Result
from d2lbook.execute.notebook import METRIC, normalise, to_run

from .conftest import ROOT, MakeBook
from .library_books import load, section, tabbed

FILES = {
    "a/plain": section("无框架", ("all", "x = 1\nprint(x)"), ("all", "x + 1  # 加一")),
    "a/tabs": tabbed("四个后端", ("all", "print(1)")),
}
PRINTED = {"output_type": "stream", "name": "stdout", "text": "1\n"}


@pytest.fixture
def small(make_book: MakeBook) -> Book:
    book = load(make_book, {"a": ["plain", "tabs"]}, FILES)
    shutil.copytree(ROOT / "locks", book.config.root / "locks")
    return book


def again(book: Book) -> Book:
    return books.load(book.config.root)


def result_of(projection: Projection, status: str = "ok", metrics: Mapping[str, float] | None = None) -> Result:
    """Return a result as an executor would, every cell having printed 1."""
    metrics = metrics or {}
    recorded = [
        {"output_type": "display_data", "data": {METRIC: {"name": name, "value": value}}, "metadata": {}}
        for name, value in metrics.items()
    ]
    outputs = tuple(normalise([PRINTED, *recorded], number) for number in range(1, len(projection.cells) + 1))
    job = Job(projection, Path("python"), Path("root"))
    return Result(
        job, status, to_run(projection), outputs,
        seconds=1.2345, memory_mib=99.6, versions={"numpy": "2.0"}, metrics=metrics,
    )  # fmt: skip


def save_all(book: Book, **options: Any) -> None:
    for projection in book.projections():
        store.save(book, result_of(projection, **options))


def states(book: Book) -> dict[str, store.State]:
    return {item.projection.key: item for item in store.status(again(book))}


def edit(book: Book, docname: str, old: str, new: str) -> None:
    path = book.config.source_dir / f"{docname}.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_a_saved_run_is_loaded_as_it_was(small: Book) -> None:
    (projection,) = small.projections(small.section("a/plain"))
    path = store.save(small, result_of(projection, metrics={"loss": 0.5, "acc": 0.25}))
    assert path == small.config.outputs_dir / "base" / "a" / "plain.ipynb"
    stored = store.load(small, projection)
    assert stored is not None
    assert stored.sources == tuple(cell.source for cell in projection.cells)
    assert stored.outputs[0][0] == PRINTED
    assert (stored.seconds, stored.memory_mib, stored.device) == (1.23, 100.0, "cpu")
    assert stored.metrics == {"loss": 0.5, "acc": 0.25}
    assert stored.versions == {"numpy": "2.0"}
    assert len(stored.date) == 10 and len(stored.digest) == 64
    text = path.read_text(encoding="utf-8")
    assert "无框架" not in text and str(small.config.root) not in text
    assert path.stat().st_mode & 0o777 == 0o644
    assert store.metrics_of(small, "a/plain") == {"base": {"loss": 0.5, "acc": 0.25}}


def test_equal_runs_give_equal_bytes(small: Book) -> None:
    (projection,) = small.projections(small.section("a/plain"))
    first = store.save(small, result_of(projection, metrics={"acc": 1.0})).read_bytes()
    assert store.save(again(small), result_of(projection, metrics={"acc": 1.0})).read_bytes() == first


def test_a_run_that_failed_is_not_stored(small: Book) -> None:
    projection = small.projections()[0]
    with pytest.raises(ValueError, match="nothing is stored"):
        store.save(small, result_of(projection, status="failed"))
    assert not small.config.outputs_dir.exists()


def test_missing_fresh_and_stale(small: Book) -> None:
    assert {item.state for item in states(small).values()} == {"missing"}
    save_all(small)
    assert {item.state for item in states(small).values()} == {"fresh"}
    edit(small, "a/plain", "x = 1", "x = 2")
    found = states(small)
    assert (found["base/a/plain"].state, found["base/a/plain"].why) == ("stale", ("cell-01 changed",))
    assert {item.state for key, item in found.items() if key != "base/a/plain"} == {"fresh"}


def test_prose_makes_nothing_stale(small: Book) -> None:
    save_all(small)
    edit(small, "a/plain", "# 无框架\n", "# 无框架，加一个逗号\n\n一段新的话。\n")
    assert {(item.state, item.code_differs) for item in states(small).values()} == {("fresh", False)}


def test_one_backend_s_cell_makes_only_it_stale(small: Book) -> None:
    save_all(small)
    edit(small, "a/tabs", "import torch\n", "import torch\ntorch.manual_seed(0)\n")
    assert {key for key, item in states(small).items() if item.state == "stale"} == {"pytorch/a/tabs"}


def test_a_comment_is_stored_without_a_run(small: Book) -> None:
    save_all(small)
    before = store.load(small, small.projections()[0])
    edit(small, "a/plain", "# 加一", "# 再加一")
    item = states(small)["base/a/plain"]
    assert (item.state, item.code_differs) == ("fresh", True)
    assert "comments have changed" in report.status_text(again(small), [item])
    store.refresh(again(small), item.projection)
    item = states(small)["base/a/plain"]
    assert (item.state, item.code_differs) == ("fresh", False)
    after = store.load(again(small), item.projection)
    assert before is not None and after is not None
    assert after.outputs == before.outputs and after.digest == before.digest and after.date == before.date
    assert after.sources[1] == "x + 1  # 再加一"


def test_a_cell_more_is_stale(small: Book) -> None:
    save_all(small)
    edit(small, "a/plain", "x = 1\nprint(x)\n```\n", "x = 1\nprint(x)\n```\n\n```{.python .input}\n#@tab all\nx\n```\n")
    assert states(small)["base/a/plain"].state == "stale"


@pytest.mark.parametrize("text", ["", "{", '{"cells": []}', '{"cells": [], "metadata": {"d2l": {}}}', "[]"])
def test_a_broken_file_counts_as_missing(small: Book, text: str) -> None:
    save_all(small)
    projection = small.projections()[0]
    store.path_of(small, projection).write_text(text)
    item = states(small)[projection.key]
    assert (item.state, item.why) == ("missing", ("its file cannot be read",))


def test_files_of_what_is_gone_are_found(small: Book) -> None:
    save_all(small)
    assert store.orphans(small) == ()
    (small.config.source_dir / "a" / "tabs.md").write_text("# 只有文字\n")
    book = again(small)
    assert [path.parent.parent.name for path in store.orphans(book)] == ["jax", "mxnet", "pytorch", "tensorflow"]
    assert "no section gives it any more" in report.status_text(book, store.status(book))


def test_large_files_are_told(small: Book) -> None:
    projection = small.projections()[0]
    result = result_of(projection)
    many = tuple(({**PRINTED, "text": "x" * 150_000},) for _ in projection.cells)
    path = store.save(small, replace(result, outputs=many))
    (fault,) = store.size_faults(small)
    assert fault.severity == "warning" and fault.path == path.relative_to(small.config.root).as_posix()


def test_the_summary_line(small: Book) -> None:
    save_all(small)
    edit(small, "a/plain", "x = 1", "x = 2")
    text = report.status_text(again(small), store.status(again(small)))
    assert text.splitlines() == [
        "base/a/plain: stale: cell-01 changed",
        "1 sections × 4 backends, 1 base: 4 fresh, 1 stale, 0 missing",
    ]


def test_a_failing_write_leaves_the_old_file_and_no_draft(small: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    projection = small.projections()[0]
    path = store.save(small, result_of(projection))
    old = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"):
        store.save(small, result_of(projection, metrics={"acc": 1.0}))
    assert path.read_bytes() == old
    assert [item.name for item in path.parent.iterdir()] == [path.name]


def test_a_writer_that_is_killed_leaves_whole_files(small: Book) -> None:
    code = textwrap.dedent(
        f"""
        from pathlib import Path
        from d2lbook.book import book as books
        from d2lbook.evidence import store
        from tests.test_store import result_of

        book = books.load(Path({str(small.config.root)!r}))
        store.save(book, result_of(book.projections()[0]))
        print("ready", flush=True)
        while True:
            for size in (1, 5000):
                store.save(book, result_of(book.projections()[0], metrics={{f"m{{i}}": 1.0 for i in range(size)}}))
        """
    )
    path = store.path_of(small, small.projections()[0])
    for delay in (0.05, 0.11, 0.17):
        writer = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert writer.stdout is not None and writer.stdout.readline() == "ready\n"
        time.sleep(0.2 + delay)
        writer.kill()
        writer.wait()
        json.loads(path.read_text(encoding="utf-8"))
        assert store.load(small, small.projections()[0]) is not None
