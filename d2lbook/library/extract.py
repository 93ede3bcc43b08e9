"""Writes the library: ``#@save`` blocks of a book become ``d2l/``; everything there but ``support/`` is generated.

A backend whose settings name a ``lib_file`` gets that one file instead of a package, and no other file is touched.
"""

from __future__ import annotations

from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.errors import BookError, Fault, errors_only
from d2lbook.files import remove_drafts, write_whole
from d2lbook.library.checks import code_faults, library_faults
from d2lbook.library.contract import CONTRACT, contract_faults, contract_text
from d2lbook.library.onefile.writer import one_file_texts
from d2lbook.library.render import GENERATED, render
from d2lbook.library.source import PACKAGE
from d2lbook.library.support import FOLDER
from d2lbook.library.symbols import library_of

_MEND = "run: d2lbook lib"


def library_files(book: Book) -> dict[str, str]:
    """Return path below the book's root to text, for every generated file, the contract included."""
    files = dict(one_file_texts(book)[0])
    if book.config.packaged or not book.config.backends:
        library = library_of(book)
        files |= {**render(book, library), CONTRACT: contract_text(book, library)}
    return files


def write_library(book: Book) -> list[Path]:
    """Write generated files that differ, delete those that no section gives any more, and return both, sorted.

    Raises BookError with every fault of the saved code, and then writes nothing. Faults of the contract and files in
    ``d2l/`` that were not generated don't stop it; ``check_library`` reports them.
    """
    faults = errors_only(library_faults(book))
    if faults:
        raise BookError(faults)
    root = book.config.root
    files = library_files(book)
    remove_drafts(root / PACKAGE)
    changed = []
    for name, text in files.items():
        path = root / name
        if not path.is_file() or path.read_bytes() != text.encode():
            write_whole(path, text, durable=False)
            changed.append(path)
    for path in _strangers(book, files):
        if _is_generated(path):
            path.unlink()
            changed.append(path)
            _drop_folder(path.parent)
    return sorted(changed)


def check_library(book: Book) -> tuple[Fault, ...]:
    """Return cells that don't parse, faults of saved code, and every file that differs from what the sections give."""
    faults = [*library_faults(book), *contract_faults(book)]
    broken = bool(errors_only(faults))
    faults += code_faults(book)
    if broken:
        return tuple(sorted(set(faults)))
    root = book.config.root
    files = library_files(book)
    for name, text in files.items():
        path = root / name
        if not path.is_file():
            faults.append(Fault(name, 0, "a generated file is missing", "", _MEND))
        elif (old := path.read_bytes()) != text.encode():
            line = _first_difference(old.decode(errors="replace"), text)
            faults.append(Fault(name, line, "this file differs from what the sections give", "", _MEND))
    for path in _strangers(book, files):
        message, fix = "no section gives this file any more", _MEND
        if not _is_generated(path):
            message, fix = "a file of the library that was not generated", f"move it to {PACKAGE}/{FOLDER}/"
        faults.append(Fault(path.relative_to(root).as_posix(), 0, message, "", fix))
    return tuple(sorted(set(faults)))


def _strangers(book: Book, files: dict[str, str]) -> list[Path]:
    """Return files of ``d2l/`` outside ``support/`` that are not to be there (none beside libraries of one file)."""
    if len(book.config.packaged) < len(book.config.backends):
        return []
    root = book.config.root
    folder = root / PACKAGE
    found = []
    for path in sorted(folder.rglob("*")):
        below = path.relative_to(folder).parts
        ours = path.is_file() and below[0] != FOLDER and "__pycache__" not in below
        if ours and path.relative_to(root).as_posix() not in files:
            found.append(path)
    return found


def _is_generated(path: Path) -> bool:
    return path.read_bytes().startswith(GENERATED.encode())


def _first_difference(old: str, new: str) -> int:
    pairs = zip(old.split("\n"), new.split("\n"), strict=False)
    return next((number for number, (a, b) in enumerate(pairs, 1) if a != b), 1)


def _drop_folder(folder: Path) -> None:
    """Remove a package that holds nothing but compiled files."""
    rest = list(folder.iterdir())
    if all(path.name == "__pycache__" for path in rest):
        for path in rest:
            for compiled in path.iterdir():
                compiled.unlink()
            path.rmdir()
        folder.rmdir()
