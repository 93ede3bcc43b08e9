"""Claims against a section's runs under several seeds: is the committed run an ordinary one, are bands not too wide?"""

from __future__ import annotations

import ast
import statistics
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from d2lbook.book.book import Book
from d2lbook.errors import Fault, Severity
from d2lbook.evidence import seeds, store
from d2lbook.evidence.claims import ClaimError, comparison, names_in, of_seeds
from d2lbook.evidence.spreads import pooled
from d2lbook.markup.model import Claim, Expect, Section

MOST_SLACK = 4.0
"""Standard deviations that may lie between a claim's bound and the run nearest to it."""
LEAST_SLACK = 0.03
"""A bound as near as this is never too wide."""
MIN_RUNS = 3
MIN_OTHERS = 5
RARE = 0.01
"""How often an ordinary run may be called none: of a normal metric, whatever the number of seeds."""


def spread_faults(book: Book, severity: Severity = "warning") -> Iterator[Fault]:
    """Yield metrics named in prose and claims whose committed value lies outside the spread of their fresh seeds.

    Warnings, and to stay so: an error could be met only by choosing another seed, which would make the runs less honest
    and not more. What prose says of such a metric is to be said of its seeds.
    """
    for section in book.sections:
        for line, message, text in outside(book, section):
            yield Fault(section.path, line, message, text, f"run: d2lbook seeds {section.docname}", severity)


def outside(book: Book, section: Section) -> Iterator[tuple[int, str, str]]:
    """Yield line, message and name of metrics whose committed value lies outside the spread of the other seeds.

    Outside is where one ordinary run in a hundred would lie (``RARE``), judged by Student's t, since the spread of
    few seeds is itself uncertain; those of all backends count together, equal ones once, and fewer than
    ``MIN_OTHERS`` say nothing.
    """
    named = _named(section)
    found = seeds.read(book.config, section.docname) if named else {}
    fresh = {
        projection.backend: found[projection.backend]
        for projection in book.projections(section)
        if projection.backend in found and seeds.state_of(book, projection, found[projection.backend]).state == "fresh"
    }
    runs = store.metrics_of(book, section.docname) if fresh else {}
    for name, line in named.items():
        others = sorted({float(f"{value:.4g}") for seeded in fresh.values() for value in _others(seeded, name)})
        if len(others) < MIN_OTHERS:
            continue
        mean, far = statistics.fmean(others), reach(len(others)) * statistics.stdev(others)
        for backend in fresh:
            value = runs.get(backend, {}).get(name)
            if value is not None and abs(value - mean) > far:
                told = f"{value:.4g} committed, {others[0]:.4g} to {others[-1]:.4g} under {len(others)} other seeds"
                yield line, f"{backend}: the committed run is no ordinary one: {told}", name


def reach(number: int, rare: float = RARE) -> float:
    """Return how many standard deviations of ``number`` other values one more may lie from their mean.

    Student's t by its expansion in 1/degrees of freedom (Abramowitz and Stegun, 26.7.5), to 2% from four on.
    """
    z, free = statistics.NormalDist().inv_cdf(1 - rare / 2), number - 1
    first = (z**3 + z) / 4
    second = (5 * z**5 + 16 * z**3 + 3 * z) / 96
    third = (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384
    student = z + first / free + second / free**2 + third / free**3
    return float(student * (1 + 1 / number) ** 0.5)


def _others(seeded: seeds.Seeded, name: str) -> list[float]:
    """Return a metric's values under all seeds but the section's own."""
    values = seeded.metrics.get(name, ())
    return [value for seed, value in zip(seeded.seeds, values, strict=False) if seed != 0]


@dataclass(frozen=True, slots=True)
class Band:
    """A claim on one metric whose bound lies far beyond every run."""

    line: int
    claim: str
    slack: float
    """Standard deviations between the bound and the run nearest to it."""
    told: str


def wide_bands(book: Book, section: Section) -> Iterator[Band]:
    """Yield claims on one metric whose bound lies far beyond every run under several seeds."""
    runs = seeds.read_runs(book.config, section.docname)
    for block in section.walk():
        for claim in block.claims if isinstance(block, Expect) else ():
            values = pooled(runs, block.tabs if isinstance(block, Expect) else ())
            if band := _slack(claim, values):
                yield band


def _slack(claim: Claim, runs: tuple[Mapping[str, float], ...]) -> Band | None:
    try:
        tree = comparison(claim.text)
        (name,) = names_in(claim.text)
        over = of_seeds(claim.text)
    except (ClaimError, ValueError):
        return None
    values = [run[name] for run in runs if name in run]
    sides = (tree.left, *tree.comparators)
    if over or len(values) < MIN_RUNS or not any(isinstance(side, ast.Name) for side in sides):
        return None
    spread = statistics.stdev(values)
    bounds = [bound for side in sides if (bound := _number(side)) is not None]
    for bound in bounds:
        slack = min(abs(bound - value) for value in values)
        if spread and slack > max(MOST_SLACK * spread, LEAST_SLACK * max(1.0, abs(statistics.fmean(values)))):
            told = f"{bound:g} is {slack / spread:.0f} standard deviations from the nearest of {len(values)} runs"
            return Band(claim.line, claim.text, slack / spread, told)
    return None


def _number(node: ast.expr) -> float | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return float(value) if isinstance(value, int | float) else None


def _named(section: Section) -> dict[str, int]:
    """Return the metrics that prose and claims name, each with a line that does."""
    found: dict[str, int] = {}
    for prose in section.prose:
        for role in prose.roles:
            if role.name == "value" and "@" not in role.value:
                found.setdefault(role.value.partition(":")[0].strip(), role.line)
    for block in section.walk():
        for claim in block.claims if isinstance(block, Expect) else ():
            try:
                found |= {name: claim.line for name in names_in(claim.text) if name not in found}
            except ClaimError:
                continue
    return found
