"""Takes in what other checkouts have run: shards of a CI matrix, workers of a cluster.

A stored run is taken only if it was run from the sources that stand here: its digest must be this book's. What failed
is kept and reported as if it had run here. May import every room below ``site``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from d2lbook import store
from d2lbook.book import Book
from d2lbook.errors import Fault
from d2lbook.execute.results import Report, Summary, read_report, write_report
from d2lbook.files import write_whole
from d2lbook.guard import empty_run
from d2lbook.project import Projection

AGAIN = "run the shard again"


def failed_path(book: Book, key: str) -> Path:
    """Return where the notebook of a failed run is kept."""
    return book.config.output_dir / "failed" / f"{key}.ipynb"


def merge(book: Book, folders: Sequence[Path]) -> list[Fault]:
    """Take in the runs of other checkouts of this book, write one report of all, and return the faults.

    ``folders`` hold what shards leave, laid out as in a checkout. A shard that is missing, that ended before its last
    notebook or that ran nothing, and runs of other sources, are faults; what is good is taken in all the same.
    """
    faults: list[Fault] = []
    reports: list[Report] = []
    results: dict[str, Summary] = {}
    for folder in folders:
        for report in _reports(book, folder, faults):
            results |= {result.projection: result for result in _take_in(book, folder, report, faults)}
            reports.append(report)
    faults.extend(_missing(reports))
    planned = tuple(sorted({key for report in reports for key in report.planned}))
    whole = Report(tuple(results[key] for key in sorted(results)), planned, wanted=len(planned))
    write_report(whole, book.config.output_dir / "results")
    print(f"{len(reports)} reports, {len(results)} runs, {sum(item.status == 'ok' for item in results.values())} good")
    return faults


def _reports(book: Book, folder: Path, faults: list[Fault]) -> Iterator[Report]:
    below = book.config.output_dir.relative_to(book.config.root) / "results"
    paths = sorted((folder / below).glob("eval*.json"))
    sharded = [path for path in paths if path.stem != "eval"]
    for path in sharded or paths:
        try:
            yield read_report(path)
        except (OSError, ValueError, KeyError, TypeError) as error:
            faults.append(Fault(str(path), 0, "this is no report of a run", str(error), AGAIN))
    if not paths:
        faults.append(Fault(str(folder), 0, "no report of a run stands here", below.as_posix(), AGAIN))


def _take_in(book: Book, folder: Path, report: Report, faults: list[Fault]) -> Iterator[Summary]:
    """Take in the runs of a report and yield what became of each."""
    projections = {item.key: item for item in book.projections()}
    outputs = folder / book.config.outputs_dir.relative_to(book.config.root)
    failed = folder / book.config.output_dir.relative_to(book.config.root) / "failed"
    for result in report.results:
        projection = projections.get(result.projection)
        if projection is None:
            faults.append(Fault(result.projection, 0, "a run of a section or backend that is not in this book"))
        else:
            taken = take_in(book, projection, result, outputs, failed)
            faults.extend([taken.fault] if taken.fault else [])
            yield taken
    name = _name(report)
    if report.planned and not report.results:
        faults.append(Fault(name, 0, f"{name} ran nothing of {len(report.planned)} notebooks", "", AGAIN))
    for key in report.unreached if report.results else ():
        faults.append(Fault(_path(projections.get(key), key), 1, f"{key}: {name} ended before it", "", AGAIN))


def take_in(book: Book, projection: Projection, result: Summary, outputs: Path, failed: Path) -> Summary:
    """Take in one run from folders of stored and of failed notebooks; return what is to be told of it.

    A run that is said to be good and cannot be taken is ``refused``, with the fault that says why.
    """
    kept = failed_path(book, projection.key)
    if result.status != "ok":
        source = failed / f"{projection.key}.ipynb"
        if source.is_file():
            write_whole(kept, source.read_text(encoding="utf-8"))
        return result
    try:
        text = (outputs / f"{projection.key}.ipynb").read_text(encoding="utf-8")
        run = store.read(text)
        if empty := empty_run(book, projection, run.outputs, run.seconds):
            return replace(result, status="empty", fault=empty)
        store.adopt(book, projection, text)
    except OSError:
        fault = Fault(
            projection.path, 1, f"{projection.key}: it is said to have run, and its output is gone", "", AGAIN
        )
        return replace(result, status="refused", fault=fault)
    except ValueError as error:
        mend = "run it from the sources that stand here"
        fault = Fault(projection.path, 1, f"{projection.key}: {error}", "", mend)
        return replace(result, status="refused", fault=fault)
    kept.unlink(missing_ok=True)
    return result


def _missing(reports: Iterable[Report]) -> Iterator[Fault]:
    sharded = [report for report in reports if report.shard]
    plans = {report.plan for report in sharded}
    if len(plans) > 1:
        yield Fault("--shard", 0, f"shards of {len(plans)} different runs", ", ".join(map(_name, sharded)), AGAIN)
    places = [report.shard[0] for report in sharded if report.shard]
    number = max((report.shard[1] for report in sharded if report.shard), default=0)
    for place in range(1, number + 1):
        if places.count(place) != 1:
            how = "is missing" if place not in places else f"is there {places.count(place)} times"
            yield Fault(f"--shard {place}/{number}", 0, f"shard {place} of {number} {how}", "", AGAIN)


def _name(report: Report) -> str:
    return "shard {} of {}".format(*report.shard) if report.shard else "a run"


def _path(projection: Projection | None, key: str) -> str:
    return projection.path if projection else key
