"""Cases of the chapters on deep learning computation and generalization."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import numpy

from tests.parity.case import Given, Results, case, raises
from tests.parity.natives import Native


def _parts(native: Native, given: Given) -> tuple[Any, Any]:
    """Return two dense layers with given weights."""
    return native.dense(given["w"], given["b"]), native.dense(given["w"] * 2, given["b"] + 1)


def _mxnet(native: Any, given: Given) -> Any:
    class Net(native.gluon.nn.Block):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.norm = native.gluon.nn.BatchNorm(in_channels=4)
            self.norm.initialize()
            self.left, self.right = _parts(native, given)
            self.again = self.left

        def forward(self, X: Any) -> Any:
            H = self.norm(X)
            return self.left(H) + self.right(H) + self.again(H)

    return Net()


def _pytorch(native: Any, given: Given) -> Any:
    class Net(native.torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.norm = native.torch.nn.BatchNorm1d(4)
            self.left, self.right = _parts(native, given)
            self.again = self.left

        def forward(self, X: Any) -> Any:
            H = self.norm(X)
            return self.left(H) + self.right(H) + self.again(H)

    return Net()


def _tensorflow(native: Any, given: Given) -> Any:
    class Net(native.keras.Model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.norm = native.keras.layers.BatchNormalization()
            self.left, self.right = _parts(native, given)
            self.again = self.left

        def call(self, X: Any, training: bool = False) -> Any:
            H = self.norm(X, training=training)
            return self.left(H) + self.right(H) + self.again(H)

    net = Net()
    net(native.tf.zeros((1, 4)))
    return net


def _jax(native: Any, given: Given) -> Any:
    class Net(native.nnx.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            self.norm = native.nnx.BatchNorm(4, rngs=native.nnx.Rngs(0))
            self.left, self.right = _parts(native, given)
            self.again = self.left

        def __call__(self, X: Any) -> Any:
            H = self.norm(X)
            return self.left(H) + self.right(H) + self.again(H)

    return Net()


NETS = {"MXNet": _mxnet, "PyTorch": _pytorch, "TensorFlow": _tensorflow, "JAX": _jax}


def _net(native: Native, given: Given) -> Any:
    """Return a net of a batch norm, two dense layers, and the first of them once more."""
    return NETS[type(native).__name__](native, given)


@case
def num_params(d2l: Any, native: Native, given: Given) -> Results:
    return {"shared": d2l.num_params(_net(native, given))}


@case
def get_params(d2l: Any, native: Native, given: Given) -> Results:
    """Values in the order of declaration, before and after a step that changes nothing."""
    net, other = _net(native, given), _net(native, given)
    params = d2l.get_params(net)
    arrays = [v.T if v.ndim == 2 and not native.channels_last else v for v in params.values()]
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["y"])
    d2l.train_step(net, d2l.make_optimizer(net, lr=0.0), d2l.regression_loss, X, y)
    after = d2l.get_params(net)
    next(iter(params.values()))[...] = 7
    return {
        **{str(number): value for number, value in enumerate(arrays) if number},
        "same paths": list(d2l.get_params(other)) == list(params),
        "same order": list(after) == list(params),
        "a copy": bool((next(iter(d2l.get_params(net).values())) == 1).all()),
    }


@case
def get_state(d2l: Any, native: Native, given: Given) -> Results:
    net = _net(native, given)
    state = d2l.get_state(net)
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["y"])
    d2l.train_step(net, d2l.make_optimizer(net, lr=0.0), _trained_loss(native), X, y)
    moved = d2l.get_state(net)
    return {
        "values": list(state.values()),
        "moved": [bool((moved[path] != value).any()) for path, value in state.items()],
        "none": len(d2l.get_state(native.dense(given["w"], given["b"]))),
    }


@case
def save_params(d2l: Any, native: Native, given: Given) -> Results:
    """Names and values in the file, and what is left beside it."""
    net = _net(native, given)
    arrays = {**d2l.get_params(net), **d2l.get_state(net)}
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/net.npz"
        d2l.save_params(net, path)
        with numpy.load(path) as file:
            saved = dict(file)
        left = [entry.name for entry in Path(folder).iterdir()]
    return {
        "names": sorted(saved) == sorted(arrays),
        "values": all((saved[name] == value).all() for name, value in arrays.items()),
        "files": left == ["net.npz"],
    }


@case
def load_params(d2l: Any, native: Native, given: Given) -> Results:
    """A net after steps gets its first values back; a file that does not fit changes nothing."""
    net = _net(native, given)
    first = {**d2l.get_params(net), **d2l.get_state(net)}
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["y"])
    with tempfile.TemporaryDirectory() as folder:
        path, odd = f"{folder}/net.npz", f"{folder}/odd.npz"
        d2l.save_params(net, path)
        d2l.train_step(net, d2l.make_optimizer(net, lr=0.1), _trained_loss(native), X, y)
        trained = {**d2l.get_params(net), **d2l.get_state(net)}
        last = list(first)[-1]
        refused = []
        for arrays in ({**first, "odd": first[last]}, {**first, last: first[last][None]}):
            numpy.savez(odd, **arrays)
            refused.append(raises(ValueError, lambda: d2l.load_params(net, odd)))
        same = {**d2l.get_params(net), **d2l.get_state(net)}
        d2l.load_params(net, path)
    back = {**d2l.get_params(net), **d2l.get_state(net)}
    return {
        "moved": any((trained[name] != value).any() for name, value in first.items()),
        "refuses": refused,
        "untouched": all((same[name] == value).all() for name, value in trained.items()),
        "back": all((back[name] == value).all() for name, value in first.items()),
    }


def _trained_loss(native: Any) -> Any:
    """Return a loss that computes the net as in training."""
    if type(native).__name__ == "TensorFlow":
        return lambda net, X, y: native.tf.reduce_mean((net(X, training=True) - y) ** 2)
    return lambda net, X, y: ((net(X) - y) ** 2).mean()


@case
def try_gpu(d2l: Any, native: Native, given: Given) -> Results:
    return {
        "first": str(d2l.try_gpu()) == str(d2l.try_all_gpus()[0]),
        "missing": "cpu" in str(d2l.try_gpu(99)).lower(),
    }


@case
def try_all_gpus(d2l: Any, native: Native, given: Given) -> Results:
    return {"some": len(d2l.try_all_gpus()) > 0, "type": type(d2l.try_all_gpus()).__name__}


@case
def to_device(d2l: Any, native: Native, given: Given) -> Results:
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["y"])
    first, rest = d2l.to_device((X, [y, {"again": X}]), d2l.try_gpu())
    return {
        "first": d2l.to_numpy(first),
        "second": d2l.to_numpy(rest[0]),
        "third": d2l.to_numpy(rest[1]["again"]),
        "types": [type(rest).__name__, type(rest[1]).__name__],
        "none": d2l.to_device(X, None) is X,
    }


@case
def k_fold_split(d2l: Any, native: Native, given: Given) -> Results:
    folds, again = (list(d2l.k_fold_split(11, 3, seed=4)) for _ in range(2))
    return {
        "sizes": [len(part) for fold in folds for part in fold],
        "validated": numpy.sort(numpy.concatenate([val for _, val in folds])),
        "whole": all(sorted([*train, *val]) == list(range(11)) for train, val in folds),
        "again": all((a[1] == b[1]).all() for a, b in zip(folds, again, strict=True)),
        "shuffled": bool((next(d2l.k_fold_split(11, 3, seed=5))[1] != folds[0][1]).any()),
        "refuses": [raises(ValueError, lambda k=k: list(d2l.k_fold_split(5, k))) for k in (1, 6)],
    }


@case
def evaluate_loss(d2l: Any, native: Native, given: Given) -> Results:
    net = native.dense(given["w"], given["b"])
    batches = d2l.load_array((d2l.tensor(given["X"]), d2l.tensor(given["y"])), 4, is_train=False)
    return {
        "loss": numpy.float32(d2l.evaluate_loss(net, batches, d2l.squared_loss)),
        "refuses": raises(ValueError, lambda: d2l.evaluate_loss(net, [], d2l.squared_loss)),
    }


def _task(d2l: Any, native: Any, given: Given) -> tuple[Any, Any, Any]:
    """Return a dense net, its optimizer, and batches of four and two examples."""
    net = native.dense(given["w"], given["b"])
    X, y = d2l.tensor(given["X"]), d2l.tensor(given["y"])
    return net, d2l.make_optimizer(net, "sgd", lr=0.1), [(X[:4], y[:4]), (X[4:], y[4:])]


@case
def Callback(d2l: Any, native: Native, given: Given) -> Results:
    """The moments, what is told at each, and where each can stop."""
    told: list[str] = []

    class Teller(d2l.Callback):  # type: ignore[misc]
        def __init__(self, where: str = "") -> None:
            self.where = where

        def tell(self, moment: str, logs: dict[str, Any]) -> None:
            told.append(f"{moment} {logs['epoch']} {logs['step']} {' '.join(sorted(logs))}")
            self.stop = self.stop or moment == self.where

        def on_epoch_begin(self, logs: dict[str, Any]) -> None:
            self.tell("begin", logs)

        def on_batch_end(self, logs: dict[str, Any]) -> None:
            self.tell("batch", logs)

        def on_epoch_end(self, logs: dict[str, Any]) -> None:
            self.tell("end", logs)

    results: Results = {"quiet": d2l.Callback().on_epoch_end({}) is None, "going": d2l.Callback().stop}
    for where in ("never", "begin", "batch", "end"):
        told.clear()
        net, optimizer, batches = _task(d2l, native, given)
        callback, other = Teller(where), d2l.Callback()
        history = d2l.fit(net, batches, None, 2, optimizer, d2l.regression_loss, callbacks=[callback, other])
        results[where] = list(told)
        results[f"{where} history"] = len(history.get("train_loss", []))
        results[f"{where} net"] = callback.net is net and other.optimizer is optimizer
    return results


@case
def fit(d2l: Any, native: Native, given: Given) -> Results:
    net, optimizer, batches = _task(d2l, native, given)
    metrics = {"size": lambda predict, rows: sum(predict(X).shape[0] for X, _ in rows)}
    history = d2l.fit(net, batches, batches[:1], 2, optimizer, d2l.regression_loss, metrics)
    weight, bias = native.weights(net)
    alone, optimizer, batches = _task(d2l, native, given)
    d2l.fit(alone, batches, None, 2, optimizer, d2l.regression_loss)
    return {
        "names": sorted(history),
        "train": numpy.float32(history["train_loss"]),
        "val": numpy.float32(history["val_loss"]),
        "size": history["val_size"],
        "weight": weight,
        "bias": bias,
        "unseen": bool((native.weights(alone)[0] == weight).all()),
        "refuses": [
            raises(ValueError, lambda a=a, b=b: d2l.fit(alone, a, b, 1, optimizer, d2l.regression_loss))
            for a, b in (([], None), (batches, []))
        ],
    }


@case
def EarlyStopping(d2l: Any, native: Native, given: Given) -> Results:
    results: Results = {}
    series = {"min": [5.0, 3.0, 4.0, 3.0, 2.0, float("nan"), 2.5, 1.0], "max": [1.0, 1.0, 2.0, 1.5, 3.0, 2.0, 2.0, 2.0]}
    for mode, values in series.items():
        stopper = d2l.EarlyStopping("value", 2, mode)
        waited, stops = [], []
        for value in values:
            stopper.on_epoch_end({"value": value})
            waited.append(stopper.waited)
            stops.append(bool(stopper.stop))
        results |= {f"{mode} waited": waited, f"{mode} stops": stops, f"{mode} best": stopper.best}
    net, _, batches = _task(d2l, native, given)
    frozen = d2l.make_optimizer(net, "sgd", lr=0.0)
    history = d2l.fit(net, batches, batches, 9, frozen, d2l.regression_loss,
                      callbacks=[d2l.EarlyStopping("val_loss", 3)])  # fmt: skip
    results["epochs"] = len(history["val_loss"])
    results["refuses"] = [
        raises(ValueError, lambda: d2l.EarlyStopping("value", 2, "least")),
        raises(ValueError, lambda: d2l.EarlyStopping("value", 0)),
        raises(ValueError, lambda: d2l.EarlyStopping("value", 2).on_epoch_end({"other": 1.0})),
    ]
    return results


@case
def Checkpoint(d2l: Any, native: Native, given: Given) -> Results:
    """What is in the file after each of four values, as the number of steps that the saved net had made."""
    results: Results = {}
    with tempfile.TemporaryDirectory() as folder:
        for mode, values in {"min": [2.0, 3.0, 1.0, float("nan")], "max": [2.0, 3.0, 1.0, 3.0]}.items():
            path = f"{folder}/{mode}.npz"
            net, optimizer, batches = _task(d2l, native, given)
            keeper = d2l.Checkpoint(path, "value", mode)
            keeper.net = net
            states, saved = [], []
            for value in values:
                d2l.train_step(net, optimizer, d2l.regression_loss, *batches[0])
                states.append(native.weights(net)[0].copy())
                keeper.on_epoch_end({"value": value})
                other = native.dense(given["w"] * 0, given["b"])
                d2l.load_params(other, path)
                saved.append([bool((native.weights(other)[0] == w).all()) for w in states].index(True))
            results |= {f"{mode} saved": saved, f"{mode} best": keeper.best}
        results["refuses"] = raises(ValueError, lambda: d2l.Checkpoint(path, "value", "least"))
        results["missing"] = raises(ValueError, lambda: keeper.on_epoch_end({"other": 1.0}))
    return results
