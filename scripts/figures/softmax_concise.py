"""Pictures of softmax回归的简洁实现: the two orders of computing a cross-entropy."""

from __future__ import annotations

from scripts.figures.style import GREYED, OCHRE, ORANGE, RED, SMALL, TEAL, Canvas, Tone, figure

WIDTH, HEIGHT, STEP = 216, 50, 82
Row = tuple[str, str, Tone]


@figure("softmax-two-routes")
def softmax_two_routes() -> Canvas:
    """Scores (95, 0), the second class is true: by way of probabilities, and straight from the scores."""
    canvas = Canvas(480, 412)
    routes: tuple[tuple[float, str, tuple[Row, ...]], ...] = (
        (8, "先求概率", (
            ("", "得分 (95, 0)", GREYED),
            ("softmax", "概率 (1, 5.5×10$^{-42}$)", OCHRE),
            ("取负对数", "损失 95.0 或 inf", TEAL),
            ("反向：乘以 1/$p_2$", "1.8×10$^{41}$，超出范围", ORANGE),
            ("", "梯度 (nan, nan)", RED),
        )),
        (256, "先化简", (
            ("", "得分 (95, 0)", GREYED),
            ("减最大值95", "(0, −95)", OCHRE),
            ("95 + ln(1 + $e$$^{-95}$) − 0", "损失 95.0", TEAL),
            ("反向：概率 − 独热编码", "(1 − 0, 0 − 1)", OCHRE),
            ("", "梯度 (1, −1)", TEAL),
        )),
    )  # fmt: skip
    for left, title, rows in routes:
        canvas.text(left + WIDTH / 2, 14, title, bold=True)
        above = None
        for number, (label, content, tone) in enumerate(rows):
            place = canvas.box(left, 34 + STEP * number, WIDTH, HEIGHT - 4, content, tone, size=SMALL)
            if above is not None:
                canvas.arrow((left + 20, above.y + above.height), (left + 20, place.y), gap=2)
                canvas.text(left + 34, place.y - 18, label, size=SMALL, anchor="start")
            above = place
    return canvas
