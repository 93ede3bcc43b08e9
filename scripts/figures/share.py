"""Draws the picture that other sites show beside a link, and the icons of the site as an application, from its mark.

``python -m scripts.figures.share`` writes static/share.png and the icons in the engine's static folder.

Needs rsvg-convert (Debian's librsvg2-bin), as PDFs do.
"""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

from d2lbook.site.webapp import SIZES
from scripts.figures.style import INK, OCHRE, ORANGE, TEAL, VIOLET, Canvas, Tone

ROOT = Path(__file__).resolve().parents[2]
TARGET, STATIC = ROOT / "static" / "share.png", ROOT / "d2lbook" / "site" / "static"
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


def mark() -> str:
    """Return the mark on paper, with room around it: a mask may cut a tenth off each side."""
    bars = (STATIC / "mark.svg").read_text(encoding="utf-8").partition(">")[2]
    head = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="-4 -4.5 24 24">'
    return f'{head}<rect x="-4" y="-4.5" width="24" height="24" fill="#FDFCF9"/>{bars}'


def draw(svg: str, width: int, height: int, target: Path) -> int:
    """Write a drawing as a picture; return the exit code."""
    command = ["rsvg-convert", "-w", str(width), "-h", str(height), "-o", str(target)]
    return subprocess.run(command, input=svg.encode(), check=False).returncode


def main() -> int:
    """Write the pictures."""
    codes = [draw(mark(), size, size, STATIC / f"icon-{size}.png") for size in SIZES]
    return max(*codes, draw(picture().svg(), WIDTH, HEIGHT, TARGET))


if __name__ == "__main__":
    sys.exit(main())
