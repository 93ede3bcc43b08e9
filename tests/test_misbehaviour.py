"""Sections that misbehave, in one run of one book: each is reported as what it is, and the others finish."""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

import nbformat
import psutil
import pytest

from d2lbook.book.book import Book
from d2lbook.evidence import store
from d2lbook.evidence.evaluation import Options, choose, evaluate
from d2lbook.execute.results import read_report

from .conftest import ROOT, MakeBook, need_env
from .library_books import load, section

pytestmark = pytest.mark.backend
BAD = {
    "loops": ("timeout", "it ran longer than its 2 s", "n = 0\nwhile True:\n    n += 1"),
    "leaps": ("memory", "it took more than its 0.5 GiB", "x = b'x' * (2 << 30)\nimport time\ntime.sleep(60)"),
    "grows": (
        "memory",
        "it took more than its 0.5 GiB",
        "held = []\nwhile True:\n    held.append(bytearray(b'x' * 2**25))",
    ),
    "leaves": ("died", "its kernel ended by itself with exit code 0", "import os\nos._exit(0)"),
    "kills": ("died", "ended by SIGKILL from outside", "import os\nos.kill(os.getpid(), 9)"),
    "orphans": ("died", "ended by SIGKILL from outside", "import os, time\nos.kill(os.getppid(), 9)\ntime.sleep(9)"),
    "hides": (
        "memory",
        "it took more than its 0.5 GiB",
        "import subprocess, sys, time\nhog = 'x = bytearray(1 << 30); import time; time.sleep(60)'\n"
        "subprocess.run(['sh', '-c', f'setsid {sys.executable} -c \"{hog}\" > /dev/null 2>&1 &'])\ntime.sleep(60)",
    ),
    "crashes": ("died", "ended by SIGSEGV", "import ctypes\nctypes.string_at(0)"),
    "shouts": ("output", "it printed more than 8,000,000 characters", "print('x' * 200_000_000)"),
    "babbles": (
        "output",
        "it printed more than 8,000,000 characters",
        "for _ in range(2_000_000):\n    print('y' * 99)",
    ),
    "echoes": (
        "output",
        "it printed more than 8,000,000 characters",
        "import subprocess\nsubprocess.run('yes | head -c 200000000', shell=True)",
    ),
}
GOOD = "print('good')"
LASTS = 987.65
"""Seconds that a process would sleep which the good notebooks leave in a session of its own."""
LEAVES = f"import subprocess\nsubprocess.run(['sh', '-c', 'setsid sleep {LASTS} > /dev/null 2>&1 &'])\n{GOOD}"
FRONT = "timeout: {}\nmemory_gib: {}"


@pytest.fixture
def bad(make_book: MakeBook) -> Book:
    need_env("base")
    limits = {
        name: FRONT.format(2 if status == "timeout" else 60, 0.5 if status == "memory" else 4)
        for name, (status, _, _) in BAD.items()
    }
    files = {f"a/{name}": section(name, ("all", GOOD), ("all", BAD[name][2]), front=limits[name]) for name in BAD}
    files |= {f"a/good{number}": section("好", ("all", LEAVES)) for number in range(3)}
    book = load(make_book, {"a": [name.removeprefix("a/") for name in files]}, files)
    shutil.copytree(ROOT / "locks", book.config.root / "locks")
    (book.config.root / ".envs").symlink_to(ROOT / ".envs")
    return book


def test_each_is_reported_as_what_it_is_and_the_others_finish(
    bad: Book, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (scratch := tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    faults = evaluate(bad, choose(bad), Options(slots=2))
    report = read_report(bad.config.output_dir / "results" / "eval.json")
    status = {result.projection.rpartition("/")[2]: result.status for result in report.results}
    assert status == {name: words[0] for name, words in BAD.items()} | dict.fromkeys(("good0", "good1", "good2"), "ok")
    assert len(faults) == len(BAD)
    for name, (_, words, source) in BAD.items():
        (fault,) = (fault for fault in faults if fault.path == f"chapters_md/a/{name}.md")
        assert fault.message.startswith("base: cell-02: ") and words in fault.message, fault
        first = bad.section(f"a/{name}").code[1].line
        assert first <= fault.line < first + len(source.split("\n"))
        kept = bad.config.output_dir / "failed" / "base" / "a" / f"{name}.ipynb"
        notebook = nbformat.read(kept, 4)
        assert notebook.cells[0].outputs[0].text == "good\n"
        assert kept.stat().st_size < 2**26  # 8 million characters; of short lines each takes several times its length
    states = {state.projection.docname: state.state for state in store.status(bad)}
    assert states == {item.docname: "fresh" if "good" in item.docname else "missing" for item in bad.projections()}
    stored = [path for path in bad.config.outputs_dir.rglob("*") if path.is_file()]
    assert len(stored) == 3 and all(json.loads(path.read_text())["cells"] for path in stored)
    assert not list(bad.config.root.rglob("*.draft"))
    assert not list(scratch.iterdir())
    assert not [process for process in psutil.process_iter() if str(LASTS) in " ".join(_words(process))]


def _words(process: psutil.Process) -> list[str]:
    try:
        return list(process.cmdline())
    except psutil.Error:
        return []
