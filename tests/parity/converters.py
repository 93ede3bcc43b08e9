"""From the one layout of the weights to a framework's, and back.

Needs NumPy only. Structural paths come from the library's ``get_params`` and ``get_state``: layers are paired in
order of declaration, leaves by name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from tests.parity.models import Model, Weights

LEAVES = {
    "weight": ("weight", "kernel"),
    "bias": ("bias",),
    "scale": ("gamma", "scale", "weight"),
    "shift": ("beta", "bias"),
    "mean": ("running_mean", "moving_mean", "mean"),
    "var": ("running_var", "moving_variance", "var"),
}
"""A leaf's names in the frameworks."""
SETTINGS = {"skip"}
"""Leaves that a framework keeps with its state, though they are settings and no weights."""


def pair(model: Model, paths: Iterable[str]) -> dict[str, str]:
    """Return ``layer.leaf`` to the framework's path; what can't be paired raises LookupError."""
    theirs: dict[str, set[str]] = {}
    for path in paths:
        layer, _, leaf = path.rpartition(".")
        if leaf not in SETTINGS:
            theirs.setdefault(layer, set()).add(leaf)
    ours = list(dict.fromkeys(name.rpartition(".")[0] for name in model.shapes))
    if len(ours) != len(theirs):
        raise LookupError(f"{len(ours)} layers have parameters, but the network has {list(theirs)}")
    layers = dict(zip(ours, theirs, strict=True))
    pairs: dict[str, str] = {}
    for name in model.shapes:
        layer, _, leaf = name.rpartition(".")
        inside, there = layer.partition(".")[2], layers[layer]
        fitting = theirs[there] & set(LEAVES[leaf])
        if len(fitting) != 1 or (inside and not f".{there}".endswith(f".{inside}")):
            raise LookupError(f"{name} is none of {sorted(theirs[there])} in {there!r}")
        pairs[name] = f"{there}.{fitting.pop()}".lstrip(".")
    if len(pairs) != sum(map(len, theirs.values())):
        raise LookupError(f"{model.name} has more parameters than {sorted(pairs)}: {theirs}")
    return pairs


class Converter:
    """Channels first: PyTorch's and Gluon's arrays are the one layout's."""

    def __init__(self, model: Model) -> None:
        self.model = model

    def dense(self, weight: np.ndarray) -> np.ndarray:
        """Return a dense weight (outputs, inputs) as the framework keeps it."""
        return weight

    def dense_back(self, weight: np.ndarray) -> np.ndarray:
        """Undo ``dense``."""
        return weight

    def flat(self, weight: np.ndarray, picture: tuple[int, int, int]) -> np.ndarray:
        """Return (outputs, inputs) with the inputs in the order in which the framework flattens pictures."""
        return weight

    def flat_back(self, weight: np.ndarray, picture: tuple[int, int, int]) -> np.ndarray:
        """Undo ``flat``."""
        return weight

    def kernel(self, kernel: np.ndarray) -> np.ndarray:
        """Return a kernel (outputs, inputs, height, width) as the framework keeps it."""
        return kernel

    def kernel_back(self, kernel: np.ndarray) -> np.ndarray:
        """Undo ``kernel``."""
        return kernel

    def statistic(self, name: str, value: np.ndarray) -> np.ndarray:
        """Return a moving statistic as the framework keeps it."""
        return value

    def to(self, weights: Mapping[str, np.ndarray]) -> Weights:
        """Return all weights as the framework keeps them."""
        return {name: self._to(name, value) for name, value in weights.items()}

    def _to(self, name: str, value: np.ndarray) -> np.ndarray:
        if value.ndim == 4:
            return self.kernel(value)
        if value.ndim == 2:
            picture = self.model.flat.get(name.rpartition(".")[0])
            return self.dense(self.flat(value, picture) if picture else value)
        return self.statistic(name, value) if name in self.model.statistics else value

    def back(self, weights: Mapping[str, np.ndarray]) -> Weights:
        """Return a framework's weights in the one layout."""
        return {name: self._back(name, value) for name, value in weights.items()}

    def _back(self, name: str, value: np.ndarray) -> np.ndarray:
        if value.ndim == 4:
            return self.kernel_back(value)
        if value.ndim == 2:
            value, picture = self.dense_back(value), self.model.flat.get(name.rpartition(".")[0])
            return self.flat_back(value, picture) if picture else value
        return value


