"""What lets a browser install the site as an application: a manifest, icons, a script that answers without a network.

A browser takes them over http(s) alone; opened from a folder the site does without.
"""

from __future__ import annotations

import json
from pathlib import Path

from d2lbook.doctree.editions import Edition
from d2lbook.files import write_changed

WORKER = Path(__file__).with_name("worker.js")
MANIFEST = "app.json"
SIZES = (180, 192, 512)
"""Pixels a side of the icons, which lie among the static files (``scripts/figures/share.py`` draws them)."""


def write_shared(out: Path, version: str) -> None:
    """Write the worker, which answers for the whole site and so lies at its top."""
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
