"""A new book from the template is faultless, runs, builds and can be merged."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from d2lbook import cli
from d2lbook.book import book as books

from .conftest import ROOT, need_env


def run(root: Path, *words: str) -> int:
    return cli.main(["--root", str(root), *words])


def git(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    author = ("-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main")
    return subprocess.run(["git", "-C", str(root), *author, *words], capture_output=True, text=True)


@pytest.fixture(params=["en", "zh_CN"])
def begun(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return a new book, with the environment that ``env make`` would make."""
    need_env("base")
    assert run(tmp_path, "init", "my-book", "--title", "Walks", "--lang", request.param) == 0
    root = tmp_path / "my-book"
    (root / ".envs").mkdir()
    (root / ".envs/base").symlink_to(ROOT / ".envs/base")
    return root


def test_a_new_book_is_run_checked_built_and_packed(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (begun / "locks").mkdir()
    (begun / "locks/base-cpu.txt").write_text((ROOT / "locks/base-cpu.txt").read_text())
    assert run(begun, "eval") == 0
    stored = json.loads((begun / "static/outputs/base/first/walk.ipynb").read_text())
    assert stored["metadata"]["d2l"]["metrics"] == {"length": 300.0}
    capsys.readouterr()
    for words in (("check",), ("status", "--strict"), ("html",), ("lib", "--check")):
        assert run(begun, *words) == 0, (words, capsys.readouterr().err)
    assert "warnings" not in capsys.readouterr().err
    page = (begun / "_build/html/first/walk.html").read_text()
    assert ">300<" in page and "walk_length</span>" in page
    assert run(begun, "new", "first/next") == 0
    assert run(begun, "html") == 0


def test_backends_are_filled_in_and_named_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "init", "b", "--tabs", "pytorch, mine") == 0
    config = books.load(tmp_path / "b").config
    assert [(item.name, item.module, item.packages) for item in config.backends] == [
        ("pytorch", "torch", ("torch", "numpy", "matplotlib")),
        ("mine", "mine", ("numpy", "matplotlib")),
    ]
    assert run(tmp_path / "b", "html") == 0
    assert run(tmp_path, "init", "b") == 2
    assert "exists already; nothing was written" in capsys.readouterr().err
    assert run(tmp_path, "init", "c", "--tabs", "base") == 2


def test_the_workflow_deploys_what_was_built(tmp_path: Path) -> None:
    assert run(tmp_path, "init", "b") == 0
    flow = yaml.safe_load((tmp_path / "b/.github/workflows/pages.yml").read_text())
    steps = [step for job in flow["jobs"].values() for step in job["steps"]]
    assert [step["run"] for step in steps if "run" in step][1:] == [
        "d2lbook check",
        "d2lbook status --strict",
        "d2lbook html",
    ]
    assert all(len(step["uses"].partition("@")[2]) == 40 for step in steps if "uses" in step)
    assert flow["jobs"]["deploy"]["permissions"] == {"pages": "write", "id-token": "write"}


@pytest.mark.parametrize("begun", ["en"], indirect=True)
def test_a_merge_takes_the_run_that_the_merged_sources_give(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = begun / "chapters/first/walk.md"
    stored = begun / "static/outputs/base/first/walk.ipynb"
    assert run(begun, "eval") == 0
    for words in (("init",), ("add", "-A"), ("commit", "-qm", "one"), ("checkout", "-qb", "other")):
        assert git(begun, *words).returncode == 0
    page.write_text(
        page.read_text().replace("[0, 100]]", "[0, 100], [0, 0]]").replace("299.99 < length < 300.01", "length > 0")
    )
    assert run(begun, "eval") == 0
    theirs = stored.read_text()
    git(begun, "commit", "-qam", "two")
    git(begun, "checkout", "-q", "main")
    page.write_text(
        page.read_text().replace("[100, 100],", "[90, 100],").replace("299.99 < length < 300.01", "length > 0")
    )
    assert run(begun, "eval") == 0
    git(begun, "commit", "-qam", "three")
    assert git(begun, "merge", "other").returncode == 1
    assert run(begun, "heal") == 1  # the section's own conflict is the author's
    assert "a mark of a merge that was not finished" in capsys.readouterr().err
    git(begun, "checkout", "--theirs", "chapters/first/walk.md")
    git(begun, "add", "chapters/first/walk.md")
    assert run(begun, "heal") == 0
    told = capsys.readouterr().out.splitlines()
    assert told == ["static/outputs/base/first/walk.ipynb: theirs", "0 runs are stale or missing"]
    assert stored.read_text() == theirs
    assert git(begun, "status", "--porcelain").stdout.count("U") == 0
    assert git(begun, "commit", "-qm", "merged").returncode == 0


@pytest.mark.parametrize("begun", ["en"], indirect=True)
def test_where_neither_side_fits_the_run_is_stale(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = begun / "chapters/first/walk.md"
    assert run(begun, "eval") == 0
    for words in (("init",), ("add", "-A"), ("commit", "-qm", "one"), ("checkout", "-qb", "other")):
        git(begun, *words)
    page.write_text(page.read_text().replace("import numpy\n", "import numpy\nother = 1\n"))
    assert run(begun, "eval") == 0
    git(begun, "commit", "-qam", "two")
    git(begun, "checkout", "-q", "main")
    page.write_text(page.read_text().replace("d2l.walk_length(square)\n```", "d2l.walk_length(square) + 0\n```"))
    assert run(begun, "eval") == 0
    git(begun, "commit", "-qam", "three")
    assert git(begun, "merge", "other").returncode == 1
    capsys.readouterr()
    assert run(begun, "heal") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith("ours, which is stale: neither side was run from the merged sources")
    assert told[-1] == "1 runs are stale or missing: d2lbook eval"
    assert run(begun, "eval") == 0
