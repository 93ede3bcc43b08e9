"""Killed runs: a sample of ``scripts/tools/drills/kills.py``, which kills at every operation; see there."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.tools.drills.kills import SECTIONS, drill

from .conftest import need_env


@pytest.mark.backend
def test_a_killed_run_leaves_a_whole_store_and_the_next_one_completes(tmp_path: Path) -> None:
    need_env("base")
    outcome, kinds = drill(tmp_path / "book", points=(24, 40), kills=1, interrupts=0, seed=1)
    assert outcome.faults == []
    assert outcome.kills == 3 and sum(outcome.whole.values()) == 3 * len(SECTIONS)
    assert "broken" not in outcome.whole and outcome.whole.get("absent", 0) >= 1
    assert min(kinds[kind] for kind in ("open", "write", "rename", "sync")) >= len(SECTIONS)
