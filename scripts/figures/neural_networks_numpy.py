"""Pictures of 用NumPy手写神经网络."""

from __future__ import annotations

import math

from scripts.figures.style import INK, OCHRE, ORANGE, SMALL, TEAL, VIOLET, Box, Canvas, Tone, figure

# the first eighteen of the section's sixty records: brightness, sound, on
RECORDS: tuple[tuple[float, float, bool], ...] = (
    (0.55, 0.72, True),
    (0.42, 0.65, True),
    (0.44, 0.89, True),
    (0.96, 0.38, False),
    (0.79, 0.53, False),
    (0.57, 0.93, True),
    (0.07, 0.09, False),
    (0.02, 0.83, True),
    (0.78, 0.87, True),
    (0.46, 0.78, True),
    (0.12, 0.64, True),
    (0.14, 0.94, True),
    (0.52, 0.41, False),
    (0.26, 0.77, True),
    (0.46, 0.57, True),
    (0.02, 0.62, True),
    (0.94, 0.68, False),
    (0.70, 0.06, False),
)


@figure("perceptron-lamp")
def lamp() -> Canvas:
    """Records of a lamp over brightness and sound, and a line that separates them."""
    canvas = Canvas(420, 350)
    place = Box(40, 20, 350, 270)
    canvas.axes(place)
    canvas.text(place.x + place.width, place.y + place.height + 40, "亮度$x_1$", size=SMALL, anchor="end")
    canvas.text(place.x + 10, 26, "声音$x_2$", size=SMALL, anchor="start")

    def at(x: float, y: float) -> tuple[float, float]:
        return place.x + 10 + x * 310, place.y + place.height - 8 - y * 235

    canvas.line([at(0, 0.15 / 0.9), at(1, 0.75 / 0.9)], stroke=2)
    for brightness, sound, on in RECORDS:
        x, y = at(brightness, sound)
        canvas.circle(x, y, 7, "", Tone(TEAL.line, INK) if on else Tone("none", INK))
    canvas.text(*at(0.27, 1.02), "开灯", colour=TEAL.line, bold=True)
    canvas.text(*at(0.9, 0.2), "不开", colour=ORANGE.line, bold=True)
    for value in (0, 0.5, 1):
        x, y = at(value, 0)
        canvas.text(x, place.y + place.height + 18, f"{value:g}", size=SMALL)
        if value:
            canvas.text(place.x - 16, at(0, value)[1], f"{value:g}", size=SMALL)
    return canvas


@figure("numpy-xor")
def xor_corners() -> Canvas:
    """The four corners in the coordinates of the switches, and moved into those of two gates."""
    corners = {(0, 0): (0, 1), (0, 1): (1, 1), (1, 0): (1, 1), (1, 1): (1, 0)}
    canvas = Canvas(460, 262, steps=6)
    old, new = Box(30, 40, 180, 160), Box(260, 40, 180, 160)

    def at(place: Box, x: float, y: float) -> tuple[float, float]:
        return place.x + 22 + 110 * x, place.y + place.height - 20 - 105 * y

    def corner(spot: tuple[float, float], on: bool) -> None:
        canvas.circle(*spot, 8, "", Tone(TEAL.line, INK) if on else Tone("#FFFFFF", INK))

    for place, names in ((old, ("$x_1$", "$x_2$")), (new, ("$h_1$（或）", "$h_2$（与非）"))):
        canvas.axes(place)
        canvas.text(place.x + place.width, place.y + place.height + 38, names[0], size=SMALL, anchor="end")
        canvas.text(place.x - 6, 24, names[1], size=SMALL, anchor="start")
        for value in (0, 1):
            canvas.text(at(place, value, 0)[0], place.y + place.height + 16, str(value), size=SMALL)
            canvas.text(place.x - 12, at(place, 0, value)[1], str(value), size=SMALL)
    canvas.line([at(old, 0, 1), at(old, 1, 0)], TEAL, dash="5 4")
    canvas.line([at(old, 0, 0), at(old, 1, 1)], ORANGE, dash="5 4")
    with canvas.at("still 5-"):
        canvas.line([at(new, 0.28, 1.25), at(new, 1.25, 0.28)], stroke=2)
        canvas.text(418, 50, "亮", colour=TEAL.line, bold=True)
    canvas.says(0, "原来的坐标里，一条直线分不开亮与不亮。")
    for number, ((x1, x2), (h1, h2)) in enumerate(corners.items(), start=1):
        on = x1 != x2
        corner(at(old, x1, x2), on)
        with canvas.at("still"):
            corner(at(new, h1, h2), on)
        (x, y), (x_, y_) = at(old, x1, x2), at(new, h1, h2)
        moves = [f"translate({x_ - x:g} {y_ - y:g})" if step >= number else "translate(0 0)" for step in range(6)]
        with canvas.at(f"{number}-"), canvas.changing(transform=moves):
            corner((x, y), on)
        canvas.says(number, f"({x1}, {x2})：或是{h1}，与非是{h2}，搬到({h1}, {h2})，{'亮' if on else '不亮'}。")
    canvas.says(5, "两个亮的叠在(1, 1)，一条直线就把它和另两个分开了。")
    return canvas


