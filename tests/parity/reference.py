"""The models in NumPy, in double precision: what every backend must give."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from .models import LEARNING_RATE, MODELS, Model, Weights, make_batch, make_weights
from .oracles import single

STEP = 1e-6
"""How far numerical differentiation goes to either side."""


class Reference:
    """Layers in order, with one set of weights; batch norms note what their moving statistics become."""

    def __init__(
        self,
        weights: Mapping[str, np.ndarray],
        training: bool = False,
        unbiased: bool = False,
        momentum: float = 0.9,
        eps: float = 1e-5,
        lopsided: bool = False,
    ) -> None:
        """``unbiased``: the moving variance gathers n/(n-1) times the batch's, as in PyTorch.

        ``lopsided``: a stride of 2 pads only below and to the right, as ``SAME`` does for even sizes.
        """
        self.weights = {name: value.astype("float64") for name, value in weights.items()}
        self.training, self.unbiased, self.momentum, self.eps = training, unbiased, momentum, eps
        self.lopsided = lopsided
        self.moved: Weights = {}

    def dense(self, name: str, X: np.ndarray) -> np.ndarray:
        return np.asarray(X @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"])

    def conv(self, name: str, X: np.ndarray, stride: int = 1, padding: int = 0) -> np.ndarray:
        kernel = self.weights[f"{name}.weight"]
        before = padding - 1 if self.lopsided and stride == 2 and padding else padding
        sides = (before, padding)
        X = np.pad(X, ((0, 0), (0, 0), sides, sides))
        windows = sliding_window_view(X, kernel.shape[2:], (2, 3))[:, :, ::stride, ::stride]
        Y = np.moveaxis(np.tensordot(windows, kernel, ((1, 4, 5), (1, 2, 3))), -1, 1)
        return np.asarray(Y + self.weights.get(f"{name}.bias", np.zeros(len(kernel)))[:, None, None])

    def norm(self, name: str, X: np.ndarray) -> np.ndarray:
        scale, shift, mean, var = (self.weights[f"{name}.{leaf}"] for leaf in ("scale", "shift", "mean", "var"))
        if self.training:
            seen, new, old = X[:, 0].size, 1 - self.momentum, (mean, var)
            mean, var = X.mean((0, 2, 3)), X.var((0, 2, 3))
            gathered = var * seen / (seen - 1) if self.unbiased else var
            self.moved[f"{name}.mean"] = self.momentum * old[0] + new * mean
            self.moved[f"{name}.var"] = self.momentum * old[1] + new * gathered
        wide = (slice(None), None, None)
        return np.asarray((X - mean[wide]) / np.sqrt(var + self.eps)[wide] * scale[wide] + shift[wide])

    def residual(self, name: str, X: np.ndarray) -> np.ndarray:
        changed = f"{name}.conv3.weight" in self.weights
        stride = 2 if changed else 1
        Y = relu(self.norm(f"{name}.bn1", self.conv(f"{name}.conv1", X, stride, 1)))
        Y = self.norm(f"{name}.bn2", self.conv(f"{name}.conv2", Y, 1, 1))
        return relu(Y + (self.norm(f"{name}.bn3", self.conv(f"{name}.conv3", X, stride)) if changed else X))


def relu(X: np.ndarray) -> np.ndarray:
    return np.asarray(np.maximum(X, 0))


def halve(X: np.ndarray) -> np.ndarray:
    """Return averages of 2×2 squares."""
    n, c, h, w = X.shape
    return np.asarray(X.reshape(n, c, h // 2, 2, w // 2, 2).mean((3, 5)))


def _linear(at: Reference, X: np.ndarray) -> np.ndarray:
    return at.dense("out", X)


def _mlp(at: Reference, X: np.ndarray) -> np.ndarray:
    H = relu(at.dense("hidden1", X.reshape(len(X), -1)))
    return at.dense("out", relu(at.dense("hidden2", H)))


def _lenet(at: Reference, X: np.ndarray) -> np.ndarray:
    H = halve(relu(at.conv("conv1", X, padding=2)))
    H = halve(relu(at.conv("conv2", H)))
    H = relu(at.dense("dense1", H.reshape(len(H), -1)))
    return at.dense("out", relu(at.dense("dense2", H)))


def largest(X: np.ndarray) -> np.ndarray:
    """Return the largest of 3×3 windows, two places apart."""
    windows = sliding_window_view(X, (3, 3), (2, 3))[:, :, ::2, ::2]
    return np.asarray(windows.max((4, 5)))


def _alexnet(at: Reference, X: np.ndarray) -> np.ndarray:
    H = largest(relu(at.conv("conv1", X, stride=2, padding=2)))
    H = largest(relu(at.conv("conv2", H, padding=2)))
    for name in ("conv3", "conv4", "conv5"):
        H = relu(at.conv(name, H, padding=1))
    H = relu(at.dense("dense1", largest(H).reshape(len(H), -1)))
    return at.dense("out", relu(at.dense("dense2", H)))


def _resnet(at: Reference, X: np.ndarray) -> np.ndarray:
    H = relu(at.norm("norm", at.conv("stem", X, padding=1)))
    for block in ("block1", "block2", "block3"):
        H = at.residual(block, H)
    return at.dense("out", H.mean((2, 3)))


FORWARD: dict[str, Callable[[Reference, np.ndarray], np.ndarray]] = {
    "linear regression": _linear,
    "MLP": _mlp,
    "LeNet": _lenet,
    "AlexNet": _alexnet,
    "ResNet": _resnet,
}


def loss_of(model: Model, outputs: np.ndarray, y: np.ndarray) -> float:
    """Return the mean of half the squared error, or of the cross-entropy."""
    if model.loss == "regression_loss":
        return float(((outputs - y) ** 2).mean() / 2)
    top = outputs.max(1, keepdims=True)
    whole = top[:, 0] + np.log(np.exp(outputs - top).sum(1))
    return float((whole - outputs[np.arange(len(y)), y]).mean())


def directions(shape: tuple[int, ...]) -> np.ndarray:
    """Return three random directions for a parameter of this shape."""
    return np.random.default_rng(int(np.prod(shape))).normal(size=(3, *shape))


def values(model: Model, found: Mapping[str, np.ndarray], **conventions: bool | float) -> Weights:
    """Return outputs, loss, moving statistics after a step, and outputs after it.

    The last are computed with the parameters that the backend itself arrived at.
    """
    forward, (X, y) = FORWARD[model.name], make_batch(model)
    weights = make_weights(model)
    trained = Reference(weights, training=True, **conventions)  # type: ignore[arg-type]
    arrived = {name: found[f"after {name}"] for name in model.shapes}
    return {
        "outputs": single(forward(Reference(weights, **conventions), X)),  # type: ignore[arg-type]
        "loss": single(loss_of(model, forward(trained, X), y)),
        **{f"after {name}": single(value) for name, value in trained.moved.items()},
        "outputs after": single(forward(Reference(arrived, **conventions), X)),  # type: ignore[arg-type]
    }


@functools.cache
def slopes(name: str) -> Weights:
    """Return the loss's slopes along three directions for every parameter of a model, by central differences."""
    model = MODELS[name]
    X, y = make_batch(model)
    wide = {key: value.astype("float64") for key, value in make_weights(model).items()}

    def loss_at(key: str, value: np.ndarray) -> float:
        return loss_of(model, FORWARD[name](Reference({**wide, key: value}, training=True), X), y)

    def slope(key: str, way: np.ndarray) -> float:
        return (loss_at(key, wide[key] + STEP * way) - loss_at(key, wide[key] - STEP * way)) / (2 * STEP)

    return {f"slopes {key}": single([slope(key, way) for way in directions(wide[key].shape)]) for key in model.params}


def expected(model: Model, found: Mapping[str, np.ndarray], unbiased: bool) -> Weights:
    """Return all that a backend must give, in the terms of ``judged``."""
    return {**values(model, found, unbiased=unbiased), **slopes(model.name)}


def judged(model: Model, found: Mapping[str, np.ndarray]) -> Weights:
    """Return what a backend gave in the terms of ``expected``: a step of gradient descent shows the gradient."""
    results = {name: np.asarray(found[name]) for name in ("outputs", "loss", "outputs after")}
    results |= {f"after {name}": found[f"after {name}"] for name in model.statistics}
    for name, start in make_weights(model).items():
        if name in model.params:
            gradient = (start.astype("float64") - found[f"after {name}"]) / LEARNING_RATE
            results[f"slopes {name}"] = single(
                (directions(start.shape) * gradient).sum(tuple(range(1, start.ndim + 1)))
            )
    return results
