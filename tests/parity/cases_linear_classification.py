"""Cases of linear classification: pictures, data sets, and softmax regression by hand."""

from __future__ import annotations

import contextlib
import functools
import io
from importlib import import_module
from typing import Any

import numpy

from tests.parity.case import Given, Results, case, data_case, drawn_on, figure_of, raises
from tests.parity.natives import Native


@case
def get_fashion_mnist_labels(d2l: Any, native: Native, given: Given) -> Results:
    return {
        "texts": list(d2l.get_fashion_mnist_labels(range(10))),
        "of a tensor": list(d2l.get_fashion_mnist_labels(d2l.tensor([9, 0], dtype="int32"))),
        "refuses": raises(ValueError, lambda: d2l.get_fashion_mnist_labels([10])),
    }


@case
def show_grid(d2l: Any, native: Native, given: Given) -> Results:
    """Three pictures a row, in each order of axes, as tensors and as arrays; a title for each or none."""
    images = given["images"]
    results: Results = {}
    shapes = {"plain": images, "first": images[:, None], "last": images[..., None]}
    for name, shown in {**{key: d2l.tensor(value) for key, value in shapes.items()}, "array": images}.items():
        axes = figure_of(functools.partial(d2l.show_grid, shown, titles=list("abcd"), cols=3, cell=1))
        filled = [item for item in axes if item.get_images()]
        results[name] = numpy.stack([numpy.asarray(item.get_images()[0].get_array()) for item in filled])
        results[f"{name} titles"] = [item.get_title() for item in filled]
        results[f"{name} cells"] = [len(axes), *(float(size) for size in axes[0].figure.get_size_inches())]
    results["refuses"] = raises(ValueError, lambda: d2l.show_grid(images, titles=["a"]))
    return results


def _pictures(X: numpy.ndarray) -> numpy.ndarray:
    """Return a batch of grey pictures as (examples, height, width)."""
    return X[:, 0] if X.shape[1] == 1 else X[..., 0]


def _batches(d2l: Any, loader: Any) -> Results:
    batches = [(d2l.to_numpy(X), d2l.to_numpy(y)) for X, y in loader]
    return {
        "sizes": [len(part[0]) for part in batches],
        "shape": [int(size) for size in batches[0][0].shape[1:]],
        "X": _pictures(numpy.concatenate([part[0] for part in batches])),
        "y": numpy.concatenate([part[1] for part in batches]),
    }


@case
def load_data_digits(d2l: Any, native: Native, given: Given) -> Results:
    digits = import_module("sklearn.datasets").load_digits()
    train, test = d2l.load_data_digits(100)
    parts, again = {"train": _batches(d2l, train), "test": _batches(d2l, test)}, _batches(d2l, test)
    whole = numpy.concatenate([part["X"] for part in parts.values()]).reshape(len(digits.images), -1)
    labels = numpy.concatenate([part["y"] for part in parts.values()])
    rows = {(row.tobytes(), int(label)) for row, label in zip(whole * 16, labels, strict=True)}
    theirs = zip(digits.data.astype("float32"), digits.target, strict=True)
    return {
        **{f"{name} sizes": part["sizes"] for name, part in parts.items()},
        "channels": sorted(parts["test"]["shape"]),
        "all": rows == {(row.tobytes(), int(label)) for row, label in theirs},
        "fixed": bool((parts["test"]["X"] == again["X"]).all()),
        "test X": parts["test"]["X"],
        "test y": parts["test"]["y"],
    }


@data_case
def load_data_fashion_mnist(d2l: Any, native: Native, given: Given) -> Results:
    train, test = d2l.load_data_fashion_mnist(256, num_train=1000, split="test")
    _, val = d2l.load_data_fashion_mnist(64, num_train=64, num_val=100)
    _, small = d2l.load_data_fashion_mnist(64, resize=14, num_train=64, num_val=100)
    parts = {name: _batches(d2l, loader) for name, loader in {"test": test, "val": val, "small": small}.items()}
    sizes = [len(part[0]) for part in train]
    return {
        "train sizes": sizes,
        **{f"{name} sizes": part["sizes"] for name, part in parts.items()},
        **{f"{name} channels": sorted(part["shape"]) for name, part in parts.items()},
        "test X": parts["test"]["X"][:500],
        "test sum": numpy.asarray(parts["test"]["X"].sum(dtype="float64")),
        "test y": parts["test"]["y"],
        "val X": parts["val"]["X"],
        "val y": parts["val"]["y"],
        "small X": parts["small"]["X"],
        "small y": parts["small"]["y"],
        "refuses": raises(ValueError, lambda: d2l.load_data_fashion_mnist(64, split="train")),
    }


@data_case
def data_path(d2l: Any, native: Native, given: Given) -> Results:
    folder = d2l.data_path("fashion-mnist")
    return {
        "files": sorted(path.name for path in folder.glob("*.gz")),
        "refuses": raises(KeyError, lambda: d2l.data_path("no")),
    }


@case
def Accumulator(d2l: Any, native: Native, given: Given) -> Results:
    sums = d2l.Accumulator(2)
    sums.add(1, 2.5)
    sums.add(3, d2l.to_numpy(d2l.tensor(0.5)))
    values = [float(sums[0]), float(sums[1])]
    sums.reset()
    return {"sums": numpy.array(values), "reset": numpy.array([float(sums[0]), float(sums[1])])}


