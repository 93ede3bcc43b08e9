"""Pictures of the sections on convolution, padding, channels and pooling."""

from __future__ import annotations

import itertools

from scripts.figures.style import (
    GREYED,
    OCHRE,
    ORANGE,
    PLAIN,
    SMALL,
    TEAL,
    THICK,
    Canvas,
    Tone,
    figure,
)

CELL = 40.0


@figure("conv-corr2d")
def corr2d() -> Canvas:
    """The worked example: a 3 by 4 input, a 2 by 2 kernel, two windows and what they give, then every window."""
    values, weights = [[1, 2, 0, 1], [3, 1, 1, 0], [0, 2, 1, 2]], [[1, -1], [0, 2]]
    places = list(itertools.product(range(2), range(3)))
    canvas = Canvas(460, 200, steps=len(places))
    place = canvas.matrix(10, 40, [[_signed(value) for value in row] for row in values], cell=CELL)
    kernel = canvas.matrix(212, 60, [[_signed(value) for value in row] for row in weights], cell=CELL, tone=OCHRE)
    sums = {(i, j): sum(weights[a][b] * values[i + a][j + b] for a in (0, 1) for b in (0, 1)) for i, j in places}
    output = canvas.matrix(334, 60, [[""] * 3] * 2, cell=CELL)
    with canvas.at("still"):
        tones = [[TEAL, PLAIN, PLAIN], [ORANGE, PLAIN, PLAIN]]
        canvas.matrix(334, 60, [[_signed(sums[i, j]) for j in range(3)] for i in range(2)], cell=CELL, tones=tones)
        canvas.rect(place.x - 3, place.y + CELL - 3, 86, 86, Tone("none", ORANGE.line), stroke=THICK, dash="6 4")
        canvas.text(10, 186, "实线框：1·1 − 1·2 + 0·3 + 2·1 = 1", size=SMALL, anchor="start")
    with canvas.changing(transform=[f"translate({j * CELL:g} {i * CELL:g})" for i, j in places]):
        canvas.rect(place.x + 3, place.y + 3, 74, 74, Tone("none", TEAL.line), stroke=THICK)
    for number, (i, j) in enumerate(places):
        with canvas.at(f"{number}-"):
            canvas.text(334 + (j + 0.5) * CELL, 60 + (i + 0.5) * CELL, _signed(sums[i, j]))
        terms = [(weights[a][b], values[i + a][j + b]) for a in (0, 1) for b in (0, 1)]
        line = "".join(f" {'−' if w < 0 else '+'} {abs(w)}·{x}" for w, x in terms).removeprefix(" + ")
        with canvas.at(str(number)):
            canvas.rect(334 + j * CELL, 60 + i * CELL, CELL, CELL, Tone("none", TEAL.line), stroke=THICK)
            canvas.text(10, 186, f"{line} = {_signed(sums[i, j])}", size=SMALL, anchor="start")
        canvas.says(number, f"窗口的左上角在第{i}行第{j}列，盖住的四个数与核逐个相乘再求和，得{_signed(sums[i, j])}。")
    canvas.text(191, 100, "⋆", size=24)
    canvas.text(313, 100, "=", size=24)
    canvas.text(place.centre[0], 18, "输入 3×4", size=SMALL)
    canvas.text(kernel.centre[0], 18, "核 2×2", size=SMALL)
    canvas.text(output.centre[0], 18, "输出 2×3", size=SMALL)
    return canvas


def _signed(value: int) -> str:
    return str(value).replace("-", "−")


@figure("conv-receptive")
def receptive() -> Canvas:
    """Two layers of width 3 in one direction: which inputs one output sees."""
    canvas = Canvas(460, 230)
    size = 36.0
    rows = (("输入", 7, 180.0), ("第1层", 5, 100.0), ("第2层", 3, 20.0))
    seen = {"输入": range(1, 6), "第1层": range(1, 4), "第2层": range(1, 2)}
    tones = {"输入": OCHRE, "第1层": TEAL, "第2层": ORANGE}
    left = 130.0
    starts: dict[str, tuple[float, float]] = {}
    for name, count, y in rows:
        x = left + size * (7 - count) / 2
        starts[name] = (x, y)
        canvas.text(60, y + size / 2, name, size=SMALL)
        colours = [[tones[name] if number in seen[name] else PLAIN for number in range(count)]]
        canvas.matrix(x, y, [[""] * count], cell=size, tones=colours)
    for upper, lower in (("第2层", "第1层"), ("第1层", "输入")):
        (x1, y1), (x2, y2) = starts[upper], starts[lower]
        low, high = min(seen[lower]), max(seen[lower])
        first, last = min(seen[upper]), max(seen[upper])
        canvas.line([(x1 + size * first, y1 + size), (x2 + size * low, y2)], dash="5 4")
        canvas.line([(x1 + size * (last + 1), y1 + size), (x2 + size * (high + 1), y2)], dash="5 4")
    return canvas


