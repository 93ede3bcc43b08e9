"""Pictures of mini-batch descent: how often a weight comes from memory."""

from __future__ import annotations

from scripts.figures.style import GREYED, ORANGE, PLAIN, SMALL, TEAL, Canvas, figure


def _trips(canvas: Canvas, left: float, title: str, samples: int, reads: int, below: str) -> None:
    """Draw memory, cache and the samples of one way; as many arrows from memory as there are reads."""
    canvas.text(left + 105, 14, title, size=SMALL)
    canvas.box(left + 25, 36, 160, 40, "内存里的权重", GREYED, size=SMALL)
    canvas.box(left + 25, 126, 160, 40, "缓存", TEAL, size=SMALL)
    for number in range(reads):
        x = left + 105 + 34 * (number - (reads - 1) / 2)
        canvas.arrow((x, 78), (x, 124), ORANGE, gap=0)
    for number in range(samples):
        x = left + 105 + 44 * (number - (samples - 1) / 2)
        canvas.arrow((x, 168), (x, 198), PLAIN, gap=0)
        canvas.box(x - 18, 200, 36, 32, f"${number + 1}$", PLAIN, size=SMALL)
    canvas.text(left + 105, 250, below, size=SMALL)


@figure("opt-weight-reuse")
def weight_reuse() -> Canvas:
    """Four samples one by one, and at once: four trips to memory against one."""
    canvas = Canvas(470, 264)
    _trips(canvas, 10, "一个一个算", 4, 4, "读四回，各用一次")
    _trips(canvas, 250, "四个一批", 4, 1, "读一回，用四次")
    return canvas
