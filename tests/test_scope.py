"""What a run of the tests looks at: the chapters and pages of a change, and another sample for each commit."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from scripts.tools import scope
from scripts.tools.scope import Change, change

from .conftest import ROOT

CHAPTERS = ["linear-classification", "linear-regression", "preliminaries"]


def git(root: Path, *words: str) -> None:
    names = ["-c", "user.name=t", "-c", "user.email=t@example.org"]
    subprocess.run(["git", "-C", str(root), *names, *words], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("path", "chapters"),
    [
        ("chapters_md/preliminaries/ndarray.md", ["preliminaries"]),
        ("static/outputs/jax/linear-regression/linear-regression.ipynb", ["linear-regression"]),
        ("d2l/torch/linear_classification.py", ["linear-classification"]),
        ("tests/parity/cases_preliminaries.py", ["preliminaries"]),
        ("tests/parity/oracles_classification.py", ["linear-classification"]),
        ("tests/parity/compare.py", CHAPTERS),
        ("d2l/support/registry.py", CHAPTERS),
        ("locks/jax-cpu.txt", CHAPTERS),
        ("d2lbook/site/builder.py", []),
        ("d2l/torch/__init__.py", []),
        ("chapters_md/index.md", []),
    ],
)
def test_a_path_belongs_to_its_chapter(path: str, chapters: list[str]) -> None:
    assert Change(frozenset({path})).chapters(CHAPTERS) == chapters


def test_a_page_is_touched_by_its_text_its_outputs_and_its_pictures() -> None:
    texts = {"a/x": "![](../../static/img/p.svg)", "a/y": "", "b/z": "", "index": ""}
    paths = {"static/img/p.svg", "static/outputs/jax/b/z.ipynb", "chapters_md/index.md", "README.md"}
    assert Change(frozenset(paths)).pages(texts) == ["a/x", "b/z", "index"]


def test_a_change_is_what_the_branch_did_and_what_is_not_committed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("D2L_BASE", raising=False)
    git(tmp_path, "init", "--quiet", "--initial-branch", "main")
    for name in ("one", "two"):
        (tmp_path / name).write_text("1\n")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "--quiet", "-m", name)
    change.cache_clear()
    assert change(tmp_path).paths == {"two"}  # on main: the last commit
    git(tmp_path, "checkout", "--quiet", "-b", "work")
    for name in ("three", "four"):
        (tmp_path / name).write_text("1\n")
        git(tmp_path, "add", ".")
        git(tmp_path, "commit", "--quiet", "-m", name)
    (tmp_path / "one").write_text("2\n")
    (tmp_path / "five").write_text("1\n")
    change.cache_clear()
    assert change(tmp_path).paths == {"three", "four", "one", "five"}
    change.cache_clear()


def test_a_sample_is_another_for_each_commit_and_a_full_run_takes_all(monkeypatch: pytest.MonkeyPatch) -> None:
    items = [f"page {place}" for place in range(100)]
    monkeypatch.setattr(scope, "FULL", False)
    monkeypatch.setattr(scope, "seed", lambda: "one")
    first = scope.sample(items, 25, "x")
    assert len(first) == 25 and first == sorted(first, key=items.index) and scope.sample(items, 25, "x") == first
    assert scope.sample(items, 25, "y") != first
    monkeypatch.setattr(scope, "seed", lambda: "two")
    assert scope.sample(items, 25, "x") != first
    assert (
        set(scope.chosen(items, ["page 3"], 2, "x")) >= {"page 3"} and len(scope.chosen(items, ["page 3"], 2, "x")) == 3
    )
    monkeypatch.setattr(scope, "FULL", True)
    assert scope.chosen(items, [], 25, "x") == items


@pytest.mark.parametrize(("environment", "kept"), [({"D2L_BASE": "HEAD"}, False), ({"D2L_FULL": "1"}, True)])
def test_cases_of_chapters_that_nobody_touched_are_left_out(
    tmp_path: Path, environment: dict[str, str], kept: bool
) -> None:
    """Twelve chapters of one test each, in a repository of its own, with this repository's conftest and scope."""
    chapters = [f"chapter-{place:02d}" for place in range(12)]
    for name in chapters:
        (tmp_path / "chapters_md" / name).mkdir(parents=True)
        (tmp_path / "chapters_md" / name / "index.md").write_text("# T\n", encoding="utf-8")
    for name in ("scripts/__init__.py", "scripts/tools/__init__.py", "scripts/tools/scope.py", "tests/conftest.py"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / "tests/__init__.py").touch()
    (tmp_path / "tests/test_x.py").write_text(
        "import pytest\n\n\n"
        f"NAMES = {chapters}\n\n\n"
        "@pytest.mark.parametrize('name', [pytest.param(n, marks=[pytest.mark.chapter(name=n)]) for n in NAMES])\n"
        "def test_x(name):\n    pass\n\n\ndef test_y():\n    pass\n"
    )
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "a book")
    (tmp_path / "chapters_md/chapter-07/index.md").write_text("# U\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--collect-only", "tests/test_x.py"]
    clean = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), **environment}
    said = subprocess.run(command, cwd=tmp_path, env=clean, capture_output=True, text=True, check=True).stdout
    found = [line.partition("[")[2].rstrip("]") for line in said.splitlines() if "::test_x[" in line]
    assert "test_y" in said and "chapter-07" in found
    assert len(found) == (12 if kept else 1 + scope.CHAPTERS)
