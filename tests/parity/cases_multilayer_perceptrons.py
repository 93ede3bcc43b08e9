"""Cases of multilayer perceptrons: the activation and the training loop by hand."""

from __future__ import annotations

from typing import Any

import numpy

from tests.parity.case import Given, Results, case
from tests.parity.natives import Native


@case
def relu(d2l: Any, native: Native, given: Given) -> Results:
    """Values, the gradient (0 at 0), and what becomes of nan and the infinities."""
    x = given["X"].copy()
    x[0, 0] = 0
    _, grads = d2l.value_and_grad(lambda x: native.sum(d2l.relu(x)), [d2l.tensor(x)])
    ends = d2l.tensor([numpy.nan, -numpy.inf, numpy.inf])
    return {
        "y": d2l.to_numpy(d2l.relu(d2l.tensor(x))),
        "grad": d2l.to_numpy(grads[0]),
        "ends": d2l.to_numpy(d2l.relu(ends)),
    }


@case
def train_scratch(d2l: Any, native: Native, given: Given) -> Results:
    """Two epochs of two unequal batches of a linear classifier, with and without validation."""
    X, y = d2l.tensor(given["images"].reshape(-1, 16)[:7]), d2l.tensor(given["labels"], dtype="int32")
    batches = [(X[:4], y[:4]), (X[4:], y[4:])]
    start = [d2l.tensor(numpy.outer(numpy.arange(16), numpy.arange(5)) / 100), d2l.tensor(numpy.zeros(5))]

    def model(X: Any, W: Any, b: Any) -> Any:
        return X @ W + b

    params, history = d2l.train_scratch(model, start, batches, batches, d2l.softmax_cross_entropy, 2, 0.5)
    _, alone = d2l.train_scratch(model, start, batches, None, d2l.softmax_cross_entropy, 1, 0.5)
    return {
        "W": d2l.to_numpy(params[0]),
        "b": d2l.to_numpy(params[1]),
        "start": d2l.to_numpy(start[0]),
        "train_loss": numpy.array(history["train_loss"], "float32"),
        "val_acc": numpy.array(history["val_acc"]),
        "alone": [len(alone["train_loss"]), len(alone["val_acc"])],
    }
