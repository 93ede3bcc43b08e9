"""Pictures of the chapter on multilayer perceptrons."""

from __future__ import annotations

from collections.abc import Sequence

from scripts.figures.style import GREYED, LINE, OCHRE, ORANGE, RED, SMALL, TEAL, THICK, THIN, Box, Canvas, figure

KNOTS, PRICES = (0.0, 2.0, 4.0), (0.5, 0.1, 0.3)
USES = (1.0, 3.0, 5.0)
"""Hundreds of kilowatt-hours at which the picture that moves shows the sum."""


@figure("mlp-tariff")
def tariff() -> Canvas:
    """Draw the tiered price of electricity as one input, three hidden units and a weighted sum."""
    canvas = Canvas(480, 372, steps=6)
    canvas.circle(34, 182, 26, "$x$", OCHRE)
    canvas.text(34, 226, "用电量", size=SMALL)
    total = Box(338, 100, 136, 150)
    labels = ((305, 90), (293, 166), (308, 262))
    for row, (knot, price, label) in enumerate(zip(KNOTS, PRICES, labels, strict=True)):
        place = canvas.rect(136, 36 + 108 * row, 120, 76, TEAL, radius=6)
        shift = f" − {knot * 100:.0f}" if knot else ""
        canvas.text(place.centre[0], place.y - 15, f"max($x${shift}, 0)", size=SMALL)
        _curve(canvas, place, [(0, 0), (knot, 0), (6, 6 - knot)], 6)
        with canvas.at("3-"):
            _probe(canvas, place, [(use, max(use - knot, 0)) for use in USES], 6)
        canvas.arrow((62, 182 + 6 * (row - 1)), place.left)
        with canvas.at(f"still {row}-"):
            canvas.arrow(place.right, (total.x, total.centre[1] + 26 * (row - 1)))
            canvas.text(*label, f"×{price:g}", size=SMALL)
    canvas.rect(total.x, total.y, total.width, total.height, ORANGE, radius=6)
    _curve(canvas, total, [(0, 0), (2, 1), (4, 2.2), (6, 4)], 4, [min(units, 3) for units in (1, 2, 3, 3, 3, 3)])
    with canvas.at("3-"):
        _probe(canvas, total, [(use, _cost(use)) for use in USES], 4)
    for step, words in enumerate((
        "只用第一个单元：每度0.5元，是一条直线。", "加上第二个：过了200度，每度补0.1元，直线弯了一次。",
        "加上第三个：过了400度，再补0.3元，又弯一次。",
    )):  # fmt: skip
        canvas.says(step, words)
    for step, use in enumerate(USES):
        terms = [price * max(use - knot, 0) * 100 for knot, price in zip(KNOTS, PRICES, strict=True)]
        sum_ = " + ".join(f"{term:.0f}" for term in terms)
        canvas.says(3 + step, f"用电{use * 100:.0f}度：{sum_} = {100 * _cost(use):.0f}元。")
    canvas.text(total.centre[0], total.y - 15, "相加：电费", size=SMALL)
    canvas.text(total.centre[0], total.y + total.height + 16, "0到600度", size=SMALL)
    canvas.text(34, 356, "输入", size=SMALL)
    canvas.text(196, 356, "隐藏层", size=SMALL)
    canvas.text(total.centre[0], 356, "输出", size=SMALL)
    return canvas


def _cost(use: float, units: int = 3) -> float:
    """Return what a use of electricity costs, both in hundreds, by the first hidden units."""
    return sum(price * max(use - knot, 0) for knot, price in list(zip(KNOTS, PRICES, strict=True))[:units])


def _inside(place: Box, x: float, y: float, top: float) -> tuple[float, float]:
    """Return where a point over 0 to 6 stands in a box."""
    base = place.y + place.height - 12
    return place.x + 10 + (place.width - 20) * x / 6, base - (place.height - 26) * y / top


def _curve(
    canvas: Canvas, place: Box, points: list[tuple[float, float]], top: float, units: Sequence[int] = ()
) -> None:
    """Draw a curve over 0 to 6 inside a box, with a base line; ``units``: how many make it in each state."""
    canvas.line([_inside(place, 0, 0, top), _inside(place, 6, 0, top)], stroke=THIN, dash="3 3")
    still = [_inside(place, x, y, top) for x, y in points]
    if units:
        each = [[_inside(place, x, _cost(x, many), top) for x, _ in points] for many in units]
        canvas.morph(still, each, stroke=THICK)
    else:
        canvas.line(still, stroke=THICK)


def _probe(canvas: Canvas, place: Box, points: list[tuple[float, float]], top: float) -> None:
    """Draw a point that stands at these places in the last states."""
    spots = [_inside(place, x, y, top) for x, y in points]
    x0, y0 = spots[0]
    moves = [f"translate({x - x0:.4g} {y - y0:.4g})" for x, y in spots]
    with canvas.changing(transform=[moves[0]] * (canvas.states - len(moves)) + moves):
        canvas.dot(x0, y0, RED, radius=5)


