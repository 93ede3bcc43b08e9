"""Cases of the chapter on whole projects: the made table of houses."""

from __future__ import annotations

from typing import Any

import numpy

from tests.parity.case import Given, Results, case, raises
from tests.parity.natives import Native


@case
def make_house_table(d2l: Any, native: Native, given: Given) -> Results:
    """Equal arguments give equal tables; what the five columns leave of the price is noise of 0.15."""
    state = numpy.random.get_state()[1].copy()
    table = d2l.make_house_table(3000, seed=2)
    ranks = [
        table["地段"].map({"丁": 0, "丙": 1, "乙": 2, "甲": 3}),
        table["装修"].map({"毛坯": 0, "简装": 1, "精装": 2}),
    ]
    known = table["车库"].notna().to_numpy()
    parts = [numpy.log(table["面积"] / 100), table["房龄"], table["车库"], *ranks, numpy.ones(3000)]
    features = numpy.stack(parts, axis=1).astype(float)[known]
    target = numpy.log(table["售价"].to_numpy())[known]
    weights = numpy.linalg.lstsq(features, target, rcond=None)[0]
    return {
        "columns": list(table.columns),
        "rows": [len(table), len(d2l.make_house_table(1))],
        "same": table.equals(d2l.make_house_table(3000, seed=2)),
        "other seed": not table.equals(d2l.make_house_table(3000)),
        "noise": bool(abs((features @ weights - target).std() - 0.15) < 0.006),
        "law": bool(numpy.allclose(weights, [0.8, -0.01, 0.005, 0.2, 0.1, 5], rtol=0.1)),
        "holes": bool(abs(known.mean() - 0.85) < 0.03),
        "agents": bool(800 < table["经纪人"].nunique() <= 1001),
        "global": bool((numpy.random.get_state()[1] == state).all()),
        "refuses": raises(ValueError, lambda: d2l.make_house_table(0)),
    }
