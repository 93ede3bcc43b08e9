"""Inputs that all backends get: made once with NumPy, handed over as a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Arrays = Mapping[str, np.ndarray]
WINDOWS = ((2, 2, 1, 0), (3, 2, 2, 0), (3, 3, 2, 1))
"""Height, width, stride and padding of windows that overlap, leave a rest, and reach over the edge."""
STEPS: dict[str, dict[str, Any]] = {
    "plain": {},
    "momentum": {"momentum": 0.9},
    "decay": {"weight_decay": 0.1},
    "both": {"momentum": 0.5, "weight_decay": 0.01},
    "clip": {"clip": 0.5},
    "loose": {"clip": 1e6},
    "adam": {"name": "adam"},
    "adam decay": {"name": "adam", "weight_decay": 0.1},
}
"""Ways to train a net, by name."""


def make_inputs(seed: int = 20260731) -> dict[str, np.ndarray]:
    """Return the shared inputs; real numbers are float32, labels int32."""
    random = np.random.default_rng(seed)

    def normal(*shape: int) -> np.ndarray:
        return random.normal(size=shape).astype("float32")

    probabilities = random.uniform(0.05, 1.0, size=(7, 5)).astype("float32")
    return {
        "X": normal(6, 4),  # (examples, features)
        "w": normal(4, 1),
        "b": normal(1),
        "y": normal(6, 1),
        "unused": normal(2, 3),
        "matrix": normal(3, 4),
        "logits": normal(7, 5) * 30,
        "probabilities": probabilities / probabilities.sum(-1, keepdims=True),
        "labels": random.integers(0, 5, size=7).astype("int32"),
        "grid": np.linspace(-4, 4, 41),
        "images": random.uniform(size=(4, 8, 8)).astype("float32"),
        "maps": normal(4, 3, 6, 5) * 2 + 1,  # (examples, channels, height, width)
        "kernels": normal(2, 3, 3, 2),  # (output channels, input channels, height, width)
    }
