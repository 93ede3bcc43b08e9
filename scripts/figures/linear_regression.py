"""Pictures of the chapter on linear regression."""

from __future__ import annotations

import math
from itertools import groupby

from scripts.figures.style import (
    CODE,
    GREYED,
    OCHRE,
    ORANGE,
    SMALL,
    TEAL,
    THICK,
    THIN,
    VIOLET,
    Box,
    Canvas,
    Tone,
    figure,
)

ORDERS = ((1.0, 10.0), (2.0, 12.0), (3.0, 17.0), (4.0, 19.0))


@figure("lr-two-lines")
def two_lines() -> Canvas:
    """Draw four orders twice, each time with one line and its errors."""
    canvas = Canvas(480, 300)
    for left, name, slope, offset, tone in ((34, "小林", 3.0, 7.0, ORANGE), (282, "小周", 3.2, 6.5, TEAL)):
        place = Box(left, 14, 192, 216)
        _one_line(canvas, place, slope, offset, tone)
        canvas.text(left + 96, 284, f"{name}：$ŷ={slope:g}x+{offset:g}$")
    return canvas


def _one_line(canvas: Canvas, place: Box, slope: float, offset: float, tone: Tone) -> None:
    def at(x: float, y: float) -> tuple[float, float]:
        return place.x + 38 * x, place.y + place.height - 16 * (y - 8)

    canvas.axes(place)
    for tick in (1, 2, 3, 4):
        canvas.line([at(tick, 8), (at(tick, 8)[0], at(tick, 8)[1] + 4)], stroke=THIN)
        canvas.text(at(tick, 8)[0], at(tick, 8)[1] + 16, str(tick), size=SMALL)
    for tick in (10, 15, 20):
        canvas.line([at(0, tick), (place.x - 4, at(0, tick)[1])], stroke=THIN)
        canvas.text(place.x - 7, at(0, tick)[1], str(tick), size=SMALL, anchor="end")
    canvas.text(place.x + place.width + 6, at(0, 8)[1] + 16, "km", size=SMALL, anchor="end")
    canvas.text(place.x + 10, place.y + 4, "min", size=SMALL, anchor="start")
    canvas.line([at(0.6, slope * 0.6 + offset), at(4.3, slope * 4.3 + offset)], tone)
    for x, y in ORDERS:
        error = slope * x + offset - y
        if abs(error) > 1e-9:
            canvas.line([at(x, y), at(x, y + error)], stroke=THICK)
        canvas.dot(*at(x, y), radius=4.5)
        below = error >= 0
        shown = f"{error:+.1f}" if error % 1 else f"{error:+.0f}" if error else "0"
        canvas.text(at(x, y)[0] + (6 if below else -6), at(x, y)[1] + (18 if below else -17),
                    shown.replace("-", "−"), size=SMALL)  # fmt: skip


RATES = (0.05, 0.2, 0.25)
STEPS = 8
"""Steps of gradient descent that the picture shows for each learning rate."""
Weights = tuple[float, float]


def _loss(w: float, b: float) -> float:
    """Return half the mean of the squared errors of the orders."""
    return sum((w * x + b - y) ** 2 for x, y in ORDERS) / (2 * len(ORDERS))


def _descent(rate: float) -> list[Weights]:
    """Return the weights from zero on, step by step."""
    way: list[Weights] = [(0.0, 0.0)]
    for _ in range(STEPS):
        w, b = way[-1]
        errors = [(w * x + b - y, x) for x, y in ORDERS]
        slopes = sum(error * x for error, x in errors) / len(ORDERS), sum(error for error, _ in errors) / len(ORDERS)
        way.append((w - rate * slopes[0], b - rate * slopes[1]))
    return way


def _contour(level: float) -> list[Weights]:
    """Return the weights at which the loss is ``level`` above its least, as a closed line of 120 points."""
    (a, c, d), (w0, b0) = (7.5, 2.5, 1.0), (3.2, 6.5)  # the Hessian and the least point of the section
    points = []
    for number in range(121):
        u, v = math.cos(number * math.tau / 120), math.sin(number * math.tau / 120)
        length = math.sqrt(2 * level / (a * u * u + 2 * c * u * v + d * v * v))
        points.append((w0 + length * u, b0 + length * v))
    return points


