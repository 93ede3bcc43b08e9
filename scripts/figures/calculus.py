"""Picture of the section on calculus: two paths from the handle to the reading."""

from __future__ import annotations

from scripts.figures.style import OCHRE, ORANGE, SMALL, TEAL, Canvas, figure


@figure("calculus-chain")
def chain() -> Canvas:
    """Draw handle, knobs and reading as nodes, with the partial derivative on every edge."""
    canvas = Canvas(460, 226)
    p = canvas.circle(44, 74, 26, "$p=2$", OCHRE, size=SMALL)
    q = canvas.circle(44, 194, 26, "$q=0.5$", OCHRE, size=SMALL)
    u = canvas.circle(240, 74, 26, "$u=1$", TEAL, size=SMALL)
    v = canvas.circle(240, 194, 26, "$v=1$", TEAL, size=SMALL)
    reading = canvas.circle(416, 134, 30, "$F=3.5$", ORANGE, size=SMALL)
    for place, name in ((44, "手柄"), (240, "旋钮"), (416, "读数")):
        canvas.text(place, 16, name, size=SMALL)
    canvas.arrow(p.right, u.left)
    canvas.arrow(q.right, v.left)
    canvas.arrow(p.right, v.left)
    canvas.arrow(q.right, u.left)
    canvas.arrow(u.right, reading.left)
    canvas.arrow(v.right, reading.left)
    canvas.text(142, 60, "0.5", size=SMALL)
    canvas.text(142, 210, "2", size=SMALL)
    canvas.text(94, 112, "1", size=SMALL)
    canvas.text(94, 156, "2", size=SMALL)
    canvas.text(334, 88, "3", size=SMALL)
    canvas.text(334, 180, "4", size=SMALL)
    return canvas
