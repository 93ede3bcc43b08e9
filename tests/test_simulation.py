"""The simulation of the whole book on 1 to 64 GPUs, whose table stands in ``docs/evaluation.md``."""

from __future__ import annotations

import re

from scripts.tools.bench.simulation import GPUS, list_schedule, shards, table

from .conftest import ROOT


def test_the_whole_book_comes_within_a_tenth_of_the_bound() -> None:
    _, *lines = table(seed=0, noise=0.2, start=5.0, machine_start=120.0).splitlines()
    rows = [[float(number) for number in re.findall(r"\(([\d.]+)\)", line)] for line in lines if line.startswith("| ")]
    found = dict(zip(GPUS, rows[1:], strict=True))
    assert all(row[0] <= 1.10 for number, row in found.items() if number <= 32), found
    assert all(row[1] <= 1.10 for number, row in found.items() if number <= 8), found
    assert all(ratio >= 1.0 for row in found.values() for ratio in row)


def test_schedules_of_a_few_runs_by_hand() -> None:
    times = [4.0, 3.0, 3.0, 2.0]
    assert list_schedule(times, times, 2, longest_first=True) == 6.0
    assert list_schedule([2.0, 3.0, 3.0, 4.0], [2.0, 3.0, 3.0, 4.0], 2, longest_first=False) == 7.0
    late = [4.0, 9.0, 3.0, 2.0]  # the second takes three times as long as was expected
    assert shards(times, late, 2) == 12.0
    assert list_schedule(times, late, 2, longest_first=True) == 9.0


def test_the_table_stands_in_the_docs() -> None:
    text = (ROOT / "docs/evaluation.md").read_text(encoding="utf-8")
    head, *_ = table(seed=0, noise=0.2, start=5.0, machine_start=120.0).split(",")
    assert head in text and all(f"| {number} |" in text for number in GPUS)
