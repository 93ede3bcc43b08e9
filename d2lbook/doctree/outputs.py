"""What a cell printed or showed, as nodes: text, sanitised HTML, pictures as files.

nh3 cleans HTML, imagesize measures pictures of pixels; py-svg-hush cleans drawings, since a reader may open one by its
own address, where a script in it would
run.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import re
import struct
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import imagesize
import nh3
import py_svg_hush
from docutils import nodes as docutils_nodes

from d2lbook.doctree import nodes
from d2lbook.doctree.formats import latex_nodes, markdown_nodes
from d2lbook.execute.notebook import names_a_drawing
from d2lbook.files import write_whole
from d2lbook.words.terminal import printable

Output = Mapping[str, Any]
"""An output as nbformat writes it."""

_SVG = re.compile(r"<svg\b[^>]*>", re.S)
_NO_SOURCE = re.compile(r"<img(?![^>]*\ssrc=)[^>]*>")
_LENGTH = re.compile(r"([\d.]+)\s*(px|pt|in|cm|mm)?$")
_VAST = 1e6
"""Pixels that no picture has in a row."""
_PIXELS = {"px": 1.0, "pt": 4 / 3, "in": 96.0, "cm": 96 / 2.54, "mm": 96 / 25.4}
_PIXELLED = {"image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif"}
_SHOWN = ("text/html", "text/markdown", "image/svg+xml", *_PIXELLED, "text/latex", "text/plain")
"""Formats that a page can show, the best first; recorded metrics have a format of their own and are not shown."""
_HIDDEN = "application/vnd.d2l"
_SUFFIX = {"image/svg+xml": ".svg", **_PIXELLED}
_SEEN = re.compile(r"<(?:img|hr|svg)\b|[^\s<>](?=[^<>]*(?:<|\Z))")

_TAGS = frozenset(
    [
        "a",
        "abbr",
        "b",
        "blockquote",
        "br",
        "caption",
        "code",
        "col",
        "colgroup",
        "dd",
        "del",
        "details",
        "div",
        "dl",
        "dt",
        "em",
        "figcaption",
        "figure",
        "h3",
        "h4",
        "h5",
        "h6",
        "hr",
        "i",
        "img",
        "ins",
        "kbd",
        "li",
        "mark",
        "ol",
        "p",
        "pre",
        "q",
        "s",
        "samp",
        "small",
        "span",
        "strong",
        "sub",
        "summary",
        "sup",
        "table",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
        "u",
        "ul",
        "var",
    ]
)
_ATTRIBUTES = {
    "*": {"class", "title", "dir", "lang"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "td": {"colspan", "rowspan", "align"},
    "th": {"colspan", "rowspan", "align", "scope"},
    "ol": {"start"},
}


NOTHING = "[]"
"""What ``comparable`` gives where nothing shows."""


def comparable(outputs: Iterable[Output]) -> str:
    """Return a text that is the same for outputs that look the same on a page."""
    return json.dumps([best for output in _merged(outputs) if (best := _best(output))[1]], sort_keys=True)


def output_nodes(outputs: Iterable[Output], folder: Path) -> list[docutils_nodes.Node]:
    """Return one ``cell_output`` with everything that shows, or nothing; pictures are written to ``folder``."""
    shown: list[docutils_nodes.Element] = []
    for output in _merged(outputs):
        kind, content = _best(output)
        shown.extend(_node(kind, content, folder))
        if kind in ("text/html", "image/gif") and content:
            shown[-1]["plain"] = _clean_text(output["data"].get("text/plain", ""))
    return [nodes.cell_output("", *shown)] if shown else []


def sanitised(html: str) -> str:
    """Return HTML without scripts, handlers, styles, foreign addresses or broken tags."""
    clean = nh3.clean(
        html,
        tags=set(_TAGS),
        attributes={tag: set(names) for tag, names in _ATTRIBUTES.items()},
        attribute_filter=_no_foreign_picture,
        url_schemes={"http", "https", "mailto", "data"},
    )
    return _NO_SOURCE.sub("", clean).strip()


def _no_foreign_picture(tag: str, name: str, value: str) -> str | None:
    if name == "src" and not value.startswith("data:image/"):
        return None
    if name == "href" and value.startswith("data:"):
        return None
    return value


def _merged(outputs: Iterable[Output]) -> Iterator[Output]:
    """Yield the outputs that show, runs of the same stream joined."""
    pending: dict[str, Any] | None = None
    for output in outputs:
        if output["output_type"] == "stream":
            if pending and pending["name"] == output["name"]:
                pending["text"] += _joined(output["text"])
                continue
            if pending:
                yield pending
            pending = {"output_type": "stream", "name": output["name"], "text": _joined(output["text"])}
            continue
        if names_a_drawing(output) or any(kind.startswith(_HIDDEN) for kind in output.get("data", ())):
            continue
        if pending:
            yield pending
        pending = None
        yield output
    if pending:
        yield pending


def _best(output: Output) -> tuple[str, str]:
    """Return the format to show and its content: a stream's name, ``error``, or a MIME type."""
    if output["output_type"] == "stream":
        return str(output["name"]), _clean_text(output["text"])
    if output["output_type"] == "error":
        return "error", _clean_text("\n".join(output["traceback"]))
    data = output["data"]
    for kind in _SHOWN:
        content = _readable(kind, _joined(data[kind])) if kind in data else ""
        if content:
            return kind, content
    left_out = "、".join(sorted(data))
    return ("text/plain", f"[{left_out}]") if left_out and "text/plain" not in data else ("text/plain", "")


