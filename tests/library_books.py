"""Small books for the tests of the library: sections from cells, with the real settings of the book."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.book.book import Book

from .conftest import ROOT, MakeBook

REAL_CONFIG = re.sub(r"^front_curves = .*\n", "", (ROOT / "config.ini").read_text(encoding="utf-8"), flags=re.MULTILINE)
"""The book's settings, less the section whose curves its front page draws."""
HEADS = {
    "mxnet": "from mxnet import np, npx\nfrom d2l import mxnet as d2l\n\nnpx.set_np()",
    "pytorch": "import torch\nfrom d2l import torch as d2l",
    "tensorflow": "import tensorflow as tf\nfrom d2l import tensorflow as d2l",
    "jax": "from jax import numpy as jnp\nfrom d2l import jax as d2l",
}
"""First cells, as authors write them."""
MAKERS = {
    "mxnet": "np.array(data)",
    "pytorch": "torch.tensor(data)",
    "tensorflow": "tf.constant(data)",
    "jax": "jnp.array(data)",
}

Cell = tuple[str, str]
"""Tabs and code."""


def section(title: str, *cells: Cell, front: str = "") -> str:
    """Return a section's markdown."""
    text = f"---\n{front}\n---\n" if front else ""
    text += f"# {title}\n"
    for tabs, code in cells:
        text += f"\n```{{.python .input}}\n#@tab {tabs}\n{code.strip(chr(10))}\n```\n"
    return text


def heads() -> tuple[Cell, ...]:
    """Return the first cell of every tab."""
    return tuple(HEADS.items())


def each(code: str) -> tuple[Cell, ...]:
    """Return a cell per tab; ``MAKE`` stands for the backend's way to make an array of ``data``."""
    return tuple((name, code.replace("MAKE", MAKERS[name])) for name in HEADS)


def tabbed(title: str, *cells: Cell, front: str = "") -> str:
    """Return a section that begins with the first cells of all tabs."""
    return section(title, *heads(), *cells, front=front)


def make(make_book: MakeBook, chapters: Mapping[str, Sequence[str]], files: Mapping[str, str]) -> Path:
    """Write a book of chapters, each with its sections' names, and return its root."""
    toc = "# 书\n\n```toc\n:numbered:\n\n" + "".join(f"{chapter}/index\n" for chapter in chapters) + "```\n"
    pages = {
        f"{chapter}/index": f"# {chapter}\n\n```toc\n" + "".join(f"{name}\n" for name in names) + "```\n"
        for chapter, names in chapters.items()
    }
    return make_book({"index": toc, **pages, **files}, REAL_CONFIG)


def load(make_book: MakeBook, chapters: Mapping[str, Sequence[str]], files: Mapping[str, str]) -> Book:
    """Write a book and read it; it has no faults of its own."""
    book = books.load(make(make_book, chapters, files))
    assert not book.faults
    return book


TENSOR = each("def tensor(data):  #@save\n    return MAKE")


def one(make_book: MakeBook, *cells: Cell) -> Book:
    """Return a book of one tabbed section."""
    return load(make_book, {"first-steps": ["arrays"]}, {"first-steps/arrays": tabbed("数组", *cells)})


def two(make_book: MakeBook, first: tuple[Cell, ...], second: tuple[Cell, ...]) -> Book:
    """Return a book of two tabbed sections in two chapters."""
    files = {"first-steps/arrays": tabbed("数组", *first), "nets/linear": tabbed("网络", *second)}
    return load(make_book, {"first-steps": ["arrays"], "nets": ["linear"]}, files)


def module(book: Book, name: str) -> str:
    return (book.config.root / "d2l" / name).read_text(encoding="utf-8")


Checkout = Callable[[str], Path]
"""Name to the root of another checkout of a book."""


def checkout_of(origin: Book, folders: pytest.TempPathFactory) -> Checkout:
    """Return a function that makes another checkout of a book."""

    def make(name: str) -> Path:
        root = folders.mktemp(name) / "book"
        shutil.copytree(origin.config.root, root, symlinks=True)
        return root

    return make


def run(root: Path, *words: str) -> int:
    """Return the exit code of ``d2lbook`` with ``words``."""
    return cli.main(["--root", str(root), *words])


def edit(book: Book, docname: str, old: str, new: str) -> None:
    """Replace words of a section that has them."""
    path = book.config.source_dir / f"{docname}.md"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
