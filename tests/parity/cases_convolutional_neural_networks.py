"""Cases of convolutional neural networks: cross-correlation, channels and pooling by hand."""

from __future__ import annotations

import contextlib
import io
from typing import Any

import numpy

from tests.parity.case import Given, Results, case, raises
from tests.parity.natives import Native
from tests.parity.shared import WINDOWS


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


@case
def im2col(d2l: Any, native: Native, given: Given) -> Results:
    found = {str(how): d2l.im2col(given["maps"].astype("float64"), *how) for how in WINDOWS}
    return {**found, "refuses": raises(ValueError, lambda: d2l.im2col(numpy.zeros((1, 1, 2, 2)), 3, 3))}


@case
def col2im(d2l: Any, native: Native, given: Given) -> Results:
    X, found = given["maps"].astype("float64"), {}
    for how in WINDOWS:
        cols = d2l.im2col(X, *how)
        found[str(how)] = d2l.col2im(numpy.arange(cols.size).reshape(cols.shape) % 7, X.shape, *how)
    return found


@case
def ConvLayer(d2l: Any, native: Native, given: Given) -> Results:
    X = given["maps"].astype("float64")
    layer, same = d2l.ConvLayer(3, 2, 3, 2, 1, seed=5), d2l.ConvLayer(3, 2, 3, 2, 1, seed=5)
    drawn, first = d2l.ConvLayer(50, 40, 5).params[0], d2l.ConvLayer(3, 2, 3, to_input=False)
    seeded = bool((layer.params[0] == same.params[0]).all())
    layer.params = [numpy.arange(54.0).reshape(2, 3, 3, 3) % 5 - 2, numpy.array([1.0, -1.0])]
    out = layer(X)
    back = layer.back(numpy.arange(out.size).reshape(out.shape) % 3 - 1.0)
    return {
        "out": out,
        "back": back,
        "w": layer.grads[0],
        "b": layer.grads[1],
        "seeded": seeded,
        "deviation": bool(abs(drawn.std() / (2 / 1250) ** 0.5 - 1) < 0.02),
        "zero": same.params[1],
        "first": first.back(numpy.ones_like(first(X))) is None,
    }


@case
def MaxPoolLayer(d2l: Any, native: Native, given: Given) -> Results:
    X = given["maps"].astype("float64")
    found = {}
    for name, layer in (("apart", d2l.MaxPoolLayer(2)), ("overlap", d2l.MaxPoolLayer(3, 1))):
        found[name] = layer(X)
        found[f"{name} back"] = layer.back(numpy.arange(found[name].size).reshape(found[name].shape) % 5 + 1.0)
    tied = d2l.MaxPoolLayer(2)
    tied(numpy.ones((1, 1, 2, 2)))
    return {**found, "tied": tied.back(numpy.full((1, 1, 1, 1), 3.0)), "params": len(tied.params) + len(tied.grads)}


@case
def FlattenLayer(d2l: Any, native: Native, given: Given) -> Results:
    layer, X = d2l.FlattenLayer(), given["maps"].astype("float64")
    out = layer(X)
    return {"out": out, "back": layer.back(2 * out), "params": len(layer.params) + len(layer.grads)}
