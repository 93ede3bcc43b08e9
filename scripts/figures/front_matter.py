"""Pictures of the front page and of 开始之前: one text in four backends, one environment for each."""

from __future__ import annotations

import random
from collections.abc import Sequence

from scripts.figures.style import GREYED, OCHRE, ORANGE, RED, SMALL, TEAL, THIN, VIOLET, Box, Canvas, Point, figure

BACKENDS = ("MXNet", "PyTorch", "TensorFlow", "JAX")


@figure("quartet")
def quartet() -> Canvas:
    """One text is run in four backends; one claim judges all four outputs."""
    canvas = Canvas(480, 396)
    text = canvas.box(140, 8, 200, 64, "一份正文\n公式、讲解、断言", GREYED, size=SMALL)
    claim = canvas.box(
        90, 302, 300, 86, "同一条断言\n0.80 < 测试准确率 < 0.86\n有一份输出不符，构建就失败", OCHRE, size=SMALL
    )
    for number, name in enumerate(BACKENDS):
        x = 4 + number * 119.5
        backend = canvas.box(x, 124, 113, 44, name, TEAL, size=SMALL)
        output = canvas.box(x, 208, 113, 44, "输出", ORANGE, size=SMALL)
        start = text.x + text.width * (number + 1) / 5
        canvas.arrow((start, text.y + text.height), backend.top)
        canvas.arrow(backend.bottom, output.top)
        canvas.arrow(output.bottom, (claim.x + claim.width * (number + 1) / 5, claim.y))
    canvas.text(474, 97, "各自的写法", size=SMALL, anchor="end")
    canvas.text(52, 187, "运行", size=SMALL, anchor="end")
    return canvas


@figure("environments")
def environments() -> Canvas:
    """Two packages want different NumPys: one environment breaks both, one for each keeps both."""
    canvas = Canvas(480, 474)
    canvas.text(6, 16, "装进同一个环境", anchor="start", bold=True)
    canvas.rect(4, 34, 472, 156, dash="7 5", radius=8)
    mxnet = canvas.box(22, 52, 190, 64, "MXNet 1.9.1\n要NumPy < 1.24", TEAL, size=SMALL)
    jax = canvas.box(268, 52, 190, 64, "JAX 0.10.2\n要NumPy ≥ 2.0", TEAL, size=SMALL)
    numpy = canvas.box(122, 147, 236, 34, "只能有一份：NumPy 1.26", RED, size=SMALL, radius=4)
    canvas.arrow((mxnet.x + 130, mxnet.y + 64), (numpy.x + 50, numpy.y))
    canvas.arrow((jax.x + 60, jax.y + 64), (numpy.x + 186, numpy.y))
    canvas.text(240, 131, "两边都不对", size=SMALL)
    canvas.text(6, 222, "一个后端一个环境", anchor="start", bold=True)
    pins = ("NumPy 1.23", "NumPy 2.4", "NumPy 2.4", "NumPy 2.4")
    for number, (name, pin) in enumerate(zip(BACKENDS, pins, strict=True)):
        x, y = 4 + number % 2 * 240, 240 + number // 2 * 118
        canvas.rect(x, y, 232, 106, dash="7 5", radius=8)
        backend = canvas.box(x + 18, y + 10, 196, 36, name, TEAL, size=SMALL, radius=4)
        own = canvas.box(x + 18, y + 62, 196, 34, pin, VIOLET, size=SMALL, radius=4)
        canvas.arrow(backend.bottom, own.top, gap=1)
    return canvas


@figure("notation-shapes")
def notation_shapes() -> Canvas:
    """Shapes of a batch and of a layer: samples in rows, outputs in columns."""
    canvas = Canvas(460, 230)
    cell = 26
    x = canvas.matrix(36, 60, [[""] * 3] * 4, cell=cell, tones=[[TEAL] * 3] + [[OCHRE] * 3] * 3)
    w = canvas.matrix(182, 73, [[""] * 2] * 3, cell=cell, tones=[[ORANGE, OCHRE]] * 3)
    b = canvas.matrix(288, 99, [["", ""]], cell=cell, tones=[[ORANGE, OCHRE]])
    y = canvas.matrix(390, 60, [[""] * 2] * 4, cell=cell, tones=[[VIOLET, TEAL]] + [[ORANGE, OCHRE]] * 3)
    for x_at, sign in ((148, "×"), (262, "+"), (365, "=")):
        canvas.text(x_at, 112, sign)
    for place, name, shape in ((x, "$\\mathbf{X}$", "$(n, d)$"), (w, "$\\mathbf{W}$", "$(d, q)$"),
                               (b, "$\\mathbf{b}$", "$(q)$"), (y, "$\\mathbf{Z}$", "$(n, q)$")):  # fmt: skip
        canvas.text(place.x + place.width / 2, 36, name)
        canvas.text(place.x + place.width / 2, 184, shape, size=SMALL)
    canvas.text(90, 214, "一行一个样本", size=SMALL)
    canvas.text(230, 214, "一列一个输出", size=SMALL)
    canvas.text(380, 214, "偏置加到每一行", size=SMALL)
    return canvas


@figure("preface-page")
def preface_page() -> Canvas:
    """The parts of a section's page from top to bottom, numbered as in the caption."""
    canvas = Canvas(460, 436)
    rows = (
        ("①", "一个现有工具解决不了的问题", 40, GREYED),
        ("②", "先猜一猜……　［看结果］", 40, OCHRE),
        ("③", "PyTorch｜TensorFlow｜JAX｜MXNet\n代码", 66, TEAL),
        ("④", "输出\n（版本、设备、用时、日期在标题下）", 66, ORANGE),
        ("⑤", "正文：数字取自上面的输出", 40, GREYED),
        ("⑥", "常见故障　今天怎么用", 40, OCHRE),
        ("⑦", "练习·★★\n提示 · 答案（折叠）", 66, GREYED),
    )
    canvas.rect(40, 4, 416, 428, radius=8)
    y = 12.0
    for number, label, height, tone in rows:
        canvas.text(18, y + height / 2, number, size=20)
        canvas.box(50, y, 396, height, label, tone, size=SMALL, radius=4)
        y += height + 9
    return canvas


