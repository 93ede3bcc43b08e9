"""House style of the schematic pictures: palette, fonts, and the shapes that they are made of.

Units are SVG user units, y points down, a canvas is at most 480 wide and no text is smaller than 16: at the 330
pixels that a phone leaves to a picture, the smallest text is then still 11 pixels tall. The background is
transparent: the site computes a dark variant of every colour with its hue kept. No colour carries meaning
alone: tones differ in lightness too, and each coloured thing has a label or a place. Equal calls give equal bytes.

In labels, ``$…$`` sets mathematics: Latin and Greek letters in italics, ``_`` and ``^`` (with braces for more than
one character) for scripts, ``\\mathbf{x}`` for vectors and matrices, ``\\top`` and the few other commands of
``_COMMANDS``; type other signs as they are (``α``, ``≤``). Imports drawsvg only.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from xml.sax.saxutils import escape

import drawsvg

MAX_WIDTH = 480
TEXT = 18
SMALL = 16
THIN, LINE, THICK = 0.8, 1.2, 2.2
HEAD = 7.5

SANS = (
    "-apple-system, BlinkMacSystemFont, 'Segoe UI', 'PingFang SC', 'HarmonyOS Sans SC', 'Microsoft YaHei', "
    "'Noto Sans CJK SC', 'Source Han Sans SC', sans-serif"
)
"""The face of the site's prose (``--sans`` of its style sheet)."""
MATH = "'STIX Two Text', 'TeX Gyre Termes', 'Times New Roman', 'Noto Serif CJK SC', serif"
CODE = "'DejaVu Sans Mono', 'Menlo', 'Consolas', 'Noto Sans Mono CJK SC', monospace"

INK = "#000000"
GREY = "#666666"


@dataclass(frozen=True, slots=True)
class Tone:
    """A colour in its two uses: a fill that black text can stand on, and a line."""

    fill: str
    line: str


# Tints of the four voices' hues in OKLCH (teal 208°, orange 55°, ochre 85°, violet 301°) and a warm red for what goes
# wrong; fills step down in lightness in the order of TONES, so that they differ in greyscale as well. Lines are the
# voices' own colours on the site's white page.
PLAIN = Tone("none", INK)
OCHRE = Tone("#FFF3D2", "#85600A")
GREYED = Tone("#E2E2E2", GREY)
TEAL = Tone("#AED8DE", "#0B6171")
ORANGE = Tone("#E8B593", "#A84A17")
VIOLET = Tone("#B9A6DC", "#6C4BA3")
RED = Tone("#E6827C", "#A3341F")
TONES = (OCHRE, GREYED, TEAL, ORANGE, VIOLET, RED)


@dataclass(frozen=True, slots=True)
class Box:
    """Where something was drawn; its edges' middles are where arrows start and end."""

    x: float
    y: float
    width: float
    height: float

    @property
    def centre(self) -> tuple[float, float]:
        """Middle of the box."""
        return self.x + self.width / 2, self.y + self.height / 2

    @property
    def left(self) -> tuple[float, float]:
        """Middle of the left edge."""
        return self.x, self.y + self.height / 2

    @property
    def right(self) -> tuple[float, float]:
        """Middle of the right edge."""
        return self.x + self.width, self.y + self.height / 2

    @property
    def top(self) -> tuple[float, float]:
        """Middle of the upper edge."""
        return self.x + self.width / 2, self.y

    @property
    def bottom(self) -> tuple[float, float]:
        """Middle of the lower edge."""
        return self.x + self.width / 2, self.y + self.height


Point = tuple[float, float]
Number = float | int | str
_figures: dict[str, Callable[[], Canvas]] = {}


def figure(name: str) -> Callable[[Callable[[], Canvas]], Callable[[], Canvas]]:
    """Register a drawing function under the name of its file, ``static/img/name.svg``; a name serves once."""

    def register(draw: Callable[[], Canvas]) -> Callable[[], Canvas]:
        if name in _figures:
            raise ValueError(f"two pictures are called {name}")
        _figures[name] = draw
        return draw

    return register


def registered() -> dict[str, Callable[[], Canvas]]:
    """Return the drawing functions known so far, by name, sorted."""
    return dict(sorted(_figures.items()))


