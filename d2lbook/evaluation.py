"""From a book to stored outputs: choose what is stale, run it, store it, judge its metrics. And run samples again.

The one place where ``execute`` and ``store`` meet. May import every room below ``site``.
"""

from __future__ import annotations

import contextlib
import difflib
import math
import random
import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import nbformat

from d2lbook import store
from d2lbook.book import Book
from d2lbook.claims import ClaimError, claim_faults, names_in
from d2lbook.errors import BookError, Fault, UsageError, errors_only
from d2lbook.execute.model import Job, Result
from d2lbook.execute.progress import listener
from d2lbook.execute.results import write_results
from d2lbook.execute.schedule import run_jobs
from d2lbook.library.extract import write_library
from d2lbook.markup.model import Expect
from d2lbook.notebook import METRIC, Output
from d2lbook.project import Projection
from d2lbook.training import trained_cells

TOLERANCE = 1e-3
_NUMBER = re.compile(r"[-−+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")
_MODULE = re.compile(r"^\s*(?:import|from)\s+([\w.]+)", re.MULTILINE)


def choose(book: Book, docnames: Sequence[str] = (), tab: str | None = None) -> tuple[Projection, ...]:
    """Return the projections of the sections named (default: every one) in a backend (default: every one).

    UsageError for a section or backend that doesn't exist, or that has no code.
    """
    source = book.config.source_dir.relative_to(book.config.root).as_posix()
    names = [name.removeprefix(f"{source}/").removesuffix(".md") for name in docnames]
    for name in names:
        if name not in book.by_name:
            near = difflib.get_close_matches(name, book.by_name, 1)
            raise UsageError(f"no section {name!r}" + (f"; did you mean {near[0]}?" if near else ""))
    known = (*book.config.backend_names, "all")
    if tab is not None and tab not in known:
        raise UsageError(f"unknown tab {tab!r}; known: {', '.join(known)}")
    chosen = [item for item in book.projections() if not names or item.docname in names]
    if tab not in (None, "all"):
        chosen = [item for item in chosen if item.backend in (tab, "all")]
    return tuple(chosen)


def job_for(book: Book, projection: Projection, fork: bool = True) -> Job:
    """Return the job that runs a projection; BookError if its environment is missing."""
    config = book.config
    python = config.python(projection.backend)
    if not python.exists():
        name = python.relative_to(config.root).as_posix()
        raise BookError([Fault(name, 0, f"the environment of {projection.backend} is missing", "", "run: make envs")])
    backend = config.backend(projection.backend)
    stored = store.load(book, projection)
    modules = ("numpy", "matplotlib.pyplot", *_MODULE.findall(backend.imports))
    return Job(
        projection=projection,
        python=python,
        root=config.root,
        modules=tuple(dict.fromkeys(modules)) if fork else (),
        packages=backend.packages,
        timeout=float(projection.front.get("timeout", config.timeout)),
        memory_gib=float(projection.front.get("memory_gib", config.memory_gib)),
        expected=stored.seconds if stored else 0.0,
    )


def evaluate(
    book: Book, chosen: Iterable[Projection], slots: int | None = None, force: bool = False, fork: bool = True
) -> list[Fault]:
    """Write the library, run what is not fresh (everything if ``force``), store what ran well, return the faults.

    Failed notebooks are kept under the output folder. A metric outside its band is a fault; the run is stored all the
    same, so that the claim and the output can be looked at together, and every build reports it. A backend without
    its environment is a fault, and stops no other.
    """
    for path in write_library(book):
        print(f"wrote {path.relative_to(book.config.root)}")
    states = store.status(book, chosen)
    for state in states:
        if state.state == "fresh" and not force:
            _failed(book, state.projection).unlink(missing_ok=True)
            if state.code_differs:
                store.refresh(book, state.projection)
    if not errors_only(book.faults):  # a section that cannot be read is not gone
        for path in store.orphans(book):
            path.unlink()
            print(f"removed {path.relative_to(book.config.root)}: no section gives it any more")
    wanted = [state.projection for state in states if force or state.state != "fresh"]
    jobs, faults = _jobs(book, wanted, fork)
    faults.extend(fault for result in _run(book, jobs, slots) if (fault := result.fault))
    for docname in dict.fromkeys(job.projection.docname for job in jobs):
        faults.extend(claim_faults(book.section(docname), store.metrics_of(book, docname)))
    return faults


def _jobs(book: Book, wanted: Iterable[Projection], fork: bool) -> tuple[list[Job], list[Fault]]:
    """Return the jobs that can be run, and the faults of environments that are missing."""
    jobs: list[Job] = []
    faults: dict[Fault, None] = {}
    for projection in wanted:
        try:
            jobs.append(job_for(book, projection, fork))
        except BookError as error:
            faults |= dict.fromkeys(error.faults)
    return jobs, list(faults)


def _run(book: Book, jobs: Sequence[Job], slots: int | None) -> list[Result]:
    """Run the jobs, store each result as it comes, and write the summaries, even if interrupted."""
    results: list[Result] = []
    try:
        with listener(len(jobs), sum(job.expected for job in jobs)) as told:
            for result in run_jobs(jobs, told, slots):
                results.append(result)
                _keep(book, result)
    finally:
        write_results(results, book.config.output_dir / "results")
    return results


