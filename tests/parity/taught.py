"""Runs in a backend's own environment: calls everything that the sections teach and writes what comes out.

``python -m tests.parity.taught MODULE INPUTS.npz RESULTS.npz [--data]``; a case that fails is written as its
traceback, and the others go on. ``--data`` adds the cases that need the data sets' files.
"""

from __future__ import annotations

import itertools
import sys
import traceback
from importlib import import_module

import numpy

from tests.parity import (
    cases_builders_guide,
    cases_convolutional_modern,
    cases_convolutional_neural_networks,
    cases_linear_classification,
    cases_linear_regression,
    cases_multilayer_perceptrons,
    cases_preliminaries,
)
from tests.parity.case import CASES, DATA_CASES, Given
from tests.parity.natives import NATIVES

__all__ = ["CASES", "DATA_CASES", "run"]

MODULES = (
    cases_preliminaries,
    cases_linear_regression,
    cases_linear_classification,
    cases_multilayer_perceptrons,
    cases_builders_guide,
    cases_convolutional_neural_networks,
    cases_convolutional_modern,
)
"""Modules of cases, imported so that they register what they hold."""


def run(module: str, given: Given, data: bool) -> dict[str, numpy.ndarray]:
    """Return ``case/result`` to array for one backend; ``case/error`` holds a failed case's traceback."""
    import_module("matplotlib").use("Agg")
    d2l = import_module(f"d2l.{module}")
    native = NATIVES[module]()
    results: dict[str, numpy.ndarray] = {}
    for name, function in itertools.chain(CASES.items(), DATA_CASES.items() if data else ()):
        try:
            found = {f"{name}/{key}": numpy.asarray(value) for key, value in function(d2l, native, given).items()}
        except Exception:
            found = {f"{name}/error": numpy.asarray(traceback.format_exc(limit=-3))}
        results.update(found)
    return results


if __name__ == "__main__":
    with numpy.load(sys.argv[2]) as loaded:
        inputs = dict(loaded)
    numpy.savez(sys.argv[3], **run(sys.argv[1], inputs, "--data" in sys.argv))  # type: ignore[arg-type]
