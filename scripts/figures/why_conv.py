"""Pictures of 从全连接层到卷积: the whole network, weights as matrices, and the worked example on a scratch."""

from __future__ import annotations

from scripts.figures.style import GREYED, INK, OCHRE, ORANGE, PLAIN, SMALL, TEAL, THIN, Canvas, Tone, figure


@figure("wc-structure")
def wc_structure() -> Canvas:
    """A convolutional network end to end: pictures stay pictures until the last stage flattens them."""
    canvas = Canvas(470, 214)
    stages = (("图像", 1, 104), ("卷积", 4, 92), ("汇聚", 4, 56), ("卷积", 6, 44), ("汇聚", 6, 26))
    left = 12.0
    for number, (name, maps, side) in enumerate(stages):
        tone = (GREYED, OCHRE, TEAL)[0 if number == 0 else 1 + (number + 1) % 2]
        for k in reversed(range(maps)):
            canvas.rect(left + 3.5 * k, 76 - side / 2 - 3.5 * k, side * 0.62, side, tone, stroke=THIN)
        canvas.text(left + side * 0.31 + 1.75 * (maps - 1), 160, name, size=SMALL)
        left += side * 0.62 + 3.5 * (maps - 1) + 20
    canvas.rect(left + 2, 16, 18, 120, ORANGE, stroke=THIN)
    canvas.rect(left + 48, 46, 18, 60, ORANGE, stroke=THIN)
    canvas.text(left + 34, 160, "全连接", size=SMALL)
    canvas.brace(12, left - 24, 178, "还是图：有行，有列", size=SMALL)
    canvas.brace(left - 4, left + 72, 178, "拉平", size=SMALL)
    return canvas


@figure("wc-matrices")
def wc_matrices() -> Canvas:
    """Weights from six inputs to four outputs: all different, local, and local and shared."""
    canvas = Canvas(470, 362)
    cell = 30
    zero = Tone("none", INK)
    tones = (ORANGE, OCHRE, TEAL)

    def draw(x: float, y: float, title: str, count: str, kind: str) -> None:
        values, colours = [], []
        for i in range(4):
            inside = [kind == "full" or 0 <= j - i <= 2 for j in range(6)]
            names = [f"$v_{j - i + 1}$" if kind == "shared" else "" for j in range(6)]
            values.append([names[j] if inside[j] else "0" for j in range(6)])
            colours.append([(tones[j - i] if kind == "shared" else GREYED) if inside[j] else zero for j in range(6)])
        canvas.text(x + 3 * cell, y - 16, title, size=SMALL)
        canvas.matrix(x, y, values, cell=cell, tones=colours, size=SMALL)
        canvas.text(x + 3 * cell, y + 4 * cell + 16, count, size=SMALL)

    draw(16, 34, "全连接", "24个权重，各不相同", "full")
    draw(262, 34, "只连邻近的三个", "12个权重，各不相同", "local")
    draw(16, 232, "邻近，而且各处相同", "", "shared")
    canvas.text(330, 268, "3个权重", size=SMALL)
    canvas.text(330, 296, "一行就是上一行", size=SMALL)
    canvas.text(330, 320, "右移一格", size=SMALL)
    return canvas


@figure("wc-hand")
def wc_hand() -> Canvas:
    """The scratch, two kernels, and the two maps of scores."""
    canvas = Canvas(470, 316)
    image = [["1" if i == j and 0 < i < 4 else "0" for j in range(5)] for i in range(5)]
    tones = [[OCHRE if value == "1" else PLAIN for value in row] for row in image]
    canvas.matrix(12, 98, image, cell=32, tones=tones, size=SMALL)
    canvas.text(92, 282, "照片：划痕“\\”", size=SMALL)
    kernels = (
        (40, "核一", [[1, 0, 0], [0, 1, 0], [0, 0, 1]], [[2, 0, 0], [0, 3, 0], [0, 0, 2]], TEAL, "最大3"),
        (214, "核二", [[0, 0, 1], [0, 1, 0], [1, 0, 0]], [[1, 0, 1], [0, 1, 0], [1, 0, 1]], ORANGE, "最大1"),
    )
    for y, name, kernel, output, tone, best in kernels:
        shade = [[tone if value else PLAIN for value in row] for row in kernel]
        first = canvas.matrix(214, y, kernel, cell=32, tones=shade, size=SMALL)
        canvas.text(262, y - 16, name, size=SMALL)
        peak = max(max(row) for row in output)
        shade = [[tone if value == peak and (i, j) == (1, 1) else PLAIN for j, value in enumerate(row)]
                 for i, row in enumerate(output)]  # fmt: skip
        second = canvas.matrix(364, y, output, cell=32, tones=shade, size=SMALL)
        canvas.text(412, y - 16, best, size=SMALL)
        canvas.arrow((172, 178), first.left)
        canvas.arrow(first.right, second.left)
    return canvas
