"""SVG in normal form: equal drawings give equal bytes, whoever drew them and when.

Declarations, comments, metadata (with its date), ids that nothing names and blanks between elements are left out,
coordinates are rounded to hundredths, and ids are numbered in their order behind a mark of the drawing's own content,
so that two drawings on one page do not share one.
"""

from __future__ import annotations

import hashlib
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
_METADATA = f"{{{_SVG}}}metadata"
_HREFS = ("href", f"{{{_XLINK}}}href")
_URL = re.compile(r"url\(#([^)]+)\)")

_PLACES = frozenset({"d", "x", "y", "transform", "points", "x1", "x2", "y1", "y2", "cx", "cy"})
_NUMBER = re.compile(r"-?\d+\.\d{3,}(?![\de])")
_FONTS = re.compile(r"(font-family: [^,;]+)(?:, [^;]+)+")

ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)


def normal_svg(text: str) -> str:
    """Return a drawing in normal form; a text that is no well-formed SVG is returned as it is."""
    try:
        root = ET.fromstring(text)
    except ET.ParseError:
        return text
    if root.tag != f"{{{_SVG}}}svg":
        return text
    for parent in list(root.iter()):
        for child in [child for child in parent if child.tag == _METADATA]:
            parent.remove(child)
    _shrink(root)
    names = [name for element in root.iter() if (name := element.get("id"))]
    _rename(root.iter(), {name: f"i{number}" for number, name in enumerate(dict.fromkeys(names), 1)})
    mark = hashlib.sha256(ET.tostring(root)).hexdigest()[:6]
    _rename(root.iter(), {f"i{number}": f"i{number}-{mark}" for number in range(1, len(names) + 1)})
    return ET.tostring(root, encoding="unicode")


def _shrink(root: ET.Element) -> None:
    """Leave out what nobody sees: unused ids, blanks between elements, digits past a hundredth of a point."""
    used = {name for element in root.iter() for value in element.attrib.values() for name in _URL.findall(value)}
    used |= {value[1:] for element in root.iter() for key, value in element.attrib.items() if key in _HREFS}
    for element in root.iter():
        if element.get("id") not in used:
            element.attrib.pop("id", None)
        for key in _PLACES & element.attrib.keys():
            element.set(key, " ".join(_NUMBER.sub(_rounded, element.attrib[key]).split()))
        if "style" in element.attrib:
            element.set("style", _FONTS.sub(r"\1, sans-serif", element.attrib["style"]))
        if len(element) and not (element.text or "").strip():
            element.text = None
        if not (element.tail or "").strip():
            element.tail = None


def _rounded(number: re.Match[str]) -> str:
    return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")


def _rename(elements: Iterable[ET.Element], names: dict[str, str]) -> None:
    """Give ids other names, wherever they are named."""
    for element in elements:
        for key, value in list(element.attrib.items()):
            if key == "id":
                element.set(key, names.get(value, value))
            elif key in _HREFS and value.startswith("#"):
                element.set(key, f"#{names.get(value[1:], value[1:])}")
            elif "url(#" in value:
                element.set(key, _URL.sub(lambda found: f"url(#{names.get(found[1], found[1])})", value))
