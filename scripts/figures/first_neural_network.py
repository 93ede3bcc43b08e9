"""Pictures of the section on a first neural network: its two layers, and one pass forward and back by hand."""

from __future__ import annotations

import itertools

from scripts.figures.style import GREY, OCHRE, PLAIN, SMALL, TEAL, Canvas, Tone, figure

DARK, LIGHT = Tone("#666666", GREY), Tone("none", GREY)


SEVEN = ("........", ".######.", ".....##.", "....##..", "..#####.", "...##...", "..##....", "..##....")
"""A seven of eight by eight pixels."""


@figure("fnn-net")
def net() -> Canvas:
    """Draw 64 pixels, 64 hidden units and ten scores, with the weights on the arrows between them."""
    canvas = Canvas(460, 236)
    canvas.text(52, 16, "64个像素", size=SMALL)
    canvas.text(232, 16, "64个隐藏单元", size=SMALL)
    canvas.text(405, 16, "10个得分", size=SMALL)
    for row, line in enumerate(SEVEN):
        for column, mark in enumerate(line):
            canvas.rect(12 + 10 * column, 72 + 10 * row, 10, 10, DARK if mark == "#" else LIGHT, stroke=0.8)
    left = [(112.0, 92.0 + 20 * i) for i in range(3)]
    middle = [(232.0, 48.0 + 42 * i) for i in range(4)]
    right = [(372.0, 48.0 + 42 * i) for i in range(4)]
    for start in left:
        for x, y in middle:
            canvas.line([start, (x - 15, y)], stroke=0.8)
    for x, y in middle:
        for end in right:
            canvas.line([(x + 15, y), (end[0] - 15, end[1])], stroke=0.8)
    for (x, y), label in zip(middle, ("", "", "⋮", ""), strict=True):
        canvas.circle(x, y, 15, label, TEAL)
    for (x, y), label, name in zip(right, ("", "", "⋮", ""), ("0", "1", "", "9"), strict=True):
        canvas.circle(x, y, 15, label, PLAIN)
        canvas.text(x + 24, y, name, size=SMALL, anchor="start")
    canvas.text(160, 208, "$\\mathbf{W}_1,\\mathbf{b}_1$\n4160个", size=SMALL)
    canvas.text(238, 208, "ReLU", size=SMALL)
    canvas.text(312, 208, "$\\mathbf{W}_2,\\mathbf{b}_2$\n650个", size=SMALL)
    return canvas


@figure("fnn-chain")
def chain() -> Canvas:
    """Draw one pixel, one hidden unit, one output and the loss, values in ink and derivatives in teal."""
    canvas = Canvas(464, 210)
    boxes = [
        canvas.box(x, 84, 84, 54, label, tone, size=SMALL)
        for x, label, tone in (
            (2, "$x$\n0.5", OCHRE), (128, "$h$\n1", PLAIN), (254, "$o$\n−1", PLAIN), (378, "$L$\n2", PLAIN))
    ]  # fmt: skip
    for start, end in itertools.pairwise(boxes):
        canvas.arrow(start.right, end.left, gap=2)
    first = canvas.box(66, 8, 84, 42, "$w_1$=2", OCHRE, size=SMALL)
    second = canvas.box(192, 8, 84, 42, "$w_2$=−1", OCHRE, size=SMALL)
    canvas.arrow(first.bottom, (146, 84), gap=2)
    canvas.arrow(second.bottom, (272, 84), gap=2)
    for x, y, text in ((170, 156, "2"), (296, 156, "−2"), (420, 156, "1"), (104, 66, "1"), (228, 66, "−2")):
        canvas.text(x, y, text, size=SMALL, colour=TEAL.line, bold=True)
    for left, right in ((404, 312), (280, 186)):
        canvas.arrow((left, 174), (right, 174), TEAL, gap=0)
    canvas.text(233, 196, "导数从右往左", size=SMALL, colour=TEAL.line)
    return canvas