class Canvas:
    """A picture being drawn. Coordinates in user units, origin at the upper left."""

    def __init__(self, width: float, height: float, *, steps: int = 0, choices: Sequence[str] = ()) -> None:
        """Start an empty picture; raise ValueError if it is wider than a phone can show with readable text.

        One that moves has ``steps``, as many in each of its ``choices`` if there are any; what is drawn outside of
        :meth:`at` and :meth:`changing` is the same in all of them.
        """
        if width > MAX_WIDTH:
            raise ValueError(f"width {width} is over {MAX_WIDTH}: stack the parts instead")
        self.width, self.height = width, height
        self._root = drawsvg.Group(font_family=SANS, stroke_linejoin="round", stroke_linecap="butt")
        self.steps, self.states = steps, steps * max(1, len(choices))
        self._said: list[str] = []
        for number, name in enumerate(choices):
            self._said.append(f'<desc data-choice="{number}">{escape(name)}</desc>')

    # states

    @contextmanager
    def at(self, states: str) -> Iterator[None]:
        """Show what is drawn within in these states only: ``still``, ``3``, ``0-2``, ``4-``, several with blanks."""
        hidden: dict[str, object] = {} if "still" in states.split() else {"display": "none"}
        with self._group(drawsvg.Group(data_at=states, **hidden)):
            yield

    @contextmanager
    def changing(self, **values: Sequence[object]) -> Iterator[None]:
        """Give the group of what is drawn within an attribute for every state: ``transform``, ``opacity``, ``fill``.

        In the still picture it has none of them.
        """
        lists = {f"data_each_{name}": self._each(given) for name, given in values.items()}
        with self._group(drawsvg.Group(**lists)):
            yield

    def morph(self, still: Sequence[Point], each: Sequence[Sequence[Point]], tone: Tone = PLAIN, *,
              stroke: float = LINE, filled: bool = False) -> None:  # fmt: skip
        """Draw a line that has other points in every state, as many as in the still picture."""
        if any(len(points) != len(still) for points in each):
            raise ValueError("a line that changes has as many points in every state")
        ways = ["M" + " L".join(f"{_short(x)},{_short(y)}" for x, y in points) for points in (still, *each)]
        path = drawsvg.Path(
            d=ways[0], fill=tone.fill if filled else "none", stroke=tone.line, stroke_width=stroke,
            data_each_d=self._each(ways[1:])
        )  # fmt: skip
        self._add(path)

    def says(self, state: int | str, words: str) -> None:
        """Say below the picture what is seen in a state."""
        self._said.append(f'<desc data-at="{state}">{escape(words)}</desc>')

    def _each(self, values: Sequence[object]) -> str:
        if len(values) != self.states:
            raise ValueError(f"{len(values)} values for {self.states} states")
        return ";".join(map(str, values))

    @contextmanager
    def _group(self, group: drawsvg.Group) -> Iterator[None]:
        self._root.append(group)
        outside, self._root = self._root, group
        try:
            yield
        finally:
            self._root = outside

    def svg(self) -> str:
        """Return the picture as SVG text ending in a newline, the same bytes for the same calls."""
        drawing = drawsvg.Drawing(_short(self.width), _short(self.height))
        drawing.append(self._root)
        text: str = drawing.as_svg()
        for useless in (' xmlns:xlink="http://www.w3.org/1999/xlink"', "<defs>\n</defs>\n"):
            text = text.replace(useless, "")
        if self.steps:
            head = text.index("<g ")
            root = text[:head].replace("<svg ", f'<svg data-steps="{self.steps}" ', 1)
            text = root + "".join(f"{line}\n" for line in self._said) + text[head:]
        return text.rstrip("\n") + "\n"

    # shapes

    def rect(self, x: float, y: float, width: float, height: float, tone: Tone = PLAIN, *, radius: float = 0,
             stroke: float = LINE, dash: str = "") -> Box:  # fmt: skip
        """Draw a rectangle from its upper left corner; ``dash`` is an SVG dash array such as ``6 4``."""
        extra: dict[str, object] = {"stroke_dasharray": dash} if dash else {}
        if radius:
            extra["rx"] = _short(radius)
        self._add(drawsvg.Rectangle(*_short_all(x, y, width, height), fill=tone.fill, stroke=tone.line,
                                    stroke_width=stroke, **extra))  # fmt: skip
        return Box(x, y, width, height)

    def box(self, x: float, y: float, width: float, height: float, label: str = "", tone: Tone = PLAIN, *,
            size: int = TEXT, radius: float = 6, dash: str = "", family: str = SANS) -> Box:  # fmt: skip
        """Draw a rounded box with a label in its middle; ``\\n`` in the label starts a new line."""
        place = self.rect(x, y, width, height, tone, radius=radius, dash=dash)
        if label:
            self.text(*place.centre, label, size=size, family=family)
        return place

    def circle(self, x: float, y: float, radius: float, label: str = "", tone: Tone = PLAIN, *,
               size: int = TEXT) -> Box:  # fmt: skip
        """Draw a node with a label in its middle, from its centre; return its bounding box."""
        self._add(drawsvg.Circle(*_short_all(x, y, radius), fill=tone.fill, stroke=tone.line, stroke_width=LINE))
        if label:
            self.text(x, y, label, size=size)
        return Box(x - radius, y - radius, 2 * radius, 2 * radius)

    def dot(self, x: float, y: float, tone: Tone = PLAIN, *, radius: float = 4) -> None:
        """Mark a point."""
        self._add(drawsvg.Circle(*_short_all(x, y, radius), fill=tone.line))

    def line(self, points: Sequence[Point], tone: Tone = PLAIN, *, stroke: float = LINE, dash: str = "",
             closed: bool = False, filled: bool = False) -> None:  # fmt: skip
        """Draw straight lines through the points; many points make a curve."""
        path = drawsvg.Path(fill=tone.fill if filled else "none", stroke=tone.line, stroke_width=stroke,
                            **({"stroke_dasharray": dash} if dash else {}))  # fmt: skip
        path.M(*_short_all(*points[0]))
        for point in points[1:]:
            path.L(*_short_all(*point))
        self._add(path.Z() if closed else path)

    def arrow(self, start: Point, end: Point, tone: Tone = PLAIN, *, bend: float = 0, stroke: float = LINE,
              dash: str = "", gap: float = 3, both: bool = False) -> None:  # fmt: skip
        """Draw an arrow that keeps ``gap`` from both ends; ``bend`` bows it to the left of its way by that much."""
        (x1, y1), (x2, y2) = start, end
        length = math.hypot(x2 - x1, y2 - y1)
        if length <= 2 * gap:
            raise ValueError(f"no room for an arrow from {start} to {end}")
        normal = ((y2 - y1) / length, -(x2 - x1) / length)
        control = ((x1 + x2) / 2 + 2 * bend * normal[0], (y1 + y2) / 2 + 2 * bend * normal[1])
        first, last = _toward(start, control, gap), _toward(end, control, gap)
        tail = _toward(first, control, HEAD * 0.8) if both else first
        neck = _toward(last, control, HEAD * 0.8)
        path = drawsvg.Path(fill="none", stroke=tone.line, stroke_width=stroke,
                            **({"stroke_dasharray": dash} if dash else {})).M(*_short_all(*tail))  # fmt: skip
        if bend:
            path.Q(*_short_all(*control, *neck))
        else:
            path.L(*_short_all(*neck))
        self._add(path)
        self._head(control, last, tone, stroke)
        if both:
            self._head(control, first, tone, stroke)

    def matrix(self, x: float, y: float, values: Sequence[Sequence[Number]], *, cell: float = 40,
               tone: Tone = PLAIN, tones: Sequence[Sequence[Tone]] | None = None, size: int = TEXT,
               dash: str = "") -> Box:  # fmt: skip
        """Draw a grid of cells with a value in each; ``tones`` overrides ``tone`` cell by cell."""
        for i, row in enumerate(values):
            for j, value in enumerate(row):
                colour = tones[i][j] if tones else tone
                edge = Tone(colour.fill, INK if not dash else colour.line)
                place = self.rect(x + j * cell, y + i * cell, cell, cell, edge, stroke=THIN, dash=dash)
                if str(value):
                    self.text(*place.centre, str(value), size=size)
        return Box(x, y, cell * max(len(row) for row in values), cell * len(values))

    def axes(self, place: Box, xlabel: str = "", ylabel: str = "") -> None:
        """Draw the two axes of a plot inside ``place`` (its lower left corner is the origin), in ink, with arrows."""
        origin = (place.x, place.y + place.height)
        self.arrow(origin, (place.x + place.width, origin[1]), gap=0)
        self.arrow(origin, (place.x, place.y), gap=0)
        if xlabel:
            self.text(place.x + place.width, origin[1] + SMALL, xlabel, size=SMALL, anchor="end")
        if ylabel:
            self.text(place.x + 10, place.y + 8, ylabel, size=SMALL, anchor="start")

    # text

    def text(self, x: float, y: float, label: str, *, size: int = TEXT, anchor: str = "middle", colour: str = INK,
             bold: bool = False, family: str = SANS) -> None:  # fmt: skip
        """Set a label centred vertically on ``y``; ``anchor`` is start, middle or end; ``\\n`` starts a new line."""
        if size < SMALL:
            raise ValueError(f"text of size {size} is not readable on a phone; the least is {SMALL}")
        lines = label.split("\n")
        for number, line in enumerate(lines):
            height = y + (number - (len(lines) - 1) / 2) * size * 1.35 + size * 0.36
            style = {"font_weight": "bold"} if bold else {}
            if family != SANS:
                style["font_family"] = family
            runs = _runs(line)
            plain = runs[0].text if len(runs) == 1 and runs[0].kind == "plain" else ""
            node = drawsvg.Text(plain, size, *_short_all(x, height), text_anchor=anchor, fill=colour, **style)
            if not plain:
                _set_runs(node, runs, size)
            self._add(node)

    def brace(self, x1: float, x2: float, y: float, label: str, *, below: bool = True, size: int = SMALL) -> None:
        """Mark a horizontal stretch with a bracket and a label below (or above) it."""
        way = 1 if below else -1
        self.line([(x1, y), (x1, y + 6 * way), (x2, y + 6 * way), (x2, y)], stroke=THIN)
        lines = label.count("\n") + 1
        self.text((x1 + x2) / 2, y + way * (10 + size * 0.68 * lines), label, size=size)

    def _head(self, source: Point, tip: Point, tone: Tone, stroke: float) -> None:
        length = max(math.hypot(tip[0] - source[0], tip[1] - source[1]), 1e-9)
        ux, uy = (tip[0] - source[0]) / length, (tip[1] - source[1]) / length
        size = HEAD * max(1.0, stroke / LINE * 0.8)
        back, half = (tip[0] - ux * size, tip[1] - uy * size), size * 0.42
        path = drawsvg.Path(fill=tone.line).M(*_short_all(*tip))
        path.L(*_short_all(back[0] - uy * half, back[1] + ux * half))
        path.L(*_short_all(back[0] + uy * half, back[1] - ux * half)).Z()
        self._add(path)

    def _add(self, element: drawsvg.DrawingElement) -> None:
        self._root.append(element)


