"""Dark variants of drawings: the colours that are computed, and where they lie beside the pages."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest
from coloraide import Color

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.site import application, dark
from d2lbook.site.dark import PAPER, dark_colour, dark_drawing, dark_name, dark_variant
from scripts.figures.__main__ import FOLDER
from scripts.figures.style import INK, TONES

from .site_book import BOTH, write_sample

ROOT = Path(__file__).resolve().parents[1]
CURVES = ("#14808f", "#c4622d", "#9c7410", "#8263b5")
"""The palette of the book's plots."""


def contrast(one: str, other: str) -> float:
    return float(Color(one).contrast(other, method="wcag21"))


def svg(inner: str, attributes: str = "") -> bytes:
    return f'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"{attributes}>{inner}</svg>'.encode()


def test_white_becomes_the_dark_paper_of_the_style_sheet() -> None:
    rules = (ROOT / "d2lbook/site/static/site.css").read_text(encoding="utf-8")
    assert f"--paper: light-dark(#fdfcf9, {PAPER});" in rules
    assert [dark_colour(white) for white in ("white", "#fff", "rgb(255 255 255)")] == [PAPER] * 3


@pytest.mark.parametrize("colour", [*CURVES, *(tone.line for tone in TONES)])
def test_ink_grows_light_its_hue_kept(colour: str) -> None:
    before, after = Color(colour).convert("oklch"), Color(dark_colour(colour)).convert("oklch")
    assert after["lightness"] == pytest.approx(0.93 - 0.3 * before["lightness"], abs=0.006)
    if before["chroma"] > 0.02:
        assert abs((after["hue"] - before["hue"] + 180) % 360 - 180) < 3
    assert contrast(dark_colour(colour), PAPER) >= 4.5


@pytest.mark.parametrize("tone", TONES)
def test_fills_grow_dark_and_carry_light_text(tone: object) -> None:
    fill = tone.fill  # type: ignore[attr-defined]
    before, after = Color(fill).convert("oklch"), Color(dark_colour(fill)).convert("oklch")
    assert after["lightness"] == pytest.approx(0.45 - 0.8 * (before["lightness"] - 0.7), abs=0.006)
    if before["chroma"] > 0.02:
        assert abs((after["hue"] - before["hue"] + 180) % 360 - 180) < 4
    assert contrast(dark_colour(INK), dark_colour(fill)) >= 4.5


def test_the_four_curves_can_be_told_apart_on_the_dark_page() -> None:
    dark = [Color(dark_colour(curve)) for curve in CURVES]
    assert all(one.contrast(PAPER, method="wcag21") >= 3 for one in dark)
    assert min(one.delta_e(other, method="ok") for one in dark for other in dark if one is not other) >= 0.08


def test_every_notation_is_read_and_what_is_no_colour_stays() -> None:
    assert dark_colour("#000") == dark_colour("black") == dark_colour(" rgb(0, 0, 0) ") == dark_colour("hsl(0 0% 0%)")
    assert dark_colour("rgb(0 0 0 / 0.5)") == dark_colour("black") + "80"
    for kept in ("none", "currentColor", "url(#a)", "inherit"):
        assert dark_colour(kept) == kept


def test_attributes_styles_and_sheets_are_recoloured_and_pixels_are_not() -> None:
    pixels = '<image width="9" height="9" style="fill: #000"/><mask id="m"><path fill="#fff"/></mask>'
    drawn = svg(
        '<style>*{fill: #000; stroke-linecap: butt}</style><path fill="#fff" stroke="#14808f"/>'
        f'<text style="font-size: 9px; fill: #737373; fill-opacity: 0.5">字</text><stop/>{pixels}'
    )
    dark = dark_drawing(drawn)
    assert dark is not None and dark == dark_drawing(drawn)
    text, ink = dark.decode(), dark_colour("black")
    assert f"*{{fill: {ink}; stroke-linecap: butt}}" in text
    assert f'fill="{PAPER}" stroke="{dark_colour("#14808f")}"' in text
    assert f"font-size: 9px; fill: {dark_colour('#737373')}; fill-opacity: 0.5" in text
    assert f'stop-color="{ink}"' in text and 'style="fill: #000"' in text and 'fill="#fff"' in text


def test_what_has_no_colour_is_light_ink() -> None:
    dark = dark_drawing(svg("<path/>"))
    assert dark is not None and ElementTree.fromstring(dark).attrib["fill"] == dark_colour("black")
    own = dark_drawing(svg("<path/>", ' fill="none"'))
    assert own is not None and ElementTree.fromstring(own).attrib["fill"] == "none"


@pytest.mark.parametrize("data", [b"", b"<svg", b"<html/>", b"\x89PNG", b'<svg width="9"/>'])
def test_what_is_no_drawing_has_no_dark_variant(data: bytes) -> None:
    assert dark_variant("a.svg", data) is None and dark_variant("a.png", svg("")) is None


def test_every_picture_of_the_book_has_text_of_aa_contrast_in_the_dark() -> None:
    for file in sorted(FOLDER.glob("*.svg")):
        dark = dark_drawing(file.read_bytes())
        assert dark is not None
        for node in ElementTree.fromstring(dark).iter("{http://www.w3.org/2000/svg}text"):
            assert contrast(node.attrib["fill"], PAPER) >= 4.5, file.name


def test_dark_variants_lie_beside_the_pictures_and_are_made_again(tmp_path: Path) -> None:
    out = tmp_path / "_build/html"
    book = write_sample(tmp_path, BOTH)
    assert site.build(book, out, jobs=1).faults == ()
    images = out / "_images"
    light = sorted(images.glob("*.svg"))
    assert len(light) >= 2
    made = {}
    for folder in (images, out / "zh-Hant/_images"):
        for file in folder.glob("*.svg"):
            dark = folder / dark_name(file.name)
            assert dark.read_bytes() == dark_drawing(file.read_bytes())
            made[dark] = dark.read_bytes()
    page = (out / "two/softmax.html").read_text(encoding="utf-8")
    for name in re.findall(r'<img class="drawn light" src="\.\./_images/([^"]+)"', page):
        assert f'<img class="drawn dark" src="../_images/{dark_name(name)}"' in page
    first, second, *_ = made
    first.unlink()
    second.write_bytes(second.read_bytes()[:50])
    assert site.build(book, out, jobs=1).faults == ()
    assert {file: file.read_bytes() for file in made} == made


def test_another_engine_makes_the_dark_variants_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    out = tmp_path / "_build/html"
    book = write_sample(tmp_path, BOTH)
    assert site.build(book, out, jobs=1).faults == ()
    darkened = sorted(out.rglob("_images/dark/*.svg"))
    assert len(darkened) >= 2
    monkeypatch.setattr(dark, "dark_drawing", lambda svg: svg)
    monkeypatch.setattr(application, "engine_version", lambda folder: "another")
    (tmp_path / "static/one.txt").write_text("something is new\n", encoding="utf-8")
    assert site.build(books.load(tmp_path), out, jobs=1).faults == ()
    for file in darkened:
        assert file.read_bytes() == (file.parents[1] / file.name).read_bytes(), file
