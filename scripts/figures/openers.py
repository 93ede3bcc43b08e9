"""The drawings at the head of chapters: one small scene each, with hardly a word."""

from __future__ import annotations

import itertools
import math

from scripts.figures.style import (
    CODE,
    GREYED,
    INK,
    OCHRE,
    ORANGE,
    PLAIN,
    SMALL,
    TEAL,
    THICK,
    TONES,
    VIOLET,
    Canvas,
    Tone,
    figure,
)

WIDTH, HEIGHT = 300, 220
Point = tuple[float, float]


def _curve(canvas: Canvas, points: list[Point], tone: Tone = PLAIN, stroke: float = THICK) -> None:
    canvas.line(points, Tone("none", tone.line), stroke=stroke)


@figure("opener-front")
def front() -> Canvas:
    """One text, four voices that run beside one another and meet."""
    canvas = Canvas(WIDTH, HEIGHT)
    for voice, tone in enumerate((TEAL, ORANGE, OCHRE, VIOLET)):
        points = []
        for step in range(61):
            x = step / 60
            own = math.sin(3.1 * math.pi * x + voice * 1.7) * 34 * (1 - x) ** 1.2
            points.append((14 + 236 * x, 110 + (voice - 1.5) * 42 * (1 - x) + own))
        _curve(canvas, points, tone)
    canvas.circle(266, 110, 16, "$d$", OCHRE)
    return canvas


@figure("opener-introduction")
def introduction() -> Canvas:
    """Squares of a handwritten three go through a dial and come out as a word."""
    canvas = Canvas(WIDTH, HEIGHT)
    rows = (".####.", "....#.", "...#..", "..###.", ".....#", ".....#", "#....#", ".####.")
    for i, row in enumerate(rows):
        for j, dark in enumerate(row):
            canvas.rect(8 + 17 * j, 42 + 17 * i, 17, 17, TEAL if dark == "#" else PLAIN, stroke=0.6)
    canvas.arrow((116, 110), (148, 110))
    canvas.circle(184, 110, 34, "", OCHRE)
    for angle in range(-120, 121, 40):
        x, y = math.sin(math.radians(angle)), -math.cos(math.radians(angle))
        canvas.line([(184 + 40 * x, 110 + 40 * y), (184 + 46 * x, 110 + 46 * y)])
    canvas.line([(184, 110), (202, 86)], stroke=3)
    canvas.arrow((222, 110), (254, 110))
    canvas.text(272, 110, "3?", size=24)
    return canvas


@figure("opener-python")
def python() -> Canvas:
    """Two names on one list."""
    canvas = Canvas(WIDTH, HEIGHT)
    for y, name in ((48, "a"), (138, "b")):
        tag = canvas.box(12, y, 62, 36, name, OCHRE, family=CODE)
        canvas.arrow(tag.right, (126, 110 + (y - 93) * 0.3), bend=10 if y > 90 else -10)
    canvas.matrix(130, 91, [["3", "1", "4", "1"]], cell=38, tone=TEAL)
    canvas.text(206, 154, "a is b", size=SMALL, family=CODE)
    return canvas


@figure("opener-preliminaries")
def preliminaries() -> Canvas:
    """A curve, a point on it, a small step to the side and what it changes."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.arrow((24, 196), (290, 196), gap=0)
    canvas.arrow((36, 208), (36, 16), gap=0)

    def at(x: float) -> Point:
        return x, 196 - (30 + 130 * ((x - 150) / 110) ** 2)

    _curve(canvas, [at(x) for x in range(48, 255, 5)], TEAL)
    (x, y), slope = at(206), -130 * 2 * (206 - 150) / 110**2
    canvas.line([(x - 60, y - 60 * slope), (x + 56, y + 56 * slope)], ORANGE, dash="5 4")
    canvas.line([(x, y), (x + 40, y), (x + 40, y + 40 * slope)], stroke=1)
    canvas.dot(x, y, ORANGE, radius=5)
    canvas.text(x + 20, y + 14, "Δ$w$", size=SMALL)
    canvas.text(x + 62, y + 20 * slope, "Δ$L$", size=SMALL)
    canvas.text(54, 26, "$L$", size=SMALL)
    canvas.text(282, 210, "$w$", size=SMALL)
    return canvas


@figure("opener-regression")
def regression() -> Canvas:
    """Points, a line among them, and how far each is off."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.arrow((24, 196), (290, 196), gap=0)
    canvas.arrow((36, 208), (36, 16), gap=0)
    for x, off in ((66, 16), (100, -22), (136, 12), (170, -8), (206, 24), (240, -18)):
        y = 180 - 0.56 * (x - 40)
        canvas.line([(x, y), (x, y + off)], ORANGE, stroke=THICK)
        canvas.dot(x, y + off, radius=5)
    _curve(canvas, [(44, 178), (274, 49)], TEAL)
    canvas.text(288, 42, "$ŷ$", size=SMALL)
    return canvas


