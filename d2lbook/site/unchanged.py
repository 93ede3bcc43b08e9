"""Whether anything has changed since the last build that was good: told from files' times, before Sphinx is loaded."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection, Iterator
from importlib.metadata import version
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.book.named import is_file
from d2lbook.files import write_whole

PACKAGE = Path(__file__).parents[1]
RENDERERS = ("sphinx", "docutils", "myst-parser", "pygments", "opencc", "nh3")
"""Distributions whose versions decide how a page looks, besides this one."""
TEXTS = ("md", "ini", "ipynb", "py", "json", "csv", "tsv", "toml", "bib", "txt", "js", "css", "html")
SUFFIXES = frozenset((*TEXTS, "svg", "png", "jpg", "jpeg", "gif", "webp"))
"""Endings of the files that a page can be made of."""
SKIPPED = frozenset({"__pycache__", "node_modules"})


class Stamp:
    """What a good build was made of and what it made, noted in a file of its output folder."""

    def __init__(self, book: Book, out: Path, editions: Collection[str]) -> None:
        """Look at what the site of ``book`` in ``out`` would be made of now."""
        self.out = out
        self.file = book.config.output_dir / "site" / "stamp.txt"
        words = (str(out), *editions, *(f"{name} {version(name)}" for name in RENDERERS), repr(book.faults))
        digest = hashlib.sha256("\n".join(words).encode())
        config = book.config
        for folder in (config.root, config.source_dir, config.outputs_dir, config.output_dir / "results", PACKAGE):
            _count(digest, _states(folder, {config.output_dir.resolve()}))
        _count(digest, _state(book.config.bibfile))
        for section in book.sections:
            for use in section.uses:
                if is_file(file := (config.root / section.path).parent / use.path):
                    _count(digest, _state(file))
        self.inputs = digest.hexdigest()

    def holds(self) -> bool:
        """Tell whether the site that is there was made of just this."""
        try:
            return self.file.read_text(encoding="utf-8") == self._text()
        except OSError:
            return False

    def note(self) -> None:
        """Write down that the site that is there was made of this."""
        write_whole(self.file, self._text(), durable=False)

    def forget(self) -> None:
        """The site that is there was made of something else, or is faulty."""
        self.file.unlink(missing_ok=True)

    def _text(self) -> str:
        digest = hashlib.sha256()
        _count(digest, _states(self.out, set()))
        return f"{self.inputs} {digest.hexdigest()}"


def _count(digest: hashlib._Hash, states: Iterator[str]) -> None:
    for state in states:
        digest.update(f"{state}\n".encode())


def _states(folder: Path, without: Collection[Path]) -> Iterator[str]:
    """Yield path, time and size of every file below a folder that a page can be made of, in an order of their own."""
    for parent, folders, names in os.walk(folder):
        here = Path(parent)
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED and not name.startswith(".") and (here / name).resolve() not in without
        )
        for name in sorted(names):
            if name.rpartition(".")[2] in SUFFIXES:
                yield from _state(here / name)


def _state(file: Path) -> Iterator[str]:
    if file.is_file():
        stat = file.stat()
        yield f"{file} {stat.st_mtime_ns} {stat.st_size}"