def _windows(canvas: Canvas, y: float, before: int, starts: tuple[int, ...], title: str) -> None:
    """Draw eight cells with zeros around them, brackets below for the windows, and the windows' centres in blue."""
    size, left = 40.0, 40.0
    canvas.text(4, y - 22, title, size=SMALL, anchor="start")
    total = 8 + before + 1
    cells = ["0"] * before + [str(number) for number in range(8)] + ["0"]
    centres = [start + 1 for start in starts]
    tones = [GREYED if number < before or number >= before + 8 else TEAL if number in centres else PLAIN
             for number in range(total)]  # fmt: skip
    x = left + (1 - before) * size
    canvas.matrix(x, y, [cells], cell=size, tones=[tones])
    for number, start in enumerate(starts):
        depth = y + size + 10 + 16 * (number % 2)
        canvas.line([(x + start * size + 4, depth - 6), (x + start * size + 4, depth),
                     (x + (start + 3) * size - 4, depth), (x + (start + 3) * size - 4, depth - 6)],
                    TEAL if number % 2 == 0 else ORANGE)  # fmt: skip


@figure("conv-same")
def same() -> Canvas:
    """Symmetric padding against 'same' padding with stride 2 on eight columns."""
    canvas = Canvas(480, 246)
    _windows(canvas, 40, 1, (0, 2, 4, 6), "两边各补1格：中心在0、2、4、6")
    _windows(canvas, 168, 0, (0, 2, 4, 6), "same：只在右边补1格，中心在1、3、5、7")
    return canvas


def _tree(canvas: Canvas, y: float, dilations: tuple[int, ...], title: str) -> None:
    """Draw one output above three layers of dilated kernels of width 3, down to the inputs that it sees."""
    size, middle = 28.0, 240.0
    canvas.text(4, y, title, size=SMALL, anchor="start")
    layers: list[set[int]] = [{0}]
    for dilation in reversed(dilations):
        layers.append({place + step * dilation for place in layers[-1] for step in (-1, 0, 1)})
    rows = [y + 30 + 44 * number for number in range(4)]
    for level, (row, below) in enumerate(itertools.pairwise(rows)):
        dilation = dilations[-1 - level]
        for place in layers[level]:
            for step in (-1, 0, 1):
                canvas.line([(middle + place * size, row), (middle + (place + step * dilation) * size, below)],
                            Tone("none", GREYED.line), stroke=1)  # fmt: skip
    for level, row in enumerate(rows[:-1]):
        for place in layers[level]:
            canvas.circle(middle + place * size, row, 7, tone=ORANGE if level == 0 else TEAL)
    cells = [[OCHRE if place in layers[3] else PLAIN for place in range(-7, 8)]]
    canvas.matrix(middle - 7.5 * size, rows[3] - 4, [[""] * 15], cell=size, tones=cells)


@figure("conv-dilation")
def dilation() -> Canvas:
    """Dilations 2, 2, 2 leave holes; 1, 2, 4 see fifteen inputs in a row."""
    canvas = Canvas(480, 420)
    _tree(canvas, 14, (2, 2, 2), "空洞2、2、2：看到7个（着色）")
    _tree(canvas, 230, (1, 2, 4), "空洞1、2、4：看到15个（着色）")
    return canvas


@figure("channels-in")
def channels_in() -> Canvas:
    """The worked example: two input channels, two kernels, two partial results and their sum."""
    canvas = Canvas(470, 268)
    size = 34.0
    inputs = ([[1, 0, 2], [3, 1, 0]], [[0, 1, 1], [2, 0, 1]])
    kernels = ([[1, 0], [0, 1]], [[1, 1], [2, 0]])
    partial = ([[2, 0]], [[5, 2]])
    for number, (y, tone) in enumerate(((40.0, TEAL), (156.0, ORANGE))):
        canvas.text(6, y - 16, f"通道{number + 1}", size=SMALL, anchor="start")
        canvas.matrix(6, y, inputs[number], cell=size, tone=tone)
        canvas.text(128, y + size, "⋆", size=22)
        canvas.matrix(146, y, kernels[number], cell=size, tone=OCHRE)
        canvas.text(234, y + size, "=", size=22)
        canvas.matrix(254, y + size / 2, partial[number], cell=size, tone=tone)
    canvas.text(288, 128, "+", size=24)
    total = canvas.matrix(386, 111, [[7, 2]], cell=size, tone=GREYED)
    canvas.arrow((328, 74), (total.x + 20, total.y - 2))
    canvas.arrow((328, 190), (total.x + 20, total.y + size + 2))
    canvas.text(total.centre[0], 170, "输出1×2", size=SMALL)
    canvas.text(57, 250, "输入2×2×3", size=SMALL)
    canvas.text(180, 250, "核2×2×2", size=SMALL)
    return canvas


