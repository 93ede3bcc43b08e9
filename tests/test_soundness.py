"""A fault stops what it touches: prose no library, a broken cell no section that doesn't need it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.evidence.evaluation import choose
from d2lbook.evidence.soundness import sound

from .conftest import ROOT, MakeBook, need_env
from .library_books import section

CONFIG = """\
[project]
name = t
title = T
author = A
copyright = c
lang = zh_CN
[build]
source_dir = chapters_md
outputs_dir = static/outputs
"""
INDEX = "# 书\n\n```toc\n:numbered:\n\na/index\nb/index\n```\n"
SAVES = "def double(x):  #@save\n    '''两倍。'''\n    return 2 * x"
TEXTS = {
    "index": INDEX,
    "a/index": "# 甲\n\n```toc\none\ntwo\n```\n",
    "b/index": "# 乙\n\n```toc\nthree\n```\n",
    "a/one": section("一\n:label:`sec_one`", ("all", SAVES)),
    "a/two": section("二", ("all", "from d2l import base as d2l\nd2l.double(4)")),
    "b/three": section("三", ("all", "1 + 1")),
}


@pytest.fixture
def root(make_book: MakeBook) -> Path:
    """Return a book whose notebooks run in this interpreter's neighbour: it says nothing of environments."""
    found = make_book(TEXTS, CONFIG)
    assert run(found, "lib") == 0
    return found


def run(root: Path, *words: str) -> int:
    return cli.main(["--root", str(root), *words])


def change(root: Path, name: str, old: str, new: str) -> None:
    file = root / "chapters_md" / f"{name}.md"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def runnable(root: Path, *names: str) -> tuple[list[str], list[str]]:
    """Return the sections that would be run, and what is told."""
    book = books.load(root)
    good, faults = sound(book, choose(book, names))
    return [item.docname for item in good], [f"{fault.path}: {fault.message}" for fault in faults]


def test_a_fault_of_prose_stops_no_library(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    change(root, "b/three", "# 三", "# 三\n\n式子$x + 1没有结尾。\n\n##小结\n")
    change(root, "a/one", "2 * x", "x + x")
    assert run(root, "lib") == 1
    assert "a formula that nothing closes" in capsys.readouterr().err
    assert "x + x" in (root / "d2l/base/a.py").read_text()


def test_a_cell_that_is_cut_off_or_a_document_that_is_missing_stops_the_library(root: Path) -> None:
    change(root, "a/one", "2 * x", "x + x")
    change(root, "b/three", "1 + 1\n```", "1 + 1")
    assert run(root, "lib") == 1
    change(root, "b/three", "1 + 1", "1 + 1\n```")
    change(root, "b/index", "three", "three\nfour")
    assert run(root, "lib") == 1
    assert "2 * x" in (root / "d2l/base/a.py").read_text()


def test_sections_that_a_fault_elsewhere_does_not_touch_are_run(root: Path) -> None:
    change(root, "b/three", "1 + 1", "1 +")
    change(root, "b/three", "```\n", "")
    assert runnable(root, "a")[0] == ["a/one", "a/two"]
    assert runnable(root)[0] == ["a/one", "a/two"]


def test_a_section_that_needs_what_changed_waits_until_the_fault_is_mended(root: Path) -> None:
    change(root, "b/three", "1 + 1\n```", "1 + 1")
    change(root, "a/one", "2 * x", "x + x")
    good, told = runnable(root)
    assert good == ["a/one"]  # which has its function in its own cell
    waits = "base is not run: what it reaches of d2l/ waits for the faults told here"
    assert [line for line in told if "not run" in line] == [f"chapters_md/a/two.md: {waits}"]


def test_a_section_whose_function_is_saved_by_the_one_at_fault_waits(root: Path) -> None:
    change(root, "a/one", "def double(x):  #@save", "def double(x:  #@save")
    good, told = runnable(root)
    assert good == ["b/three"]
    assert [line.partition(": ")[0] for line in told] == ["chapters_md/a/one.md", "chapters_md/a/two.md"]


def test_a_book_without_environments_runs_in_the_interpreter_of_d2lbook(root: Path) -> None:
    assert str(books.load(root).config.python("base")) == sys.executable


def test_an_interpreter_that_runs_no_notebooks_is_told(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert run(root, "eval", "b") == 1
    told = capsys.readouterr().err
    assert "nothing says in what base runs" in told and "install ipykernel beside d2lbook" in told
    assert "make " not in told.replace("env make", "")


def test_a_chapter_the_index_or_a_section_may_be_named(root: Path) -> None:
    book = books.load(root)

    def names(*words: str) -> list[str]:
        return [item.docname for item in choose(book, words)]

    assert names("a") == names("a/index") == names("chapters_md/a/") == ["a/one", "a/two"]
    assert names("index") == names() == ["a/one", "a/two", "b/three"]
    assert names("b", "a/two.md") == ["a/two", "b/three"]


def test_a_section_in_no_table_of_contents_is_told_so(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (root / "chapters_md/b/four.md").write_text("# 四\n")
    assert run(root, "eval", "b/four") == 2
    assert "'b/four' is in no table of contents: list it in b/index.md" in capsys.readouterr().err
    assert run(root, "eval", "c") == 2
    assert "no section or chapter 'c'" in capsys.readouterr().err


def test_formulas_that_no_page_can_show_are_told_by_check(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bad = "\n好的$x$。\n坏的$\\frac{1}$。\n\n| 甲 |\n|--|\n| $\\nobody$ |\n\n$$\n\\begin{nothing}\n$$\n"
    change(root, "b/three", "# 三", f"# 三\n{bad}")
    run(root, "check")
    told = [line for line in capsys.readouterr().err.splitlines() if "KaTeX rejects" in line]
    assert [line.partition(": error: KaTeX rejects this formula: ")[0] for line in told] == [
        f"chapters_md/b/three.md:{number}" for number in (4, 8, 10)
    ]


def test_what_uv_says_is_told_without_a_traceback(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = "[backend-base]\npackages = a-package-that-cannot-be==0\n"
    (root / "config.ini").write_text(CONFIG + settings)
    assert run(root, "env", "lock") == 1
    told = capsys.readouterr().err
    assert "base.in could not be compiled" in told and "a-package-that-cannot-be" in told
    assert (root / "locks/base.in").read_text() == "a-package-that-cannot-be==0\nipykernel\nmatplotlib-inline\n"


def test_results_of_sound_sections_are_stored(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    need_env("base")
    (root / ".envs").mkdir()
    (root / ".envs/base").symlink_to(ROOT / ".envs/base")
    change(root, "b/three", "1 + 1\n```", "1 + 1")
    assert run(root, "eval", "a/two") == 1
    stored = json.loads((root / "static/outputs/base/a/two.ipynb").read_text())
    assert stored["cells"][0]["outputs"][0]["data"]["text/plain"] == ["8"]
    assert "this fence is never closed" in capsys.readouterr().err
