"""Pictures of the chapter on deep learning computation."""

from __future__ import annotations

from itertools import pairwise

from scripts.figures.style import (
    CODE,
    GREYED,
    OCHRE,
    ORANGE,
    SANS,
    SMALL,
    TEAL,
    THIN,
    Box,
    Canvas,
    Tone,
    figure,
)

ORANGE_EDGE = Tone("none", ORANGE.line)


@figure("mc-blocks")
def blocks() -> Canvas:
    """Draw a chain of layers beside a block in which the input takes a second way."""
    canvas = Canvas(480, 432)
    rows = (("输出", GREYED), ("dense", TEAL), ("relu", TEAL), ("dense", TEAL), ("过去8小时", OCHRE))
    chain = [_named(canvas, 84, 22 + 87 * row, name, tone) for row, (name, tone) in enumerate(rows)]
    for below, above in zip(chain[1:], chain, strict=False):
        canvas.arrow(below.top, above.bottom)
    canvas.text(84, 418, "顺序块", size=SMALL, bold=True)
    canvas.line([(170, 20), (170, 400)], stroke=THIN, dash="3 4")

    left, right, middle, plus_y = 252.0, 414.0, 333.0, 76.0
    source = _named(canvas, middle, 370, "过去8小时", OCHRE)
    canvas.rect(left - 66, 162, 132, 148, dash="6 4", radius=8)
    canvas.text(left + 74, 300, "body", size=SMALL, anchor="start", family=CODE)
    inner = [
        _named(canvas, left, 186 + 50 * row, name, TEAL, 100) for row, name in enumerate(("dense", "relu", "dense"))
    ]
    for below, above in zip(inner[1:], inner, strict=False):
        canvas.arrow(below.top, above.bottom, gap=1)
    clip = _named(canvas, left, 128, "截到±3度", PLAIN_BOX, 100)
    canvas.arrow(inner[0].top, clip.bottom, gap=1)
    base = canvas.box(right - 52, 196, 104, 58, "基准\n（常数权重）", ORANGE, size=SMALL)
    plus = canvas.circle(middle, plus_y, 16, "+")
    fork = source.y - 20
    canvas.line([source.top, (middle, fork)])
    canvas.line([(left, fork), (right, fork)])
    canvas.arrow((left, fork), inner[-1].bottom, gap=2)
    canvas.arrow((right, fork), base.bottom, gap=2)
    for start, end in ((clip.top, plus.left), (base.top, plus.right)):
        canvas.line([start, (start[0], plus_y)])
        canvas.arrow((start[0], plus_y), end, gap=1)
    result = _named(canvas, middle, 22, "输出", GREYED)
    canvas.arrow(plus.top, result.bottom, gap=1)
    canvas.text(middle, 418, "自己写的块", size=SMALL, bold=True)
    return canvas


@figure("lz-fill")
def fill() -> Canvas:
    """Draw a net of two branches before its input's widths are known, and after; they fill from below."""
    canvas = Canvas(470, 398, steps=5)
    for middle, known, title in ((112.0, False, "还没有数据"), (358.0, True, "第一批数据来了")):
        left, right = middle - 54, middle + 54
        out = _named(canvas, middle, 24, "dense 1", TEAL, 104)
        join = _named(canvas, middle, 114, "拼接", GREYED, 104)
        layers = [_named(canvas, x, 204, name, TEAL, 92) for x, name in ((left, "dense 8"), (right, "dense 3"))]
        inputs = [_named(canvas, x, 318, name, OCHRE, 92) for x, name in ((left, "用电量"), (right, "星期"))]
        canvas.arrow(join.top, out.bottom)
        _filled(canvas, middle + 8, 72, "11" if known else "?", 3)
        for x, layer, source, width, units in zip((left, right), layers, inputs, ("24", "7"), ("8", "3"), strict=True):
            canvas.arrow(source.top, layer.bottom)
            _filled(canvas, x + 8, 264, width if known else "?", 1)
            canvas.arrow(layer.top, (x, join.bottom[1]))
            _width(canvas, x + 8, 162, units)
        if known:
            for step, boxes in ((1, inputs), (2, layers), (3, [join]), (4, [out])):
                with canvas.at(str(step)):
                    for box in boxes:
                        canvas.rect(
                            box.x - 4, box.y - 4, box.width + 8, box.height + 8, ORANGE_EDGE, radius=8, stroke=2
                        )
        canvas.text(middle, 378, title, size=SMALL, bold=True)
    canvas.line([(235, 10), (235, 340)], stroke=THIN, dash="3 4")
    for step, words in enumerate((
        "网络建好了：各层知道自己有几个单元，不知道进来几维。", "第一批数据到了：用电量24列，星期7列。",
        "两个dense的权重定下：24×8与7×3。", "拼起来：8 + 3 = 11维。", "末层的权重也定下：11×1。这时才抽随机数。",
    )):  # fmt: skip
        canvas.says(step, words)
    return canvas


