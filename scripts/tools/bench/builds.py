"""Builds beside d2lbook 1.0.3: ``python -m scripts.tools.bench.builds compare|scale``.

``compare`` runs both engines on a synthetic book in the old dialect (209 sections, or ``--sections``), or on any
``FOLDER``: cold merged HTML, no change, one edit (by command, and with ``serve`` warm), library, notebooks, start-up.
``scale`` builds synthetic books of 50 to 400 sections with ours, and adds a section to one of 200. Both print tables
for the README. The peer's environment is ``--peer PYTHON``, or is made below ``_build/bench``; books are copied to
a temporary folder, outside the repository. Run on a quiet machine.
"""

from __future__ import annotations

import argparse
import datetime
import shutil
import statistics
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from d2lbook.book import book as books
from scripts.tools.bench.clock import Cost, processors
from scripts.tools.bench.engines import Ours, Peer, change_words, make_peer
from scripts.tools.bench.synthetic import Synthetic

ROOT = Path(__file__).resolve().parents[3]
MARK = "，这里改了几个字"
STEPS = (
    ("cold", "cold merged HTML"),
    ("same", "no change"),
    ("edit", "one edit, by command"),
    ("warm", "one edit, `serve` running"),
    ("lib", "library of all tabs"),
    ("check", "check"),
    ("pkg", "notebooks of all tabs, packed"),
    ("pdf", "PDF of one tab, its volumes side by side"),
    ("start", "`--help`"),
)
Costs = dict[str, Cost]


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    commands = parser.add_subparsers(dest="command", required=True)
    compare_ = commands.add_parser("compare", help="ours and the peer on one book")
    compare_.add_argument("folder", nargs="?", type=Path, help="a book (default: a synthetic one)")
    compare_.add_argument("--sections", type=int, default=209, help="of the synthetic book (default: 209)")
    compare_.add_argument("--peer", type=Path, help="interpreter of the peer's environment (default: made)")
    compare_.add_argument("--ours-only", action="store_true", help="leave the peer out")
    compare_.add_argument("--pdf", action="store_true", help="the PDF of one tab, too (ours; needs TeX)")
    scale_ = commands.add_parser("scale", help="ours on books of growing size")
    scale_.add_argument("sizes", nargs="*", type=int, default=[50, 100, 200, 400])
    for command in (compare_, scale_):
        command.add_argument("--port", type=int, default=8765, help="of serve")
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="d2lbook-bench-") as folder:
        work = Path(folder)
        print(f"{datetime.date.today()}, {processors()} processors, Python {sys.version.split()[0]}\n", flush=True)
        if arguments.command == "scale":
            scale(work, arguments.sizes, arguments.port)
        else:
            compare(work, arguments)
    return 0


def compare(work: Path, arguments: argparse.Namespace) -> None:
    """Print what both engines need for a book."""
    source = arguments.folder
    if source is None:
        source = work / "book"
        Synthetic(arguments.sections).write(source)
    ours = Ours(source, work)
    docname = _middle(ours)
    columns: dict[str, Costs] = {}
    if not arguments.ours_only:
        python = arguments.peer or make_peer(ROOT / "_build/bench/old-env")
        peer = Peer(source, work, python.absolute())
        columns[Peer.name] = _steps(peer, docname)
        print(f"{Peer.name}: {peer.given} notebooks were given their stored outputs\n", flush=True)
    columns[Ours.name] = _steps(ours, docname) | {"warm": _median(ours.served_edits(docname, arguments.port))}
    columns[Ours.name]["check"] = ours.check()
    if arguments.pdf:
        columns[Ours.name]["pdf"], pages = ours.pdf(ours.book.config.backend_names[1])
        print(f"pages of the volumes: {', '.join(map(str, pages))}\n")
    print(f"{len(ours.book.sections)} documents, {len(ours.book.projections())} notebooks in both\n")
    for what, pick in (
        ("CPU s", lambda cost: cost.cpu),
        ("wall s", lambda cost: cost.wall),
        ("largest process, MiB", lambda cost: cost.mib),
    ):
        print(table(columns, what, pick), flush=True)
    cold = columns[Ours.name]["cold"]
    print(f"processors busy in our cold build: {cold.cpu / cold.wall:.2f}")


