"""Cases of generalization: units switched off at random, and what a search draws."""

from __future__ import annotations

from typing import Any

import numpy

from tests.parity.case import Given, Results, case, raises
from tests.parity.natives import Native


@case
def dropout_layer(d2l: Any, native: Native, given: Given) -> Results:
    """Values, shares, gradients and the ends of the range."""
    d2l.seed_all(3)
    X = d2l.tensor(given["X"])
    many = d2l.to_numpy(d2l.dropout_layer(d2l.tensor(numpy.ones((300, 200))), 0.3))
    other = d2l.to_numpy(d2l.dropout_layer(d2l.tensor(numpy.ones((300, 200))), 0.3))
    _, grads = d2l.value_and_grad(
        lambda x: native.sum(d2l.dropout_layer(x, 0.5)), [d2l.tensor(numpy.full((40, 50), 3.0))]
    )
    slopes = d2l.to_numpy(grads[0])
    return {
        "predicts": d2l.to_numpy(d2l.dropout_layer(X, 0.5, training=False)),
        "nothing": d2l.to_numpy(d2l.dropout_layer(X, 0)),
        "all": d2l.to_numpy(d2l.dropout_layer(X, 1)),
        "type": str(many.dtype),
        "shape": list(many.shape),
        "off": bool(abs((many == 0).mean() - 0.3) < 0.01),
        "kept": numpy.float32(many.max()),
        "two values": len(numpy.unique(many)),
        "afresh": bool((many != other).mean() > 0.3),
        "rows differ": bool((many[0] != many[1]).any()),
        "slopes": numpy.unique(slopes),
        "slopes off": bool(abs((slopes == 0).mean() - 0.5) < 0.05),
        "refuses": [raises(ValueError, lambda p=p: d2l.dropout_layer(X, p)) for p in (-0.1, 1.1)],
    }
