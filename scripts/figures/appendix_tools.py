"""Pictures of the appendix on tools: a notebook and its kernel, the way of a change, a run that is interrupted."""

from __future__ import annotations

from scripts.figures.style import CODE, GREYED, INK, OCHRE, ORANGE, PLAIN, RED, SMALL, TEAL, THIN, Canvas, Tone, figure


@figure("notebook-kernel")
def notebook_kernel() -> Canvas:
    """File and kernel, and the tunnel to a kernel far away."""
    canvas = Canvas(460, 330)
    canvas.text(104, 16, "文件：代码、输出、编号", size=SMALL)
    canvas.rect(8, 32, 196, 150, PLAIN, radius=6)
    for y, number, code in ((56, "[1]", "price = 0.5"), (92, "[3]", "price = …"), (128, "[4]", "print(…)")):
        canvas.text(18, y, number, size=SMALL, anchor="start", family=CODE)
        canvas.text(58, y, code, size=SMALL, anchor="start", family=CODE)
    canvas.text(58, 160, "72元", size=SMALL, anchor="start", colour=ORANGE.line)
    canvas.text(366, 16, "内核：名字与值", size=SMALL)
    canvas.rect(284, 32, 166, 150, TEAL, radius=6)
    canvas.text(367, 76, "price", size=SMALL, family=CODE)
    canvas.text(367, 106, "→ 0.72", size=SMALL, family=CODE)
    canvas.text(367, 158, "关掉就没有", size=SMALL)
    canvas.arrow((206, 74), (282, 74))
    canvas.text(244, 58, "代码", size=SMALL)
    canvas.arrow((282, 140), (206, 140))
    canvas.text(244, 124, "输出", size=SMALL)
    canvas.rect(8, 232, 130, 70, PLAIN, radius=6)
    canvas.text(73, 256, "自己的电脑", size=SMALL)
    canvas.text(73, 282, ":9000", size=SMALL, family=CODE)
    canvas.rect(320, 232, 130, 70, TEAL, radius=6)
    canvas.text(385, 256, "服务器", size=SMALL)
    canvas.text(385, 282, ":8888", size=SMALL, family=CODE)
    canvas.rect(138, 262, 182, 32, OCHRE)
    canvas.arrow((146, 278), (312, 278), both=True, gap=0)
    canvas.text(229, 246, "ssh，加密", size=SMALL)
    return canvas


@figure("contribution-path")
def contribution_path() -> Canvas:
    """The way of a change into the book."""
    canvas = Canvas(470, 316)
    source = canvas.box(16, 12, 136, 48, "改源文件", OCHRE)
    code = canvas.box(196, 12, 122, 48, "改了代码？", PLAIN)
    run = canvas.box(340, 88, 122, 62, "生成库\n重跑过期的", TEAL, size=SMALL)
    check = canvas.box(196, 178, 122, 48, "检查", TEAL)
    commit = canvas.box(16, 168, 136, 68, "一起提交：源、\n库、输出", OCHRE, size=SMALL)
    merge = canvas.box(16, 262, 302, 44, "持续集成再查，有人读过，并入", GREYED, size=SMALL)
    canvas.arrow(source.right, code.left)
    canvas.line([code.right, (401, 36), (401, 50)])
    canvas.arrow((401, 46), run.top)
    canvas.text(362, 22, "是", size=SMALL)
    canvas.arrow(code.bottom, check.top)
    canvas.text(244, 118, "否", size=SMALL)
    canvas.line([run.bottom, (401, 202), (390, 202)])
    canvas.arrow((394, 202), check.right)
    canvas.arrow(check.left, commit.right)
    canvas.arrow(commit.bottom, (84, merge.y))
    canvas.arrow((84, 168), (84, 60), dash="5 4")
    canvas.text(92, 114, "不通过", size=SMALL, anchor="start")
    return canvas


@figure("checkpoint-timeline")
def checkpoint_timeline() -> Canvas:
    """Useful work, writes, work that is lost, a new machine."""
    canvas = Canvas(470, 176)
    y, tall = 62, 44
    work, write = 70, 12

    def segment(x: float) -> float:
        canvas.rect(x, y, work, tall, TEAL)
        canvas.rect(x + work, y, write, tall, OCHRE)
        return x + work + write

    start = 10.0
    x = segment(segment(start))
    canvas.rect(x, y, 46, tall, RED)
    fell = x + 46
    canvas.line([(fell, y - 18), (fell, y + tall + 8)], ORANGE, stroke=2.4)
    canvas.text(fell, 30, "收回", size=SMALL, colour=ORANGE.line)
    canvas.rect(fell, y, 42, tall, Tone("none", INK), dash="4 3", stroke=THIN)
    again = segment(fell + 42)
    canvas.rect(again, y, 460 - again, tall, TEAL)
    canvas.brace(start, start + work, y + tall + 10, "$τ$，有用", size=SMALL)
    canvas.text(start + work + write / 2, 30, "$δ$，存盘", size=SMALL)
    canvas.arrow((start + work + write / 2, 40), (start + work + write / 2, y), gap=2)
    canvas.brace(x, fell, y + tall + 10, "作废", size=SMALL)
    canvas.brace(fell + 2, fell + 40, y + tall + 10, "$R$", size=SMALL)
    canvas.brace(fell + 42, fell + 42 + work, y + tall + 10, "重做", size=SMALL)
    return canvas
