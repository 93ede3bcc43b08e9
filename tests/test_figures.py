"""The schematic pictures: what is committed is what the scripts draw, and it keeps the house style."""

from __future__ import annotations

import colorsys
import itertools
import re
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

from scripts.figures import style
from scripts.figures.__main__ import FOLDER, figures

ROOT = Path(__file__).resolve().parents[1]
FIGURES = figures()
PHONE = 330
"""CSS pixels that a 360 pixels wide phone leaves to a picture."""


def _luminance(colour: str) -> float:
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _lightness(colour: str) -> float:
    value: float = 116 * _luminance(colour) ** (1 / 3) - 16
    return value


def _hue(colour: str) -> float:
    return 360 * colorsys.rgb_to_hls(*(int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)))[0]


@pytest.mark.parametrize("name", FIGURES)
def test_redrawing_gives_the_committed_bytes(name: str) -> None:
    drawn = FIGURES[name]().svg()
    assert drawn == FIGURES[name]().svg()
    assert (FOLDER / f"{name}.svg").read_text(encoding="utf-8") == drawn, "run: make figures"


def test_every_committed_svg_has_a_script() -> None:
    assert {path.stem for path in FOLDER.glob("*.svg")} == set(FIGURES)


@pytest.mark.parametrize("name", FIGURES)
def test_picture_is_small_and_used(name: str) -> None:
    assert (FOLDER / f"{name}.svg").stat().st_size <= 60 * 1024
    pages = [*(ROOT / "chapters_md").rglob("*.md"), *ROOT.glob("*.md")]
    assert any(f"img/{name}.svg" in page.read_text(encoding="utf-8") for page in pages)


@pytest.mark.parametrize("name", FIGURES)
def test_text_stays_text_and_is_readable_on_a_phone(name: str) -> None:
    root = ElementTree.fromstring(FIGURES[name]().svg())
    width = float(root.attrib["width"])
    texts = [node for node in root.iter() if node.tag.endswith("}text")]
    assert texts
    assert all(float(node.attrib["font-size"]) * min(1.0, PHONE / width) >= 10.9 for node in texts)
    assert not [node for node in root.iter() if node.tag.rpartition("}")[2] in {"image", "style", "script"}]


@pytest.mark.parametrize("name", FIGURES)
def test_only_greys_and_colours_of_the_palette(name: str) -> None:
    palette = {style.INK, "none", *(colour for tone in style.TONES for colour in (tone.fill, tone.line))}
    used = set(re.findall(r'(?:fill|stroke)="([^"]+)"', FIGURES[name]().svg()))
    assert {colour for colour in used - palette if not re.fullmatch(r"#(..)\1\1", colour)} == set()


def test_tones_differ_in_greyscale_and_carry_black_text() -> None:
    steps = [_lightness(tone.fill) for tone in style.TONES]
    assert all(first - second >= 6 for first, second in itertools.pairwise(steps)), steps
    assert all(_contrast(tone.fill, style.INK) >= 4.5 for tone in style.TONES)


def test_lines_show_on_white() -> None:
    assert all(_contrast(tone.line, "#FFFFFF") >= 4.5 for tone in style.TONES)


def test_lines_are_thin_and_tones_have_the_hues_of_the_voices() -> None:
    rules = (ROOT / "d2lbook" / "site" / "static" / "site.css").read_text(encoding="utf-8")
    voices = dict(re.findall(r"--voice-(\d): light-dark\((#[0-9a-f]{6})", rules))
    for number, tone in (("1", style.TEAL), ("2", style.ORANGE), ("3", style.OCHRE), ("4", style.VIOLET)):
        assert tone.line.lower() == voices[number]
        assert abs((_hue(tone.fill) - _hue(tone.line) + 180) % 360 - 180) <= 12, number
    assert style.LINE == 1.2 and style.HEAD < 8


def test_labels_are_in_the_face_of_the_prose() -> None:
    rules = (ROOT / "d2lbook" / "site" / "static" / "site.css").read_text(encoding="utf-8")
    stack = re.search(r"--sans: ([^;]+);", rules)
    assert stack
    assert style.SANS.replace("'", '"') == stack[1].replace('"Accented", ', "")  # a picture knows no face of a page's


def test_a_wide_canvas_and_small_text_are_refused() -> None:
    with pytest.raises(ValueError, match="over 480"):
        style.Canvas(600, 100)
    with pytest.raises(ValueError, match="not readable"):
        style.Canvas(100, 100).text(0, 0, "小", size=12)


def test_mathematics_is_set_in_runs() -> None:
    canvas = style.Canvas(100, 40)
    canvas.text(50, 20, "$\\mathbf{w}^\\top x_{12} - 1$")
    svg = canvas.svg()
    assert ">w<" in svg and ">⊤<" in svg and ">12<" in svg and "−" in svg
    with pytest.raises(ValueError, match="unknown command"):
        canvas.text(0, 0, "$\\sum x$")
