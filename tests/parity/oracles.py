"""What must come out, in NumPy, from the meaning that the curriculum gives each name.

An oracle takes the shared inputs and one backend's results (for what is random: the results must fit together).
"""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from .shared import STEPS, Arrays

Oracle = Callable[[Arrays, Arrays], Mapping[str, Any]]
ORACLES: dict[str, Oracle] = {}


def oracle(function: Oracle) -> Oracle:
    """Register an oracle under its function's name."""
    ORACLES[function.__name__] = function
    return function


def expected(name: str, given: Arrays, found: Arrays) -> dict[str, np.ndarray]:
    """Return what the case called ``name`` must give."""
    return {key: np.asarray(value) for key, value in ORACLES[name](given, found).items()}


def single(value: Any) -> np.ndarray:
    """Return a value as float32."""
    return np.asarray(value, dtype="float32")


def wide(given: Arrays, *names: str) -> list[np.ndarray]:
    """Return inputs in double precision."""
    return [given[name].astype("float64") for name in names]


@oracle
def tensor(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "float": given["X"],
        "list": single([[1, 2], [3, 4.5]]),
        "number": single(2),
        "wide": single(given["grid"]),
        "int32": np.array([1, -2], "int32"),
        "bool": [False, True],
        "shape": [6, 4],
        "refuses": True,
        "ragged": True,
    }


@oracle
def to_numpy(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"values": given["X"], "type": "ndarray", "writable": True}


