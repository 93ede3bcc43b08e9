"""Spread over seeds of the chapter on linear regression: ``python -m scripts.experiments.linear_regression``.

Writes ``static/results/seeds/linear-regression/numpy.json``: for each metric of the sections the mean, the standard
deviation, the least and the greatest value over the seeds. NumPy only: the sections' data and minibatches come from
NumPy, so the four backends see the same ones, and their arithmetic differs by rounding.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RESULTS = Path(__file__).resolve().parents[2] / "static/results/seeds/linear-regression/numpy.json"


def slope_ratio(noise: str, seed: int, n: int = 40, trials: int = 2000) -> float:
    """Return the variance of the least-absolute slope over that of the least-squares slope."""
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(n, 1)
    slopes = []
    for _ in range(trials):
        x = rng.uniform(0.5, 6, n)
        error = rng.normal(0, 1, n) if noise == "normal" else rng.laplace(0, 0.5**0.5, n)
        y = 3.2 * x + 6.5 + error
        centred = x - x.mean()
        w = (y[second] - y[first]) / (x[second] - x[first])
        cost = np.abs(np.outer(w, x) + (y[first] - w * x[first])[:, None] - y).sum(1)
        slopes.append((centred @ y / (centred @ centred), w[cost.argmin()]))
    square, absolute = np.std(slopes, axis=0)
    return float((absolute / square) ** 2)


class Orders:
    """The orders of the section from scratch: seed 2, 1000 of them, noise 0.5."""

    def __init__(self) -> None:
        """Draw them as ``d2l.synthetic_data`` does."""
        np.random.seed(2)
        features = np.random.normal(size=(1000, 3))
        noise = np.random.normal(scale=0.5, size=(1000, 1))[:, 0]
        self.y: Floats = features @ np.array([3.2, -1.1, 0.0]) + 14.5 + noise
        self.X: Floats = np.column_stack([features, np.ones(1000)])
        self.best: Floats = np.linalg.lstsq(self.X, self.y, rcond=None)[0]

    def path(
        self, lr: Callable[[int], float], batch_size: int, steps: int, replace: bool = False, broken: bool = False
    ) -> tuple[Floats, Floats]:
        """Return the parameters after ``steps`` steps of SGD from zero, and every step's distance to the best."""
        theta, distances = np.zeros(4), list[float]()
        for step, index in zip(range(steps), _batches(batch_size, replace), strict=False):
            target = np.full(len(index), self.y[index].mean()) if broken else self.y[index]
            theta = theta - lr(step) * self.X[index].T @ (self.X[index] @ theta - target) / len(index)
            distances.append(float(np.linalg.norm(theta - self.best)))
        return theta, np.array(distances)

    def wander(
        self, lr: Callable[[int], float], batch_size: int, steps: int, tail: int, replace: bool = False
    ) -> float:
        """Return the root mean square distance to the closed form over the last ``tail`` steps."""
        return float(np.mean(self.path(lr, batch_size, steps, replace)[1][-tail:] ** 2) ** 0.5)


def _batches(batch_size: int, replace: bool) -> Iterator[NDArray[np.int64]]:
    while True:
        order = np.random.randint(1000, size=1000) if replace else np.random.permutation(1000)
        for start in range(0, 1000, batch_size):
            yield order[start : start + batch_size]


def measure() -> dict[str, Mapping[str, float]]:
    """Return every metric's spread."""
    orders, spreads = Orders(), dict[str, Mapping[str, float]]()
    for noise in ("normal", "laplace"):
        spreads[f"ratio_{noise}"] = _spread([slope_ratio(noise, seed) for seed in range(8)])
    runs: dict[str, Callable[[], float]] = {
        "floor_A": lambda: orders.wander(lambda step: 0.03, 10, 500, 250),
        "floor_B": lambda: orders.wander(lambda step: 0.3, 10, 500, 250),
        "floor_C": lambda: orders.wander(lambda step: 0.3, 100, 500, 250),
        "floor_D": lambda: orders.wander(lambda step: 0.3, 100, 500, 250, replace=True),
        "exercise_fixed": lambda: orders.wander(lambda step: 0.03, 10, 800, 200),
        "exercise_falling": lambda: orders.wander(lambda step: 0.1 / (1 + step / 30), 10, 800, 200),
        "exercise_too_fast": lambda: orders.wander(lambda step: 0.1 / (1 + step / 2), 10, 800, 200),
        "bug_w1": lambda: float(orders.path(lambda step: 0.03, 10, 300, broken=True)[0][0]),
        "error_sgd": lambda: float(abs(orders.path(lambda step: 0.03, 10, 300)[0] - [3.2, -1.1, 0, 14.5]).max()),
    }
    for name, run in runs.items():
        values = []
        for seed in range(40):
            np.random.seed(seed)
            values.append(run())
        spreads[name] = _spread(values)
    return spreads


def _spread(values: Sequence[float]) -> dict[str, float]:
    found: dict[str, float] = {
        "mean": float(np.mean(values)),
        "std": float(np.std(values, ddof=1)),
        "min": min(values),
        "max": max(values),
    }
    return {"seeds": len(values), **{name: round(value, 4) for name, value in found.items()}}


if __name__ == "__main__":
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps(measure(), indent=1) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
