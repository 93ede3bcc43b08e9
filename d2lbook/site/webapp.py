"""What lets a browser install the site as an application: a manifest, icons, a script that answers without a network.

A browser takes them over http(s) alone; opened from a folder the site does without.
"""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

from d2lbook.doctree.editions import Edition
from d2lbook.files import write_changed

WORKER = Path(__file__).with_name("worker.js")
MANIFEST = "app.json"
SIZES = (180, 192, 512)
PAPER = (253, 252, 249)
BARS = (((11, 97, 113), 0.6), ((196, 98, 45), 1.0), ((211, 154, 28), 0.8), ((130, 99, 181), 0.45))
"""Colour and height of the bars of the book's mark, from left to right."""


def write_shared(out: Path, version: str) -> None:
    """Write the icons and the worker, which answers for the whole site and so lies at its top."""
    for size in SIZES:
        write_changed(out / "_static" / f"icon-{size}.png", icon(size))
    write_changed(out / "worker.js", WORKER.read_text(encoding="utf-8").replace("VERSION", version))


def write_manifest(out: Path, edition: Edition) -> None:
    """Write the manifest of an edition, whose addresses are seen from where it lies."""
    config = edition.book.config
    up = "../" * (1 + edition.folder.count("/"))
    title = edition.say(config.title)
    told = {
        "name": title,
        "short_name": title[:12],
        "lang": edition.language,
        "start_url": f"{up}{edition.folder}{config.index}.html",
        "scope": up,
        "id": f"{up}{edition.folder}",
        "display": "standalone",
        "background_color": "#fdfcf9",
        "theme_color": "#fdfcf9",
        "icons": [
            {"src": f"{up[3:]}icon-{size}.png", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
            for size in SIZES[1:] for purpose in ("any", "maskable")
        ],
    }  # fmt: skip
    write_changed(out / "_static" / edition.folder / MANIFEST, json.dumps(told, ensure_ascii=False, indent=1) + "\n")


def icon(size: int) -> bytes:
    """Return the mark as a PNG picture of ``size`` pixels a side; a mask may cut a tenth off each side."""
    unit = size / 24
    width, gap, floor, height = 2.2 * unit, 1.2 * unit, 17.2 * unit, 10.4 * unit
    left = (size - 4 * width - 3 * gap) / 2
    edges = [left + place * (width + gap) for place in range(len(BARS))]
    spans = [
        (round(edge), round(edge + width), round(floor - share * height), colour)
        for edge, (colour, share) in zip(edges, BARS, strict=True)
    ]
    lines = []
    for y in range(size):
        line = bytearray(bytes(PAPER) * size)
        for first, last, top, colour in spans:
            if top <= y < round(floor):
                line[3 * first : 3 * last] = bytes(colour) * (last - first)
        lines.append(b"\0" + bytes(line))
    head = struct.pack(">IIBBBBB", size, size, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"".join(lines), 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in parts)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
