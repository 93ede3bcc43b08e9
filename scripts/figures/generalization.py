"""Pictures of the chapter on generalization."""

from __future__ import annotations

from scripts.figures.style import GREYED, ORANGE, SMALL, TEAL, Canvas, figure


@figure("ms-kfold")
def kfold() -> Canvas:
    """Draw a hold-out split and five folds of the same examples, the test set locked beside them."""
    canvas = Canvas(480, 332)
    left, cell, height = 100.0, 50.0, 30.0
    canvas.text(left + 2.5 * cell, 14, "用来训练和挑选的样本", size=SMALL)
    canvas.text(left - 12, 46, "简单留出", size=SMALL, anchor="end")
    canvas.rect(left, 31, 4 * cell, height, TEAL)
    canvas.text(left + 2 * cell, 46, "训练", size=SMALL)
    canvas.rect(left + 4 * cell, 31, cell, height, ORANGE)
    canvas.text(left + 4.5 * cell, 46, "验证", size=SMALL)
    for row in range(5):
        y = 88 + 40 * row
        canvas.text(left - 12, y + height / 2, f"第{row + 1}折", size=SMALL, anchor="end")
        for column in range(5):
            tone = ORANGE if column == row else TEAL
            canvas.rect(left + column * cell, y, cell, height, tone)
            if column == row:
                canvas.text(left + (column + 0.5) * cell, y + height / 2, "验证", size=SMALL)
    canvas.rect(380, 31, 86, 287 - 29, GREYED)
    canvas.text(423, 150, "测试集\n\n只在最后\n用一次", size=SMALL)
    canvas.text(left + 2.5 * cell, 308, "五个验证误差取平均", size=SMALL)
    return canvas


def _shrunk(canvas: Canvas, left: float, title: str, pieces: list[tuple[float, float]]) -> None:
    """Draw one panel: the weight without a penalty across, the weight with it upwards, both from -2 to 2."""
    middle, unit = (left + 100.0, 136.0), 46.0

    def at(x: float, y: float) -> tuple[float, float]:
        return middle[0] + unit * x, middle[1] - unit * y

    canvas.text(middle[0], 14, title, size=SMALL)
    canvas.arrow(at(-2.15, 0), at(2.15, 0), gap=0)
    canvas.arrow(at(0, -2.15), at(0, 2.15), gap=0)
    canvas.line([at(-2, -2), at(2, 2)], GREYED, dash="5 4")
    canvas.line([at(x, y) for x, y in pieces], TEAL, stroke=3)
    canvas.dot(*at(2, 0), radius=2.5)
    canvas.text(*at(1.9, -0.36), "2", size=SMALL)
    canvas.text(middle[0], 262, "没有惩罚时的权重", size=SMALL)


@figure("wd-shrink")
def shrink() -> Canvas:
    """What a penalty of 0.5 makes of one weight: L2 divides it by 1.5, L1 takes 0.5 from it, down to nothing."""
    canvas = Canvas(470, 280)
    _shrunk(canvas, 10, "L2：除以1.5", [(-2, -2 / 1.5), (2, 2 / 1.5)])
    _shrunk(canvas, 250, "L1：减去0.5，不足的归零", [(-2, -1.5), (-0.5, 0), (0.5, 0), (2, 1.5)])
    canvas.text(30, 90, "受惩罚后\n的权重", size=SMALL, anchor="start")
    return canvas
