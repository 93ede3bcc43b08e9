"""What must come out of optimisation's functions, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .oracles import oracle
from .shared import Arrays


@oracle
def train_2d(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    start = np.array([-4.0, 1.5])
    powers = np.arange(21)[:, None]
    return {
        "plain": start * np.array([0.9, -0.2]) ** powers,
        "handed": start * 0.9 ** powers[:4],
        "states": [0, 1],
        "still": [start] * 3,
    }


@oracle
def show_trace_2d(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "path": [(-4.0, 1.5), (2.0, -1.0), (0.0, 0.0)],
        "legends": [False, True],
        "names": ["稳", "飞"],
        "labels": ["坐标x1", "坐标x2"],
        "aspect": [1.0, 1.0],
        "holds": True,
        "same": True,
        "contours": True,
    }
