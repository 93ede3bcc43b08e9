"""What must come out of generalization's functions, in NumPy."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .oracles import oracle, single
from .shared import Arrays


@oracle
def dropout_layer(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "predicts": given["X"],
        "nothing": given["X"],
        "all": np.zeros_like(given["X"]),
        "type": "float32",
        "shape": [300, 200],
        "off": True,
        "kept": single(1 / 0.7),
        "two values": 2,
        "afresh": True,
        "rows differ": True,
        "slopes": single([0, 2]),
        "slopes off": True,
        "refuses": [True, True],
    }


@oracle
def log_uniform(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    first, second = 10 ** np.random.RandomState(5).uniform(-3, 1, 2)
    return {
        "first": first,
        "second": second,
        "generator": True,
        "inside": True,
        "quarters": [True, True],
        "single": 0.5,
        "refuses": [True, True],
    }
