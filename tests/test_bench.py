"""The benchmark measures what it says: the synthetic book is as heavy as a real one, and the peer is the old tool."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import d2lbook
from d2lbook import site
from d2lbook.book import book as books
from d2lbook.evidence import store
from d2lbook.markup.grammar import new_parser
from d2lbook.markup.names import REFERENCES
from scripts.tools.bench import builds
from scripts.tools.bench.clock import run
from scripts.tools.bench.engines import NotTheOldTool as Wrong
from scripts.tools.bench.engines import Ours, change_words, check_peer, imported
from scripts.tools.bench.synthetic import TABS, Synthetic


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a synthetic book of three sections."""
    root = tmp_path_factory.mktemp("synthetic")
    Synthetic(3).write(root)
    return root


def test_a_synthetic_section_is_as_heavy_as_promised(source: Path) -> None:
    book = books.load(source)
    assert book.faults == ()
    for name in Synthetic(3).names():
        section = book.section(name)
        runs = [store.load(book, item) for item in book.projections(section)]
        assert [item.backend for item in book.projections(section)] == list(TABS)
        assert all(run and len(run.outputs) == 18 and all(run.outputs) for run in runs)
        text = (source / f"{name}.md").read_text(encoding="utf-8")
        tokens = [inner for token in new_parser().parse(text) for inner in (token, *(token.children or ()))]
        assert sum(token.type.startswith("math") for token in tokens) == 40
        assert sum(token.type == "image" for token in tokens) == 2
        assert sum(role.name in REFERENCES for prose in section.prose for role in prose.roles) == 5


def test_the_synthetic_book_is_sound_in_our_engine(source: Path, tmp_path: Path) -> None:
    assert site.build(books.load(source), tmp_path / "html", jobs=1).faults == ()


def test_only_d2lbook_1_0_3_is_taken_for_the_peer(tmp_path: Path) -> None:
    python = Path(sys.executable)
    assert imported(python, tmp_path) == (d2lbook.__version__, Path(d2lbook.__file__))
    with pytest.raises(Wrong, match=r"imports d2lbook \S+ from .*; d2lbook 1\.0\.3 is wanted"):
        check_peer(python, tmp_path)
    with pytest.raises(Wrong, match="imports no d2lbook"):
        check_peer(Path(sys._base_executable), tmp_path)  # type: ignore[attr-defined]


def test_costs_count_what_children_start(tmp_path: Path) -> None:
    burn = "import subprocess, sys; subprocess.run([sys.executable, '-c', 'sum(range(20_000_000))'])"
    nothing, _ = run([sys.executable, "-c", "pass"], tmp_path)
    cost, _ = run([sys.executable, "-c", burn], tmp_path)
    assert cost.cpu > 3 * nothing.cpu
    with pytest.raises(RuntimeError, match="exit 3"):
        run([sys.executable, "-c", "raise SystemExit(3)"], tmp_path)


def test_memory_is_the_commands_own_and_not_of_what_starts_it(tmp_path: Path) -> None:
    held = bytearray(300 * 2**20)
    small, said = run([sys.executable, "-c", "print('small')"], tmp_path)
    large, _ = run([sys.executable, "-c", "bytearray(100 * 2**20)"], tmp_path)
    assert said == "small\n" and len(held) > 0
    assert small.mib < 60 and 100 < large.mib < 160


def test_our_steps_reach_the_page(source: Path, tmp_path: Path) -> None:
    ours = Ours(source, tmp_path)
    name = Synthetic(3).names()[1]
    ours.html()
    change_words(ours.root / f"{name}.md", builds.MARK)
    ours.html()
    assert builds.MARK in ours.page(name) and builds.MARK not in ours.page(Synthetic(3).names()[0])
    assert builds.add_section(ours).cpu > 0
