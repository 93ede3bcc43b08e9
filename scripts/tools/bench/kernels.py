"""What running a notebook costs over its code: kernels of ours, fresh and forked, and plain nbclient, in four backends.

``python -m scripts.tools.bench.kernels [--runs 5] [BACKEND …]`` runs a notebook with nothing but the framework's import
and prints the wall time of each way, median of the runs; that of forked kernels holds a tenth of the forking process's
own start, as if ten notebooks shared it. For a quiet machine; about three minutes.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient

from d2lbook.book import config as settings
from d2lbook.book.config import Config
from d2lbook.book.projection import Cell, Projection
from d2lbook.evidence.evaluation import modules_of
from d2lbook.execute.fork import close_zygotes, shared_environment, zygote_for
from d2lbook.execute.host import slots_for, this_host
from d2lbook.execute.kernel import Kernel, environment
from d2lbook.execute.model import Job, Slot
from d2lbook.execute.notebook import to_run
from d2lbook.execute.progress import Plain
from d2lbook.execute.run import run_job

ROOT = Path(__file__).resolve().parents[3]
SHARED_BY = 10
"""Notebooks over which the forking process's start is spread."""


class Silent(Plain):
    """Tells nothing."""

    def __init__(self) -> None:
        super().__init__(0)

    def finished(self, result: object) -> None:
        """Say nothing."""


def job_of(config: Config, backend: str, *sources: str, name: str = "bench") -> Job:
    """Return a job of cells for a backend, its kernel forked."""
    cells = tuple(Cell(f"cell-{number:02d}", source, number, number) for number, source in enumerate(sources, 1))
    projection = Projection(name, f"{name}.md", backend, name, (), cells)
    return Job(projection, config.python(backend), config.root, modules=modules_of(config, backend), timeout=600.0)


def plain(job: Job, slot: Slot) -> None:
    """Run a job with nbclient as it comes: a kernel started for it and ended after it, over TCP."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        folder = Path(name)
        argv = [str(job.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        kernel = Kernel(KernelSpec(argv=argv, language="python"), folder / ("long" * 30 + ".json"))
        env = environment(job, slot, folder)
        client = NotebookClient(to_run(job.projection), km=kernel, timeout=600)

        async def run() -> None:
            async with client.async_setup_kernel(env=env, cwd=name):
                for index, cell in enumerate(client.nb.cells):
                    await client.async_execute_cell(cell, index)

        asyncio.run(run())


def seconds(runs: int, work: Callable[[], object]) -> float:
    """Return the median wall time of ``runs`` calls."""
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def checked(job: Job, slot: Slot) -> None:
    """Run a job with the engine; SystemExit if it fails or was not started as it should be."""
    result = run_job(job, Silent(), None, slot)
    if not result.good or result.forked is not bool(job.modules):
        raise SystemExit(f"{job.projection.key}: {result.fault or 'not forked'}")


def measure(config: Config, backend: str, runs: int) -> tuple[float, float, float, float]:
    """Return the seconds of plain nbclient, of a fresh kernel, of a forked one, and of the forking process's start."""
    job = job_of(config, backend, config.backend(backend).imports or "import numpy, matplotlib.pyplot")
    (slot,) = slots_for([job], this_host(()), 1)
    seconds(1, lambda: plain(job, slot))  # so that files are in the system's cache
    nbclient = seconds(runs, lambda: plain(job, slot))
    fresh = seconds(runs, lambda: checked(replace(job, modules=()), slot))
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        env = shared_environment(environment(job, slot, Path(name)))
        start = seconds(1, lambda: zygote_for(str(job.python), job.modules, env))
    forked = seconds(runs, lambda: checked(job, slot))
    close_zygotes()
    return nbclient, fresh, forked, start


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("backends", nargs="*")
    parser.add_argument("--runs", type=int, default=5)
    arguments = parser.parse_args()
    config = settings.load(ROOT)
    print("| backend | plain nbclient, s | fresh kernel, s | forked kernel, s | with 1/10 of the start, s | start, s |")
    print("|:--|--:|--:|--:|--:|--:|")
    for backend in arguments.backends or config.backend_names:
        nbclient, fresh, forked, start = measure(config, backend, arguments.runs)
        whole = forked + start / SHARED_BY
        print(f"| {backend} | {nbclient:.2f} | {fresh:.2f} | {forked:.2f} | {whole:.2f} | {start:.2f} |", flush=True)


if __name__ == "__main__":
    main()
