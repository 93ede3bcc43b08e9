"""Picture of the section on the workflow of machine learning: eight steps and the ways back."""

from __future__ import annotations

import itertools

from scripts.figures.style import GREYED, ORANGE, SMALL, TEAL, Canvas, figure

ABOVE = (("定义问题\n收集数据", TEAL), ("选择指标", TEAL), ("评估方法", TEAL), ("准备数据", TEAL))
BELOW = (("上线监控", ORANGE), ("正则化", GREYED), ("过拟合", GREYED), ("胜过基准", GREYED))


@figure("ml-workflow")
def ml_workflow() -> Canvas:
    """Four steps before the first model, three with models, and what comes after; arrows back where one returns."""
    canvas = Canvas(470, 250)
    upper = [canvas.box(10 + 118 * k, 40, 96, 54, name, tone, size=SMALL) for k, (name, tone) in enumerate(ABOVE)]
    lower = [canvas.box(10 + 118 * k, 166, 96, 54, name, tone, size=SMALL) for k, (name, tone) in enumerate(BELOW)]
    for a, b in itertools.pairwise(upper):
        canvas.arrow(a.right, b.left)
    canvas.arrow(upper[-1].bottom, lower[-1].top)
    for a, b in itertools.pairwise(lower[::-1]):
        canvas.arrow(a.left, b.right)
    canvas.arrow(lower[0].top, upper[0].bottom, dash="5 4")
    canvas.arrow(lower[1].top, upper[3].bottom, dash="5 4", gap=6)
    canvas.text(66, 130, "分布变了", size=SMALL, anchor="start")
    canvas.text(226, 112, "验证不好", size=SMALL, anchor="middle")
    return canvas
