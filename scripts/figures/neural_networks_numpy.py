"""Pictures of 用NumPy手写神经网络."""

from __future__ import annotations

from scripts.figures.style import BLUE, GREEN, INK, SMALL, Box, Canvas, Tone, figure

# the first eighteen of the section's sixty records: brightness, sound, on
RECORDS: tuple[tuple[float, float, bool], ...] = ((0.55, 0.72, True), (0.42, 0.65, True), (0.44, 0.89, True), (0.96, 0.38, False), (0.79, 0.53, False), (0.57, 0.93, True), (0.07, 0.09, False), (0.02, 0.83, True), (0.78, 0.87, True), (0.46, 0.78, True), (0.12, 0.64, True), (0.14, 0.94, True), (0.52, 0.41, False), (0.26, 0.77, True), (0.46, 0.57, True), (0.02, 0.62, True), (0.94, 0.68, False), (0.70, 0.06, False))


@figure("perceptron-lamp")
def lamp() -> Canvas:
    """Records of a lamp over brightness and sound, and a line that separates them."""
    canvas = Canvas(420, 340)
    place = Box(40, 20, 350, 270)
    canvas.axes(place, "亮度$x_1$", "")
    canvas.text(place.x - 8, 12, "声音$x_2$", size=SMALL, anchor="start")

    def at(x: float, y: float) -> tuple[float, float]:
        return place.x + 10 + x * 310, place.y + place.height - 8 - y * 235

    canvas.line([at(0, 0.15 / 0.9), at(1, 0.75 / 0.9)], stroke=2.5)
    for brightness, sound, on in RECORDS:
        x, y = at(brightness, sound)
        canvas.circle(x, y, 7, "", Tone(BLUE.line, INK) if on else Tone("none", INK))
    canvas.text(*at(0.2, 0.95), "开灯", colour=BLUE.line, bold=True)
    canvas.text(*at(0.9, 0.2), "不开", colour=GREEN.line, bold=True)
    for value in (0, 0.5, 1):
        x, y = at(value, 0)
        canvas.text(x, place.y + place.height + 18, f"{value:g}", size=SMALL)
        if value:
            canvas.text(place.x - 16, at(0, value)[1], f"{value:g}", size=SMALL)
    return canvas