@figure("numpy-step-to-slope")
def step_to_slope() -> Canvas:
    """The sigmoid of one score under three factors: nearly a step, a slope, nearly a line."""
    canvas = Canvas(460, 230)
    for number, (factor, name) in enumerate(((12.0, "太陡：$k=12$"), (1.5, "合适：$k=1.5$"), (0.12, "太平：$k=0.12$"))):
        place = Box(14 + 152 * number, 44, 132, 140)
        canvas.text(place.x + 66, 22, name, size=SMALL)
        canvas.line([(place.x, place.y + 140), (place.x + 132, place.y + 140)])
        for edge in (22, 110):
            canvas.line([(place.x + edge, place.y), (place.x + edge, place.y + 140)], stroke=1, dash="4 4")
        points = []
        for step in range(67):
            score = -4.5 + 9 * step / 66
            points.append((place.x + 2 * step, place.y + 135 - 130 / (1 + math.exp(-factor * score))))
        canvas.line(points, TEAL, stroke=2.2)
        canvas.text(place.x + 66, place.y + 160, "得分$z$", size=SMALL)
    return canvas


@figure("numpy-segments")
def seven_segments() -> Canvas:
    """A display of seven numbered segments, and the digit five as a row of seven numbers."""
    canvas = Canvas(380, 220)
    places = {1: (20, 16, 70, 0), 2: (96, 22, 0, 70), 3: (96, 106, 0, 70), 4: (20, 182, 70, 0),
              5: (14, 106, 0, 70), 6: (14, 22, 0, 70), 7: (20, 99, 70, 0)}  # fmt: skip
    names = {1: (55, 34), 2: (82, 58), 3: (82, 142), 4: (55, 164), 5: (28, 142), 6: (28, 58), 7: (55, 116)}
    for left, lit in ((20, (1, 2, 3, 4, 5, 6, 7)), (200, (1, 3, 4, 6, 7))):
        for number, (x, y, across, down) in places.items():
            ends = [(left + x, y), (left + x + across, y + down)]
            if number in lit:
                canvas.line(ends, TEAL, stroke=6)
            else:
                canvas.line(ends, Tone("none", "#BBBBBB"), stroke=1.2, dash="3 4")
        if left == 20:
            for number, (x, y) in names.items():
                canvas.text(left + x, y, str(number), size=SMALL)
    canvas.text(255, 206, "5：1 0 1 1 0 1 1", size=SMALL)
    return canvas


@figure("numpy-numeric-steps")
def numeric_steps() -> Canvas:
    """One step of learning by differences: sample, ask every parameter, move all of them."""
    canvas = Canvas(460, 250)
    sample = canvas.box(10, 20, 130, 56, "抽小批量\n50张图", OCHRE, size=SMALL)
    ask = canvas.box(170, 20, 280, 56, "每个参数$θ_i$：加$h$、减$h$，\n各算一次损失", TEAL, size=SMALL)
    canvas.box(220, 106, 230, 56, "坡度：两次损失之差\n除以$2h$", TEAL, size=SMALL)
    canvas.box(120, 190, 220, 48, "一起挪：$θ_i ← θ_i - ηg_i$", ORANGE, size=SMALL)
    canvas.arrow(sample.right, ask.left)
    canvas.arrow((335, 76), (335, 106))
    canvas.arrow((335, 162), (300, 190))
    canvas.arrow((120, 214), (75, 76), bend=30)
    canvas.text(56, 232, "再来一步", size=SMALL)
    canvas.text(146, 134, "610个参数，\n1220次损失", size=SMALL)
    return canvas


