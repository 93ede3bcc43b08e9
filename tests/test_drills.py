"""A small sample of the drills under ``scripts/tools/drills``; the full runs are for the command line."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from d2lbook.errors import errors_only
from d2lbook.library import code_faults, library_faults, library_files
from scripts.tools.drills import mutations
from scripts.tools.drills.mutations import Ground, Outcome

from .test_markup import PIECES


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    folder = Path(tempfile.mkdtemp())
    yield Ground(folder)
    shutil.rmtree(folder)


def test_mutated_sections_are_clean_or_told_and_lose_no_word() -> None:
    counts, wrong = mutations.drill(range(60), seed=20261121, most=40)
    assert [outcome for _, outcome in wrong] == []
    assert counts["clean"] >= 15


def test_mutated_sections_on_pages_lose_no_word() -> None:
    counts, wrong = mutations.drill_site(24, seed=20261121, most=40)
    assert [outcome for _, outcome in wrong] == []
    assert counts["clean"] >= 3


@pytest.mark.parametrize(
    ("text", "kind", "detail"),
    [
        ("# T qz0000\n\n<div title='qz0001'>\n\nx\n", "clean", ""),
        ("# T qz0000\n\n[qz0001]: x\n[^1]: gone qz0002\n", "told", ""),
        ("# T qz0000\n\n| a |\n|--|\n| b | qz0001 |\n", "told", ""),
        ("# T\n\n```toc\nnowhere qz0000\n```\n", "told", ""),
        ("# T\n\n```{.expect}\nwords qz0000\n```\n", "told", ""),
        ("# T\n\n:begin_tab:`jax`\n```{.python .input}\n#@tab mxnet\nx = 1  # qz0000\n```\n:end_tab:\n", "told", ""),
    ],
)
def test_the_trial_itself_judges_rightly(ground: Ground, text: str, kind: str, detail: str) -> None:
    assert mutations.trial(ground, "ours", text) == Outcome(kind, detail)


def test_the_trial_sees_a_word_that_is_lost(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mutations, "expected", lambda text: {"qz9999"})
    assert mutations.trial(ground, "ours", "# T\n\nwords\n") == Outcome("lost", "qz9999")


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)), st.sampled_from(["ours", "old"]))
def test_any_text_goes_through_projection_and_library_without_an_exception(
    ground: Ground, text: str, home: str
) -> None:
    book = ground.book(home, text)
    faults = [*book.faults, *library_faults(book), *code_faults(book)]
    assert all(str(fault) for fault in faults)
    if not errors_only(faults):
        library_files(book)