def _filled(canvas: Canvas, x: float, y: float, text: str, step: int) -> None:
    """Write how many columns go along an arrow; what gets known at ``step`` is a question mark before."""
    if text == "?":
        _width(canvas, x, y, text)
        return
    with canvas.at(f"still {step}-"):
        _width(canvas, x, y, text)
    with canvas.at(f"0-{step - 1}"):
        _width(canvas, x, y, "?")


def _width(canvas: Canvas, x: float, y: float, text: str) -> None:
    """Write how many columns go along an arrow, to the right of it."""
    canvas.text(x, y, text, size=SMALL, anchor="start", bold=text == "?")


@figure("gpu-bus")
def bus() -> Canvas:
    """Draw two processors beside their memories, and the narrow bus between the memories."""
    canvas = Canvas(460, 250)
    for left, processor, memory, tone in ((14, "CPU", "主机内存", OCHRE), (296, "GPU", "显存", TEAL)):
        upper = canvas.box(left, 16, 150, 58, processor, tone)
        lower = canvas.box(left, 150, 150, 58, memory, tone)
        canvas.arrow(upper.bottom, lower.top, both=True, stroke=4.5, gap=5)
    canvas.arrow((164, 179), (296, 179), both=True)
    canvas.text(230, 158, "总线", size=SMALL)
    canvas.text(230, 200, "又窄又慢", size=SMALL)
    canvas.text(108, 112, "宽", size=SMALL, anchor="start")
    canvas.text(390, 112, "更宽", size=SMALL, anchor="start")
    canvas.text(230, 234, "参数搬一次，小批量每步搬一次", size=SMALL)
    return canvas


PLAIN_BOX = Tone("none", "#000000")


def _named(canvas: Canvas, middle: float, y: float, name: str, tone: Tone, width: float = 116) -> Box:
    """Draw a box around its middle, in the code font if its name is a word of code."""
    family = CODE if name.isascii() else SANS
    return canvas.box(middle - width / 2, y - 17, width, 34, name, tone, size=SMALL, family=family)


@figure("pm-sharing")
def sharing() -> Canvas:
    """Draw one encoder used for two inputs, and the gradients that come back to it from both."""
    canvas = Canvas(440, 322)
    distance = _named(canvas, 220, 24, "距离", GREYED)
    params = canvas.box(170, 134, 100, 58, "同一份\n参数", ORANGE, size=SMALL)
    for middle, name in ((70.0, "左边的签名"), (370.0, "右边的签名")):
        code = canvas.box(middle - 44, 134, 88, 58, "编码器", TEAL, size=SMALL)
        source = _named(canvas, middle, 252, name, OCHRE)
        left = middle < 220
        canvas.arrow(source.top, code.bottom)
        canvas.line([code.top, (middle, distance.left[1])])
        canvas.arrow((middle, distance.left[1]), distance.left if left else distance.right, gap=2)
        canvas.arrow(code.right if left else code.left, params.left if left else params.right, dash="5 4", gap=2)
    canvas.text(220, 214, "梯度相加", size=SMALL)
    canvas.text(220, 302, "实线：前向　虚线：反向", size=SMALL)
    return canvas


