"""Runs sections under a profiler: every function of ``d2l`` that one enters must be in its slice of the library.

``python -m scripts.tools.drills.slices [SECTION …] [--tab T] [--within S]`` (default: all; ``--within``: only those
whose stored run took at most S seconds). What runs while ``d2l`` itself is imported does not count, nor does the
hand-written ``d2l/support``. Prints a line per section, exits with 1 if a slice lacks something. Needs the
environments.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.book.projection import Cell, Projection
from d2lbook.evidence import store
from d2lbook.evidence.evaluation import choose, job_for
from d2lbook.execute.model import Job, Result
from d2lbook.execute.progress import Plain
from d2lbook.execute.schedule import run_jobs
from d2lbook.library.slices import slice_of
from d2lbook.library.symbols import library_of

ROOT = Path(__file__).resolve().parents[3]
SLOWER = 20.0
"""How much longer a section may take than usual: the profiler sees every call."""
PROBE = """
def _probe(folder):
    import os, sys, threading
    entered, seen = set(), set()

    def inside(code):
        name = code.co_filename
        return name.startswith(folder) and not name.startswith(folder + 'support' + os.sep)

    def importing(frame):
        while frame is not None:
            if frame.f_code.co_name == '<module>' and inside(frame.f_code):
                return True
            frame = frame.f_back
        return False

    def look(frame, event, argument):
        code = frame.f_code
        if event != 'call' or code in seen:
            return
        if inside(code):
            if importing(frame):
                return
            entered.add(code.co_qualname)
        elif '__autograph_generated_file' in code.co_filename and code.co_name.startswith('tf__'):
            entered.add('tf__ ' + code.co_name[4:])
        seen.add(code)

    threading.setprofile(look)
    sys.setprofile(look)
    return entered

_entered = _probe({folder!r})
"""
REPORT = "import json, sys\nsys.setprofile(None)\nprint(json.dumps(sorted(_entered)))"


@dataclass(frozen=True)
class Seen:
    """What a section entered."""

    key: str
    entered: tuple[str, ...]
    """Saved names whose functions were entered."""
    lacking: tuple[str, ...]
    """Those that are not in the slice."""
    fault: str = ""
    """Why it did not run."""


def probed(book: Book, projection: Projection) -> Job:
    """Return the job of a projection with the profiler's cells around its own."""
    job = job_for(book, projection)
    probe = Cell("probe", PROBE.format(folder=str(book.config.root / "d2l") + "/"), 1, -1)
    cells = (probe, *projection.cells, Cell("report", REPORT, 1, -1))
    return replace(job, projection=replace(projection, cells=cells), timeout=job.timeout * SLOWER)


def look(book: Book, chosen: Sequence[Projection]) -> Iterator[Seen]:
    """Run projections under the profiler and yield what they entered."""
    by_key = {projection.key: projection for projection in chosen}
    for result in run_jobs([probed(book, projection) for projection in chosen], Plain(len(chosen))):
        yield seen(book, by_key[result.job.projection.key], result)


def seen(book: Book, projection: Projection, result: Result) -> Seen:
    """Return what a result tells."""
    if result.fault:
        return Seen(projection.key, (), (), str(result.fault))
    text = "".join(output["text"] for output in result.outputs[-1] if output.get("name") == "stdout")
    saved = library_of(book).names[projection.backend]
    names = set()
    for name in json.loads(text):
        converted, _, converted_name = name.partition("tf__ ")
        if not converted and converted_name:  # by TensorFlow: a notebook's own function may have such a name
            names |= {converted_name} & saved.keys()
        else:
            names.add(name.partition(".")[0])
    reached = set(slice_of(book, projection).names)
    return Seen(projection.key, tuple(sorted(names)), tuple(sorted(names - reached)))


def quick(book: Book, chosen: Sequence[Projection], seconds: float) -> list[Projection]:
    """Return the projections whose stored run took at most so long."""
    stored = {projection.key: store.load(book, projection) for projection in chosen}
    return [item for item in chosen if (run := stored[item.key]) is not None and run.seconds <= seconds]


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("sections", nargs="*")
    parser.add_argument("--tab")
    parser.add_argument("--within", type=float, default=float("inf"))
    arguments = parser.parse_args()
    book = books.load(ROOT)
    chosen = quick(book, choose(book, arguments.sections, arguments.tab), arguments.within)
    bad = total = 0
    for found in look(book, chosen):
        total += len(found.entered)
        bad += bool(found.lacking or found.fault)
        words = found.fault or (f"NOT IN ITS SLICE: {', '.join(found.lacking)}" if found.lacking else "sound")
        print(f"{found.key}: {len(found.entered)} entered, {words}", flush=True)
    print(f"{len(chosen)} sections, {total} functions entered, {bad} faults")
    return int(bool(bad))


if __name__ == "__main__":
    sys.exit(main())
