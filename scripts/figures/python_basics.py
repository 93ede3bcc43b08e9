"""Pictures of the chapter on Python."""

from __future__ import annotations

from scripts.figures.style import OCHRE, PLAIN, SMALL, TEAL, Canvas, Tone, figure


@figure("python-names")
def names() -> Canvas:
    """Two names on one list, and two names on two lists."""
    canvas = Canvas(460, 200)
    for left, title, copied in ((10, "saved = li", False), (245, "saved = li.copy()", True)):
        canvas.text(left + 100, 18, title, size=SMALL)
        first = canvas.box(left, 52, 70, 34, "li", OCHRE, size=SMALL)
        second = canvas.box(left, 132, 70, 34, "saved", OCHRE, size=SMALL)
        if copied:
            for name in (first, second):
                bill = canvas.box(left + 110, name.y - 3, 90, 40, "0.1, 0.2", TEAL, size=SMALL)
                canvas.arrow(name.right, bill.left)
        else:
            bill = canvas.box(left + 110, 89, 90, 40, "0.1, 0.2", TEAL, size=SMALL)
            canvas.arrow(first.right, (bill.x, bill.y + 12))
            canvas.arrow(second.right, (bill.x, bill.y + 28))
    return canvas


@figure("python-feed")
def feed() -> Canvas:
    """One generator runs dry after an epoch; an iterable hands out a new one for every epoch."""
    canvas = Canvas(460, 290)
    for top, title, lasting in ((40, "一条生成器", False), (180, "数据迭代器", True)):
        source = canvas.box(8, top + 22, 110, 50, title, OCHRE, size=SMALL)
        for epoch in range(2):
            y = top + 8 + 56 * epoch
            full = lasting or epoch == 0
            for k in range(3):
                label = f"批{k + 1}" if full else ""
                canvas.box(216 + 56 * k, y - 18, 48, 36, label, TEAL if full else PLAIN, size=SMALL,
                           dash="" if full else "4 4")  # fmt: skip
            canvas.text(420, y, f"第{epoch + 1}轮", size=SMALL)
            if full:
                canvas.arrow(source.right, (212, y))
    canvas.text(166, 176, "__iter__", size=SMALL)
    return canvas


@figure("numpy-broadcast")
def broadcast() -> Canvas:
    """A column minus a row: both are repeated, and the differences fill a square."""
    canvas = Canvas(470, 200, steps=6)
    cell = 38
    faded = Tone("none", "#999999")
    for left, name, own, first in ((8, "guess $(3, 1)$", "column", 1), (176, "height $(3,)$", "row", 2)):
        for k in range(3):
            shift = f"translate({-cell * k} 0)" if own == "column" else f"translate(0 {-cell * k})"
            slides = [shift if step < first else "translate(0 0)" for step in range(canvas.steps)]
            values = [[1], [2], [3]] if own == "column" else [[1, 2, 3]]
            at = (left + cell * k, 48) if own == "column" else (left, 48 + cell * k)
            with canvas.at(f"still {first if k else 0}-"), canvas.changing(transform=slides):
                canvas.matrix(*at, values, cell=cell, tone=faded if k else OCHRE)
        canvas.text(left + 57, 26, name, size=SMALL)
    gaps = [[0, "−1", "−2"], [1, 0, "−1"], [2, 1, 0]]
    canvas.matrix(344, 48, [[""] * 3] * 3, cell=cell)
    for i, row in enumerate(gaps):
        with canvas.at(f"still {i + 3}-"):
            tones = [[TEAL if i == j else Tone("none", "#000000") for j in range(3)]]
            canvas.matrix(344, 48 + cell * i, [row], cell=cell, tones=tones)
    canvas.text(401, 26, "差 $(3, 3)$", size=SMALL)
    canvas.text(149, 105, "−")
    canvas.text(317, 105, "=")
    canvas.text(65, 184, "一列向右重复", size=SMALL)
    canvas.text(233, 184, "一行向下重复", size=SMALL)
    canvas.text(401, 184, "要的在对角线", size=SMALL)
    for step, words in enumerate((
        "guess是一列，height只有一行：靠右对齐，height补成(1, 3)。", "guess的第二个轴长1，照着3重复：一列变三列。",
        "height的第一个轴长1，照着3重复：一行变三行。", "第一行：1分别减1、2、3，只有头一个是要的。",
        "第二行：2分别减1、2、3。", "第三行：减完了，要三个差，得了九个。",
    )):  # fmt: skip
        canvas.says(step, words)
    return canvas


@figure("matplotlib-parts")
def parts() -> Canvas:
    """A small plot with the names by which its parts are set."""
    canvas = Canvas(440, 270)
    left, bottom, width, height = 96, 206, 230, 160
    canvas.line([(left, bottom - height), (left, bottom), (left + width, bottom)])
    curve = [(left + 2.3 * k, bottom - 20 - 130 * 0.965**k) for k in range(96)]
    canvas.line(curve, TEAL, stroke=2.2)
    for k in range(3):
        canvas.line([(left + 100 * k, bottom), (left + 100 * k, bottom + 6)])
        canvas.text(left + 100 * k, bottom + 20, str(4 * k), size=SMALL)
        canvas.line([(left - 6, bottom - 70 * k), (left, bottom - 70 * k)])
        canvas.text(left - 12, bottom - 70 * k, str(k), size=SMALL, anchor="end")
    canvas.text(left + width + 8, bottom - 24, "二分法", size=SMALL, anchor="start", colour=TEAL.line)
    canvas.text(left + 130, bottom + 50, "xlabel：步", size=SMALL)
    canvas.text(6, 24, "ylabel：误差", size=SMALL, anchor="start")
    canvas.text(250, 80, "plot_curves的名字\n写在末端", size=SMALL)
    canvas.arrow((330, 104), (356, 168))
    canvas.text(230, 24, "xlim、ylim：范围", size=SMALL, anchor="start")
    canvas.text(344, bottom + 20, "刻度", size=SMALL, anchor="start")
    return canvas
