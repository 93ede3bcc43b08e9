"""What the last run has changed: from the summary of a run, beside what was stored before."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from d2lbook import cli
from d2lbook.book.book import Book
from d2lbook.errors import Fault
from d2lbook.evidence import devices, store, truth
from d2lbook.evidence.digest import lock_versions
from d2lbook.evidence.last_run import change_of, kept_file, last_run, last_run_of, read_kept, write_last_run
from d2lbook.execute.measured import Measured
from d2lbook.execute.results import Report, Summary, read_report, write_report

from .conftest import ROOT, MakeBook, need_env
from .library_books import load, section, tabbed
from .test_store import result_of

OLD = Measured(
    seconds=4.0, memory_mib=300, date="2026-11-01", versions={"torch": "2.12.0", "numpy": "2.4.6"},
    metrics={"acc": 0.81, "loss": 0.5, "gone": 1.0},
)  # fmt: skip
RAN = Summary(
    "pytorch/a/x", "ok", seconds=8.0, memory_mib=310, versions={"torch": "2.13.0", "numpy": "2.4.6"},
    metrics={"acc": 0.82, "loss": 0.5, "came": 2.0}, before=OLD,
)  # fmt: skip
FAULT = Fault("chapters_md/a/y.md", 12, "jax: cell-02: ValueError: no", "raise ValueError('no')")
FAILED = Summary("jax/a/y", "failed", seconds=0.5, fault=FAULT, before=OLD)


def test_a_run_is_held_against_what_was_stored() -> None:
    change = change_of(RAN)
    assert change.before and (change.before.seconds, change.now.seconds, change.before.memory_mib) == (4.0, 8.0, 300)
    assert change.metrics == {"acc": (0.81, 0.82), "came": (None, 2.0), "gone": (1.0, None)}
    assert change.same_metrics == 1 and change.versions == {"torch": ("2.12.0", "2.13.0")}
    assert change_of(replace(RAN, before=None)).before is None
    failed = change_of(FAILED)
    assert failed.fault == "chapters_md/a/y.md:12: jax: cell-02: ValueError: no"
    assert failed.metrics == {} == failed.versions


def test_a_report_is_read_as_it_was_written_and_kept_as_a_line_a_run(make_book: MakeBook) -> None:
    book = load(make_book, {"a": ["x"]}, {"a/x": section("数", ("all", "print(1)"))})
    report = Report((RAN, FAILED), ("jax/a/y", "mxnet/a/z", "pytorch/a/x"), (1, 2), "p", 3, "jax", True, "gpu")
    path = write_report(report, book.config.output_dir / "results")
    assert path.name == "eval-jax-1-of-2.json" and read_report(path) == report
    kept = write_last_run(book, report)
    assert kept == book.config.root / "static/results/last-run.json"
    told = read_kept(kept)
    assert told.unreached == ("mxnet/a/z",)
    assert [change.projection for change in told.runs] == ["jax/a/y", "pytorch/a/x"]
    assert (
        told.runs[1].metrics["acc"] == (0.81, 0.82)
        and told.runs == last_run_of(report).runs
        and len(kept.read_text().splitlines()) == 4
    )
    assert kept.read_text() == write_last_run(book, report).read_text()


def test_the_summary_of_this_machine_goes_before_the_committed_one(make_book: MakeBook) -> None:
    book = load(make_book, {"a": ["x"]}, {"a/x": section("数", ("all", "print(1)"))})
    assert last_run(book) is None
    write_last_run(book, Report((FAILED,), date="2026-11-02"))
    assert (told := last_run(book)) is not None and told.date == "2026-11-02"
    write_report(Report((), date="2026-11-03"), book.config.output_dir / "results")  # nothing was stale
    assert (told := last_run(book)) is not None and told.date == "2026-11-02"
    write_report(Report((RAN,), date="2026-11-04"), book.config.output_dir / "results")
    assert last_run(book) == last_run_of(Report((RAN,), date="2026-11-04"))
    kept_file(book).write_text("{}")
    (fault,) = truth.unreadable(book)
    assert str(fault).startswith("static/results/last-run.json: error: this is no summary of a run")


@pytest.mark.backend
def test_a_run_notes_what_it_has_changed(make_book: MakeBook) -> None:
    need_env("base")
    code = "from d2l import base as d2l\nd2l.record('acc', 0.25)\nprint(1)"
    book = load(make_book, {"a": ["x"]}, {"a/x": section("数", ("all", code))})
    root = book.config.root
    shutil.copytree(ROOT / "locks", root / "locks")
    shutil.copytree(ROOT / "d2l" / "support", root / "d2l" / "support", ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".envs").symlink_to(ROOT / ".envs")
    assert cli.main(["--root", str(root), "eval"]) == 0
    assert (told := last_run(book)) is not None and told.runs[0].before is None and told.runs[0].now.memory_mib > 1
    source = book.config.source_dir / "a/x.md"
    source.write_text(source.read_text().replace("0.25", "0.35"))
    assert cli.main(["--root", str(root), "eval"]) == 0
    told = last_run(book)
    assert told is not None
    before = told.runs[0].before
    assert before and before.seconds > 0 and told.runs[0].metrics == {"acc": (0.25, 0.35)}


# ---- other devices ----


@pytest.fixture
def tabs(make_book: MakeBook) -> Book:
    book = load(
        make_book, {"a": ["x", "y"]}, {"a/x": tabbed("张量", ("all", "print(1)")), "a/y": section("数", ("all", "1"))}
    )
    shutil.copytree(ROOT / "locks", book.config.root / "locks")
    return book


def test_a_run_on_another_device_leaves_what_it_measured_and_no_output(tabs: Book) -> None:
    by_key = {item.key: item for item in tabs.projections()}
    asked = {key: devices.runs_elsewhere(tabs, item, devices.GPU) for key, item in by_key.items()}
    assert asked == {
        "pytorch/a/x": True,
        "tensorflow/a/x": True,
        "jax/a/x": True,
        "mxnet/a/x": False,
        "base/a/y": False,
    }
    jax = by_key["jax/a/x"]
    assert devices.states(tabs, [jax], "NVIDIA H100")[0].state == "missing"
    pins = lock_versions(tabs.config, "jax")
    assert pins
    result = replace(result_of(jax, metrics={"acc": 0.8}), device="NVIDIA H100", versions=pins, device_mib=511.6)
    path = devices.save(tabs, result)
    assert path == tabs.config.root / "static/results/nvidia-h100/jax/a/x.json"
    run = devices.read(path.read_text())
    assert (run.projection, run.device, run.metrics) == (jax.key, "NVIDIA H100", {"acc": 0.8})
    assert (run.versions, run.device_mib) == (pins, 512)
    assert devices.states(tabs, [jax], "NVIDIA H100")[0].state == "fresh" and devices.files(tabs) == (path,)
    assert store.load(tabs, jax) is None
    path.write_text(path.read_text().replace(run.digest, "0"))
    assert devices.states(tabs, [jax], "NVIDIA H100")[0].state == "stale"
    path.write_text("[]")
    assert "this is no run on a device" in truth.unreadable(tabs)[0].message


@pytest.mark.backend
def test_with_a_gpu_each_notebook_has_one_and_a_shard_of_it_is_merged(make_book: MakeBook, tmp_path: Path) -> None:
    need_env("pytorch")
    show = "import os\nprint(os.environ['CUDA_VISIBLE_DEVICES'])"
    book = load(make_book, {"a": ["x"]}, {"a/x": section("张量", ("pytorch", show))})
    root = book.config.root
    shutil.copytree(ROOT / "locks", root / "locks")
    (root / ".envs").symlink_to(ROOT / ".envs")
    other = tmp_path / "other" / "book"
    shutil.copytree(root, other, symlinks=True, ignore=shutil.ignore_patterns("other"))
    words = ["eval", "--tab", "pytorch", "--device", "gpu", "--gpus", "0", "--shard", "1/1"]  # it is told of a GPU
    assert cli.main(["--root", str(other), *words]) == 0
    assert not list((other / "static/outputs").rglob("*.ipynb"))
    assert cli.main(["--root", str(root), "merge", str(other)]) == 0
    (path,) = devices.files(book)
    assert path.relative_to(root).as_posix() == "static/results/gpu/pytorch/a/x.json"
    assert devices.read(path.read_text()).versions["torch"]
    mine = other / path.relative_to(root)
    before = mine.stat().st_mtime_ns
    assert cli.main(["--root", str(other), *words]) == 0  # nothing is stale
    assert mine.stat().st_mtime_ns == before
