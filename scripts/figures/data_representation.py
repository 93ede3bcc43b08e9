"""Pictures of 神经网络的数据表示: transposing against reshaping, and what a layer does to a grid."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from scripts.figures.style import GREY, OCHRE, ORANGE, RED, SMALL, TEAL, THIN, VIOLET, Box, Canvas, Tone, figure

CHANNELS = (RED, TEAL, VIOLET)


def _pixels(canvas: Canvas, left: float, top: float, numbers: Sequence[int]) -> None:
    """Draw twelve numbers as two rows of two pixels of three channels, each in the colour that it was stored as."""
    for pixel in range(4):
        x, y = left + 102 * (pixel % 2), top + 48 * (pixel // 2)
        three = numbers[3 * pixel : 3 * pixel + 3]
        canvas.matrix(x, y, [list(three)], cell=30, tones=[[CHANNELS[n // 4] for n in three]], size=SMALL)


@figure("dr-reshape")
def reshape() -> Canvas:
    """A picture of four pixels as it is stored, channels first, and as transposing and reshaping read it."""
    canvas = Canvas(440, 262)
    canvas.text(220, 14, "存储的先后（通道在前）", size=SMALL)
    canvas.matrix(4, 30, [list(range(12))], cell=36, tones=[[CHANNELS[n // 4] for n in range(12)]], size=SMALL)
    for number, name in enumerate("红绿蓝"):
        canvas.brace(6 + 144 * number, 146 + 144 * number, 72, name)
    _pixels(canvas, 8, 140, [n // 3 + 4 * (n % 3) for n in range(12)])
    _pixels(canvas, 240, 140, list(range(12)))
    canvas.line([(220, 118), (220, 252)], stroke=THIN, dash="3 4")
    canvas.text(104, 246, "转置", size=SMALL, bold=True)
    canvas.text(336, 246, "变形", size=SMALL, bold=True)
    return canvas


Point = tuple[float, float]


def _sheared(point: Point) -> Point:
    return point[0] + 0.5 * point[1], point[1]


def _moved(point: Point) -> Point:
    x, y = _sheared(point)
    return x - 0.25, y - 0.25


def _folded(point: Point) -> Point:
    x, y = _moved(point)
    return max(x, 0.0), max(y, 0.0)


@figure("dr-fold")
def fold() -> Canvas:
    """A grid before a layer, and after each of the layer's three steps."""
    canvas = Canvas(470, 166)
    steps: tuple[tuple[str, Callable[[Point], Point]], ...] = (
        ("原来", lambda point: point),
        ("乘矩阵", _sheared),
        ("加偏置", _moved),
        ("ReLU", _folded),
    )
    for number, (name, step) in enumerate(steps):
        left, scale = 4 + 117.0 * number, 30.0

        def place(point: Point, left: float = left, scale: float = scale) -> Point:
            return left + 57 + scale * point[0], 60 - scale * point[1]

        axes = Box(left, 10, 110, 110)
        canvas.line([(axes.x, 60), (axes.x + 110, 60)], Tone("none", GREY), stroke=THIN)
        canvas.line([(left + 57, 10), (left + 57, 112)], Tone("none", GREY), stroke=THIN)
        for line in (-1, -0.5, 0, 0.5, 1):
            for across in (True, False):
                points = [(k / 10, line) if across else (line, k / 10) for k in range(-10, 11)]
                canvas.line([place(step(point)) for point in points], TEAL if across else ORANGE)
        for point in ((1.0, 1.0), (-1.0, 1.0)):
            canvas.dot(*place(step(point)), OCHRE, radius=5)
        canvas.text(left + 55, 146, name, size=SMALL)
    return canvas
