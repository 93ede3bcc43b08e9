"""What the names of multilayer perceptrons must give, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .oracles import oracle, single, softmax_rows
from .shared import Arrays


@oracle
def relu(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    x = given["X"].copy()
    x[0, 0] = 0
    return {"y": np.maximum(x, 0), "grad": single(x > 0), "ends": single([np.nan, 0, np.inf])}


@oracle
def train_scratch(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, y = given["images"].reshape(-1, 16)[:7].astype("float64"), given["labels"]
    start = np.outer(np.arange(16), np.arange(5)) / 100
    W, b, losses, shares = start.copy(), np.zeros(5), [], []
    for _ in range(2):
        total = 0.0
        for rows in (slice(0, 4), slice(4, 7)):
            probabilities = softmax_rows(X[rows] @ W + b)
            target = np.eye(5)[y[rows]]
            total -= float((target * np.log(probabilities)).sum())
            error = (probabilities - target) / len(target)
            W, b = W - 0.5 * X[rows].T @ error, b - 0.5 * error.sum(0)
        losses.append(total / 7)
        shares.append(float(((X @ W + b).argmax(1) == y).mean()))
    return {
        "W": single(W),
        "b": single(b),
        "start": single(start),
        "train_loss": single(losses),
        "val_acc": shares,
        "alone": [1, 0],
    }
