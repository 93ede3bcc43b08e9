"""How long a PDF takes, and how that grows: ``python -m scripts.tools.bench.pdf [SECTIONS …]``.

Each row is one command, ``d2lbook pdf --tab pytorch``, in a folder where nothing was built before: synthetic books of
7 to 56 sections (``synthetic``), then a copy of this book. Prints a table for the README. Run on a quiet machine.
"""

from __future__ import annotations

import argparse
import datetime
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from d2lbook.book import book as books
from d2lbook.pdf.tex import require_programs
from scripts.tools.bench.clock import Cost, processors, run
from scripts.tools.bench.synthetic import Synthetic

ROOT = Path(__file__).resolve().parents[3]
TAB = "pytorch"
OWN = ("config.ini", "chapters_md", "static", "d2l", "locks")
"""What this book's PDF is made of."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("sections", nargs="*", type=int, default=[7, 14, 28, 56], help="of the synthetic books")
    parser.add_argument("--synthetic-only", action="store_true", help="leave this book out")
    given = parser.parse_args(argv)
    require_programs()
    print(f"{datetime.date.today()}, {processors()} processors, Python {sys.version.split()[0]}\n")
    print("| book | sections with code | pages | wall s | CPU s | MiB |\n|:--|--:|--:|--:|--:|--:|", flush=True)
    for title, sections, root in _books(given.sections, not given.synthetic_only):
        pages, size, cost = measured(root)
        print(f"| {title} | {sections} | {pages} | {cost.wall:.0f} | {cost.cpu:.0f} | {size:.1f} |", flush=True)
    return 0


def _books(sizes: Sequence[int], own: bool) -> Iterator[tuple[str, int, Path]]:
    """Yield title, number of sections and folder of each book, there until the next one is asked for."""
    for size in sizes:
        with tempfile.TemporaryDirectory(prefix="d2lbook-pdf-") as folder:
            Synthetic(size).write(Path(folder))
            yield "synthetic", size, Path(folder)
    if own:
        with tempfile.TemporaryDirectory(prefix="d2lbook-pdf-") as folder:
            for name in OWN:
                source, target = ROOT / name, Path(folder) / name
                shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
            book = books.load(Path(folder))
            yield "this book", len({item.docname for item in book.projections()}), Path(folder)


def measured(root: Path) -> tuple[int, float, Cost]:
    """Make one PDF of the book in ``root``; return its pages, its size in MiB and what it cost."""
    cost, said = run([sys.executable, "-m", "d2lbook", "--root", root, "pdf", "--tab", TAB], root)
    (pages,) = re.findall(r"(\d+) pages", said)
    (file,) = root.glob(f"_build/pdf/*{TAB}.pdf")
    return int(pages), file.stat().st_size / 2**20, cost


if __name__ == "__main__":
    sys.exit(main())
