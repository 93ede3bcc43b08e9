"""The zip of a backend: its reader's notebooks, its part of the library, pins, pictures, a README.

Built from the sources and the store alone; equal books give equal bytes.
"""

from __future__ import annotations

import io
import posixpath
import re
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import nbformat
from packaging.utils import canonicalize_name

from d2lbook.book.book import Book
from d2lbook.book.config import BASE, Config
from d2lbook.book.named import own_file
from d2lbook.book.projection import Projection, project
from d2lbook.book.references import reference_faults
from d2lbook.book.resources import resource_files
from d2lbook.errors import BookError, Built, Fault, errors_only
from d2lbook.files import remove_drafts, write_whole
from d2lbook.library.checks import library_faults
from d2lbook.library.extract import library_files
from d2lbook.library.source import PACKAGE
from d2lbook.library.support import FOLDER
from d2lbook.markup.model import Section
from d2lbook.notebooks.reader import CrossReferences, reader_notebook
from d2lbook.words.language import is_chinese, spoken

DATE = (1980, 1, 1, 0, 0, 0)
"""Time of every file: the earliest that the format knows."""
_NAME = re.compile(r"^[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?")
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?==([^\s;\\]+)")

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
        written.append(write_zip(out / f"{folder_of(name)}.zip", contents(book, name, library, references)))
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
    first = setup or (lambda docname, _: spoken(setup_of(docname), book.config.lang, source=True))
    files = {place: file.read_bytes() for place, file in resource_files(book.config).items()}
    files |= dict(_notebooks(book, backend, references, layout, first))
    files |= dict(_library(book, backend, library))
    if pins := requirements(book.config, backend):
        files["requirements.txt"] = pins.encode()
    files["README.md"] = readme(book.config, backend).encode()
    return files


def folder_of(backend: str) -> str:
    """Return what a backend's zip, PDF and folder are called, without an ending."""
    return f"d2l-{backend}"


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
        yield f"{docname}.ipynb", (nbformat.writes(notebook) + "\n").encode()
    for place, path in layout.pictures.items():
        if file := own_file(book.config, path):
            yield place, file.read_bytes()


def setup_of(docname: str) -> str:
    """Return the first cell of a notebook that lies in an unpacked zip: where ``d2l`` is."""
    depth = docname.count("/")
    return f"import sys; sys.path.insert(0, '{'/'.join(['..'] * depth) or '.'}')  # d2l在{_above(depth)}"


def _above(depth: int) -> str:
    return "同一个文件夹" if depth == 0 else "上" + "一二三四五六七八九"[min(depth, 9) - 1] + "级文件夹"


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


def requirements(config: Config, backend: str) -> str:
    """Return the pins of what a backend's notebooks import: names that its ``.in`` lists, versions that its lock has.

    A line with an environment marker keeps it; if it pins a version itself, it may be for another system than the
    lock's. Empty for a backend without ``packages`` and both files, as in books in the old dialect. BookError if
    either file is missing, or the lock doesn't pin a name.
    """
    lock = config.lock(backend)
    wanted = lock.with_name(f"{config.backend(backend).env}.in")
    where = wanted.relative_to(config.root).as_posix()
    if not (config.backend(backend).packages or wanted.is_file() or lock.is_file()):
        return ""
    for path in (wanted, lock):
        if not path.is_file():
            name = path.relative_to(config.root).as_posix()
            raise BookError(
                [Fault(name, 0, "no such file", backend, "list packages in the .in file, run: d2lbook env lock")]
            )
    pins = pins_of(lock)
    faults, lines = [], []
    for number, line in enumerate(wanted.read_text(encoding="utf-8").splitlines(), 1):
        wish, _, marker = (part.strip() for part in line.partition(";"))
        match = _NAME.match(wish)
        suffix = f" ; {marker}" if marker else ""
        if match and (version := pins.get(canonicalize_name(match[0].partition("[")[0]))):
            lines.append(f"{match[0]}=={version}{suffix}")
        elif match and marker and "==" in wish:
            lines.append(f"{wish}{suffix}")
        elif match:
            faults.append(
                Fault(where, number, "a package that the lock doesn't pin", match[0], "run: d2lbook env lock")
            )
    if faults:
        raise BookError(faults)
    return "\n".join(lines) + "\n"


def pins_of(lock: Path) -> dict[str, str]:
    """Return the public versions that a lock, or a file of wishes, pins, by normalised name."""
    found = (_PIN.match(line) for line in lock.read_text(encoding="utf-8").splitlines())
    return {canonicalize_name(match[1]): match[2].partition("+")[0] for match in found if match}


def readme(config: Config, backend: str) -> str:
    """Return the README of a zip, ten lines of Chinese."""
    pins = requirements(config, backend)
    torch = " --torch-backend=cpu" if re.search(r"^torch==", pins, re.MULTILINE) else ""
    if not is_chinese(config.lang):
        return _readme_in_english(config, backend, torch, bool(pins))
    where, given = ("，版本见`requirements.txt`", " -r requirements.txt") if pins else ("", "")
    return f"""\
# {config.title}（{config.backend(backend).title}，{config.release}）

各节的笔记本带有正文、代码和跑出来的输出{where}。需要Python 3.11，在这个文件夹里执行：

    uv venv --python 3.11 && uv pip install{torch}{given} jupyterlab
    .venv/bin/jupyter lab {config.index}.ipynb

- `{PACKAGE}`文件夹是书中存下来的函数，请与各章的文件夹放在一起；包索引上的同名包与本书无关，不要安装。
- 数据集用到时才下载，下载后核对；`D2L_DATA`指定缓存目录，`D2L_MIRROR`指定镜像（目录或网址）。
- © {config.copyright}
"""


def _readme_in_english(config: Config, backend: str, torch: str, pins: bool) -> str:
    given = " -r requirements.txt" if pins else ""
    return f"""\
# {config.title} ({config.backend(backend).title}, {config.release})

Notebooks with text, code and the outputs that it gave. Python 3.11 is needed; in this folder:

    uv venv --python 3.11 && uv pip install{torch}{given} jupyterlab
    .venv/bin/jupyter lab {config.index}.ipynb

- The folder `{PACKAGE}` holds the functions that the book saves; keep it beside the chapters. The package of that name
  on the index is another one: don't install it.
- Data sets are fetched when they are used, and checked; `D2L_DATA` names the folder, `D2L_MIRROR` a mirror.
- © {config.copyright}
"""


def write_zip(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a zip so that readers see the old one or the new one, the same bytes for the same files."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as pack:
        for member, content in sorted(files.items()):
            info = zipfile.ZipInfo(member, DATE)
            info.create_system, info.external_attr = 3, 0o644 << 16
            pack.writestr(info, content, zipfile.ZIP_DEFLATED, 9)
    return write_whole(path, whole.getvalue())
