"""Cases of the preliminaries: tensors, seeds, figures, gradients."""

from __future__ import annotations

import io
import logging
import warnings
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
def plot_curves(d2l: Any, native: Native, given: Given) -> Results:
    x = given["grid"]
    words = {"xlabel": "横", "ylabel": "纵", "xlim": (-3, 3), "ylim": (0.5, 20), "log": "y", "size": (5, 3)}
    (axes,) = figure_of(lambda: d2l.plot_curves({"甲": x**2 + 1, "乙": (x, x + 9)}, x, **words))
    (alone,) = figure_of(lambda: d2l.plot_curves(x))
    (crowd,) = figure_of(lambda: d2l.plot_curves({"短": [1, 2], "长": [2, 3, 4, 5]}))
    (near,) = figure_of(lambda: d2l.plot_curves({"上": [0, 1.01], "下": [0, 1], "远": [0, 0.2]}, size=(4, 3)))
    heights = {text.get_text(): text.get_window_extent() for text in near.texts}
    return {
        **{f"pair {name}": value for name, value in drawn_on(axes).items()},
        "limits": numpy.array([*axes.get_xlim(), *axes.get_ylim()]),
        "size": axes.figure.get_size_inches(),
        **{f"alone {name}": value for name, value in drawn_on(alone).items() if name != "styles"},
        "alone names": [text.get_text() for text in alone.texts],
        "crowd legend": drawn_on(crowd)["legend"],
        "crowd names": [text.get_text() for text in crowd.texts],
        "near legend": drawn_on(near)["legend"],
        "near names": list(heights),
        "apart": bool(heights["上"].y0 >= heights["下"].y1 - 3 and heights["下"].y0 > heights["远"].y1),
        "returns": d2l.plot_curves([1, 2], ax=alone) is alone,
        "refuses": raises(ValueError, lambda: d2l.plot_curves({"甲": x}, x[1:])),
        "matrix": raises(ValueError, lambda: d2l.plot_curves(numpy.ones((2, 3)))),
    }


@case
def finish_axes(d2l: Any, native: Native, given: Given) -> Results:
    (axes,) = figure_of(lambda: d2l.panels().plot([1, 2, 3], [3, 4, 5], label="丙"))
    d2l.finish_axes(axes, xlabel="轮数", ylabel="b", log="y", xlim=(1, 3), ylim=(2, 20), legend=True)
    axes.figure.draw_without_rendering()
    return {
        **drawn_on(axes),
        "limits": numpy.array([*axes.get_xlim(), *axes.get_ylim()]),
        "x ticks": ticks(axes.xaxis),
        "y ticks": ticks(axes.yaxis),
        "refuses": raises(ValueError, lambda: d2l.finish_axes(axes, log="z")),
    }


def ticks(axis: Any) -> list[str]:
    low, high = axis.get_view_interval()
    return [tick.label1.get_text() for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]


@case
def panels(d2l: Any, native: Native, given: Given) -> Results:
    found: list[Any] = []
    figure_of(lambda: found.append(d2l.panels(2, 3, size=(2, 1.5), sharex=True)))
    return {
        "shape": list(found[0].shape),
        "size": found[0][0, 0].figure.get_size_inches(),
        "shared": bool(found[0][0, 0].get_shared_x_axes().joined(found[0][0, 0], found[0][1, 2])),
    }


@case
def use_book_style(d2l: Any, native: Native, given: Given) -> Results:
    returned = d2l.use_book_style()
    matplotlib = import_module("matplotlib")
    cycle = list(matplotlib.rcParams["axes.prop_cycle"])
    return {
        "returns": returned is None,
        "backend": matplotlib.get_backend().lower(),
        "colors": [style["color"] for style in cycle[:4]],
        "different": len({(style["color"], style["linestyle"]) for style in cycle}),
        "drawings": drawings(d2l, import_module("matplotlib.pyplot")),
    }


def drawings(d2l: Any, pyplot: Any) -> list[bool]:
    """Draw with the fonts there are, again, and with none for Chinese; say what holds of the three SVGs."""
    drawn, logged = [], io.StringIO()
    handler = logging.StreamHandler(logged)
    logging.getLogger("matplotlib").addHandler(handler)
    with warnings.catch_warnings(record=True) as caught:
        for fonts in (None, None, ["DejaVu Sans"]):
            axes = d2l.panels()
            if fonts:
                pyplot.rcParams["font.sans-serif"] = ["No Such Sans", *fonts]
            d2l.plot_curves({"误差": [1e-5, 1e-2, 1]}, log="y", xlabel="步", ax=axes)
            target = io.StringIO()
            axes.figure.savefig(target, format="svg", metadata={"Date": None})
            drawn.append(target.getvalue())
    logging.getLogger("matplotlib").removeHandler(handler)
    pyplot.close("all")
    written = all(text in svg for svg in drawn for text in (">误差</text>", ">10⁻⁴</text>", ", sans-serif;"))
    return [drawn[0] == drawn[1], written and "'PingFang SC'" in drawn[0], not caught and not logged.getvalue()]


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


@case
def numerical_gradient(d2l: Any, native: Native, given: Given) -> Results:
    x = numpy.array([[1.0, 2.0], [3.0, -4.0]])
    before, calls = x.copy(), []

    def cubes(z: Any) -> Any:
        calls.append(0)
        return (z**3).sum()

    gradient = d2l.numerical_gradient(cubes, x)
    single = numpy.ones(3, "float32")

    def broken(z: Any) -> Any:
        if (z != before).any():
            raise ArithmeticError
        return 0.0

    failed = raises(ArithmeticError, lambda: d2l.numerical_gradient(broken, x))
    return {
        "gradient": gradient,
        "forward_too": d2l.numerical_gradient(lambda z: (z**3).sum(), x, h=0.5),
        "calls": len(calls),
        "restored": bool((x == before).all()),
        "failed": failed,
        "single": str(d2l.numerical_gradient(lambda z: z.sum(), single, 0.25).dtype),
        "in_place": d2l.numerical_gradient(lambda _: x[0, 0] * x[1, 1], x),
        "number": d2l.numerical_gradient(lambda z: z**2, numpy.array(5.0)),
        "whole": raises(TypeError, lambda: d2l.numerical_gradient(cubes, numpy.arange(3))),
        "list": raises(TypeError, lambda: d2l.numerical_gradient(cubes, [1.0])),
    }
