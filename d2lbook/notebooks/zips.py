"""The zip of a backend: a folder of its reader's notebooks, its part of the library, pins, pictures, a README.

Built from the sources and the store alone; equal books give equal bytes.
"""

from __future__ import annotations

import io
import posixpath
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from nbformat import v4

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.book.named import own_file
from d2lbook.book.projection import Projection, project
from d2lbook.book.references import reference_faults
from d2lbook.book.resources import resource_files
from d2lbook.errors import BookError, Built, errors_only
from d2lbook.files import remove_drafts, write_whole
from d2lbook.library.checks import library_faults
from d2lbook.library.extract import library_files
from d2lbook.library.source import PACKAGE
from d2lbook.library.support import FOLDER
from d2lbook.markup.model import Section
from d2lbook.notebooks.cover import cover, folder_of
from d2lbook.notebooks.reader import CrossReferences, reader_notebook
from d2lbook.words.language import is_chinese

DATE = (1980, 1, 1, 0, 0, 0)
"""Time of every file: the earliest that the format knows."""

Setup = Callable[[str, Projection], str]
"""From a docname and its projection to the code of a notebook's first cell."""


class ZipLayout:
    """Notebooks lie as the sections do, pictures where they lie below the book's root."""

    def __init__(self, book: Book, members: Mapping[str, Projection]) -> None:
        """Know the documents ``members`` of one zip."""
        self.members = members
        self._source = book.config.source_dir.relative_to(book.config.root).as_posix()
        self.pictures: dict[str, str] = {}
        """Pictures that were asked for: path in the zip to path below the book's root."""

    def document(self, origin: str, docname: str) -> str:
        """Return the path of a notebook from that of ``origin``, empty if the zip has none."""
        if docname not in self.members:
            return ""
        return posixpath.relpath(f"{docname}.ipynb", posixpath.dirname(origin) or ".")

    def picture(self, origin: str, path: str) -> str:
        """Return the path of a picture from the notebook of ``origin``."""
        place = posixpath.relpath(path, self._source) if path.startswith(f"{self._source}/") else path
        if place.startswith("../"):
            place = f"pictures/{posixpath.basename(path)}"
        self.pictures[place] = path
        return posixpath.relpath(place, posixpath.dirname(origin) or ".")

    def file(self, origin: str, path: str) -> str:
        """Return the path of a file that is linked to; it lies as the pictures do."""
        return self.picture(origin, path)


def write_zips(book: Book, backends: tuple[str, ...], out: Path) -> Built:
    """Write ``d2l-<backend>.zip`` into ``out`` for each of ``backends``.

    BookError if the library cannot be made of the sources, a reference leads to nothing, or a backend has no lock.
    """
    if faults := errors_only((*library_faults(book), *reference_faults(book))):
        raise BookError(faults)
    started, library, references = time.monotonic(), library_files(book), CrossReferences.of(book)
    remove_drafts(out, deep=False)
    written = []
    for name in backends:
        folder, files = folder_of(name), contents(book, name, library, references)
        written.append(write_zip(out / f"{folder}.zip", {f"{folder}/{file}": held for file, held in files.items()}))
    return Built(tuple(written), seconds=time.monotonic() - started)


def contents(
    book: Book,
    backend: str,
    library: Mapping[str, str],
    references: CrossReferences,
    layout: ZipLayout | None = None,
    setup: Setup | None = None,
) -> dict[str, bytes]:
    """Return the files of one backend by path: notebooks, pictures, its part of ``library``, pins, a README.

    ``layout`` and ``setup`` serve where a notebook does not lie in an unpacked zip.
    """
    layout = layout or ZipLayout(book, members(book, backend))
    first = setup or (lambda docname, _: setup_of(docname, book.config.lang))
    files = {place: file.read_bytes() for place, file in resource_files(book.config).items()}
    files |= dict(_notebooks(book, backend, references, layout, first))
    saved = dict(_library(book, backend, library))
    return files | saved | cover(book.config, backend, sorted(saved))


def members(book: Book, backend: str) -> dict[str, Projection]:
    """Return what a reader of ``backend`` gets, by docname: sections that it has, those of no backend, pages."""
    found = {}
    for section in book.sections:
        if projection := _projection(book, section, backend):
            found[section.docname] = projection
    return found


def _projection(book: Book, section: Section, backend: str) -> Projection | None:
    if book.kind(section) == "text":
        return project(section, backend, book.config.backend_names)
    own = {item.backend: item for item in book.projections(section)}
    return own.get(backend) or own.get(BASE)


def _notebooks(
    book: Book, backend: str, references: CrossReferences, layout: ZipLayout, setup: Setup
) -> Iterator[tuple[str, bytes]]:
    """Yield path and bytes of every notebook, then of the pictures that they show."""
    for docname, projection in layout.members.items():
        first = setup(docname, projection)
        notebook = reader_notebook(book, projection, layout, backend=backend, setup=first, references=references)
        yield f"{docname}.ipynb", (v4.writes(notebook) + "\n").encode()
    for place, path in layout.pictures.items():
        if file := own_file(book.config, path):
            yield place, file.read_bytes()


def setup_of(docname: str, lang: str) -> str:
    """Return the first cell of a notebook that lies in an unpacked zip: where ``d2l`` is."""
    depth = docname.count("/")
    where = f"# {_above(depth, is_chinese(lang))}"
    return f"import sys; sys.path.insert(0, '{'/'.join(['..'] * depth) or '.'}')  {where}"


def _above(depth: int, chinese: bool) -> str:
    if chinese:
        return "d2l在" + ("上" + "一二三四五六七八九"[min(depth, 9) - 1] + "级文件夹" if depth else "同一个文件夹")
    folders = "one folder" if depth == 1 else f"{depth} folders"
    return f"d2l is {folders} up" if depth else "d2l is in this folder"


def _library(book: Book, backend: str, library: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    """Yield the files of ``d2l`` that a backend needs: its own, those of all, and what is written by hand."""
    config = book.config
    if one_file := config.backend(backend).one_file:
        yield one_file.path, library[one_file.path].encode()
        beside = Path(one_file.path).with_name("__init__.py").as_posix()
        if beside in library or (config.root / beside).is_file():
            yield beside, library[beside].encode() if beside in library else (config.root / beside).read_bytes()
        return
    modules = {config.backend(backend).module, config.base.module}
    for path, text in library.items():
        parts = path.split("/")
        if parts[0] == PACKAGE and path.endswith(".py") and (len(parts) == 2 or parts[1] in modules):
            yield path, text.encode()
    root = config.root
    for file in sorted((root / PACKAGE / FOLDER).rglob("*")):
        if file.is_file() and "__pycache__" not in file.parts:
            yield file.relative_to(root).as_posix(), file.read_bytes()


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a zip so that readers see the old one or the new one, the same bytes for the same files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as pack:
        for member, content in sorted(files.items()):
            info = zipfile.ZipInfo(member, DATE)
            info.create_system, info.external_attr = 3, 0o644 << 16
            pack.writestr(info, content, zipfile.ZIP_DEFLATED, 9)
    return write_whole(path, whole.getvalue())
