"""Pictures of the chapter on Python."""

from __future__ import annotations

from scripts.figures.style import BLUE, PLAIN, SMALL, YELLOW, Canvas, figure


@figure("python-names")
def names() -> Canvas:
    """Two names on one list, and two names on two lists."""
    canvas = Canvas(460, 200)
    for left, title, copied in ((10, "saved = li", False), (245, "saved = li.copy()", True)):
        canvas.text(left + 100, 18, title, size=SMALL)
        first = canvas.box(left, 52, 70, 34, "li", YELLOW, size=SMALL)
        second = canvas.box(left, 132, 70, 34, "saved", YELLOW, size=SMALL)
        if copied:
            for name in (first, second):
                bill = canvas.box(left + 110, name.y - 3, 90, 40, "0.1, 0.2", BLUE, size=SMALL)
                canvas.arrow(name.right, bill.left)
        else:
            bill = canvas.box(left + 110, 89, 90, 40, "0.1, 0.2", BLUE, size=SMALL)
            canvas.arrow(first.right, (bill.x, bill.y + 12))
            canvas.arrow(second.right, (bill.x, bill.y + 28))
    return canvas


@figure("python-feed")
def feed() -> Canvas:
    """One generator runs dry after an epoch; an iterable hands out a new one for every epoch."""
    canvas = Canvas(460, 290)
    for top, title, lasting in ((40, "一条生成器", False), (180, "数据迭代器", True)):
        source = canvas.box(8, top + 22, 110, 50, title, YELLOW, size=SMALL)
        for epoch in range(2):
            y = top + 8 + 56 * epoch
            full = lasting or epoch == 0
            for k in range(3):
                label = f"批{k + 1}" if full else ""
                canvas.box(216 + 56 * k, y - 18, 48, 36, label, BLUE if full else PLAIN, size=SMALL,
                           dash="" if full else "4 4")  # fmt: skip
            canvas.text(420, y, f"第{epoch + 1}轮", size=SMALL)
            if full:
                canvas.arrow(source.right, (212, y))
    canvas.text(166, 176, "__iter__", size=SMALL)
    return canvas
