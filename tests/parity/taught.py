"""Runs in a backend's own environment: calls everything that the sections teach and writes what comes out.

``python -m tests.parity.taught MODULE INPUTS.npz MODELS.json RESULTS.npz CHAPTERS [--data]``; a case that fails is
written as its traceback, and the others go on. MODELS holds the code that builds each model, CHAPTERS are those whose
cases run, with commas between. ``--data`` adds the cases that need the data sets' files.
"""

from __future__ import annotations

import functools
import itertools
import json
import sys
import traceback
from collections.abc import Callable, Collection, Mapping
from importlib import import_module
from pathlib import Path

import numpy

from tests.parity import (
    built,
    cases_builders_guide,
    cases_convolutional_modern,
    cases_convolutional_neural_networks,
    cases_generalization,
    cases_linear_classification,
    cases_linear_regression,
    cases_machine_learning_workflow,
    cases_multilayer_perceptrons,
    cases_neural_networks_numpy,
    cases_optimization,
    cases_preliminaries,
)
from tests.parity.case import CASES, DATA_CASES, Given, Results, chapter_of
from tests.parity.models import MODELS
from tests.parity.natives import NATIVES

__all__ = ["CASES", "DATA_CASES", "run"]

MODULES = (
    cases_preliminaries,
    cases_linear_regression,
    cases_linear_classification,
    cases_neural_networks_numpy,
    cases_multilayer_perceptrons,
    cases_generalization,
    cases_machine_learning_workflow,
    cases_builders_guide,
    cases_convolutional_neural_networks,
    cases_convolutional_modern,
    cases_optimization,
)
"""Modules of cases, imported so that they register what they hold."""


SEED = 0


def run(
    module: str, given: Given, models: Mapping[str, str], chapters: Collection[str], data: bool
) -> dict[str, numpy.ndarray]:
    """Return ``case/result`` to array for one backend; ``case/error`` holds a failed case's traceback."""
    import_module("matplotlib").use("Agg")
    d2l = import_module(f"d2l.{module}")
    native = NATIVES[module]()
    work: dict[str, Callable[[], Results]] = {
        name: functools.partial(function, d2l, native, given)
        for name, function in itertools.chain(CASES.items(), DATA_CASES.items() if data else ())
        if chapter_of(function) in chapters
    }
    for name, source in models.items():
        work[name] = functools.partial(built.run, MODELS[name], source, d2l, native)
    results: dict[str, numpy.ndarray] = {}
    for name, call in work.items():
        d2l.seed_all(SEED)
        try:
            found = {f"{name}/{key}": numpy.asarray(value) for key, value in call().items()}
        except Exception:
            found = {f"{name}/error": numpy.asarray(traceback.format_exc(limit=-3))}
        results.update(found)
    return results


if __name__ == "__main__":
    with numpy.load(sys.argv[2]) as loaded:
        inputs = dict(loaded)
    sources = json.loads(Path(sys.argv[3]).read_text(encoding="utf-8"))
    numpy.savez(sys.argv[4], **run(sys.argv[1], inputs, sources, sys.argv[5].split(","), "--data" in sys.argv))  # type: ignore[arg-type]
