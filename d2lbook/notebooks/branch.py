"""The tree of the notebooks' branch, and the addresses under which Colab opens what it holds.

A folder ``d2l-<backend>`` holds what that backend's zip holds. If the repository is on GitHub, its notebooks are made
for Colab, which gets the notebook and nothing beside it: the first cell fetches the branch and installs the pins that
the section needs, pictures are shown from the branch, and references open the other notebook in Colab.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from urllib.parse import quote

from d2lbook.book.book import Book
from d2lbook.book.config import BASE, Config
from d2lbook.book.projection import Projection
from d2lbook.book.references import reference_faults
from d2lbook.errors import BookError, errors_only
from d2lbook.files import beside, write_whole
from d2lbook.library.extract import library_files
from d2lbook.notebooks.cover import folder_of, on_github
from d2lbook.notebooks.pins import colab_pins
from d2lbook.notebooks.reader import CrossReferences
from d2lbook.notebooks.zips import ZipLayout, contents, members, setup_of
from d2lbook.words.language import listed, said

HOME = "/content/book"
"""Where the branch is put on Colab's machine."""


def colab_address(config: Config, docname: str, backend: str) -> str:
    """Return what opens a notebook of the branch in Colab; empty without a repository on GitHub.

    What needs no framework is in every folder; the first one's is meant.
    """
    if not (name := on_github(config)):
        return ""
    folder = folder_of(config.backend_names[0] if backend == BASE else backend)
    path = f"{name}/blob/{config.notebooks_branch}/{folder}/{docname}.ipynb"
    return f"https://colab.research.google.com/github/{quote(path)}"


class ColabLayout(ZipLayout):
    """As in a zip, but notebooks and pictures are named by their addresses."""

    def __init__(self, book: Book, members: Mapping[str, Projection], backend: str) -> None:
        """Know the documents of one backend's folder."""
        super().__init__(book, members)
        self.config, self.backend = book.config, backend

    def document(self, origin: str, docname: str) -> str:
        """Return what opens a notebook in Colab, empty if the folder has none."""
        return colab_address(self.config, docname, self.backend) if docname in self.members else ""

    def picture(self, origin: str, path: str) -> str:
        """Return the address of a picture's file in the branch."""
        below = beside(origin, super().picture(origin, path))
        where = f"{on_github(self.config)}/{self.config.notebooks_branch}/{folder_of(self.backend)}/{below}"
        return f"https://raw.githubusercontent.com/{quote(where)}"


def install_cell(config: Config, backend: str, docname: str, projection: Projection) -> str:
    """Return a notebook's first cell: on Colab it fetches the branch and the pins that the section needs."""
    told = said("在Colab里先取来{folder}文件夹，d2l在其中；在别处只设好路径", config.lang, folder=folder_of(backend))
    lines = [
        f"# {told}",
        "import sys",
        "if 'google.colab' in sys.modules:",
        f"    !git clone --quiet --depth 1 --branch {config.notebooks_branch} {config.repository_url} {HOME}",
        f"    %cd -q {posixpath.dirname(f'{HOME}/{folder_of(backend)}/{docname}')}",
    ]
    if projection.backend != BASE and (needed := colab_pins(config, backend)):
        if newest := config.backend(backend).newest_python:
            version = ", ".join(str(int(part) + place) for place, part in enumerate(newest.split(".")))
            advice = said(
                "这些版本要Python {newest}：在命令面板里选“更改运行时版本”，换好后从头运行", config.lang, newest=newest
            )
            lines.append(f"    assert sys.version_info < ({version}), '{advice}'")
        lines.append(f"    %pip install --quiet {' '.join(needed)}")
    return "\n".join([*lines, setup_of(docname, config.lang).removeprefix("import sys; ")])


def write_branch(book: Book, backends: tuple[str, ...], out: Path) -> list[Path]:
    """Write the tree of the branch into ``out``, a folder for each backend; return the folders.

    BookError if a reference leads to nothing.
    """
    if broken := errors_only(reference_faults(book)):
        raise BookError(broken)
    library, references, folders = library_files(book), CrossReferences.of(book), []
    for backend in backends:
        if on_github(book.config):
            layout = ColabLayout(book, members(book, backend), backend)
            setup = partial(install_cell, book.config, backend)
            files = contents(book, backend, library, references, layout, setup)
        else:
            files = contents(book, backend, library, references)
        folders.append(out / folder_of(backend))
        for name, content in files.items():
            file = folders[-1] / name
            write_whole(file, content, durable=False)
    write_whole(out / "README.md", _readme(book.config, [f"`{folder_of(name)}`" for name in backends]), durable=False)
    return folders


def _readme(config: Config, names: Sequence[str]) -> str:
    words = "版本{release}的笔记本，每个后端一个文件夹：{names}。\n由程序从正文生成，请勿在此修改。"
    folders = listed(names, config.lang)
    head = said("{title}：笔记本", config.lang, title=config.title)
    return f"# {head}\n\n{said(words, config.lang, release=config.release, names=folders)}\n"
