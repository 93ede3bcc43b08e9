"""Cases of linear regression: data, the model by hand, and training with the framework's parts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy

from tests.parity.case import Given, Results, case, raises
from tests.parity.natives import Native
from tests.parity.shared import STEPS


@case
def normal(d2l: Any, native: Native, given: Given) -> Results:
    return {
        "curve": d2l.normal(given["grid"], 0.5, 1.5),
        "number": numpy.asarray(d2l.normal(1.0, 0, 2)),
        "refuses": raises(ValueError, lambda: d2l.normal(0.0, 0, 0)),
    }


@case
def Timer(d2l: Any, native: Native, given: Given) -> Results:
    timer = d2l.Timer()
    laps = [timer.stop()]
    for _ in range(3):
        timer.start()
        laps.append(timer.stop())
    return {
        "positive": all(lap >= 0 for lap in laps),
        "avg": abs(timer.avg() - sum(laps) / 4) < 1e-9,
        "sum": abs(timer.sum() - sum(laps)) < 1e-9,
        "cumsum": bool(numpy.allclose(timer.cumsum(), numpy.cumsum(laps))),
    }


@case
def synthetic_data(d2l: Any, native: Native, given: Given) -> Results:
    d2l.seed_all(11)
    features, labels = d2l.synthetic_data(given["w"][:, 0], 4.2, 50, noise=0)
    noisy = d2l.synthetic_data([2.0, -3.4], 4.2, 4000, noise=0.5)
    left = d2l.to_numpy(noisy[1]) - d2l.to_numpy(noisy[0]) @ numpy.array([[2.0], [-3.4]], "float32") - 4.2
    return {
        "features": d2l.to_numpy(features),
        "labels": d2l.to_numpy(labels),
        "shapes": [int(size) for part in noisy for size in part.shape],
        "noise": bool(abs(left.std() - 0.5) < 0.03 and abs(left.mean()) < 0.04),
    }


@case
def data_iter(d2l: Any, native: Native, given: Given) -> Results:
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["y"])
    ordered = [(d2l.to_numpy(a), d2l.to_numpy(b)) for a, b in d2l.data_iter(4, X, y, shuffle=False)]
    d2l.seed_all(3)
    rounds = [[(d2l.to_numpy(a), d2l.to_numpy(b)) for a, b in d2l.data_iter(4, X, y)] for _ in range(6)]
    return {
        "sizes": [len(part[0]) for part in ordered],
        **_together(ordered),
        **{f"shuffled {name}": value for name, value in _sorted(rounds[0]).items()},
        "orders": len({numpy.concatenate([part[1] for part in one]).tobytes() for one in rounds}) > 1,
    }


def _together(batches: Sequence[tuple[numpy.ndarray, ...]]) -> Results:
    return {
        "X": numpy.concatenate([part[0] for part in batches]),
        "y": numpy.concatenate([part[1] for part in batches]),
    }


def _sorted(batches: Sequence[tuple[numpy.ndarray, ...]]) -> Results:
    """Return the examples in the order of their labels."""
    whole = _together(batches)
    order = numpy.argsort(whole["y"][:, 0])
    return {name: value[order] for name, value in whole.items()}


@case
def linreg(d2l: Any, native: Native, given: Given) -> Results:
    return {"y": d2l.to_numpy(d2l.linreg(*(d2l.tensor(given[name]) for name in ("X", "w", "b"))))}


@case
def squared_loss(d2l: Any, native: Native, given: Given) -> Results:
    X, y = d2l.tensor(given["X"][:, :1]), d2l.tensor(given["y"])
    flat = d2l.tensor(given["y"][:, 0])
    return {
        "loss": d2l.to_numpy(d2l.squared_loss(X, y)),
        "refuses": raises(ValueError, lambda: d2l.squared_loss(X, flat)),
    }


@case
def sgd(d2l: Any, native: Native, given: Given) -> Results:
    params = [d2l.tensor(given["w"]), d2l.tensor(given["b"])]
    grads = [d2l.tensor(given["w"] ** 2), d2l.tensor(given["b"] + 1)]
    new = d2l.sgd(params, grads, 0.1)
    return {
        "type": type(new).__name__,
        **{f"new{number}": d2l.to_numpy(value) for number, value in enumerate(new)},
        **{f"old{number}": d2l.to_numpy(value) for number, value in enumerate(params)},
    }


@case
def load_array(d2l: Any, native: Native, given: Given) -> Results:
    arrays = (d2l.tensor(given["X"]), d2l.tensor(given["y"]))
    ordered = d2l.load_array(arrays, 4, is_train=False)
    first, second = ([tuple(map(d2l.to_numpy, batch)) for batch in ordered] for _ in range(2))
    d2l.seed_all(3)
    loader = d2l.load_array(arrays, 4)
    rounds = [[tuple(map(d2l.to_numpy, batch)) for batch in loader] for _ in range(6)]
    return {
        "sizes": [len(part[0]) for part in first],
        **_together(first),
        "twice": all((a[0] == b[0]).all() for a, b in zip(first, second, strict=True)),
        **{f"shuffled {name}": value for name, value in _sorted(rounds[0]).items()},
        "orders": len({numpy.concatenate([part[1] for part in one]).tobytes() for one in rounds}) > 1,
    }


@case
def forward(d2l: Any, native: Native, given: Given) -> Results:
    net = native.dense(given["w"], given["b"])
    drop, ones = native.dropout(), d2l.tensor(numpy.ones((40, 50)))
    trained = d2l.to_numpy(d2l.forward(drop, ones, training=True))
    return {
        "y": d2l.to_numpy(d2l.forward(net, d2l.tensor(given["X"]))),
        "still": d2l.to_numpy(d2l.forward(drop, ones)),
        "values": numpy.unique(trained),
        "half": bool(0.4 < (trained == 0).mean() < 0.6),
        "back": bool((d2l.to_numpy(d2l.forward(drop, ones)) == 1).all()),
    }


@case
def regression_loss(d2l: Any, native: Native, given: Given) -> Results:
    net = native.dense(given["w"], given["b"])
    loss = d2l.regression_loss(net, d2l.tensor(given["X"]), d2l.tensor(given["y"]))
    return {"loss": d2l.to_numpy(loss).reshape(())}


@case
def train_step(d2l: Any, native: Native, given: Given) -> Results:
    """Three steps each way: the losses before the steps, then the weights."""
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["y"])
    results: Results = {}
    for name, options in STEPS.items():
        words = {"name": "sgd", **options}
        clip = words.pop("clip", None)
        net = native.dense(given["w"], given["b"])
        optimizer = d2l.make_optimizer(net, lr=0.05, **words)
        losses = [float(d2l.train_step(net, optimizer, d2l.regression_loss, X, y, clip=clip)) for _ in range(3)]
        results[f"{name} losses"] = numpy.array(losses, "float32")
        results[f"{name} weight"], results[f"{name} bias"] = native.weights(net)
    return results


@case
def set_lr(d2l: Any, native: Native, given: Given) -> Results:
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["y"])
    net = native.dense(given["w"], given["b"])
    optimizer = d2l.make_optimizer(net, lr=0.05)
    d2l.train_step(net, optimizer, d2l.regression_loss, X, y)
    d2l.set_lr(optimizer, 0.2)
    d2l.train_step(net, optimizer, d2l.regression_loss, X, y)
    weight, bias = native.weights(net)
    return {"weight": weight, "bias": bias}


@case
def make_optimizer(d2l: Any, native: Native, given: Given) -> Results:
    """Defaults, a second net beside the first, and an unknown name."""
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["y"])
    nets = [native.dense(given["w"] * scale, given["b"]) for scale in (1, 2)]
    optimizers = [d2l.make_optimizer(net) for net in nets]
    for net, optimizer in zip(nets, optimizers, strict=True):
        d2l.train_step(net, optimizer, d2l.regression_loss, X, y)
    (first, first_bias), (second, second_bias) = map(native.weights, nets)
    return {
        "first": first,
        "first bias": first_bias,
        "second": second,
        "second bias": second_bias,
        "refuses": raises(ValueError, lambda: d2l.make_optimizer(nets[0], "no such")),
    }
