"""Runs a section under several seeds: how much its metrics vary with chance.

In run k every literal ``seed_all(s)`` reads ``seed_all(s + 1000 k)``, so that run 0 is the section itself. Nothing of
these runs is stored but their metrics (``seeds``). Answers to exercises are left out unless a mark asks the seeds for
one of their metrics: they stand behind the text and cost as much.
"""

from __future__ import annotations

import datetime
import os
import platform
import re
import statistics
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.errors import Fault
from d2lbook.evidence.digest import fingerprint
from d2lbook.evidence.evaluation import job_for
from d2lbook.evidence.seeds import Seeded, read, write
from d2lbook.execute.model import Result
from d2lbook.execute.progress import listener
from d2lbook.execute.schedule import run_jobs
from d2lbook.library.extract import write_library
from d2lbook.markup.model import Code, Expect, Fold, Prose, Section

STEP = 1000
"""What is added to each seed from one run to the next."""
LIMIT = 900.0
"""Seconds for one run, at least: the machine may be busy, and nothing is timed here."""
DIGITS = 6
"""Decimals that are kept of a metric."""
_SEED = re.compile(r"\bseed_all\((\d+)\)")


def reseeded(projection: Projection, run: int) -> Projection:
    """Return the projection with every literal seed moved by ``STEP`` times ``run``."""

    def moved(source: str) -> str:
        return _SEED.sub(lambda match: f"seed_all({int(match[1]) + STEP * run})", source)

    return replace(projection, cells=tuple(replace(cell, source=moved(cell.source)) for cell in projection.cells))


def without_answers(section: Section, projection: Projection) -> Projection:
    """Return the projection without the cells of its answers, or whole if the answers read their seeds."""
    answers = [block for block in section.walk() if isinstance(block, Fold) and block.kind == "solution"]
    inner = [block for answer in answers for block in answer.blocks]
    claims = (claim.text for block in inner if isinstance(block, Expect) for claim in block.claims)
    values = (role.value for block in inner if isinstance(block, Prose) for role in block.roles if role.name == "value")
    if any("@" in text for text in (*claims, *values)):
        return projection
    left_out = {block.index for block in inner if isinstance(block, Code)}
    return replace(projection, cells=tuple(cell for cell in projection.cells if cell.origin not in left_out))


def run_seeds(book: Book, chosen: Sequence[Projection], seeds: Iterable[int], jobs: int | None = None) -> list[Fault]:
    """Run each projection under each seed, note the metrics, and return what failed.

    Runs that are there of the same code, versions and machine stay; others give way. Backend by backend, so that what
    was run is noted whenever the work is stopped.
    """
    faults: list[Fault] = []
    for path in write_library(book):
        print(f"wrote {path.relative_to(book.config.root)}")
    wanted = tuple(dict.fromkeys(seeds))
    for projection in chosen:
        runs, failed = _run(book, projection, wanted, jobs)
        faults.extend(failed)
        if runs:
            found = read(book.config, projection.docname)
            found[projection.backend] = _joined(book, projection, found.get(projection.backend), runs)
            write(book.config, projection.docname, found)
    return faults


def _run(
    book: Book, projection: Projection, seeds: Sequence[int], slots: int | None
) -> tuple[dict[int, Result], list[Fault]]:
    job = job_for(book, without_answers(book.section(projection.docname), projection))
    job = replace(job, timeout=max(LIMIT, job.timeout))
    numbers = {f"{projection.key} (seed {seed})": seed for seed in seeds}
    ready = [
        replace(job, projection=replace(reseeded(job.projection, seed), docname=f"{projection.docname} (seed {seed})"))
        for seed in seeds
    ]
    runs: dict[int, Result] = {}
    faults = []
    with listener(len(ready), job.expected * len(ready)) as told:
        for result in run_jobs(ready, told, slots):
            if result.good:
                runs[numbers[result.job.projection.key]] = result
            elif result.fault:
                faults.append(result.fault)
    return runs, faults


def _joined(book: Book, projection: Projection, before: Seeded | None, runs: Mapping[int, Result]) -> Seeded:
    """Return the new runs, and of those before them what is of the same code, machine and versions."""
    digest, machine = fingerprint(book, projection).digest, this_machine()
    one = next(iter(runs.values()))
    metrics = {seed: dict(result.metrics) for seed, result in runs.items()}
    how = (digest, machine, one.device, one.threads)
    same = before is not None and (before.digest, before.machine, before.device, before.threads) == how
    if before is not None and same and dict(before.versions) == dict(one.versions):
        metrics = dict(zip(before.seeds, map(dict, before.runs), strict=False)) | metrics
    order = sorted(metrics)
    names = [name for name in metrics[order[0]] if all(name in metrics[seed] for seed in order)]
    return Seeded(
        metrics={name: tuple(round(metrics[seed][name], DIGITS) for seed in order) for name in names},
        digest=digest,
        seeds=tuple(order),
        device=one.device,
        machine=machine,
        threads=one.threads,
        versions=dict(sorted(one.versions.items())),
        date=datetime.datetime.now(datetime.UTC).date().isoformat(),
    )


def this_machine() -> str:
    """Return the processor's name, and how many of them the machine has."""
    name = platform.processor() or platform.machine()
    file = Path("/proc/cpuinfo")
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else ():
        if line.startswith("model name"):
            name = " ".join(line.partition(":")[2].split())
            break
    return f"{name}, {os.cpu_count()} processors"


def report(found: Mapping[str, Seeded]) -> Iterator[str]:
    """Yield a line per metric: lowest, highest and mean value, and the largest spread over seeds in one backend."""
    yield f"{'metric':<24} {'lowest':>10} {'mean':>10} {'highest':>10} {'sd in a backend':>16}"
    for name in dict.fromkeys(name for seeded in found.values() for name in seeded.metrics):
        columns = [seeded.metrics[name] for seeded in found.values() if name in seeded.metrics]
        values = [value for column in columns for value in column]
        spread = max(statistics.stdev(column) if len(column) > 1 else 0.0 for column in columns)
        mean = statistics.fmean(values)
        yield f"{name:<24} {min(values):>10.4g} {mean:>10.4g} {max(values):>10.4g} {spread:>16.3g}"
