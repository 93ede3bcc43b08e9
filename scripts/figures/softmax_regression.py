"""Pictures of softmax回归: the network with its worked example, and two codes for the same weather."""

from __future__ import annotations

from scripts.figures.style import CODE, GREYED, OCHRE, ORANGE, SMALL, TEAL, Canvas, figure


@figure("sr-network")
def sr_network() -> Canvas:
    """Two features, three scores, three probabilities, with the numbers of the worked example."""
    canvas = Canvas(470, 290)
    inputs = [canvas.circle(70, y, 30, label, TEAL) for y, label in ((100, "$x_1=0$"), (190, "$x_2=1$"))]
    canvas.text(70, 52, "气压", size=SMALL)
    canvas.text(70, 238, "湿度", size=SMALL)
    rows = ((60, "晴", "$o_1=0$", "0.090"), (145, "阴", "$o_2=1$", "0.245"), (230, "雨", "$o_3=2$", "0.665"))
    for y, name, score, chance in rows:
        node = canvas.circle(235, y, 30, score, OCHRE)
        for start in inputs:
            canvas.arrow(start.right, node.left)
        place = canvas.box(350, y - 20, 74, 40, chance, ORANGE)
        canvas.arrow(node.right, place.left)
        canvas.text(444, y, name)
    canvas.text(235, 14, "得分", size=SMALL)
    canvas.text(387, 14, "概率", size=SMALL)
    canvas.text(70, 14, "特征", size=SMALL)
    canvas.text(150, 278, "每条边一个权重", size=SMALL)
    canvas.text(350, 278, "softmax：三个得分一起算", size=SMALL)
    return canvas


@figure("sr-codes")
def sr_codes() -> Canvas:
    """Two binary codes for three kinds of weather, and the mean length of each under the same climate."""
    canvas = Canvas(470, 260)
    codes = (
        (8, "本地的码", (("晴", "1/2", "0"), ("阴", "1/4", "10"), ("雨", "1/4", "11")), "平均1.5比特", TEAL),
        (248, "邻县的码", (("晴", "1/2", "10"), ("阴", "1/4", "11"), ("雨", "1/4", "0")), "平均1.75比特", ORANGE),
    )
    for x, title, rows, mean, tone in codes:
        canvas.text(x + 105, 16, title)
        for number, (name, share, code) in enumerate(rows):
            y = 44 + 54 * number
            canvas.text(x + 20, y + 20, name)
            canvas.text(x + 66, y + 20, share, size=SMALL)
            for place, digit in enumerate(code):
                canvas.box(x + 102 + 50 * place, y, 46, 40, digit, tone, radius=3, family=CODE)
        canvas.box(x + 20, 212, 180, 40, mean, GREYED)
    return canvas