@figure("opener-classification")
def classification() -> Canvas:
    """Three scores on their way to three chances: a triangle whose corners are sure of one class."""
    canvas = Canvas(WIDTH, HEIGHT)
    corners = ((150.0, 20.0), (30.0, 196.0), (270.0, 196.0))
    centre = (150.0, 137.0)
    middles = [((a[0] + b[0]) / 2, (a[1] + b[1]) / 2) for a, b in zip(corners, (*corners[1:], corners[0]), strict=True)]
    for corner, one, two, tone in (
        (corners[0], middles[0], middles[2], OCHRE), (corners[1], middles[0], middles[1], TEAL),
        (corners[2], middles[1], middles[2], ORANGE),
    ):  # fmt: skip
        canvas.line([corner, one, centre, two], tone, closed=True, filled=True)
    for x, y in ((120, 172), (92, 160), (140, 178)):
        canvas.dot(x, y, radius=5)
    canvas.arrow((140, 150), (84, 178), stroke=THICK)
    for (x, y), name in zip(((150, 58), (62, 182), (238, 182)), ("$p_1$", "$p_2$", "$p_3$"), strict=True):
        canvas.text(x, y, name, size=SMALL)
    return canvas


@figure("opener-numpy")
def numpy() -> Canvas:
    """Two inputs, two gates, one answer."""
    canvas = Canvas(WIDTH, HEIGHT)
    inputs = [canvas.circle(40, y, 24, label, OCHRE, size=SMALL) for y, label in ((56, "$x_1$"), (164, "$x_2$"))]
    gates = [canvas.circle(148, y, 26, "", TEAL, size=SMALL) for y in (56, 164)]
    for gate in gates:
        x, y = gate.centre
        canvas.line([(x - 14, y + 9), (x, y + 9), (x, y - 9), (x + 14, y - 9)], stroke=THICK)
        for start in inputs:
            canvas.arrow(start.right, gate.left)
    out = canvas.circle(250, 110, 28, "$ŷ$", ORANGE)
    for gate in gates:
        canvas.arrow(gate.right, out.left)
    return canvas


@figure("opener-mlp")
def mlp() -> Canvas:
    """A straight line that cannot part two kinds of points, and one that bends."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.rect(14, 14, 272, 192, Tone("none", GREYED.line), stroke=0.8, radius=6)
    inside = ((126, 128), (150, 100), (176, 132), (150, 158), (148, 132))
    outside = (
        (46, 60),
        (60, 150),
        (96, 44),
        (158, 40),
        (214, 56),
        (250, 100),
        (238, 160),
        (56, 190),
        (246, 196),
        (40, 104),
    )
    for x, y in inside:
        canvas.circle(x, y, 6, "", ORANGE)
    for x, y in outside:
        canvas.circle(x, y, 6, "", TEAL)
    canvas.line([(22, 176), (278, 70)], GREYED, dash="6 5", stroke=1.6)
    _curve(canvas, [(86, 196), (104, 96), (150, 66), (200, 94), (210, 196)], PLAIN, 3)
    canvas.text(256, 30, "折", size=SMALL)
    return canvas


@figure("opener-generalization")
def generalization() -> Canvas:
    """A curve through every point, a plain one past them, and a new point."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.arrow((24, 196), (290, 196), gap=0)
    canvas.arrow((36, 208), (36, 16), gap=0)

    def truth(x: float) -> float:
        return 110 - 52 * math.sin((x - 40) / 220 * math.pi * 1.2)

    xs = (52.0, 88.0, 124.0, 160.0, 196.0, 232.0, 266.0)
    offs = (14.0, -18.0, 12.0, -14.0, 20.0, -16.0, 12.0)
    wild = []
    for step in range(105):
        x = 52 + (266 - 52) * step / 104
        near = min(range(6), key=lambda k: abs((xs[k] + xs[k + 1]) / 2 - x))
        part = min(1.0, max(0.0, (x - xs[near]) / (xs[near + 1] - xs[near])))
        mix = offs[near] + (offs[near + 1] - offs[near]) * part
        sway = 30 * math.sin(part * math.pi) * (1 if near % 2 else -1)
        wild.append((x, truth(x) + mix + sway))
    _curve(canvas, wild, ORANGE, 1.8)
    _curve(canvas, [(x, truth(x)) for x in range(46, 277, 5)], TEAL, 2.6)
    for x, off in zip(xs, offs, strict=True):
        canvas.dot(x, truth(x) + off, radius=5)
    canvas.text(178, 36, "?", size=24)
    return canvas


