"""Pictures of AlexNet: its layers beside LeNet's."""

from __future__ import annotations

from scripts.figures.style import GREYED, OCHRE, ORANGE, SMALL, TEAL, Canvas, Tone, figure

_LENET = (
    ("输入 1×28×28", GREYED),
    ("卷积5×5 6×28×28", OCHRE),
    ("平均汇聚 6×14×14", TEAL),
    ("卷积5×5 16×10×10", OCHRE),
    ("平均汇聚 16×5×5", TEAL),
    ("全连接 120", ORANGE),
    ("全连接 84", ORANGE),
    ("全连接 10", ORANGE),
)
_ALEXNET = (
    ("输入 3×227×227", GREYED),
    ("卷积11×11，步幅4 96×55×55", OCHRE),
    ("最大汇聚3×3 96×27×27", TEAL),
    ("卷积5×5，两组 256×27×27", OCHRE),
    ("最大汇聚3×3 256×13×13", TEAL),
    ("卷积3×3 384×13×13", OCHRE),
    ("卷积3×3，两组 384×13×13", OCHRE),
    ("卷积3×3，两组 256×13×13", OCHRE),
    ("最大汇聚3×3 256×6×6", TEAL),
    ("全连接，暂退 4096", ORANGE),
    ("全连接，暂退 4096", ORANGE),
    ("全连接 1000", ORANGE),
)


def _column(canvas: Canvas, x: float, width: float, title: str, layers: tuple[tuple[str, Tone], ...]) -> None:
    """Draw layers from top to bottom: what a layer does at its left, the shape of its output at its right."""
    canvas.text(x + width / 2, 14, title, size=SMALL, bold=True)
    before = None
    for number, (label, tone) in enumerate(layers):
        does, _, shape = label.rpartition(" ")
        place = canvas.rect(x, 34 + 42 * number, width, 28, tone, radius=6)
        canvas.text(x + 8, place.y + 14, does, size=SMALL, anchor="start")
        canvas.text(x + width - 8, place.y + 14, shape, size=SMALL, anchor="end")
        if before is not None:
            canvas.arrow((x + width / 2, before), (x + width / 2, place.y), gap=1)
        before = place.y + place.height


@figure("alexnet-layers")
def alexnet_layers() -> Canvas:
    """LeNet's eight rows beside AlexNet's twelve."""
    canvas = Canvas(480, 532)
    _column(canvas, 4, 190, "LeNet", _LENET)
    _column(canvas, 214, 262, "AlexNet", _ALEXNET)
    return canvas
