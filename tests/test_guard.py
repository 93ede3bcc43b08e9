"""Empty success: runs that end well and did nothing, and tabs that lost all their cells, fail."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.evidence import store
from d2lbook.evidence.guard import NO_TIME, suspicion
from d2lbook.execute.results import read_report

from .conftest import ROOT, MakeBook, need_env
from .library_books import edit, load, run, section, tabbed
from .test_store import result_of

HEAD = "from d2l import base as d2l"
SAVED = ("all", "def show(x):  #@save\n    print(x)")
FILES = {
    "a/tools": section("工具", SAVED),
    "a/use": section("用", ("all", HEAD), ("all", "d2l.show(1)"), ("all", "d2l.show(2)")),
    "a/tabs": tabbed("张量", ("all", "print(1)")),
}


@pytest.fixture
def small(make_book: MakeBook) -> Book:
    book = load(make_book, {"a": ["tools", "use", "tabs"]}, FILES)
    shutil.copytree(ROOT / "locks", book.config.root / "locks")
    (book.config.root / ".envs").symlink_to(ROOT / ".envs")
    return book


@pytest.mark.backend
def test_a_run_without_outputs_where_it_had_some_fails_and_the_stored_one_stays(
    small: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    need_env("base")
    root = small.config.root
    assert run(root, "eval", "a/use") == 0
    edit(small, "a/tools", "print(x)", "return None")  # the library swallows what sections show
    assert run(root, "eval", "a/use") == 1
    assert "it ran and shows nothing, where 2 cells with the same code showed something" in capsys.readouterr().err
    (result,) = read_report(small.config.output_dir / "results" / "eval.json").results
    assert result.status == "empty"
    projection = next(item for item in small.projections() if item.docname == "a/use")
    stored = store.load(small, projection)
    assert stored is not None and stored.outputs[1][0]["text"] == "1\n"
    store.path_of(small, projection).unlink()  # the author means it
    assert run(root, "eval", "a/use") == 0


@pytest.mark.backend
def test_a_run_that_takes_no_time_where_it_took_long_fails(small: Book, capsys: pytest.CaptureFixture[str]) -> None:
    need_env("base")
    root = small.config.root
    assert run(root, "eval", "a/use") == 0
    projection = next(item for item in small.projections() if item.docname == "a/use")
    path = store.path_of(small, projection)
    text = path.read_text(encoding="utf-8")
    stored = store.load(small, projection)
    assert stored is not None
    long = text.replace(f'"seconds": {stored.seconds}', '"seconds": 600.0')
    path.write_text(long, encoding="utf-8")
    assert run(root, "eval", "a/use", "--force") == 1
    assert "s, where the same code took 600.0 s before" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == long


def test_a_run_in_no_time_is_suspect(small: Book) -> None:
    projection = small.projections()[0]
    store.save(small, replace(result_of(projection), seconds=60.0))
    old = store.load(small, projection)
    assert old is not None
    sources = [cell.source for cell in projection.cells]
    assert "ran in 0.10 s, where the same code took 60.0 s" in suspicion(old, sources, old.outputs, 0.1)
    assert suspicion(old, sources, old.outputs, 60 / NO_TIME + 0.1) == ""
    assert suspicion(old, ["print(2)"], old.outputs[:1], 0.1) == ""
    assert suspicion(replace(old, seconds=4.0), sources, old.outputs, 0.01) == ""
    assert "shows nothing" in suspicion(old, sources, [() for _ in sources], 60.0)
    assert suspicion(old, [source + " " for source in sources], [() for _ in sources], 60.0) == ""


def test_a_tab_that_lost_all_its_cells_fails_and_keeps_its_runs(
    small: Book, capsys: pytest.CaptureFixture[str]
) -> None:
    root = small.config.root
    for projection in small.projections():
        store.save(small, result_of(projection))
    edit(small, "a/tabs", "#@tab jax\n", "#@tab mxnet\n")
    assert not any(item.backend == "jax" for item in books.load(root).projections())
    assert run(root, "eval", "a/tools") == 1
    assert "config.ini: error: jax has lost all of its cells; 1 runs of it are stored" in capsys.readouterr().err
    assert (root / "static" / "outputs" / "jax" / "a" / "tabs.ipynb").is_file()


def test_a_section_that_one_backend_lost_is_told(small: Book, capsys: pytest.CaptureFixture[str]) -> None:
    root = small.config.root
    path = small.config.source_dir / "a" / "use.md"
    path.write_text(tabbed("用", ("all", "print(2)")), encoding="utf-8")
    for projection in books.load(root).projections():
        store.save(books.load(root), result_of(projection))
    edit(small, "a/use", "#@tab jax\n", "#@tab mxnet\n")
    assert run(root, "eval", "a/tools") == 0
    assert "chapters_md/a/use.md:1: warning: jax has no code here any more" in capsys.readouterr().err
    assert not (root / "static" / "outputs" / "jax" / "a" / "use.ipynb").exists()
