"""Shards: a run divided among checkouts that know nothing of each other, and one store made of what they ran."""

from __future__ import annotations

import json
import shutil
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.errors import UsageError
from d2lbook.evidence import store
from d2lbook.evidence.shards import read_shard, share_of, weights
from d2lbook.evidence.store import stored_cells
from d2lbook.execute.results import read_report

from .conftest import ROOT, MakeBook, need_env
from .library_books import Checkout, checkout_of, load, run, section, tabbed
from .test_store import result_of

NAMES = [f"s{number}" for number in range(5)]
RECORD = "from d2l import base as d2l\nd2l.record('acc', 0.25)\n"
FILES = {f"a/{name}": section(name, ("all", f"{RECORD}print('{name}', 2 / 3)")) for name in NAMES}


@pytest.fixture
def origin(make_book: MakeBook, tmp_path: Path) -> Book:
    book = load(make_book, {"a": NAMES}, FILES)
    root = book.config.root
    shutil.copytree(ROOT / "locks", root / "locks")
    shutil.copytree(ROOT / "d2l" / "support", root / "d2l" / "support", ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".envs").symlink_to(ROOT / ".envs")
    return book


@pytest.fixture
def checkout(origin: Book, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return checkout_of(origin, tmp_path_factory)


def about(root: Path) -> dict[str, Any]:
    """Return digest, metrics and cells of every stored run, without what differs from run to run."""
    found = {}
    for path in sorted((root / "static" / "outputs").rglob("*.ipynb")):
        meta, cells = stored_cells(path.read_text())
        found[path.stem] = (meta["digest"], meta["parts"], meta["versions"], meta["metrics"], cells)
    return found


# ---- how it is divided ----


@pytest.mark.parametrize("text", ["", "2", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2"])
def test_a_shard_is_written_as_place_and_number(text: str) -> None:
    assert read_shard(" 2/4 ") == (2, 4)
    with pytest.raises(UsageError, match="2/4"):
        read_shard(text)


def test_shards_are_the_whole_and_divide_recorded_times(make_book: MakeBook) -> None:
    names = [f"s{number}" for number in range(6)]
    book = load(make_book, {"a": names}, {f"a/{name}": tabbed(name, ("all", "print(1)")) for name in names})
    shutil.copytree(ROOT / "locks", book.config.root / "locks")
    for number, projection in enumerate(book.projections()):
        store.save(book, replace(result_of(projection), seconds=float(number)))
    states = store.status(book)
    shares = [share_of(book, states, (place, 3), force=True) for place in (1, 2, 3)]
    keys = [key for share in shares for key in share.keys]
    assert sorted(keys) == sorted(item.key for item in book.projections()) and len(set(keys)) == len(keys) == 24
    weight = weights(book, book.projections())
    loads = [sum(weight[key] for key in share.keys) for share in shares]
    assert max(loads) - min(loads) <= max(weight.values()) / 2
    assert len({share.plan for share in shares}) == 1 and {share.wanted for share in shares} == {24}
    assert share_of(book, states, (1, 3)).keys == ()  # all are fresh


def test_what_never_ran_is_thought_to_take_as_long_as_in_other_backends(make_book: MakeBook) -> None:
    book = load(make_book, {"a": ["x", "y"]}, {f"a/{name}": tabbed(name, ("all", "print(1)")) for name in "xy"})
    shutil.copytree(ROOT / "locks", book.config.root / "locks")
    by_key = {item.key: item for item in book.projections()}
    for key, seconds in {"jax/a/x": 30.0, "mxnet/a/x": 10.0, "jax/a/y": 2.0}.items():
        store.save(book, replace(result_of(by_key[key]), seconds=seconds))
    weight = weights(book, book.projections())
    assert (weight["jax/a/x"], weight["pytorch/a/x"], weight["mxnet/a/y"]) == (31.0, 21.0, 3.0)


# ---- two checkouts and their merger ----


@pytest.mark.backend
def test_two_shards_give_the_store_of_one_run(origin: Book, checkout: Checkout) -> None:
    need_env("base")
    roots = [checkout("one"), checkout("two")]
    for place, root in enumerate(roots, 1):
        assert run(root, "eval", "--shard", f"{place}/2") == 0
        stored = about(root)
        assert 0 < len(stored) < len(NAMES)
        report = read_report(root / "_build" / "results" / f"eval-{place}-of-2.json")
        assert {f"base/a/{name}" for name in stored} == set(report.planned) and report.wanted == len(NAMES)
        suite = ET.parse(root / "_build" / "results" / f"eval-{place}-of-2.xml").getroot()
        assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(len(stored)), "0", "0")
    whole = checkout("whole")
    assert run(whole, "eval") == 0
    assert run(origin.config.root, "merge", *map(str, roots)) == 0
    assert about(origin.config.root) == about(whole) and len(about(whole)) == len(NAMES)
    assert run(origin.config.root, "status", "--strict") == 0
    merged = read_report(origin.config.output_dir / "results" / "eval.json")
    assert [result.projection for result in merged.results] == [f"base/a/{name}" for name in NAMES]
    assert not merged.unreached and merged.results[0].metrics == {"acc": 0.25}


@pytest.mark.backend
def test_a_shard_that_was_cut_off_goes_on_with_its_own_share(origin: Book, checkout: Checkout) -> None:
    need_env("base")
    one, two = checkout("one"), checkout("two")
    assert run(one, "eval", "--shard", "1/2") == 0
    share = set(about(one))
    lost = one / "static" / "outputs" / "base" / "a" / f"{min(share)}.ipynb"
    lost.unlink()  # as if it had been killed before that one
    (one / "_build" / "results" / "eval-1-of-2.json").unlink()
    assert run(one, "eval", "--shard", "1/2") == 0
    assert set(about(one)) == share
    report = read_report(one / "_build" / "results" / "eval-1-of-2.json")
    assert not report.unreached and len(report.results) == len(share)
    assert run(two, "eval", "--shard", "2/2") == 0
    assert run(origin.config.root, "merge", str(one), str(two)) == 0
    assert run(origin.config.root, "status", "--strict") == 0


@pytest.mark.backend
def test_what_is_wrong_with_shards_is_told_and_the_rest_is_kept(
    origin: Book, checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    need_env("base")
    root = origin.config.root
    source = origin.config.source_dir / "a" / "s3.md"
    source.write_text(source.read_text().replace("print(", "1 / 0\nprint("))
    one, two, three = checkout("one"), checkout("two"), checkout("three")
    codes = [run(tree, "eval", "--shard", f"{place}/3") for place, tree in enumerate((one, two, three), 1)]
    assert sorted(codes) == [0, 0, 1]
    (failing,) = (tree for code, tree in zip(codes, (one, two, three), strict=True) if code)
    good = [tree for tree in (one, two, three) if tree != failing]

    report_path = next((good[0] / "_build" / "results").glob("eval-*.json"))
    cut = json.loads(report_path.read_text())  # as a shard leaves it that was killed before its last notebook
    left_out = cut["results"].pop()["projection"]
    report_path.write_text(json.dumps(cut))
    capsys.readouterr()
    assert run(root, "merge", str(good[0]), str(failing)) == 1
    told = capsys.readouterr().err
    assert "chapters_md/a/s3.md:7: error: base: cell-01: ZeroDivisionError: division by zero" in told
    assert f"{left_out}: shard" in told and "ended before it" in told
    assert "of 3 is missing" in told
    kept = json.loads((root / "_build" / "failed" / "base" / "a" / "s3.ipynb").read_text())
    assert kept["cells"][0]["outputs"][-1]["ename"] == "ZeroDivisionError"
    expected = {name for tree in (good[0], failing) for name in about(tree)} - {left_out.rpartition("/")[2]}
    assert set(about(root)) == expected


@pytest.mark.backend
def test_runs_of_other_sources_and_folders_without_a_report_are_refused(
    origin: Book, checkout: Checkout, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need_env("base")
    one = checkout("one")
    assert run(one, "eval", "a/s0", "a/s1") == 0
    (one / "static" / "outputs" / "base" / "a" / "s1.ipynb").write_text("{}")
    source = origin.config.source_dir / "a" / "s0.md"
    source.write_text(source.read_text().replace("2 / 3", "1 / 3"))
    (tmp_path / "empty").mkdir()
    capsys.readouterr()
    assert run(origin.config.root, "merge", str(one), str(tmp_path / "empty")) == 1
    told = capsys.readouterr().err
    assert "base/a/s0: it was run from other sources: cell-01 changed" in told
    assert "base/a/s1: this is no stored run" in told
    assert "no report of a run stands here" in told
    assert not about(origin.config.root)


def test_a_shard_that_ran_nothing_is_a_fault(
    origin: Book, checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    one = checkout("one")
    (one / ".envs").unlink()
    assert run(one, "eval", "--shard", "1/1") == 1
    assert run(origin.config.root, "merge", str(one)) == 1
    assert f"shard 1 of 1 ran nothing of {len(NAMES)} notebooks" in capsys.readouterr().err


def test_more_shards_than_notebooks_leave_some_without_work(origin: Book, checkout: Checkout) -> None:
    root = checkout("one")
    shares = [share_of(books.load(root), store.status(books.load(root)), (place, 7)) for place in range(1, 8)]
    assert sorted(len(share.keys) for share in shares) == [0, 0, 1, 1, 1, 1, 1]
    assert [path.stem for path in (root / "_build" / "results").iterdir()] == [f"plan-{shares[0].plan}"]
