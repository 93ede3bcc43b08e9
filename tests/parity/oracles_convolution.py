"""What must come out of the sections on convolutional networks, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .oracles import oracle, single
from .shared import Arrays


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
