"""A reader's zip in an empty environment: ``python -m scripts.tools.zip_trial [--tab T] [--section S …] [--seed N]``.

Makes the zip, unpacks it into an empty folder, makes an environment of nothing but its own ``requirements.txt``, and
runs one section there from top to bottom (``--per-chapter``: one of each chapter). Without ``--tab`` the seed chooses
the backend. The environment sees no other path than the zip's folder; data sets come from ``D2L_MIRROR`` where that is
set. Exit code 1, with the cell and its error, if a section fails.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.execute.environments import UV, make_empty, sources
from d2lbook.notebooks import write_zips
from d2lbook.notebooks.cover import folder_of

ROOT = Path(__file__).resolve().parents[2]
RUNNER = """
import sys, nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
notebook = nbformat.read(sys.argv[1], as_version=4)
for cell in notebook.cells:
    if cell.cell_type == "code":
        cell.outputs = []
try:
    NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
except CellExecutionError as error:
    sys.exit(str(error))
print(sum(bool(cell.get("outputs")) for cell in notebook.cells), "cells with outputs")
"""


def environment(folder: Path, requirements: Path) -> Path:
    """Make an environment of the zip's own pins, and nbclient to run it; return its interpreter."""
    python = make_empty(folder)
    install = [UV, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *sources(requirements)]
    subprocess.run([*install, "-r", requirements, "nbclient", "nbformat"], check=True)
    return python


def chosen(book: Book, tab: str, seed: int, per_chapter: bool) -> Iterator[str]:
    """Yield a section that the backend runs, chosen by the seed; or one of each chapter."""
    names = [item.docname for item in book.projections() if item.backend == tab]
    if not per_chapter:
        yield names[seed // 7 % len(names)]
        return
    for chapter in dict.fromkeys(name.partition("/")[0] for name in names):
        inside = [name for name in names if name.partition("/")[0] == chapter]
        yield inside[seed % len(inside)]


def attempt(book: Book, tab: str, names: list[str], packed: Path | None = None) -> list[str]:
    """Run sections of a backend's zip, that in the folder ``packed`` or one made here; return what failed."""
    failures = []
    with tempfile.TemporaryDirectory(prefix="d2l-zip-") as work:
        path = packed / f"{folder_of(tab)}.zip" if packed else write_zips(book, (tab,), Path(work)).files[0]
        with zipfile.ZipFile(path) as pack:
            pack.extractall(work)
        Path(work, folder_of(tab)).rename(Path(work) / "book")
        started = time.monotonic()
        python = environment(Path(work) / "env", Path(work) / "book" / "requirements.txt")
        print(f"{tab}: environment of its own pins in {time.monotonic() - started:.0f} s", flush=True)
        kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
        kept |= {"D2L_DATA": f"{work}/data", "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        for name in names:
            started, file = time.monotonic(), Path(work) / "book" / f"{name}.ipynb"
            command = [python, "-c", RUNNER, file.name]
            done = subprocess.run(command, cwd=file.parent, env=kept, capture_output=True, text=True, check=False)
            said = done.stdout.strip() if done.returncode == 0 else "FAILED"
            print(f"{tab}/{name}: {said} in {time.monotonic() - started:.0f} s", flush=True)
            if done.returncode:
                failures.append(f"{tab}/{name}:\n{done.stderr[-3000:]}")
    return failures


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--tab", help="a backend, or all (default: one, by the seed)")
    parser.add_argument("--section", action="append", default=[], help="a docname (default: one, by the seed)")
    parser.add_argument("--seed", type=lambda text: int(text, 0), default=0)
    parser.add_argument("--packed", type=Path, help="a folder of zips just packed (default: packs its own)")
    parser.add_argument("--per-chapter", action="store_true", help="one section of each chapter, as for a release")
    given = parser.parse_args()
    book = books.load(ROOT)
    every = book.config.backend_names
    tabs = every if given.tab == "all" else (given.tab or every[given.seed % len(every)],)
    failures: list[str] = []
    for tab in tabs:
        names = given.section or list(chosen(book, tab, given.seed, given.per_chapter))
        failures += attempt(book, tab, names, given.packed)
    print("\n".join(failures), end="")
    return int(bool(failures))


if __name__ == "__main__":
    sys.exit(main())
