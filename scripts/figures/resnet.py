"""Pictures of residual networks: the two kinds of residual block."""

from __future__ import annotations

from scripts.figures.style import BLUE, GREYED, ORANGE, SMALL, YELLOW, Canvas, figure


@figure("resnet-block")
def resnet_block() -> Canvas:
    """A block with an identity shortcut beside one whose shortcut is a 1×1 convolution."""
    canvas = Canvas(480, 440)
    for left, strides, shortcut in ((8, 1, ""), (252, 2, "1×1卷积\n步幅2，BN")):
        x = left + 8.0
        canvas.text(x + 62, 16, "$x$", size=SMALL)
        first = canvas.box(x, 56, 124, 44, f"3×3卷积，步幅{strides}", YELLOW, size=SMALL)
        norm = canvas.box(x, 124, 124, 40, "BN，ReLU", BLUE, size=SMALL)
        second = canvas.box(x, 188, 124, 44, "3×3卷积", YELLOW, size=SMALL)
        last = canvas.box(x, 256, 124, 40, "BN", BLUE, size=SMALL)
        plus = canvas.circle(x + 62, 338, 16, "+", ORANGE)
        relu = canvas.box(x, 378, 124, 36, "ReLU", GREYED, size=SMALL)
        canvas.arrow((x + 62, 26), first.top)
        for above, below in ((first, norm), (norm, second), (second, last), (last, plus), (plus, relu)):
            canvas.arrow(above.bottom, below.top, gap=1)
        canvas.arrow(relu.bottom, (x + 62, 438), gap=1)
        side = x + 176
        if shortcut:
            place = canvas.box(side - 40, 150, 88, 56, shortcut, ORANGE, size=SMALL)
            canvas.line([(x + 62, 38), (side + 4, 38), (side + 4, place.y)])
            canvas.line([(side + 4, place.y + place.height), (side + 4, 338)])
            canvas.arrow((side + 4, 338), plus.right, gap=1)
        else:
            canvas.line([(x + 62, 38), (side, 38), (side, 338)])
            canvas.arrow((side, 338), plus.right, gap=1)
            canvas.text(side + 8, 188, "捷径", size=SMALL, anchor="start")
    return canvas
