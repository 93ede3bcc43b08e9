"""Cases of optimisation: paths on the plane, the airfoil data, training by a function and by a ready-made optimiser."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy

from tests.parity.case import Given, Results, case, data_case, figure_of, raises
from tests.parity.natives import Native

MOMENTUM: dict[str, tuple[str, dict[str, float]]] = {
    "MXNet": ("sgd", {"learning_rate": 0.05, "momentum": 0.5}),
    "PyTorch": ("SGD", {"lr": 0.05, "momentum": 0.5}),
    "TensorFlow": ("SGD", {"learning_rate": 0.05, "momentum": 0.5}),
    "JAX": ("sgd", {"learning_rate": 0.05, "momentum": 0.5}),
}
"""How each framework calls descent with momentum."""


@case
def train_2d(d2l: Any, native: Native, given: Given) -> Results:
    """Descent with and without a gradient that is handed over, and what the optimiser keeps between steps."""
    plain = d2l.train_2d(lambda x, state: (x - 0.1 * numpy.array([1, 12]) * x, state))
    handed = d2l.train_2d(lambda x, state, grad: (x - 0.05 * grad(x), state + 1), 3, lambda x: 2 * x)
    seen: list[Any] = []

    def counting(x: Any, state: Any) -> Any:
        seen.append(state)
        return x, state + 1

    still = d2l.train_2d(counting, steps=2)
    return {"plain": plain, "handed": handed, "states": seen, "still": still}


@case
def show_trace_2d(d2l: Any, native: Native, given: Given) -> Results:
    """One path without a legend; two with one, of which one runs away; both axes have one unit."""
    valley = [(-4.0, 1.5), (2.0, -1.0), (0.0, 0.0)]
    away = [(-4.0, 1.5), (numpy.inf, numpy.nan)]

    def height(x: Any) -> Any:
        return (x[0] ** 2 + 12 * x[1] ** 2) / 2

    (alone,) = figure_of(lambda: d2l.show_trace_2d(height, valley))
    (pair,) = figure_of(lambda: d2l.show_trace_2d(height, {"稳": valley, "飞": away}))
    return {
        "path": alone.lines[0].get_xydata(),
        "legends": [axes.get_legend() is not None for axes in (alone, pair)],
        "names": [text.get_text() for text in pair.get_legend().get_texts()],
        "labels": [alone.get_xlabel(), alone.get_ylabel()],
        "aspect": [axes.get_aspect() for axes in (alone, pair)],
        "holds": bool(alone.get_xlim()[0] < -4 < 2 < alone.get_xlim()[1]),
        "same": bool(numpy.allclose(alone.axis(), pair.axis())),
        "contours": len(alone.collections) > 0,
    }


def _batches(d2l: Any, given: Given) -> list[tuple[Any, Any]]:
    """Return ten batches, of three examples each."""
    rows = [numpy.arange(3 * number, 3 * number + 3) % 6 for number in range(10)]
    return [(d2l.tensor(given["X"][part]), d2l.tensor(given["y"][part])) for part in rows]


def _leaky(params: Any, grads: Any, states: Any, hyperparams: Any) -> Any:
    """Step along a sum of gradients in which older ones fade."""
    moved = [hyperparams["fade"] * v + g for v, g in zip(states, grads, strict=True)]
    return [p - hyperparams["lr"] * v for p, v in zip(params, moved, strict=True)], moved


@data_case
def load_airfoil(d2l: Any, native: Native, given: Given) -> Results:
    batches, dim = d2l.load_airfoil(100)
    rounds = [[tuple(map(d2l.to_numpy, batch)) for batch in batches] for _ in range(2)]
    X, y = (numpy.concatenate(parts) for parts in zip(*rounds[0], strict=True))
    few = [d2l.to_numpy(part[0]) for part in d2l.load_airfoil(64, 200)[0]]
    return {
        "dim": dim,
        "shapes": [len(rounds[0]), *X.shape, *y.shape, *rounds[0][0][0].shape, len(few), len(few[-1])],
        "standard": bool(abs(few[0].mean()) < 1 and abs(numpy.concatenate(few).std(axis=0) - 1).max() < 1e-3),
        "X": X[numpy.lexsort(numpy.c_[X, y].T)],
        "y": numpy.sort(y[:, 0]),
        "orders": bool((rounds[0][0][0] != rounds[1][0][0]).any()),
        "refuses": [raises(ValueError, partial(d2l.load_airfoil, 10, n)) for n in (1, 1504)],
    }


@case
def train_optimizer(d2l: Any, native: Native, given: Given) -> Results:
    """Ten steps with a state, kept from the input; then two rounds of three batches, noted once a round."""
    states = [d2l.tensor(numpy.zeros((4, 1))), d2l.tensor(numpy.zeros(1))]
    ten = _batches(d2l, given)
    seconds, losses = d2l.train_optimizer(_leaky, states, {"lr": 0.05, "fade": 0.5}, ten, 4, 1)
    _, rounds = d2l.train_optimizer(_leaky, states, {"lr": 0.05, "fade": 0.0}, ten[:3], 4)
    return {
        "losses": numpy.array(losses, "float32"),
        "rounds": numpy.array(rounds, "float32"),
        "positive": bool(seconds > 0),
        "untouched": bool((d2l.to_numpy(states[0]) == 0).all()),
    }


@case
def train_optimizer_concise(d2l: Any, native: Native, given: Given) -> Results:
    name, options = MOMENTUM[type(native).__name__]
    ten = _batches(d2l, given)
    seconds, losses = d2l.train_optimizer_concise(name, options, ten, 1)
    _, rounds = d2l.train_optimizer_concise(name, options, ten[:3])
    return {
        "losses": numpy.array(losses, "float32"),
        "rounds": numpy.array(rounds, "float32"),
        "positive": bool(seconds > 0),
    }


def _rates(schedule: Any, *steps: int) -> numpy.ndarray:
    """Return the rates at some steps, asked for out of order and twice, so that a state would show."""
    asked = [float(schedule(step)) for step in (*reversed(steps), *steps)]
    assert asked[: len(steps)][::-1] == asked[len(steps) :]
    return numpy.array(asked[len(steps) :])


@case
def FactorScheduler(d2l: Any, native: Native, given: Given) -> Results:
    wrong = [(0.0, 0.0, 1.0), (1.1, 0.0, 1.0), (0.5, 2.0, 1.0), (0.5, -0.1, 1.0)]
    return {
        "rates": _rates(d2l.FactorScheduler(0.5, 0.15, 0.8), 0, 1, 2, 3, 9),
        "constant": _rates(d2l.FactorScheduler(1.0, 0.0, 0.3), 0, 50),
        "refuses": [raises(ValueError, partial(d2l.FactorScheduler, *given)) for given in wrong],
    }


@case
def MultiFactorScheduler(d2l: Any, native: Native, given: Given) -> Results:
    wrong = [([3, 2], 0.5, 1.0), ([0, 2], 0.5, 1.0), ([2, 2], 0.5, 1.0), ([2], 0.0, 1.0), ([2], 1.1, 1.0), ([2], 1, -1)]
    steps = [2, 5]
    schedule = d2l.MultiFactorScheduler(steps, 0.1, 0.8)
    steps.append(6)
    return {
        "rates": _rates(schedule, 0, 1, 2, 4, 5, 6, 100),
        "none": _rates(d2l.MultiFactorScheduler([], 0.1, 0.3), 0, 50),
        "refuses": [raises(ValueError, partial(d2l.MultiFactorScheduler, *given)) for given in wrong],
    }


@case
def CosineScheduler(d2l: Any, native: Native, given: Given) -> Results:
    wrong = [(4, 1.0, 0.0, 4), (4, 1.0, 0.0, -1), (0, 1.0), (4, -1.0), (4, 1.0, -0.1), (4, 1.0, 0.0, 1, -0.1)]
    return {
        "plain": _rates(d2l.CosineScheduler(4, 0.8), *range(6)),
        "warm": _rates(d2l.CosineScheduler(10, 0.8, 0.2, 4, 0.4), *range(12)),
        "refuses": [raises(ValueError, partial(d2l.CosineScheduler, *given)) for given in wrong],
    }
