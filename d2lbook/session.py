"""Which book a command is for, and what it prints of what it found."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from d2lbook.errors import BookError, Fault, errors_only

if TYPE_CHECKING:
    from d2lbook.book.book import Book


@dataclass(frozen=True, slots=True)
class Session:
    """Which book, and whether it is to be tolerated whatever its settings say."""

    root: Path
    tolerant: bool = False

    def book(self, *, builds: bool = False) -> Book:
        """Return the book as it is now; ``builds``: the folder of what is built is made, and marked as the engine's."""
        from d2lbook.book import book
        from d2lbook.book.places import mark

        found = book.load(self.root, self.tolerant)
        if builds:
            mark(found.config.output_dir)
        return found

    def readable(self, *, builds: bool = False) -> Book:
        """Return the book if every file of it could be read as it is meant; broken references don't stop the work."""
        from d2lbook.book.places import mark

        book = self.book()
        if not is_readable(book):
            raise BookError(book.faults)
        if builds:
            mark(book.config.output_dir)
        return book


def is_readable(book: Book) -> bool:
    """Tell whether every file of a book could be read as it is meant."""
    return not errors_only(fault for section in book.sections for fault in section.faults)


def has_all_code(book: Book) -> bool:
    """Tell whether every document could be read, and its cells are as they are meant, whatever is wrong with prose."""
    return not errors_only((*book.unread, *(fault for section in book.sections for fault in section.code_faults)))


def report(faults: Iterable[Fault]) -> int:
    """Print the faults, errors last, and return the exit code they call for."""
    ordered = sorted(set(faults), key=lambda fault: (fault.severity != "warning", fault))
    for fault in ordered:
        print(fault, file=sys.stderr)
    errors = errors_only(ordered)
    if ordered:
        print(f"{len(errors)} errors, {len(ordered) - len(errors)} warnings", file=sys.stderr)
    return 1 if errors else 0


def told_of(book: Book, faults: Iterable[Fault] = ()) -> int:
    """Say which outputs are not those of the code, and report the faults of a book and of its stored runs."""
    from d2lbook.evidence import truth

    with tempfile.TemporaryDirectory() as folder:
        found = truth.truth(book, Path(folder) / "runs.json")
    if str(found):
        print(found)
    return report((*book.faults, *faults, *found.faults))
