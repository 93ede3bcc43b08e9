"""Pictures of 概率: ten thousand bags counted through the detector, and the same counts as a square."""

from __future__ import annotations

from scripts.figures.style import GREYED, OCHRE, ORANGE, SMALL, TEAL, Canvas, figure


@figure("prob-bags")
def prob_bags() -> Canvas:
    """Ten thousand bags, split by truth and then by the machine; the ringing ones come from both branches."""
    canvas = Canvas(470, 366)
    root = canvas.box(175, 8, 120, 44, "10000袋", GREYED)
    branches = (
        (50, "有异物\n50袋", ORANGE, "0.5%", (("98%", "响\n49", True), ("2%", "不响\n1", False))),
        (290, "没有异物\n9950袋", TEAL, "99.5%", (("2%", "响\n199", True), ("98%", "不响\n9751", False))),
    )
    for x, label, tone, share, leaves in branches:
        node = canvas.box(x, 104, 130, 58, label, tone)
        canvas.arrow(root.bottom, node.top)
        canvas.text(node.top[0] + (-22 if x < 175 else 22), 72, share, size=SMALL)
        for number, (chance, text, rings) in enumerate(leaves):
            left = node.centre[0] - 95 + 100 * number
            leaf = canvas.box(left, 222, 90, 58, text, OCHRE if rings else GREYED)
            canvas.arrow(node.bottom, leaf.top)
            canvas.text(leaf.top[0] + (-26 if number == 0 else 26), 188, chance, size=SMALL)
            if rings:
                canvas.line([(leaf.bottom[0], 280), (leaf.bottom[0], 306)], dash="4 3")
    canvas.line([(65, 306), (305, 306)], dash="4 3")
    canvas.text(235, 336, "响的共248袋，其中49袋真有异物：19.8%")
    return canvas