@figure("lr-bowl")
def bowl() -> Canvas:
    """Eight steps of gradient descent on the four orders' loss, seen from above, with three learning rates."""
    canvas = Canvas(470, 330, steps=STEPS + 1, choices=[f"学习率{rate:g}" for rate in RATES])

    def at(weights: Weights) -> tuple[float, float]:
        return 160 + 20 * weights[0], 284 - 20 * weights[1]

    for level in (1.0, 8.0, 30.0, 70.0):
        shown = [at(weights) for weights in _contour(level)]
        for inside, run in groupby(shown, key=lambda point: 6 <= point[1] <= 322):
            if inside and len(points := list(run)) > 1:
                canvas.line(points, GREYED)
    canvas.arrow((10, at((0, 0))[1]), (464, at((0, 0))[1]), gap=0)
    canvas.arrow((at((0, 0))[0], 324), (at((0, 0))[0], 4), gap=0)
    canvas.text(456, 304, "$w$", size=SMALL)
    canvas.text(146, 14, "$b$", size=SMALL)
    for value in (4, 8, 12):
        canvas.text(at((value, 0))[0], 302, str(value), size=SMALL)
        if value < 12:  # a line of equal loss passes there
            canvas.text(150, at((0, value))[1], str(value), size=SMALL, anchor="end")
    canvas.dot(*at((3.2, 6.5)), ORANGE, radius=5)
    ways = [_descent(rate) for rate in RATES]
    with canvas.at("still"):
        canvas.line([at(weights) for weights in ways[2]], ORANGE, dash="5 4", stroke=2)
        canvas.line([at(weights) for weights in ways[1]], TEAL, stroke=2)
        for weights in ways[0]:
            canvas.dot(*at(weights), VIOLET, radius=3)
        canvas.text(462, 22, "虚线：学习率0.25", size=SMALL, anchor="end", colour=ORANGE.line)
        canvas.text(462, 44, "实线：学习率0.2", size=SMALL, anchor="end", colour=TEAL.line)
        canvas.text(462, 66, "圆点：学习率0.05", size=SMALL, anchor="end", colour=VIOLET.line)
    with canvas.at("0-"):
        lines = [[at(way[min(step, now)]) for step in range(STEPS + 1)] for way in ways for now in range(STEPS + 1)]
        canvas.morph(lines[0], lines, TEAL, stroke=2)
        x0, y0 = at((0, 0))
        ends = [line[-1] for line in lines]
        with canvas.changing(transform=[f"translate({x - x0:.4g} {y - y0:.4g})" for x, y in ends]):
            canvas.dot(x0, y0, TEAL, radius=5)
    for number, (rate, way) in enumerate(zip(RATES, ways, strict=True)):
        for step, (w, b) in enumerate(way):
            words = f"学习率{rate:g}，第{step}步：w={w:.2f}，b={b:.2f}，损失{_loss(w, b):.2f}。".replace("-", "−")
            canvas.says(number * (STEPS + 1) + step, words)
    return canvas


@figure("lr-one-layer")
def one_layer() -> Canvas:
    """Draw linear regression as a network of one layer."""
    canvas = Canvas(440, 300)
    output = canvas.circle(350, 140, 30, "$ŷ$", TEAL)
    rows = ((40, "$x_1$", "$w_1$"), (110, "$x_2$", "$w_2$"), (210, "$x_d$", "$w_d$"))
    for y, name, weight in rows:
        node = canvas.circle(70, y, 26, name, OCHRE)
        canvas.arrow(node.right, _edge(output, y), gap=4)
        canvas.text(150, y + (140 - y) * 0.21 - (15 if y < 140 else 18), weight, size=SMALL)
    for y in (150, 160, 170):
        canvas.dot(70, y, radius=2)
    one = canvas.circle(350, 240, 20, "1", GREYED)
    canvas.arrow(one.top, (350, 170), gap=4)
    canvas.text(366, 195, "$b$", size=SMALL)
    canvas.text(70, 275, "输入层（$d$个特征）", size=SMALL)
    canvas.text(350, 84, "输出层（1个神经元）", size=SMALL)
    return canvas


