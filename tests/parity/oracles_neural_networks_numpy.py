"""What the layers of the NumPy chapter must give, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .oracles import oracle
from .shared import Arrays


@oracle
def AffineLayer(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "out": [[18.0, 1.0], [12.0, -8.0]],
        "back": [[0.0, 2.0, 4.0], [-1.0, 1.0, 3.0]],
        "w": [[1.0, 0.0], [-2.0, 1.0], [4.0, -1.0]],
        "b": [3.0, -1.0],
        "seeded": True,
        "differs": True,
        "deviation": True,
        "zero": [0.0, 0.0],
    }


@oracle
def ReLULayer(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"out": [[0.0, 0.0, 3.0]], "back": [[0.0, 0.0, 7.0]]}


@oracle
def SigmoidLayer(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    low = 1 / (1 + np.e**2)
    return {"out": [[0.0, low, 0.5, 1.0]], "back": [[0.0, low * (1 - low), 2.0, 0.0]]}


@oracle
def SoftmaxLossLayer(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "loss": -(np.log(0.3) + np.log(0.5)) / 2,
        "slopes": [[0.1, -0.35, 0.25], [0.125, 0.125, -0.25]],
        "far": 1000.0,
        "far_slopes": [[1.0, -1.0]],
    }
