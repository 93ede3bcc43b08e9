"""The pipeline of the workflow ``eval``, run here on a small book: ``scripts/tools/drills/pipeline.py``, see there."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.tools.drills import pipeline

from .conftest import ROOT, MakeBook, need_env
from .library_books import load, section

TABS = ("pytorch", "mxnet")
RECORD = "from d2l import base as d2l\nd2l.record('third', 1 / 3)\nprint(1 / 3)"
FILES = {
    "a/x": section("一", ("pytorch", "print(1)"), ("mxnet", "print(2)"), ("all", "print(2 / 3)")),
    "a/y": section("二", ("pytorch", "print(3)"), ("mxnet", "print(4)")),
    "a/z": section("三", ("all", RECORD)) + "\n```{.expect}\n0.33 < third < 0.34\n```\n",
}


@pytest.fixture
def repository(make_book: MakeBook) -> Path:
    """Return a repository of a small book in two backends, with this repository's engine and workflows."""
    for name in ("base", *TABS):
        need_env(name)
    root = load(make_book, {"a": ["x", "y", "z"]}, FILES).config.root
    for name in ("d2lbook", "scripts", "locks", "d2l/support"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copytree(ROOT / ".github", root / ".github")
    settings = root / "config.ini"
    settings.write_text(
        drop(settings.read_text(), "tensorflow", "jax").replace("pytorch, tensorflow, jax, mxnet", "pytorch, mxnet")
    )
    shutil.copy(ROOT / "Makefile", root)
    (root / ".gitignore").write_text(".envs\n.venv\n_build/\n__pycache__/\n")
    git = ["git", "-C", str(root), "-c", "user.name=t", "-c", "user.email=t@example.org"]
    for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "-m", "a book"]):
        subprocess.run([*git, *words], check=True)
    (root / ".envs").symlink_to(ROOT / ".envs")
    return root


def drop(settings: str, *backends: str) -> str:
    """Return settings without the sections of some backends."""
    parts = settings.split("\n[")
    return "\n[".join(part for part in parts if not part.startswith(tuple(f"backend-{name}]" for name in backends)))


@pytest.mark.backend
def test_shards_in_checkouts_of_their_own_give_the_store_of_one_run(
    repository: Path, tmp_path_factory: pytest.TempPathFactory, capfd: pytest.CaptureFixture[str]
) -> None:
    work = tmp_path_factory.mktemp("work")
    assert pipeline.main([str(work), "--repository", str(repository), "--one-run"]) == 0, capfd.readouterr().err
    told = capfd.readouterr().out
    assert "merge: exit 0" in told and "5 runs of 5 to be compared, 5 good" in told and "0 not fresh" in told
    assert "outputs the same to the last character in 5; metrics: 1 same, 0 close, 0 judged; 0 differences" in told
    assert sorted(path.name for path in (work / "artifacts").iterdir()) == [
        "shard-base-1", "shard-mxnet-1", "shard-mxnet-2", "shard-pytorch-1", "shard-pytorch-2",
    ]  # fmt: skip
    assert (work / "merged/_build/html/results.html").is_file()
    assert "第一次运行" in (work / "merged/_build/html/changes.html").read_text(encoding="utf-8")


def test_the_drill_does_what_the_workflow_says() -> None:
    jobs, uploads = pipeline.workflow(ROOT)
    assert len(jobs) == 9 and {job.tab for job in jobs} == {"pytorch", "tensorflow", "jax", "mxnet", "base"}
    assert {job.shard for job in jobs if job.tab != "base"} == {"1/2", "2/2"} and pipeline.Job("base", "1/1") in jobs
    assert uploads == ["_build/results", "_build/failed", "static/outputs", "static/results"]
