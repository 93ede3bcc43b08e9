"""Models that the book builds, with fixed weights in one layout that belongs to no framework.

Dense weights are (outputs, inputs), kernels (outputs, inputs, height, width), pictures (examples, channels, height,
width); a flattened picture is read channel by channel. Needs NumPy only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

LEARNING_RATE = 0.5
Weights = dict[str, np.ndarray]


@dataclass(frozen=True)
class Model:
    """A model: where the book defines it, and the shapes of its layers in order of declaration."""

    name: str
    make: str
    """What builds it, in the words of the section, or of the library if no section is named."""
    section: str
    input_shape: tuple[int, ...]
    shapes: Mapping[str, tuple[int, ...]]
    """``layer.leaf`` to shape; a batch norm's leaves are scale, shift, mean and var."""
    flat: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    """Dense layers that read a flattened picture, to the picture's (channels, height, width)."""
    loss: str = "classification_loss"

    @property
    def params(self) -> list[str]:
        """The names of what is trained."""
        return [name for name in self.shapes if not name.endswith((".mean", ".var"))]

    @property
    def statistics(self) -> list[str]:
        """The names of the moving statistics."""
        return [name for name in self.shapes if name.endswith((".mean", ".var"))]


def _dense(name: str, outputs: int, inputs: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs), f"{name}.bias": (outputs,)}


def _conv(name: str, outputs: int, inputs: int, size: int, bias: bool = True) -> dict[str, tuple[int, ...]]:
    return {f"{name}.weight": (outputs, inputs, size, size), **({f"{name}.bias": (outputs,)} if bias else {})}


def _norm(name: str, channels: int) -> dict[str, tuple[int, ...]]:
    return {f"{name}.{leaf}": (channels,) for leaf in ("scale", "shift", "mean", "var")}


def _residual(name: str, inputs: int, outputs: int) -> dict[str, tuple[int, ...]]:
    return {
        **_conv(f"{name}.conv1", outputs, inputs, 3, bias=False),
        **_norm(f"{name}.bn1", outputs),
        **_conv(f"{name}.conv2", outputs, outputs, 3, bias=False),
        **_norm(f"{name}.bn2", outputs),
        **(
            {**_conv(f"{name}.conv3", outputs, inputs, 1, bias=False), **_norm(f"{name}.bn3", outputs)}
            if inputs != outputs
            else {}
        ),
    }


MODELS = {
    model.name: model
    for model in (
        Model(
            "linear regression",
            "make_net()",
            "linear-regression/linear-regression-concise",
            (8, 3),
            _dense("out", 1, 3),
            loss="regression_loss",
        ),
        Model(
            "MLP",
            "make_mlp((784, 12, 12, 10))",
            "multilayer-perceptrons/mlp-concise",
            (6, 1, 28, 28),
            {**_dense("hidden1", 12, 784), **_dense("hidden2", 12, 12), **_dense("out", 10, 12)},
        ),
        Model(
            "LeNet",
            "lenet()",
            "convolutional-neural-networks/lenet",
            (6, 1, 28, 28),
            {
                **_conv("conv1", 6, 1, 5),
                **_conv("conv2", 16, 6, 5),
                **_dense("dense1", 120, 400),
                **_dense("dense2", 84, 120),
                **_dense("out", 10, 84),
            },
            flat={"dense1": (16, 5, 5)},
        ),
        Model(
            "AlexNet",
            "alexnet((4, 6, 5, 5, 4), 12, size=48)",
            "convolutional-modern/alexnet",
            (6, 1, 48, 48),
            {
                **_conv("conv1", 4, 1, 5),
                **_conv("conv2", 6, 4, 5),
                **_conv("conv3", 5, 6, 3),
                **_conv("conv4", 5, 5, 3),
                **_conv("conv5", 4, 5, 3),
                **_dense("dense1", 12, 16),
                **_dense("dense2", 12, 12),
                **_dense("out", 10, 12),
            },
            flat={"dense1": (4, 2, 2)},
        ),
        Model(
            "ResNet",
            "d2l.resnet(((1, 4), (2, 6)))",
            "",
            (6, 1, 14, 14),  # even at the halving block: there SAME pads otherwise
            {
                **_conv("stem", 4, 1, 3, bias=False),
                **_norm("norm", 4),
                **_residual("block1", 4, 4),
                **_residual("block2", 4, 6),
                **_residual("block3", 6, 6),
                **_dense("out", 10, 6),
            },
        ),
    )
}


def make_weights(model: Model) -> Weights:
    """Return the model's weights, of a size that keeps the outputs near 1; nothing is left at 0 or 1."""
    random = np.random.default_rng(len(model.shapes))

    def draw(name: str, shape: tuple[int, ...]) -> np.ndarray:
        if name.endswith(".weight"):
            return np.asarray(random.normal(size=shape) * np.sqrt(2 / np.prod(shape[1:])))
        if name.endswith((".scale", ".var")):
            return random.uniform(0.5, 1.5, size=shape)
        return random.normal(size=shape) * 0.3

    return {name: draw(name, shape).astype("float32") for name, shape in model.shapes.items()}


def make_batch(model: Model) -> tuple[np.ndarray, np.ndarray]:
    """Return inputs, and labels or what to regress on."""
    random = np.random.default_rng(7)
    X = random.normal(size=model.input_shape).astype("float32")
    if model.loss == "regression_loss":
        return X, random.normal(size=(len(X), 1)).astype("float32")
    return X, random.integers(0, 10, size=len(X)).astype("int32")
