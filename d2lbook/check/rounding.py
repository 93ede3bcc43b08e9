"""Numbers in prose against the digits that the section prints: what a reader gets by rounding those.

``0.493`` printed is 49.3%, whatever the digits behind it were.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_DOWN, ROUND_HALF_UP, Decimal

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.check.stretches import printed_in, steps_of
from d2lbook.errors import Fault, Severity
from d2lbook.evidence import store
from d2lbook.evidence.claims import format_value
from d2lbook.markup.model import Section

MIN_DIGITS = 3
"""Significant digits from which a printed number is taken for a metric's own."""
_NUMBER = re.compile(r"(?<![A-Za-z0-9_.])[-−]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?%?")
_SAID = re.compile(r"[-−]?\d+(?:\.\d+)?%?")


def rounding_faults(book: Book, severity: Severity = "error", only: Section | None = None) -> Iterator[Fault]:
    """Yield values in prose that differ from the rounded digits that their section prints."""
    for section in [only] if only else book.sections:
        values = [(prose.tabs, role) for prose in section.prose for role in prose.roles if role.name == "value"]
        seen: set[tuple[int, str]] = set()
        for projection in book.projections(section) if values else ():
            stored = store.load(book, projection)
            if stored is None:
                continue
            numbers = printed_numbers("\n".join(printed_in(step.outputs) for step in steps_of(book, projection)))
            for tabs, role in values:
                if tabs and projection.backend not in (*tabs, BASE):
                    continue
                wrong = disagreement(role.value, stored.metrics, numbers)
                if wrong and (role.line, wrong) not in seen:
                    seen.add((role.line, wrong))
                    yield _fault(section, role.line, projection.backend, role.value, wrong, severity)


def _fault(section: Section, line: int, backend: str, spec: str, wrong: str, severity: Severity) -> Fault:
    fix = "print as many digits as the prose needs, or say what the printed ones round to"
    message = f"{backend}: rounding the printed digits gives another number: {wrong}"
    return Fault(section.path, line, message, f":value:`{spec}`", fix, severity)


def printed_numbers(text: str) -> frozenset[str]:
    """Return the numbers in a text, as they are written."""
    return frozenset(match[0].replace("−", "-") for match in _NUMBER.finditer(text))


def disagreement(spec: str, metrics: Mapping[str, float], printed: frozenset[str]) -> str:
    """Return what is printed and what is said where they disagree; empty if they agree or nothing can be said."""
    name, _, form = spec.partition(":")
    value = metrics.get(name.strip())
    if value is None or not form.strip() or "@" in spec:
        return ""
    try:
        said = format_value(spec, metrics).replace("−", "-")
    except (KeyError, ValueError):
        return ""
    if not _SAID.fullmatch(said):
        return ""
    wanted, unit = _exact(said)
    sources = [(number, *_exact(number)) for number in printed if _significant(number) >= MIN_DIGITS]
    own = [item for item in sources if _is_rounding(Decimal(repr(value)), item[1], item[2]) and item[2] <= unit]
    if not own or any(wanted in _roundings(shown, unit) for _, shown, _ in own):
        return ""
    return f"{own[0][0]} is printed, {said} is said"


def _exact(number: str) -> tuple[Decimal, Decimal]:
    """Return a written number, and the unit of its last digit."""
    percent = number.endswith("%")
    exact = Decimal(number.rstrip("%"))
    exponent = exact.as_tuple().exponent
    assert isinstance(exponent, int)
    unit = Decimal(1).scaleb(exponent)
    return (exact / 100, unit / 100) if percent else (exact, unit)


def _significant(number: str) -> int:
    return len(re.sub(r"[eE].*|[-%.]", "", number).lstrip("0"))


def _is_rounding(value: Decimal, shown: Decimal, unit: Decimal) -> bool:
    """Tell whether ``shown`` may be ``value`` rounded to ``unit``, ties either way, and no integer by chance."""
    return unit < 1 and abs(value - shown) <= unit / 2 * (1 + Decimal("1e-9"))


def _roundings(shown: Decimal, unit: Decimal) -> set[Decimal]:
    return {shown.quantize(unit, mode) for mode in (ROUND_HALF_UP, ROUND_HALF_DOWN)}
