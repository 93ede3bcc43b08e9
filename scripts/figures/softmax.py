"""Pictures of softmax回归的从零开始实现: three scores on their way to probabilities, loss and gradient."""

from __future__ import annotations

from scripts.figures.style import GREYED, OCHRE, ORANGE, SMALL, TEAL, Canvas, figure

ROW = 54


@figure("softmax-steps")
def softmax_steps() -> Canvas:
    """The worked example: scores, exponentials, probabilities, then loss and gradient for the second class."""
    canvas = Canvas(468, 400, steps=5)
    columns = (
        ("得分", "$o_k$", ("1.609", "1.386", "0"), GREYED),
        ("取指数", "exp$(o_k)$", ("5", "4", "1"), OCHRE),
        ("除以总和10", "$p_k$", ("0.5", "0.4", "0.1"), TEAL),
    )
    for number, (title, symbol, values, tone) in enumerate(columns):
        left = 52 + 150 * number
        with canvas.at(f"still {number}-"):
            canvas.text(left + 50, 16, title, size=SMALL)
            canvas.text(left + 50, 40, symbol, size=SMALL)
            for row, value in enumerate(values):
                place = canvas.box(left, 60 + ROW * row, 100, 40, value, tone)
                if number:
                    canvas.arrow((left - 50, place.centre[1]), place.left)
    for row in range(3):
        canvas.text(24, 80 + ROW * row, f"类{row + 1}", size=SMALL)
    with canvas.at("still 3-"):
        canvas.rect(4, 60 + ROW - 7, 456, 54, dash="5 4", stroke=1.2)
        canvas.text(8, 242, "真实的类是第2个（虚线框）", size=SMALL, anchor="start")
        canvas.box(52, 272, 400, 44, "损失 $ℓ$ = −ln 0.4 = 0.916", ORANGE)
        canvas.line([(460, 134), (465, 134), (465, 294)], stroke=1.2)
        canvas.arrow((465, 294), (452, 294), gap=0)
    with canvas.at("still 4-"):
        canvas.text(8, 346, "梯度 = 概率 − 独热编码", size=SMALL, anchor="start")
        for number, value in enumerate(("0.5 − 0", "0.4 − 1", "0.1 − 0")):
            canvas.box(52 + 140 * number, 360, 120, 36, value, GREYED, size=SMALL)
    for step, words in enumerate((
        "三个得分，有大有小，也可以是负的。", "取指数：全变成正数，大小次序不变。", "除以总和10：加起来是1，就是概率。",
        "真实的类是第2个，它的概率是0.4，损失是它的负对数。", "反向：得分的梯度是概率减独热编码，真实的那类是负的。",
    )):  # fmt: skip
        canvas.says(step, words)
    return canvas