def _edge(target: Box, y: float) -> tuple[float, float]:
    """Return where an arrow from height ``y`` at the left meets the target's circle."""
    (cx, cy), radius = target.centre, target.width / 2
    dx, dy = cx - 96, cy - y
    length = (dx * dx + dy * dy) ** 0.5
    return cx - dx / length * radius, cy - dy / length * radius


@figure("lr-training-loop")
def training_loop() -> Canvas:
    """Draw one turn of the training loop, with the functions of the section and the shapes between them."""
    canvas = Canvas(480, 470)
    left, width, height, step = 92, 176, 44, 98
    names = ("data_iter", "linreg", "squared_loss", "自动微分", "sgd")
    tones = (OCHRE, TEAL, TEAL, ORANGE, GREYED)
    boxes = [canvas.box(left, 14 + step * row, width, height, name, tone, size=SMALL, family=CODE)
             for row, (name, tone) in enumerate(zip(names, tones, strict=True))]  # fmt: skip
    between = (r"$\mathbf{X}$：$(B, d)$", r"$\mathbf{ŷ}$：$(B, 1)$", "平均损失（标量）", "梯度")
    for above, below, label in zip(boxes, boxes[1:], between, strict=False):
        canvas.arrow(above.bottom, below.top)
        canvas.text(above.bottom[0] + 12, (above.bottom[1] + below.top[1]) / 2, label, size=SMALL, anchor="start")
    side = 60.0
    canvas.line([boxes[0].left, (side, boxes[0].left[1]), (side, boxes[2].left[1]), (side + 2, boxes[2].left[1])])
    canvas.arrow((side, boxes[2].left[1]), boxes[2].left, gap=2)
    canvas.text(side - 10, boxes[1].left[1] - 12, r"$\mathbf{y}$", size=SMALL, anchor="end")
    canvas.text(side - 8, boxes[1].left[1] + 12, "$(B, 1)$", size=SMALL, anchor="end")
    params = canvas.box(340, boxes[1].y - 18, 132, 80, "参数\n$\\mathbf{w}$：$(d, 1)$\n$b$：$(1,)$", size=SMALL)
    canvas.arrow(params.left, boxes[1].right)
    turn = params.centre[0]
    canvas.line([boxes[4].right, (turn, boxes[4].right[1]), (turn, params.bottom[1] + 27)])
    canvas.arrow((turn, params.bottom[1] + 30), params.bottom)
    canvas.text(turn + 10, boxes[3].centre[1], "新参数", size=SMALL, anchor="start")
    return canvas


@figure("lr-parts")
def parts() -> Canvas:
    """Draw which object of a framework takes over which hand-written part."""
    canvas = Canvas(480, 352)
    rows = (
        ("data_iter", "加载器", "load_array", OCHRE),
        ("linreg, w, b", "网络", "forward", TEAL),
        ("squared_loss", "损失函数", "regression_loss", TEAL),
        ("sgd", "优化器", "make_optimizer\nset_lr", GREYED),
        ("value_and_grad", "求导与编译", "train_step", ORANGE),
    )
    for x, title in ((77, "手写版"), (230, "框架"), (391, "本书的函数")):
        canvas.text(x, 18, title, bold=True)
    y = 44.0
    for ours, theirs, book, tone in rows:
        height = 62 if "\n" in book else 46
        hand = canvas.box(4, y, 146, height, ours, tone, size=SMALL, family=CODE)
        middle = canvas.box(180, y, 100, height, theirs, size=SMALL)
        saved = canvas.box(310, y, 166, height, book, tone, size=SMALL, family=CODE)
        canvas.arrow(hand.right, middle.left)
        canvas.arrow(middle.right, saved.left)
        y += height + 14
    return canvas
