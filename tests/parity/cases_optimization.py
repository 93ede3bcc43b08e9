"""Cases of optimisation: paths on the plane."""

from __future__ import annotations

from typing import Any

import numpy

from tests.parity.case import Given, Results, case, figure_of
from tests.parity.natives import Native


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
