"""From a book to stored outputs: choose what is stale, run it here or elsewhere, store it, judge its metrics.

The place where ``execute`` and ``store`` meet.
"""

from __future__ import annotations

import importlib.util
import math
import os
import re
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import nbformat

from d2lbook.book.book import Book
from d2lbook.book.config import BASE, Config
from d2lbook.book.projection import Projection
from d2lbook.book.resources import resource_files
from d2lbook.errors import BookError, Fault, Severity, UsageError, errors_only, meant
from d2lbook.evidence import devices, store
from d2lbook.evidence.claims import claim_faults
from d2lbook.evidence.guard import empty_run, remove_orphans
from d2lbook.evidence.merging import before, failed_path, take_in
from d2lbook.evidence.seeds import read_runs
from d2lbook.evidence.shards import Share, share_of
from d2lbook.evidence.stores import DeviceResults, Outputs, store_for
from d2lbook.execute.cluster import OUTPUT, STORED, Delivery, Task, run_on_cluster
from d2lbook.execute.host import this_host
from d2lbook.execute.model import THREADS, Device, Job, Result, Status
from d2lbook.execute.progress import listener
from d2lbook.execute.results import Report, Summary, append_result, read_report, summary, write_report
from d2lbook.execute.schedule import in_order, run_jobs
from d2lbook.files import remove_drafts, write_whole
from d2lbook.library.extract import write_library

