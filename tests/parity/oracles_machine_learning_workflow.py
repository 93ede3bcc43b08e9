"""What bags of words, made reviews and the made table of houses must be, worked out by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from .oracles import oracle
from .shared import Arrays


@oracle
def multi_hot(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    return {
        "rows": np.array([[1, 0, 0, 1, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 0]], dtype="float32"),
        "none": np.zeros((0, 3), dtype="float32"),
        "kind": "float32",
        "refuses": [True, True],
    }


@oracle
def make_reviews(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    truths = "same", "other seed", "both", "flipped", "noise", "turned", "negated", "english", "global"
    return {**dict.fromkeys(truths, True), "kind": "int32 (2000,)", "shares": [True, True], "refuses": True}


POEMS = {
    "poems": 366,
    "few": True,
    "keys": ["author", "text", "title"],
    "first": [
        "在嶽詠蟬",
        "駱賓王",
        "西陸蟬聲唱，南冠客思侵。那堪玄鬢影，來對白頭吟。露重飛難進，風多響易沈。無人信高潔，誰爲表予心。",
    ],
    "texts": True,
}
"""What the poems of the file are, read by eye."""


@oracle
def make_house_table(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    truths = "same", "other seed", "noise", "law", "holes", "agents", "global", "refuses"
    columns = ["面积", "房龄", "车库", "地段", "装修", "经纪人", "售价"]
    return {**dict.fromkeys(truths, True), "columns": columns, "rows": [3000, 1]}
