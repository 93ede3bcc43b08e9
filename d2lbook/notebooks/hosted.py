"""Notebooks for hosts that a book's settings name, Colab and SageMaker: kernel, accelerator, and what pip must install.

They are reader's notebooks, prose and outputs included, in a folder per tab that can be pushed to the repository which
the settings name.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import nbformat
from nbformat import NotebookNode, v4

from d2lbook.book.book import Book
from d2lbook.book.hosts import NotebookHost
from d2lbook.book.named import own_file
from d2lbook.book.projection import Projection
from d2lbook.book.references import reference_faults
from d2lbook.book.resources import resource_files
from d2lbook.errors import BookError, Built, errors_only
from d2lbook.files import write_whole
from d2lbook.notebooks.reader import CrossReferences, reader_notebook
from d2lbook.notebooks.zips import ZipLayout, members

_IMPORT = re.compile(r"^\s*(?:from|import)\s+(\w+)", re.MULTILINE)


class HostLayout(ZipLayout):
    """As in a zip, but for vector pictures, which stand on the book's site if the settings say where."""

    def __init__(self, book: Book, members: Mapping[str, Projection], pictures: tuple[str, str]) -> None:
        """Know the documents, the folder whose vector pictures are elsewhere, and the address that stands for it."""
        super().__init__(book, members)
        self.folder, self.address = (part.rstrip("/") for part in pictures)

    def picture(self, origin: str, path: str) -> str:
        """Return the address of a picture."""
        if self.address and path.endswith(".svg") and path.startswith(f"{self.folder}/"):
            return self.address + path[len(self.folder) :]
        return super().picture(origin, path)


def write_hosted(book: Book, host: NotebookHost, backends: tuple[str, ...], out: Path) -> Built:
    """Write the notebooks of ``host`` into ``out/TAB`` for each backend, in place of what was there.

    BookError if a reference leads to nothing.
    """
    started = time.monotonic()
    if broken := errors_only(reference_faults(book)):
        raise BookError(broken)
    references, folders = CrossReferences.of(book), []
    for backend in backends:
        folder = out / backend
        shutil.rmtree(folder, ignore_errors=True)
        inside = members(book, backend)
        layout = HostLayout(book, inside, host.pictures)
        for docname, projection in inside.items():
            notebook = reader_notebook(book, projection, layout, backend=backend, references=references)
            libraries = book.section(docname).libraries
            file = folder / f"{docname}.ipynb"
            prepared = prepare(notebook, host, backend, libraries)
            write_whole(file, nbformat.writes(prepared) + "\n", durable=False)
        for place, file in resource_files(book.config).items():
            write_whole(folder / place, file.read_bytes(), durable=False)
        for place, path in layout.pictures.items():
            if picture := own_file(book.config, path):
                write_whole(folder / place, picture.read_bytes(), durable=False)
        folders.append(folder)
    return Built(tuple(folders), seconds=time.monotonic() - started)


def prepare(notebook: NotebookNode, host: NotebookHost, backend: str, libraries: tuple[str, ...] = ()) -> NotebookNode:
    """Return a reader's notebook as a host needs it; ``libraries`` is what the section itself asks pip for."""
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    kernel = host.kernel(backend)
    notebook.metadata["kernelspec"] = {"name": kernel, "display_name": "Python 3" if kernel == "python3" else kernel}
    if host.gpu_pattern and any(host.gpu_pattern in source for source in code):
        notebook.metadata["accelerator"] = "GPU"
    installs = list(dict.fromkeys([*_installs(code, host, backend), *libraries]))
    if installs:
        source = "\n".join(f"!pip install {name}" for name in installs)
        head = [v4.new_markdown_cell(host.header, id="install-why")] if host.header else []
        notebook.cells[:0] = [*head, v4.new_code_cell(source, id="install")]
    return notebook


def _installs(code: list[str], host: NotebookHost, backend: str) -> Iterator[str]:
    """Yield what pip installs for the modules that cells import, in the settings' order."""
    imported = {name for source in code for name in _IMPORT.findall(source)}
    yield from (install for module, install in host.installs(backend) if module in imported)
