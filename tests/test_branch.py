"""The notebooks' branch: Colab's first cell names the right pins and works, and every link leads into the tree."""

from __future__ import annotations

import posixpath
import re
import subprocess
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote

import nbformat
import pytest

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.notebooks import colab_address, write_branch
from d2lbook.notebooks.branch import HOME, install_cell
from scripts.tools import scope

from .conftest import CONFIG, ROOT, need_env
from .site_book import write_sample

REPOSITORY = "https://github.com/some/book"
CHOSEN = {
    "mxnet": {"mxnet", "numpy"},
    "pytorch": {"torch"},
    "tensorflow": {"tensorflow", "keras"},
    "jax": {"jax", "flax", "optax"},
}
"""What Colab installs: NumPy only beside MXNet, which needs an old one."""
LOOKED_AT = tuple(scope.sample(list(CHOSEN), 1, "branch"))
"""Backends whose part of the real book's branch is made: one, another for each commit."""
IN_COLAB = "import sys, types; sys.modules['google.colab'] = types.ModuleType('google.colab')"
SHELL = """
import sys
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
for cell in sys.argv[1:]:
    shell.run_cell(cell).raise_error()
import d2l, os
print(os.path.dirname(d2l.__path__[0]))
"""


def public(root: Path) -> Book:
    """Return a book whose repository is on GitHub."""
    book = books.load(root)
    return replace(book, config=replace(book.config, repository_url=REPOSITORY))


