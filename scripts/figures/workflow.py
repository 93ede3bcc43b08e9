"""Pictures of the chapter on whole projects."""

from __future__ import annotations

from scripts.figures.style import OCHRE, ORANGE, PLAIN, SMALL, TEAL, Canvas, figure


@figure("net-anatomy")
def net_anatomy() -> Canvas:
    """Layers make a model, a loss compares its prediction with the label, an optimiser moves the parameters."""
    canvas = Canvas(470, 330)
    data = canvas.box(10, 20, 90, 44, "特征", PLAIN, size=SMALL)
    frame = canvas.rect(130, 6, 330, 120, PLAIN, radius=8, dash="5 4")
    canvas.text(160, 108, "模型", size=SMALL)
    body = canvas.box(145, 20, 130, 66, "前面的层\n（身子）", PLAIN, size=SMALL)
    head = canvas.box(315, 20, 130, 66, "输出层\n宽度看答案", ORANGE, size=SMALL)
    canvas.arrow(data.right, (body.x, data.right[1]))
    canvas.arrow(body.right, head.left)
    loss = canvas.box(315, 186, 130, 66, "损失函数\n什么叫好", ORANGE, size=SMALL)
    canvas.arrow((head.bottom[0], head.bottom[1]), loss.top)
    canvas.text(392, 148, "预测", size=SMALL, anchor="start")
    label = canvas.box(335, 282, 90, 40, "标签", PLAIN, size=SMALL)
    canvas.arrow(label.top, loss.bottom)
    rule = canvas.box(130, 186, 130, 66, "优化器\n怎样走", TEAL, size=SMALL)
    canvas.arrow(loss.left, rule.right)
    canvas.text(288, 200, "梯度", size=SMALL)
    canvas.arrow(rule.top, (rule.top[0], frame.y + frame.height))
    canvas.text(186, 152, "改参数", size=SMALL, anchor="end")
    canvas.box(10, 196, 90, 46, "学习率", OCHRE, size=SMALL)
    canvas.arrow((100, 219), rule.left)
    return canvas