@figure("channels-blocks")
def channels_blocks() -> Canvas:
    """Three layers: shapes of the blocks between, and of the kernels."""
    canvas = Canvas(480, 404)
    blocks = (("3×32×32", 150, OCHRE), ("16×32×32", 150, TEAL), ("32×16×16", 124, TEAL), ("10×16×16", 124, ORANGE))
    kernels = (("核16×3×3×3\n填充1", "3"), ("核32×16×3×3\n填充1，步幅2", "16"), ("核10×32×1×1", "32"))
    for number, (label, width, tone) in enumerate(blocks):
        y = 12.0 + 112 * number
        place = canvas.box(170 - width / 2, y, width, 44, label, tone)
        if number < len(kernels):
            canvas.arrow(place.bottom, (170, y + 112))
            canvas.text(196, y + 78, kernels[number][0], size=SMALL, anchor="start")
    canvas.text(262, 34, "通道×高×宽", size=SMALL, anchor="start")
    canvas.text(318, 79, "输出×输入×高×宽", size=SMALL, anchor="start")
    return canvas


@figure("pooling-max-avg")
def max_avg() -> Canvas:
    """The worked example of pooling: one input, the largest and the mean of each window."""
    canvas = Canvas(460, 338)
    size = 48.0
    values = [[1, 3, 2, 0], [5, 0, 1, 4], [2, 2, 6, 1]]
    tones = [[TEAL, TEAL, PLAIN, PLAIN], [TEAL, TEAL, PLAIN, PLAIN], [PLAIN] * 4]
    place = canvas.matrix(230 - 2 * size, 22, values, cell=size, tones=tones)
    canvas.text(place.centre[0], 10, "输入3×4", size=SMALL)
    marks = [[TEAL, PLAIN, PLAIN], [PLAIN] * 3]
    outputs = ((102.0, "最大汇聚", [[5, 3, 4], [5, 6, 6]]),
               (358.0, "平均汇聚", [["2.25", "1.5", "1.75"], ["2.25", "2.25", "3"]]))  # fmt: skip
    for middle, title, results in outputs:
        canvas.matrix(middle - 1.5 * size, 236, results, cell=size, tones=marks, size=SMALL)
        canvas.text(middle, 220, title, size=SMALL)
        canvas.arrow((230 + (middle - 230) / 2, place.y + place.height), (middle, 200))
    return canvas


@figure("pooling-shift")
def pool_shift() -> Canvas:
    """A bright spot moves by one cell twice: the pooled row stays, then moves by a whole cell."""
    canvas = Canvas(400, 262)
    size, left = 40.0, 70.0
    for number, spot in enumerate((4, 5, 6)):
        y = 12.0 + 86 * number
        canvas.text(34, y + 18, f"第{spot}格", size=SMALL)
        cells = [["1" if column == spot else "" for column in range(8)]]
        tones = [[TEAL if column == spot else PLAIN for column in range(8)]]
        canvas.matrix(left, y, cells, cell=size, tones=tones)
        window = spot // 2
        outputs = [["1" if column == window else "0" for column in range(4)]]
        marks = [[ORANGE if column == window else PLAIN for column in range(4)]]
        for column in range(4):
            x = left + 2 * column * size
            canvas.rect(x, y + 46, 2 * size, 28, marks[0][column], stroke=1)
            canvas.text(x + size, y + 60, outputs[0][column], size=SMALL)
    return canvas


@figure("bn-axes")
def bn_axes() -> Canvas:
    """Which numbers share a mean: columns in a dense layer, channels in a convolutional one."""
    canvas = Canvas(470, 276)
    tones = (OCHRE, TEAL, ORANGE)
    canvas.text(88, 14, "全连接层", size=SMALL)
    canvas.matrix(28, 52, [[""] * 3] * 4, cell=38, tones=[list(tones)] * 4)
    canvas.text(85, 38, "3个神经元", size=SMALL)
    canvas.text(14, 128, "4\n个\n样\n本", size=SMALL)
    canvas.text(85, 234, "3个均值，\n各含4个数", size=SMALL)
    canvas.text(326, 14, "卷积层", size=SMALL)
    for sample in range(2):
        y = 52.0 + 90 * sample
        canvas.text(192, y + 36, f"样本{sample + 1}", size=SMALL)
        for channel in range(3):
            canvas.matrix(226 + 80 * channel, y, [[""] * 3] * 3, cell=24, tone=tones[channel])
    for channel in range(3):
        canvas.text(262 + 80 * channel, 38, f"通道{channel + 1}", size=SMALL)
    canvas.text(342, 246, "3个均值，\n各含2×3×3＝18个数", size=SMALL)
    return canvas
