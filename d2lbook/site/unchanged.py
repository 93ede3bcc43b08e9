"""What the last build was made of, what it made, and what it owes: told from files' states, before Sphinx is loaded.

Three notes, among the caches: ``stamp.txt`` of what a good build was made of; ``made.txt`` of every file that the last
finished build has left, so that what was cut off, changed or lost since is made again; ``journal.json``, which is there
only while a build runs, of the pages that it has to write.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.files import state_of, write_whole

PACKAGE = Path(__file__).parents[1]
RENDERERS = ("sphinx", "docutils", "myst-parser", "pygments", "opencc", "nh3", "py-svg-hush", "coloraide", "fonttools")
"""Distributions whose versions decide how a page looks, besides this one."""
TEXTS = ("md", "ini", "ipynb", "py", "json", "csv", "tsv", "toml", "bib", "txt", "js", "css", "html", "xml")
SUFFIXES = frozenset((*TEXTS, "svg", "png", "jpg", "jpeg", "gif", "webp", "woff2"))
"""Endings of the files that a page can be made of."""
SKIPPED = frozenset({"__pycache__", "node_modules"})
WORK = "site"
"""Folder, among the book's caches, of what sites keep between builds."""
NOTES = frozenset({"stamp.txt", "made.txt", "journal.json", "lock", "formulas"})
"""What lies among the caches and is no part of what a build made."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What the build before has left undone, or what was lost since."""

    everything: bool = False
    """Nothing that is there can be relied on."""
    unread: frozenset[str] = frozenset()
    """Documents that were to be written when a build was ended: to be read again, so that their faults are told."""
    lost: frozenset[str] = frozenset()
    """Files below the site's folder that are not as the last build left them."""

    def __bool__(self) -> bool:
        """Whether anything is owed."""
        return self.everything or bool(self.unread or self.lost)


class Stamp:
    """The notes on the site of a book in one folder."""

    def __init__(self, book: Book, out: Path, editions: Collection[str]) -> None:
        """Look at what the site of ``book`` in ``out`` would be made of now."""
        self.out, self.book = out, book
        self.work = book.config.cache_dir / WORK
        self.file, self.made, self.journal = (self.work / name for name in ("stamp.txt", "made.txt", "journal.json"))
        words = (str(out), *editions, *(f"{name} {version(name)}" for name in RENDERERS), repr(book.faults))
        digest = hashlib.sha256("\n".join(words).encode())
        config = book.config
        built = {os.path.realpath(config.output_dir)}
        for folder in (config.root, config.source_dir, config.outputs_dir, config.output_dir / "results", PACKAGE):
            _count(digest, _states(folder, built))
        files = [(config.root / section.path).parent / use.path for section in book.sections for use in section.uses]
        _count(digest, (str(state_of(file)) for file in (book.config.bibfile, *files)))
        self.inputs = digest.hexdigest()

    def holds(self) -> bool:
        """Tell whether the site that is there was made of just this, by a build that ended."""
        try:
            stamped = self.file.read_text(encoding="utf-8")
            made = self.made.read_text(encoding="utf-8")
        except (OSError, ValueError):
            return False
        return not self.journal.exists() and stamped == self.inputs and made == self._made()

    def owed(self) -> Owed:
        """Return what the build before has left undone, and what was lost since."""
        if self.journal.exists():
            return _read_journal(self.journal)
        try:
            head, *lines = self.made.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError):
            return Owed(everything=True)
        now = self._made().splitlines()
        differing = {line.split("\t")[0] for line in set(lines).difference(now)}
        above = f"{self.out}/"
        if head != now[0] or not all(name.startswith(above) for name in differing):
            return Owed(everything=True)
        return Owed(lost=frozenset(name.removeprefix(above) for name in differing))

    def begin(self) -> None:
        """Write down that a build has begun."""
        self.file.unlink(missing_ok=True)
        write_whole(self.journal, "{}\n")

    def reading_done(self, pages: Iterable[str]) -> None:
        """Write down which pages the build now has to write."""
        write_whole(self.journal, json.dumps({"pages": sorted(pages)}), durable=False)

    def end(self, good: bool) -> None:
        """Write down what the build has left; that it was good, too, unless a source was changed while it ran."""
        write_whole(self.made, self._made(), durable=False)
        settled = all(state_of(path) == state for path, state in self.book.states.items())
        if good and settled:
            write_whole(self.file, self.inputs, durable=False)
        self.journal.unlink(missing_ok=True)

    def _made(self) -> str:
        left = (*_states(self.out, ()), *_states(self.work, (), every=True))
        return "\n".join((str(self.out), *left))


def _read_journal(file: Path) -> Owed:
    try:
        pages = json.loads(file.read_text(encoding="utf-8"))["pages"]
        return Owed(unread=frozenset(map(str, pages)), lost=frozenset({"_static/search"}))
    except (OSError, ValueError, KeyError, TypeError):
        return Owed(everything=True)  # ended while it read


def _count(digest: hashlib._Hash, states: Iterable[str]) -> None:
    for state in states:
        digest.update(f"{state}\n".encode(errors="surrogateescape"))


def _states(folder: Path, without: Collection[str], every: bool = False) -> Iterator[str]:
    """Yield path and state of every file below a folder that a page can be made of (all of them with ``every``)."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(
            name
            for name in folders
            if name not in SKIPPED
            and not name.startswith(".")
            and (not without or os.path.realpath(f"{parent}/{name}") not in without)
        )
        for name in sorted(names):
            if (every and name not in NOTES) or (not every and name.rpartition(".")[2] in SUFFIXES):
                yield f"{parent}/{name}\t{state_of(f'{parent}/{name}')}"
