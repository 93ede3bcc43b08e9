"""Pictures of the sections on gradient descent and its stochastic form."""

from __future__ import annotations

import itertools

from scripts.figures.style import GREY, INK, ORANGE, SMALL, TEAL, Canvas, Tone, figure


@figure("gd-four-rates")
def four_rates() -> Canvas:
    """Draw one parabola four times, each with the first steps of another learning rate."""
    canvas = Canvas(460, 420)
    for number, (rate, factor, words) in enumerate(
        (("0.02", 0.76, "慢"), ("1/12", 0.0, "一步到底"), ("0.15", -0.8, "越跨越近"), ("0.17", -1.04, "越跨越远"))
    ):
        middle, floor = 115 + 230 * (number % 2), 160 + 216 * (number // 2)

        def at(x: float, middle: float = middle, floor: float = floor) -> tuple[float, float]:
            return middle + 50 * x, floor - 40 * x * x

        canvas.line([at(k / 10) for k in range(-18, 19)], Tone("none", GREY))
        places = [1.5 * factor**k for k in range(2 if factor == 0 else 5)]
        for before, after in itertools.pairwise(places):
            canvas.line([at(before), at(after)], ORANGE, stroke=1.6)
        for place in places[1:]:
            canvas.dot(*at(place), ORANGE)
        canvas.dot(*at(1.5), Tone("none", INK), radius=5)
        canvas.text(middle, floor - 144, f"$η = {rate}$", size=SMALL)
        canvas.text(middle, floor + 22, f"每步乘${factor:g}$，{words}", size=SMALL)
    return canvas


@figure("sgd-guides")
def guides() -> Canvas:
    """Draw where guides remember the valley's bottom, and where they point from afar and from nearby."""
    canvas = Canvas(470, 280)
    remembered = ((304, 92), (352, 60), (404, 96), (336, 132), (392, 150), (428, 190), (318, 196), (364, 214))
    bottom = (sum(x for x, _ in remembered) / 8, sum(y for _, y in remembered) / 8)
    for start, length in (((70, 236), 62), ((bottom[0] + 4, bottom[1] + 6), 30)):
        for x, y in remembered:
            far = ((x - start[0]) ** 2 + (y - start[1]) ** 2) ** 0.5
            end = (start[0] + length * (x - start[0]) / far, start[1] + length * (y - start[1]) / far)
            canvas.arrow(start, end, ORANGE, gap=0)
        canvas.dot(*start, Tone("none", INK), radius=5)
    for x, y in remembered:
        canvas.circle(x, y, 6, "", TEAL)
    canvas.text(70, 262, "远处：几乎同声", size=SMALL, anchor="start")
    canvas.text(366, 262, "近处：各说各的", size=SMALL)
    canvas.text(366, 30, "各位向导记得的谷底", size=SMALL)
    return canvas
