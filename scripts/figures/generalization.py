"""Pictures of the chapter on generalization."""

from __future__ import annotations

from collections.abc import Callable

from scripts.figures.style import GREYED, ORANGE, PLAIN, SMALL, TEAL, Canvas, figure


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
    canvas.text(423, 150, "测试集\n\n只在最后\n用一回", size=SMALL)
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


def _units(canvas: Canvas, left: float, title: str, off: tuple[int, ...], below: str) -> None:
    """Draw three inputs, four hidden units and two scores; the hidden units named in ``off`` are switched off."""
    columns = [[(left + x, 128.0 + 46 * (i - (n - 1) / 2)) for i in range(n)] for x, n in ((20, 3), (100, 4), (180, 2))]
    canvas.text(left + 100, 14, title, size=SMALL)
    for i, (x, y) in enumerate(columns[1]):
        if i in off:
            continue
        for a, b in columns[0]:
            canvas.line([(a + 15, b), (x - 15, y)], stroke=0.8)
        for a, b in columns[2]:
            canvas.line([(x + 15, y), (a - 15, b)], stroke=0.8)
    for number, column in enumerate(columns):
        for i, (x, y) in enumerate(column):
            if number == 1 and i in off:
                canvas.rect(x - 15, y - 15, 30, 30, PLAIN, radius=15, dash="4 4")
                canvas.text(x, y, "0", size=SMALL)
            else:
                canvas.circle(x, y, 15, "", TEAL if number == 1 else PLAIN)
    canvas.text(left + 100, 246, below, size=SMALL)


@figure("dropout-units")
def dropout_units() -> Canvas:
    """One layer in two training steps and in prediction would crowd: one step and the prediction, side by side."""
    canvas = Canvas(460, 264)
    _units(canvas, 10, "训练的一步", (1, 3), "留下的除以1−p")
    _units(canvas, 250, "预测", (), "全员，不放大")
    return canvas


@figure("hv-steps")
def search_steps() -> Canvas:
    """The five steps of a search; round the first four there is a way back, the test stands behind a line."""
    canvas = Canvas(460, 236)
    names = ("1 定范围", "2 抽一组", "3 短训、\n验证", "4 缩小范围")
    places = ((10, 30), (120, 30), (230, 30), (120, 130))
    boxes = [
        canvas.box(x, y, 100, 50, name, tone, size=SMALL)
        for (x, y), name, tone in zip(places, names, (PLAIN, TEAL, TEAL, ORANGE), strict=True)
    ]
    canvas.arrow(boxes[0].right, boxes[1].left, gap=2)
    canvas.arrow(boxes[1].right, boxes[2].left, gap=2)
    canvas.arrow((270, 80), (210, 130), gap=2)
    canvas.arrow(boxes[3].top, boxes[1].bottom, gap=2)
    canvas.text(225, 14, "若干组", size=SMALL)
    last = canvas.box(350, 30, 100, 50, "5 前几名\n换起点重训", PLAIN, size=SMALL)
    canvas.arrow(boxes[2].right, last.left, gap=2)
    test = canvas.box(350, 150, 100, 50, "测试\n只用一次", GREYED, size=SMALL)
    canvas.arrow(last.bottom, test.top, gap=2)
    canvas.line([(340, 115), (460, 115)], dash="5 4")
    canvas.text(170, 206, "第二轮", size=SMALL)
    return canvas


def _mosaic(canvas: Canvas, left: float, top: float, title: str, wet: float, heights: tuple[float, float]) -> None:
    """Draw a hundred fields as two columns, wet and dry, each filled from below by its share that sprouts."""
    width, height, gap = 190.0, 130.0, 4.0
    canvas.text(left + width / 2, top, title, size=SMALL)
    edge = left
    for share, filled, name in zip((wet, 1 - wet), heights, ("湿", "干"), strict=True):
        wide = share * (width - gap)
        canvas.rect(edge, top + 18, wide, height, PLAIN)
        canvas.rect(edge, top + 18 + height * (1 - filled), wide, height * filled, TEAL)
        canvas.text(edge + wide / 2, top + 34 + height, name, size=SMALL)
        edge += wide + gap


@figure("es-three-shifts")
def three_shifts() -> Canvas:
    """The four rows of the section's table: the source, and what each kind of shift makes of it."""
    canvas = Canvas(470, 388)
    _mosaic(canvas, 20, 14, "来源", 0.5, (0.8, 0.2))
    _mosaic(canvas, 260, 14, "协变量偏移", 0.1, (0.8, 0.2))
    _mosaic(canvas, 20, 208, "标签偏移", 0.26, (8 / 26, 2 / 74))
    _mosaic(canvas, 260, 208, "概念偏移", 0.5, (0.3, 0.2))
    return canvas
