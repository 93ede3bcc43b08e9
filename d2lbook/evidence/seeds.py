"""A section's runs under several seeds, as ``static/results/seeds`` holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from d2lbook.book.config import Config

Runs = tuple[Mapping[str, float], ...]
"""The metrics of each run, in the order of the seeds."""


def file_of(config: Config, docname: str) -> Path:
    """Return where a section's runs are noted."""
    return config.results_dir / "seeds" / f"{docname}.json"


def read_runs(config: Config, docname: str) -> dict[str, Runs]:
    """Return a section's runs by backend; none if there is no file, or it holds no runs of whole sections."""
    try:
        found = json.loads(file_of(config, docname).read_text(encoding="utf-8"))
        return {name: _runs(metrics) for name, metrics in found["metrics"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def _runs(metrics: Mapping[str, Any]) -> Runs:
    """Return the runs from the values of each metric, run by run; a metric that some runs lack has no place there."""
    count = max((len(values) for values in metrics.values()), default=0)
    whole = {name: values for name, values in metrics.items() if len(values) == count}
    return tuple({name: float(values[place]) for name, values in whole.items()} for place in range(count))
