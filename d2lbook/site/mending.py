"""Makes room for what a build owes: what cannot be relied on is forgotten, so that it is made again."""

from __future__ import annotations

import shutil
from pathlib import Path

from d2lbook.site.notebooks import DOWNLOADS, FOLDER
from d2lbook.site.site_build import SiteBuild
from d2lbook.site.unchanged import NOTES, Owed

STATIC, IMAGES = "_static", "_images"
MADE_BY_PAGES = (f"{IMAGES}/", f"{DOWNLOADS}/")
"""Folders of what is written with the pages that show it or lead to it."""
REST = ("results.txt", "extras.json")
"""What decides whether the pages that no section is are written again, beside the doctrees."""


def forget_everything(work: Path, out: Path) -> None:
    """Delete all that is remembered of a site, and every file of it that is made only where there is none."""
    for path in work.iterdir() if work.is_dir() else ():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        elif path.name not in NOTES:
            path.unlink(missing_ok=True)
    for name in (IMAGES, STATIC, FOLDER, DOWNLOADS):
        if not (out / name).is_symlink():
            shutil.rmtree(out / name, ignore_errors=True)


def forget_lost(owed: Owed, this_build: SiteBuild, work: Path, out: Path) -> tuple[frozenset[str], bool]:
    """Return the pages that are to be written again for what is owed, and whether search and other pages are.

    Pictures and faces are made only where there is none: what is wrong there is deleted.
    """
    names, pages, rest = this_build.book.by_name, set(owed.unread), bool(owed.unread)
    tabs = this_build.book.config.backend_names
    folders = [item.folder for item in this_build.editions if item.folder]
    for lost in owed.lost:
        plain = lost
        for folder in folders:
            plain = plain.removeprefix(folder).replace(f"{STATIC}/{folder}", f"{STATIC}/", 1)
        if plain.startswith(f"{FOLDER}/"):
            name = plain.removeprefix(f"{FOLDER}/").removesuffix(".ipynb")
            pages |= {name.removesuffix(f"-{tab}") for tab in ("", *tabs)} & names.keys()
        elif plain.removesuffix(".html") in names:
            pages.add(plain.removesuffix(".html"))
        elif plain.startswith(f"{STATIC}/search") or not plain.startswith((f"{STATIC}/", *MADE_BY_PAGES)):
            rest = True
        else:
            (out / lost).unlink(missing_ok=True)
            pages |= names.keys() if plain.startswith(MADE_BY_PAGES) else set()
            rest = rest or plain.startswith(f"{STATIC}/")
    if rest:
        for name in REST:
            (work / "doctrees" / name).unlink(missing_ok=True)
        for index in this_build.indices.values():
            index.forget()
    return frozenset(pages), rest
