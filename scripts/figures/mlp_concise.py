"""Pictures of 多层感知机的简洁实现: seven references to one layer, and seven layers."""

from __future__ import annotations

from scripts.figures.style import CODE, OCHRE, ORANGE, SMALL, TEAL, Canvas, figure


@figure("mlp-shared-layers")
def shared_layers() -> Canvas:
    """A list that repeats one layer against a list of separate layers, with the weights that they hold."""
    canvas = Canvas(480, 330)
    canvas.text(8, 16, "[layer] * 7：七个位置，一层", size=SMALL, anchor="start", bold=True)
    for number in range(7):
        place = canvas.box(10 + 66 * number, 36, 56, 34, str(number + 1), OCHRE, size=SMALL)
        canvas.arrow(place.bottom, (240 + 14 * (number - 3), 108), gap=2)
    canvas.box(150, 108, 180, 36, "W, b：5700个参数", ORANGE, size=SMALL)
    canvas.text(8, 186, "每次新建一层：七个位置，七层", size=SMALL, anchor="start", bold=True)
    for number in range(7):
        place = canvas.box(10 + 66 * number, 206, 56, 34, str(number + 1), OCHRE, size=SMALL)
        weight = canvas.box(10 + 66 * number, 268, 56, 34, "W, b", TEAL, size=SMALL, family=CODE)
        canvas.arrow(place.bottom, weight.top, gap=2)
    canvas.text(240, 318, "7 × 5700 = 39900个参数", size=SMALL)
    return canvas
