"""How much of the book a run of the tests looks at: what a change touched, and a seeded sample of the rest.

A change is everything since this branch left ``origin/main`` (on main itself: since the commit before), and what is not
committed; ``D2L_BASE`` names another commit to compare with. The seed is the commit, so every change looks at another
sample; ``D2L_FULL=1`` (``make test FULL=1``) looks at everything. ``python -m scripts.tools.scope chapters`` prints the
chapters of a change, or one of the sample where it touched none.
"""

from __future__ import annotations

import functools
import os
import random
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
FULL = bool(os.environ.get("D2L_FULL"))
PAGES = 25
"""Pages in a sample."""
CHAPTERS = 4
"""Chapters in a sample."""
EVERYWHERE = ("d2l/support/", "locks/")
"""What reaches every chapter's code."""


@dataclass(frozen=True, slots=True)
class Change:
    """The files that a change touched, as paths below the root."""

    paths: frozenset[str]

    def chapters(self, known: Iterable[str]) -> list[str]:
        """Return those of the ``known`` chapters whose text, outputs, library or cases of the tests it touched."""
        everywhere = any(path.startswith(EVERYWHERE) or _serves_all_cases(path) for path in self.paths)
        touched = {word for path in self.paths for word in [_chapter(path)] if word}
        # a file of tests may be named after a part of a chapter's name
        return [name for name in known if everywhere or any(word in name for word in touched)]

    def pages(self, texts: dict[str, str]) -> list[str]:
        """Return the documents whose text, outputs or pictures it touched; ``texts`` are the sources by docname."""
        pictures = {PurePosixPath(path).name for path in self.paths if path.startswith("static/img/")}
        stems = {_docname(path) for path in self.paths}
        return [name for name, text in texts.items() if name in stems or any(each in text for each in pictures)]


def _chapter(path: str) -> str:
    parts = path.split("/")
    if parts[0] == "chapters_md" and len(parts) > 2:
        return parts[1]
    if path.startswith(("static/outputs/", "static/results/seeds/")) and len(parts) > 4:
        return parts[3]
    stem = PurePosixPath(path).stem
    if parts[0] == "d2l" and len(parts) == 3 and stem != "__init__":
        return stem.replace("_", "-")
    if parts[:2] == ["tests", "parity"] and stem.startswith(("cases_", "oracles_")):
        return stem.partition("_")[2].replace("_", "-")
    return ""


def _serves_all_cases(path: str) -> bool:
    return path.startswith("tests/parity/") and not _chapter(path)


def _docname(path: str) -> str:
    parts = PurePosixPath(path).with_suffix("").as_posix().split("/")
    if parts[0] == "chapters_md":
        return "/".join(parts[1:])
    return "/".join(parts[3:]) if parts[:2] == ["static", "outputs"] else ""


@functools.cache
def change(root: Path = ROOT) -> Change:
    """Return the change that is checked out in ``root``; that of nothing where there is no history to compare with."""
    base = os.environ.get("D2L_BASE") or _base(root)
    committed = _git(root, "diff", "--name-only", "-z", base, "HEAD") if base else ""
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    edited = _git(root, "diff", "--name-only", "-z", "HEAD") if base else ""
    return Change(frozenset(path for text in (committed, edited, untracked) for path in text.split("\0") if path))


def _base(root: Path) -> str:
    head = _git(root, "rev-parse", "HEAD").strip()
    for name in ("origin/main", "main"):
        fork = _git(root, "merge-base", "HEAD", name).strip()
        if fork and fork != head:
            return fork
    return _git(root, "rev-parse", "--verify", "--quiet", "HEAD~1").strip()


def _git(root: Path, *words: str) -> str:
    command = ["git", "-C", str(root), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def seed(root: Path = ROOT) -> str:
    """Return the commit: another sample for each."""
    return _git(root, "rev-parse", "HEAD").strip() or "0"


def sample(items: Sequence[str], count: int, what: str) -> list[str]:
    """Return ``count`` of the items, in their order; all of them in a full run. ``what`` keeps samples apart."""
    if FULL or len(items) <= count:
        return list(items)
    chosen = set(random.Random(f"{seed()} {what}").sample(range(len(items)), count))
    return [item for place, item in enumerate(items) if place in chosen]


def chosen(items: Sequence[str], touched: Iterable[str], count: int, what: str) -> list[str]:
    """Return the touched items, and ``count`` of the others."""
    first = set(touched)
    rest = set(sample([item for item in items if item not in first], count, what))
    return [item for item in items if item in first or item in rest]


def chosen_chapters(known: Sequence[str]) -> list[str]:
    """Return the chapters that a run of the tests looks at."""
    return chosen(known, change().chapters(known), CHAPTERS, "chapters")


def chosen_pages(texts: dict[str, str], what: str = "pages") -> list[str]:
    """Return the documents that a run of the tests looks at."""
    return chosen(list(texts), change().pages(texts), PAGES, what)


def book_texts(root: Path = ROOT) -> dict[str, str]:
    """Return the sources of the book's documents by docname."""
    folder = root / "chapters_md"
    files = sorted(folder.rglob("*.md"))
    return {file.relative_to(folder).with_suffix("").as_posix(): file.read_text(encoding="utf-8") for file in files}


def book_chapters(root: Path = ROOT) -> list[str]:
    """Return the chapters' folders."""
    return sorted(folder.name for folder in (root / "chapters_md").iterdir() if (folder / "index.md").is_file())


def main(words: Sequence[str]) -> int:
    """Run the command line; return the exit code."""
    if list(words) != ["chapters"]:
        print((__doc__ or "").splitlines()[0], file=sys.stderr)
        return 2
    known = book_chapters()
    print(",".join(known if FULL else change().chapters(known) or sample(known, 1, "paper")))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
