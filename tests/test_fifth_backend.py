"""A fifth backend joins a book by a section of the settings and a lock file; nothing of the engine knows its name."""

from __future__ import annotations

import json
import shutil
import zipfile

import pytest

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.evidence import store
from d2lbook.evidence.evaluation import Options, choose, evaluate
from d2lbook.library import library_faults, library_files
from d2lbook.library.contract import contract_faults

from .conftest import ROOT, MakeBook, need_env
from .library_books import REAL_CONFIG, each, make, tabbed

SECTION = """
[backend-numpy]
title = NumPy
module = numpy
packages = numpy
imports = import numpy
"""
CELLS = (
    ("numpy", "import numpy\nfrom d2l import numpy as d2l"),
    *each("def tensor(data):  #@save\n    '''张量。'''\n    return MAKE"),
    ("numpy", "def tensor(data):  #@save\n    '''张量。'''\n    return numpy.array(data)"),
    ("all", "def doubled(data):  #@save\n    '''两倍。'''\n    return d2l.tensor(data) * 2"),
    ("numpy", "d2l.record('total', float(doubled([1., 2.]).sum()))\ndoubled([1., 2.])"),
)
EXPECT = "\n总和是:value:`total:.1f`。\n\n```{.expect}\n5.95 < total < 6.05\n```\n"


@pytest.fixture
def five(make_book: MakeBook) -> Book:
    """Return a book of five backends; the fifth's environment is the base's, which has what its lock pins."""
    need_env("base")
    root = make(make_book, {"a": ["arrays"]}, {"a/arrays": tabbed("数组", *CELLS) + EXPECT})
    (root / "config.ini").write_text(REAL_CONFIG.replace("tabs = ", "tabs = numpy, ") + SECTION, encoding="utf-8")
    shutil.copytree(ROOT / "locks", root / "locks")
    for form in ("in", "txt"):
        name = {"in": "{}.in", "txt": "{}-cpu.txt"}[form]
        shutil.copyfile(root / "locks" / name.format("base"), root / "locks" / name.format("numpy"))
    shutil.copytree(ROOT / "d2l" / "support", root / "d2l" / "support", ignore=shutil.ignore_patterns("__pycache__"))
    (root / "d2l/support/absent.toml").write_text("")
    (root / ".envs").mkdir()
    (root / ".envs/numpy").symlink_to(ROOT / ".envs/base")
    return books.load(root)


def test_it_saves_runs_shows_and_packs(five: Book, capsys: pytest.CaptureFixture[str]) -> None:
    assert [str(fault) for fault in (*five.faults, *library_faults(five))] == []
    assert evaluate(five, choose(five, (), "numpy"), Options(1)) == []
    root = five.config.root
    assert "import numpy" in (root / "d2l/numpy/a.py").read_text()
    (state,) = store.status(five, choose(five, (), "numpy"))
    assert state.state == "fresh"
    stored = json.loads((root / "static/outputs/numpy/a/arrays.ipynb").read_text())
    assert stored["metadata"]["d2l"]["metrics"] == {"total": 6.0}
    assert stored["cells"][-1]["outputs"][-1]["data"]["text/plain"] == ["array([2., 4.])"]
    assert cli.main(["--root", str(root), "html"]) == 0
    page = (root / "_build/html/a/arrays.html").read_text()
    assert 'data-tab="numpy">NumPy</button>' in page and "array([2., 4.])" in page
    assert cli.main(["--root", str(root), "zip", "--tab", "numpy"]) == 0, capsys.readouterr().err
    with zipfile.ZipFile(root / "_build/zip/d2l-numpy.zip") as pack:
        names = {name.removeprefix("d2l-numpy/") for name in pack.namelist()}
        assert {"d2l/numpy/a.py", "a/arrays.ipynb", "requirements.txt"} <= names
        assert not any(name.startswith("d2l/torch") for name in names)


def test_a_backend_in_part_needs_no_reasons_and_leaves_out_what_it_cannot_have(make_book: MakeBook) -> None:
    tensor = "def tensor(data):  #@save\n    '''张量。'''\n    return MAKE"
    mine = "def tensor(data):  #@save\n    '''张量。'''\n    return numpy.array(data)"
    doubled = "def doubled(data):  #@save\n    '''两倍。'''\n    return d2l.tensor(data) * 2"
    many = "def many(data):  #@save\n    '''多次。'''\n    return [d2l.twice(data)]"
    twice = "def twice(data):  #@save\n    '''两次。'''\n    return MAKE"
    first = [("numpy", "import numpy"), *each(tensor), ("numpy", mine), ("all", doubled)]
    second = [*each(twice), ("numpy", "1"), ("all", many)]
    sections = {"a/arrays": tabbed("数组", *first), "a/more": tabbed("更多", *second)}
    root = make(make_book, {"a": ["arrays", "more"]}, sections)
    settings = REAL_CONFIG.replace("tabs = ", "tabs = numpy, ") + SECTION
    (root / "config.ini").write_text(settings, encoding="utf-8")
    book = books.load(root)
    assert [fault.message for fault in library_faults(book)] == [
        "saved code uses d2l.twice, which nobody saved (numpy)"
    ]
    assert "the library of numpy lacks twice" in [fault.message for fault in contract_faults(book)]
    (root / "config.ini").write_text(f"{settings}partial = true\n", encoding="utf-8")
    book = books.load(root)
    assert [*library_faults(book), *contract_faults(book)] == []
    files = library_files(book)
    assert "def tensor" in files["d2l/numpy/a.py"] and "def many" not in files["d2l/numpy/a.py"]
    assert "def many" in files["d2l/torch/a.py"]
    names = json.loads(files["d2l/contract.json"])["names"]
    assert names["twice"]["backends"] == ["pytorch", "tensorflow", "jax", "mxnet"] and "absent" not in names["twice"]
