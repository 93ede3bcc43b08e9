"""Picture of the section on automatic differentiation: forward values and backward derivatives on one graph."""

from __future__ import annotations

from scripts.figures.style import OCHRE, PLAIN, SMALL, TEAL, Box, Canvas, Tone, figure


def _node(canvas: Canvas, x: float, y: float, label: str, tone: Tone) -> Box:
    return canvas.box(x, y, 92, 54, label, tone, size=SMALL)


@figure("autograd-graph")
def graph() -> Canvas:
    """Draw the five steps of two months' repayment, with the derivative of y beside every box."""
    canvas = Canvas(464, 292)
    debt = _node(canvas, 2, 118, "$B$\n100", OCHRE)
    owed = _node(canvas, 124, 118, "$a=Bs$\n110", PLAIN)
    left = _node(canvas, 246, 118, "$b=a-p$\n50", PLAIN)
    last = _node(canvas, 370, 118, "$y=bs$\n55", PLAIN)
    paid = _node(canvas, 246, 18, "$p$\n60", OCHRE)
    growth = _node(canvas, 124, 228, "$s=1+r$\n1.1", OCHRE)
    canvas.arrow(debt.right, owed.left, gap=2)
    canvas.arrow(owed.right, left.left, gap=2)
    canvas.arrow(left.right, last.left, gap=2)
    canvas.arrow(paid.bottom, left.top, gap=2)
    canvas.arrow(growth.top, owed.bottom, gap=2)
    canvas.arrow(growth.right, last.bottom, gap=2)
    for x, y, text, anchor in (
        (48, 102, "1.21", "middle"),
        (170, 102, "1.1", "middle"),
        (306, 102, "1.1", "start"),
        (416, 102, "1", "middle"),
        (348, 45, "−1.1", "start"),
        (180, 202, "110", "start"),
        (330, 236, "50", "start"),
        (112, 255, "110+50=160", "end"),
    ):
        canvas.text(x, y, text, size=SMALL, anchor=anchor, colour=TEAL.line, bold=True)
    return canvas