@figure("preface-chapters")
def preface_chapters() -> Canvas:
    """Which chapter builds on which."""
    canvas = Canvas(470, 432)

    def chapter(x: float, y: float, name: str, width: float = 150) -> Box:
        return canvas.box(x, y, width, 44, name, TEAL if "卷积" in name else OCHRE, size=SMALL)

    canvas.box(8, 8, 110, 44, "引言", GREYED, size=SMALL)
    basics = chapter(160, 8, "预备知识")
    line = chapter(160, 86, "线性回归")
    classes = chapter(160, 164, "线性分类")
    by_hand = chapter(326, 164, "用NumPy手写", 140)
    layers = chapter(160, 242, "多层感知机")
    general = chapter(6, 320, "泛化与正则化", 140)
    projects = chapter(6, 384, "完整项目流程", 140)
    builders = chapter(326, 320, "深度学习计算", 140)
    conv = chapter(160, 320, "卷积神经网络")
    modern = chapter(160, 384, "现代卷积神经网络", 166)
    for before, after in ((basics, line), (line, classes), (classes, layers), (layers, conv)):
        canvas.arrow(before.bottom, after.top)
    canvas.arrow(conv.bottom, (235, 384), gap=1)
    canvas.arrow(general.bottom, projects.top, gap=1)
    canvas.arrow(classes.right, by_hand.left, gap=2)
    canvas.arrow((layers.x, layers.y + 30), (general.x + 90, general.y))
    canvas.arrow((layers.x + layers.width, layers.y + 30), (builders.x + 50, builders.y))
    canvas.arrow((builders.x + 60, builders.y + 44), (modern.x + modern.width, modern.y + 24))
    return canvas


@figure("preface-evidence")
def preface_evidence() -> Canvas:
    """One seed, another seed, twenty, a thousand, and the claim that all the runs must bear out."""
    seen = [_heads(seed) for seed in range(1001)]
    twenty, thousand = _shares(seen[1:21]), _shares(seen[1:])
    canvas = Canvas(470, 296, steps=5)
    base, left = 232.0, 66.0

    def across(heads: float) -> float:
        return left + (heads - 30) * 9.8

    def bars(shares: Sequence[float]) -> list[Point]:
        """Outline of the bars for 33 to 67 heads."""
        edges = [(across(33 + k + side), base - 1200 * share) for k, share in enumerate(shares) for side in (-0.5, 0.5)]
        return [(across(32.5), base), *edges, (across(67.5), base)]

    rest = [0.0] * 35
    canvas.morph(bars(thousand), [bars(shares) for shares in (rest, rest, twenty, thousand, thousand)], TEAL,
                 stroke=THIN, filled=True)  # fmt: skip
    canvas.axes(Box(left, 6, 400, base - 6))
    for share in (5, 10, 15):
        canvas.line([(left - 4, base - 12 * share), (left, base - 12 * share)], stroke=THIN)
        canvas.text(left - 8, base - 12 * share, f"{share}%", size=SMALL, anchor="end")
    for heads in range(30, 71, 10):
        canvas.line([(across(heads), base), (across(heads), base + 4)], stroke=THIN)
        canvas.text(across(heads), base + 16, str(heads), size=SMALL)
    canvas.text(left + 8, 14, "占种子的比例", size=SMALL, anchor="start")
    for states, seed, tone, side in (("still 0-", 0, TEAL, 1), ("still 1-", 4, ORANGE, -1)):
        with canvas.at(states):
            place = across(seen[seed])
            canvas.line([(place, base), (place, 28)], tone, stroke=2.2)
            canvas.text(place + 7 * side, 36, f"种子{seed}：{seen[seed]}", size=SMALL,
                        anchor="start" if side > 0 else "end")  # fmt: skip
    canvas.text(466, base + 38, "正面的次数", size=SMALL, anchor="end")
    with canvas.at("still 4-"):
        canvas.brace(across(39.5), across(60.5), base + 34, "断言：九成以上在40到60之间")
    for state, words in enumerate((
        f"这一次运行：种子0，正面{seen[0]}次。种子不改，再跑还是{seen[0]}。",
        f"同学改成种子4，{seen[4]}次。两人都没有错，只是一个种子说明不了什么。",
        f"种子1到20，平均{sum(seen[1:21]) / 20:.1f}：大约一半看得出，形状还看不准。",
        f"种子1到1000，平均{sum(seen[1:]) / 1000:.1f}，最少{min(seen[1:])}，最多{max(seen[1:])}：这才是“大约一半”。",
        "断言说的是大家，不是某一次：换一批种子，它也应当成立。不成立，这本书就构建不出来。",
    )):  # fmt: skip
        canvas.says(state, words)
    return canvas


def _heads(seed: int) -> int:
    """Toss a coin a hundred times as the section does: this state is that of NumPy's RandomState(seed)."""
    state = [seed]
    for number in range(1, 624):
        state.append((1812433253 * (state[-1] ^ (state[-1] >> 30)) + number) & 0xFFFFFFFF)
    coin = random.Random()
    coin.setstate((3, (*state, 624), None))
    return sum(coin.random() < 0.5 for _ in range(100))


def _shares(seen: Sequence[int]) -> list[float]:
    """Return the shares of 33 to 67 heads among the counts seen."""
    return [seen.count(heads) / len(seen) for heads in range(33, 68)]
