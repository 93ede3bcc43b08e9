"""Picture of 数据预处理: how a row of the table becomes seven numbers."""

from __future__ import annotations

from scripts.figures.style import GREYED, OCHRE, ORANGE, PLAIN, SMALL, TEAL, Canvas, figure


@figure("pd-row")
def row() -> Canvas:
    """A row with an unknown age, and the seven columns that it is turned into."""
    canvas = Canvas(440, 226)
    cell = 60.0
    sources = [
        canvas.box(left, 34, 100, 36, value, tone)
        for left, value, tone in ((14, "不详", ORANGE), (134, "2500", OCHRE), (294, "永久", TEAL))
    ]
    for place, name in zip(sources, ("车龄", "里程", "牌子"), strict=True):
        canvas.text(place.centre[0], 18, name, size=SMALL)
    values = ["3", "2500", "1", "0", "1", "0", "0"]
    tones = [ORANGE, OCHRE, ORANGE, TEAL, TEAL, TEAL, TEAL]
    canvas.matrix(10, 136, [values], cell=cell, tones=[tones], size=SMALL)
    for number, name in enumerate(("车龄", "里程", "缺车龄", "凤凰", "永久", "捷安特", "缺")):
        canvas.text(10 + (number + 0.5) * cell, 212, name, size=SMALL)
    for source, columns in zip(sources, ((0, 2), (1,), (3, 4, 5, 6)), strict=True):
        for column in columns:
            canvas.arrow(source.bottom, (10 + (column + 0.5) * cell, 136), GREYED if values[column] == "0" else PLAIN)
    return canvas
