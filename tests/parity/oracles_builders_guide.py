"""Oracles of the chapters on deep learning computation and generalization."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .oracles import oracle, single, wide
from .shared import Arrays


@oracle
def num_params(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"shared": 4 + 4 + 5 + 5}


@oracle
def get_params(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    w, b = given["w"], given["b"]
    values = {"1": np.zeros(4, "float32"), "2": w, "3": b, "4": 2 * w, "5": b + 1}
    return {**values, "same paths": True, "same order": True, "a copy": True}


@oracle
def get_state(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"values": single([[0] * 4, [1] * 4]), "moved": [True, True], "none": 0}


@oracle
def save_params(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"names": True, "values": True, "files": True}


@oracle
def load_params(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"moved": True, "refuses": [True, True], "untouched": True, "back": True}


@oracle
def try_gpu(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"first": True, "missing": True}


@oracle
def try_all_gpus(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {"some": True, "type": "list"}


@oracle
def to_device(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, y = given["X"], given["y"]
    return {"first": X, "second": y, "third": X, "types": ["list", "dict"], "none": True}


@oracle
def k_fold_split(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "sizes": [7, 4, 7, 4, 8, 3],
        "validated": np.arange(11),
        "whole": True,
        "again": True,
        "shuffled": True,
        "refuses": [True, True],
    }


@oracle
def evaluate_loss(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, w, b, y = wide(given, "X", "w", "b", "y")
    return {"loss": single(((X @ w + b - y) ** 2).mean() / 2), "refuses": True}
