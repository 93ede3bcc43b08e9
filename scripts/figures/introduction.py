"""Pictures of 引言: dials turned by hand or by records, folds of a strip, the loop of training."""

from __future__ import annotations

from contextlib import nullcontext
from itertools import groupby

from scripts.figures.style import CODE, GREYED, INK, OCHRE, ORANGE, SMALL, TEAL, VIOLET, Canvas, Tone, figure


def dial(canvas: Canvas, x: float, y: float, angle: tuple[float, float], tone: Tone) -> None:
    """Draw a knob with a hand that points along ``angle`` (a vector of length one)."""
    canvas.circle(x, y, 22, "", tone)
    canvas.line([(x, y), (x + 18 * angle[0], y + 18 * angle[1])], stroke=2.2)


@figure("intro-dials")
def dials() -> Canvas:
    """The same program with dials: a person turns them, or records do."""
    canvas = Canvas(470, 300)
    for top, title, who, tone, hands in (
        (30, "人写规则", "人看图，想一想，\n自己拨", ORANGE, ((0.0, -1.0), (1.0, 0.0))),
        (180, "从数据中学习", "程序对照200条\n记录，错了就拨", TEAL, ((0.71, -0.71), (0.6, 0.8))),
    ):
        canvas.text(6, top - 12, title, anchor="start", bold=True)
        canvas.box(4, top + 18, 96, 62, "一张图", GREYED, size=SMALL)
        machine = canvas.rect(150, top + 4, 180, 90, OCHRE, radius=8)
        dial(canvas, 200, top + 40, hands[0], tone)
        dial(canvas, 280, top + 40, hands[1], tone)
        canvas.text(240, top + 80, "算一算，比大小", size=SMALL)
        canvas.box(380, top + 18, 86, 62, "3还是8", GREYED, size=SMALL)
        canvas.arrow((100, top + 49), (150, top + 49))
        canvas.arrow((330, top + 49), (380, top + 49))
        first, second = who.split("\n")
        canvas.text(240, top + 112, first + second, size=SMALL)
        canvas.arrow((machine.x + 8, top + 102), (machine.x + 32, top + 56), tone)
    return canvas


@figure("intro-folds")
def folds() -> Canvas:
    """A striped strip is folded three times; then one threshold tells the colours apart."""
    canvas = Canvas(470, 290, steps=4)
    for step, parts in enumerate(((1, 2, 2, 2, 2, 2, 2, 2, 1), (1, 2, 2, 2, 1), (1, 2, 1), (1, 1))):
        y = 28 + 68 * step
        with canvas.at(f"still {step}-") if step else nullcontext():
            x = 16.0
            for number, width in enumerate(parts):
                canvas.rect(x, y, 20 * width, 36, TEAL if number % 2 else OCHRE)
                x += 20 * width
            canvas.text(352, y + 18, f"{len(parts) - 1}个分界", size=SMALL, anchor="start")
            name = f"对折{step}次，叠了{1 << step}层" if step else "没有折"
            canvas.text(16, y - 13, name, size=SMALL, anchor="start")
        if step:  # the right half is turned over onto the left one
            half = 20 * sum(parts)
            turn = [f"translate({16 + half} 0) scale({1 if now < step else -1} 1)" for now in range(canvas.steps)]
            with canvas.at(f"{step - 1}-{step}"), canvas.changing(transform=turn):
                x = 0.0
                for number, width in enumerate(reversed(parts)):
                    canvas.rect(x, y - 68, 20 * width, 36, TEAL if (len(parts) - 1 - number) % 2 else OCHRE)
                    x += 20 * width
    for step, words in enumerate((
        "16格宽的纸条，8个分界：一个门槛远远不够。", "右半翻到左半上，颜色层层相同，分界少了一半。",
        "再对折一次，还剩2个分界。", "第三次：只剩1个分界，一个门槛就够了；展开来，它是8个。",
    )):  # fmt: skip
        canvas.says(step, words)
    return canvas


