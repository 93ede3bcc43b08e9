"""Cases of the preliminaries: tensors, seeds, figures, gradients."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy

from tests.parity.case import Given, Results, case, drawn_on, figure_of, raises
from tests.parity.natives import Native


@case
def tensor(d2l: Any, native: Native, given: Given) -> Results:
    source = given["X"].copy()
    x = d2l.tensor(source)
    source[:] = 0
    return {
        "float": d2l.to_numpy(x),
        "list": d2l.to_numpy(d2l.tensor([[1, 2], [3, 4.5]])),
        "number": d2l.to_numpy(d2l.tensor(2)),
        "wide": d2l.to_numpy(d2l.tensor(given["grid"])),
        "int32": d2l.to_numpy(d2l.tensor([1.0, -2.0], dtype="int32")),
        "bool": d2l.to_numpy(d2l.tensor([0, 3], dtype="bool")),
        "shape": [int(size) for size in x.shape],
        "refuses": raises(ValueError, lambda: d2l.tensor([1], dtype="float64")),
        "ragged": raises(ValueError, lambda: d2l.tensor([[1, 2], [3]])),
    }


@case
def to_numpy(d2l: Any, native: Native, given: Given) -> Results:
    x = d2l.tensor(given["X"])
    copy = d2l.to_numpy(x)
    copy[:] = 0
    return {"values": d2l.to_numpy(x), "type": type(copy).__name__, "writable": copy.flags.writeable}


@case
def seed_all(d2l: Any, native: Native, given: Given) -> Results:
    import random

    draws = []
    for seed in (7, 7, 8):
        d2l.seed_all(seed)
        draws.append((random.random(), numpy.random.rand(2), d2l.to_numpy(native.draw()), d2l.to_numpy(native.draw())))
    first, again, other = draws
    return {
        "python": first[0],
        "numpy": first[1],
        "again": bool((first[2] == again[2]).all() and (first[3] == again[3]).all()),
        "other": not (first[2] == other[2]).any() and not (first[2] == first[3]).any(),
    }


@case
def plot(d2l: Any, native: Native, given: Given) -> Results:
    x = given["grid"]
    many = [x**2 + 1, x + 9]
    words = {"xlabel": "x", "ylabel": "f(x)", "legend": ["f", "g"], "xlim": (-3, 3), "ylim": (0.5, 20), "yscale": "log"}
    (axes,) = figure_of(lambda: d2l.plot(x, many, figsize=(5, 3), **words))
    (alone,) = figure_of(lambda: d2l.plot(x))
    (pairs,) = figure_of(lambda: d2l.plot([x, x + 1], [x, x], fmts=("r:", "g-")))
    return {
        **{f"many {name}": value for name, value in drawn_on(axes).items()},
        "limits": numpy.array([*axes.get_xlim(), *axes.get_ylim()]),
        "size": axes.figure.get_size_inches(),
        **{f"alone {name}": value for name, value in drawn_on(alone).items() if name != "styles"},
        **{f"pairs {name}": value for name, value in drawn_on(pairs).items()},
        "refuses": raises(ValueError, lambda: d2l.plot([x, x], [x, x, x])),
    }


@case
def set_axes(d2l: Any, native: Native, given: Given) -> Results:
    pyplot = import_module("matplotlib.pyplot")
    pyplot.close("all")
    axes = pyplot.subplots()[1]
    axes.plot([1, 2], [3, 4])
    d2l.set_axes(axes, "a", "b", (1, 10), (2, 20), "log", "linear", ["c"])
    return {**drawn_on(axes), "limits": numpy.array([*axes.get_xlim(), *axes.get_ylim()])}


@case
def set_figsize(d2l: Any, native: Native, given: Given) -> Results:
    pyplot = import_module("matplotlib.pyplot")
    d2l.set_figsize((4, 2))
    given_size = list(pyplot.rcParams["figure.figsize"])
    d2l.set_figsize()
    return {"given": numpy.array(given_size, "float64"), "default": numpy.array(pyplot.rcParams["figure.figsize"])}


@case
def use_svg_display(d2l: Any, native: Native, given: Given) -> Results:
    returned = d2l.use_svg_display()
    return {"returns": returned is None, "backend": import_module("matplotlib").get_backend().lower()}


@case
def value_and_grad(d2l: Any, native: Native, given: Given) -> Results:
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["y"])
    params = [d2l.tensor(given[name]) for name in ("w", "b", "unused")]

    def loss(w: Any, b: Any, unused: Any) -> Any:
        return native.sum((X @ w + b - y) ** 2 * w[0, 0])

    value, grads = d2l.value_and_grad(loss, params)
    again, more = d2l.value_and_grad(loss, params)
    return {
        "value": d2l.to_numpy(value),
        "type": type(grads).__name__,
        **{f"grad{number}": d2l.to_numpy(grad) for number, grad in enumerate(grads)},
        **{f"again{number}": d2l.to_numpy(grad) for number, grad in enumerate(more)},
        **{f"param{number}": d2l.to_numpy(param) for number, param in enumerate(params)},
        "same": bool((d2l.to_numpy(value) == d2l.to_numpy(again)).all()),
        "refuses": raises(ValueError, lambda: d2l.value_and_grad(lambda w, b, unused: X @ w + b, params)),
    }
