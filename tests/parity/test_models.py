"""The book's models with the same weights in the four backends, against NumPy and against each other.

Against a reference in double precision: outputs, loss, moving statistics after a step of gradient descent, and outputs
after it, to 1e-5 of each array's largest value; the gradient's slopes along three directions per parameter, to 1e-4,
since the step that shows them is rounded. Between the backends: every parameter after the step, to 1e-5.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest

from ..conftest import ROOT
from .compare import RELATIVE, differences
from .conftest import Tally
from .converters import PLANTED, converter, pair
from .models import MODELS, make_weights
from .processes import BACKENDS, Jobs
from .reference import Reference, expected, judged, values
from .sections import buildable, chapter_of_model, definition

BUILT = buildable(ROOT)
SLOPES = 1e-4
"""Of the largest slope: a gradient that cancels is small beside the parameters whose change shows it."""
UNBIASED = {"pytorch"}
"""Backends whose batch norm gathers n/(n-1) times the batch's variance; they normalise by the variance itself."""
CONVENTIONS: dict[str, dict[str, bool | float]] = {
    "the other variance": {},
    "momentum of the new value": {"momentum": 0.1},
    "momentum 0.99": {"momentum": 0.99},
    "epsilon 0.001": {"eps": 1e-3},
    "SAME padding at stride 2": {"lopsided": True},
}
"""Conventions that no backend must follow; the first is turned round for each."""


def of_chapter(name: str, *more: Any) -> Any:
    """Return a model, and what else is tried with it, as parameters with its chapter's mark."""
    marks = [item for item in more if isinstance(item, pytest.MarkDecorator)]
    values = [item for item in more if not isinstance(item, pytest.MarkDecorator)]
    return pytest.param(name, *values, marks=[pytest.mark.chapter(name=chapter_of_model(ROOT, name)), *marks])


models = pytest.mark.parametrize(
    "name",
    [
        of_chapter(name, *([] if name in BUILT else [pytest.mark.skip(reason=f"the library has no {name} yet")]))
        for name in MODELS
    ],
)


def of_model(name: str, backend: str, jobs: Jobs) -> dict[str, np.ndarray]:
    """Return what came out of one model, planted faults included; a failed model fails the test."""
    every: Mapping[str, np.ndarray] = jobs.result("cases", backend)
    found = {key.partition("/")[2]: value for key, value in every.items() if key.partition("/")[0] == name}
    if "error" in found:
        pytest.fail(str(found["error"]))
    return found


@pytest.mark.backend
@models
@pytest.mark.parametrize("backend", BACKENDS)
def test_models(backend: str, name: str, jobs: Jobs, tally: Tally) -> None:
    found = of_model(name, backend, jobs)
    wanted, given = expected(MODELS[name], found, unbiased=backend in UNBIASED), judged(MODELS[name], found)
    assert sorted(given) == sorted(wanted)
    for key, value in wanted.items():
        relative = SLOPES if key.startswith("slopes") else RELATIVE
        assert differences({key: value}, {key: given[key]}, relative) == []
    tally(model=name, backend=backend, comparisons=len(wanted))


@pytest.mark.backend
@models
def test_backends_arrive_at_the_same_parameters(name: str, jobs: Jobs, tally: Tally) -> None:
    keys = [f"after {param}" for param in MODELS[name].params]
    first, *others = (of_model(name, backend, jobs) for backend in BACKENDS)
    wanted = {key: first[key] for key in keys}
    for other in others:
        assert differences(wanted, {key: other[key] for key in keys}) == []
        tally(comparisons=len(keys))


@pytest.mark.backend
@pytest.mark.parametrize(
    ("name", "fault"),
    [of_chapter(name, fault) for name, faults in PLANTED.items() if name in BUILT for fault in faults],
)
@pytest.mark.parametrize("backend", BACKENDS)
def test_wrongly_converted_weights_are_found(backend: str, name: str, fault: str, jobs: Jobs, tally: Tally) -> None:
    found = of_model(name, backend, jobs)
    right = {"outputs": found["outputs"]}
    (line,) = differences(right, {"outputs": found[f"fault {fault}"]}, relative=0.01)
    assert line.startswith("outputs: off by")
    tally(planted=1)