def _middle(ours: Ours) -> str:
    """Return a section from the middle of the book that has code."""
    names = [section.docname for section in ours.book.sections if section.code]
    return names[len(names) // 2]


def _steps(engine: Ours | Peer, docname: str) -> Costs:
    """Run every step that both engines have; what they make is looked at."""
    costs = {"cold": engine.html()}
    for section in engine.book.sections:
        engine.page(section.docname)
    costs["same"] = _median([engine.html() for _ in range(engine.times)])
    edits = []
    for number in range(engine.times):
        mark = f"{MARK}（{number}）"
        change_words(engine.book.config.source_dir / f"{docname}.md", mark)
        edits.append(engine.html())
        assert mark in engine.page(docname), f"{engine.name} lost the edit"
    costs["edit"] = _median(edits)
    costs["lib"], costs["pkg"] = engine.library(), engine.notebooks()
    costs["start"] = _median([engine.start() for _ in range(5)])
    return costs


def _median(costs: Sequence[Cost]) -> Cost:
    wall, cpu, mib = (statistics.median(getattr(cost, name) for cost in costs) for name in ("wall", "cpu", "mib"))
    return Cost(wall, cpu, mib)


def table(columns: dict[str, Costs], what: str, pick: Callable[[Cost], float]) -> str:
    """Return a table in markdown: a row for each step, a column for each engine, and the ratio of the two."""
    names = list(columns)
    ratio = len(names) == 2
    heads = [what, *names, *(["ratio"] if ratio else [])]
    rows = [f"| {' | '.join(heads)} |", "|:--|" + "--:|" * (len(heads) - 1)]
    for key, title in STEPS:
        values = [pick(costs[key]) if key in costs else None for costs in columns.values()]
        if key == "warm" and ratio and values[0] is None:
            values[0] = pick(columns[names[0]]["edit"])  # the peer has no server: its command
        cells = ["–" if value is None else f"{value:.2f}" for value in values]
        if ratio and values[0] is not None and values[1]:
            cells.append(
                f"{values[0] / values[1]:.0f}×" if values[0] > 10 * values[1] else f"{values[0] / values[1]:.1f}×"
            )
        rows.append(f"| {title} | {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def scale(work: Path, sizes: Sequence[int], port: int) -> None:
    """Print how the costs grow with the book, and what a new section costs in one of 200."""
    heads = [
        "sections",
        "cold CPU s",
        "cold wall s",
        "CPU ms a section",
        "no change s",
        "one edit s",
        "served s",
        "library s",
    ]
    print(f"| {' | '.join(heads)} |\n" + "|--:" * len(heads) + "|", flush=True)
    for size in sizes:
        source = work / f"book{size}"
        Synthetic(size).write(source)
        ours = Ours(source, work)
        shutil.rmtree(source)
        costs = _steps(ours, _middle(ours)) | {"warm": _median(ours.served_edits(_middle(ours), port))}
        cold, each = costs["cold"], 1000 * costs["cold"].cpu / size
        walls = " | ".join(f"{costs[key].wall:.2f}" for key in ("same", "edit", "warm", "lib"))
        print(f"| {size} | {cold.cpu:.1f} | {cold.wall:.1f} | {each:.0f} | {walls} |", flush=True)
        if size == 200:
            added = add_section(ours)
    if 200 in sizes:
        print(f"\na section added in the middle of 200: {added.wall:.1f} s ({added.cpu:.1f} CPU s)")


def add_section(ours: Ours) -> Cost:
    """Add a section in the middle of a built synthetic book; return what the build costs."""
    names = [section.docname for section in ours.book.sections if section.code]
    chapter, _, before = names[len(names) // 2].partition("/")
    Synthetic(0).write_section(ours.root, len(names), f"{chapter}/new")
    index = ours.root / chapter / "index.md"
    index.write_text(index.read_text(encoding="utf-8").replace(before, f"new\n{before}"), encoding="utf-8")
    Synthetic.store_outputs(ours.root, {f"{chapter}/new": len(names)})
    ours.book = books.load(ours.root)
    cost = ours.html()
    assert "tensor" in ours.page(f"{chapter}/new")
    return cost


if __name__ == "__main__":
    sys.exit(main())