@case
def LivePlot(d2l: Any, native: Native, given: Given) -> Results:
    """Outside a notebook nothing is shown by ``add``; ``draw`` brings the picture up to date."""
    live = d2l.LivePlot(["甲", "乙"], xlabel="轮", ylabel="损失", log="y", xlim=(0, 4), ylim=(0.1, 2), size=(4, 2))
    for step in range(1, 4):
        live.add(step, 1 / step, None if step == 2 else step / 4)
    refuses = raises(ValueError, lambda: live.add(4, 1))
    with contextlib.redirect_stdout(io.StringIO()):
        live.draw()
        live.draw()
    axes = live.ax
    named = {text.get_text() for text in axes.texts} | set(drawn_on(axes)["legend"])
    return {
        "lines": len(axes.lines),
        **{f"line{number}": line.get_xydata() for number, line in enumerate(axes.lines)},
        "words": [axes.get_xlabel(), axes.get_ylabel(), axes.get_xscale(), axes.get_yscale()],
        "named": sorted(named & {"甲", "乙"}),
        "size": axes.figure.get_size_inches(),
        "limits": numpy.array([*axes.get_xlim(), *axes.get_ylim()]),
        "refuses": refuses,
    }


@case
def softmax(d2l: Any, native: Native, given: Given) -> Results:
    steep = d2l.tensor([[1000.0, 0.0, -1000.0], [-1e4, -1e4, -1e4]])
    return {
        "rows": d2l.to_numpy(d2l.softmax(d2l.tensor(given["logits"]))),
        "deep": d2l.to_numpy(d2l.softmax(d2l.tensor(given["images"]))),
        "steep": d2l.to_numpy(d2l.softmax(steep)),
    }


@case
def cross_entropy(d2l: Any, native: Native, given: Given) -> Results:
    y_hat, y = d2l.tensor(given["probabilities"]), d2l.tensor(given["labels"], dtype="int32")
    _, grads = d2l.value_and_grad(lambda p: native.sum(d2l.cross_entropy(p, y)), [y_hat])
    return {"loss": d2l.to_numpy(d2l.cross_entropy(y_hat, y)), "grad": d2l.to_numpy(grads[0])}


@case
def accuracy(d2l: Any, native: Native, given: Given) -> Results:
    y_hat, y = d2l.tensor(given["probabilities"]), d2l.tensor(given["labels"], dtype="int32")
    return {"right": numpy.array(float(d2l.accuracy(y_hat, y)))}


@case
def evaluate_accuracy(d2l: Any, native: Native, given: Given) -> Results:
    X, y = d2l.tensor(given["probabilities"]), d2l.tensor(given["labels"], dtype="int32")
    batches = [(X[:4], y[:4]), (X[4:], y[4:])]
    device = d2l.try_gpu(-1)  # there is no such GPU: the CPU
    return {
        "share": numpy.array(float(d2l.evaluate_accuracy(lambda part: part * 2, batches))),
        "on a device": numpy.array(float(d2l.evaluate_accuracy(lambda part: part * 2, batches, device))),
    }


@case
def show_predictions(d2l: Any, native: Native, given: Given) -> Results:
    X, y = d2l.tensor(given["images"]), d2l.tensor([0, 1, 2, 3], dtype="int32")
    scores = d2l.tensor(numpy.eye(10)[[0, 1, 2, 9]])
    axes = figure_of(lambda: d2l.show_predictions(lambda part: scores[: len(part)], [(X, y)], n=4))
    axes = [item for item in axes if item.get_images()]
    return {
        "images": numpy.stack([numpy.asarray(item.get_images()[0].get_array()) for item in axes]),
        "titles": [item.get_title().replace("\n", " ") for item in axes],
    }


@case
def softmax_cross_entropy(d2l: Any, native: Native, given: Given) -> Results:
    """Per example, with any leading shape, far beyond what ``exp`` can hold; and the gradient."""
    y = d2l.tensor(given["labels"], dtype="int32")
    _, grads = d2l.value_and_grad(
        lambda scores: native.sum(d2l.softmax_cross_entropy(scores, y)), [d2l.tensor(given["logits"])]
    )
    deep = d2l.tensor(given["logits"].reshape(7, 1, 5))
    huge = d2l.softmax_cross_entropy(d2l.tensor([[1000, 0]]), d2l.tensor([1], dtype="int32"))
    return {
        "loss": d2l.to_numpy(d2l.softmax_cross_entropy(d2l.tensor(given["logits"]), y)),
        "grad": d2l.to_numpy(grads[0]),
        "deep": d2l.to_numpy(d2l.softmax_cross_entropy(deep, d2l.tensor(given["labels"][:, None], dtype="int32"))),
        "huge": d2l.to_numpy(huge),
    }


def _classifier(native: Native) -> Any:
    return native.dense(numpy.outer(numpy.arange(4), numpy.arange(5)).astype("float32") / 10, numpy.zeros(5, "float32"))


@case
def classification_loss(d2l: Any, native: Native, given: Given) -> Results:
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["labels"][:6], dtype="int32")
    return {"loss": numpy.asarray(float(d2l.classification_loss(_classifier(native), X, y)), "float32")}


@case
def train_classifier(d2l: Any, native: Native, given: Given) -> Results:
    """Two epochs of two unequal batches, with a constant and with a decaying learning rate."""
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["labels"][:6], dtype="int32")
    batches = [(X[:4], y[:4]), (X[4:], y[4:])]
    results: Results = {}
    for name, decay in (("constant", False), ("decay", True)):
        net = _classifier(native)
        history = d2l.train_classifier(net, batches, batches, 2, 0.5, decay=decay, plot=False)
        results[f"{name} W"], results[f"{name} b"] = native.weights(net)
        for metric in ("train_loss", "val_loss", "val_acc"):
            results[f"{name} {metric}"] = numpy.array(history[metric], "float32")
        results[f"{name} seconds"] = len(history["seconds"])
    alone = d2l.train_classifier(_classifier(native), batches, None, 1, 0.5, plot=False)
    results["alone"] = [len(alone[metric]) for metric in ("train_loss", "val_loss", "val_acc")]
    return results
