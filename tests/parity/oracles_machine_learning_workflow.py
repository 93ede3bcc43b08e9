"""What the made table of houses must be, from its docstring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .oracles import oracle
from .shared import Arrays


@oracle
def make_house_table(given: Arrays, found: Arrays) -> Mapping[str, Any]:
    truths = "same", "other seed", "noise", "law", "holes", "agents", "global", "refuses"
    columns = ["面积", "房龄", "车库", "地段", "装修", "经纪人", "售价"]
    return {**dict.fromkeys(truths, True), "columns": columns, "rows": [3000, 1]}
