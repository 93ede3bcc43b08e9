"""The backends' processes: what each runs, two at a time, started together at the first question."""

from __future__ import annotations

import functools
import json
import os
import subprocess
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from d2lbook.book import book as books

from ..conftest import ROOT
from .sections import chapter_of_model, sources
from .shared import make_inputs

BACKENDS = {"mxnet": "mxnet", "pytorch": "torch", "tensorflow": "tensorflow", "jax": "jax"}
"""Backend to the name of its package below ``d2l``."""
PROFILED = tuple(os.environ.get("D2L_PROFILE", "preliminaries/autograd").split(","))
"""Sections whose runs are watched: a quick one that reaches other sections' names, or those named in D2L_PROFILE."""
XLA = "--xla_backend_optimization_level=0 --xla_llvm_disable_expensive_passes=true"
"""JAX compiles a hundred small programs that run once: quicker unoptimised, the same to rounding."""
MIRROR = os.environ.get("D2L_MIRROR", "")
IMPORT = """\
import json, socket, sys
def refuse(*arguments, **words):
    raise OSError("no network while importing")
socket.socket.connect = refuse
socket.create_connection = refuse
from d2l import {module} as d2l
from matplotlib import pyplot
print(json.dumps([sorted({{name.partition(".")[0] for name in sys.modules}}), pyplot.get_fignums(), d2l.__all__]))
"""


def python(backend: str) -> Path:
    """Return a backend's interpreter, whether or not it is there."""
    return ROOT / ".envs" / backend / "bin" / "python"


class Jobs:
    """Processes of the backends, started when first wanted, two at a time."""

    def __init__(self, folder: Path, chapters: Collection[str]) -> None:
        """Keep files in ``folder``; run the cases of ``chapters``."""
        self.folder = folder
        self.chapters = frozenset(chapters)
        self._pool = ThreadPoolExecutor(2)
        self._started: dict[tuple[str, str], Future[Any]] = {}

    def start(self, job: str, backend: str) -> None:
        """Start a job, once, if the backend's environment is there."""
        work: dict[str, Callable[[str, Path], Any]] = {
            "cases": functools.partial(_cases, self.chapters),
            "import": _import,
        }
        run = work.get(job) or functools.partial(_entered, job)
        if (job, backend) not in self._started and python(backend).exists():
            if job != "import":
                _code(job, backend)  # here: CPython 3.11 fails now and then where two threads make syntax trees at once
            self._started[job, backend] = self._pool.submit(run, backend, self.folder)

    def result(self, job: str, backend: str) -> Any:
        """Return what ``cases``, ``import`` or a section to watch gave; skip without the environment."""
        if not python(backend).exists():
            pytest.skip(f"no environment for {backend}: make envs")
        self.start(job, backend)
        return self._started[job, backend].result()


def _run(backend: str, folder: Path, *words: str, cwd: Path = ROOT) -> str:
    """Run Python in a backend's environment: this repository's library, a data folder of its own, no chatter."""
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "JAX_PLATFORMS": "cpu", "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"}
    quiet["XLA_FLAGS"] = XLA
    ours = {"PYTHONPATH": str(ROOT), "D2L_DATA": str(folder / "data"), "MPLBACKEND": "agg"}
    done = subprocess.run(
        [str(python(backend)), *words],
        cwd=cwd,
        env={**os.environ, **quiet, **ours},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout


@functools.cache
def _code(job: str, backend: str) -> Any:
    """Return what a process is to run: the code of each model, or a section's cells."""
    if job == "cases":
        return sources(ROOT, backend)
    (projection,) = (item for item in books.load(ROOT).projections() if item.key == f"{backend}/{job}")
    return [cell.source for cell in projection.cells]


def _cases(chapters: Collection[str], backend: str, folder: Path) -> dict[str, np.ndarray]:
    """Run the cases of the chapters; return ``case/result`` to array."""
    inputs, models, found = (folder / f"{backend}{end}" for end in ("-inputs.npz", "-models.json", ".npz"))
    np.savez(inputs, **make_inputs())  # type: ignore[arg-type]
    code = {name: text for name, text in _code("cases", backend).items() if chapter_of_model(ROOT, name) in chapters}
    models.write_text(json.dumps(code), encoding="utf-8")
    data = ["--data"] if MIRROR else []
    files = (str(inputs), str(models), str(found), ",".join(sorted(chapters)))
    _run(backend, folder, "-m", "tests.parity.taught", BACKENDS[backend], *files, *data)
    with np.load(found) as loaded:
        return dict(loaded)


def _entered(docname: str, backend: str, folder: Path) -> set[str]:
    """Run a section under a profiler; return the names of the library that were entered."""
    stem = f"{backend}-{docname.replace('/', '-')}"
    cells, names = folder / f"{stem}-cells.json", folder / f"{stem}-names.json"
    cells.write_text(json.dumps(_code(docname, backend)), encoding="utf-8")
    _run(backend, folder, "-m", "tests.parity.entered", str(cells), str(names))
    return set(json.loads(names.read_text(encoding="utf-8")))


def _import(backend: str, folder: Path) -> tuple[set[str], list[int], list[str]]:
    """Import the backend's package with the network refused; return modules, open figures, and public names."""
    code = IMPORT.format(module=BACKENDS.get(backend, "base"))
    modules, figures, names = json.loads(_run(backend, folder, "-c", code, cwd=folder).splitlines()[-1])
    return set(modules), figures, names
