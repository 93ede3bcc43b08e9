"""Holds a book's settings to its own folder: every path that they name lies below the root, links followed.

Such faults stop every command, tolerated book or not: what they would let happen happens outside the book.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath

from d2lbook.book.places import is_below, is_ours
from d2lbook.errors import Fault
from d2lbook.markup.model import Section

_TAB = re.compile(r"[\w][\w.+-]*")
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_BRANCH = re.compile(r"[A-Za-z0-9][\w.-]*(/[A-Za-z0-9][\w.-]*)*")
MAIN_BRANCHES = frozenset({"main", "master", "trunk", "HEAD"})
_ACTIVE = re.compile(r"<\s*(script|iframe|object|embed|base)\b|<\s*meta\b[^>]*http-equiv|<[^>]*\son\w+\s*=", re.I)
PICTURES = frozenset((".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp"))
"""Endings of the pictures that pages show."""
INSIDE, OWN = "name a place below the book's folder, that leads nowhere else", "give what is built a folder of its own"

Wrong = tuple[str, str, str, str, str]
"""Section, key, what is wrong, the text in question, what to do."""


def path_wrongs(root: Path, paths: Mapping[tuple[str, str], str]) -> Iterator[Wrong]:
    """Yield the settings, of section and key to what is written, that name something outside the book or of Git."""
    for (section, key), written in paths.items():
        if written and not is_below(root, root / written):
            yield section, key, f"{key} leads out of the book", written, INSIDE
        elif ".git" in PurePosixPath(written).parts:
            yield section, key, f"{key} lies in what is Git's", written, INSIDE


def python_wrongs(paths: Mapping[tuple[str, str], str]) -> Iterator[Wrong]:
    """Yield the settings that name a file to be written that is no module of Python."""
    for (section, key), written in paths.items():
        if written and not written.endswith(".py"):
            yield section, key, f"{key} is no file of Python", written, "let its name end with .py"


def output_wrongs(root: Path, source: Path, outputs: Path, built: Path) -> Iterator[Wrong]:
    """Yield what is wrong with the folders of what is built and of stored runs: each must be one of its own."""
    real = built.resolve()
    held = [path for path in (root, source, outputs) if path.resolve().is_relative_to(real)]
    if held:
        yield "build", "output_dir", "output_dir holds more than what was built", str(built), OWN
    elif not is_ours(built):
        yield "build", "output_dir", "output_dir holds what d2lbook has not made", str(built), OWN
    if outputs.resolve() == root.resolve():
        yield "build", "outputs_dir", "outputs_dir is the book's own folder", str(outputs), "name one below it"
    for folder in (built, outputs, outputs.with_name("results"), root / "d2l"):
        for link in _links_out(root, folder):
            yield "build", "", "a link that leads out of the book, where files are written", str(link), "remove it"


def _links_out(root: Path, folder: Path) -> Iterator[Path]:
    """Yield the folder, or what it holds, that is a link to somewhere outside the book."""
    if not is_below(root, folder):
        yield folder
        return
    try:
        entries = [Path(entry) for entry in os.scandir(folder) if entry.is_symlink()]
    except OSError:
        return
    yield from sorted(path for path in entries if not is_below(root, path))


def name_wrongs(tabs: Mapping[str, str], branch: str) -> Iterator[Wrong]:
    """Yield names of tabs (to their modules) that cannot be folders, and a branch that must not be overwritten."""
    for tab, module in tabs.items():
        if not _TAB.fullmatch(tab):
            yield "build", "tabs", "a tab cannot be called so: folders bear its name", tab, "use letters and digits"
        if not _MODULE.fullmatch(module):
            yield f"backend-{tab}", "module", "this is no name of a module", module, "use letters, digits and _"
    if branch in MAIN_BRANCHES or not _BRANCH.fullmatch(branch) or ".." in branch:
        fix = "name a branch of its own: it is overwritten as a whole"
        yield "repository", "notebooks_branch", "notebooks cannot be published on this branch", branch, fix


def is_active(html: str) -> bool:
    """Tell whether HTML would run a script, or lead its reader elsewhere by itself."""
    return _ACTIVE.search(html) is not None


def active_faults(sections: Iterable[Section]) -> Iterator[Fault]:
    """Yield the HTML of sources that would run a script or lead readers away; pages leave it out."""
    for section in sections:
        for prose in section.prose:
            if not is_active(prose.text):
                continue
            from d2lbook.markup.grammar import prose_tokens  # loads the parser

            for token in prose_tokens(prose.text):
                for part in (token, *(token.children or ())):
                    if part.type in ("html_block", "html_inline") and is_active(part.content):
                        line = prose.line + (token.map[0] if token.map else 0)
                        fix = "take it out: pages run no scripts but the site's own"
                        yield Fault(section.path, line, "HTML that acts by itself", part.content.strip()[:80], fix)


class Inside:
    """Tells whether files lie below a book's root, links followed; folders are looked at once."""

    def __init__(self, root: Path) -> None:
        """Take the root."""
        self._root = os.path.realpath(root)
        self._folders: dict[str, bool] = {}

    def holds(self, path: Path) -> bool:
        """Tell whether ``path`` lies below the root; it need not exist."""
        try:
            folder, name = os.path.split(os.path.normpath(path))
            if "\0" in name:
                return False
            if folder not in self._folders:
                self._folders[folder] = self._is_below(os.path.realpath(folder))
            if not os.path.islink(f"{folder}/{name}"):  # noqa: PTH114
                return self._folders[folder]
            return self._is_below(os.path.realpath(f"{folder}/{name}"))
        except (OSError, ValueError):
            return False

    def _is_below(self, real: str) -> bool:
        return real == self._root or real.startswith(self._root.rstrip("/") + "/")
