"""How long the whole book takes on 1 to 64 GPUs: ``python -m scripts.tools.bench.simulation``.

A simulation, no measurement: the plan's 209 sections are 671 runs (154 sections in four backends, 55 once). A run
takes what the store recorded for it; one not written yet, what a written one of its kind and class took, drawn by the
seed (the largest class, which no written section has, the 60 s that the book allows). Real times differ from what a
scheduler expects: each is multiplied by exp(N(0, noise)). Three ways to divide the work:

- list: whoever is free takes the longest expected run that is left (``eval`` on one machine, ``--cluster``);
- shards: divided beforehand by expected times (``--shard``), whatever happens then;
- list without order: the runs in the book's order.

Every run pays the start of a fresh kernel; every shard, or machine of a cluster, pays its own start-up once. The lower
bound is the greater of the longest run and the total divided by the GPUs. Prints a table of makespan / lower bound.
"""

from __future__ import annotations

import argparse
import heapq
import json
import math
import random
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from d2lbook.book import book as books
from d2lbook.evidence import store

ROOT = Path(__file__).resolve().parents[3]
GPUS = (1, 2, 4, 8, 16, 32, 64)
LONGEST = 60.0
"""Seconds that a section may take, which the largest classes are taken to need."""


def expected_times(seed: int) -> Mapping[str, float]:
    """Return the expected seconds of each of the plan's runs, by ``backend/section``."""
    book = books.load(ROOT)
    plan = json.loads((ROOT / "static" / "curriculum.json").read_text(encoding="utf-8"))
    known = {item.key: run.seconds for item in book.projections() if (run := store.load(book, item))}
    samples: dict[tuple[str, str], list[float]] = {}
    for key, seconds in known.items():
        backend, _, section = key.partition("/")
        if section in plan:
            samples.setdefault((backend, plan[section]["compute"]), []).append(seconds)
    draw, times = random.Random(seed), dict[str, float]()
    for section, about in plan.items():
        for backend in book.config.backend_names if about["tabs"] == "tabbed" else ("base",):
            key = f"{backend}/{section}"
            pool = samples.get((backend, about["compute"])) or samples.get((backend, "tiny")) or [1.0]
            large = about["compute"] in ("medium", "gpu")
            times[key] = known.get(key, LONGEST if large else draw.choice(sorted(pool)))
    return times


def list_schedule(expected: Sequence[float], real: Sequence[float], machines: int, *, longest_first: bool) -> float:
    """Return the makespan when a free machine takes the next run."""
    order = sorted(range(len(expected)), key=lambda run: -expected[run]) if longest_first else range(len(expected))
    free = [0.0] * machines
    for run in order:
        heapq.heappush(free, heapq.heappop(free) + real[run])
    return max(free)


def shards(expected: Sequence[float], real: Sequence[float], machines: int) -> float:
    """Return the makespan when the runs are divided beforehand, longest first, each to the lightest share."""
    heap = [(0.0, machine) for machine in range(machines)]
    spent = [0.0] * machines
    for run in sorted(range(len(expected)), key=lambda run: -expected[run]):
        weight, machine = heapq.heappop(heap)
        heapq.heappush(heap, (weight + expected[run], machine))
        spent[machine] += real[run]
    return max(spent)


def table(seed: int, noise: float, start: float, machine_start: float) -> str:
    """Return the table as markdown."""
    times = list(expected_times(seed).values())
    draw = random.Random(seed + 1)
    expected = [seconds + start for seconds in times]
    real = [seconds * math.exp(draw.gauss(0, noise)) + start for seconds in times]
    lines = [
        f"{len(times)} runs, {sum(real) / 3600:.2f} h in all, the longest {max(real):.0f} s; a kernel starts in "
        f"{start:g} s ({len(times) * start / sum(real):.0%} of all), a machine in {machine_start:g} s; noise {noise:g}",
        "",
        "| GPUs | lower bound | list, longest first | shards | list, the book's order | with machines' start |",
        "|--:|--:|--:|--:|--:|--:|",
    ]
    for machines in GPUS:
        bound = max(max(real), sum(real) / machines)
        ways = (
            list_schedule(expected, real, machines, longest_first=True),
            shards(expected, real, machines),
            list_schedule(expected, real, machines, longest_first=False),
            list_schedule(expected, real, machines, longest_first=True) + machine_start,
        )
        cells = " | ".join(f"{way / 60:.1f} min ({way / bound:.2f})" for way in ways)
        lines.append(f"| {machines} | {bound / 60:.1f} min | {cells} |")
    return "\n".join(lines)


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--noise", type=float, default=0.2, help="of the logarithm of real over expected (0.2)")
    parser.add_argument("--start", type=float, default=5.0, help="seconds in which a fresh kernel starts (5)")
    parser.add_argument("--machine-start", type=float, default=120.0, help="seconds in which a machine is ready (120)")
    given = parser.parse_args()
    print(table(given.seed, given.noise, given.start, given.machine_start))
    return 0


if __name__ == "__main__":
    sys.exit(main())
