"""Pictures of the sections on optimisation and convexity: three flat places; convex and other sets."""

from __future__ import annotations

import math
from collections.abc import Callable

from scripts.figures.style import INK, OCHRE, ORANGE, SMALL, TEAL, THICK, Canvas, Tone, figure

Point = tuple[float, float]
CELLS = 8


def _surface(canvas: Canvas, centre: Point, height: Callable[[float, float], float], tone: Tone,
             mark: float = 0) -> None:  # fmt: skip
    """Draw a surface over the square of side 2 as tiles, the farthest first, and a point on its middle line."""

    def at(x: float, y: float) -> Point:
        return centre[0] + 48 * x + 22 * y, centre[1] - 30 * y - 58 * height(x, y)

    for row in reversed(range(CELLS)):
        for column in range(CELLS):
            x, y, step = -1 + 2 * column / CELLS, -1 + 2 * row / CELLS, 2 / CELLS
            corners = [at(x, y), at(x + step, y), at(x + step, y + step), at(x, y + step)]
            canvas.line(corners, Tone(tone.fill, tone.line), stroke=0.6, closed=True, filled=True)
    canvas.dot(*at(mark, 0), Tone("none", INK), radius=5)


@figure("optimization-flat")
def flat() -> Canvas:
    """Draw the bottom of a bowl, the middle of a saddle and a plateau beside its slope."""
    canvas = Canvas(480, 210)
    places = (
        (80, 130, "碗底", "特征值全是正的", lambda x, y: 0.34 * (x * x + y * y), TEAL),
        (240, 104, "马鞍", "有正有负", lambda x, y: 0.55 * (x * x - y * y), ORANGE),
        (400, 78, "高原", "梯度很小，不是零", lambda x, y: -1 / (1 + math.exp(-7 * (x - 0.5))), OCHRE),
    )
    for x, y, name, said, height, tone in places:
        _surface(canvas, (x, y), height, tone, mark=-0.5 if name == "高原" else 0)
        canvas.text(x, 16, name)
        canvas.text(x, 194, said, size=SMALL)
    return canvas


def _chord(canvas: Canvas, one: Point, two: Point) -> None:
    """Draw two points and the segment between them."""
    canvas.line([one, two], Tone("none", INK), stroke=THICK, dash="5 4")
    canvas.dot(*one, Tone("none", INK))
    canvas.dot(*two, Tone("none", INK))


def _shape(canvas: Canvas, points: list[Point], one: Point, two: Point, tone: Tone) -> None:
    """Draw a filled shape and a chord between two of its points."""
    canvas.line(points, tone, closed=True, filled=True)
    _chord(canvas, one, two)


@figure("convexity-sets")
def sets() -> Canvas:
    """Draw two convex sets and two that are not; below, a chord above a convex curve and one across another."""
    canvas = Canvas(480, 372)
    ring = [k * math.pi / 30 for k in range(61)]
    _shape(canvas, [(60 + 46 * math.cos(a), 84 + 38 * math.sin(a)) for a in ring], (28, 74), (92, 100), TEAL)
    corners = [(140.0, 120.0), (152.0, 54.0), (196.0, 44.0), (228.0, 84.0), (206.0, 122.0)]
    _shape(canvas, corners, (152, 110), (212, 84), TEAL)
    moon = [(308 + 46 * math.cos(a), 84 + 40 * math.sin(a)) for a in (k * math.pi / 30 for k in range(10, 51))]
    moon += [(330 + 32 * math.cos(a), 84 + 24 * math.sin(a)) for a in (k * math.pi / 30 for k in range(47, 12, -1))]
    _shape(canvas, moon, (322, 53), (322, 115), ORANGE)
    for x in (396, 452):
        canvas.line([(x + 24 * math.cos(a), 84 + 34 * math.sin(a)) for a in ring], ORANGE, closed=True, filled=True)
    _chord(canvas, (396, 90), (452, 78))
    canvas.text(120, 16, "凸集")
    canvas.text(370, 16, "不是凸集")

    def bowl(x: float) -> Point:
        return 20 + x, 324 - 0.0105 * (x - 92) ** 2

    canvas.line([bowl(x) for x in range(0, 206, 5)], TEAL, stroke=THICK)
    _chord(canvas, bowl(30), bowl(180))

    def wave(x: float) -> Point:
        return 270 + x, 286 - 34 * math.sin(x / 26) + 0.08 * x

    canvas.line([wave(x) for x in range(0, 196, 4)], ORANGE, stroke=THICK)
    _chord(canvas, wave(14), wave(168))
    canvas.text(120, 190, "凸函数")
    canvas.text(370, 190, "不是凸函数")
    canvas.text(120, 356, "弦在曲线上方", size=SMALL)
    canvas.text(370, 356, "弦穿过曲线", size=SMALL)
    return canvas