@figure("intro-loop")
def loop() -> Canvas:
    """One turn of training in three small pictures: guess, compare, adjust."""
    canvas = Canvas(470, 252)
    tops = (("一、猜", OCHRE), ("二、量", ORANGE), ("三、拨", TEAL))
    for number, (title, tone) in enumerate(tops):
        x = 4 + 157 * number
        canvas.rect(x, 34, 148, 150, tone if number else OCHRE, radius=8)
        canvas.text(x + 74, 16, title, bold=True)
    dial(canvas, 44, 84, (0.71, -0.71), Tone("#FFFFFF", INK))
    dial(canvas, 112, 84, (0.0, -1.0), Tone("#FFFFFF", INK))
    canvas.text(78, 134, "用现在的参数", size=SMALL)
    canvas.text(78, 160, "算出答案：3", size=SMALL)
    canvas.box(176, 56, 52, 52, "3", GREYED)
    canvas.box(246, 56, 52, 52, "8", VIOLET)
    canvas.text(237, 82, "≠", size=SMALL)
    canvas.text(235, 134, "与标签相比", size=SMALL)
    canvas.text(235, 160, "损失：1处错", size=SMALL)
    dial(canvas, 358, 84, (0.71, -0.71), Tone("#FFFFFF", INK))
    dial(canvas, 426, 84, (0.0, -1.0), Tone("#FFFFFF", INK))
    canvas.arrow((340, 58), (380, 60), bend=10)
    canvas.arrow((408, 58), (448, 60), bend=10)
    canvas.text(392, 134, "把参数拨一点，", size=SMALL)
    canvas.text(392, 160, "让得分大一些", size=SMALL)
    canvas.line([(392, 184), (392, 222), (78, 222)])
    canvas.arrow((78, 222), (78, 186), gap=0)
    canvas.text(235, 238, "换一条记录，再来一遍", size=SMALL)
    return canvas


# twelve of the digits of daily-ml's training set, 0 (white) to 8 (black), row by row
STRIP: tuple[tuple[str, str], ...] = (
    ("8", "0033682000663630005255000048500001780000044520000254400000583000"),
    ("3", "0037881002865800003176000003860000003750000007400015483000388400"),
    ("3", "0026610002844600011025000001550000037710000003500053245000388710"),
    ("8", "0077300001807100005353200006872000178200007236000250070000666200"),
    ("3", "0026710000755500017163000014830000024810005106300082381000366400"),
    ("8", "0078851000741550002827200006882000377400007135000240450001667100"),
    ("3", "0004830002755500065063000332820000003600000004500046107100048861"),
    ("3", "0037860002856600013065000006830000057810000007400028674000388610"),
    ("3", "0177300000568200000184000001850000006700000038200023670001775100"),
    ("3", "0068840001724700000065000006830000014720001005400272273000788500"),
    ("3", "0188663000222740000055000002810000006500000047000013720001872000"),
    ("8", "0016751000563640037027100068820000067710001605200025253000168600"),
)


