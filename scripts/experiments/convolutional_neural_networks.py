"""Beyond the runs of 从全连接层到卷积: ``python -m scripts.experiments.convolutional_neural_networks``.

Writes two files in ``static/results/seeds/convolutional-neural-networks``, seed by seed. ``numpy.json``: twenty-four
single starts of the convolution, the training loss and the accuracy on photos of the other half. ``softmax.json``:
softmax regression on the 256 pixels, scratches everywhere, the accuracy on new photos. Data and batches are the
section's; NumPy only, under twenty seconds on one core.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy

FOLDER = Path(__file__).resolve().parents[2] / "static/results/seeds/convolutional-neural-networks"
Array = numpy.typing.NDArray[numpy.float64]
Labels = numpy.typing.NDArray[numpy.int64]


def take_photos(count: int, columns: range) -> tuple[Array, Labels]:
    """Return as many photos, (count, 16, 16), and their labels, as the section makes them."""
    photos = numpy.random.normal(0, 0.2, (count, 16, 16))
    labels = numpy.random.randint(0, 2, count)
    row, column = numpy.random.randint(2, 14, count), numpy.random.choice(columns, count)
    for step in (-1, 0, 1):
        photos[numpy.arange(count), row + step, column + numpy.where(labels == 0, step, -step)] += 1
    return photos, labels


def blocks_of(photos: Array) -> Array:
    """Return the 3 by 3 blocks of the photos, (count, 196, 9)."""
    windows = numpy.lib.stride_tricks.sliding_window_view(photos, (3, 3), axis=(1, 2))
    return windows.reshape(len(photos), 196, 9)


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
    photos, labels = take_photos(2000, range(2, 6))
    elsewhere, truth = take_photos(2000, range(10, 14))
    blocks, moved = blocks_of(photos), blocks_of(elsewhere)
    weights = numpy.random.normal(0, 0.05, (9, 2))
    for _ in range(500):
        rows = numpy.random.randint(0, 2000, 100)
        weights = weights - loss_and_gradient(weights, blocks[rows], labels[rows])[1]
    guess = (moved @ weights).max(axis=1).argmax(axis=1)
    loss, _ = loss_and_gradient(weights, blocks[:500], labels[:500])
    return {"training loss": round(loss, 3), "accuracy, right half": round(float((guess == truth).mean()), 4)}


def pixels_alone(seed: int) -> dict[str, float]:
    """Train softmax regression on 8000 photos with scratches everywhere, 2000 steps at rate 0.1; judge 2000 others."""
    numpy.random.seed(seed)
    photos, labels = take_photos(8000, range(2, 14))
    fresh, truth = take_photos(2000, range(2, 14))
    pixels, weights, bias = photos.reshape(8000, 256), numpy.zeros((256, 2)), numpy.zeros(2)
    for _ in range(2000):
        rows = numpy.random.randint(0, 8000, 100)
        scores = pixels[rows] @ weights + bias
        chances = numpy.exp(scores - scores.max(axis=1, keepdims=True))
        residual = chances / chances.sum(axis=1, keepdims=True) - numpy.eye(2)[labels[rows]]
        weights, bias = weights - 0.1 * pixels[rows].T @ residual / 100, bias - 0.1 * residual.mean(axis=0)
    guess = (fresh.reshape(2000, 256) @ weights + bias).argmax(axis=1)
    return {"accuracy, new photos": round(float((guess == truth).mean()), 4)}


def write(name: str, runs: dict[str, dict[str, float]], metric: str) -> None:
    """Write the runs and print them, lowest metric first."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / name).write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    print(name, sorted(run[metric] for run in runs.values()))


def main() -> int:
    """Write the results and print how they spread."""
    write("numpy.json", {str(seed): one_start(seed) for seed in range(24)}, "accuracy, right half")
    write("softmax.json", {str(seed): pixels_alone(seed) for seed in range(10)}, "accuracy, new photos")
    return 0


if __name__ == "__main__":
    sys.exit(main())
