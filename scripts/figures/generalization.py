"""Pictures of the chapter on generalization."""

from __future__ import annotations

from collections.abc import Callable

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


STRENGTHS = (0.0, 0.25, 0.5, 1.0, 1.5)
"""Penalties of the picture that moves; the still one has 0.5."""
Pieces = list[tuple[float, float]]


def _by_l2(strength: float) -> Pieces:
    return [(x, x / (1 + strength)) for x in (-2.0, 0.0, 2.0)]


def _by_l1(strength: float) -> Pieces:
    return [(-2, strength - 2), (-strength, 0), (strength, 0), (2, 2 - strength)]


def _shrunk(canvas: Canvas, left: float, titles: list[str], shrink: Callable[[float], Pieces]) -> None:
    """Draw one panel: the weight without a penalty across, the weight with it upwards, both from -2 to 2."""
    middle, unit = (left + 100.0, 136.0), 46.0

    def at(x: float, y: float) -> tuple[float, float]:
        return middle[0] + unit * x, middle[1] - unit * y

    for state, title in enumerate(titles):
        with canvas.at(f"still {state}" if STRENGTHS[state] == 0.5 else str(state)):
            canvas.text(middle[0], 14, title, size=SMALL)
    canvas.arrow(at(-2.15, 0), at(2.15, 0), gap=0)
    canvas.arrow(at(0, -2.15), at(0, 2.15), gap=0)
    canvas.line([at(-2, -2), at(2, 2)], GREYED, dash="5 4")
    lines = [[at(x, y) for x, y in shrink(strength)] for strength in STRENGTHS]
    canvas.morph(lines[STRENGTHS.index(0.5)], lines, TEAL, stroke=3)
    canvas.dot(*at(2, 0), radius=2.5)
    canvas.text(*at(1.9, -0.36), "2", size=SMALL)
    canvas.text(middle[0], 262, "没有惩罚时的权重", size=SMALL)


@figure("wd-shrink")
def shrink() -> Canvas:
    """What a penalty of 0.5 makes of one weight: L2 divides it by 1.5, L1 takes 0.5 from it, down to nothing."""
    canvas = Canvas(470, 280, steps=len(STRENGTHS))
    _shrunk(canvas, 10, [f"L2：除以{1 + strength:g}" for strength in STRENGTHS], _by_l2)
    _shrunk(canvas, 250, [f"L1：减去{strength:g}，不足的归零" for strength in STRENGTHS], _by_l1)
    canvas.text(30, 90, "受惩罚后\n的权重", size=SMALL, anchor="start")
    canvas.says(0, "λ=0：没有惩罚，权重不变。")
    for state, strength in enumerate(STRENGTHS[1:], start=1):
        weights = f"L2把2变成{2 / (1 + strength):.3g}，L1把2变成{2 - strength:g}"
        canvas.says(state, f"λ={strength:g}：{weights}，绝对值不到{strength:g}的都归零。")
    return canvas