@figure("numpy-kettle")
def kettle() -> Canvas:
    """The graph of what boiling water costs, values and slopes beside the nodes; values come first, slopes back."""
    canvas = Canvas(480, 380, steps=len(KETTLE))
    nodes = {
        "T": (40, 60, "$T$"), "m": (40, 170, "$m$"), "eta": (150, 290, "$η$"), "p": (330, 330, "$p$"),
        "a": (125, 60, "100−"), "q": (210, 100, "×"), "r": (290, 100, "换算"), "E": (290, 200, "÷"),
        "K": (150, 210, "$K$"), "s": (370, 240, "+"), "C": (440, 300, "×"),
    }  # fmt: skip
    for name, (x, y, label) in nodes.items():
        canvas.circle(x, y, 24, label, OCHRE if name in ("T", "m", "eta", "p") else TEAL, size=SMALL)
    for start, end in ("Ta", "aq", "mq", "qr", "rE", ("eta", "E"), "mK", "Ks", "Es", "sC", "pC"):
        (x1, y1, _), (x2, y2, _) = nodes[start], nodes[end]
        length = math.hypot(x2 - x1, y2 - y1)
        ux, uy = (x2 - x1) / length, (y2 - y1) / length
        canvas.arrow((x1 + 24 * ux, y1 + 24 * uy), (x2 - 24 * ux, y2 - 24 * uy))
    canvas.text(20, 20, "值（前向）", size=SMALL, anchor="start", colour=TEAL.line)
    canvas.text(130, 20, "坡度（反向）", size=SMALL, anchor="start", colour=ORANGE.line)
    for step, (active, words, tone, labels) in enumerate(KETTLE):
        canvas.says(step, words)
        with canvas.at(str(step)):
            for name in active.split():
                canvas.circle(*nodes[name][:2], 29, "", Tone("none", tone.line))
        with canvas.at(f"still {step}-"):
            for x, y, label in labels:
                canvas.text(x, y, label, size=SMALL, colour=tone.line)
    return canvas


KETTLE = (
    ("T m eta p", "前向，从左到右。先是四个输入。", TEAL,
     ((40, 100, "20"), (40, 210, "1.5"), (196, 280, "0.84"), (280, 320, "0.6"))),
    ("a", "a = 100 − T = 80度。", TEAL, ((125, 100, "80"),)),
    ("q", "q = m·a = 1.5 × 80 = 120。", TEAL, ((210, 60, "120"),)),
    ("r", "千焦换成度：r = 4.2 × 120 / 3600 = 0.14。", TEAL, ((290, 60, "0.14"),)),
    ("E", "E = r/η = 0.14 / 0.84 = 0.167度。", TEAL, ((334, 170, "0.167"),)),
    ("K", "保温：K = 0.04·m = 0.06度。", TEAL, ((150, 250, "0.06"),)),
    ("s", "s = E + K = 0.227度。", TEAL, ((404, 194, "0.227"),)),
    ("C", "C = p·s = 0.6 × 0.227 = 0.136元。前向走完。", TEAL, ((440, 340, "0.136元"),)),
    ("C", "反向，从右到左。电费对自己的坡度是1。", ORANGE, ((440, 360, "1"),)),
    ("p s", "乘法交换一下：p分到s的值0.227，s分到p的值0.6。", ORANGE, ((280, 340, "0.227"), (408, 212, "0.6"))),
    ("E K", "加法原样分给两边：E和K都是0.6。", ORANGE, ((334, 190, "0.6"), (210, 230, "0.6"))),
    ("eta", "除法：η分到−0.6 × 0.14 / 0.84² = −0.119。", ORANGE, ((204, 300, "−0.119"),)),
    ("m T", "m用了两次：0.0667 + 0.024 = 0.0907；T隔着一次减法，是−0.00125。", ORANGE,
     ((40, 230, "0.0907"), (40, 120, "−0.00125"))),
)  # fmt: skip
"""Steps through the kettle's graph: nodes that are at work, words, tone, and the numbers that appear."""


