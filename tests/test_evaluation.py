"""From a book to stored outputs with real kernels: choosing, running, keeping, judging, running again."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.errors import UsageError
from d2lbook.evidence import store
from d2lbook.evidence.evaluation import Options, choose, evaluate, job_for, stored_faults
from d2lbook.evidence.verification import agree, verify

from .conftest import ROOT, MakeBook, need_env
from .library_books import load, section, tabbed

RECORD = "from d2l import base as d2l\n"
EXPECT = "\n```{.expect}\n0.20 < acc < 0.30\n```\n"
FILES = {
    "a/metrics": section("指标", ("all", RECORD + "d2l.record('acc', 0.25)\nprint('done')")) + EXPECT,
    "a/plain": section("数", ("all", "import math\nprint(f'{math.pi:.3f}')"), ("all", "x = 2  # 二\nx")),
    "a/tabs": tabbed("张量", ("all", "print(1)")),
}


@pytest.fixture
def small(make_book: MakeBook) -> Book:
    book = load(make_book, {"a": ["metrics", "plain", "tabs"]}, FILES)
    root = book.config.root
    shutil.copytree(ROOT / "locks", root / "locks")
    shutil.copytree(ROOT / "d2l" / "support", root / "d2l" / "support", ignore=shutil.ignore_patterns("__pycache__"))
    if (ROOT / ".envs").exists():
        (root / ".envs").symlink_to(ROOT / ".envs")
    return book


@pytest.fixture
def base(small: Book) -> Book:
    """Return the book, with the framework-free environment."""
    need_env("base")
    return small


def again(book: Book) -> Book:
    return books.load(book.config.root)


def edit(book: Book, docname: str, old: str, new: str) -> Book:
    path = book.config.source_dir / f"{docname}.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    return again(book)


def run(book: Book, *docnames: str, tab: str | None = None, force: bool = False) -> list[str]:
    """Evaluate sections and return the faults' messages."""
    return [fault.message for fault in evaluate(book, choose(book, docnames, tab), Options(1, force))]


def dates(book: Book) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in book.config.outputs_dir.rglob("*.ipynb")}


def test_choosing_sections_and_backends(small: Book) -> None:
    keys = [item.key for item in choose(small)]
    assert keys[:2] == ["base/a/metrics", "base/a/plain"] and len(keys) == 6
    assert [item.key for item in choose(small, ["chapters_md/a/tabs.md"], "jax")] == ["jax/a/tabs"]
    assert [item.key for item in choose(small, (), "jax")] == ["base/a/metrics", "base/a/plain", "jax/a/tabs"]
    assert [item.key for item in choose(small, (), "jax", alone=True)] == ["jax/a/tabs"]
    assert [item.key for item in choose(small, (), "base")] == ["base/a/metrics", "base/a/plain"]
    with pytest.raises(UsageError, match="did you mean a/plain"):
        choose(small, ["a/plian"])
    with pytest.raises(UsageError, match="unknown tab"):
        choose(small, (), "torch")


def test_a_missing_environment_is_a_fault_and_stops_no_other(small: Book) -> None:
    envs = small.config.root / ".envs"
    if envs.is_symlink():
        envs.unlink()
    envs.mkdir()
    if (ROOT / ".envs" / "base").exists():
        (envs / "base").symlink_to(ROOT / ".envs" / "base")
    faults = evaluate(small, choose(small, ["a/plain", "a/tabs"]))
    missing = [fault for fault in faults if "environment" in fault.message]
    assert {fault.path for fault in missing} >= {".envs/mxnet/bin/python", ".envs/jax/bin/python"}
    assert all(fault.fix.startswith("run: d2lbook env make ") for fault in missing)
    state = {item.projection.key: item.state for item in store.status(small)}
    assert state["base/a/plain"] == ("fresh" if (ROOT / ".envs" / "base").exists() else "missing")


