"""Draws the picture that other sites show beside a link: ``python -m scripts.figures.share`` writes static/share.png.

Needs rsvg-convert (Debian's librsvg2-bin), as PDFs do.
"""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

from scripts.figures.style import INK, OCHRE, ORANGE, TEAL, VIOLET, Canvas, Tone

TARGET = Path(__file__).resolve().parents[2] / "static" / "share.png"
WIDTH, HEIGHT = 1200, 630
"""Pixels, as Open Graph wants them."""


def picture() -> Canvas:
    """Return the title over four voices that fall, like losses, beside one another."""
    canvas = Canvas(480, 252)
    canvas.rect(0, 0, 480, 252, Tone("#FDFCF9", "#FDFCF9"))
    for voice, tone in enumerate((TEAL, ORANGE, OCHRE, VIOLET)):
        points = []
        for step in range(121):
            x = step / 120
            fall = 96 * math.exp(-(3.2 + 0.5 * voice) * x) + 15 * math.exp(-1.4 * x) * math.sin(9 * x + 1.3 * voice)
            points.append((30 + 420 * x, 226 - 9 * voice - fall))
        canvas.line(points, Tone("none", tone.line), stroke=2.6)
    canvas.text(450, 54, "深度学习四重奏", size=44, anchor="end", family="'Noto Serif CJK SC', serif", bold=True)
    canvas.text(450, 100, "一份正文，四个后端，每个数字都查得到来处", size=17, anchor="end", colour=INK)
    return canvas


def main() -> int:
    """Write the picture."""
    command = ["rsvg-convert", "-w", str(WIDTH), "-h", str(HEIGHT), "-o", str(TARGET)]
    return subprocess.run(command, input=picture().svg().encode(), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
