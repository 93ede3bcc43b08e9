"""What must come out of the sections on convolutional networks, in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .oracles import oracle, single
from .shared import WINDOWS, Arrays


def _correlate(X: np.ndarray, K: np.ndarray) -> np.ndarray:
    """Return the cross-correlation of matrices, from the definition."""
    windows = sliding_window_view(X.astype("float64"), K.shape)
    return np.asarray(np.einsum("ijab,ab->ij", windows, K.astype("float64")))


def _spread(G: np.ndarray, K: np.ndarray) -> np.ndarray:
    """Return the gradient with respect to the input: each output's share goes back to what it saw."""
    h, w = K.shape
    back = np.zeros((G.shape[0] + h - 1, G.shape[1] + w - 1))
    for i, j in np.ndindex(*G.shape):
        back[i : i + h, j : j + w] += G[i, j] * K
    return back


@oracle
def corr2d(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, K = given["maps"][0, 0], given["kernels"][0, 0]
    G = np.append(given["matrix"], given["matrix"][:1], axis=0)
    return {
        "Y": single(_correlate(X, K)),
        "grad X": single(_spread(G, K)),
        "grad K": single(_correlate(X, G)),
        "refuses": True,
    }


@oracle
def Conv2DScratch(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, y = given["maps"][0, 0], given["maps"][1, 0, :4, :4]
    residual = _correlate(X, found["start"]) - y
    weight = found["start"] - 0.1 * _correlate(X, residual) / y.size
    bias = np.array([-0.1 * residual.mean()])
    return {
        "spread": True,
        "zero": single([0]),
        "start": found["start"] if found["start"].shape == (3, 2) else np.zeros(0),
        "weight": single(weight),
        "bias": single(bias),
        "Y": single(_correlate(X, weight) + bias),
    }


@oracle
def corr2d_multi_in_out(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, K = given["maps"][0], given["kernels"]
    Y = np.stack([sum(_correlate(x, k) for x, k in zip(X, one, strict=True)) for one in K])
    return {
        "Y": single(Y),
        "grad X": single(np.stack([sum(_spread(Y[o], K[o, c]) for o in range(2)) for c in range(3)])),
        "grad K": single(np.stack([[_correlate(x, y) for x in X] for y in Y])),
        "refuses": True,
    }


@oracle
def corr2d_multi_in_out_1x1(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    Y = np.einsum("oc,chw->ohw", given["kernels"][:, :, 0, 0].astype("float64"), given["maps"][0].astype("float64"))
    return {"Y": single(Y), "refuses": True, "channels": True}


@oracle
def pool2d(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X = given["maps"][0, 0].astype("float64")
    windows = sliding_window_view(X, (3, 2))
    largest, mean = windows.max((2, 3)), windows.mean((2, 3))
    to_largest = np.zeros_like(X)
    for i, j in np.ndindex(*largest.shape):
        a, b = np.unravel_index(windows[i, j].argmax(), (3, 2))
        to_largest[i + a, j + b] += largest[i, j]
    return {
        "default": single(sliding_window_view(X, (2, 2)).max((2, 3))),
        "max": single(largest),
        "max grad": single(to_largest),
        "avg": single(mean),
        "avg grad": single(_spread(mean, np.full((3, 2), 1 / 6))),
        "refuses": True,
        "large": True,
    }


@oracle
def batch_norm(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    results: dict[str, Any] = {}
    rows = ([1.5, 0.5, -2.0], [0.1, -0.2, 0.3], [0.2, 0.0, -1.0], [1.0, 2.0, 0.5])
    for name, X in (("dense", given["X"][:, :3]), ("maps", given["maps"])):
        axes, shape = (0, *range(2, X.ndim)), (1, 3, *[1] * (X.ndim - 2))
        x = X.astype("float64")
        gamma, beta, moving_mean, moving_var = (np.array(row) for row in rows)
        for mode, eps, momentum in (("train", 1e-5, 0.9), ("predict", 1e-5, 1.0), ("other", 0.1, 0.6)):
            mean, var = x.mean(axes), x.var(axes)
            new_mean = momentum * moving_mean + (1 - momentum) * mean
            new_var = momentum * moving_var + (1 - momentum) * var
            if mode == "predict":
                mean, var = moving_mean, moving_var
            x_hat = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + eps)
            Y = gamma.reshape(shape) * x_hat + beta.reshape(shape)
            values = zip(("Y", "mean", "var"), (Y, new_mean, new_var), strict=True)
            results |= {f"{name} {mode} {key}": single(value) for key, value in values}
            if mode == "train":
                g = 3 * Y**2 * gamma.reshape(shape)
                inner = (g * x_hat).mean(axes).reshape(shape)
                grad = (g - g.mean(axes).reshape(shape) - x_hat * inner) / np.sqrt(var.reshape(shape) + eps)
                results[f"{name} grad X"] = single(grad)
                results[f"{name} grad gamma"] = single((3 * Y**2 * x_hat).sum(axes))
        results[f"{name} still"] = np.zeros(X.shape, "float32")
    return results


def _convolved(X: np.ndarray, K: np.ndarray, stride: int = 1) -> np.ndarray:
    """Return pictures (examples, channels, height, width) under kernels, padded alike on all four sides."""
    margin = (K.shape[2] // 2, K.shape[3] // 2)
    padded = np.pad(X, ((0, 0), (0, 0), *((side, side) for side in margin)))
    windows = sliding_window_view(padded, K.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.asarray(np.einsum("nchwab,ocab->nohw", windows, K))


class _Norm:
    """Normalises with what each batch shows, and remembers it; or with the moving statistics."""

    def __init__(self, moving: bool, unbiased: bool = False) -> None:
        self.moving, self.unbiased = moving, unbiased
        self.statistics: list[list[np.ndarray]] = []
        self.place = 0

    def __call__(self, X: np.ndarray, gamma: np.ndarray, beta: np.ndarray) -> np.ndarray:
        if self.moving:
            mean, var = np.zeros(X.shape[1]), np.ones(X.shape[1])
            if self.statistics:
                (new_mean, new_var), self.place = self.statistics[self.place], self.place + 1
                mean, var = 0.9 * mean + 0.1 * new_mean, 0.9 * var + 0.1 * new_var
        else:
            mean, var = X.mean((0, 2, 3)), X.var((0, 2, 3))
            size = X.size // X.shape[1]
            self.statistics.append([mean, var * size / (size - 1) if self.unbiased else var])
        shape = (1, -1, 1, 1)
        X_hat = (X - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + 1e-5)
        return np.asarray(gamma.reshape(shape) * X_hat + beta.reshape(shape))


def _residual(X: np.ndarray, params: list[np.ndarray], stride: int, norm: _Norm) -> np.ndarray:
    """Return a residual block's output; its parameters are three or two times kernel, scale and shift."""
    Y = np.maximum(norm(_convolved(X, params[0], stride), *params[1:3]), 0)
    Y = norm(_convolved(Y, params[3]), *params[4:6])
    shortcut = norm(_convolved(X, params[6], stride), *params[7:]) if params[6:] else X
    return np.asarray(np.maximum(Y + shortcut, 0))


def _slope(loss: Callable[[], float], value: np.ndarray) -> np.ndarray:
    """Return the gradient of a loss with respect to an array that it reads, by central differences."""
    slope = np.zeros_like(value)
    for index in np.ndindex(*value.shape):
        start, ends = value[index], []
        for step in (1e-7, -1e-7):  # small: a wider one steps over edges of ReLUs
            value[index] = start + step
            ends.append(loss())
        value[index] = start
        slope[index] = (ends[0] - ends[1]) / 2e-7
    return slope


def _found(found: Arrays, name: str) -> list[np.ndarray]:
    return [found[f"{name}{number}"].astype("float64") for number in range(sum(key.startswith(name) for key in found))]


@oracle
def Residual(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, unbiased = given["maps"].astype("float64"), bool(found["unbiased"])
    shapes = [(32, 16, 3, 3), (32,), (32,), (32, 32, 3, 3), (32,), (32,), (32, 16, 1, 1), (32,), (32,)]
    results: dict[str, Any] = {"spread": [True] * 3, "shapes": [str(shape) for shape in shapes]}
    for name, stride in (("same", 1), ("half", 2)):
        params = _found(found, f"{name} start")
        Y = _residual(X, params, stride, _Norm(moving=True))
        target = (np.arange(Y.size) % 7).reshape(Y.shape)

        def loss(params: list[np.ndarray] = params, stride: int = stride, target: np.ndarray = target) -> float:
            return float(((_residual(X, params, stride, _Norm(moving=False)) - target) ** 2).mean() / 2)

        grads = [_slope(loss, value) for value in params]
        norm = _Norm(moving=False, unbiased=unbiased)
        _residual(X, params, stride, norm)
        results |= {f"{name} start{number}": single(value) for number, value in enumerate(params)}
        results |= {f"{name} grad{number}": single(value) for number, value in enumerate(grads)}
        results |= {f"{name} predict": single(Y), f"{name} loss": single(loss())}
        moved = [value - grad for value, grad in zip(params, grads, strict=True)]
        norm.moving, norm.place = True, 0
        results[f"{name} later"] = single(_residual(X, moved, stride, norm))
    return {**results, "refuses": [True, True], "unbiased": unbiased}


@oracle
def resnet(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    params, norm = _found(found, "start"), _Norm(moving=True)
    X = np.maximum(norm(_convolved(given["maps"].astype("float64"), params[0], 2), *params[1:3]), 0)
    for first, last, stride in ((3, 9, 1), (9, 18, 2), (18, 24, 1)):
        X = _residual(X, params[first:last], stride, norm)
    kernels = 4 * 3 * 9 + 2 * 4 * 4 * 9 + (4 * 6 + 3 * 6 * 6) * 9 + 4 * 6
    return {
        **{f"start{number}": single(value) for number, value in enumerate(params)},
        "logits": single(X.mean((2, 3)) @ params[24] + params[25]),
        "count": kernels + 2 * (4 + 2 * 4 + 5 * 6) + 6 * 5 + 5,
        "spread": [True, True],
        "blocks": ["(4, 4, False, 1)", "(4, 6, True, 2)", "(6, 6, False, 1)"],
    }


@oracle
def resnet18(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    kernels = [(2, 3, 3, 3)]
    for before, width in ((2, 2), (2, 4), (4, 8), (8, 16)):
        kernels += [(width, before, 3, 3), (width, width, 3, 3)]
        kernels += [(width, before, 1, 1)] * (before != width) + [(width, width, 3, 3)] * 2
    norms = sum(2 * kernel[0] for kernel in kernels)
    count = sum(int(np.prod(kernel)) for kernel in kernels) + norms + 16 * 7 + 7
    return {"kernels": kernels, "shape": [4, 7], "count": count, "blocks": 8}


def _copied(given: Arrays, how: tuple[int, int, int, int]) -> tuple[np.ndarray, list[tuple[int, int, int]]]:
    """Return the padded pictures, and picture, row and column of each window, in the order of the copies."""
    kh, kw, stride, pad = how
    X = np.pad(given["maps"].astype("float64"), ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    rows, columns = range(0, X.shape[2] - kh + 1, stride), range(0, X.shape[3] - kw + 1, stride)
    return X, [(n, i, j) for n in range(len(X)) for i in rows for j in columns]


def _uncopied(cols: np.ndarray, given: Arrays, how: tuple[int, int, int, int]) -> np.ndarray:
    """Return what comes of adding each copy to where it was taken from."""
    (kh, kw, _, pad), (X, places) = how, _copied(given, how)
    back = np.zeros_like(X)
    for row, (n, i, j) in zip(cols, places, strict=True):
        back[n, :, i : i + kh, j : j + kw] += row.reshape(-1, kh, kw)
    return back[:, :, pad : X.shape[2] - pad, pad : X.shape[3] - pad]


@oracle
def im2col(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    copies = {}
    for how in WINDOWS:
        X, places = _copied(given, how)
        copies[str(how)] = [X[n, :, i : i + how[0], j : j + how[1]].ravel() for n, i, j in places]
    return {**copies, "refuses": True}


@oracle
def col2im(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    backs = {}
    for how in WINDOWS:
        shape = len(_copied(given, how)[1]), 3 * how[0] * how[1]
        backs[str(how)] = _uncopied(np.arange(np.prod(shape)).reshape(shape) % 7, given, how)
    return backs


@oracle
def ConvLayer(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    how, kernels = (3, 3, 2, 1), np.arange(54.0).reshape(2, 3, 3, 3) % 5 - 2
    X, places = _copied(given, how)
    windows = np.array([X[n, :, i : i + 3, j : j + 3] for n, i, j in places])  # (places, 3, 3, 3)
    out = np.einsum("pcab,ocab->po", windows, kernels) + np.array([1.0, -1.0])
    out = out.reshape(4, 3, 3, 2).transpose(0, 3, 1, 2)
    G = (np.arange(out.size).reshape(out.shape) % 3 - 1.0).transpose(0, 2, 3, 1).reshape(-1, 2)  # (places, 2)
    return {
        "out": out,
        "back": _uncopied(np.einsum("po,ocab->pcab", G, kernels).reshape(len(G), -1), given, how),
        "w": np.einsum("po,pcab->ocab", G, windows),
        "b": G.sum(axis=0),
        "seeded": True,
        "deviation": True,
        "zero": [0.0, 0.0],
        "first": True,
    }


@oracle
def MaxPoolLayer(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X = given["maps"].astype("float64")
    results: dict[str, Any] = {"tied": [[[[3.0, 0.0], [0.0, 0.0]]]], "params": 0}
    for name, size, stride in (("apart", 2, 2), ("overlap", 3, 1)):
        shape = (4, 3, (6 - size) // stride + 1, (5 - size) // stride + 1)
        G, out, back = np.arange(np.prod(shape)).reshape(shape) % 5 + 1.0, np.empty(shape), np.zeros_like(X)
        for n, c, i, j in np.ndindex(*shape):
            window = X[n, c, i * stride : i * stride + size, j * stride : j * stride + size]
            a, b = np.unravel_index(window.argmax(), window.shape)
            out[n, c, i, j] = window[a, b]
            back[n, c, i * stride + a, j * stride + b] += G[n, c, i, j]
        results |= {name: out, f"{name} back": back}
    return results


@oracle
def FlattenLayer(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X = given["maps"].astype("float64")
    return {"out": X.reshape(4, 90), "back": 2 * X, "params": 0}
