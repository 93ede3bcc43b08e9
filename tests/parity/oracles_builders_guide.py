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


@oracle
def Callback(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    begin, batch, end = "epoch step", "epoch loss step", "epoch step train_loss"
    told = [
        f"begin 0 0 {begin}", f"batch 0 1 {batch}", f"batch 0 2 {batch}", f"end 0 2 {end}",
        f"begin 1 2 {begin}", f"batch 1 3 {batch}", f"batch 1 4 {batch}", f"end 1 4 {end}",
    ]  # fmt: skip
    results: dict[str, Any] = {"quiet": True, "going": False}
    for where, count, epochs in (("never", 8, 2), ("begin", 1, 0), ("batch", 2, 0), ("end", 4, 1)):
        results |= {where: told[:count], f"{where} history": epochs, f"{where} net": True}
    return results


@oracle
def fit(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    X, w, b, y = wide(given, "X", "w", "b", "y")
    train, val = [], []
    for _ in range(2):
        losses = []
        for rows in (slice(0, 4), slice(4, 6)):
            error = X[rows] @ w + b - y[rows]
            losses.append((error**2).mean() / 2)
            w, b = w - 0.1 * X[rows].T @ error / len(error), b - 0.1 * error.mean(axis=0)
        train.append((4 * losses[0] + 2 * losses[1]) / 6)
        val.append(((X[:4] @ w + b - y[:4]) ** 2).mean() / 2)
    return {
        "names": ["train_loss", "val_loss", "val_size"],
        "train": single(train),
        "val": single(val),
        "size": [4.0, 4.0],
        "weight": single(w),
        "bias": single(b),
        "unseen": True,
        "refuses": [True, True],
    }


@oracle
def EarlyStopping(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "min waited": [0, 0, 1, 2, 0, 1, 2, 0],
        "min stops": [False, False, False, True, False, False, True, False],
        "min best": 1.0,
        "max waited": [0, 1, 0, 1, 0, 1, 2, 3],
        "max stops": [False, False, False, False, False, False, True, True],
        "max best": 3.0,
        "epochs": 4,
        "refuses": [True, True, True],
    }


@oracle
def Checkpoint(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "min saved": [0, 0, 2, 2],
        "min best": 1.0,
        "max saved": [0, 1, 1, 1],
        "max best": 3.0,
        "refuses": True,
        "missing": True,
    }
