"""Twenty-four single starts of the convolution of 从全连接层到卷积:
``python -m scripts.spreads.convolutional_neural_networks``.

Writes ``static/results/seeds/convolutional-neural-networks/numpy.json``: the training loss and the accuracy on photos
of the other half, seed by seed. Data, batches and step are the section's; NumPy only, about ten seconds on one core.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy

TARGET = Path(__file__).resolve().parents[2] / "static/results/seeds/convolutional-neural-networks/numpy.json"
Array = numpy.typing.NDArray[numpy.float64]
Labels = numpy.typing.NDArray[numpy.int64]


def take_photos(count: int, columns: range) -> tuple[Array, Labels]:
    """Return the 3 by 3 blocks of as many photos, (count, 196, 9), and their labels, as the section makes them."""
    photos = numpy.random.normal(0, 0.2, (count, 16, 16))
    labels = numpy.random.randint(0, 2, count)
    row, column = numpy.random.randint(2, 14, count), numpy.random.choice(columns, count)
    for step in (-1, 0, 1):
        photos[numpy.arange(count), row + step, column + numpy.where(labels == 0, step, -step)] += 1
    windows = numpy.lib.stride_tricks.sliding_window_view(photos, (3, 3), axis=(1, 2))
    return windows.reshape(count, 196, 9), labels


def loss_and_gradient(weights: Array, blocks: Array, labels: Labels) -> tuple[float, Array]:
    """Return the mean cross-entropy of the largest scores, and its gradient with respect to ``weights`` (9, 2)."""
    scores = blocks @ weights
    rows = numpy.arange(len(labels))
    best = scores.argmax(axis=1)
    top = numpy.take_along_axis(scores, best[:, None], axis=1)[:, 0]
    shifted = top - top.max(axis=1, keepdims=True)
    chances = numpy.exp(shifted) / numpy.exp(shifted).sum(axis=1, keepdims=True)
    loss = float(-numpy.log(numpy.maximum(chances[rows, labels], 1e-300)).mean())
    chances[rows, labels] -= 1
    gradient = numpy.stack([(chances[:, k, None] * blocks[rows, best[:, k]]).mean(axis=0) for k in (0, 1)], axis=1)
    return loss, gradient


def one_start(seed: int) -> dict[str, float]:
    """Train once, as ``fit`` of the section does with one start."""
    numpy.random.seed(seed)
    blocks, labels = take_photos(2000, range(2, 6))
    moved, truth = take_photos(2000, range(10, 14))
    weights = numpy.random.normal(0, 0.05, (9, 2))
    for _ in range(500):
        rows = numpy.random.randint(0, 2000, 100)
        weights = weights - loss_and_gradient(weights, blocks[rows], labels[rows])[1]
    guess = (moved @ weights).max(axis=1).argmax(axis=1)
    loss, _ = loss_and_gradient(weights, blocks[:500], labels[:500])
    return {"training loss": round(loss, 3), "accuracy, right half": round(float((guess == truth).mean()), 4)}


def main() -> int:
    """Write the results and print how many starts got stuck."""
    runs = {str(seed): one_start(seed) for seed in range(24)}
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    TARGET.write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    ordered = sorted(runs.values(), key=lambda run: run["accuracy, right half"])
    print(ordered)
    return 0


if __name__ == "__main__":
    sys.exit(main())
