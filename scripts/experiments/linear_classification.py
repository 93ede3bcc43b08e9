"""Softmax regression beyond the section's own run: ``python -m scripts.experiments.linear_classification``.

Writes ``static/results/seeds/linear-classification/numpy.json``: accuracies of the linear classifier trained five times
as long, and with two pictures of differences between neighbouring pixels beside the raw pixels, over three seeds.
NumPy only, all 50,000 training pictures; minibatches of 256, learning rate 0.1, divided by ten for the last sixth of
the epochs, as in the section. About a minute and a half on one processor.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from d2l import base as d2l

Floats = NDArray[np.float32]
RESULTS = Path(__file__).resolve().parents[2] / "static/results/seeds/linear-classification/numpy.json"
SEEDS = (0, 1, 2)
SHIRT = 6


def pixels(images: NDArray[np.uint8]) -> Floats:
    """Return pictures (n, 28, 28) as rows (n, 784) in [0, 1]."""
    return (images / np.float32(255)).reshape(len(images), -1).astype(np.float32)


def with_edges(images: NDArray[np.uint8]) -> Floats:
    """Return pictures with the absolute differences to the right and to the lower neighbour: rows (n, 2352)."""
    scaled = (images / np.float32(255)).astype(np.float32)
    right = np.abs(np.diff(scaled, axis=2, append=scaled[:, :, -1:]))
    below = np.abs(np.diff(scaled, axis=1, append=scaled[:, -1:, :]))
    return np.concatenate([part.reshape(len(images), -1) for part in (scaled, right, below)], axis=1)


def train(X: Floats, y: NDArray[np.uint8], epochs: int, seed: int) -> tuple[Floats, Floats]:
    """Return weights and biases after ``epochs`` of minibatch SGD on the cross-entropy."""
    rng = np.random.default_rng(seed)
    W: Floats = rng.normal(0, 0.01, (X.shape[1], 10)).astype(np.float32)
    b, target = np.zeros(10, np.float32), np.eye(10, dtype=np.float32)[y]
    for epoch in range(epochs):
        lr = np.float32(0.1 if epoch < epochs * 5 // 6 else 0.01)
        order = rng.permutation(len(X))
        for start in range(0, len(X), 256):
            index = order[start : start + 256]
            scores = X[index] @ W + b
            exps = np.exp(scores - scores.max(1, keepdims=True))
            error = (exps / exps.sum(1, keepdims=True) - target[index]) / len(index)
            W -= lr * (X[index].T @ error)
            b -= lr * error.sum(0)
    return W, b


def measure() -> dict[str, Any]:
    """Return each metric's mean, least and greatest value over the seeds."""
    (images, labels), (val_images, val_labels) = d2l.read_fashion_mnist()
    _, (test_images, test_labels) = d2l.read_fashion_mnist("test")
    found: dict[str, list[float]] = {}
    runs = (("6 epochs", pixels, 6), ("30 epochs", pixels, 30), ("edges, 6 epochs", with_edges, 6))
    for name, features, epochs in runs:
        X, held_out, test = features(images), features(val_images), features(test_images)
        for seed in SEEDS:
            W, b = train(X, labels, epochs, seed)
            guess = (held_out @ W + b).argmax(1)
            values = {
                "val": float((guess == val_labels).mean()),
                "val shirt recall": float((guess == val_labels)[val_labels == SHIRT].mean()),
                "test": float(((test @ W + b).argmax(1) == test_labels).mean()),
            }
            for metric, value in values.items():
                found.setdefault(f"{name}: {metric}", []).append(value)
    return {
        name: {"mean": round(statistics.mean(values), 4), "min": round(min(values), 4), "max": round(max(values), 4)}
        for name, values in found.items()
    }


if __name__ == "__main__":
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    RESULTS.write_text(json.dumps({"seeds": len(SEEDS), **measure()}, indent=1) + "\n", encoding="utf-8")
    print(RESULTS.read_text(encoding="utf-8"))
