"""Pictures of learning rate schedules."""

from __future__ import annotations

import math

from scripts.figures.style import GREY, INK, ORANGE, SMALL, Canvas, Tone, figure


def _cosine(share: float) -> float:
    return share / 0.15 if share < 0.15 else (1 + math.cos(math.pi * (share - 0.15) / 0.85)) / 2


SHAPES = (
    ("单因子", lambda share: 0.03**share),
    ("多因子", lambda share: 0.4 ** ((share >= 0.5) + (share >= 0.75))),
    ("线性", lambda share: 1 - share),
    ("预热余弦", _cosine),
)


@figure("scheduler-shapes")
def shapes() -> Canvas:
    """Draw four schedules, from the base rate to the last step."""
    canvas = Canvas(470, 400)
    for number, (name, shape) in enumerate(SHAPES):
        left, floor = 40 + 232 * (number % 2), 160 + 200 * (number // 2)
        top, width = floor - 110, 176
        canvas.line([(left, top - 16), (left, floor), (left + width + 10, floor)], Tone("none", INK))
        canvas.line([(left, top), (left + width, top)], Tone("none", GREY), dash="4 4")
        shares = sorted([k / 120 for k in range(121)] + [0.5 - 1e-6, 0.75 - 1e-6])  # steps stand upright
        points = [(left + width * share, floor - 110 * shape(share)) for share in shares]
        canvas.line(points, ORANGE, stroke=2.4)
        canvas.text(left - 14, top, "$η$", size=SMALL)
        canvas.text(left, floor + 18, "0", size=SMALL)
        canvas.text(left + width, floor + 18, "$T$", size=SMALL)
        canvas.text(left + width / 2 + 6, floor - 128, name, size=SMALL)
    return canvas
