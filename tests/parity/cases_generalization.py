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


@case
def log_uniform(d2l: Any, native: Native, given: Given) -> Results:
    """Draws of a generator of its own, their decades, and ranges that aren't any."""
    draws = numpy.array([d2l.log_uniform(1e-3, 10, numpy.random.RandomState(seed)) for seed in range(400)])
    rng, newer = numpy.random.RandomState(5), numpy.random.default_rng(5)
    return {
        "first": numpy.float64(d2l.log_uniform(1e-3, 10, rng)),
        "second": numpy.float64(d2l.log_uniform(1e-3, 10, rng)),
        "generator": bool(2 <= d2l.log_uniform(2, 3, newer) <= 3),
        "inside": bool(((draws >= 1e-3) & (draws <= 10)).all()),
        "quarters": [bool(abs((draws < edge).mean() - share) < 0.08) for edge, share in ((0.01, 0.25), (1, 0.75))],
        "single": numpy.float64(d2l.log_uniform(0.5, 0.5, rng)),
        "refuses": [raises(ValueError, lambda a=a, b=b: d2l.log_uniform(a, b, rng)) for a, b in ((0, 1), (2, 1))],
    }
