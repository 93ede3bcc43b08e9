"""Drawings in the colours of a dark page: every colour computed in OKLCH, its hue kept.

A drawing is a picture of its own for each of the two pages, side by side in the page; the style sheet hides one of
them, and since it is lazy it is not fetched. Colours as variables of a style sheet would need the drawings within the
pages, up to 68 KB each and over again in every edition, and would spoil the files for those who open them alone; a
filter over the light picture turns yellow into brown and blue.

coloraide converts between colour spaces, reads every notation of CSS and brings what no screen shows back into sRGB at
its lightness and hue.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from xml.etree import ElementTree

PAPER = "#15181d"
"""What white becomes: the dark page's paper (``--paper`` of the style sheet)."""
DIVIDE = 0.7
"""Lightness (0 to 1) below which a colour is ink, of lines and text, and above which it is a fill or paper."""
_COLOURED = ("fill", "stroke", "color", "stop-color")
_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_LEFT_ALONE = frozenset(f"{{{_SVG}}}{name}" for name in ("image", "mask", "filter"))
"""Pixels, and elements whose colours say how much of others shows."""
Change = Callable[[str], str]
"""A colour to another."""
_DECLARED = re.compile(rf"(?<![\w-])({'|'.join(_COLOURED)})(\s*:\s*)([^;{{}}!]+)")


ElementTree.register_namespace("", _SVG)
ElementTree.register_namespace("xlink", _XLINK)


def dark_name(name: str) -> str:
    """Return where the dark variant of a picture lies, beside it: ``dark/a.svg`` for ``a.svg``."""
    return f"dark/{name}"


def dark_variant(name: str, data: bytes) -> bytes | None:
    """Return the dark variant of a picture called ``name``; None if it has none, being pixels or no readable SVG."""
    return dark_drawing(data) if name.lower().endswith(".svg") else None


def has_dark_variant(name: str, data: bytes) -> bool:
    """Tell whether a picture called ``name`` has a dark variant, without making it: no colour is computed."""
    return name.lower().endswith(".svg") and _root_of(data) is not None


def _root_of(svg: bytes) -> ElementTree.Element | None:
    try:
        root = ElementTree.fromstring(svg)
    except (ElementTree.ParseError, ValueError):
        return None
    return root if root.tag == f"{{{_SVG}}}svg" else None


@lru_cache(maxsize=512)
def dark_drawing(svg: bytes) -> bytes | None:
    """Return a drawing for a dark page, the same bytes for the same drawing; None for what is no readable SVG.

    Ink grows light and fills grow dark, order kept on either side; what has no colour of its own is light ink, and
    pixels stay as they are.
    """
    root = _root_of(svg)
    if root is None:
        return None
    _recolour(root, dark_colour)
    return bytes(ElementTree.tostring(root, encoding="utf-8")) + b"\n"


def in_both_colours(svg: bytes) -> ElementTree.Element | None:
    """Return a drawing to stand in a page itself, each colour one for either theme; None for what is no readable SVG.

    The page's colour scheme chooses (``light-dark()`` of CSS), so that a reader's choice of a theme reaches it.
    """
    root = _root_of(svg)
    if root is not None:
        _recolour(root, _either)
    return root


def _either(colour: str) -> str:
    dark = dark_colour(colour)
    return f"light-dark({colour}, {dark})" if dark != colour else colour


def _recolour(root: ElementTree.Element, change: Change) -> None:
    """Change every colour of a drawing; what has none of its own gets black's."""
    _recolour_in(root, change)
    for name in ("fill", "color"):
        if name not in root.attrib:
            root.set(name, change("black"))


def _recolour_in(element: ElementTree.Element, change: Change) -> None:
    if element.tag in _LEFT_ALONE:
        return
    for name in _COLOURED:
        if name in element.attrib:
            element.set(name, change(element.attrib[name]))
        if each := element.attrib.get(f"data-each-{name}"):
            element.set(f"data-each-{name}", ";".join(map(change, each.split(";"))))
    if "style" in element.attrib:
        element.set("style", _declarations(element.attrib["style"], change))
    if element.tag == f"{{{_SVG}}}style" and element.text:
        element.text = _declarations(element.text, change)
    if element.tag == f"{{{_SVG}}}stop" and element.attrib.keys().isdisjoint({"stop-color", "style", "class"}):
        element.set("stop-color", change("black"))
    for child in element:
        _recolour_in(child, change)


def _declarations(css: str, change: Change) -> str:
    return _DECLARED.sub(lambda match: match[1] + match[2] + change(match[3]), css)


@lru_cache(maxsize=4096)
def dark_colour(colour: str) -> str:
    """Return the colour of a dark page for a colour in any notation of CSS; what is none (``none``) as it is.

    With lightness :math:`L` in OKLCH, ink has :math:`0.93-0.3L`, fills and paper :math:`0.45-0.8(L-0.7)`; chroma is
    cut to what sRGB holds, opacity stays.
    """
    from coloraide import Color

    known = Color.match(colour.strip(), fullmatch=True)
    if known is None:
        return colour
    there = known.color.convert("oklch")
    light = float(there["lightness"])
    if light > 0.9999:
        there = Color(PAPER).set("alpha", there["alpha"])
    else:
        there["lightness"] = 0.93 - 0.3 * light if light < DIVIDE else 0.45 - 0.8 * (light - DIVIDE)
        there = there.convert("srgb").fit("srgb", method="oklch-chroma", jnd=0)
    return str(there.convert("srgb").to_string(hex=True))
