"""Pictures of the appendix on mathematics: the three steps of a singular value decomposition, and one naive vote."""

from __future__ import annotations

import math

from scripts.figures.style import GREYED, INK, OCHRE, ORANGE, SMALL, TEAL, THICK, Canvas, Tone, figure

Point = tuple[float, float]


def _turned(points: list[Point], angle: float) -> list[Point]:
    c, s = math.cos(angle), math.sin(angle)
    return [(c * x - s * y, s * x + c * y) for x, y in points]


@figure("math-svd")
def math_svd() -> Canvas:
    """A circle with two right-angled arrows, turned onto the axes, stretched along them, and turned once more."""
    canvas = Canvas(470, 190)
    circle = [(math.cos(2 * math.pi * k / 72), math.sin(2 * math.pi * k / 72)) for k in range(73)]
    stretched = [(1.6 * x, 0.6 * y) for x, y in circle]
    stages = (
        (52.0, circle, _turned([(1, 0), (0, 1)], math.radians(35)), (r"$\mathbf{v}_1$", r"$\mathbf{v}_2$")),
        (160.0, circle, [(1.0, 0.0), (0.0, 1.0)], ("", "")),
        (280.0, stretched, [(1.6, 0.0), (0.0, 0.6)], ("$σ_1$", "$σ_2$")),
        (410.0, _turned(stretched, math.radians(-60)), _turned([(1.6, 0), (0, 0.6)], math.radians(-60)), ("", "")),
    )
    radius, middle = 32, 92
    for x, outline, arrows, names in stages:
        canvas.line([(x + radius * a, middle - radius * b) for a, b in outline], Tone("none", INK))
        for (a, b), tone, name in zip(arrows, (TEAL, ORANGE), names, strict=True):
            end = (x + radius * a, middle - radius * b)
            canvas.arrow((x, middle), end, tone, stroke=THICK, gap=0)
            if name:
                size = math.hypot(a, b) * radius
                far = (size + 15) / size
                canvas.text(x + radius * a * far, middle - radius * b * far, name, size=SMALL)
    turns = ((92, 122, r"$\mathbf{V}^\top$"), (198, 224, r"$\mathbf{Σ}$"), (352, 378, r"$\mathbf{U}$"))
    for left, right, name in turns:
        canvas.arrow((left, 160), (right, 160), gap=0)
        canvas.text((left + right) / 2, 176, name, size=SMALL)
    canvas.text(442, 152, r"$σ_1\mathbf{u}_1$", size=SMALL)
    canvas.text(436, 62, r"$σ_2\mathbf{u}_2$", size=SMALL, anchor="start")
    return canvas


@figure("math-naive")
def math_naive() -> Canvas:
    """One stroke covers six pixels, and each of them votes as if it were alone."""
    canvas = Canvas(470, 230)
    rows = ("..#.", ".##.", ".##.", ".#..")
    for i, row in enumerate(rows):
        for j, dark in enumerate(row):
            tone = TEAL if dark == "#" else Tone("none", GREYED.line)
            canvas.rect(16 + 34 * j, 34 + 34 * i, 34, 34, tone, stroke=0.8)
    canvas.text(84, 196, "一笔，盖住六个像素", size=SMALL)
    votes = ((1, 2), (2, 2), (3, 1))
    for number, (i, j) in enumerate(votes):
        y = 44 + 44 * number
        place = canvas.box(222, y, 92, 30, f"像素$x_{number + 1}$", OCHRE, size=SMALL)
        canvas.arrow((16 + 34 * j + 17, 34 + 34 * i + 17), place.left, bend=-6)
        canvas.arrow(place.right, (372, 96), gap=6)
    canvas.circle(406, 96, 34, "是7？", ORANGE, size=SMALL)
    canvas.text(268, 196, "各投一票，票数相加", size=SMALL)
    return canvas
