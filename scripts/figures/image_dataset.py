"""Pictures of 图像分类数据集: an IDX file taken apart, and the way from files to minibatches with its checks."""

from __future__ import annotations

from scripts.figures.style import CODE, GREYED, OCHRE, ORANGE, PLAIN, SMALL, TEAL, Box, Canvas, Tone, figure

BYTE = 34


def _bytes(canvas: Canvas, x: float, y: float, values: str, tone: Tone) -> Box:
    cells = values.split()
    for number, value in enumerate(cells):
        place = canvas.rect(x + number * BYTE, y, BYTE, 34, Tone(tone.fill, "#000000"), stroke=1)
        canvas.text(*place.centre, value, size=SMALL, family=CODE)
    return Box(x, y, BYTE * len(cells), 34)


@figure("idx-file")
def idx_file() -> Canvas:
    """Header, axis lengths and elements of an IDX file, and the array that they become."""
    canvas = Canvas(460, 396)
    left = 26
    fixed = _bytes(canvas, left, 40, "00 00 08 03", GREYED)
    canvas.text(fixed.centre[0], 18, "类型uint8，3个轴", size=SMALL)
    number = _bytes(canvas, left + 8 * BYTE, 40, "00 00 ea 60", OCHRE)
    canvas.text(number.centre[0], 18, "60000张", size=SMALL)
    height = _bytes(canvas, left, 130, "00 00 00 1c", OCHRE)
    canvas.text(height.centre[0], 108, "高28", size=SMALL)
    width = _bytes(canvas, left + 8 * BYTE, 130, "00 00 00 1c", OCHRE)
    canvas.text(width.centre[0], 108, "宽28", size=SMALL)
    canvas.arrow(fixed.right, number.left)
    canvas.line([number.bottom, (number.centre[0], 90), (left - 14, 90), (left - 14, 147)], stroke=1.2)
    canvas.arrow((left - 14, 147), height.left, gap=0)
    canvas.arrow(height.right, width.left)
    canvas.line([width.bottom, (width.centre[0], 182), (left - 14, 182), (left - 14, 239)], stroke=1.2)
    canvas.arrow((left - 14, 239), (left, 239), gap=0)
    for start, values, tone in ((0, "00 00 …", TEAL), (3, "00 00 …", ORANGE), (6, "00 00 …", TEAL)):
        _bytes(canvas, left + start * BYTE, 222, values, tone)
    canvas.text(left + 9 * BYTE + 14, 239, "元素", size=SMALL, anchor="start")
    for start, label in ((0, "第1张，784字节"), (3, "第2张"), (6, "第3张")):
        middle = left + (start + 1.5) * BYTE
        canvas.text(middle + (16 if start == 0 else 22), 204, label, size=SMALL)
    for start, tone in ((0, TEAL), (3, ORANGE), (6, TEAL)):
        middle = left + (start + 1.5) * BYTE
        canvas.arrow((middle, 258), (middle, 296))
        canvas.matrix(middle - 32, 298, [[""] * 4] * 4, cell=16, tone=tone)
    canvas.text(left + 9 * BYTE + 14, 330, "形状\n(60000, 28, 28)", size=SMALL, anchor="start")
    canvas.text(206, 383, "逐行填满，下一张紧接上一张", size=SMALL)
    return canvas


@figure("fashion-checks")
def fashion_checks() -> Canvas:
    """From files to minibatches; beside each step the check that catches its mistake."""
    canvas = Canvas(460, 470)
    steps = (
        ("四个IDX文件", "指纹（SHA-256）", "下载不全、换了版本"),
        ("uint8数组", "字节数＝各轴之积", "少读、多读、字节序"),
        ("50000张｜10000张", "下标的交集为空", "验证集混进训练集"),
        ("图像与标签", "看图；最近均值基线", "错位、转置、错标签"),
        ("小批量，取值0至1", "再跑一次同样的基线", "加载器弄乱了次序"),
    )
    for number, (step, check, fault) in enumerate(steps):
        top = 12 + 92 * number
        place = canvas.box(8, top, 190, 52, step, TEAL if number in (0, 4) else PLAIN)
        note = canvas.box(246, top, 206, 52, check, OCHRE, size=SMALL)
        canvas.line([place.right, note.left], dash="5 4", stroke=1)
        canvas.text(note.centre[0], top + 66, f"防：{fault}", size=SMALL, colour="#444444")
        if number:
            canvas.arrow((place.centre[0], top - 40), place.top)
    return canvas