@pytest.mark.backend
def test_only_what_is_stale_runs(base: Book) -> None:
    assert run(base, "a/metrics", "a/plain") == []
    assert {item.state for item in store.status(base, choose(base, ["a/metrics", "a/plain"]))} == {"fresh"}
    assert store.metrics_of(base, "a/metrics") == {"base": {"acc": 0.25}}
    report = json.loads((base.config.output_dir / "results" / "eval.json").read_text())
    assert [item["projection"] for item in report["results"]] == ["base/a/metrics", "base/a/plain"]
    before = dates(base)
    assert run(again(base), "a/metrics", "a/plain") == [] and dates(base) == before
    assert json.loads((base.config.output_dir / "results" / "eval.json").read_text())["results"] == []
    changed = edit(base, "a/plain", "x = 2", "x = 3")
    assert run(changed, "a/metrics", "a/plain") == []
    after = dates(base)
    assert after["metrics.ipynb"] == before["metrics.ipynb"] and after["plain.ipynb"] != before["plain.ipynb"]
    stored = store.load(changed, choose(changed, ["a/plain"])[0])
    assert stored is not None and stored.outputs[1][0]["data"] == {"text/plain": "3"}


@pytest.mark.backend
def test_a_comment_is_stored_without_a_run(base: Book) -> None:
    assert run(base, "a/plain") == []
    changed = edit(base, "a/plain", "# 二", "# 两个")
    assert run(changed, "a/plain") == []
    assert json.loads((base.config.output_dir / "results" / "eval.json").read_text())["results"] == []
    stored = store.load(changed, choose(changed, ["a/plain"])[0])
    assert stored is not None and stored.sources[1] == "x = 2  # 两个\nx"


@pytest.mark.backend
def test_a_failed_notebook_is_kept_and_the_stored_one_stays(base: Book) -> None:
    assert run(base, "a/plain") == []
    changed = edit(base, "a/plain", "x = 2  # 二\n", "x = 2\nraise ValueError('no')\n")
    assert run(changed, "a/plain") == ["base: cell-02: ValueError: no"]
    kept = base.config.output_dir / "failed" / "base" / "a" / "plain.ipynb"
    cells = json.loads(kept.read_text())["cells"]
    assert any("ValueError" in output.get("ename", "") for output in cells[1]["outputs"])
    stored = store.load(changed, choose(changed, ["a/plain"])[0])
    assert stored is not None and stored.outputs[1][0]["data"] == {"text/plain": "2"}
    assert run(edit(base, "a/plain", "raise ValueError('no')\n", ""), "a/plain") == []
    assert not kept.exists()


@pytest.mark.backend
def test_a_metric_outside_its_band_is_a_fault_and_stored_to_be_looked_at(base: Book) -> None:
    changed = edit(base, "a/metrics", "0.25)", "0.35)")
    assert run(changed, "a/metrics") == ["base: the claim does not hold: acc = 0.35"]
    assert [fault.message for fault in stored_faults(changed)] == ["base: the claim does not hold: acc = 0.35"]
    assert store.metrics_of(changed, "a/metrics") == {"base": {"acc": 0.35}}
    assert cli.main(["--root", str(base.config.root), "eval", "a/plain"]) == 0


@pytest.mark.backend
def test_stored_files_of_what_is_gone_are_removed_unless_the_book_cannot_be_read(base: Book) -> None:
    assert run(base, "a/plain") == []
    path = store.path_of(base, choose(base, ["a/plain"])[0])
    source = base.config.source_dir / "a" / "plain.md"
    text = source.read_text()
    source.unlink()
    assert again(base).faults
    evaluate(again(base), ())
    assert path.exists()
    source.write_text("# 数\n\n只剩文字。\n")
    assert text and not again(base).faults
    evaluate(again(base), ())
    assert not path.exists()