@pytest.fixture(scope="module")
def trees(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """Return the branch of the sample and that of the book itself."""
    folder = tmp_path_factory.mktemp("branch")
    write_sample(folder / "sample")
    found = {"sample": folder / "tree", "real": folder / "real"}
    sample = public(folder / "sample")
    write_branch(sample, sample.config.backend_names, found["sample"])
    write_branch(public(ROOT), LOOKED_AT, found["real"])
    return found


def first_code(file: Path) -> str:
    cells = nbformat.read(file, as_version=4).cells
    return next((str(cell.source) for cell in cells if cell.cell_type == "code"), "")


def in_tree(address: str) -> str:
    """Return the path in the tree to which an address of Colab or of a picture leads; empty for another address."""
    colab = "https://colab.research.google.com/github/some/book/blob/notebooks/"
    raw = "https://raw.githubusercontent.com/some/book/notebooks/"
    for head in (colab, raw):
        if address.startswith(head):
            return unquote(address.removeprefix(head).partition("#")[0])
    return ""


@pytest.mark.parametrize("name", ["sample", "real"])
def test_every_notebook_is_valid_and_its_links_lead_into_the_tree(trees: Mapping[str, Path], name: str) -> None:
    tree, links = trees[name], 0
    for file in tree.rglob("*.ipynb"):
        notebook = nbformat.read(file, as_version=4)
        nbformat.validate(notebook)
        for cell in notebook.cells:
            if cell.cell_type != "markdown":
                continue
            for address in re.findall(r"\]\(<?([^)>\s]+)", cell.source):
                if place := in_tree(address):
                    links += 1
                    assert (tree / place).is_file(), (file, address)
                else:
                    assert "://" in address or address.startswith("#"), (file, address)
    assert links > 10


@pytest.mark.parametrize("name", LOOKED_AT)
def test_the_first_cell_names_the_pins_of_the_lock(trees: Mapping[str, Path], name: str) -> None:
    folder = trees["real"] / f"d2l-{name}"
    lock = (ROOT / "locks" / f"{name}-cpu.txt").read_text(encoding="utf-8")
    book = books.load(ROOT)
    own = [item.docname for item in book.projections() if item.backend == name]
    for docname in own:
        cell = first_code(folder / f"{docname}.ipynb")
        assert f"%cd -q {posixpath.dirname(f'{HOME}/d2l-{name}/{docname}')}\n" in cell
        (line,) = re.findall(r"^    %pip install --quiet (.+)$", cell, re.MULTILINE)
        pins = dict(pin.split("==") for pin in line.split())
        assert pins.keys() == CHOSEN[name]
        for package, version in pins.items():
            assert re.search(rf"^{package}(-cpu)?==(\S+)", lock, re.MULTILINE)[2].partition("+")[0] == version  # type: ignore[index]
        assert ("sys.version_info < (3, 12)" in cell) == (name == "mxnet")
    assert own


def test_what_needs_no_framework_installs_nothing(trees: Mapping[str, Path]) -> None:
    cell = first_code(trees["sample"] / "d2l-jax/one/calculus.ipynb")
    assert cell == (
        "# 在Colab里先取来d2l-jax文件夹，d2l在其中；在别处只设好路径\n"
        "import sys\n"
        "if 'google.colab' in sys.modules:\n"
        f"    !git clone --quiet --depth 1 --branch notebooks {REPOSITORY} {HOME}\n"
        f"    %cd -q {HOME}/d2l-jax/one\n"
        "sys.path.insert(0, '..')  # d2l在上一级文件夹"
    )
    assert not first_code(trees["sample"] / "d2l-jax/front.ipynb")


def test_the_first_cell_speaks_the_books_language() -> None:
    book = public(ROOT)
    projection = next(item for item in book.projections() if item.backend == "mxnet")
    cell = install_cell(replace(book.config, lang="en"), "mxnet", "a/b", projection)
    assert cell.startswith("# on Colab the folder d2l-mxnet, which holds d2l, is fetched first")
    assert "these versions need Python 3.11" in cell and cell.endswith("# d2l is one folder up")
    assert not re.search("[\u4e00-\u9fff]", cell)


def test_the_sites_buttons_lead_to_notebooks_of_the_branch(trees: Mapping[str, Path]) -> None:
    book = public(ROOT)
    shown = [item for item in book.projections() if item.backend in LOOKED_AT]
    assert shown
    for item in shown:
        assert (trees["real"] / in_tree(colab_address(book.config, item.docname, item.backend))).is_file()
    assert colab_address(books.load(ROOT).config, "index", BASE) == ""


def test_without_a_repository_the_branch_holds_what_the_zips_hold(tmp_path: Path) -> None:
    write_sample(tmp_path / "book")
    (tmp_path / "book" / "config.ini").write_text(CONFIG, encoding="utf-8")
    (folder,) = write_branch(books.load(tmp_path / "book"), ("jax",), tmp_path / "tree")
    assert first_code(folder / "one/ndarray.ipynb") == "import sys; sys.path.insert(0, '..')  # d2l在上一级文件夹"
    assert "](../front.ipynb" in (folder / "one/ndarray.ipynb").read_text(encoding="utf-8")


@pytest.mark.backend
def test_the_first_cell_finds_the_library_in_colab_and_elsewhere(trees: Mapping[str, Path], tmp_path: Path) -> None:
    python, tree = need_env(BASE), tmp_path / "tree"
    subprocess.run(["cp", "-r", trees["real"], tree], check=True)
    own = tree / f"d2l-{LOOKED_AT[0]}"
    cell = first_code(own / "preliminaries/calculus.ipynb")
    elsewhere = subprocess.run(
        [python, "-c", SHELL, cell], cwd=own / "preliminaries", capture_output=True, text=True, check=True
    )
    assert Path(elsewhere.stdout.split()[-1]).resolve() == own
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(tree)]
    for words in (["init", "--quiet", "--initial-branch", "notebooks"], ["add", "."], ["commit", "--quiet", "-m", "a"]):
        subprocess.run([*git, *words], check=True)
    home = tmp_path / "content"
    environment = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{tree}.insteadOf",
        "GIT_CONFIG_VALUE_0": REPOSITORY,
        "PATH": "/usr/bin:/bin",
        "HOME": str(tmp_path),
    }
    command = [python, "-c", SHELL, IN_COLAB, cell.replace(HOME, str(home))]
    hosted = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert Path(hosted.stdout.split()[-1]).resolve() == home / own.name
