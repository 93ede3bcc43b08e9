"""Picture of the convolution by copying its windows."""

from __future__ import annotations

import itertools

from scripts.figures.style import GREYED, OCHRE, ORANGE, PLAIN, SMALL, TEAL, THICK, Canvas, Tone, figure

CELL = 34.0


@figure("im2col-unfold")
def unfold() -> Canvas:
    """The worked example: a numbered 3 by 3 picture, its four windows as rows, their products with a kernel."""
    places = list(itertools.product(range(2), range(2)))
    rows = [[3 * (i + a) + j + b + 1 for a in (0, 1) for b in (0, 1)] for i, j in places]
    kernel = [1, 0, 2, -1]
    sums = [sum(x * w for x, w in zip(row, kernel, strict=True)) for row in rows]
    canvas = Canvas(480, 210, steps=len(places))
    top, left, table = 40.0, 8.0, 160.0
    numbers = [[3 * i + j + 1 for j in range(3)] for i in range(3)]
    tones = [[ORANGE if number == 5 else PLAIN for number in row] for row in numbers]
    picture = canvas.matrix(left, top + CELL / 2, numbers, cell=CELL, tones=tones)
    canvas.arrow((picture.x + picture.width + 4, picture.centre[1]), (table - 4, picture.centre[1]))
    marks = [[ORANGE if number == 5 else PLAIN for number in row] for row in rows]
    unfolded = canvas.matrix(table, top, rows, cell=CELL, tones=marks)
    column = canvas.matrix(332, top, [[str(w).replace("-", "−")] for w in kernel], cell=CELL, tone=OCHRE)
    output = canvas.matrix(412, top, [[""]] * 4, cell=CELL, tone=GREYED)
    canvas.text(314, unfolded.centre[1], "·", size=24)
    canvas.text(389, unfolded.centre[1], "=", size=22)
    with canvas.at("still"):
        for number, value in enumerate(sums):
            canvas.text(output.centre[0], top + (number + 0.5) * CELL, str(value))
        canvas.rect(left + 3, top + CELL / 2 + 3, 2 * CELL - 6, 2 * CELL - 6, Tone("none", TEAL.line), stroke=THICK)
        canvas.rect(table + 3, top + 3, 4 * CELL - 6, CELL - 6, Tone("none", TEAL.line), stroke=THICK)
    for number, (i, j) in enumerate(places):
        with canvas.at(str(number)):
            x, y = left + j * CELL + 3, top + (i + 0.5) * CELL + 3
            canvas.rect(x, y, 2 * CELL - 6, 2 * CELL - 6, Tone("none", TEAL.line), stroke=THICK)
            line = top + number * CELL + 3
            canvas.rect(table + 3, line, 4 * CELL - 6, CELL - 6, Tone("none", TEAL.line), stroke=THICK)
        with canvas.at(f"{number}-"):
            canvas.text(output.centre[0], top + (number + 0.5) * CELL, str(sums[number]))
        said = "、".join(map(str, rows[number]))
        canvas.says(number, f"左上角在第{i}行第{j}列的窗口，抄成第{number}行{said}，与核的点积是{sums[number]}。")
    canvas.text(picture.centre[0], 18, "图 3×3", size=SMALL)
    canvas.text(unfolded.centre[0], 18, "展开 4×4", size=SMALL)
    canvas.text(column.centre[0], 18, "核", size=SMALL)
    canvas.text(output.centre[0], 18, "输出", size=SMALL)
    canvas.text(table, 198, "5号在四个窗口里，抄了四份", size=SMALL, anchor="start")
    return canvas
