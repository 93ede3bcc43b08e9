"""Picture of the section on the workflow of machine learning: eight steps and the ways back."""

from __future__ import annotations

import itertools

from scripts.figures.style import GREYED, ORANGE, SMALL, TEAL, Canvas, Tone, figure

ABOVE = (("定义问题\n收集数据", TEAL), ("选择指标", TEAL), ("评估方法", TEAL), ("准备数据", TEAL))
SAID = (
    "定义问题：每晚24点，凭那时知道的数，预计明天的PM2.5过不过150。",
    "选择指标：该停没停算5分，白停一天算1分，看每100天的代价。",
    "评估方法：2010到2012年训练，2013年挑选，2014年只看一回。",
    "准备数据：每一列都问，那晚24点知道吗？",
    "胜过基准：先比“明天像今天”，它不用学习。",
    "过拟合：一直加大，直到训练好、验证不好。",
    "正则化：在验证的那一年里挑，分不出高下就选简单的。",
    "上线监控：天天看输入的范围，按月对预计与实际；变了，从头再问。",
)
"""What each step is in this section's project, in order."""
BELOW = (("上线监控", ORANGE), ("正则化", GREYED), ("过拟合", GREYED), ("胜过基准", GREYED))


@figure("ml-workflow")
def ml_workflow() -> Canvas:
    """Four steps before the first model, three with models, and what comes after; arrows back where one returns."""
    canvas = Canvas(470, 250, steps=len(SAID))
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
    first = upper[0]
    moves = [f"translate({place.x - first.x:g} {place.y - first.y:g})" for place in (*upper, *lower[::-1])]
    with canvas.at("0-"), canvas.changing(transform=moves):
        canvas.rect(first.x - 5, first.y - 5, 106, 64, Tone("none", ORANGE.line), radius=8, stroke=3)
    for state, words in enumerate(SAID):
        canvas.says(state, words)
    return canvas
