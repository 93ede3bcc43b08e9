"""Generated files after a merge: of two stored runs the one that the merged sources give, and ``d2l/`` written anew.

Runs are not merged line by line (``static/outputs/** -merge`` in ``.gitattributes``), so git leaves both sides; where
neither is of the merged sources, ours stays, is stale, and the next ``d2lbook eval`` runs the section again.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.errors import Fault, UsageError
from d2lbook.evidence import store
from d2lbook.evidence.digest import fingerprint
from d2lbook.evidence.soundness import code_errors
from d2lbook.files import write_whole
from d2lbook.library.extract import write_library
from d2lbook.library.source import PACKAGE
from d2lbook.library.support import FOLDER

_SIDES = (("ours", 2), ("theirs", 3))
"""Stages under which git keeps the two sides."""


def heal(book: Book) -> tuple[list[str], list[Fault]]:
    """Settle what a merge left of generated files, and add it to git's index; return what was done, and what is left.

    UsageError where the book lies in no git repository.
    """
    root = book.config.root
    unmerged = _unmerged(root)
    outputs, library = _below(book, book.config.outputs_dir), f"{PACKAGE}/"
    runs = [path for path in unmerged if path.startswith(f"{outputs}/")]
    generated = [path for path in unmerged if path.startswith(library) and not path.startswith(f"{library}{FOLDER}/")]
    by_hand = [path for path in unmerged if path not in runs and path not in generated]
    faults = [Fault(path, 0, "not merged yet", "", "mend it by hand, git add it, and heal again") for path in by_hand]
    if errors := code_errors(book):
        return [], [*faults, *errors]
    done = [_settle(book, outputs, path) for path in runs]
    written = write_library(book)
    _git(root, "add", "--all", "--", *runs, *(name for name in (PACKAGE,) if (root / name).exists()))
    done += [f"{path.relative_to(root).as_posix()}: written anew" for path in written]
    stale = sum(state.state != "fresh" for state in store.status(book))
    return [*done, f"{stale} runs are stale or missing" + (": d2lbook eval" if stale else "")], faults


def _settle(book: Book, outputs: str, path: str) -> str:
    """Write the side that the sources give, or the one that there is; say which."""
    key = path.removeprefix(f"{outputs}/").removesuffix(".ipynb")
    blobs = {name: _blob(book, stage, path) for name, stage in _SIDES}
    sides = {name: text for name, text in blobs.items() if text}
    projection = book.by_key.get(key)
    target = book.config.root / path
    if projection is None or not sides:
        target.unlink(missing_ok=True)
        return f"{path}: gone with its section"
    fits = next((name for name, text in sides.items() if _is_of(book, projection, text)), "")
    taken = fits or next(iter(sides))
    write_whole(target, sides[taken])
    return f"{path}: {taken}" + ("" if fits else ", which is stale: neither side was run from the merged sources")


def _is_of(book: Book, projection: Projection, text: str) -> bool:
    try:
        return store.read(text).digest == fingerprint(book, projection).digest
    except ValueError:
        return False


def _unmerged(root: Path) -> list[str]:
    listed = _git(root, "ls-files", "--unmerged", "-z", "--", ".")
    return sorted({line.partition("\t")[2] for line in listed.split("\0") if line})


def _blob(book: Book, stage: int, path: str) -> str:
    return _git(book.config.root, "show", f":{stage}:./{path}", missing_is_nothing=True)


def _below(book: Book, folder: Path) -> str:
    return folder.relative_to(book.config.root).as_posix()


def _git(root: Path, *words: str, missing_is_nothing: bool = False) -> str:
    command: Sequence[str] = ("git", "-C", str(root), *words)
    try:
        ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8")
    except FileNotFoundError:
        raise UsageError("git is not installed") from None
    if ended.returncode and missing_is_nothing:
        return ""
    if ended.returncode:
        raise UsageError(f"git: {ended.stderr.strip()}")
    return ended.stdout
