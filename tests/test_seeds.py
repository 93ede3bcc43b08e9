"""Runs under several seeds: made with real kernels, kept with the digest of what ran, stale when the code changes."""

from __future__ import annotations

import json
import shutil

import pytest

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.evidence import seeds, store
from d2lbook.evidence.evaluation import Options, choose, evaluate, stored_faults
from d2lbook.evidence.reseeding import reseeded, run_seeds
from d2lbook.evidence.verification import verify
from d2lbook.execute.host import this_host

from .conftest import ROOT, MakeBook, need_env
from .library_books import load, section

CODE = """\
import random
from d2l import base as d2l
def seed_all(seed):
    random.seed(seed)
seed_all(7)
d2l.record('draw', random.random())
d2l.record('fixed', 2)"""
TEXT = section("抽签", ("all", CODE)) + "\n平均是:value:`draw @ seeds mean:.3f`。\n"


@pytest.fixture
def book(make_book: MakeBook) -> Book:
    """Return a book of one section that draws a number, and its environment."""
    need_env("base")
    root = load(make_book, {"a": ["draw"]}, {"a/draw": TEXT}).config.root
    shutil.copytree(ROOT / "locks", root / "locks")
    shutil.copytree(ROOT / "d2l" / "support", root / "d2l" / "support", ignore=shutil.ignore_patterns("__pycache__"))
    (root / ".envs").symlink_to(ROOT / ".envs")
    return books.load(root)


def run(book: Book, *numbers: int) -> seeds.Seeded:
    """Run under the seeds, and return what is noted."""
    assert run_seeds(book, choose(book, ["a/draw"]), numbers, 1) == []
    return seeds.read(book.config, "a/draw")["base"]


def states(book: Book) -> list[str]:
    return [item.state for item in seeds.states(books.load(book.config.root))]


def drawn(seed: int) -> float:
    """Return what the section draws."""
    import random

    return round(random.Random(seed).random(), 6)


@pytest.mark.backend
def test_runs_keep_what_ran_and_go_stale_with_the_code(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    assert states(book) == ["missing"]
    found = run(book, 0, 1)
    assert found.metrics == {"draw": (drawn(7), drawn(1007)), "fixed": (2.0, 2.0)}
    assert found.seeds == (0, 1) and found.digest and found.date and "processors" in found.machine
    assert found.device == "cpu" and "numpy" in found.versions
    assert states(book) == ["fresh"]
    assert list(seeds.seed_faults(book)) == []

    more = run(book, 2)
    assert more.metrics["draw"] == (drawn(7), drawn(1007), drawn(2007)) and more.seeds == (0, 1, 2)

    path = book.config.source_dir / "a/draw.md"
    path.write_text(TEXT.replace("'fixed', 2", "'fixed', 3"), encoding="utf-8")
    assert states(book) == ["stale"]
    (fault,) = seeds.seed_faults(books.load(book.config.root))
    assert fault.severity == "warning" and fault.text == "base stale"
    assert cli.main(["--root", str(book.config.root), "status", "--strict"]) == 1
    assert "seeds of a/draw (base): stale: the code or its versions have changed; its text reads them" in (
        capsys.readouterr().out
    )
    other = run(books.load(book.config.root), 1)
    assert other.seeds == (1,) and other.metrics == {"draw": (drawn(1007),), "fixed": (3.0,)}


@pytest.mark.backend
def test_runs_that_are_compared_have_as_many_threads(book: Book) -> None:
    path = book.config.source_dir / "a/draw.md"
    counted = "d2l.record('threads', int(__import__('os').environ['OMP_NUM_THREADS']))"
    path.write_text(section("抽签", ("all", CODE.replace("d2l.record('fixed', 2)", counted))), encoding="utf-8")
    book = books.load(book.config.root)
    chosen = choose(book, ["a/draw"])
    most = min(2, this_host(()).count)
    for slots, threads in ((this_host(()).count, 1), (1, most)):
        assert evaluate(book, chosen, Options(slots, force=True)) == []
        (stored,) = (store.load(book, projection) for projection in chosen)
        assert stored and stored.threads == stored.metrics["threads"] == threads
        assert evaluate(book, chosen, Options(force=True)) == []  # as before, whatever else is to be done
        assert store.metrics_of(book, "a/draw")["base"]["threads"] == threads
        found = run(book, 0, 1)
        assert found.threads == threads and found.metrics["threads"] == (threads, threads)
        assert found.seeds == (0, 1)
        assert verify(book) == []


@pytest.mark.backend
def test_the_command_prints_the_spread(book: Book, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--root", str(book.config.root), "seeds", "a/draw", "--seeds", "0-1", "--jobs", "1"]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("draw"))
    low, mean, high = (float(word) for word in line.split()[1:4])
    assert (low, high) == tuple(float(f"{value:.4g}") for value in sorted((drawn(7), drawn(1007))))
    assert low < mean < high


def test_a_file_without_a_digest_is_stale_and_still_read(make_book: MakeBook) -> None:
    book = load(make_book, {"a": ["draw"]}, {"a/draw": TEXT})
    file = seeds.file_of(book.config, "a/draw")
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"metrics": {"base": {"draw": [0.25, 0.5], "late": [1.0]}}}), encoding="utf-8")
    assert [(item.state, item.quoted) for item in seeds.states(book)] == [("stale", True)]
    assert seeds.read_runs(book.config, "a/draw") == {"base": ({"draw": 0.25}, {"draw": 0.5})}
    assert [str(fault) for fault in stored_faults(book)] == []


@pytest.mark.parametrize("text", ["", "[1]", '{"metrics": 3}', "{"])
def test_a_file_that_holds_no_runs_is_none(make_book: MakeBook, text: str) -> None:
    book = load(make_book, {"a": ["draw"]}, {"a/draw": TEXT})
    file = seeds.file_of(book.config, "a/draw")
    file.parent.mkdir(parents=True)
    file.write_text(text, encoding="utf-8")
    assert seeds.read_runs(book.config, "a/draw") == {}


def test_each_run_moves_every_literal_seed(make_book: MakeBook) -> None:
    book = load(make_book, {"a": ["draw"]}, {"a/draw": TEXT})
    (projection,) = choose(book, ["a/draw"])
    assert reseeded(projection, 0) == projection
    assert "seed_all(3007)" in reseeded(projection, 3).cells[0].source


@pytest.mark.backend
def test_answers_run_only_where_their_seeds_are_asked_for(book: Book) -> None:
    answer = (
        "\n:begin_solution:\n\n```{.python .input}\n#@tab all\nd2l.record('late', 5)\n```\n\nTOLD\n:end_solution:\n"
    )
    path = book.config.source_dir / "a/draw.md"
    path.write_text(TEXT + answer.replace("TOLD", ""), encoding="utf-8")
    assert set(run(books.load(book.config.root), 0).metrics) == {"draw", "fixed"}
    path.write_text(TEXT + answer.replace("TOLD", ":value:`late @ seeds mean`"), encoding="utf-8")
    assert set(run(books.load(book.config.root), 0).metrics) == {"draw", "fixed", "late"}