@pytest.mark.backend
@pytest.mark.skipif("ResNet" not in BUILT, reason="the library has no ResNet yet")
@pytest.mark.chapter(name=chapter_of_model(ROOT, "ResNet"))
@pytest.mark.parametrize("convention", CONVENTIONS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_wrong_conventions_are_found(backend: str, convention: str, jobs: Jobs, tally: Tally) -> None:
    found = of_model("ResNet", backend, jobs)
    wrong: dict[str, bool | float] = {"unbiased": backend in UNBIASED, **CONVENTIONS[convention]}
    if not CONVENTIONS[convention]:
        wrong["unbiased"] = not wrong["unbiased"]
    wanted = values(MODELS["ResNet"], found, **wrong)
    given = judged(MODELS["ResNet"], found)
    assert differences(wanted, {key: given[key] for key in wanted}) != []
    tally(planted=1)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("channels_last", [False, True])
def test_converters_undo_themselves(name: str, channels_last: bool) -> None:
    weights, words = make_weights(MODELS[name]), converter(MODELS[name], channels_last)
    there = words.to(weights)
    assert differences(weights, words.back(there)) == []
    shapes = {key: value.shape for key, value in there.items()}
    assert (shapes != {key: value.shape for key, value in weights.items()}) == channels_last


def test_channels_last_by_hand() -> None:
    """One pixel of two channels: the flattened picture of two rows is a0 b0 a1 b1, no longer a0 a1 b0 b1."""
    words = converter(MODELS["LeNet"], channels_last=True)
    assert words.flat(np.arange(4)[None], (2, 2, 1)).tolist() == [[0, 2, 1, 3]]
    assert words.kernel(np.arange(6).reshape(1, 2, 3, 1)).shape == (3, 1, 2, 1)
    assert words.kernel(np.arange(6).reshape(1, 2, 3, 1))[2, 0, 1, 0] == 5


def test_paths_are_paired_by_structure() -> None:
    theirs = ["0.kernel", "0.bias", "3.kernel", "3.bias", "7.kernel", "7.bias", "9.kernel", "9.bias"]
    pairs = pair(MODELS["LeNet"], [*theirs, "11.kernel", "11.bias"])
    assert (pairs["conv1.weight"], pairs["conv2.bias"], pairs["out.weight"]) == ("0.kernel", "3.bias", "11.kernel")
    assert pair(MODELS["linear regression"], ["weight", "bias"]) == {"out.weight": "weight", "out.bias": "bias"}
    for wrong in (theirs, [*theirs, "11.kernel", "12.bias"], [*theirs, "11.gamma", "11.bias"]):
        with pytest.raises(LookupError):
            pair(MODELS["LeNet"], wrong)


def test_reference_moves_statistics_by_hand() -> None:
    """Values 1 and 3: mean 2, variance 1, or 2 where n - 1 divides."""
    weights = {f"n.{leaf}": np.full(1, value) for leaf, value in {"scale": 1, "shift": 0, "mean": 0, "var": 1}.items()}
    X = np.array([1.0, 3.0]).reshape(2, 1, 1, 1)
    for unbiased, var in ((False, 1.0), (True, 1.1)):
        at = Reference(weights, training=True, unbiased=unbiased)
        assert np.allclose(at.norm("n", X).ravel(), [-1, 1], atol=1e-4)
        assert np.allclose([at.moved["n.mean"][0], at.moved["n.var"][0]], [0.2, var])


def test_a_definition_takes_what_it_reaches() -> None:
    """An argument called as something in the section is not that; a name bound again later is what it was."""
    cells = [
        "import numpy\nsize = 3\nX = read()",
        "def layer(X):\n    return X + size\n\ndef net():\n    return layer(1)",
    ]
    code = definition([*cells, "size = 5\nprint(size)"], "net")
    lines = ["import numpy", "size = 3", "def layer(X):", "    return X + size", "def net():", "    return layer(1)"]
    assert [line for line in code.split("\n") if line] == lines
    with pytest.raises(LookupError):
        definition(cells, "other")
