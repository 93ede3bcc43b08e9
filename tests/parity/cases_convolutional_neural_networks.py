"""Cases of convolutional neural networks: cross-correlation, channels and pooling by hand."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy

from tests.parity.case import Given, Results, case, raises
from tests.parity.natives import Native


@case
def corr2d(d2l: Any, native: Native, given: Given) -> Results:
    X, K, G = (d2l.tensor(given[name]) for name in ("maps", "kernels", "matrix"))
    X, K, G = X[0, 0], K[0, 0], d2l.tensor(numpy.append(given["matrix"], given["matrix"][:1], axis=0))
    _, grads = d2l.value_and_grad(lambda X, K: native.sum(G * d2l.corr2d(X, K)), [X, K])
    return {
        "Y": d2l.to_numpy(d2l.corr2d(X, K)),
        "grad X": d2l.to_numpy(grads[0]),
        "grad K": d2l.to_numpy(grads[1]),
        "refuses": raises(ValueError, lambda: d2l.corr2d(K, X)),
    }


@case
def Conv2DScratch(d2l: Any, native: Native, given: Given) -> Results:
    """What it starts from, one step of training, and what it gives after it."""
    X, y = d2l.tensor(given["maps"][0, 0]), d2l.tensor(given["maps"][1, 0, :4, :4])
    large, layer = d2l.Conv2DScratch((30, 40)), d2l.Conv2DScratch((3, 2))
    optimizer = d2l.make_optimizer(layer, lr=0.1)
    start, zero = native.value(layer.weight), native.value(layer.bias)
    d2l.train_step(layer, optimizer, d2l.regression_loss, X, y)
    return {
        "spread": bool(abs(native.value(large.weight).std() - 0.1) < 0.01),
        "zero": zero,
        "start": start,
        "weight": native.value(layer.weight),
        "bias": native.value(layer.bias),
        "Y": d2l.to_numpy(d2l.forward(layer, X)),
    }


@case
def corr2d_multi_in_out(d2l: Any, native: Native, given: Given) -> Results:
    X, K = d2l.tensor(given["maps"][0]), d2l.tensor(given["kernels"])
    _, grads = d2l.value_and_grad(lambda X, K: native.sum(d2l.corr2d_multi_in_out(X, K) ** 2) / 2, [X, K])
    return {
        "Y": d2l.to_numpy(d2l.corr2d_multi_in_out(X, K)),
        "grad X": d2l.to_numpy(grads[0]),
        "grad K": d2l.to_numpy(grads[1]),
        "refuses": raises(ValueError, lambda: d2l.corr2d_multi_in_out(X[:2], K)),
    }


@case
def corr2d_multi_in_out_1x1(d2l: Any, native: Native, given: Given) -> Results:
    X, K = d2l.tensor(given["maps"][0]), d2l.tensor(given["kernels"])
    one = K[:, :, :1, :1]
    return {
        "Y": d2l.to_numpy(d2l.corr2d_multi_in_out_1x1(X, one)),
        "refuses": raises(ValueError, lambda: d2l.corr2d_multi_in_out_1x1(X, K)),
        "channels": raises(ValueError, lambda: d2l.corr2d_multi_in_out_1x1(X[:2], one)),
    }


@case
def pool2d(d2l: Any, native: Native, given: Given) -> Results:
    X = d2l.tensor(given["maps"][0, 0])
    results: Results = {"default": d2l.to_numpy(d2l.pool2d(X, (2, 2)))}
    for mode in ("max", "avg"):
        _, grads = d2l.value_and_grad(lambda X, mode=mode: native.sum(d2l.pool2d(X, (3, 2), mode) ** 2) / 2, [X])
        results[mode] = d2l.to_numpy(d2l.pool2d(X, (3, 2), mode))
        results[f"{mode} grad"] = d2l.to_numpy(grads[0])
    return {
        **results,
        "refuses": raises(ValueError, lambda: d2l.pool2d(X, (2, 2), "sum")),
        "large": raises(ValueError, lambda: d2l.pool2d(X, (7, 2))),
    }


@case
def layer_summary(d2l: Any, native: Native, given: Given) -> Results:
    """Output shapes and numbers of parameters as printed, layer by layer, and their sum."""
    layers = [(numpy.ones(shape, "float32"), numpy.ones(shape[1], "float32")) for shape in ((4, 3), (3, 2))]
    net = native.stack(*layers)
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        d2l.layer_summary(net, (5, 4))
    lines = printed.getvalue().splitlines()
    return {
        "shapes": [line[line.index("(") : line.index(")") + 1] for line in lines[:-1]],
        "counts": [int(line.split()[-1]) for line in lines],
        "last": lines[-1].split()[0],
        "unchanged": bool((native.weights(native.dense(*layers[0]))[0] == 1).all()),
    }
