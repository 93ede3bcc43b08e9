"""Where files of a book may lie, and which folders are the engine's own.

Whatever a book's settings and sources name lies below the book's root, links followed: a book can be somebody else's.
What the engine makes lies in a folder that it has marked. Caches that can run code when they are read (pickles) lie
outside the book, in a folder of the user's, so that no book brings its own.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

from d2lbook.files import write_whole

MARK = "CACHEDIR.TAG"
"""Marks the folder of what is built; backups know the name and leave such folders out."""
_SIGNATURE = "Signature: 8a477f597d28d172789f06886806bc55\n"
_OURS = f"{_SIGNATURE}# Everything in this folder was made by d2lbook, and `d2lbook clean` removes it.\n"
CACHE = "D2LBOOK_CACHE"
"""Names the folder of caches, if it is to be another one than the user's own."""
_PRODUCTS = ("html", "site", "sections", "results", "failed", "zip", "pdf", "release", "colab", "sagemaker")
MADE = frozenset((*_PRODUCTS, "sections.pickle", "review.html", "shards", "shard", "eval", "lib"))
"""What lies in the folders that earlier versions, which set no mark, have made."""


def is_below(root: Path, path: Path) -> bool:
    """Tell whether ``path``, links followed, lies below the folder ``root``; it need not exist."""
    try:
        return path.resolve().is_relative_to(root.resolve())
    except (OSError, ValueError, RuntimeError):  # a loop of links, a null byte, a name too long
        return False


def is_marked(folder: Path) -> bool:
    """Tell whether the engine has made ``folder``."""
    try:
        return (folder / MARK).read_text(encoding="utf-8") == _OURS
    except (OSError, ValueError):
        return False


def is_ours(folder: Path) -> bool:
    """Tell whether what is built may lie in ``folder``: it isn't there, is empty or marked, or holds what is built."""
    if is_marked(folder) or not folder.exists():
        return True
    if not folder.is_dir():
        return False
    names = {path.name for path in folder.iterdir()}
    return all(name in MADE or name.startswith("release-") for name in names)


def mark(folder: Path) -> None:
    """Make ``folder``, and mark it as the engine's own, if it is one in which what is built may lie."""
    if not is_marked(folder) and is_ours(folder):
        write_whole(folder / MARK, _OURS, durable=False)


def cache_of(root: Path, built: Path) -> Path:
    """Return the folder of the caches of the book in ``root`` that is built into ``built``: one of the user's.

    It lies in ``D2LBOOK_CACHE``, else where the system keeps caches. Where no folder can be made there that is the
    user's alone, it is one for this process.
    """
    key = hashlib.sha256(f"{root.resolve()}\0{built.resolve()}".encode(errors="surrogateescape")).hexdigest()[:24]
    try:
        above = _caches()
        folder = above / key
        folder.mkdir(mode=0o700, exist_ok=True)
        _require_own(folder)
        note = folder / "book.txt"
        if not note.is_file():
            _forget_gone(above)
            write_whole(note, f"{root.resolve()}\n", durable=False)
    except OSError:
        return _of_process() / key
    return folder


def _caches() -> Path:
    if named := os.environ.get(CACHE):
        above = Path(named)
    elif sys.platform == "darwin":
        above = Path.home() / "Library" / "Caches" / "d2lbook"
    else:
        above = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "d2lbook"
    above.mkdir(mode=0o700, parents=True, exist_ok=True)
    _require_own(above)
    return above


def _require_own(folder: Path) -> None:
    """Raise PermissionError unless ``folder`` is one that nobody but this user can write to."""
    found = folder.lstat()
    strange = hasattr(os, "getuid") and found.st_uid != os.getuid()
    if strange or folder.is_symlink() or (os.name == "posix" and found.st_mode & 0o022):
        raise PermissionError(f"{folder} is not this user's alone")


_process_folder: list[tempfile.TemporaryDirectory[str]] = []


def _of_process() -> Path:
    if not _process_folder:
        _process_folder.append(tempfile.TemporaryDirectory(prefix="d2lbook-"))
    return Path(_process_folder[0].name)


def _forget_gone(above: Path) -> None:
    """Delete the caches of books that are no longer where they were."""
    for note in above.glob("*/book.txt"):
        with contextlib.suppress(OSError, ValueError):
            if not Path(note.read_text(encoding="utf-8").removesuffix("\n")).is_dir():
                shutil.rmtree(note.parent, ignore_errors=True)
