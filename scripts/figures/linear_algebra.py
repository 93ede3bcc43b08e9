"""Pictures of 线性代数: colours as arrows, two filters in both orders, and the unit balls of three norms."""

from __future__ import annotations

import math

from scripts.figures.style import GREY, GREYED, INK, OCHRE, ORANGE, SMALL, TEAL, THICK, Box, Canvas, Tone, figure


@figure("la-colours")
def la_colours() -> Canvas:
    """The registered blue, the same paint in the shade, and khaki, seen in the green and blue channels only."""
    canvas = Canvas(430, 400)
    scale, left, bottom = 5.4, 50, 368
    canvas.axes(Box(left, 10, 350, bottom - 10), "绿", "蓝")

    def place(green: float, blue: float) -> tuple[float, float]:
        return left + scale * green, bottom - scale * blue

    for tick in (20, 40, 60):
        x, y = place(tick, 0)
        canvas.line([(x, y), (x, y + 5)])
        if tick < 60:  # the axis's name stands there
            canvas.text(x, y + 17, str(tick), size=SMALL)
        x, y = place(0, tick)
        canvas.line([(x - 5, y), (x, y)])
        canvas.text(x - 10, y, str(tick), size=SMALL, anchor="end")
    p, shade, khaki = place(30, 60), place(12, 18), place(40, 20)
    for end in (shade, khaki):
        canvas.line([p, end], Tone("none", GREY), dash="5 4")
    for end, tone in ((p, TEAL), (khaki, ORANGE), (shade, TEAL)):
        canvas.arrow(place(0, 0), end, tone, stroke=THICK, gap=0)
    canvas.text(p[0] + 12, p[1] + 2, "登记的蓝", anchor="start")
    canvas.text(khaki[0] + 10, khaki[1] - 2, "土黄车", anchor="start")
    canvas.text(shade[0] + 20, shade[1] - 12, "树荫下的蓝车", size=SMALL, anchor="start")
    canvas.text(180, 196, "45.7", size=SMALL, anchor="start")
    canvas.text(250, 150, "41.2", size=SMALL, anchor="start")
    return canvas


@figure("la-filters")
def la_filters() -> Canvas:
    """Two filters in both orders on the same colour, with different results."""
    canvas = Canvas(470, 300)
    rows = (
        (30, "先黑白，后偏暖：$\\mathbf{DK}$", "KD", ("30", "30", "30"), ("36", "30", "15"), (GREYED, ORANGE)),
        (190, "先偏暖，后黑白：$\\mathbf{KD}$", "DK", ("24", "30", "30"), ("28.2", "28.2", "28.2"), (OCHRE, GREYED)),
    )
    for y, title, names, first, second, tones in rows:
        canvas.text(14, y - 12, title, size=SMALL, anchor="start")
        places = [canvas.box(14, y + 8, 80, 92, "20\n30\n60", TEAL)]
        for number in range(2):
            label = "\n".join((first, second)[number])
            places.append(canvas.box(190 + 176 * number, y + 8, 84, 92, label, tones[number]))
            canvas.arrow(places[number].right, places[number + 1].left)
            middle = (places[number].right[0] + places[number + 1].left[0]) / 2
            canvas.text(middle, y + 36, f"$\\mathbf{{{names[number]}}}$", size=20)
    return canvas


@figure("la-unit-balls")
def la_unit_balls() -> Canvas:
    """The sets of plane vectors of length 1 in three norms, side by side."""
    canvas = Canvas(470, 200)
    radius = 58
    circle = [(math.cos(math.pi * k / 36), math.sin(math.pi * k / 36)) for k in range(72)]
    shapes: tuple[tuple[str, list[tuple[float, float]], Tone], ...] = (
        ("$ℓ_1$", [(1, 0), (0, 1), (-1, 0), (0, -1)], ORANGE),
        ("$ℓ_2$", circle, TEAL),
        ("$ℓ_∞$", [(1, 1), (-1, 1), (-1, -1), (1, -1)], GREYED),
    )
    for number, (name, points, tone) in enumerate(shapes):
        x, y = 80 + 155 * number, 90
        canvas.line(
            [(x + radius * a, y - radius * b) for a, b in points], Tone(tone.fill, INK), closed=True, filled=True
        )
        canvas.line([(x - 72, y), (x + 72, y)], stroke=1)
        canvas.line([(x, y - 76), (x, y + 76)], stroke=1)
        canvas.dot(x + radius * 0.6, y - radius * 0.8, radius=4.5)
        canvas.text(x, 186, name)
    return canvas
