"""Picture of the section on preparing data: one clock face, three sets of features."""

from __future__ import annotations

import math

from scripts.figures.style import GREY, OCHRE, ORANGE, SMALL, TEAL, VIOLET, Canvas, Tone, figure


@figure("clock-features")
def clock_features() -> Canvas:
    """A face at 2:24 as pixels, as the directions of its hands, and as the time itself."""
    canvas = Canvas(470, 250)
    centres = (80, 235, 390)
    hour, minute = 2 * math.pi * 144 / 720, 2 * math.pi * 24 / 60

    def tip(x: float, angle: float, length: float) -> tuple[float, float]:
        return x + length * math.sin(angle), 110 - length * math.cos(angle)

    cell = 12
    for i in range(11):
        for j in range(11):
            x, y = 80 - 66 + cell * j, 110 - 66 + cell * i
            tone = Tone("none", "#CCCCCC")
            for angle, length in ((hour, 38), (minute, 62)):
                dx, dy = x + cell / 2 - 80, 110 - y - cell / 2
                along = dx * math.sin(angle) + dy * math.cos(angle)
                across = abs(dx * math.cos(angle) - dy * math.sin(angle))
                if 0 <= along <= length and across < 7:
                    tone = Tone(GREY, GREY)
            canvas.rect(x, y, cell, cell, tone, stroke=0.6)
    for x in centres[1:]:
        canvas.circle(x, 110, 66)
        for k in range(12):
            angle = 2 * math.pi * k / 12
            canvas.line([tip(x, angle, 60), tip(x, angle, 66)], stroke=1)
        canvas.arrow((x, 110), tip(x, hour, 40), ORANGE, stroke=3, gap=0)
        canvas.arrow((x, 110), tip(x, minute, 60), TEAL, stroke=2, gap=0)
    canvas.text(235, 26, "正弦、余弦各一对", size=SMALL)
    canvas.text(390, 26, "2点24分", size=SMALL)
    canvas.text(80, 26, "400个像素", size=SMALL)
    for x, name, tone in ((80, "像素", OCHRE), (235, "两针方向", TEAL), (390, "时分相合", VIOLET)):
        canvas.box(x - 50, 200, 100, 34, name, tone, size=SMALL)
    return canvas
