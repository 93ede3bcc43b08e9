"""Pictures of the appendix on calculus."""

from __future__ import annotations

import math

from scripts.figures.style import GREYED, ORANGE, SMALL, TEAL, Canvas, figure


@figure("ca-polar")
def polar() -> Canvas:
    """A grid of equal cells in radius and angle, and what polar coordinates make of it: cells grow with the radius."""
    canvas = Canvas(460, 250)
    left, bottom, cell = 40.0, 200.0, 36.0
    for k in range(5):
        canvas.line([(left + k * cell, bottom), (left + k * cell, bottom - 4 * cell)], GREYED)
        canvas.line([(left, bottom - k * cell), (left + 4 * cell, bottom - k * cell)], GREYED)
    for column, tone in ((1, TEAL), (3, ORANGE)):
        x, y = left + column * cell, bottom - 2 * cell
        canvas.line(
            [(x, y), (x + cell, y), (x + cell, y + cell), (x, y + cell), (x, y)],
            tone,
            stroke=3,
            closed=True,
            filled=True,
        )
    canvas.text(left + 2 * cell, 20, "格子一样大", size=SMALL)
    canvas.text(left + 2 * cell, bottom + 20, "半径$r$", size=SMALL)
    canvas.text(left - 20, bottom - 2 * cell, "角\n$θ$", size=SMALL)
    origin = (250.0, 200.0)

    def at(radius: float, step: float) -> tuple[float, float]:
        turn = step * math.pi / 8
        return origin[0] + 40 * radius * math.cos(turn), origin[1] - 40 * radius * math.sin(turn)

    def arc(radius: float, start: float, end: float) -> list[tuple[float, float]]:
        return [at(radius, start + (end - start) * k / 16) for k in range(17)]

    for k in range(5):
        canvas.line([origin, at(4, k)], GREYED)
        if k:
            canvas.line(arc(k, 0, 4), GREYED)
    for radius, tone in ((1.0, TEAL), (3.0, ORANGE)):
        cell_edge = [*arc(radius, 1, 2), *reversed(arc(radius + 1, 1, 2)), at(radius, 1)]
        canvas.line(cell_edge, tone, stroke=3, closed=True, filled=True)
    canvas.text(origin[0] + 85, 20, "面积约乘$r$", size=SMALL)
    canvas.text(origin[0] + 80, origin[1] + 20, "$x$", size=SMALL)
    canvas.text(origin[0] - 16, origin[1] - 80, "$y$", size=SMALL)
    return canvas