@figure("cl-through")
def through() -> Canvas:
    """Draw rounding forwards as stairs, and what goes back: nothing, or the gradient as it came."""
    canvas = Canvas(440, 356)
    for top, factor, name, custom in ((22.0, "×0", "自动微分", False), (200.0, "×1", "自定义梯度", True)):
        canvas.text(220, top - 6, name, size=SMALL, bold=True)
        wish = _named(canvas, 58, top + 64, "想要的档", OCHRE, 104)
        gear = _named(canvas, 382, top + 64, "整数档", TEAL, 104)
        frame = canvas.rect(160, top + 16, 120, 96, radius=6)
        points: list[tuple[float, float]] = []
        for step in range(4):
            points += [(168 + 26 * step, top + 102 - 26 * step), (194 + 26 * step, top + 102 - 26 * step)]
        canvas.line(points)
        if custom:
            canvas.line([(168, top + 110), (276, top + 20)], ORANGE, dash="5 4")
        for start, end in (((wish.right[0], top + 48), (frame.x, top + 48)),
                           ((frame.x + 120, top + 48), (gear.x, top + 48))):  # fmt: skip
            canvas.arrow(start, end, gap=2)
        for start, end in (((gear.x, top + 80), (frame.x + 120, top + 80)),
                           ((frame.x, top + 80), (wish.right[0], top + 80))):  # fmt: skip
            canvas.arrow(start, end, ORANGE, dash="5 4", gap=2)
        canvas.text(136, top + 104, factor, size=SMALL, bold=True)
    canvas.text(220, 338, "实线：前向　虚线：反向", size=SMALL)
    return canvas


@figure("fa-graph")
def slip_graph() -> Canvas:
    """Draw the net of the slips: two inputs, two outputs, and the table's two ways to the amount."""
    canvas = Canvas(440, 452)
    image = _named(canvas, 120, 24, "图（784）", OCHRE, 112)
    _named(canvas, 320, 24, "表（2）", OCHRE, 112)
    look = _named(canvas, 120, 112, "look", TEAL, 112)
    join = _named(canvas, 220, 204, "拼接（18）", GREYED, 112)
    mix = _named(canvas, 220, 276, "mix", TEAL, 112)
    last = _named(canvas, 220, 348, "拼接（66）", GREYED, 112)
    amount = _named(canvas, 220, 426, "amount", ORANGE, 112)
    count = _named(canvas, 84, 426, "count", ORANGE, 96)
    canvas.arrow(image.bottom, look.top, gap=1)
    canvas.line([(140, 129), (140, 160), (200, 160)])
    canvas.arrow((200, 160), (200, join.top[1]), gap=1)
    canvas.arrow((84, 129), count.top, gap=1)
    canvas.line([(300, 41), (300, 160), (240, 160)])
    canvas.arrow((240, 160), (240, join.top[1]), gap=1)
    canvas.line([(360, 41), (360, last.y + last.height / 2)])
    canvas.arrow((360, last.y + last.height / 2), last.right, gap=1)
    for upper, lower in ((join, mix), (mix, last), (last, amount)):
        canvas.arrow(upper.bottom, lower.top, gap=1)
    canvas.text(148, 150, "16", size=SMALL, anchor="start")
    canvas.text(370, 210, "直接", size=SMALL, anchor="start")
    return canvas


@figure("cb-hooks")
def hooks() -> Canvas:
    """Draw the training loop with its three moments, and what callbacks do at each."""
    canvas = Canvas(440, 400)
    left = 92.0
    rows = (("一轮开始", ORANGE), ("走一步", TEAL), ("一步做完", ORANGE), ("验证", TEAL), ("一轮做完", ORANGE))
    steps = [_named(canvas, left, 40 + 80 * row, name, tone) for row, (name, tone) in enumerate(rows)]
    for above, below in pairwise(steps):
        canvas.arrow(above.bottom, below.top, gap=1)
    canvas.line([(left - 58, 200), (20, 200), (20, 120)])
    canvas.arrow((20, 120), (left - 58, 120), gap=1)
    canvas.line([(left, 377), (left, 392), (6, 392), (6, 40)])
    canvas.arrow((6, 40), (left - 58, 40), gap=1)
    for row, moment, words in (
        (0, "on_epoch_begin", "定种子"),
        (2, "on_batch_end", "改学习率，查nan"),
        (4, "on_epoch_end", "比最好，存盘，记录，停"),
    ):
        y = 40 + 80 * row
        canvas.arrow((left + 58, y), (222, y), dash="5 4", gap=3)
        canvas.text(228, y - 4, moment, size=SMALL, anchor="start", family=CODE)
        canvas.text(228, y + 20, words, size=SMALL, anchor="start")
    canvas.text(28, 166, "下一批", size=SMALL, anchor="start")
    return canvas
