"""What the front page shows of the stored runs: the same curve in every backend, and a line of facts.

Curves are read from the plots that runs have stored, by their ticks and labels, so that nothing is drawn by hand.
"""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from d2lbook.book.book import Book
from d2lbook.book.config import Backend
from d2lbook.check.plots import tick_marks
from d2lbook.check.stretches import drawings_in, steps_of
from d2lbook.evidence.table import Row
from d2lbook.site.fragments import fragment
from d2lbook.site.styles import VOICES

Point = tuple[float, float]
WIDTH, HEIGHT = 560.0, 300.0
LEFT, RIGHT, TOP, BASE = 42.0, 104.0, 14.0, 36.0
"""Room around the curves, in user units."""
APART = 22.0
"""User units between two names at the ends of curves."""
LOSS = re.compile("损失|loss", re.IGNORECASE)
_SVG = "{http://www.w3.org/2000/svg}"
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?")
_STROKE = re.compile(r"(?:^|;)\s*stroke:\s*(#[0-9a-f]{6})", re.IGNORECASE)
_FILL = re.compile(r"(?:^|;)\s*fill:\s*(#[0-9a-f]{6})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve of a stored plot."""

    voice: int
    """Place of its backend among the book's, from 0."""
    backend: str
    name: str
    """What the plot calls it."""
    points: tuple[Point, ...]


def stored_curves(book: Book, docname: str) -> list[Curve]:
    """Return the first loss that the plots of a section show, in every backend; none for what shows none."""
    if docname not in book.by_name:
        return []
    names = book.config.backend_names
    found = []
    for projection in book.projections(book.section(docname)):
        drawings = (drawing for step in steps_of(book, projection) for drawing in drawings_in(step.outputs) if drawing)
        curve = next(filter(None, map(loss_in, drawings)), None)
        if curve and projection.backend in names:
            found.append(Curve(names.index(projection.backend), projection.backend, *curve))
    return sorted(found, key=lambda curve: curve.voice)


def loss_in(drawing: str) -> tuple[str, tuple[Point, ...]] | None:
    """Return the name and the points of the first curve of a plot that is a loss, in the units of its ticks."""
    try:
        root = ET.fromstring(drawing)
    except ET.ParseError:
        return None
    across, down = _scale(root, 0), _scale(root, 1)
    if across is None or down is None:
        return None
    colours = {
        colour[1]: text
        for node in root.iter(f"{_SVG}text")
        if (colour := _FILL.search(node.get("style", ""))) and LOSS.search(text := "".join(node.itertext()).strip())
    }
    for path in root.iter(f"{_SVG}path"):
        stroke = _STROKE.search(path.get("style", "")) if path.get("clip-path") else None
        if stroke and stroke[1] in colours:
            numbers = [float(number) for number in _NUMBERS.findall(path.get("d", ""))]
            points = tuple((across(x), down(y)) for x, y in zip(numbers[::2], numbers[1::2], strict=True))
            if len(points) > 2:
                return colours[stroke[1]], points
    return None


def _scale(root: ET.Element, axis: int) -> Callable[[float], float] | None:
    """Return what turns a place along an axis (0: across) into its value; None if no two ticks tell it."""
    for group in root.iter(f"{_SVG}g"):
        ticks = [(label, place) for label, *place in tick_marks(group)]
        if len(ticks) > 1 and len({place[1 - axis] for _, place in ticks}) == 1:
            known = [(place[axis], float(label.replace("−", "-"))) for label, place in ticks if _is_number(label)]
            if len(known) > 1 and known[0][0] != known[-1][0]:
                (first, low), (last, high) = known[0], known[-1]
                return lambda place: low + (place - first) * (high - low) / (last - first)
    return None


def _is_number(label: str) -> bool:
    return re.fullmatch(r"[-−]?\d+(?:\.\d+)?", label) is not None


# ---- the drawing ----


def curves_drawing(curves: Sequence[Curve], titles: Sequence[str], place: str, say: Callable[[str], str]) -> Markup:
    """Return the curves as a drawing for the front page, each named at its end in its voice's colour.

    ``titles`` are the backends', ``place`` is a link to the section, ``say`` gives a text in an edition's words.
    """
    xs = [x for curve in curves for x, _ in curve.points]
    ys = [y for curve in curves for _, y in curve.points]
    low, high = min(ys), max(ys)

    def at(x: float, y: float) -> Point:
        across = (x - min(xs)) / (max(xs) - min(xs))
        up = (y - low) / (high - low or 1.0)
        return LEFT + across * (WIDTH - LEFT - RIGHT), HEIGHT - BASE - up * (HEIGHT - TOP - BASE)

    ends = _spread([at(*curve.points[-1])[1] for curve in curves])
    drawn = [
        {
            "path": "M" + "L".join("{:.1f} {:.1f}".format(*at(*point)) for point in curve.points),
            "voice": curve.voice % VOICES + 1,
            "end": at(*curve.points[-1]),
            "label": end,
            "title": titles[curve.voice],
        }
        for curve, end in zip(curves, ends, strict=True)
    ]
    return fragment(
        "curves.html",
        curves=drawn,
        size=(WIDTH, HEIGHT),
        across=[(f"{x:g}", at(x, low)) for x in sorted({round(x) for x in xs})],
        down=[(f"{y:.1f}", at(min(xs), y)) for y in _round_values(low, high)],
        what=say(curves[0].name),
        place=place,
        told="、".join(f"{titles[curve.voice]} {curve.points[-1][1]:.2f}" for curve in curves),
    )


def _spread(places: Sequence[float]) -> list[float]:
    """Return places at least ``APART`` from one another, in the same order, as near as can be."""
    order = sorted(range(len(places)), key=lambda number: places[number])
    spread = list(places)
    for before, after in itertools.pairwise(order):
        spread[after] = max(spread[after], spread[before] + APART)
    over = max(0.0, max(spread) - (HEIGHT - BASE + 4))
    return [place - over for place in spread]


def _round_values(low: float, high: float) -> Iterator[float]:
    step = next(step for step in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 1e9) if (high - low) / step < 6)
    value = int(low / step) * step
    while value <= high:
        if value >= low:
            yield value
        value += step


# ---- facts ----


def facts(rows: Sequence[Row], backends: Sequence[Backend]) -> dict[str, str]:
    """Return what a book's runs come to: how many, claims that hold, versions, the last date; empty without any."""
    ran = [row for row in rows if not row.elsewhere and row.state != "missing"]
    if not ran:
        return {}
    return {
        "runs": f"{len(ran):,}",
        "claims": f"{sum(row.claims - len(row.broken) for row in ran):,}",
        "versions": " · ".join(filter(None, (_version(ran, backend) for backend in backends))),
        "date": max(row.date for row in ran),
    }


def _version(ran: Sequence[Row], backend: Backend) -> str:
    """Return a backend's title with the version that most of its runs had of its first package."""
    package = backend.packages[0] if backend.packages else ""
    counted = Counter(row.versions[package] for row in ran if row.backend == backend.name and package in row.versions)
    return f"{backend.title}\N{NO-BREAK SPACE}{counted.most_common(1)[0][0]}" if counted else ""
