"""The comparing code itself: what is planted wrong must be found, what is right must pass."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from .compare import differences
from .conftest import Tally
from .oracles import expected, softmax_rows
from .shared import make_inputs

GIVEN = make_inputs()


def results(name: str) -> dict[str, np.ndarray]:
    return {key: value.copy() for key, value in expected(name, GIVEN, {}).items()}


@pytest.mark.parametrize(
    "name", ["value_and_grad", "softmax", "cross_entropy", "train_step", "tensor", "synthetic_data"]
)
def test_what_is_right_passes(name: str) -> None:
    assert differences(results(name), results(name)) == []


def test_rounding_passes() -> None:
    close = {key: value * np.float32(1 + 3e-6) for key, value in results("softmax").items()}
    assert differences(results("softmax"), close) == []


PLANTED: list[tuple[str, str, Callable[[np.ndarray], np.ndarray], str]] = [
    ("softmax", "rows", lambda _: softmax_rows(GIVEN["logits"], axis=0).astype("float32"), "off by"),
    ("value_and_grad", "grad0", lambda value: -value, "off by"),
    ("value_and_grad", "grad0", lambda value: value.T, "shape (1, 4)"),
    ("value_and_grad", "grad1", lambda value: value / 6, "off by"),
    ("value_and_grad", "value", lambda value: value.astype("float64"), "type float64"),
    ("value_and_grad", "value", lambda value: value.reshape(1), "shape (1,)"),
    ("value_and_grad", "grad2", lambda value: value + 1e-9, "off by"),
    ("cross_entropy", "loss", lambda value: value.mean(keepdims=True), "shape (1,)"),
    ("cross_entropy", "loss", lambda value: value * 1.0001, "off by"),
    ("cross_entropy", "grad", lambda value: np.where(value == 0, np.nan, value).astype("float32"), "not finite"),
    ("train_step", "momentum weight", lambda value: results("train_step")["plain weight"], "off by"),
    ("train_step", "clip bias", lambda value: results("train_step")["loose bias"], "off by"),
    ("tensor", "int32", lambda value: value.astype("float32"), "type float32"),
    ("tensor", "bool", lambda value: ~value, "2 of 2 values"),
    ("synthetic_data", "labels", lambda value: value[:, 0], "shape (50,)"),
]


@pytest.mark.parametrize(("name", "key", "plant", "words"), PLANTED)
def test_what_is_planted_is_found(
    name: str, key: str, plant: Callable[[np.ndarray], np.ndarray], words: str, tally: Tally
) -> None:
    wrong = results(name)
    wrong[key] = np.asarray(plant(wrong[key]))
    (line,) = differences(results(name), wrong)
    assert line.startswith(f"{key}: {words}"), line
    tally(planted=1)


def test_missing_and_unasked_results_are_found(tally: Tally) -> None:
    right = results("sgd")
    wrong = {**right, "more": np.zeros(1)}
    del wrong["new0"]
    assert differences(right, wrong) == ["new0: missing", "more: not asked for"]
    tally(planted=2)
