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
