"""Picture of the section on numerical gradients: four buildings, and the lockers at the gate."""

from __future__ import annotations

from scripts.figures.style import GREY, OCHRE, ORANGE, SMALL, TEAL, Canvas, Tone, figure

BUILDINGS = ((3, 4, 10), (-3, 4, 20), (8, 6, 30), (-6, 8, 20))


@figure("numerical-gradient-lockers")
def lockers() -> Canvas:
    """Map of the estate: buildings with their homes, the gate, and the way that helps most."""
    canvas = Canvas(440, 332)

    def at(east: float, north: float) -> tuple[float, float]:
        return 190 + 26 * east, 290 - 26 * north

    faint = Tone("none", "#DDDDDD")
    for step in range(-7, 10):
        canvas.line([at(step, -1), at(step, 9.6)], faint, stroke=1)
    for step in range(10):
        canvas.line([at(-7.1, step), at(9.3, step)], faint, stroke=1)
    gate = at(0, 0)
    for east, north, homes in BUILDINGS:
        x, y = at(east, north)
        canvas.line([gate, (x, y)], Tone("none", GREY), stroke=1, dash="4 4")
        canvas.box(x - 30, y - 15, 60, 30, f"{homes}户", TEAL, size=SMALL)
        beside = (east, north) == (-3, 4)  # the way to the farther building goes over this one
        where = (x - 36, y, "end") if beside else (x, y - 28, "middle")
        canvas.text(*where[:2], f"$({east}, {north})$", size=SMALL, anchor=where[2])
    canvas.arrow(gate, at(0.31, 2.98), ORANGE, stroke=2.2)
    canvas.box(gate[0] - 34, gate[1] - 14, 68, 28, "快递柜", OCHRE, size=SMALL)
    canvas.text(gate[0], 319, "大门$(0, 0)$", size=SMALL)
    canvas.arrow((414, 250), (414, 200), gap=0)
    canvas.text(414, 188, "北", size=SMALL)
    return canvas
