"""Control of 模型选择: ``.venv/bin/python -m scripts.experiments.model_selection``.

Writes ``static/results/seeds/generalization/model-selection-draws.json``: for 200 other sets of 20 and of 40 bakes,
the degree (0 to 8) that five folds, repeated ten times, choose (``chosen``); the mean square of the noise in the set
(``noise``); and what the choice costs, the error of the chosen curve less that of degree three, over 2000 evenly
spaced temperatures (``cost``).
About a minute on one core.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy
import numpy.typing

FILE = Path(__file__).resolve().parents[2] / "static/results/seeds/generalization/model-selection-draws.json"
SETS, REPEATS, DEGREES = 200, 10, 9
Array = numpy.typing.NDArray[numpy.float64]


def truth(x: Array) -> Array:
    """Return what the section's bakes would measure without noise."""
    return 1 + 2 * x - 1.5 * x**2 - 3 * x**3


def design(x: Array) -> Array:
    """Return the Legendre features, (n, DEGREES)."""
    return numpy.polynomial.legendre.legvander(x, DEGREES - 1)


def fit(x: Array, y: Array, degree: int) -> Array:
    """Return the least-squares coefficients, (degree + 1,)."""
    q, r = numpy.linalg.qr(design(x)[:, : degree + 1])
    return numpy.asarray(numpy.linalg.solve(r, q.T @ y))


def scores(x: Array, y: Array) -> Array:
    """Return the errors of repeated five-fold validation, (DEGREES,)."""
    total, features = numpy.zeros(DEGREES), design(x)
    for seed in range(REPEATS):
        for fold in numpy.array_split(numpy.random.RandomState(seed).permutation(len(x)), 5):
            kept = numpy.ones(len(x), bool)
            kept[fold] = False
            for degree in range(DEGREES):
                guess = features[fold, : degree + 1] @ fit(x[kept], y[kept], degree)
                total[degree] += ((guess - y[fold]) ** 2).mean() / (5 * REPEATS)
    return total


def draws(size: int) -> dict[str, list[float]]:
    """Return the choices over SETS sets of ``size`` bakes."""
    grid = numpy.linspace(-1, 1, 2000)
    found: dict[str, list[float]] = {"chosen": [], "noise": [], "cost": []}
    for number in range(SETS):
        rng = numpy.random.RandomState(5000 + number)
        x = rng.uniform(-1, 1, size)
        y = truth(x) + rng.normal(0, 0.3, size)
        chosen = int(scores(x, y).argmin())
        error = {d: ((design(grid)[:, : d + 1] @ fit(x, y, d) - truth(grid)) ** 2).mean() for d in (chosen, 3)}
        found["chosen"].append(chosen)
        found["noise"].append(round(float(((y - truth(x)) ** 2).mean()), 4))
        found["cost"].append(round(float(error[chosen] - error[3]), 4))
    return found


if __name__ == "__main__":
    FILE.write_text(json.dumps({str(size): draws(size) for size in (20, 40)}) + "\n", encoding="utf-8")