def _readable(kind: str, content: str) -> str:
    """Return what can be shown of an output's content in one format; empty if nothing can."""
    if kind == "text/html":
        clean = printable_markup(sanitised(content))
        return clean if _SEEN.search(clean) else ""
    if kind in _PIXELLED:
        try:
            width, height = picture_size(base64.b64decode(content))
        except (ValueError, OverflowError, OSError, struct.error):
            return ""
        return content if width and height else ""
    if kind == "text/latex":
        return content if latex_nodes(content) else ""
    return _clean_text(content) if kind in ("text/plain", "text/markdown") else content


def printable_markup(html: str) -> str:
    """Return HTML without characters that no page may hold; its lines stay."""
    return "\n".join(printable(line) for line in html.split("\n"))


def _node(kind: str, content: str, folder: Path) -> Iterator[docutils_nodes.Element]:
    if not content:
        return
    if kind in ("stdout", "stderr", "error", "text/plain"):
        name = "result" if kind == "text/plain" else kind
        yield nodes.stream(content, content, name=name)
    elif kind == "text/html":
        yield nodes.markup("", html=content)
    elif kind == "text/latex":
        yield from latex_nodes(content)
    elif kind == "text/markdown":
        yield docutils_nodes.container("", *markdown_nodes(content), classes=["markup"])
    else:
        yield from filter(None, [_picture(kind, content, folder)])


def _picture(kind: str, content: str, folder: Path) -> nodes.picture | None:
    try:
        data = content.encode() if kind == "image/svg+xml" else base64.b64decode(content, validate=False)
        width, height = picture_size(data)
    except (ValueError, OverflowError, OSError, struct.error):
        return None
    if not data:
        return None
    name = hashlib.sha256(data).hexdigest()[:16] + _SUFFIX[kind]
    file = folder / name
    if not file.is_file():
        write_whole(file, harmless(name, data), durable=False)
    lettered = kind != "image/svg+xml" or "<text" in content
    return nodes.picture("", file=name, width=width, height=height, lettered=lettered)


def harmless(name: str, data: bytes) -> bytes:
    """Return the bytes of a picture called ``name`` as a site may hold them: of a drawing what is no script."""
    return harmless_svg(data) if name.lower().endswith(".svg") else data


_TEXT = re.compile(rb"<text\b.*?</text>", re.DOTALL)


def harmless_svg(data: bytes) -> bytes:
    """Return a drawing without scripts, handlers or foreign addresses; an empty one if it cannot be read."""
    flat = _TEXT.sub(lambda text: re.sub(rb"\s*[\r\n]\s*", b" ", text[0]), data)
    try:
        clean = bytes(py_svg_hush.filter_svg(flat, {"image": ["png", "jpeg"]}))
    except ValueError:
        return b'<svg xmlns="http://www.w3.org/2000/svg"/>'
    # It indents what it writes; within a text each end of a line would be a space that nobody drew.
    return _TEXT.sub(lambda text: re.sub(rb"\n *", b"", text[0]), clean)


def picture_size(data: bytes) -> tuple[int, int]:
    """Return width and height in CSS pixels of an SVG, PNG or JPEG picture; zeros if it does not say."""
    if data.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8")):
        width, height = imagesize.get(io.BytesIO(data))
        return max(0, int(width)), max(0, int(height))
    opening = _SVG.search(data[:4000].decode("utf-8", "replace"))
    return _svg_size(opening[0]) if opening else (0, 0)


def _svg_size(tag: str) -> tuple[int, int]:
    sizes = [
        _pixels(match[1]) if (match := re.search(rf'\s{name}="([^"]+)"', tag)) else 0 for name in ("width", "height")
    ]
    box = re.search(r'viewBox="([^"]+)"', tag)
    if box and not all(sizes):
        numbers = [float(part) for part in re.findall(r"[-+.\d]+(?:[eE][-+]?\d+)?", box[1])][:4]
        width, height = numbers[2:] if len(numbers) == 4 else (0.0, 0.0)
        if not (0 < width < _VAST and 0 < height < _VAST):
            return sizes[0], sizes[1]
        return (sizes[0], round(sizes[0] * height / width)) if sizes[0] else (round(width), round(height))
    return sizes[0], sizes[1]


def _pixels(length: str) -> int:
    match = _LENGTH.match(length.strip())
    try:
        size = float(match[1]) * _PIXELS[match[2] or "px"] if match else 0.0
    except ValueError:  # 1.2.3
        return 0
    return round(size) if size < _VAST else 0


def _joined(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _clean_text(text: str | Sequence[str]) -> str:
    return "\n".join(line.rstrip() for line in printable(_joined(text)).split("\n")).strip("\n")
