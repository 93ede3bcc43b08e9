"""Pictures of Adam: where the weights of a leaky average lie, and how much of them lies on nothing."""

from __future__ import annotations

from scripts.figures.style import GREYED, OCHRE, ORANGE, SMALL, TEAL, Canvas, Tone, figure


@figure("opt-adam-weights")
def adam_weights() -> Canvas:
    """The weights of three steps with decay 0.6: bars of length one, the rest on the zero at the start."""
    canvas = Canvas(440, 214)
    left, width, tones = 92, 330, (TEAL, GREYED, OCHRE)
    for row, step in enumerate((1, 2, 3)):
        y, x = 12 + 56 * row, float(left)
        canvas.text(left - 12, y + 19, f"第{step}步", size=SMALL, anchor="end")
        for number in range(step, -1, -1):
            share = 0.4 * 0.6 ** (step - number) if number else 0.6**step
            tone: Tone = tones[step - number] if number else ORANGE
            label = f"$g_{number}$" if number else "零"
            canvas.box(x, y, share * width, 38, label, tone, size=SMALL)
            x += share * width
    for place in (0, 0.5, 1):
        x = left + place * width
        canvas.line([(x, 170), (x, 176)])
        canvas.text(x, 194, f"{place:g}", size=SMALL)
    canvas.line([(left, 170), (left + width, 170)])
    return canvas
