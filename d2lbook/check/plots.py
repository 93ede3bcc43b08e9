"""Plots of Chinese sections: labels in Chinese, at least three labelled ticks, a sentence that speaks of them, and the
same y-axis in every backend where the cell is marked ``# same y-axis``.

Read from the stored drawings, whose text is text (matplotlib's ``svg.fonttype: none``).
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

from d2lbook.book.book import Book
from d2lbook.check.stretches import Step, drawings_in, steps_of
from d2lbook.code.scaffolding import wants_same_axis
from d2lbook.errors import Fault, Severity
from d2lbook.markup.model import Prose, Section

Axis = tuple[tuple[str, int], ...]
"""Ticks of an axis: what each is labelled, and its place in points."""
MIN_TICKS = 3
_SVG = "{http://www.w3.org/2000/svg}"
_CJK = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[A-Za-z]{2,}")
_NUMERIC = re.compile(r"[-−+\d.,eE×%°\s$\\{}^]*\d[-−+\d.,eE×%°\s$\\{}^]*")
_KNOWN = frozenset("sigmoid tanh softmax relu exp log sin cos max min argmax km kw cm mm ms".split())  # noqa: SIM905
"""Lower-case words that Chinese prose writes so, too."""
_READ = re.compile(r"[图画线点条柱格片影亮暗]|曲线|散点|直方|颜色|分布")
_PICTURE = re.compile(r"^!\[(?!\])", re.MULTILINE)
"""A picture that says something: without words it is an ornament."""


def plot_faults(book: Book, severity: Severity = "error") -> Iterator[Fault]:
    """Yield English labels, axes with too few ticks, and figures and plots that no sentence speaks of."""
    if not book.config.lang.startswith("zh"):
        return
    for section in book.sections:
        yield from _figures(section, severity)
        for line, backends, told in _same_axes(book, section):
            message = f"plots that are to have the same y-axis have not: {backends}"
            yield Fault(section.path, line, message, told, "set ylim, wide enough for every backend", severity)
        seen: set[tuple[int, str, str]] = set()
        words = _names_in(section)
        for projection in book.projections(section):
            for step in steps_of(book, projection):
                for message, text, fix in _judge(step, words):
                    assert step.cell
                    if (key := (step.cell.line, message, text)) not in seen:
                        seen.add(key)
                        yield Fault(section.path, step.cell.line, message, text, fix, severity)


def _same_axes(book: Book, section: Section) -> Iterator[tuple[int, str, str]]:
    """Yield line, backends and axes where plots of cells marked ``# same y-axis`` differ between backends."""
    if not any(wants_same_axis(code.source) for code in section.code):
        return
    found: dict[int, dict[str, list[Axis]]] = {}
    lines: dict[int, int] = {}
    for projection in book.projections(section):
        marked = [step for step in steps_of(book, projection) if step.cell and wants_same_axis(step.cell.source)]
        for place, step in enumerate(marked):
            assert step.cell
            lines.setdefault(place, step.cell.line)
            if drawings := [drawing for drawing in drawings_in(step.outputs) if drawing]:
                axes = [axis for drawing in drawings for axis in vertical_axes(drawing)]
                found.setdefault(place, {})[projection.backend] = axes
    for place, by_backend in found.items():
        first, *others = by_backend
        for backend in others:
            if by_backend[backend] != by_backend[first]:
                pair = (by_backend[first], by_backend[backend])
                told = " | ".join("; ".join(" ".join(label for label, _ in axis) for axis in axes) for axes in pair)
                yield lines[place], f"{first}, {backend}", told
                break


def _names_in(section: Section) -> frozenset[str]:
    """Return the names with capital letters in a section's prose, code aside."""
    text = re.sub(r"`[^`]*`", " ", " ".join(prose.text for prose in section.prose))
    return frozenset(word for word in _WORD.findall(text) if word != word.lower())


def _judge(step: Step, names: frozenset[str]) -> Iterator[tuple[str, str, str]]:
    drawings = drawings_in(step.outputs) if step.cell else []
    for drawing in map(_tree, filter(None, drawings)):
        for label in english_labels(drawing, names):
            yield "an English label in a plot", label, "label it in Chinese, with the words of the prose"
        for axis, number in scarce_axes(drawing):
            yield (
                f"an axis with {number} labelled ticks (at least {MIN_TICKS})",
                axis,
                "set limits or ticks that show three",
            )
    around = "\n".join(prose.text for prose in (*step.before, *step.after))
    if drawings and not step.answer and not _READ.search(around):
        yield "a plot that no sentence beside it speaks of", "", "say what is to be seen, or take it out"


