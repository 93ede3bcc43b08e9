"""What prose and claims ask of a section's runs under several seeds: ``… @ seeds mean``, ``… @ seeds count >= 11``."""

from __future__ import annotations

import re
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast, get_args

from d2lbook.book.config import BASE

STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {
    "mean": statistics.fmean,
    "min": min,
    "max": max,
    "sd": lambda values: statistics.stdev(values) if len(values) > 1 else 0.0,
}
"""What a list of values, one a run, is made to; ``sd`` is the sample's standard deviation."""
_ASKED = re.compile(r"(.*?)@\s*seeds\s+(\w+)\s*(.*?)\s*$", re.S)
How = Literal["all", "count", "mean", "min", "max", "sd"]
"""What is asked of the runs: that each bears it out (``all``), how many do (``count``), or a statistic of them."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What stands behind ``@ seeds``."""

    how: How
    test: str = ""
    """Behind ``count``: an operator and a number."""


def split(written: str) -> tuple[str, Asked | None]:
    """Return an expression and what is asked of its seeds, if anything; ValueError for another word than known."""
    if "@" not in written:
        return written.strip(), None
    found = _ASKED.match(written)
    if found is None or found[2] not in get_args(How) or (found[3] and found[2] != "count"):
        raise ValueError(f"behind @ stands `seeds` and one of {', '.join(get_args(How))}")
    return found[1].strip(), Asked(cast(How, found[2]), found[3])


def pooled(
    seeds: Mapping[str, Sequence[Mapping[str, float]]], tabs: Sequence[str] = ()
) -> tuple[Mapping[str, float], ...]:
    """Return the runs of the backends ``tabs`` (empty: of all) as one sequence."""
    return tuple(run for name, runs in seeds.items() if not tabs or name in (*tabs, BASE) for run in runs)