@figure("opener-builders")
def builders() -> Canvas:
    """Blocks within a block, a way around it, and its parameters on a shelf."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.rect(78, 26, 132, 168, Tone("none", INK), dash="6 4", radius=8)
    places = [canvas.box(98, y, 92, 40, "", tone) for y, tone in ((40, TEAL), (90, OCHRE), (140, TEAL))]
    for above, below in itertools.pairwise(places):
        canvas.arrow(below.top, above.bottom, gap=1)
    canvas.arrow((144, 216), places[2].bottom, gap=2)
    canvas.arrow(places[0].top, (144, 4), gap=2)
    canvas.line([(144, 206), (42, 206), (42, 14)], ORANGE, stroke=THICK)
    canvas.arrow((42, 14), (136, 14), ORANGE, stroke=THICK)
    for place, text in zip(places, (r"$\mathbf{W}_2$", "$σ$", r"$\mathbf{W}_1$"), strict=True):
        canvas.text(*place.centre, text, size=SMALL)
    canvas.matrix(232, 48, [[""] * 3] * 2, cell=18, tone=TEAL)
    canvas.matrix(232, 146, [[""] * 3] * 2, cell=18, tone=TEAL)
    return canvas


@figure("opener-cnn")
def cnn() -> Canvas:
    """A small kernel goes over a picture of a stripe; what it finds lies in a smaller one."""
    canvas = Canvas(WIDTH, HEIGHT)
    for i in range(7):
        for j in range(7):
            canvas.rect(10 + 22 * j, 32 + 22 * i, 22, 22, TEAL if j in (i - 1, i) else PLAIN, stroke=0.6)
    canvas.rect(10 + 44, 32 + 44, 66, 66, Tone("none", ORANGE.line), stroke=3)
    for i in range(5):
        for j in range(5):
            tone = ORANGE if i == j else OCHRE if abs(i - j) == 1 else PLAIN
            canvas.rect(190 + 20 * j, 60 + 20 * i, 20, 20, tone, stroke=0.6)
    canvas.line([(120, 76), (230, 100)], stroke=0.8, dash="3 3")
    canvas.line([(120, 142), (230, 120)], stroke=0.8, dash="3 3")
    canvas.text(240, 186, "5×5", size=SMALL)
    canvas.text(87, 204, "7×7", size=SMALL)
    return canvas


@figure("opener-modern")
def modern() -> Canvas:
    """A deep stack, and bridges over its layers."""
    canvas = Canvas(WIDTH, HEIGHT)
    for number in range(8):
        x = 20 + 33 * number
        canvas.rect(x, 96 - 3 * number, 20, 56 + 6 * number, TONES[(0, 2)[number % 2]], radius=3)
        if number < 7:
            canvas.arrow((x + 20, 124), (x + 33, 124), gap=1)
    for number in range(4):
        left, right = 14 + 66 * number, 14 + 66 * (number + 1)
        middle, top = (left + right) / 2, 60 - 6 * number
        arc = [(left + (right - left) * k / 20, top - 22 * math.sin(math.pi * k / 20)) for k in range(21)]
        canvas.line([(left, 124), (left, top), *arc[1:-1], (right, top), (right, 120)], ORANGE, stroke=1.8)
        canvas.text(middle, top - 4, "+", size=SMALL, colour=ORANGE.line)
    return canvas


@figure("opener-workflow")
def workflow() -> Canvas:
    """A folder, four stations with ways back, and a line that someone dares to sign."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.line(
        [(14, 60), (14, 22), (44, 22), (54, 32), (104, 32), (104, 92), (14, 92)], OCHRE, closed=True, filled=True
    )
    canvas.line([(14, 48), (104, 48)], Tone("none", OCHRE.line), stroke=1)
    places = ((150, 62), (216, 88), (204, 146), (132, 152))
    stations = [canvas.circle(x, y, 19, str(number), TEAL, size=SMALL) for number, (x, y) in enumerate(places, start=1)]
    canvas.arrow((106, 62), stations[0].left, gap=2)
    for before, after in itertools.pairwise(stations):
        (x1, y1), (x2, y2) = before.centre, after.centre
        far = math.hypot(x2 - x1, y2 - y1)
        dx, dy = (x2 - x1) / far * 21, (y2 - y1) / far * 21
        canvas.arrow((x1 + dx, y1 + dy), (x2 - dx, y2 - dy), gap=1)
    canvas.arrow((134, 130), (147, 84), ORANGE, bend=-14)
    canvas.arrow((112, 158), (86, 166), gap=2)
    canvas.rect(14, 136, 68, 66, PLAIN, radius=3)
    for y, x in ((150, 70), (160, 62), (170, 66)):
        canvas.line([(24, y), (x, y)], stroke=0.8)
    _curve(canvas, [(24, 190), (32, 180), (36, 192), (44, 182), (50, 192), (58, 184), (72, 188)], ORANGE)
    return canvas


