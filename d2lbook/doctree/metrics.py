"""Recorded numbers in prose."""

from __future__ import annotations

from collections.abc import Sequence

from d2lbook.doctree.page import Page
from d2lbook.evidence.claims import format_value
from d2lbook.evidence.spreads import pooled

UNKNOWN = "？"


def metric_texts(page: Page, backends: Sequence[str], spec: str) -> tuple[list[tuple[str, str]], str]:
    """Return backend and text for each of ``backends``, and what is wrong, or an empty string.

    ``spec`` is a metric's name, with a format after a colon if one is wanted. A backend that was not run shows ``？``.
    """
    values: list[tuple[str, str]] = []
    tab = backends if len(backends) == 1 and len(page.projections) > 1 else ()
    seeds = pooled(page.seeds, tab) if "@" in spec else ()
    problem = "" if backends else "a recorded number in a section without code"
    for name in backends:
        run = page.runs.get(name)
        try:
            values.append((name, UNKNOWN if run is None else format_value(spec, run.metrics, seeds)))
        except (KeyError, ValueError) as error:
            values.append((name, UNKNOWN))
            problem = f"no such recorded number in {name}: {error.args[0] if error.args else spec}"
    return values, problem


def summary(texts: Sequence[str]) -> str:
    """Return one text for several: the same, or the range from the smallest to the largest."""
    known = [text for text in dict.fromkeys(texts) if text != UNKNOWN]
    if len(known) < 2:
        return known[0] if known else UNKNOWN
    try:
        ordered = sorted(known, key=lambda text: float(text.replace(",", "").removesuffix("%")))
    except ValueError:
        return "、".join(known)
    return f"{ordered[0]}～{ordered[-1]}"
