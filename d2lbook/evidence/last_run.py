"""What the last run has changed: the JSON summary of ``eval`` or ``merge``, each run beside what was stored before.

``merge`` keeps it, shortened, in ``static/results/last-run.json``, to be committed with the store that it made; a
summary that stands in the output folder is newer and goes before.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from d2lbook.book.book import Book
from d2lbook.execute.results import Report, Summary, read_report
from d2lbook.files import write_whole

LAST_RUN = "last-run.json"


@dataclass(frozen=True, slots=True)
class Change:
    """One notebook of a run, and what differs from the stored run before."""

    projection: str
    """``backend/docname``."""
    status: str
    """As ``Summary.status``."""
    seconds: float
    memory_mib: float
    device: str = "cpu"
    new: bool = False
    """Nothing was stored before."""
    seconds_before: float = 0.0
    memory_before: float = 0.0
    metrics: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    """Before and now, of those that differ; None: not recorded."""
    same_metrics: int = 0
    """How many metrics are the same to the last digit."""
    versions: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """Before and now, of the packages whose version differs."""
    fault: str = ""
    """``file:line: message`` of what went wrong."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """A run of several notebooks."""

    date: str
    runs: tuple[Change, ...]
    unreached: tuple[str, ...] = ()
    """Projections that were to be run and have no result."""


def change_of(result: Summary) -> Change:
    """Return what a run has changed."""
    old, good = result.before, result.status == "ok"
    fault = result.fault
    found = Change(
        projection=result.projection,
        status=result.status,
        seconds=result.seconds,
        memory_mib=result.memory_mib,
        device=result.device,
        new=old is None,
        fault=f"{fault.path}:{fault.line}: {fault.message}" if fault else "",
    )
    if old is None:
        return found
    names = sorted({*old.metrics, *result.metrics}) if good else []
    differ = [name for name in names if old.metrics.get(name) != result.metrics.get(name)]
    packages = sorted({*old.versions, *result.versions}) if result.versions else []
    changed = {name: (old.versions.get(name, ""), result.versions.get(name, "")) for name in packages}
    return Change(
        **{
            **asdict(found),
            "seconds_before": old.seconds,
            "memory_before": old.memory_mib,
            "metrics": {name: (old.metrics.get(name), result.metrics.get(name)) for name in differ},
            "same_metrics": len(names) - len(differ),
            "versions": {name: pair for name, pair in changed.items() if pair[0] != pair[1]},
        }
    )


def last_run_of(report: Report) -> LastRun:
    """Return what a report tells of changes, by section and backend."""
    runs = sorted((change_of(result) for result in report.results), key=lambda change: change.projection)
    return LastRun(report.date, tuple(runs), tuple(sorted(report.unreached)))


def summary_file(book: Book) -> Path:
    """Return where the summary of the last run on this machine lies."""
    return book.config.output_dir / "results" / "eval.json"


def kept_file(book: Book) -> Path:
    """Return where the last merger's changes are committed."""
    return book.config.results_dir / LAST_RUN


def write_last_run(book: Book, report: Report) -> Path:
    """Keep what a report tells, a line for each run; return the file."""
    run = last_run_of(report)
    rows = ",\n".join(json.dumps(_short(change), ensure_ascii=False) for change in run.runs)
    unreached = json.dumps(run.unreached, ensure_ascii=False)
    text = f'{{"date": "{run.date}", "unreached": {unreached}, "runs": [\n{rows}\n]}}\n'
    return write_whole(kept_file(book), text)


def _short(change: Change) -> dict[str, Any]:
    """Return a change as a table, without what says nothing."""
    empty = asdict(Change("", "", 0.0, 0.0))
    return {name: value for name, value in asdict(change).items() if value != empty[name]}


def last_run(book: Book) -> LastRun | None:
    """Return the last run: that of this machine if its summary tells of any notebook, else the committed one.

    None if there is neither, or none that can be read.
    """
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # none, or of another engine
        report = read_report(summary_file(book))
        if report.results or report.unreached:
            return last_run_of(report)
    with contextlib.suppress(OSError, ValueError):  # which `check` tells
        return read_kept(kept_file(book))
    return None


def read_kept(path: Path) -> LastRun:
    """Return what ``write_last_run`` wrote; OSError or ValueError for another file."""
    try:
        read = json.loads(path.read_text(encoding="utf-8"))
        runs = tuple(Change(**{"seconds": 0.0, "memory_mib": 0.0, **item}) for item in read["runs"])
        return LastRun(str(read["date"]), runs, tuple(read["unreached"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this is no summary of a run ({error})") from None
