"""Beyond the runs of 从全连接层到卷积 and 图像卷积: ``python -m scripts.experiments.convolutional_neural_networks``.

Writes three files in ``static/results/seeds/convolutional-neural-networks``, seed by seed. ``numpy.json``: twenty-four
single starts of the convolution, the training loss and the accuracy on photos of the other half. ``softmax.json``:
softmax regression on the 256 pixels, scratches everywhere, the accuracy on new photos. ``barcodes.json``: for each
number of averaged rows, the share of a thousand photos of the barcode that are read right. Data and batches are the
sections'; NumPy only, under thirty seconds on one core.
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


def barcode() -> Array:
    """Return one row of the photo of the barcode 7042 without noise, (126,)."""
    codes = {"7": "0111011", "0": "0001101", "4": "0100011", "2": "0010011"}
    bits = "0000101" + "".join(codes[digit] for digit in "7042") + "1010000"
    black = numpy.repeat([bit == "1" for bit in bits], 3)
    row: Array = numpy.where(black, 0.2, 0.9) * numpy.geomspace(1, 0.12, 126)
    return row


def bars_between(edges: numpy.typing.NDArray[numpy.intp]) -> str:
    """Return the cells between the first and the last edge, black as 1, as ``decode`` of the section reads them."""
    widths = numpy.rint(numpy.diff(edges) / 3).astype(int)
    return "".join("10"[i % 2] * int(width) for i, width in enumerate(widths))


def barcodes_read(rows: int) -> dict[str, float]:
    """Judge edges by the mean of ``rows`` rows and the threshold 0.05 on a thousand photos, noise 0.03."""
    clean, top = barcode(), (13 - rows) // 2
    digits = bars_between(numpy.flatnonzero(abs(numpy.diff(clean)) > 0.05))[3:31]
    read = 0
    for seed in range(1000):
        photo = clean + numpy.random.RandomState(seed).normal(0, 0.03, (12, 126))
        response = numpy.diff(photo, axis=1)[top : top + rows].mean(axis=0)
        read += bars_between(numpy.flatnonzero(abs(response) > 0.05))[3:31] == digits
    return {"share read right": read / 1000}


def write(name: str, runs: dict[str, dict[str, float]], metric: str) -> None:
    """Write the runs and print them, lowest metric first."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / name).write_text(json.dumps(runs, indent=1) + "\n", encoding="utf-8")
    print(name, sorted(run[metric] for run in runs.values()))


def main() -> int:
    """Write the results and print how they spread."""
    write("numpy.json", {str(seed): one_start(seed) for seed in range(24)}, "accuracy, right half")
    write("softmax.json", {str(seed): pixels_alone(seed) for seed in range(10)}, "accuracy, new photos")
    write("barcodes.json", {f"{rows} rows": barcodes_read(rows) for rows in (3, 7, 9, 12)}, "share read right")
    return 0


if __name__ == "__main__":
    sys.exit(main())