@oracle
def seed_all(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    state = np.random.RandomState(7)
    return {"python": random.Random(7).random(), "numpy": state.rand(2), "again": True, "other": True}


def _curve(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return np.stack([x, y], axis=1)


COLORS = ["#14808f", "#c4622d", "#9c7410", "#8263b5"]


@oracle
def plot_curves(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    x = given["grid"]
    return {
        "pair line0": _curve(x, x**2 + 1),
        "pair line1": _curve(x, x + 9),
        "pair styles": [f"- {COLORS[0]}", f"-- {COLORS[1]}"],
        "pair words": ["横", "纵", "linear", "log"],
        "pair legend": [],
        "limits": [-3.0, 3.0, 0.5, 20.0],
        "size": [5.0, 3.0],
        "alone line0": _curve(np.arange(len(x), dtype="float64"), x),
        "alone words": ["", "", "linear", "linear"],
        "alone legend": [],
        "alone names": [],
        "crowd legend": ["短", "长"],
        "crowd names": [],
        "near legend": [],
        "near names": ["远", "下", "上"],
        **dict.fromkeys(("apart", "returns", "refuses", "matrix"), True),
    }


@oracle
def finish_axes(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "line0": [[1.0, 3.0], [2.0, 4.0], [3.0, 5.0]],
        "styles": [f"- {COLORS[0]}"],
        "words": ["轮数", "b", "linear", "log"],
        "legend": ["丙"],
        "limits": [1.0, 3.0, 2.0, 20.0],
        "x ticks": ["1", "2", "3"],
        "y ticks": ["2", "5", "10", "20"],
        "refuses": True,
    }


@oracle
def panels(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"shape": [2, 3], "size": [6.0, 3.0], "shared": True}


@oracle
def use_book_style(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "returns": True,
        "backend": "agg",
        "colors": COLORS,
        "different": 16,
        "drawings": [True, True, True],
    }


@oracle
def numerical_gradient(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    x = np.array([[1.0, 2.0], [3.0, -4.0]])
    return {
        "gradient": 3 * x**2,
        "forward_too": 3 * x**2 + 0.25,  # of a cube the error is h squared
        "calls": 8,
        "single": "float32",
        "in_place": [[-4.0, 0.0], [0.0, 1.0]],
        "number": 10.0,
        **dict.fromkeys(("restored", "failed", "whole", "list"), True),
    }


@oracle
def value_and_grad(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, y, w, b = wide(given, "X", "y", "w", "b")
    residual = X @ w + b - y
    total, first = (residual**2).sum(), w[0, 0]
    weight = 2 * first * X.T @ residual
    weight[0, 0] += total
    grads = [single(weight), single([2 * first * residual.sum()]), np.zeros((2, 3), "float32")]
    return {
        "value": single(total * first),
        "type": "list",
        **{f"grad{number}": grad for number, grad in enumerate(grads)},
        **{f"again{number}": grad for number, grad in enumerate(grads)},
        **{f"param{number}": given[name] for number, name in enumerate(("w", "b", "unused"))},
        "same": True,
        "refuses": True,
    }


@oracle
def normal(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    def density(x: Any, mu: float, sigma: float) -> Any:
        return np.exp(-((x - mu) ** 2) / (2 * sigma**2)) / np.sqrt(2 * np.pi * sigma**2)

    return {"curve": density(given["grid"], 0.5, 1.5), "number": density(1.0, 0.0, 2.0), "refuses": True}


@oracle
def Timer(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return dict.fromkeys(("positive", "avg", "sum", "cumsum"), True)


@oracle
def synthetic_data(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    features = np.random.RandomState(11).normal(size=(50, 4))
    labels = features @ given["w"].astype("float64") + 4.2
    return {"features": single(features), "labels": single(labels), "shapes": [4000, 2, 4000, 1], "noise": True}


def _one_round(given: Arrays) -> dict[str, Any]:
    order = np.argsort(given["y"][:, 0])
    return {
        "sizes": [4, 2],
        "X": given["X"],
        "y": given["y"],
        "shuffled X": given["X"][order],
        "shuffled y": given["y"][order],
        "orders": True,
    }


@oracle
def data_iter(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return _one_round(given)


@oracle
def load_array(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {**_one_round(given), "twice": True}


@oracle
def linreg(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, w, b = wide(given, "X", "w", "b")
    return {"y": single(X @ w + b)}


@oracle
def squared_loss(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, y = wide(given, "X", "y")
    return {"loss": single((X[:, :1] - y) ** 2 / 2), "refuses": True}


@oracle
def sgd(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    w, b = wide(given, "w", "b")
    new = {"new0": single(w - 0.1 * w**2), "new1": single(b - 0.1 * (b + 1))}
    return {"type": "list", **new, "old0": given["w"], "old1": given["b"]}


@oracle
def forward(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, w, b = wide(given, "X", "w", "b")
    still = {"still": np.ones((40, 50), "float32"), "values": single([0, 2]), "half": True, "back": True}
    return {"y": single(X @ w + b), **still}


def _loss_and_gradient(given: Arrays, w: np.ndarray, b: np.ndarray) -> tuple[float, np.ndarray, np.ndarray]:
    X, y = wide(given, "X", "y")
    residual = X @ w + b - y
    return float((residual**2 / 2).mean()), X.T @ residual / len(X), residual.mean(0)


@oracle
def regression_loss(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"loss": single(_loss_and_gradient(given, *wide(given, "w", "b"))[0])}


def _train(
    given: Arrays, start: list[np.ndarray], rates: list[float], options: Mapping[str, Any]
) -> tuple[list[float], np.ndarray, np.ndarray]:
    """Return the losses before each step of gradient descent or Adam, and the weights after the last."""
    decay, limit = options.get("weight_decay", 0.0), options.get("clip")
    values = [value.copy() for value in start]
    first, second = ([np.zeros_like(value) for value in values] for _ in range(2))
    losses = []
    for step, rate in enumerate(rates, 1):
        loss, *grads = _loss_and_gradient(given, *values)
        losses.append(loss)
        if limit is not None:
            norm = np.sqrt(sum((grad**2).sum() for grad in grads))
            grads = [grad * min(1.0, limit / norm) for grad in grads]
        grads = [grad + decay * value for grad, value in zip(grads, values, strict=True)]
        for number, grad in enumerate(grads):
            if options.get("name") == "adam":
                first[number] = 0.9 * first[number] + 0.1 * grad
                second[number] = 0.999 * second[number] + 0.001 * grad**2
                scale = np.sqrt(second[number] / (1 - 0.999**step)) + 1e-8
                move = first[number] / (1 - 0.9**step) / scale
            else:
                move = first[number] = options.get("momentum", 0.0) * first[number] + grad
            values[number] = values[number] - rate * move
    return losses, values[0], values[1]


@oracle
def train_step(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    results: dict[str, Any] = {}
    for name, options in STEPS.items():
        losses, w, b = _train(given, wide(given, "w", "b"), [0.05] * 3, options)
        results |= {f"{name} losses": single(losses), f"{name} weight": single(w), f"{name} bias": single(b)}
    return results


@oracle
def set_lr(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    _, w, b = _train(given, wide(given, "w", "b"), [0.05, 0.2], {})
    return {"weight": single(w), "bias": single(b)}


@oracle
def make_optimizer(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    w, b = wide(given, "w", "b")
    _, first, first_bias = _train(given, [w, b], [0.01], {})
    _, second, second_bias = _train(given, [2 * w, b], [0.01], {})
    both = {"first": first, "first bias": first_bias, "second": second, "second bias": second_bias}
    return {**{name: single(value) for name, value in both.items()}, "refuses": True}


CLOTHES = ["T恤", "裤子", "套头衫", "连衣裙", "外套", "凉鞋", "衬衫", "运动鞋", "包", "短靴"]


@oracle
def get_fashion_mnist_labels(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"texts": CLOTHES, "of a tensor": [CLOTHES[9], CLOTHES[0]], "refuses": True}


@oracle
def show_grid(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    expected: dict[str, Any] = {"refuses": True}
    for name in ("plain", "first", "last", "array"):
        expected[name] = given["images"]
        expected[f"{name} titles"] = list("abcd")
        expected[f"{name} cells"] = [6, 3.0, 2.0]
    return expected


@oracle
def load_data_digits(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    test = 359
    return {
        "train sizes": [100] * 14 + [1797 - test - 1400],
        "test sizes": [100] * 3 + [59],
        "channels": [1, 8, 8],
        "all": True,
        "fixed": True,
        "test X": found["test X"],
        "test y": found["test y"],
    }


@cache
def idx(path: Path) -> np.ndarray:
    """Return an IDX file's bytes as an array."""
    content = gzip.decompress(path.read_bytes())
    rank = content[3]
    shape = np.frombuffer(content, ">u4", rank, 4).astype(int)
    return np.frombuffer(content, "uint8", offset=4 + 4 * rank).reshape(shape)


def fashion_mnist(folder: Path, found: Arrays) -> dict[str, np.ndarray]:
    """Return what the Fashion-MNIST case must give, from the original files in ``folder``."""
    images, labels = idx(folder / "t10k-images-idx3-ubyte.gz"), idx(folder / "t10k-labels-idx1-ubyte.gz")
    train = idx(folder / "train-images-idx3-ubyte.gz").reshape(60000, -1)
    codes = idx(folder / "train-labels-idx1-ubyte.gz")
    known = {(row.tobytes(), int(code)) for row, code in zip(train, codes, strict=True)}
    pixels = (found["val X"] * 255).round().astype("uint8").reshape(100, -1)
    inside = all((row.tobytes(), int(code)) in known for row, code in zip(pixels, found["val y"], strict=True))
    values: dict[str, Any] = {
        "train sizes": [256] * 3 + [232],
        "test sizes": [256] * 39 + [16],
        "val sizes": [64, 36],
        "small sizes": [64, 36],
        "test channels": [1, 28, 28],
        "val channels": [1, 28, 28],
        "small channels": [1, 14, 14],
        "test X": single(images[:500] / 255),
        "test sum": np.asarray((images.astype("float32") / 255).sum(dtype="float64")),
        "test y": labels.astype("int64"),
        "val X": found["val X"] if inside else np.zeros(0),
        "val y": found["val y"],
        "small X": found["val X"].reshape(100, 14, 2, 14, 2).mean((2, 4)),
        "small y": found["val y"],
        "refuses": True,
    }
    return {name: np.asarray(value) for name, value in values.items()}


@oracle
def Accumulator(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"sums": [4.0, 3.0], "reset": [0.0, 0.0]}


@oracle
def LivePlot(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "lines": 2,
        "line0": [[1.0, 1.0], [2.0, 0.5], [3.0, 1 / 3]],
        "line1": [[1.0, 0.25], [3.0, 0.75]],
        "words": ["轮", "损失", "linear", "log"],
        "named": sorted(["甲", "乙"]),
        "size": [4.0, 2.0],
        "limits": [0.0, 4.0, 0.1, 2.0],
        "refuses": True,
    }


def softmax_rows(x: np.ndarray, axis: int = -1) -> np.ndarray:
    """Return the softmax along an axis, in double precision."""
    powers: np.ndarray = np.exp(x.astype("float64") - x.max(axis, keepdims=True))
    total: np.ndarray = powers.sum(axis, keepdims=True)
    return np.asarray(powers / total)


@oracle
def softmax(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "rows": single(softmax_rows(given["logits"])),
        "deep": single(softmax_rows(given["images"])),
        "steep": single([[1, 0, 0], [1 / 3] * 3]),
    }


@oracle
def cross_entropy(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    rows, labels = np.arange(7), given["labels"]
    (probabilities,) = wide(given, "probabilities")
    grad = np.zeros((7, 5))
    grad[rows, labels] = -1 / probabilities[rows, labels]
    return {"loss": single(-np.log(probabilities[rows, labels])), "grad": single(grad)}


def _right(given: Arrays) -> float:
    return float((given["probabilities"].argmax(-1) == given["labels"]).sum())


@oracle
def accuracy(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"right": _right(given)}


@oracle
def evaluate_accuracy(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return dict.fromkeys(("share", "on a device"), _right(given) / 7)


@oracle
def show_predictions(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"images": given["images"], "titles": found["titles"]}
