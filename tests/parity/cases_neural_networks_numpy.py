"""Cases of the chapter on networks in NumPy: the same layers in every backend's library, since they are base's."""

from __future__ import annotations

from typing import Any

import numpy

from tests.parity.case import Given, Results, case, data_case, raises
from tests.parity.natives import Native


@case
def AffineLayer(d2l: Any, native: Native, given: Given) -> Results:
    layer = d2l.AffineLayer(3, 2, seed=5)
    again, other = d2l.AffineLayer(3, 2, seed=5), d2l.AffineLayer(3, 2)
    drawn = d2l.AffineLayer(400, 300).params[0]
    layer.params = [numpy.arange(6.0).reshape(3, 2), numpy.array([10.0, -10.0])]
    H = numpy.array([[1.0, 0.0, 2.0], [0.0, -1.0, 1.0]])
    out = layer(H)
    back = layer.back(numpy.array([[1.0, 0.0], [2.0, -1.0]]))
    return {
        "out": out,
        "back": back,
        "w": layer.grads[0],
        "b": layer.grads[1],
        "seeded": bool((again.params[0] == d2l.AffineLayer(3, 2, seed=5).params[0]).all()),
        "differs": bool((again.params[0] != other.params[0]).any()),
        "deviation": bool(abs(drawn.std() / (2 / 400) ** 0.5 - 1) < 0.01),
        "zero": other.params[1],
    }


@case
def ReLULayer(d2l: Any, native: Native, given: Given) -> Results:
    layer = d2l.ReLULayer()
    return {"out": layer(numpy.array([[-2.0, 0.0, 3.0]])), "back": layer.back(numpy.array([[5.0, 6.0, 7.0]]))}


@case
def SigmoidLayer(d2l: Any, native: Native, given: Given) -> Results:
    layer = d2l.SigmoidLayer()
    with numpy.errstate(all="raise", under="ignore"):
        out = layer(numpy.array([[-1000.0, -2.0, 0.0, 1000.0]]))
    return {"out": out, "back": layer.back(numpy.array([[1.0, 1.0, 8.0, 1.0]]))}


@case
def SoftmaxLossLayer(d2l: Any, native: Native, given: Given) -> Results:
    layer = d2l.SoftmaxLossLayer()
    loss = layer(numpy.log(numpy.array([[2.0, 3.0, 5.0], [1.0, 1.0, 2.0]])), numpy.array([1, 2]))
    slopes = layer.back()
    far = layer(numpy.array([[1000.0, 0.0]]), numpy.array([1]))
    return {"loss": loss, "slopes": slopes, "far": far, "far_slopes": layer.back()}


@data_case
def read_mnist(d2l: Any, native: Native, given: Given) -> Results:
    (images, labels), (val, val_labels) = d2l.read_mnist(num_train=300, num_val=200)
    _, (test, test_labels) = d2l.read_mnist("test", num_train=1)
    return {
        "shapes": [str(a.shape) for a in (images, labels, val, val_labels, test, test_labels)],
        "type": str(images.dtype),
        "apart": not ({a.tobytes() for a in images} & {a.tobytes() for a in val}),
        "first_test": test_labels[:5].tolist(),
        "refuses": raises(ValueError, lambda: d2l.read_mnist("train")),
    }
