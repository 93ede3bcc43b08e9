"""Files and pages that texts name: each is there, written just as the folder writes it."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from d2lbook.book.config import Config
from d2lbook.book.containment import PICTURES, Inside
from d2lbook.book.moving import moving_fault
from d2lbook.book.places import is_below
from d2lbook.errors import Fault, meant
from d2lbook.files import beside
from d2lbook.markup.model import Section

PAGE_SUFFIXES = (".md", ".html", ".ipynb", ".rst", "")
"""Endings under which a link may name a page of the book."""

_WHAT = {"link": "a link to a file", "picture": "a picture", "moving": "a picture", "media": "a medium"}
_MOVES = "draw its steps, or take the mark :moving: away"


def is_file(path: Path) -> bool:
    """Tell whether a path that a book names is a file; one that no file could have (too long, a null byte) is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def own_file(config: Config, path: str | Path) -> Path | None:
    """Return a file of the book, named from its root; None for what is none.

    So for files outside the book or in what is Git's, and for links that lead there.
    """
    file = config.root / path
    inside = is_file(file) and is_below(config.root, file)
    return file if inside and ".git" not in file.resolve().relative_to(config.root).parts else None


def picture_file(config: Config, path: str | Path) -> Path | None:
    """Return the file of a picture of the book, named from its root; None for what is none, by its ending too."""
    file = own_file(config, path)
    return file if file is not None and file.suffix.lower() in PICTURES else None


def page_named(docname: str, path: str, names: Collection[str]) -> str:
    """Return the page, of those called ``names``, that a link in ``docname`` leads to; empty if it leads to none."""
    target = beside(docname, path)
    stem, suffix = posixpath.splitext(target)
    return next((name for end, name in ((suffix, stem), ("", target)) if end in PAGE_SUFFIXES and name in names), "")


def use_faults(config: Config, sections: Iterable[Section]) -> Iterator[Fault]:
    """Yield pictures that are missing, and links that lead to no page and no file, each once."""
    sections = tuple(sections)
    names = {section.docname for section in sections}
    listed: dict[Path, frozenset[str]] = {}
    inside = Inside(config.root)
    for section in sections:
        folder = (config.root / section.path).parent
        for use in section.uses:
            if use.kind == "link" and page_named(section.docname, use.path, names):
                continue
            file = folder / use.path
            if use.path and not inside.holds(file):
                what = _WHAT[use.kind]
                yield Fault(
                    section.path, use.line, f"{what} outside the book", use.path, "put it into the book's folder"
                )
                continue
            pictured = use.kind in ("picture", "moving")
            if pictured and use.path and file.suffix.lower() not in PICTURES:
                fix = f"known are {', '.join(sorted(PICTURES))}"
                yield Fault(section.path, use.line, "a file that is no picture, shown as one", use.path, fix)
                continue
            near = _names_in(file.parent, listed)
            if is_file(file) and (file.name in near or not near):
                if use.kind == "moving" and (wrong := moving_fault(file.read_bytes())):
                    yield Fault(section.path, use.line, "a picture that cannot move", f"{use.path}: {wrong}", _MOVES)
                continue
            fix = _near(file.name, near) if use.path else ""
            if use.kind != "link":
                what = "a missing picture" if pictured else "a missing file that HTML shows"
                yield Fault(section.path, use.line, what, use.path, fix or "draw it, or mend the path")
            else:
                fix = fix or "link to a page that a table of contents lists, or to a file of the book"
                yield Fault(section.path, use.line, "a link to nothing", use.path, fix)


def _names_in(folder: Path, listed: dict[Path, frozenset[str]]) -> frozenset[str]:
    """Return the names in a folder, read once; none if it cannot be read."""
    if folder not in listed:
        try:
            listed[folder] = frozenset(os.listdir(folder))  # noqa: PTH208
        except (OSError, ValueError):
            listed[folder] = frozenset()
    return listed[folder]


def _is_picture(name: str) -> bool:
    return posixpath.splitext(name)[1].lower() in PICTURES


def _near(name: str, names: Iterable[str]) -> str:
    kind = _is_picture(name)
    names = sorted(item for item in names if _is_picture(item) == kind)  # a film is no drawing, however near its name
    other = next((item for item in names if item.lower() == name.lower()), "")
    return f"did you mean {other}?" if other else meant(name, names)
