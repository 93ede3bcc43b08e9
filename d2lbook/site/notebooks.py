"""The notebook of one section in one backend, beside its page: whole in itself, for who wants no zip.

Pictures are held in the notebook as data; references lead to the site where it has an address.
"""

from __future__ import annotations

import base64
import hashlib
import mimetypes
import posixpath
from pathlib import Path
from urllib.parse import quote

from nbformat import v4

from d2lbook.book.book import Book
from d2lbook.book.config import BASE, Config
from d2lbook.book.named import picture_file
from d2lbook.doctree.outputs import harmless
from d2lbook.doctree.page import Page
from d2lbook.files import write_whole
from d2lbook.notebooks import CrossReferences, reader_notebook
from d2lbook.notebooks.cover import folder_of, zip_address
from d2lbook.words.language import spoken

FOLDER = "_notebooks"
DOWNLOADS = "_downloads"
"""Folder, below the site's, of the book's files that pages link to or show in HTML of their own."""
HEAD = "#@title 准备：本节要用的d2l在{folder}.zip里，与本文件放在一起"
FETCHED = "#@title 准备：本节要用的d2l在{folder}.zip里，不在旁边就取来"


def notebook_name(docname: str, backend: str) -> str:
    """Return where a section's notebook lies below the site's folder."""
    return f"{FOLDER}/{docname}.ipynb" if backend == BASE else f"{FOLDER}/{docname}-{backend}.ipynb"


def download_name(path: str) -> str:
    """Return where a file of the book, given by its path below the sources, lies in ``DOWNLOADS``."""
    return f"{hashlib.sha256(path.encode()).hexdigest()[:12]}/{posixpath.basename(path)}"


class SingleLayout:
    """A notebook that stands alone."""

    def __init__(self, book: Book) -> None:
        """Know where the pictures are, and the site."""
        self.book = book

    def document(self, origin: str, docname: str) -> str:
        """Return a page of the site, empty if it has no address or no such page."""
        site = self.book.config.site_url
        return f"{site}/{quote(docname)}.html" if site and docname in self.book.by_name else ""

    def picture(self, origin: str, path: str) -> str:
        """Return a picture as data."""
        file = picture_file(self.book.config, path)
        if file is None:
            return posixpath.basename(path)
        kind = mimetypes.guess_type(path)[0] or "application/octet-stream"
        return f"data:{kind};base64,{base64.b64encode(harmless(path, file.read_bytes())).decode()}"

    def file(self, origin: str, path: str) -> str:
        """Return a file that is linked to, on the site; empty if that has no address."""
        site, source = self.book.config.site_url, self.book.config.source_dir.relative_to(self.book.config.root)
        below = posixpath.relpath(path, source.as_posix())
        return f"{site}/{DOWNLOADS}/{quote(download_name(below))}" if site else ""


def single_setup(config: Config, backend: str) -> str:
    """Return a lone notebook's first cell: its first line says where the rest is, and it takes ``d2l`` from there."""
    folder, address = folder_of(backend), zip_address(config, backend)
    words = spoken(FETCHED if address else HEAD, config.lang, source=True).format(folder=folder)
    return "\n".join(
        [
            words,
            "import sys",
            "from pathlib import Path",
            *(["from urllib import request"] if address else []),
            "from zipfile import ZipFile",
            "",
            *([f"if not any(Path(name).exists() for name in ('d2l', '{folder}', '{folder}.zip')):"] if address else []),
            *([f"    request.urlretrieve('{address}', '{folder}.zip')"] if address else []),
            f"if not (Path('d2l').exists() or Path('{folder}').exists()):",
            f"    ZipFile('{folder}.zip').extractall()",
            f"sys.path[:0] = ['.', '{folder}']",
        ]
    )


def write_notebooks(book: Book, page: Page, references: CrossReferences, out: Path) -> None:
    """Write the notebooks of a page that has code, one for each backend that has it; delete those of the others."""
    for name in {*book.config.backend_names, BASE} - page.projections.keys():
        (out / notebook_name(page.section.docname, name)).unlink(missing_ok=True)
    for backend, projection in page.projections.items():
        name = next(iter(book.config.backend_names), BASE) if backend == BASE else backend
        setup = single_setup(book.config, name)
        notebook = reader_notebook(
            book, projection, SingleLayout(book), setup=setup, references=references, changed=page.stale(backend)
        )
        file = out / notebook_name(page.section.docname, backend)
        write_whole(file, v4.writes(notebook) + "\n", durable=False)