def text_width(label: str, size: int = TEXT) -> float:
    """Estimate the width of a line of text: a Chinese character is one ``size``, a Latin one about 0.56 of it."""
    bare = re.sub(r"\\mathbf|[${}_^]", "", label)
    return sum(size if ord(character) > 0x2E7F else size * 0.56 for character in bare)


@dataclass(frozen=True, slots=True)
class _Run:
    text: str
    kind: str
    """``plain``, ``italic``, ``upright`` or ``bold``."""
    level: int = 0
    """1 above the line, -1 below it."""


def _runs(label: str) -> list[_Run]:
    runs: list[_Run] = []
    for number, part in enumerate(label.split("$")):
        if number % 2:
            runs.extend(_math(part, 0))
        elif part:
            runs.append(_Run(part, "plain"))
    return runs or [_Run("", "plain")]


_LETTERS = "A-Za-zα-ωΑ-Ω∂"
_MATH_PIECE = re.compile(
    r"\\mathbf\{(?P<bold>[^}]*)\}"
    r"|(?P<script>[_^])(?:\{(?P<group>(?:[^{}]|\{[^}]*\})*)\}|(?P<one>.))"
    rf"|(?P<letters>[{_LETTERS}]+)"
    rf"|(?P<other>[^\\_^{_LETTERS}]+)"
)
_COMMANDS = {r"\top": "⊤", r"\partial": "∂", r"\times": "×", r"\cdot": "·", r"\to": "→", r"\in": "∈"}