@figure("mlp-pairs")
def pairs() -> Canvas:
    """Draw the four pairs of shoes, cut by a line and by a folded sum."""
    canvas = Canvas(480, 318)
    for left, title in ((6, "一条直线"), (250, "折一下")):
        canvas.text(left + 112, 14, title, bold=True)
        place = canvas.rect(left + 12, 34, 200, 200, stroke=THIN)
        corners = {}
        for x, y in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
            corners[x, y] = (place.centre[0] + 62 * x, place.centre[1] - 62 * y)
        if left < 100:
            canvas.line([(place.x + 62, place.y), (place.x + 200, place.y + 138)], stroke=LINE, dash="6 4")
        else:
            band = [(place.x, place.y), (place.x + 62, place.y), (place.x + 200, place.y + 138)]
            band += [(place.x + 200, place.y + 200), (place.x + 138, place.y + 200), (place.x, place.y + 62)]
            canvas.line(band, GREYED, closed=True, filled=True, stroke=THIN)
        for (x, y), at in corners.items():
            same = x == y
            canvas.circle(*at, 19, "是" if same else "否", TEAL if same else OCHRE, size=SMALL)
        if left < 100:
            canvas.text(place.centre[0] - 18, place.centre[1] + 62, "判错", size=SMALL)
        for x, word in ((-1, "运动鞋"), (1, "短靴")):
            canvas.text(place.centre[0] + 58 * x, 250, word, size=SMALL)
        canvas.text(place.centre[0], 276, "左边那只", size=SMALL)
    canvas.text(240, 306, "纵轴是右边那只：下为运动鞋，上为短靴", size=SMALL)
    return canvas


@figure("mlp-backprop")
def backprop() -> Canvas:
    """Draw the worked example: values down the left, gradients up the right, what is kept dashed between them."""
    canvas = Canvas(480, 456)
    canvas.text(74, 14, "前向", bold=True)
    canvas.text(406, 14, "反向", bold=True)
    rows = (
        (r"$\mathbf{x}$ = (1, 2)", "", ""),
        (r"$\mathbf{z}$ = (2, 1, −2)", "(0.5, −1, 0)", "门"),
        (r"$\mathbf{h}$ = (2, 1, 0)", "(0.5, −1, 0.5)", ""),
        (r"$\mathbf{o}$ = (1, 1)", "(0.5, −0.5)", r"$\mathbf{p}$"),
        ("$ℓ$ = 0.693", "1", ""),
    )
    values, gradients = [], []
    for number, (value, gradient, _) in enumerate(rows):
        y = 34 + 92 * number
        values.append(canvas.box(4, y, 140, 40, value, OCHRE, size=SMALL))
        if gradient:
            gradients.append(canvas.box(340, y, 134, 40, gradient, GREYED, size=SMALL))
    for above, below, label in zip(values, values[1:], (r"×$\mathbf{W}_1$", "max", r"×$\mathbf{W}_2$", "交叉熵"),
                                   strict=False):  # fmt: skip
        canvas.arrow(above.bottom, below.top)
        canvas.text(above.bottom[0] + 10, (above.bottom[1] + below.top[1]) / 2, label, size=SMALL, anchor="start")
    gate = canvas.box(369, 180, 76, 24, "×门", size=SMALL)
    canvas.arrow(gradients[1].top, gate.bottom, gap=1)
    canvas.arrow(gate.top, gradients[0].bottom, gap=1)
    for above, below, label in zip(gradients[1:], gradients[2:], (r"×$\mathbf{W}_2^{⊤}$", ""), strict=False):
        canvas.arrow(below.top, above.bottom)
        canvas.text(above.bottom[0] + 10, (above.bottom[1] + below.top[1]) / 2, label, size=SMALL, anchor="start")
    first = canvas.box(196, 80, 88, 40, r"$\mathbf{G}_{\mathbf{W}_1}$", TEAL, size=SMALL)
    second = canvas.box(196, 264, 88, 40, r"$\mathbf{G}_{\mathbf{W}_2}$", TEAL, size=SMALL)
    canvas.arrow(values[0].right, (first.x, first.y + 8), dash="5 4")
    canvas.arrow((340, gradients[0].y + 10), first.right)
    canvas.arrow(values[2].right, (second.x, second.y + 8), dash="5 4")
    canvas.arrow((340, gradients[2].y + 10), second.right)
    canvas.arrow((values[1].right[0], values[1].y + 30), gate.left, dash="5 4")
    canvas.arrow((values[3].right[0], values[3].y + 30), gradients[2].left, dash="5 4")
    return canvas


@figure("mlp-gain")
def gain() -> Canvas:
    """Draw how large a signal is, layer by layer, for three gains."""
    canvas = Canvas(460, 330)
    rows = ((66, 0.7, OCHRE, "缩小"), (156, 1.0, TEAL, "不变"), (290, 1.3, ORANGE, "放大"))
    for base, factor, tone, word in rows:
        canvas.text(10, base - 34, f"增益{factor:g}", size=SMALL, anchor="start")
        canvas.text(10, base - 12, word, size=SMALL, anchor="start")
        for layer in range(7):
            height = 22 * factor**layer
            canvas.rect(100 + 50 * layer, base - height, 34, height, tone, stroke=THIN)
        canvas.line([(92, base), (448, base)], stroke=LINE)
    for layer in range(7):
        canvas.text(117 + 50 * layer, 314, "输入" if layer == 0 else str(layer), size=SMALL)
    canvas.text(50, 314, "层", size=SMALL)
    return canvas
