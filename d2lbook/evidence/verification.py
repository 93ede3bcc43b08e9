"""Runs a sample of fresh projections again, and says where they differ from what is stored."""

from __future__ import annotations

import contextlib
import math
import random
import re
from collections.abc import Container, Iterator, Sequence

from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.code.training import trained_cells
from d2lbook.errors import Fault
from d2lbook.evidence import store
from d2lbook.evidence.claims import ClaimError, claim_faults, names_in, of_seeds
from d2lbook.evidence.evaluation import job_for
from d2lbook.evidence.seeds import read_runs
from d2lbook.execute.model import Job
from d2lbook.execute.notebook import METRIC, Output
from d2lbook.execute.progress import listener
from d2lbook.execute.schedule import run_jobs
from d2lbook.markup.model import Expect

TOLERANCE = 1e-3
_NUMBER = re.compile(r"[-−+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


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
        for result in run_jobs(jobs, told):
            projection = result.job.projection
            volatile += sum(cell.volatile for cell in projection.cells)
            trained += len(_trained(projection))
            stored = store.load(book, projection)
            before = stored.outputs if stored else ()
            faults.extend([result.fault] if result.fault else differences(book, projection, before, result.outputs))
            metrics = {projection.backend: result.metrics} if result.good else {}
            seeds = read_runs(book.config, projection.docname)
            faults.extend(claim_faults(book.section(projection.docname), metrics, seeds))
    passed = f"{volatile} volatile cells passed over, {trained} of training judged by their metrics"
    print(f"{len(jobs)} of {len(fresh)} fresh runs repeated (seed {seed:#x}), {passed}")
    return faults


def _trained(projection: Projection) -> frozenset[int]:
    return trained_cells([cell.source for cell in projection.cells])


def differences(
    book: Book, projection: Projection, before: Sequence[Sequence[Output]], after: Sequence[Sequence[Output]]
) -> Iterator[Fault]:
    """Yield where two runs of a projection differ by more than ``verify`` allows."""
    trained, judged = _trained(projection), _claimed(book, projection)
    for place, (cell, old, new) in enumerate(zip(projection.cells, before, after, strict=True)):
        if cell.volatile or place in trained:
            continue
        once, now = _shown(old, judged), _shown(new, judged)
        if not agree(once, now):
            message = f"{projection.backend}: {cell.id} gives another output than the stored one"
            text = f"{once[:200]!r} → {now[:200]!r}"
            yield Fault(projection.path, cell.line, message, text, "seed it, or mark the cell `# volatile`")


def _claimed(book: Book, projection: Projection) -> frozenset[str]:
    """Return the metrics of a section that claims speak of; a claim that cannot be read is a fault elsewhere."""
    names: set[str] = set()
    for block in book.section(projection.docname).walk():
        for claim in block.claims if isinstance(block, Expect) else ():
            with contextlib.suppress(ClaimError):
                names.update(() if of_seeds(claim.text) else names_in(claim.text))
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
