"""Pictures of the section on tensors: broadcasting along the right and the wrong axis, and what ``-=`` does."""

from __future__ import annotations

from scripts.figures.style import CODE, GREY, OCHRE, ORANGE, PLAIN, SMALL, TEAL, Box, Canvas, Tone, figure

CELL = 40.0


def _repeated(canvas: Canvas, x: float, y: float, row: list[int], times: int, tones: list[Tone]) -> Box:
    """Draw a row once, and below it the copies that broadcasting pretends to make, one a step from the second on."""
    for copy in range(1, times):
        ghost = [[Tone("none", GREY)] * len(row)]
        slides = ["translate(0 0)" if step > copy else f"translate(0 {-CELL:g})" for step in range(canvas.steps)]
        with canvas.at(f"still {copy}-"), canvas.changing(transform=slides):
            canvas.matrix(x, y + copy * CELL, [row], cell=CELL, tones=ghost, size=SMALL, dash="4 3")
    canvas.matrix(x, y, [row], cell=CELL, tones=[tones], size=SMALL)
    return Box(x, y, CELL * len(row), CELL * times)


def _difference(
    canvas: Canvas, y: float, scores: list[list[int]], row: list[int], rows: list[Tone], row_tones: list[Tone]
) -> None:
    """Draw scores minus a repeated row, with names of judges above and of contestants at the left."""
    count = len(scores)
    tones = [[tone] * 3 for tone in rows]
    left = canvas.matrix(28, y, scores, cell=CELL, tones=tones, size=SMALL)
    middle = _repeated(canvas, 180, y, row, count, row_tones)
    gaps = [[score - mean for score, mean in zip(line, row, strict=True)] for line in scores]
    text = [[str(gap).replace("-", "−") for gap in line] for line in gaps]
    right = Box(332, y, CELL * len(row), CELL * count)
    for number, line in enumerate(text):
        with canvas.at(f"still {number + 1}-"):
            canvas.matrix(332, y + number * CELL, [line], cell=CELL, size=SMALL)
    centre = y + count * CELL / 2
    canvas.text(164, centre, "−", size=22)
    canvas.text(316, centre, "=", size=22)
    for number, name in enumerate("甲乙丙丁"[:count]):
        canvas.text(14, y + (number + 0.5) * CELL, name, size=SMALL)
    for place in (left, right):
        for number, name in enumerate("ABC"):
            canvas.text(place.x + (number + 0.5) * CELL, y - 13, name, size=SMALL)
    for place, shape in ((left, f"({count}, 3)"), (middle, "(3,)"), (right, f"({count}, 3)")):
        canvas.text(place.bottom[0], place.bottom[1] + 16, shape, size=SMALL)


@figure("ndarray-broadcast")
def broadcast() -> Canvas:
    """Draw the judges' means subtracted from each row, and the contestants' means landing on the judges."""
    canvas = Canvas(460, 464, steps=5)
    canvas.says(0, "减号右边只有一行三个数，左边有四行（下图三行）。")
    canvas.says(1, "甲：92−92=0，86−85=1，80−75=5。下图里92减的却是86，甲自己的平均分。")
    canvas.says(2, "这一行再用一次，减到乙头上；内存里并没有抄。")
    canvas.says(3, "再用一次，减到丙头上。下图到此减完，只有对角线上的减对了人。")
    canvas.says(4, "再用一次，减到丁头上：$(3,)$就这样对上了$(4,3)$。".replace("$", ""))
    scores = [[92, 86, 80], [90, 84, 95], [94, 89, 70], [92, 81, 55]]
    canvas.text(0, 12, "对：每位评委一个平均分，减到自己那一列", size=SMALL, anchor="start")
    canvas.text(240, 46, "评委的平均", size=SMALL)
    _difference(canvas, 60, scores, [92, 85, 75], [PLAIN] * 4, [TEAL] * 3)
    canvas.text(0, 266, "错：每位选手一个平均分，也躺成一行（数字取整）", size=SMALL, anchor="start")
    for number, name in enumerate("甲乙丙"):
        canvas.text(180 + (number + 0.5) * CELL, 301, name, size=SMALL)
    tones = [OCHRE, TEAL, ORANGE]
    _difference(canvas, 314, scores[:3], [86, 90, 84], tones, tones)
    return canvas


def _name(canvas: Canvas, name: str, middle: float, target: tuple[float, float]) -> None:
    label = canvas.box(2, middle - 18, 96, 36, name, size=SMALL, family=CODE)
    canvas.arrow(label.right, target)


@figure("ndarray-names")
def names() -> Canvas:
    """Draw two names before one block of memory, and two names before two blocks."""
    canvas = Canvas(460, 362)
    new, old = [[32, 26], [30, 24]], [[92, 86], [90, 84]]
    canvas.text(0, 12, "就地改写：PyTorch、MXNet", size=SMALL, anchor="start")
    shared = canvas.matrix(190, 44, new, cell=CELL, tone=ORANGE, size=SMALL)
    _name(canvas, "scores", 54, (shared.x, 70))
    _name(canvas, "backup", 114, (shared.x, 98))
    canvas.text(290, 84, "同一块内存，\n92已改成32", size=SMALL, anchor="start")
    canvas.text(0, 164, "造新张量：TensorFlow、JAX", size=SMALL, anchor="start")
    made = canvas.matrix(190, 186, new, cell=CELL, tone=ORANGE, size=SMALL)
    kept = canvas.matrix(190, 280, old, cell=CELL, tone=OCHRE, size=SMALL)
    _name(canvas, "scores", 226, made.left)
    _name(canvas, "backup", 320, kept.left)
    canvas.text(290, 226, "新的内存", size=SMALL, anchor="start")
    canvas.text(290, 320, "原来的内存，没有动", size=SMALL, anchor="start")
    return canvas
