"""Pictures of LeNet: how the shapes change from layer to layer."""

from __future__ import annotations

from scripts.figures.style import GREYED, OCHRE, ORANGE, SMALL, TEAL, Box, Canvas, Tone, figure


def _stack(canvas: Canvas, x: float, y: float, side: float, copies: int, tone: Tone) -> Box:
    """Draw feature maps as squares one behind the other; return the front one."""
    for number in reversed(range(copies)):
        canvas.rect(x + 5 * number, y - 5 * number, side, side, tone, stroke=1)
    return Box(x, y, side + 5 * (copies - 1), side)


@figure("lenet-flow")
def lenet_flow() -> Canvas:
    """The stages of LeNet with channels, heights and widths."""
    canvas = Canvas(480, 404)
    middle = 76.0
    stages = (
        (8, 84.0, 1, "1×28×28", "输入", GREYED),
        (124, 84.0, 3, "6×28×28", "卷积5×5\n填充2", OCHRE),
        (262, 46.0, 3, "6×14×14", "汇聚2×2", TEAL),
        (376, 38.0, 5, "16×10×10", "卷积5×5", OCHRE),
    )
    before = None
    for x, side, copies, shape, label, tone in stages:
        place = _stack(canvas, x, middle - side / 2, side, copies, tone)
        centre = place.x + place.width / 2
        canvas.text(centre, 136, shape, size=SMALL)
        canvas.text(centre, 160 if "\n" not in label else 171, label, size=SMALL)
        if before is not None:
            canvas.arrow((before.x + before.width, middle), (place.x, middle), gap=3)
        before = place
    lower = 290.0
    pool = _stack(canvas, 20, lower - 14, 24, 5, TEAL)
    canvas.line([(450, middle), (466, middle), (466, 206), (6, 206), (6, lower), (10, lower)])
    canvas.arrow((6, lower), (pool.x, lower), gap=1)
    canvas.text(44, 346, "16×5×5", size=SMALL)
    canvas.text(44, 370, "汇聚2×2", size=SMALL)
    bars = (
        (126, 130.0, "400", "拉平", GREYED),
        (216, 96.0, "120", "全连接", ORANGE),
        (306, 78.0, "84", "全连接", ORANGE),
        (396, 34.0, "10", "全连接", ORANGE),
    )
    edge = pool.x + pool.width
    for x, height, shape, label, tone in bars:
        place = canvas.rect(x, lower - height / 2 - 8, 26, height, tone)
        canvas.arrow((edge, lower), (x, lower), gap=3)
        canvas.text(x + 13, 372, shape, size=SMALL)
        canvas.text(x + 13, 394, label, size=SMALL)
        edge = place.x + place.width
    return canvas