def english_labels(drawing: str | ET.Element, names: frozenset[str] = frozenset()) -> list[str]:
    """Return the English labels of a drawing: without Chinese, with a word that is none of the prose's ``names``."""
    texts = _tree(drawing).iter(f"{_SVG}text")
    found = dict.fromkeys("".join(element.itertext()).strip() for element in texts)
    return [label for label in found if not _CJK.search(label) and _is_english(label, names)]


def _is_english(label: str, names: frozenset[str]) -> bool:
    words = (word for word in _WORD.findall(label) if word not in names and word.lower() not in _KNOWN)
    return any(not (word.isupper() and len(word) <= 5) for word in words)


def scarce_axes(drawing: str | ET.Element) -> list[tuple[str, int]]:
    """Return the axes of a drawing that have one or two labelled ticks, with their labels and how many there are."""
    found = []
    for group in _tree(drawing).iter(f"{_SVG}g"):
        ticks = [label for child in group if (label := _tick(child))]
        if 0 < len(ticks) < MIN_TICKS:
            found.append((", ".join(ticks), len(ticks)))
    return found


def vertical_axes(drawing: str | ET.Element) -> list[Axis]:
    """Return the vertical axes of a drawing: labels of the ticks, and how far each stands above the horizontal axis."""
    found: list[Axis] = []
    bottom = 0.0
    for group in _tree(drawing).iter(f"{_SVG}g"):
        ticks = tick_marks(group)
        across, down = {x for _, x, _ in ticks}, {y for _, _, y in ticks}
        if len(ticks) > 1 and len(down) == 1:
            bottom = min(down)
        elif len(ticks) > 1 and len(across) == 1:
            found.append(tuple((label, round(bottom - y)) for label, _, y in ticks))
    return found


def tick_marks(group: ET.Element) -> list[tuple[str, float, float]]:
    """Return the ticks of an axis that a group of a drawing is: what each is labelled, and where its mark stands."""
    return [(label, *_place(child)) for child in group if (label := _tick(child))]


def _place(tick: ET.Element) -> tuple[float, float]:
    """Return where a tick's mark stands."""
    mark = next(tick.iter(f"{_SVG}use"))
    return float(mark.get("x", "0")), float(mark.get("y", "0"))


def _tick(group: ET.Element) -> str:
    """Return the label of a tick's group: a mark and one number; empty for any other."""
    texts = list(group.iter(f"{_SVG}text"))
    if group.tag != f"{_SVG}g" or len(texts) != 1 or next(group.iter(f"{_SVG}use"), None) is None:
        return ""
    depth = max((len(list(child.iter(f"{_SVG}g"))) for child in group), default=0)
    label = "".join(texts[0].itertext()).strip()
    return label if depth <= 2 and _NUMERIC.fullmatch(label) else ""


def _tree(drawing: str | ET.Element) -> ET.Element:
    """Return the tree of a drawing, once however often it is looked at; an empty one for what is no XML."""
    try:
        return drawing if isinstance(drawing, ET.Element) else ET.fromstring(drawing)
    except ET.ParseError:
        return ET.Element("none")


def _figures(section: Section, severity: Severity) -> Iterator[Fault]:
    """Yield labelled figures that the section never refers to, and others without a word of 图 beside them."""
    named = {role.value for prose in section.prose for role in prose.roles if role.name in ("numref", "ref")}
    figures = [anchor for anchor in section.labelled if anchor.kind == "figure"]
    for figure in figures:
        if figure.label not in named:
            message, fix = "a figure that its section never refers to", f"refer to it: :numref:`{figure.label}`"
            yield Fault(section.path, figure.label_line, message, figure.label, fix, severity)
    labelled = {figure.line for figure in figures}
    for prose in section.prose:
        for match in _PICTURE.finditer(prose.text):
            line = prose.line + prose.text.count("\n", 0, match.start())
            if line not in labelled and not _spoken_of(prose, match.start()):
                message = "a picture that no sentence beside it speaks of"
                yield Fault(section.path, line, message, "", "say what is to be seen, or take it out", severity)


def _spoken_of(prose: Prose, place: int) -> bool:
    before = prose.text[:place].rstrip().rpartition("\n\n")[2]
    after = prose.text[place:].partition("\n\n")[2].lstrip().partition("\n\n")[0]
    return bool(_READ.search(before) or _READ.search(after))
