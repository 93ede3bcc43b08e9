"""What the last run has changed: the JSON summary of ``eval`` or ``merge``, each run beside what was stored before.

``merge`` keeps it, shortened, in ``static/results/last-run.json``, to be committed with the store that it made; a
summary that stands in the output folder is newer and goes before.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from d2lbook.book.book import Book
from d2lbook.execute.measured import Measured
from d2lbook.execute.model import Status
from d2lbook.execute.results import Report, Summary, read_report
from d2lbook.files import write_whole

T = TypeVar("T")
LAST_RUN = "last-run.json"


@dataclass(frozen=True, slots=True)
class Change:
    """One notebook of a run, beside the stored run before."""

    projection: str
    """Name of the projection, ``backend/docname``."""
    status: Status
    now: Measured
    """The run; of metrics and versions those that differ."""
    before: Measured | None = None
    """The run that was stored before, likewise; None: nothing was."""
    same_metrics: int = 0
    """Number of metrics that are the same to the last digit."""
    fault: str = ""
    """What went wrong, as ``file:line: message``."""

    @property
    def metrics(self) -> dict[str, tuple[float | None, float | None]]:
        """Metrics that differ, before and now; None: not recorded."""
        old = self.before.metrics if self.before else {}
        return {name: (old.get(name), self.now.metrics.get(name)) for name in sorted({*old, *self.now.metrics})}

    @property
    def versions(self) -> dict[str, tuple[str, str]]:
        """Versions that differ, before and now; empty: it had none."""
        old = self.before.versions if self.before else {}
        return {
            name: (old.get(name, ""), self.now.versions.get(name, "")) for name in sorted({*old, *self.now.versions})
        }


@dataclass(frozen=True, slots=True)
class LastRun:
    """A run of several notebooks."""

    date: str
    runs: tuple[Change, ...]
    unreached: tuple[str, ...] = ()
    """Projections that were to be run and have no result."""


def change_of(result: Summary) -> Change:
    """Return what a run has changed."""
    now, old, fault = result.measured, result.before, result.fault
    told = f"{fault.path}:{fault.line}: {fault.message}" if fault else ""
    if old is None:
        return Change(result.projection, result.status, replace(now, metrics={}, versions={}), fault=told)
    metrics = (old.metrics, now.metrics) if result.status == "ok" else ({}, {})
    versions = (old.versions, now.versions) if now.versions else ({}, {})
    before, after = (
        replace(run, metrics=_differing(metrics, place), versions=_differing(versions, place))
        for place, run in enumerate((old, now))
    )
    same = len({*metrics[0], *metrics[1]}) - len({*before.metrics, *after.metrics})
    return Change(result.projection, result.status, after, before, same, told)


def _differing(pair: tuple[Mapping[str, T], Mapping[str, T]], place: int) -> dict[str, T]:
    """Return, of one of two tables, what the other one has not or has otherwise."""
    own, other = pair[place], pair[1 - place]
    return {name: value for name, value in own.items() if name not in other or other[name] != value}


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
    nothing = asdict(Measured())
    table = {name: value for name, value in asdict(change).items() if value not in (None, "", 0)}
    for name in {"now", "before"} & table.keys():
        table[name] = {fact: value for fact, value in table[name].items() if value != nothing[fact]}
    return table


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
        return LastRun(str(read["date"]), tuple(map(_change, read["runs"])), tuple(read["unreached"]))
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"this is no summary of a run ({error})") from None


def _change(table: Mapping[str, Any]) -> Change:
    before = table.get("before")
    nested = {"now": Measured(**table["now"]), "before": None if before is None else Measured(**before)}
    return Change(**{**table, **nested})
