"""Clusters: a real Ray cluster of several nodes on this machine; what runs where, what is lost, what is reported."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from d2lbook import cli
from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.evidence import store
from d2lbook.execute.cluster import Task, _missing, lacking
from d2lbook.execute.results import read_report

from .conftest import ROOT, MakeBook, need_env
from .library_books import load, section

GPUS = "import os\nprint(os.environ['CUDA_VISIBLE_DEVICES'], 'JAX_PLATFORMS:', os.environ['JAX_PLATFORMS'])"
MORTAL = """
import os, pathlib, time
flag = pathlib.Path('{}')
flag.mkdir(exist_ok=True)
(flag / str(os.getpid())).touch()
while len(list(flag.iterdir())) < 2: time.sleep(0.05)
print('lived')
"""
FATAL = """
import os, pathlib, signal
pid = os.getpid()
while b'ray::' not in pathlib.Path(f'/proc/{pid}/cmdline').read_bytes():
    pid = int(pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[1])
os.kill(pid, signal.SIGKILL)
"""


def need_ray() -> Any:
    """Return the test helper of Ray; where it is absent, skip (or fail where D2L_CI is set)."""
    try:
        from ray import cluster_utils
    except ImportError:
        if os.environ.get("D2L_CI"):
            pytest.fail("needs Ray: make cluster")
        pytest.skip("needs Ray: make cluster")
    return cluster_utils


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """Return a cluster of a head that runs nothing and two machines for a notebook each, one of them with two GPUs."""
    utils = need_ray()
    scratch = Path(tempfile.mkdtemp(prefix="ray-"))  # its sockets' paths must be short
    (scratch / "ray").mkdir()
    os.environ |= {"RAY_USAGE_STATS_ENABLED": "0", "RAY_TMPDIR": str(scratch)}
    common = {"node_ip_address": "127.0.0.2", "object_store_memory": 80 * 2**20, "include_dashboard": False}
    found = utils.Cluster()  # on a loopback address: 127.0.0.1 would be taken for the machine's outward one
    found.add_node(num_cpus=0, **common)
    found.gpus = found.add_node(num_cpus=2, num_gpus=2, memory=8 * 2**30, **common)
    found.plain = found.add_node(num_cpus=2, memory=8 * 2**30, **common)
    yield found
    found.shutdown()
    del os.environ["RAY_TMPDIR"]
    shutil.rmtree(scratch, ignore_errors=True)


@pytest.fixture
def flag(tmp_path: Path) -> Path:
    return tmp_path / "flag"


@pytest.fixture
def small(make_book: MakeBook, flag: Path) -> Book:
    need_env("base")
    files = {
        "a/plain": section("数", ("all", "print(2 / 3)")),
        "a/broken": section("错", ("all", "x = 1"), ("all", "1 / 0")),
        "a/gpus": section("双", ("all", GPUS), front="gpus: 2"),
        "a/many": section("多", ("all", GPUS), front="gpus: 3"),
        "a/mortal": section("一", ("all", MORTAL.format(flag))),
        "a/fatal": section("二", ("all", FATAL)),
    }
    book = load(make_book, {"a": [name.removeprefix("a/") for name in files]}, files)
    shutil.copytree(ROOT / "locks", book.config.root / "locks")
    (book.config.root / ".envs").symlink_to(ROOT / ".envs")
    return book


def run(book: Book, cluster: Any, *names: str) -> int:
    return cli.main(["--root", str(book.config.root), "eval", *names, "--cluster", cluster.address])


def statuses(book: Book) -> dict[str, str]:
    report = read_report(book.config.output_dir / "results" / "eval.json")
    return {result.projection.rpartition("/")[2]: result.status for result in report.results}


def projection(book: Book, name: str) -> Projection:
    return next(item for item in book.projections() if item.docname == name)


@pytest.mark.backend
def test_each_projection_is_a_task_with_its_gpus(small: Book, cluster: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(small, cluster, "a/plain", "a/broken", "a/gpus", "a/many", "a/fatal") == 1
    told = capsys.readouterr()
    assert statuses(small) == {"plain": "ok", "broken": "failed", "gpus": "ok", "many": "deferred", "fatal": "lost"}
    gpus, plain = (store.load(small, projection(small, name)) for name in ("a/gpus", "a/plain"))
    assert gpus is not None and plain is not None
    assert gpus.outputs[0][0]["text"] in ("0,1 JAX_PLATFORMS: \n", "1,0 JAX_PLATFORMS: \n")
    assert plain.outputs[0][0]["text"] == "0.6666666666666666\n"
    assert "base: cell-02: ZeroDivisionError" in told.err
    assert "base: not run: it needs 2 processors, 3 GPUs" in told.err
    assert "a/fatal.md:1: error: base: the machines that ran it went away, twice" in told.err
    assert (small.config.output_dir / "failed" / "base" / "a" / "broken.ipynb").is_file()


@pytest.mark.backend
def test_a_task_whose_machine_goes_away_is_run_once_more_and_told(
    small: Book, cluster: Any, flag: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def end_machine() -> None:
        while not (flag.exists() and list(flag.iterdir())):
            time.sleep(0.05)
        cluster.remove_node(cluster.plain, allow_graceful=False)

    thread = threading.Thread(target=end_machine)
    thread.start()
    assert run(small, cluster, "a/mortal") == 0
    thread.join()
    told = capsys.readouterr()
    assert "the machine that ran it went away, and it was run again" in told.err
    assert statuses(small) == {"mortal": "ok"}


def test_nobody_answers(small: Book, capsys: pytest.CaptureFixture[str]) -> None:
    need_ray()
    assert cli.main(["--root", str(small.config.root), "eval", "a/plain", "--cluster", "127.0.0.1:1"]) == 2
    assert "no Ray cluster answers at 127.0.0.1:1" in capsys.readouterr().err


def test_what_no_machine_has_is_said() -> None:
    machines = [{"CPU": 8.0, "memory": 4 * 2.0**30}, {"CPU": 2.0, "GPU": 1.0, "memory": 64 * 2.0**30}]
    assert lacking(Task("a", (), 2, 1, 30.0), machines) == ""
    named = [machine | {f"node:10.0.0.{number}": 1.0} for number, machine in enumerate(machines)]
    lack = lacking(Task("a", (), 4, 1, 30.0), named)
    assert lack == (
        "it needs 4 processors, 1 GPUs and 30 GiB of memory on one machine: "
        "10.0.0.0 has 0 GPUs, 4 GiB of memory; 10.0.0.1 has 2 processors"
    )
    assert lacking(Task("a", (), 4, 1, 1.0), []).endswith("the cluster has no machine")


def test_a_machine_without_the_repository_is_named_with_what_it_lacks(tmp_path: Path) -> None:
    assert _missing(tmp_path) == str(tmp_path / "config.ini")
    assert _missing(tmp_path / "gone") == str(tmp_path / "gone")
    (tmp_path / "config.ini").touch()
    assert _missing(tmp_path) == ""