@figure("numpy-layer")
def layer_both_ways() -> Canvas:
    """A layer as one node: what it takes and gives on the way forward and on the way back."""
    canvas = Canvas(440, 230)
    box = canvas.box(140, 60, 160, 100, "一层\n$W, b$", TEAL)
    canvas.arrow((20, 85), (140, 85))
    canvas.arrow((300, 85), (420, 85))
    canvas.arrow((140, 140), (20, 140), ORANGE)
    canvas.arrow((420, 140), (300, 140), ORANGE)
    canvas.arrow(box.bottom, (220, 200), ORANGE)
    canvas.text(78, 66, "$H$：$(n, d)$", size=SMALL)
    canvas.text(362, 66, "$Z$：$(n, m)$", size=SMALL)
    canvas.text(78, 160, "对$H$的坡度", size=SMALL, colour=ORANGE.line)
    canvas.text(362, 160, "对$Z$的坡度", size=SMALL, colour=ORANGE.line)
    canvas.text(220, 214, "对$W$、$b$的坡度", size=SMALL, colour=ORANGE.line)
    canvas.text(220, 30, "前向：记住$H$", size=SMALL)
    return canvas


@figure("numpy-softmax-graph")
def softmax_graph() -> Canvas:
    """Softmax with cross-entropy for three classes, step by step, with values and slopes."""
    canvas = Canvas(480, 350)
    columns = ((30, "$z$"), (120, "$e$"), (270, "$p$"), (360, "$l$"))
    values = (("0.693", "2", "0.2", "−1.609"), ("1.099", "3", "0.3", "−1.204"), ("1.609", "5", "0.5", "−0.693"))
    slopes = (("0.2", "0.1", "0", "0"), ("−0.7", "−0.233", "−3.33", "−1"), ("0.5", "0.1", "0", "0"))
    for column, (x, name) in enumerate(columns):
        for row in range(3):
            y = 50 + 110 * row
            canvas.circle(x, y, 20, f"{name[:-1]}_{row + 1}$", OCHRE if column == 0 else TEAL, size=SMALL)
            aside = 8 if (row, column) == (0, 2) else 0  # beside the arrow from the sum
            canvas.text(x + aside, y + 32, values[row][column], size=SMALL, colour=TEAL.line)
            canvas.text(x + aside, y + 50, slopes[row][column], size=SMALL, colour=ORANGE.line)
    for row in range(3):
        y = 50 + 110 * row
        canvas.arrow((50, y), (100, y))
        canvas.arrow((140, y), (250, y))
        canvas.arrow((290, y), (340, y))
        canvas.arrow((380, y), (430, 160), gap=6)
        _between(canvas, (120, y), (190, 206))
        _between(canvas, (190, 206), (270, y))
    canvas.circle(190, 206, 20, "$S$", VIOLET, size=SMALL)
    canvas.text(190, 237, "10", size=SMALL, colour=TEAL.line)
    canvas.text(190, 255, "0.1", size=SMALL, colour=ORANGE.line)
    canvas.circle(450, 160, 20, "$L$", TEAL, size=SMALL)
    canvas.text(450, 192, "1.204", size=SMALL, colour=TEAL.line)
    canvas.text(450, 210, "1", size=SMALL, colour=ORANGE.line)
    for x, label in ((75, "指数"), (155, "求和"), (230, "除法"), (315, "对数"), (410, "加权")):
        canvas.text(x, 18, label, size=SMALL)
    return canvas


def _between(canvas: Canvas, start: tuple[float, float], end: tuple[float, float]) -> None:
    """Draw an arrow between two nodes of radius 20, from rim to rim."""
    (x1, y1), (x2, y2) = start, end
    length = math.hypot(x2 - x1, y2 - y1)
    dx, dy = 20 * (x2 - x1) / length, 20 * (y2 - y1) / length
    canvas.arrow((x1 + dx, y1 + dy), (x2 - dx, y2 - dy), gap=1)