@figure("intro-strip")
def strip() -> Canvas:
    """Twelve handwritten threes and eights as eight by eight cells."""
    canvas = Canvas(470, 196)
    for number, (name, cells) in enumerate(STRIP):
        left, top = 5 + 78 * (number % 6), 6 + 96 * (number // 6)
        canvas.rect(left, top, 68, 68, Tone("#FFFFFF", "#FFFFFF"), stroke=0.4)
        for row in range(8):
            place = 8 * row
            for cell, same in groupby(cells[place : place + 8]):
                width = len(list(same))
                dark = 255 - int(int(cell, 16) * 255 / 8)
                shade = f"#{dark:02X}{dark:02X}{dark:02X}"
                if dark < 255:
                    x, y = left + 8.5 * (place % 8), top + 8.5 * row
                    canvas.rect(x, y, 8.5 * width, 8.5, Tone(shade, shade), stroke=0.4)
                place += width
        canvas.text(left + 34, top + 80, name, size=SMALL)
    return canvas


@figure("intro-parts")
def parts() -> Canvas:
    """The lines of the smallest training loop, each on the tint of the component that it belongs to."""
    canvas = Canvas(460, 318)
    lines = (
        ("fit(x, y,", "数据", GREYED),
        ("    model=line,", "模型", OCHRE),
        ("    loss=mean_square,", "目标函数", TEAL),
        ("    step=0.1)", "优化算法", ORANGE),
        ("for … :", "", GREYED),
        ("  trial = p + step·随机数", "优化算法：挪一点", ORANGE),
        ("  guess = model(trial, x)", "模型：报数", OCHRE),
        ("  score = loss(guess, y)", "目标函数：打分", TEAL),
        ("  变好：留下，否则退回", "优化算法：取舍", ORANGE),
    )
    for number, (code, name, tone) in enumerate(lines):
        y = 8 + 34 * number
        if name:
            canvas.rect(4, y, 452, 30, Tone(tone.fill, tone.line), stroke=1, radius=4)
        canvas.text(12, y + 15, code.replace(" ", "\u00a0"), size=SMALL, anchor="start", family=CODE)
        canvas.text(448, y + 15, name, size=SMALL, anchor="end")
    return canvas


@figure("intro-kinds")
def kinds() -> Canvas:
    """Questions that sort a problem into its kind, asked from top to bottom."""
    canvas = Canvas(470, 412)
    rows = (
        ("选择会改变以后的记录吗？", "好坏晚知道：强化学习\n马上知道：边试边学", VIOLET),
        ("每个样本带着答案吗？", "数：回归，类：分类\n记号：标注，次序：搜索", TEAL),
        ("样本的一部分能当答案吗？", "遮住它来猜：\n自监督学习", OCHRE),
        ("都没有", "分堆：聚类\n压成几个数：降维", GREYED),
    )
    for number, (question, answer, tone) in enumerate(rows):
        y = 6 + 106 * number
        asked = canvas.box(4, y, 206, 62, question, size=SMALL)
        given = canvas.box(252, y, 214, 62, answer, tone, size=SMALL)
        canvas.arrow(asked.right, given.left)
        if number < 3:
            canvas.text(231, y + 16, "是", size=SMALL)
            canvas.arrow(asked.bottom, (asked.bottom[0], y + 106))
            canvas.text(asked.bottom[0] + 16, y + 84, "否", size=SMALL)
    return canvas


@figure("intro-timeline")
def timeline() -> Canvas:
    """Three streams in the order of their years: statistics, neural networks, kernels and trees."""
    events = (
        (0, 1763, "贝叶斯的遗稿"), (0, 1805, "最小二乘"), (0, 1936, "判别分析"), (1, 1943, "神经元模型"),
        (0, 1948, "信息论"), (1, 1958, "感知机"), (0, 1961, "朴素贝叶斯"), (2, 1967, "最近邻"),
        (1, 1969, "感知机的局限"), (1, 1980, "新认知机"), (2, 1984, "决策树"), (1, 1986, "反向传播"),
        (1, 1989, "卷积网络"), (2, 1995, "支持向量机"), (1, 1997, "长短期记忆"), (1, 1998, "LeNet-5"),
        (2, 2001, "随机森林"), (1, 2006, "逐层预训练"), (1, 2012, "AlexNet"), (1, 2016, "残差网络"),
        (1, 2017, "Transformer"), (1, 2020, "GPT-3"), (1, 2024, "Llama 3"),
    )  # fmt: skip
    canvas = Canvas(470, 52 + 26 * len(events))
    tones = (OCHRE, TEAL, ORANGE)
    lefts = (54, 194, 334)
    for left, tone, name in zip(lefts, tones, ("统计与概率", "神经网络", "核、树与邻居"), strict=True):
        canvas.rect(left, 34, 134, canvas.height - 38, Tone("none", tone.line), stroke=1, dash="4 4")
        canvas.text(left + 67, 16, name, size=SMALL, bold=True)
    for number, (lane, year, name) in enumerate(events):
        y = 40 + 26 * number
        canvas.text(2, y + 12, str(year), size=SMALL, anchor="start")
        canvas.rect(lefts[lane] + 3, y, 128, 24, tones[lane], stroke=1, radius=4)
        canvas.text(lefts[lane] + 67, y + 12, name, size=SMALL)
    return canvas


@figure("intro-pipeline")
def pipeline() -> Canvas:
    """A chain with one learned step, and a chain in which every step is learned from the answer back."""
    canvas = Canvas(470, 300)
    for top, title, names in (
        (34, "手工特征：只有末一步是学的", ("28×28\n个像素", "人定的\n56个数", "学来的\n打分", "0到9")),
        (188, "端到端：中间也是学的", ("28×28\n个像素", "学来的\n64个数", "学来的\n打分", "0到9")),
    ):
        canvas.text(4, top - 16, title, anchor="start", bold=True)
        before = None
        for number, name in enumerate(names):
            learned = name.startswith("学")
            tone = TEAL if learned else (ORANGE if name.startswith("人") else GREYED)
            box = canvas.box(4 + 122 * number, top + 4, 96, 60, name, tone, size=SMALL)
            if before:
                canvas.arrow(before.right, box.left, gap=2)
            before = box
        start = 248 if top < 100 else 126
        canvas.line([(418, top + 66), (418, top + 84), (start + 48, top + 84)], dash="5 4")
        canvas.arrow((start + 48, top + 84), (start + 48, top + 66), gap=0)
        if start == 126:
            canvas.arrow((296, top + 84), (296, top + 66), gap=0)
        canvas.text(360, top + 98, "错误改到这里为止" if top < 100 else "错误一路改回去", size=SMALL)
    return canvas
