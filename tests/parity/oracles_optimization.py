"""What must come out of optimisation's functions, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .oracles import oracle, single, wide
from .shared import Arrays


@oracle
def train_2d(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    start = np.array([-4.0, 1.5])
    powers = np.arange(21)[:, None]
    return {
        "plain": start * np.array([0.9, -0.2]) ** powers,
        "handed": start * 0.9 ** powers[:4],
        "states": [0, 1],
        "still": [start] * 3,
    }


@oracle
def show_trace_2d(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "path": [(-4.0, 1.5), (2.0, -1.0), (0.0, 0.0)],
        "legends": [False, True],
        "names": ["稳", "飞"],
        "labels": ["坐标x1", "坐标x2"],
        "aspect": [1.0, 1.0],
        "holds": True,
        "same": True,
        "contours": True,
    }


def _losses(given: Arrays, number: int, fade: float, rounds: int, every: int) -> np.ndarray:
    """Return the losses of descent with a fading sum of gradients, from nought, on batches of three examples."""
    X, y = wide(given, "X", "y")
    rows = [np.arange(3 * k, 3 * k + 3) % 6 for k in range(number)]
    everything = np.concatenate(rows)
    A = np.c_[X, np.ones(len(X))]
    theta, moved = np.zeros((5, 1)), np.zeros((5, 1))
    losses = [((A @ theta - y)[everything] ** 2).mean() / 2]
    for _ in range(rounds):
        for k, part in enumerate(rows, start=1):
            moved = fade * moved + A[part].T @ (A[part] @ theta - y[part]) / 3
            theta = theta - 0.05 * moved
            if k % every == 0:
                losses.append(((A @ theta - y)[everything] ** 2).mean() / 2)
    return single(losses)


@oracle
def train_optimizer(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "losses": _losses(given, 10, 0.5, 1, 1),
        "rounds": _losses(given, 3, 0.0, 2, 3),
        "positive": True,
        "untouched": True,
    }


@oracle
def train_optimizer_concise(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"losses": _losses(given, 10, 0.5, 1, 1), "rounds": _losses(given, 3, 0.5, 4, 3), "positive": True}


def airfoil(path: Any) -> Mapping[str, Any]:
    """Return what ``load_airfoil`` must give, from the original file."""
    table = np.loadtxt(path)[:1500]
    table = single((table - table.mean(axis=0)) / table.std(axis=0))
    return {
        "dim": 5,
        "shapes": [15, 1500, 5, 1500, 1, 100, 5, 4, 8],
        "standard": True,
        "X": table[np.lexsort(table.T), :5],
        "y": np.sort(table[:, 5]),
        "orders": True,
        "refuses": [True, True],
    }


@oracle
def FactorScheduler(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"rates": [0.8, 0.4, 0.2, 0.15, 0.15], "constant": [0.3, 0.3], "refuses": [True] * 4}


@oracle
def MultiFactorScheduler(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    rates = [0.8, 0.8, 0.08, 0.08, 0.008, 0.008, 0.008]
    return {"rates": rates, "none": [0.3, 0.3], "refuses": [True] * 6}


@oracle
def CosineScheduler(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    slope = np.sqrt(0.5)
    plain = [0.8, 0.4 * (1 + slope), 0.4, 0.4 * (1 - slope), 0.0, 0.0]
    fall = 0.2 + 0.6 * np.cos(np.pi * np.arange(7) / 12) ** 2  # half angles
    return {"plain": plain, "warm": [0.4, 0.5, 0.6, 0.7, *fall, 0.2], "refuses": [True] * 6}