def _math(source: str, level: int) -> list[_Run]:
    for command, sign in _COMMANDS.items():
        source = source.replace(command, sign)
    if "\\" in source.replace(r"\mathbf", ""):
        raise ValueError(f"unknown command in ${source}$; known are {', '.join(_COMMANDS)} and \\mathbf")
    runs: list[_Run] = []
    for match in _MATH_PIECE.finditer(source):
        if match["bold"] is not None:
            runs.append(_Run(match["bold"], "bold", level))
        elif match["script"]:
            inner = match["group"] if match["group"] is not None else match["one"]
            runs.extend(_math(inner, 1 if match["script"] == "^" else -1))
        elif match["letters"]:
            runs.append(_Run(match["letters"], "italic", level))
        else:
            runs.append(_Run(match["other"].replace("-", "−"), "upright", level))
    return runs


def _set_runs(node: drawsvg.Text, runs: Sequence[_Run], size: int) -> None:
    shift = 0.0
    for run in runs:
        style: dict[str, object] = {}
        if run.kind != "plain":
            style["font_family"] = MATH
        if run.kind == "italic":
            style["font_style"] = "italic"
        if run.kind == "bold":
            style["font_weight"] = "bold"
        if run.level:
            style["font_size"] = _short(size * 0.74)
        wanted = {0: 0.0, 1: -0.36, -1: 0.2}[run.level] * size
        if wanted != shift:
            style["dy"] = _short(wanted - shift)
            shift = wanted
        node.append(drawsvg.TSpan(run.text, **style))


def _toward(point: Point, target: Point, distance: float) -> Point:
    dx, dy = target[0] - point[0], target[1] - point[1]
    length = max(math.hypot(dx, dy), 1e-9)
    return point[0] + dx / length * distance, point[1] + dy / length * distance


def _short(value: float) -> float | int:
    rounded = round(value, 2)
    return int(rounded) if rounded == int(rounded) else rounded


def _short_all(*values: float) -> tuple[float | int, ...]:
    return tuple(_short(value) for value in values)