def _keep(book: Book, result: Result) -> None:
    failed = _failed(book, result.job.projection)
    if result.good:
        store.save(book, result)
        failed.unlink(missing_ok=True)
    else:
        failed.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(result.notebook, failed)


def _failed(book: Book, projection: Projection) -> Path:
    """Return where a failed notebook is kept."""
    return book.config.output_dir / "failed" / f"{projection.key}.ipynb"


def verify(book: Book, sample: int | None = None, seed: int = 0, budget: float = 420.0) -> list[Fault]:
    """Run a seeded sample of fresh projections again, and return where they differ from what is stored.

    Takes projections in seeded order while their recorded seconds fit into ``budget``, at most ``sample`` of them.
    Of cells that train nothing every number must agree to a relative 1e-3 and every word exactly. Cells that train,
    and those that show what training gave, are judged by the recorded metrics: claimed ones by the claims, the others
    to 1e-3 too where no training touched them. Cells marked ``# volatile`` are passed over. All are counted.
    """
    fresh = [state.projection for state in store.status(book) if state.state == "fresh"]
    random.Random(seed).shuffle(fresh)
    jobs: list[Job] = []
    for projection in fresh:
        job = job_for(book, projection)
        if sum(other.expected for other in jobs) + job.expected <= budget and len(jobs) < (sample or len(fresh)):
            jobs.append(job)
    faults: list[Fault] = []
    volatile = trained = 0
    with listener(len(jobs), sum(job.expected for job in jobs)) as told:
        for result in run_jobs(jobs, told, 1):
            projection = result.job.projection
            volatile += sum(cell.volatile for cell in projection.cells)
            trained += len(_trained(projection))
            faults.extend([result.fault] if result.fault else _differences(book, result))
            metrics = {projection.backend: result.run.metrics} if result.good else {}
            faults.extend(claim_faults(book.section(projection.docname), metrics))
    passed = f"{volatile} volatile cells passed over, {trained} of training judged by their metrics"
    print(f"{len(jobs)} of {len(fresh)} fresh runs repeated (seed {seed:#x}), {passed}")
    return faults


def _trained(projection: Projection) -> frozenset[int]:
    return trained_cells([cell.source for cell in projection.cells])


def _differences(book: Book, result: Result) -> Iterator[Fault]:
    projection = result.job.projection
    stored = store.load(book, projection)
    assert stored is not None
    trained, judged = _trained(projection), _claimed(book, projection)
    pairs = zip(projection.cells, stored.outputs, result.run.outputs, strict=True)
    for place, (cell, old, new) in enumerate(pairs):
        if cell.volatile or place in trained:
            continue
        before, after = _shown(old, judged), _shown(new, judged)
        if not agree(before, after):
            message = f"{projection.backend}: {cell.id} gives another output than the stored one"
            text = f"{before[:200]!r} → {after[:200]!r}"
            yield Fault(projection.path, cell.line, message, text, "seed it, or mark the cell `# volatile`")


def _claimed(book: Book, projection: Projection) -> frozenset[str]:
    """Return the metrics of a section that claims speak of; a claim that cannot be read is a fault elsewhere."""
    names: set[str] = set()
    for block in book.section(projection.docname).walk():
        for claim in block.claims if isinstance(block, Expect) else ():
            with contextlib.suppress(ClaimError):
                names.update(names_in(claim.text))
    return frozenset(names)


def _shown(outputs: Sequence[Output], judged: Container[str]) -> str:
    """Return the text that a cell shows, and the metrics that it records but those that are ``judged`` by claims.

    Pictures and standard error are left out.
    """
    texts = []
    for output in outputs:
        data = output.get("data", {})
        if output["output_type"] == "stream" and output["name"] == "stdout":
            texts.append(output["text"])
        elif METRIC in data and data[METRIC]["name"] in judged:
            continue
        elif METRIC in data:
            texts.append(f"{data[METRIC]['name']} = {data[METRIC]['value']!r}")
        elif data and not any(kind.startswith("image/") for kind in data):
            texts.append(str(data.get("text/plain", "")))
    return "\n".join(texts)


def agree(old: str, new: str, tolerance: float = TOLERANCE) -> bool:
    """Tell whether two texts have the same words, and numbers equal to a relative ``tolerance``.

    A number printed with decimals may also differ by one unit of its last place: that is how a rounding falls.
    """
    if _NUMBER.sub("#", old).split() != _NUMBER.sub("#", new).split():
        return False
    pairs = zip(_NUMBER.findall(old), _NUMBER.findall(new), strict=True)
    return all(_close(a.replace("−", "-"), b.replace("−", "-"), tolerance) for a, b in pairs)


def _close(old: str, new: str, tolerance: float) -> bool:
    unit = max(_last_place(old), _last_place(new))
    return math.isclose(float(old), float(new), rel_tol=tolerance, abs_tol=max(unit * 1.001, 1e-6))


def _last_place(number: str) -> float:
    """Return the unit of a printed number's last decimal; 0 for a number without decimals."""
    mantissa, _, exponent = number.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals) if decimals else 0.0


def stored_faults(book: Book) -> Iterator[Fault]:
    """Yield the claims that stored metrics don't bear out, over the whole book."""
    for section in book.sections:
        runs: Mapping[str, Mapping[str, float]] = store.metrics_of(book, section.docname)
        if runs:
            yield from claim_faults(section, runs)
