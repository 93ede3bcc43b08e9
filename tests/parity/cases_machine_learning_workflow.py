"""Cases of the chapter on whole projects: bags of words, made reviews, poems, the made table of houses."""

from __future__ import annotations

from typing import Any

import numpy

from tests.parity.case import Given, Results, case, data_case, raises
from tests.parity.natives import Native


@case
def multi_hot(d2l: Any, native: Native, given: Given) -> Results:
    return {
        "rows": d2l.multi_hot([[0, 3, 4], [3, 4, 3, 4], []], 5),
        "none": d2l.multi_hot([], 3),
        "kind": str(d2l.multi_hot([[1]], 2).dtype),
        "refuses": [raises(ValueError, lambda index=index: d2l.multi_hot([[index]], 3)) for index in (3, -1)],
    }


@case
def make_reviews(d2l: Any, native: Native, given: Given) -> Results:
    """Equal arguments give equal reviews; turned ones follow their second half; noise flips so many labels."""
    state = numpy.random.get_state()[1].copy()
    texts, labels = d2l.make_reviews(2000, noise=0)
    again, flipped = d2l.make_reviews(2000, noise=0)[0], d2l.make_reviews(2000, noise=1)[1]
    noisy = d2l.make_reviews(2000, noise=0.25)
    good, bad = ["精彩", "动人", "扎实", "细腻", "流畅"], ["拖沓", "俗套", "空洞", "生硬", "混乱"]
    turned = [(text, label) for text, label in zip(texts, labels, strict=True) if "虽然" in text]
    negated = [(text, label) for text, label in zip(texts, labels, strict=True) if "并不" in text]
    english = d2l.make_reviews(300, seed=3, lang="en", noise=0)[0]
    return {
        "same": texts == again,
        "other seed": texts != d2l.make_reviews(2000, seed=1, noise=0)[0],
        "kind": f"{labels.dtype} {labels.shape}",
        "both": bool(abs(labels.mean() - 0.5) < 0.05),
        "flipped": bool((flipped == 1 - labels).all()),
        "noise": bool(abs((noisy[1] != labels).mean() - 0.25) < 0.05),
        "turned": all(any(text.endswith(word + "。") for word in (bad, good)[label]) for text, label in turned),
        "negated": all(any(word in text for word in (good, bad)[label]) for text, label in negated),
        "shares": [bool(abs(len(part) / 2000 - 1 / 3) < 0.05) for part in (turned, negated)],
        "english": all(text.isascii() and text.endswith(".") for text in english),
        "global": bool((numpy.random.get_state()[1] == state).all()),
        "refuses": raises(KeyError, lambda: d2l.make_reviews(1, lang="fr")),
    }


@data_case
def load_tang_poems(d2l: Any, native: Native, given: Given) -> Results:
    poems, few = d2l.load_tang_poems(), d2l.load_tang_poems(2)
    return {
        "poems": len(poems),
        "few": few == poems[:2] and len(few) == 2,
        "keys": sorted(poems[0]),
        "first": [poems[0][key] for key in ("title", "author", "text")],
        "texts": all(poem["text"] and poem["author"] for poem in poems),
    }


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
