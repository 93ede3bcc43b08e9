"""Takes in what other checkouts have run: shards of a CI matrix, workers of a cluster.

A stored run is taken only if it was run from the sources that stand here: its digest must be this book's. What failed
is kept and reported as if it had run here.
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.errors import Fault, errors_only
from d2lbook.evidence import devices, distrust, store
from d2lbook.evidence.distrust import read_report
from d2lbook.evidence.guard import empty_run, remove_orphans
from d2lbook.evidence.last_run import write_last_run
from d2lbook.evidence.stores import DeviceResults, Outputs
from d2lbook.execute.cluster import OUTPUT, STORED
from d2lbook.execute.measured import Measured
from d2lbook.execute.model import Device
from d2lbook.execute.results import Report, Summary, write_report
from d2lbook.files import remove_drafts, write_whole

AGAIN = "run the shard again"


def failed_path(book: Book, key: str) -> Path:
    """Return where the notebook of a failed run is kept."""
    return book.config.output_dir / "failed" / f"{key}.ipynb"


def merge(book: Book, folders: Sequence[Path]) -> list[Fault]:
    """Take in the runs of other checkouts of this book, write one report of all, and return the faults.

    ``folders`` hold what shards leave: checkouts, or what ``--to`` named. A shard that is missing, that ended before
    its last notebook or that ran nothing, a notebook that no shard has run and runs of other sources are faults; what
    is good is taken in all the same. What has changed is noted beside the store, for the site.
    """
    for folder in (book.config.outputs_dir, book.config.results_dir, book.config.output_dir / "failed"):
        remove_drafts(folder)
    faults: list[Fault] = []
    reports: list[Report] = []
    results: dict[str, Summary] = {}
    for folder in folders:
        for report in _reports(book, folder, faults):
            results |= {result.projection: result for result in _take_in(book, folder, report, faults)}
            reports.append(report)
    faults.extend(_missing(reports))
    planned = {key for report in reports for key in report.planned}
    left_out = _left_out(book, reports, planned)
    faults.extend(Fault(path, 1, f"{key}: no shard has run it", "", AGAIN) for key, path in left_out.items())
    if not errors_only(book.faults):
        faults.extend(remove_orphans(book))
    everything = tuple(sorted({*planned, *left_out}))
    forced = any(report.forced for report in reports)
    ordered = tuple(results[key] for key in sorted(results))
    whole = Report(ordered, everything, wanted=len(everything), forced=forced)
    write_report(whole, book.config.output_dir / "results")
    if ordered:
        write_last_run(book, whole)
    print(f"{len(reports)} reports, {len(results)} runs, {sum(item.status == 'ok' for item in results.values())} good")
    return faults


def _reports(book: Book, folder: Path, faults: list[Fault]) -> Iterator[Report]:
    below = _left(book, folder)[0] / "results"
    paths = sorted(below.glob("eval*.json"))
    sharded = [path for path in paths if path.stem != "eval"]
    for path in sharded or paths:
        try:
            yield read_report(path, folder)
        except (OSError, ValueError, KeyError, TypeError) as error:
            faults.append(Fault(str(path), 0, "this is no report of a run", str(error), AGAIN))
    if not paths:
        text = below.relative_to(folder).as_posix()
        faults.append(Fault(str(folder), 0, "no report of a run stands here", text, AGAIN))


def _left(book: Book, folder: Path) -> tuple[Path, Path]:
    """Return the folders, below that of a shard, of what was built and of stored runs."""
    if (folder / OUTPUT).is_dir():
        return folder / OUTPUT, folder / STORED
    root = book.config.root
    return folder / book.config.output_dir.relative_to(root), folder / book.config.outputs_dir.relative_to(root)


def _take_in(book: Book, folder: Path, report: Report, faults: list[Fault]) -> Iterator[Summary]:
    """Take in the runs of a report and yield what became of each."""
    projections = book.by_key
    built, outputs = _left(book, folder)
    for result in report.results:
        projection = projections.get(result.projection)
        if projection is None:
            faults.append(Fault(result.projection, 0, "a run of a section or backend that is not in this book"))
        else:
            told = take_in(book, projection, result, outputs, built / "failed", folder)
            faults.extend([told.fault] if told.fault else [])
            yield told
    name = _name(report)
    if report.planned and not report.results:
        faults.append(Fault(name, 0, f"{name} ran nothing of {len(report.planned)} notebooks", "", AGAIN))
    for key in report.unreached if report.results else ():
        faults.append(Fault(_path(projections.get(key), key), 1, f"{key}: {name} ended before it", "", AGAIN))


def take_in(
    book: Book, projection: Projection, result: Summary, outputs: Path, failed: Path, folder: Path | None = None
) -> Summary:
    """Take in one run from folders of stored and of failed notebooks; return what is to be told of it.

    ``folder`` holds both; what leads out of it is not read.

    A run that is said to be good and cannot be taken is ``refused``, with the fault that says why.
    """
    kept = failed_path(book, projection.key)
    result = distrust.told(projection, replace(result, before=before(book, projection, result.device)))
    if result.status != "ok":
        with contextlib.suppress(OSError, ValueError):
            write_whole(kept, distrust.read_file(failed / f"{projection.key}.ipynb", folder or failed))
        return result
    try:
        elsewhere = devices.path_of(outputs.with_name("results"), result.device, projection.key)
        if elsewhere.is_file():
            found = distrust.read_file(elsewhere, folder or elsewhere.parent)
            DeviceResults(book, result.device).adopt(projection, found)
            return result
        text = distrust.read_file(outputs / f"{projection.key}.ipynb", folder or outputs)
        run = store.read(text)
        if empty := empty_run(book, projection, run.outputs, run.seconds):
            return replace(result, status="empty", fault=empty)
        Outputs(book).adopt(projection, text)
    except OSError:
        fault = Fault(
            projection.path, 1, f"{projection.key}: it is said to have run, and its output is gone", "", AGAIN
        )
        return replace(result, status="refused", fault=fault)
    except ValueError as error:
        fix = "run it from the sources that stand here"
        fault = Fault(projection.path, 1, f"{projection.key}: {error}", "", fix)
        return replace(result, status="refused", fault=fault)
    kept.unlink(missing_ok=True)
    return result


def before(book: Book, projection: Projection, device: str = devices.CPU) -> Measured | None:
    """Return what is stored of a projection, of its run on ``device`` if there is one; None if nothing is."""
    elsewhere, outputs = DeviceResults(book, device), Outputs(book)
    if elsewhere.path(projection).is_file():
        found = elsewhere.load(projection)
        return found.measured if found else None
    found = outputs.load(projection)
    return found.measured if found is not None and found.device == device else None


def _missing(reports: Iterable[Report]) -> Iterator[Fault]:
    """Yield the shards that are not there, or are there more than once, and plans that overlap."""
    plans: dict[str, list[Report]] = {}
    for report in reports:
        if report.shard:
            plans.setdefault(report.plan, []).append(report)
    for number, sharded in enumerate(plans.values()):
        earlier = {key for other in list(plans.values())[:number] for report in other for key in report.planned}
        if earlier & {key for report in sharded for key in report.planned}:
            names = ", ".join(_name(report) for one in plans.values() for report in one)
            yield Fault("--shard", 0, "shards of different runs have notebooks in common", names, AGAIN)
        counts = Counter(report.shard[1] for report in sharded if report.shard)
        count = max(counts, key=lambda number: (counts[number], number))
        for report in sharded:
            if report.shard and report.shard[1] != count:
                yield Fault(_name(report), 0, f"{_name(report)} is of a run in {count} shards", "", AGAIN)
        places = [report.shard[0] for report in sharded if report.shard and report.shard[1] == count]
        tab = sharded[0].tab
        for place in range(1, count + 1):
            if places.count(place) != 1:
                how = "is missing" if place not in places else f"is there {places.count(place)} times"
                where = f"{tab or '--shard'} {place}/{count}"
                yield Fault(where, 0, f"{_shard(tab, (place, count))} {how}", "", AGAIN)


def _left_out(book: Book, reports: Sequence[Report], planned: Iterable[str]) -> Mapping[str, str]:
    """Return the projections that shards together were to run and none planned, each with its file.

    Those are all that are not fresh after the merger; all of the book if fresh ones were to be run too.
    """
    shards = [report for report in reports if report.shard]
    known = set(planned)
    others = [item for item in book.projections() if item.key not in known]
    if not shards or any(report.forced for report in shards):
        return {item.key: item.path for item in others} if shards else {}
    on_gpus: Device = devices.GPU if any(report.device == devices.GPU for report in shards) else devices.CPU
    names = {result.device for report in shards for result in report.results} - {devices.CPU}
    there = [item for item in others if devices.runs_elsewhere(book, item, on_gpus)]
    stores = [DeviceResults(book, name) for name in names]
    found = {state.projection.key for kept in stores for state in kept.states(there) if _fresh(state)}
    here = [item for item in others if item not in there]
    found |= {state.projection.key for state in Outputs(book).states(here) if _fresh(state)}
    return {item.key: item.path for item in others if item.key not in found}


def _fresh(state: store.State) -> bool:
    return state.state == "fresh"


def _shard(tab: str, shard: tuple[int, int]) -> str:
    return " ".join(filter(None, ("shard {} of {}".format(*shard), tab and f"of {tab}")))


def _name(report: Report) -> str:
    return _shard(report.tab, report.shard) if report.shard else "a run"


def _path(projection: Projection | None, key: str) -> str:
    return projection.path if projection else key