ROOM = 1.25
"""How much more memory is kept for a run than it took before."""
_MODULE = re.compile(r"^\s*(?:import|from)\s+([\w.]+)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Options:
    """How to evaluate."""

    slots: int | None = None
    """Notebooks at a time, which says how many threads each has; None: what should be done first, and as before."""
    force: bool = False
    """Run fresh ones too."""
    fork: bool = True
    """Fork kernels from a process that has imported the framework."""
    shard: tuple[int, int] | None = None
    """Place, from 1, and number of shards: run only this one's part."""
    cluster: str = ""
    """Address of a Ray cluster; empty: run here."""
    gpus: tuple[str, ...] | None = None
    """Names of the GPUs to use; None: all that this machine has."""
    device: Device = devices.CPU
    """``gpu``: every notebook whose backend can has a GPU, and notes what it measured instead of its outputs."""
    tab: str = ""
    """The backend that was chosen, for the report."""
    library: bool = True
    """Write ``d2l/`` before; not while something of the book's code is wrong."""


DEFAULT = Options()


def choose(
    book: Book, docnames: Sequence[str] = (), tab: str | None = None, alone: bool = False
) -> tuple[Projection, ...]:
    """Return the projections of the sections named (default: every one) in a backend (default: every one).

    A chapter names its sections, the index all of them. With a backend come the sections that need none, unless it is
    to be ``alone``: ``base`` names those. UsageError for a section or backend that doesn't exist, or that is in no
    table of contents.
    """
    names = {name for written in docnames for name in _named(book, written)}
    known = (*book.config.backend_names, BASE, "all")
    if tab is not None and tab not in known:
        raise UsageError(f"unknown tab {tab!r}; known: {', '.join(known)}")
    chosen = [item for item in book.projections() if not names or item.docname in names]
    if tab not in (None, "all"):
        wanted = {BASE} if tab == BASE else {tab} if alone else {tab, BASE}
        chosen = [item for item in chosen if item.backend in wanted]
    return tuple(chosen)


def _named(book: Book, written: str) -> Iterator[str]:
    """Yield what a word names: a section, or a chapter, by its folder or its front page, with all below."""
    source = book.config.source_dir.relative_to(book.config.root).as_posix()
    name = written.removeprefix(f"{source}/").removesuffix(".md").rstrip("/")
    inside = [docname for docname in book.by_name if docname.startswith(f"{name}/")]
    waiting = [name] if name in book.by_name else []
    if not waiting and not inside:
        if (book.config.source_dir / f"{name}.md").is_file():
            chapter = f"{name.rpartition('/')[0]}/{book.config.index}".lstrip("/")
            raise UsageError(f"{name!r} is in no table of contents: list it in {chapter}.md")
        hint = meant(name, book.by_name)
        raise UsageError(f"no section or chapter {name!r}" + (f"; {hint}" if hint else ""))
    yield from inside
    seen = set[str]()
    while waiting:
        docname = waiting.pop()
        if docname not in seen:
            seen.add(docname)
            yield docname
            waiting.extend(book.children[docname])


def modules_of(config: Config, backend: str) -> tuple[str, ...]:
    """Return what the process imports that a backend's kernels are forked from."""
    modules = ("numpy", "matplotlib.pyplot", *_MODULE.findall(config.backend(backend).imports))
    return tuple(dict.fromkeys(modules))


def job_for(
    book: Book, projection: Projection, fork: bool = True, device: Device = devices.CPU, as_before: bool = True
) -> Job:
    """Return the job that runs a projection on a device; BookError if its environment is missing.

    ``as_before``: it must have as many threads as its stored run, since another number gives other last digits.
    """
    config = book.config
    python = config.python(projection.backend)
    if not python.exists():
        name = python.relative_to(config.root).as_posix()
        fix = f"run: d2lbook env make {projection.backend}"
        raise BookError([Fault(name, 0, f"the environment of {projection.backend} is missing", "", fix)])
    if python == Path(sys.executable) and importlib.util.find_spec("ipykernel") is None:
        fix = f"install ipykernel beside d2lbook, or name packages in [backend-{projection.backend}]: d2lbook env make"
        raise BookError([Fault("config.ini", 0, f"nothing says in what {projection.backend} runs", "", fix)])
    backend = config.backend(projection.backend)
    stored = store.load(book, projection)
    asked = float(projection.front.get("memory_gib", 0.0))
    known = stored.threads if stored and as_before and device == devices.CPU else 0
    return Job(
        projection=projection,
        python=python,
        root=config.root,
        modules=modules_of(config, projection.backend) if fork else (),
        packages=backend.packages,
        timeout=float(projection.front.get("timeout", config.timeout)),
        memory_gib=asked or config.memory_gib,
        expected=stored.seconds if stored else 0.0,
        gpus=1 if devices.runs_elsewhere(book, projection, device) else int(projection.front.get("gpus", 0)),
        needs_gib=asked or (stored.memory_mib / 1024 * ROOM if stored else 0.0),
        resources=resource_files(config),
        failed=os.path.relpath(failed_path(book, "x").parent, config.root),
        threads=known or THREADS,
        exactly=known > 0,
    )


def evaluate(book: Book, chosen: Iterable[Projection], options: Options = DEFAULT) -> list[Fault]:
    """Write the library, run what is not fresh, store what ran well, return the faults.

    Failed notebooks are kept under the output folder. A metric outside its band is a fault; the run is stored all the
    same, so that the claim and the output can be looked at together, and every build reports it. A backend without
    its environment is a fault, and stops no other; what this machine cannot run is a warning.
    """
    faults: list[Fault] = []
    for path in write_library(book) if options.library else ():
        print(f"wrote {path.relative_to(book.config.root)}")
    remove_drafts(book.config.outputs_dir)
    remove_drafts(book.config.output_dir / "results")
    remove_drafts(book.config.output_dir, deep=False)
    states = _states(book, tuple(chosen), options)
    for state in states:
        if state.state == "fresh" and not options.force:
            failed_path(book, state.projection.key).unlink(missing_ok=True)
            if state.code_differs:
                store.refresh(book, state.projection)
    if not errors_only(book.faults):  # a section that cannot be read is not gone
        faults.extend(remove_orphans(book))
    share = share_of(book, states, options.shard, options.force, options.device) if options.shard else None
    mine = [state for state in states if share is None or state.projection.key in share.keys]
    wanted = [state.projection for state in mine if options.force or state.state != "fresh"]
    jobs, missing = _jobs(book, wanted, options)
    faults.extend(missing)
    journal = _Journal(book, share, wanted, options)
    run = _run_there if options.cluster else _run_here
    try:
        faults.extend(run(book, jobs, options, journal))
    finally:
        journal.write()
    faults.extend(_claims(book, [job.projection for job in jobs], journal, options))
    return faults


def _claims(book: Book, ran: Sequence[Projection], journal: _Journal, options: Options) -> Iterator[Fault]:
    """Yield the claims that what ran does not bear out."""
    for docname in dict.fromkeys(projection.docname for projection in ran):
        yield from claim_faults(book.section(docname), store.metrics_of(book, docname), read_runs(book.config, docname))
    for projection in ran:
        metrics = journal.metrics(projection.key)
        if metrics and devices.runs_elsewhere(book, projection, options.device):
            seeds = read_runs(book.config, projection.docname)
            yield from claim_faults(book.section(projection.docname), {projection.backend: metrics}, seeds)


def _states(book: Book, chosen: Sequence[Projection], options: Options) -> list[store.State]:
    """Return the states of the projections, on the device on which each is to run."""
    there = [item for item in chosen if devices.runs_elsewhere(book, item, options.device)]
    if not there:
        return list(store.status(book, chosen))
    gpus = this_host(options.gpus).gpus
    elsewhere = DeviceResults(book, gpus[0].name if gpus else "")
    found = {state.projection.key: state for state in elsewhere.states(there)}
    here = [item for item in chosen if item.key not in found]
    found |= {state.projection.key: state for state in Outputs(book).states(here)}
    return [found[item.key] for item in chosen]


def _jobs(book: Book, wanted: Iterable[Projection], options: Options) -> tuple[list[Job], list[Fault]]:
    """Return the jobs that can be run, and the faults of environments that are missing."""
    jobs: list[Job] = []
    faults: dict[Fault, None] = {}
    for projection in wanted:
        try:
            jobs.append(job_for(book, projection, options.fork, options.device, options.slots is None))
        except BookError as error:
            faults |= dict.fromkeys(error.faults)
    return jobs, list(faults)


class _Journal:
    """The report of a run: results are appended as they come, so that they are there whenever the run is killed."""

    def __init__(self, book: Book, share: Share | None, wanted: Sequence[Projection], options: Options) -> None:
        planned = share.keys if share else tuple(projection.key for projection in wanted)
        shard, plan, number = ((share.place, share.number), share.plan, share.wanted) if share else (None, "", 0)
        self._folder = book.config.output_dir / "results"
        about = (options.tab, options.force, options.device)
        self._report = Report((), planned, shard, plan, number or len(planned), *about)
        begun = {projection.key for projection in wanted}
        known = self._noted()
        self._results = {key: known.get(key) or _earlier(book, key) for key in planned if key not in begun}
        self._file = self.write()

    def _noted(self) -> dict[str, Summary]:
        """Return what the same shard noted before it was cut off."""
        try:
            noted = read_report(self._folder / f"{self._report.name}.json")
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        same = self._report.shard and noted.plan == self._report.plan
        return {result.projection: result for result in noted.results if result.status == "ok"} if same else {}

    def add(self, result: Summary) -> None:
        """Note a result."""
        self._results[result.projection] = result
        append_result(result, self._file)

    def metrics(self, key: str) -> Mapping[str, float]:
        """Return what a projection's run recorded."""
        return self._results[key].metrics if key in self._results else {}

    def write(self) -> Path:
        """Write what is known as a whole; return the file."""
        return write_report(replace(self._report, results=tuple(self._results.values())), self._folder)


def _earlier(book: Book, key: str) -> Summary:
    """Return what is stored of a run that this shard did before it was cut off."""
    stored = store.load(book, book.by_key[key])
    return Summary(key, "ok") if stored is None else Summary(key, "ok", **asdict(stored.measured))  # None: elsewhere


def _run_here(book: Book, jobs: Sequence[Job], options: Options, journal: _Journal) -> Iterator[Fault]:
    """Run the jobs on this machine and store each result as it comes."""
    host = this_host(options.gpus) if options.gpus is not None else None
    with listener(len(jobs), sum(job.expected for job in jobs)) as told:
        for ended in run_jobs(jobs, told, options.slots, host):
            result = _sound(book, ended)
            told_of = replace(summary(result), before=before(book, result.job.projection, result.device))
            _keep(book, result, options.device)
            journal.add(told_of)
            if result.fault:
                yield result.fault


def _sound(book: Book, result: Result) -> Result:
    """Return a good result as ``empty`` if it has done nothing."""
    seconds = result.seconds if result.device == devices.CPU else math.inf  # which may well be fifty times as fast
    empty = empty_run(book, result.job.projection, result.outputs, seconds) if result.good else None
    return replace(result, status="empty", fault=empty) if empty else result


def _keep(book: Book, result: Result, device: Device) -> None:
    projection = result.job.projection
    failed = failed_path(book, projection.key)
    if result.good:
        store_for(book, projection, device, result.device).save(result)
        failed.unlink(missing_ok=True)
    elif result.status != "deferred":
        write_whole(failed, nbformat.writes(result.notebook))


def _run_there(book: Book, jobs: Sequence[Job], options: Options, journal: _Journal) -> Iterator[Fault]:
    """Run the jobs on a cluster and store each result as it comes."""
    projections = {job.projection.key: job.projection for job in jobs}
    tasks = [_task(job, options) for job in in_order(jobs)]
    for done, delivery in enumerate(run_on_cluster(book.config.root, tasks, options.cluster) if tasks else (), 1):
        projection = projections[delivery.key]
        for why in delivery.lost[:1]:
            message = f"{projection.backend}: the machine that ran it went away, and it was run again"
            yield Fault(projection.path, 1, message, why, severity="warning")
        with tempfile.TemporaryDirectory(prefix="d2lbook-") as folder:
            for name, text in delivery.files.items():
                write_whole(Path(folder, name), text, durable=False)
            result = _delivered(projection, delivery, Path(folder))
            result = take_in(book, projection, result, Path(folder, STORED), Path(folder, OUTPUT, "failed"))
        journal.add(result)
        if result.fault:
            yield result.fault
        where = f" on {delivery.machine}" if delivery.machine else ""
        print(f"[{done}/{len(tasks)}] {delivery.key}: {result.status} in {result.seconds:.1f} s{where}", flush=True)


def _task(job: Job, options: Options) -> Task:
    projection = job.projection
    tab = () if projection.backend == BASE else ("--tab", projection.backend)
    how = ("--device", options.device, *(() if options.fork else ("--fresh-kernels",)))
    words = (projection.docname, *tab, "--force", "--jobs", "1", *how)
    return Task(projection.key, words, job.threads, job.gpus, job.needs_gib)


def _delivered(projection: Projection, delivery: Delivery, folder: Path) -> Summary:
    """Return what is told of a task that came back, or did not."""
    path = folder / OUTPUT / "results" / "eval.json"
    if path.is_file() and (results := read_report(path).results):
        return results[0]
    status: Status = "died"
    severity: Severity = "error"
    text = delivery.messages.strip()
    message = "the task ended without a result"
    if delivery.impossible:
        status, severity, message = "deferred", "warning", f"not run: {delivery.impossible}"
    elif delivery.lost:
        status, message, text = "lost", "the machines that ran it went away, twice", delivery.lost[-1]
    fault = Fault(projection.path, 1, f"{projection.backend}: {message}", text[-400:], severity=severity)
    return Summary(projection.key, status, fault=fault)


def elsewhere(book: Book, folder: Path) -> Book:
    """Return the book with its outputs and all that is built below ``folder``, as tasks of a cluster leave them."""
    folder = folder.resolve()
    return replace(book, config=replace(book.config, outputs_dir=folder / STORED, output_dir=folder / OUTPUT))


def stored_faults(book: Book) -> Iterator[Fault]:
    """Yield the claims that stored metrics don't bear out, over the whole book."""
    for section in book.sections:
        runs: Mapping[str, Mapping[str, float]] = store.metrics_of(book, section.docname)
        if runs:
            yield from claim_faults(section, runs, read_runs(book.config, section.docname))
