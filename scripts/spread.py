"""How much a section's metrics vary with the random seed: the ground of the bands in its ``{.expect}`` fences.

``python -m scripts.spread SECTION [--seeds N] [--tab T …]`` runs the section N times in each backend; in run k every
literal ``seed_all(s)`` reads ``seed_all(s + 1000 k)``, so that run 0 is the section itself. The metrics are written to
``static/results/seeds/SECTION.json``, which is committed, and their ranges are printed. May import ``d2lbook``.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import sys
from dataclasses import replace
from pathlib import Path

from d2lbook.book import book
from d2lbook.book.projection import Projection
from d2lbook.evidence.evaluation import job_for
from d2lbook.execute import progress, schedule

ROOT = Path(__file__).resolve().parents[1]
STEP = 1000
LIMIT = 900.0
"""Seconds for one run: the machine may be busy, and nothing is timed here."""
_SEED = re.compile(r"\bseed_all\((\d+)\)")

Values = dict[str, dict[str, list[float]]]


def reseeded(projection: Projection, run: int) -> Projection:
    """Return the projection with every literal seed moved by ``STEP`` times ``run``."""

    def moved(source: str) -> str:
        return _SEED.sub(lambda match: f"seed_all({int(match[1]) + STEP * run})", source)

    return replace(projection, cells=tuple(replace(cell, source=moved(cell.source)) for cell in projection.cells))


def measure(root: Path, docname: str, runs: int, tabs: list[str]) -> Values:
    """Run the section ``runs`` times in each backend and return backend, metric, and the values run by run."""
    whole = book.load(root)
    chosen = [one for one in whole.projections() if one.docname == docname and (not tabs or one.backend in tabs)]
    if not chosen:
        raise SystemExit(f"no projection of {docname} in {', '.join(tabs) or 'any backend'}")
    found: Values = {}
    for projection in chosen:
        metrics: dict[str, list[float]] = {}
        for run in range(runs):
            job = replace(job_for(whole, reseeded(projection, run), fork=False), timeout=LIMIT, threads=1)
            (result,) = schedule.run_jobs([job], progress.listener(1, 0.0), slots=1)
            if result.fault is not None:
                raise SystemExit(str(result.fault))
            for name, value in result.run.metrics.items():
                metrics.setdefault(name, []).append(round(value, 6))
        found[projection.backend] = metrics
    return found


def report(found: Values) -> str:
    """Return a line per metric: lowest and highest value, and the largest spread over seeds in one backend."""
    lines = [f"{'metric':<20} {'lowest':>10} {'highest':>10} {'sd in a backend':>16}"]
    for name in dict.fromkeys(name for metrics in found.values() for name in metrics):
        columns = [metrics[name] for metrics in found.values() if name in metrics]
        values = [value for column in columns for value in column]
        spread = max(statistics.stdev(column) if len(column) > 1 else 0.0 for column in columns)
        lines.append(f"{name:<20} {min(values):>10.4f} {max(values):>10.4f} {spread:>16.4f}")
    return "\n".join(lines)


def main(words: list[str]) -> int:
    """Measure, write and report."""
    parser = argparse.ArgumentParser(description="run a section under several seeds")
    parser.add_argument("section", help="such as linear-classification/softmax-regression-scratch")
    parser.add_argument("--seeds", type=int, default=3, help="how many (default: 3)")
    parser.add_argument("--tab", action="append", default=[], help="a backend; default: all")
    given = parser.parse_args(words)
    file = ROOT / "static" / "results" / "seeds" / f"{given.section}.json"
    found = measure(ROOT, given.section, given.seeds, given.tab)
    if file.exists():
        found = json.loads(file.read_text(encoding="utf-8"))["metrics"] | found
    file.parent.mkdir(parents=True, exist_ok=True)
    shifts = [STEP * run for run in range(given.seeds)]
    text = json.dumps({"added to each seed": shifts, "metrics": found}, indent=1, sort_keys=True)
    file.write_text(re.sub(r"\n {4,}|\n {3}(?=\])", " ", text) + "\n", encoding="utf-8")
    print(report(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