class ChannelsLast(Converter):
    """Keras's and Flax's arrays: inputs before outputs, channels after places."""

    def dense(self, weight: np.ndarray) -> np.ndarray:
        return weight.T

    dense_back = dense

    def flat(self, weight: np.ndarray, picture: tuple[int, int, int]) -> np.ndarray:
        return weight.reshape(-1, *picture).transpose(0, 2, 3, 1).reshape(len(weight), -1)

    def flat_back(self, weight: np.ndarray, picture: tuple[int, int, int]) -> np.ndarray:
        channels, height, width = picture
        return weight.reshape(-1, height, width, channels).transpose(0, 3, 1, 2).reshape(len(weight), -1)

    def kernel(self, kernel: np.ndarray) -> np.ndarray:
        return kernel.transpose(2, 3, 1, 0)

    def kernel_back(self, kernel: np.ndarray) -> np.ndarray:
        return kernel.transpose(3, 2, 0, 1)


def converter(model: Model, channels_last: bool, fault: str = "") -> Converter:
    """Return a framework's converter, or one with a fault planted that changes no shape."""
    right = ChannelsLast if channels_last else Converter
    return FAULTS[fault](right)(model) if fault else right(model)


def _transposed(right: type[Converter]) -> type[Converter]:
    class Wrong(right):  # type: ignore[valid-type, misc]
        """Square dense weights are transposed once too often."""

        def dense(self, weight: np.ndarray) -> np.ndarray:
            found: np.ndarray = super().dense(weight)
            return found.T if len(set(found.shape)) == 1 else found

    return Wrong


def _sideways(right: type[Converter]) -> type[Converter]:
    class Wrong(right):  # type: ignore[valid-type, misc]
        """Kernels have height and width swapped."""

        def kernel(self, kernel: np.ndarray) -> np.ndarray:
            return np.asarray(super().kernel(kernel.transpose(0, 1, 3, 2)))

    return Wrong


def _turned(right: type[Converter]) -> type[Converter]:
    class Wrong(right):  # type: ignore[valid-type, misc]
        """Kernels are turned by half a circle: a convolution for a cross-correlation."""

        def kernel(self, kernel: np.ndarray) -> np.ndarray:
            return np.asarray(super().kernel(kernel[:, :, ::-1, ::-1]))

    return Wrong


def _flattened(right: type[Converter]) -> type[Converter]:
    other = Converter if issubclass(right, ChannelsLast) else ChannelsLast

    class Wrong(right):  # type: ignore[valid-type, misc]
        """Pictures are thought to be flattened in the other frameworks' order."""

        flat = other.flat

    return Wrong


def _deviation(right: type[Converter]) -> type[Converter]:
    class Wrong(right):  # type: ignore[valid-type, misc]
        """A moving variance is handed over as a standard deviation."""

        def statistic(self, name: str, value: np.ndarray) -> np.ndarray:
            return np.sqrt(value) if name.endswith(".var") else value

    return Wrong


FAULTS = {
    "transposed": _transposed,
    "sideways": _sideways,
    "turned": _turned,
    "flattened": _flattened,
    "deviation": _deviation,
}
PLANTED = {
    "MLP": ("transposed",),
    "LeNet": ("sideways", "turned", "flattened"),
    "AlexNet": ("sideways", "flattened"),
    "ResNet": ("sideways", "deviation"),
}
"""Faults planted in each model's conversion."""