@figure("opener-appendix-math")
def appendix_math() -> Canvas:
    """A grid of squares, what a matrix makes of it, and a bell of counted trials beside it."""
    canvas = Canvas(WIDTH, HEIGHT)
    for k in range(-2, 3):
        for ends in (((k, -2), (k, 2)), ((-2, k), (2, k))):
            canvas.line([(70 + 24 * a, 70 + 24 * b) for a, b in ends], Tone("none", GREYED.line), stroke=0.8)
            canvas.line([(214 + 21 * a + 9 * b, 70 + 5 * a - 20 * b) for a, b in ends], TEAL, stroke=1.2)
    canvas.arrow((124, 70), (150, 70), gap=0)
    canvas.text(137, 56, "A", size=SMALL)
    turn = [2 * math.pi * k / 60 for k in range(61)]
    _curve(canvas, [(70 + 24 * math.cos(t), 70 + 24 * math.sin(t)) for t in turn], ORANGE)
    circle = [(math.cos(t), math.sin(t)) for t in turn]
    _curve(canvas, [(214 + 21 * a + 9 * b, 70 + 5 * a - 20 * b) for a, b in circle], ORANGE)
    canvas.line([(24, 206), (280, 206)], stroke=1)
    for number, count in enumerate((2, 6, 17, 34, 50, 56, 48, 31, 18, 7, 3)):
        canvas.rect(64 + 16 * number, 206 - count, 16, count, OCHRE, stroke=0.8)
    bell = [(40 + 4 * k, 206 - 56 * math.exp(-(((4 * k - 112) / 42) ** 2))) for k in range(57)]
    _curve(canvas, bell, VIOLET)
    return canvas


@figure("opener-optimization")
def optimization() -> Canvas:
    """Level lines of a long valley, and a way that zigzags down to its middle."""
    canvas = Canvas(WIDTH, HEIGHT)
    centre, unit = (188.0, 112.0), 33.0

    def at(x: float, y: float) -> Point:
        return centre[0] + unit * x, centre[1] - unit * y

    for value, tone in ((1.6, OCHRE), (1.2, GREYED), (0.8, TEAL), (0.4, PLAIN)):
        wide, high = 2.0 * value, 2.0 * value / math.sqrt(12)
        ring = [at(wide * math.cos(k * math.pi / 40), high * math.sin(k * math.pi / 40)) for k in range(81)]
        canvas.line(ring, tone, closed=True, filled=tone is not PLAIN)
    x, y = -4.0, 1.5
    way = [at(x, y)]
    for _ in range(9):
        x, y = x - 0.148 * x, y - 0.148 * 12 * y
        way.append(at(x, y))
    _curve(canvas, way, ORANGE)
    for point in way:
        canvas.dot(*point, ORANGE, radius=3)
    canvas.dot(*centre, radius=5)
    canvas.text(way[0][0], way[0][1] - 16, "(−4, 1.5)", size=SMALL)
    return canvas


@figure("opener-tools")
def tools() -> Canvas:
    """A roof under which work must stay, a card it must fit on, and a clock that runs."""
    canvas = Canvas(WIDTH, HEIGHT)
    canvas.arrow((24, 140), (180, 140), gap=0)
    canvas.arrow((32, 150), (32, 18), gap=0)
    _curve(canvas, [(36, 132), (104, 48), (176, 48)], TEAL, 3)
    canvas.text(142, 36, "算力", size=SMALL)
    for x, y in ((54, 118), (84, 84), (128, 60), (160, 54)):
        canvas.dot(x, y, ORANGE, radius=5)
    canvas.circle(244, 72, 40, "", OCHRE)
    canvas.line([(244, 72), (244, 44)], stroke=3)
    canvas.line([(244, 72), (264, 84)], stroke=3)
    for angle in range(0, 360, 90):
        x, y = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        canvas.line([(244 + 33 * x, 72 + 33 * y), (244 + 39 * x, 72 + 39 * y)])
    canvas.rect(32, 168, 220, 36, PLAIN, radius=4)
    for number, tone in enumerate((OCHRE, OCHRE, TEAL, TEAL, TEAL, TEAL, TEAL, ORANGE)):
        canvas.rect(37 + 31 * number, 174, 26, 24, tone, stroke=0.8)
    canvas.line([(252, 160), (252, 212)], stroke=THICK, dash="5 4")
    return canvas