@pytest.mark.backend
def test_limits_come_from_the_front_matter(base: Book) -> None:
    changed = edit(base, "a/plain", "# 数", "---\ntimeout: 30\nmemory_gib: 2\n---\n# 数")
    job = job_for(changed, choose(changed, ["a/plain"])[0])
    assert (job.timeout, job.memory_gib, job.expected) == (30.0, 2.0, 0.0)
    job = job_for(changed, choose(changed, ["a/metrics"])[0])
    assert (job.timeout, job.memory_gib, job.threads) == (changed.config.timeout, changed.config.memory_gib, 2)


@pytest.mark.backend
def test_running_again_finds_what_differs(base: Book, capsys: pytest.CaptureFixture[str]) -> None:
    text = "import uuid\nprint(uuid.uuid4().hex)"
    changed = edit(
        base, "a/plain", "x = 2  # 二\nx", f"{text}\n```\n\n```{{.python .input}}\n#@tab all\n# volatile\n{text}"
    )
    assert run(changed, "a/metrics", "a/plain") == []
    (fault,) = verify(changed, seed=1)
    assert "cell-02 gives another output than the stored one" in fault.message
    assert fault.line == changed.section("a/plain").code[1].line
    assert "2 of 2 fresh runs repeated (seed 0x1), 1 volatile cells passed over" in capsys.readouterr().out
    assert verify(changed, sample=1, seed=2, budget=0.0) == []


@pytest.mark.backend
def test_running_again_finds_a_tampered_output_and_metric(base: Book) -> None:
    assert run(base, "a/metrics", "a/plain") == []
    path = store.path_of(base, choose(base, ["a/plain"])[0])
    path.write_text(path.read_text().replace("3.142", "3.146"))
    assert [fault.message for fault in verify(base)] == ["base: cell-01 gives another output than the stored one"]


@pytest.mark.backend
@pytest.mark.parametrize("backend", ["mxnet", "pytorch", "tensorflow", "jax"])
def test_a_tabbed_section_runs_in_each_backend(small: Book, backend: str) -> None:
    need_env(backend)
    changed = edit(small, "a/tabs", "print(1)", "print(len(d2l.__name__) > 3)")
    assert run(changed, "a/tabs", tab=backend) == []
    stored = store.load(changed, choose(changed, ["a/tabs"], backend)[0])
    assert stored is not None
    assert stored.outputs[1][0] == {"output_type": "stream", "name": "stdout", "text": "True\n"}
    assert set(stored.versions) == set(small.config.backend(backend).packages) and all(stored.versions.values())
    locked = {name: value for name, value in stored.parts.items() if name in stored.versions}
    assert locked == dict(stored.versions)


@pytest.mark.parametrize(
    ("old", "new", "same"),
    [
        ("loss 0.1234", "loss 0.1234", True),
        ("loss 0.123400", "loss 0.123450", True),
        ("loss 0.1234", "loss 0.1250", False),
        ("1.2345e-05", "1.2346e-05", True),
        ("1.00e+03", "1.02e+03", False),
        ("0.12", "0.13", True),
        ("0.12", "0.14", False),
        ("3 of 10", "4 of 10", False),
        ("1000000", "1000001", True),
        ("−1.5", "-1.5", True),
        ("word 1", "words 1", False),
        ("a  b", "a b", True),
        ("1 2", "1", False),
        ("1e-9", "3e-9", True),
        ("nan", "nan", True),
        ("nan", "0.5", False),
    ],
)
def test_texts_that_agree(old: str, new: str, same: bool) -> None:
    assert agree(old, new) is same


def test_stored_files_name_no_folder_of_this_machine() -> None:
    for path in sorted((ROOT / "static" / "outputs").rglob("*.ipynb")):
        text = path.read_text(encoding="utf-8")
        assert str(ROOT) not in text and str(Path.home()) + "/" not in text, path


@pytest.mark.backend
def test_what_failed_is_kept_below_the_output_folder_of_the_settings(base: Book) -> None:
    elsewhere = replace(base.config, output_dir=base.config.root / "made")
    book = replace(base, config=elsewhere)
    (projection,) = choose(book, ["a/plain"])
    assert job_for(book, projection).failed == "made/failed"
    assert job_for(base, projection).failed == "_build/failed"
