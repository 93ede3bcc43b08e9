"""Pictures of residual networks: the two kinds of residual block, and the paths through two blocks."""

from __future__ import annotations

from scripts.figures.style import GREYED, OCHRE, ORANGE, SMALL, TEAL, Canvas, figure


@figure("resnet-block")
def resnet_block() -> Canvas:
    """A block with an identity shortcut beside one whose shortcut is a 1×1 convolution."""
    canvas = Canvas(480, 440)
    for x, strides, shortcut in ((4.0, 1, ""), (236.0, 2, "1×1卷积\n步幅2，BN")):
        middle, side = x + 72, x + 194
        canvas.text(middle, 16, "$x$", size=SMALL)
        first = canvas.box(x, 56, 144, 44, f"3×3卷积，步幅{strides}", OCHRE, size=SMALL)
        norm = canvas.box(x, 124, 144, 40, "BN，ReLU", TEAL, size=SMALL)
        second = canvas.box(x, 188, 144, 44, "3×3卷积", OCHRE, size=SMALL)
        last = canvas.box(x, 256, 144, 40, "BN", TEAL, size=SMALL)
        plus = canvas.circle(middle, 338, 16, "+", ORANGE)
        relu = canvas.box(x, 378, 144, 36, "ReLU", GREYED, size=SMALL)
        canvas.arrow((middle, 26), first.top)
        for above, below in ((first, norm), (norm, second), (second, last), (last, plus), (plus, relu)):
            canvas.arrow(above.bottom, below.top, gap=1)
        canvas.arrow(relu.bottom, (middle, 438), gap=1)
        if shortcut:
            place = canvas.box(side - 44, 150, 92, 56, shortcut, ORANGE, size=SMALL)
            canvas.line([(middle, 38), (side, 38), (side, place.y)])
            canvas.line([(side, place.y + place.height), (side, 338)])
        else:
            canvas.line([(middle, 38), (side - 16, 38), (side - 16, 338)])
            canvas.text(side - 10, 188, "捷径", size=SMALL, anchor="start")
        canvas.arrow((side if shortcut else side - 16, 338), plus.right, gap=1)
    return canvas


@figure("resnet-paths")
def resnet_paths() -> Canvas:
    """Two plain layers, which every path must cross, above two residual blocks, whose shortcuts can be cut."""
    cuts = ((False, False), (True, False), (False, True), (True, True))
    canvas = Canvas(480, 290, steps=1, choices=("捷径都接上", "断开第一条", "断开第二条", "都断开"))
    canvas.text(4, 14, "普通的两层：只有一条路，层层都要过", size=SMALL, anchor="start")
    canvas.text(14, 62, "$x$")
    canvas.text(466, 62, "$y$")
    first = canvas.box(76, 40, 92, 44, "$f_1$", OCHRE)
    second = canvas.box(258, 40, 92, 44, "$f_2$", OCHRE)
    canvas.arrow((24, 62), first.left)
    canvas.arrow(first.right, second.left)
    canvas.arrow(second.right, (456, 62))
    canvas.text(4, 124, "两个残差块：每块都可以绕过去", size=SMALL, anchor="start")
    middle, top = 222.0, 162.0
    canvas.text(14, middle, "$x$")
    canvas.text(466, middle, "$y$")
    start = 24.0
    for number, (left, label) in enumerate(((76.0, "$g_1$"), (258.0, "$g_2$"))):
        layer = canvas.box(left, middle - 22, 92, 44, label, OCHRE)
        plus = canvas.circle(left + 132, middle, 15, "+", ORANGE)
        fork = left - 22
        canvas.arrow((start, middle), layer.left)
        canvas.arrow(layer.right, plus.left, gap=1)
        with canvas.changing(opacity=[0.12 if cut[number] else 1 for cut in cuts]):
            canvas.line([(fork, middle), (fork, top), (left + 132, top)])
            canvas.arrow((left + 132, top), plus.top, gap=1)
            canvas.dot(fork, middle)
        start = left + 147
    canvas.arrow((start, middle), (456, middle))
    with canvas.at("still"):
        canvas.text(240, 274, "四条路：$g$一个也不过、只过$g_1$、只过$g_2$、都过", size=SMALL)
    for number, (words, sum_) in enumerate((
        ("四条路", "(1 + 0.1)(1 + 0.1) = 1.21"), ("两条路", "0.1 × (1 + 0.1) = 0.11"),
        ("两条路", "(1 + 0.1) × 0.1 = 0.11"), ("一条路", "0.1 × 0.1 = 0.01"),
    )):  # fmt: skip
        with canvas.at(str(number)):
            canvas.text(240, 274, f"{words}，导数是{sum_}", size=SMALL)
        ends = ("梯度总有一条路不经过任何权重。", "梯度要想到$x$，非过g₁不可。", "梯度一进来就非过g₂不可。",
                "回到普通的两层：24层这样连乘，是10的−24次方。")  # fmt: skip
        canvas.says(number, "设两个g的斜率都是0.1，" + ends[number].replace("$", ""))
    return canvas
