"""Drills of what goes wrong in a divided run: the report names section, backend, cell and error; the rest is kept.

Clusters have theirs in ``test_cluster``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.evidence import store
from d2lbook.evidence.last_run import last_run
from d2lbook.execute.results import read_report

from .conftest import ROOT, MakeBook, need_env
from .library_books import Checkout, checkout_of, edit, load, run, section
from .test_store import result_of

KILLER = """
import os, pathlib, signal
pid = os.getpid()
while b'--shard' not in pathlib.Path(f'/proc/{pid}/cmdline').read_bytes():
    pid = int(pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[1])
os.kill(pid, signal.SIGKILL)
"""
NAMES = ("s0", "s1", "s2", "s3")


@pytest.fixture
def origin(make_book: MakeBook) -> Book:
    need_env("base")
    book = load(make_book, {"a": NAMES}, {f"a/{name}": section(name, ("all", f"print('{name}')")) for name in NAMES})
    shutil.copytree(ROOT / "locks", book.config.root / "locks")
    (book.config.root / ".envs").symlink_to(ROOT / ".envs")
    return book


@pytest.fixture
def checkout(origin: Book, tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return checkout_of(origin, tmp_path_factory)


def stored(book: Book) -> set[str]:
    return {item.key for item in book.projections() if store.load(book, item)}


def merged(book: Book) -> tuple[dict[str, str], dict[str, ET.Element]]:
    """Return statuses by section of the merged report, and what its JUnit file says of those not good."""
    folder = book.config.output_dir / "results"
    suite = ET.parse(folder / "eval.xml").getroot()
    bad = {f"{case.get('classname')}/{case.get('name')}": case[0] for case in suite if len(case)}
    return {result.projection: result.status for result in read_report(folder / "eval.json").results}, bad


@pytest.mark.backend
def test_a_failing_notebook_is_told_with_section_backend_cell_and_error(
    origin: Book, checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(origin, "a/s2", "print('s2')", "x = 0\n1 / x")
    one, two = checkout("one"), checkout("two")
    assert run(one, "eval", "--shard", "1/2") + run(two, "eval", "--shard", "2/2") == 1
    capsys.readouterr()
    assert run(origin.config.root, "merge", str(one), str(two)) == 1
    expected = "chapters_md/a/s2.md:6: error: base: cell-01: ZeroDivisionError: division by zero"
    assert expected in capsys.readouterr().err
    statuses, bad = merged(origin)
    assert statuses == {"base/a/s0": "ok", "base/a/s1": "ok", "base/a/s2": "failed", "base/a/s3": "ok"}
    assert list(bad) == ["base/a/s2"] and bad["base/a/s2"].tag == "failure"
    assert "cell-01: ZeroDivisionError" in str(bad["base/a/s2"].get("message"))
    assert stored(origin) == {"base/a/s0", "base/a/s1", "base/a/s3"}
    assert (origin.config.output_dir / "failed/base/a/s2.ipynb").is_file()
    assert (told := last_run(origin)) is not None and "s2.md:6: base: cell-01: ZeroDivisionError" in told.runs[2].fault


@pytest.mark.backend
def test_a_shard_that_is_killed_in_mid_run_leaves_what_it_had_done(
    origin: Book, checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(origin, "a/s2", "print('s2')", KILLER)
    root = checkout("one")
    command = [sys.executable, "-m", "d2lbook", "--root", root, "eval", "--shard", "1/1", "--jobs", "1"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == -9
    assert run(origin.config.root, "merge", str(root)) == 1
    told = capsys.readouterr().err
    for name in ("s2", "s3"):
        assert f"chapters_md/a/{name}.md:1: error: base/a/{name}: shard 1 of 1 ended before it" in told
    statuses, bad = merged(origin)
    assert statuses == {"base/a/s0": "ok", "base/a/s1": "ok"} and stored(origin) == set(statuses)
    assert {key: element.tag for key, element in bad.items()} == {"base/a/s2": "error", "base/a/s3": "error"}
    assert (run_ := last_run(origin)) is not None and run_.unreached == ("base/a/s2", "base/a/s3")


@pytest.mark.backend
def test_an_artifact_that_is_missing_is_told_with_what_it_should_have_run(
    origin: Book, checkout: Checkout, capsys: pytest.CaptureFixture[str]
) -> None:
    one, two = checkout("one"), checkout("two")
    assert run(one, "eval", "--tab", "base", "--shard", "1/2") == 0
    capsys.readouterr()
    assert run(origin.config.root, "merge", str(one)) == 1
    told = capsys.readouterr().err
    assert "base 2/2: error: shard 2 of 2 of base is missing" in told
    left = {f"base/a/{name}" for name in NAMES} - stored(origin)
    assert 0 < len(left) < len(NAMES)
    assert all(f"chapters_md/{key[5:]}.md:1: error: {key}: no shard has run it" in told for key in left)
    assert set(merged(origin)[1]) == left
    assert run(two, "eval", "--tab", "base", "--shard", "2/2") == 0  # and when it comes after all
    assert run(origin.config.root, "merge", str(one), str(two)) == 0
    assert stored(origin) == {f"base/a/{name}" for name in NAMES}


def test_when_all_shards_of_a_backend_are_missing_its_sections_are_told(
    make_book: MakeBook, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = {"a/x": section("x", ("pytorch", "print(1)"), ("jax", "print(2)"))}
    book = load(make_book, {"a": ["x"]}, files)
    root = book.config.root
    shutil.copytree(ROOT / "locks", root / "locks")
    other = tmp_path / "other" / "book"
    shutil.copytree(root, other, symlinks=True, ignore=shutil.ignore_patterns("other"))
    for projection in book.projections():
        if projection.backend == "pytorch":
            store.save(books.load(other), result_of(projection))
    assert run(other, "eval", "--tab", "pytorch", "--shard", "1/1") == 0  # fresh: it has nothing to run
    assert run(root, "merge", str(other)) == 1
    told = capsys.readouterr().err
    assert "chapters_md/a/x.md:1: error: jax/a/x: no shard has run it" in told


@pytest.mark.backend
def test_a_newer_version_that_breaks_a_section_is_told_and_touches_nothing_stored(
    origin: Book,
) -> None:
    """As ``make newest`` does: another environment in place of the locked one, ``--force`` and ``--to``."""
    root = origin.config.root
    for name, code in (("s0", "import demo\nprint(demo.area(2))"), ("s1", "import demo\nprint(demo.__name__)")):
        edit(origin, f"a/{name}", f"print('{name}')", code)
    settings = root / "config.ini"
    settings.write_text(settings.read_text().replace("packages = numpy, matplotlib", "packages = numpy, demo"))
    lock = root / "locks/base-cpu.txt"
    lock.write_text(lock.read_text() + "demo==1.0\n")
    (root / ".envs").unlink()
    install(root, "1.0", "def area(r):\n    return 3 * r * r\n")
    assert run(root, "eval") == 0
    kept = {path: path.read_bytes() for path in (root / "static").rglob("*.ipynb")}
    install(root, "2.0", "def disc_area(r):\n    return 3 * r * r\n")
    command = [sys.executable, "-m", "d2lbook", "eval", "--force", "--to", "_build/shard"]
    ended = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    message = "chapters_md/a/s0.md:6: error: base: cell-01: AttributeError: module 'demo' has no attribute 'area'"
    assert ended.returncode == 1 and message in ended.stderr, ended.stderr
    report = read_report(root / "_build/shard/results/results/eval.json")
    results = {result.projection: result for result in report.results}
    assert {key: result.status for key, result in results.items()} == {
        "base/a/s0": "failed", "base/a/s1": "ok", "base/a/s2": "ok", "base/a/s3": "ok",
    }  # fmt: skip
    assert {result.versions["demo"] for result in results.values()} == {"2.0"}
    assert (root / "_build/shard/results/failed/base/a/s0.ipynb").is_file()
    assert {path: path.read_bytes() for path in (root / "static").rglob("*.ipynb")} == kept
    assert run(root, "status", "--strict") == 0


def install(root: Path, version: str, code: str) -> None:
    """Make the book's base environment: the real one, with a small package of its own beside."""
    env = root / ".envs" / "base"
    if not env.exists():
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", env], check=True)
    site = next(env.glob("lib/python*/site-packages"))
    real = next((ROOT / ".envs/base/lib").glob("python*/site-packages"))
    (site / "real.pth").write_text(f"{real}\n")
    for old in site.glob("demo*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    (site / "demo.py").write_text(code)
    about = site / f"demo-{version}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: demo\nVersion: {version}\n")
