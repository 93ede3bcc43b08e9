"""The command line: words to functions, faults to lines, outcomes to exit codes.

0: good; 1: the book has a fault; 2: wrong use. Rooms are imported by the command that needs them, so that
``--help`` is quick. argparse serves: no command needs more, and it is part of Python.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from d2lbook import __version__
from d2lbook.errors import BookError, Fault, UsageError, errors_only, tolerated

if TYPE_CHECKING:
    from d2lbook.book.book import Book

EPILOG = """\
examples:
  d2lbook html                                  the whole site, from stored outputs
  d2lbook eval                                  run what is stale, in every backend
  d2lbook eval preliminaries/autograd --tab jax one section in one backend
  d2lbook lib --check                           does d2l/ equal what the sources give?
  d2lbook eval --shard 2/4                      the second of four parts, for CI matrices
  d2lbook status                                fresh, stale (and why), missing
"""
_Add = Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser]
OLD_WORDS = ("eval", "lib", "html", "pdf", "pkg", "colab", "sagemaker", "all")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (default: the process's own); return the exit code."""
    arguments = _parser().parse_args(argv)
    try:
        code: int = arguments.run(arguments)
    except BookError as error:
        return _report(error.faults)
    except UsageError as error:
        print(f"d2lbook: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("d2lbook: interrupted; what was finished is stored", file=sys.stderr)
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="d2lbook",
        description="One book, several backends: executed notebooks, a library, a site.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--root", type=Path, default=Path(), help="folder of config.ini (default: this one)")
    tolerance = "for old books: faults of the sources are warnings, as with `tolerant` in [build]"
    parser.add_argument("--tolerant", action="store_true", help=tolerance)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.add_argument("--tolerant", action="store_true", default=argparse.SUPPRESS, help=tolerance)
        command.set_defaults(run=run)
        return command

    _add_evaluation(add)
    _add_products(add)
    command = add("new", new, "write the skeleton of a section, and list it in its chapter")
    command.add_argument("section", metavar="SECTION", help="its docname, such as chapter/section")
    command.add_argument("--title", default="", help="its title (default: from the name)")
    add("check", check, "look for broken references, citations, claims, pictures, sizes, style")
    add("clean", clean, "remove the output folder")
    command = add("env", env, "make the backends' environments, or compile their locks")
    command.add_argument("action", choices=("make", "lock", "newest"), help="newest: what fits together, pins or not")
    command.add_argument("names", nargs="*", metavar="NAME", help="environments (default: all)")
    command.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="default: cpu")
    command = add("release", release, "gather site, PDFs, zips, data sets and checksums")
    command.add_argument("--no-data", action="store_true", help="leave the data sets out")
    command = add("build", build, "the old tool's words: eval, lib, html, pdf, pkg, colab, sagemaker, all")
    command.add_argument("words", nargs="+", choices=OLD_WORDS)
    _evaluation_options(command, sections=False)
    return parser


def _add_evaluation(add: _Add) -> None:
    command = add("status", status, "say which outputs are fresh, stale or missing")
    command.add_argument("--strict", action="store_true", help="exit with 1 unless all are fresh")
    command = add("eval", evaluate, "run the sections whose outputs are stale or missing, and store them")
    _evaluation_options(command)
    shard = "only the I-th of N parts, divided by recorded times; with --tab, of that backend alone"
    command.add_argument("--shard", metavar="I/N", help=shard)
    command.add_argument("--cluster", metavar="ADDRESS", help="run on a Ray cluster (make cluster)")
    command.add_argument("--to", type=Path, metavar="FOLDER", help="store below this folder, nothing in the book")
    command = add("merge", merge, "take in what shards have run in other checkouts")
    command.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="another checkout, or what it left")
    command = add("seeds", run_seeds, "run sections under several seeds, and note their metrics")
    command.add_argument("sections", nargs="+", metavar="SECTION", help="a docname")
    command.add_argument("--seeds", type=_numbers, default=(0, 1, 2), metavar="A-B", help="which (default: 0-2)")
    command.add_argument("--tab", help="one backend (default: all)")
    command.add_argument("--jobs", type=int, help="notebooks at a time (default: what should be done first)")
    command = add("verify", verify, "run a sample of fresh outputs again and compare")
    command.add_argument("--sample", type=int, help="how many projections (default: as many as the budget allows)")
    command.add_argument("--seed", type=lambda text: int(text, 0), default=0, help="of the sample (default: 0)")
    command.add_argument("--budget", type=float, default=420.0, help="seconds that the sample may take (default: 420)")


def _add_products(add: _Add) -> None:
    command = add("lib", lib, "write d2l/ from the #@save blocks")
    command.add_argument("--check", action="store_true", help="only say what differs")
    add("html", html, "build the site")
    command = add("serve", serve, "build the site, show it, rebuild and reload on save")
    command.add_argument("--port", type=int, default=8000)
    command = add("zip", pack, "pack each backend's notebooks")
    command.add_argument("--tab", help="one backend (default: all)")
    command = add("pdf", pdf, "make the PDF of each backend (needs TeX)")
    command.add_argument("--tab", help="one backend (default: all)")
    command.add_argument(
        "--edition", default="", help="of those that config.ini lists, such as zh_Hant, or all (default: the first)"
    )
    command.add_argument("--chapters", default="", metavar="NAME,…", help="only these, for a look (default: all)")


def _evaluation_options(command: argparse.ArgumentParser, sections: bool = True) -> None:
    if sections:
        command.add_argument("sections", nargs="*", metavar="SECTION", help="a docname (default: all)")
    tab = "one backend, with the sections that need none (those alone: base), or all (default: every backend)"
    command.add_argument("--tab", help=tab)
    command.add_argument("--jobs", type=int, help="notebooks at a time (default: what should be done first)")
    command.add_argument("--force", action="store_true", help="run fresh ones too")
    command.add_argument("--fresh-kernels", action="store_true", help="fork none, as where CUDA is used")
    command.add_argument("--gpus", metavar="ID,…", help="GPUs to use (default: those that CUDA_VISIBLE_DEVICES allows)")
    device = "gpu: a GPU for each notebook whose backend can; notes what it measured in static/results (default: cpu)"
    command.add_argument("--device", choices=("cpu", "gpu"), default="cpu", help=device)


def _book(arguments: argparse.Namespace) -> Book:
    from d2lbook.book import book

    return book.load(arguments.root, arguments.tolerant)


def _readable(book: Book) -> Book:
    """Return the book if every file of it could be read as it is meant; broken references don't stop the work here."""
    if not _is_readable(book):
        raise BookError(book.faults)
    return book


def _is_readable(book: Book) -> bool:
    return not errors_only(fault for section in book.sections for fault in section.faults)


def _of_sources(book: Book, faults: Iterable[Fault]) -> Iterable[Fault]:
    """Return faults of a book's text: warnings where the book is to be tolerated."""
    return tolerated(faults) if book.config.tolerant else faults


def _report(faults: Iterable[Fault]) -> int:
    """Print the faults, errors last, and return the exit code they call for."""
    ordered = sorted(set(faults), key=lambda fault: (fault.severity != "warning", fault))
    for fault in ordered:
        print(fault, file=sys.stderr)
    errors = errors_only(ordered)
    if ordered:
        print(f"{len(errors)} errors, {len(ordered) - len(errors)} warnings", file=sys.stderr)
    return 1 if errors else 0


def status(arguments: argparse.Namespace) -> int:
    """Print the state of every projection."""
    from d2lbook.evidence import seeds, store
    from d2lbook.evidence import status as report

    book = _readable(_book(arguments))
    states = store.status(book)
    print(report.status_text(book, states))
    told = [item.state for item in states] + [item.state for item in seeds.states(book) if item.quoted]
    return int(arguments.strict and any(state != "fresh" for state in told))


def evaluate(arguments: argparse.Namespace) -> int:
    """Run what is stale, store it, report."""
    from d2lbook.evidence import evaluation, shards

    book = _readable(_book(arguments))
    if folder := getattr(arguments, "to", None):
        book = evaluation.elsewhere(book, folder)
    shard, gpus = getattr(arguments, "shard", None), arguments.gpus
    alone = bool(shard or getattr(arguments, "to", None))
    chosen = evaluation.choose(book, getattr(arguments, "sections", []), arguments.tab, alone)
    options = evaluation.Options(
        slots=arguments.jobs,
        force=arguments.force,
        fork=not arguments.fresh_kernels,
        shard=shards.read_shard(shard) if shard else None,
        cluster=getattr(arguments, "cluster", None) or "",
        gpus=None if gpus is None else tuple(name for name in gpus.split(",") if name),
        device=arguments.device,
        tab="" if arguments.tab in (None, "all") else arguments.tab,
    )
    return _report((*book.faults, *evaluation.evaluate(book, chosen, options)))


def merge(arguments: argparse.Namespace) -> int:
    """Take in what shards have run."""
    from d2lbook.evidence import merging

    book = _readable(_book(arguments))
    return _report(merging.merge(book, arguments.folders))


def _numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of ``0-2`` or ``0,3,7``."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    if not found:
        raise ValueError(text)
    return tuple(found)


def run_seeds(arguments: argparse.Namespace) -> int:
    """Run sections under several seeds, note their metrics, and print how they spread."""
    from d2lbook.evidence import evaluation, reseeding, seeds

    book = _readable(_book(arguments))
    chosen = evaluation.choose(book, arguments.sections, arguments.tab, False)
    faults = reseeding.run_seeds(book, chosen, arguments.seeds, arguments.jobs)
    for docname in dict.fromkeys(projection.docname for projection in chosen):
        print(docname, *reseeding.report(seeds.read(book.config, docname)), sep="\n")
    return _report((*book.faults, *faults))


def verify(arguments: argparse.Namespace) -> int:
    """Run a sample of fresh outputs again and compare."""
    from d2lbook.evidence import verification

    book = _readable(_book(arguments))
    return _report(verification.verify(book, arguments.sample, arguments.seed, arguments.budget))


def lib(arguments: argparse.Namespace) -> int:
    """Write the library, or say what differs from its sources."""
    from d2lbook.library import extract

    book = _book(arguments)
    if arguments.check or not _is_readable(book):
        return _report((*book.faults, *extract.check_library(book)))
    try:
        written = extract.write_library(book)
    except BookError as error:
        return _report((*book.faults, *error.faults))
    for path in written:
        print(path.relative_to(book.config.root))
    return _report(book.faults)


def html(arguments: argparse.Namespace) -> int:
    """Build the site."""
    from d2lbook import site

    book = _book(arguments)
    result = site.build(book, book.config.output_dir / "html", editions=getattr(arguments, "editions", ()))
    code = _report((*book.faults, *_of_sources(book, result.faults)))
    print(f"{result.pages} pages in {result.seconds:.1f} s: {book.config.output_dir / 'html' / 'index.html'}")
    return code


def serve(arguments: argparse.Namespace) -> int:
    """Build the site, show it, rebuild and reload on save."""
    from d2lbook.site.serve import serve as serve_folder

    def rebuild() -> None:
        try:
            html(arguments)
        except BookError as error:
            _report(error.faults)

    rebuild()
    config = _book(arguments).config
    arguments.editions = config.editions[:1]
    if others := ", ".join(config.editions[1:]):
        print(f"while you write, {others} stays as it is: d2lbook html makes it anew", file=sys.stderr)
    watched = [
        config.root / "config.ini",
        config.source_dir,
        config.outputs_dir,
        config.root / "static",
        config.bibfile,
    ]
    serve_folder(config.output_dir / "html", watched, rebuild, arguments.port, config.output_dir)
    return 0


def pack(arguments: argparse.Namespace) -> int:
    """Write the zips of the reader's notebooks."""
    from d2lbook import notebooks

    book = _readable(_book(arguments))
    for path in notebooks.write_zips(book, _tabs(book, arguments.tab), book.config.output_dir / "zip"):
        print(f"{path.relative_to(book.config.root)}  {path.stat().st_size / 1024:.0f} KB")
    return _report(book.faults)


def pdf(arguments: argparse.Namespace) -> int:
    """Make the PDF of each backend; where TeX is missing, say what to install."""
    from d2lbook import pdf as paper
    from d2lbook.book.volumes import entries, short, volume_faults

    book, edition = _readable(_book(arguments)), getattr(arguments, "edition", "")
    editions = book.config.editions if edition == "all" else (edition or book.config.lang,)
    if not set(editions) <= set(book.config.editions):
        raise UsageError(f"unknown edition {edition!r}; known: {', '.join(book.config.editions)}, all")
    chapters = [name for name in getattr(arguments, "chapters", "").split(",") if name]
    known = {short(name) for name in entries(book)}
    if unknown := [name for name in chapters if name not in known]:
        raise UsageError(f"unknown chapter {unknown[0]!r}; known: {', '.join(sorted(known))}")
    if wrong := tuple(volume_faults(book)):
        return _report((*book.faults, *wrong))
    out = book.config.output_dir / "pdf"
    try:
        result = paper.build(book, _tabs(book, arguments.tab), out, editions=editions, chapters=chapters)
    except paper.ProgramsMissing as error:
        print(f"d2lbook: {error}", file=sys.stderr)
        return 1
    for file in result.files:
        size = file.stat().st_size / 2**20
        print(f"{file.relative_to(book.config.root)}  {paper.page_count(file)} pages, {size:.1f} MiB")
    print(f"{len(result.files)} PDFs in {result.seconds:.1f} s")
    return _report((*book.faults, *result.faults))


def env(arguments: argparse.Namespace) -> int:
    """Make environments, or compile their locks."""
    from d2lbook.execute.environments import Environments

    known = Environments(arguments.root.resolve())
    if unknown := sorted(set(arguments.names) - set(known.names)):
        raise UsageError(f"no lock for {', '.join(unknown)}; known: {', '.join(known.names)}")
    for name in arguments.names or known.names:
        if arguments.action == "newest":
            known.newest(name)
        else:
            (known.make if arguments.action == "make" else known.lock)(name, arguments.device)
    return 0


def release(arguments: argparse.Namespace) -> int:
    """Gather a release."""
    from d2lbook import pdf as paper
    from d2lbook import release as releasing

    book = _readable(_book(arguments))
    try:
        folder, faults = releasing.release(book, not arguments.no_data)
    except paper.ProgramsMissing as error:
        print(f"d2lbook: {error}", file=sys.stderr)
        return 1
    if folder:
        files = [path for path in folder.rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 2**20
        print(f"{len(files)} files, {size:.0f} MiB: {folder.relative_to(book.config.root)}")
    return _report(faults)


def colab(arguments: argparse.Namespace) -> int:
    """Write the notebooks for Colab."""
    return _host(arguments, "colab")


def sagemaker(arguments: argparse.Namespace) -> int:
    """Write the notebooks for SageMaker."""
    return _host(arguments, "sagemaker")


def _host(arguments: argparse.Namespace, name: str) -> int:
    from d2lbook.notebooks import write_hosted

    book = _readable(_book(arguments))
    host = next((host for host in book.config.hosts if host.name == name), None)
    if host is None:
        raise UsageError(f"[{name}] in config.ini names no github_repo")
    for folder in write_hosted(book, host, _tabs(book, arguments.tab), book.config.output_dir / name):
        print(f"{folder.relative_to(book.config.root)}  for {host.repository(folder.name)}")
    return _report(book.faults)


def _tabs(book: Book, tab: str | None) -> tuple[str, ...]:
    if tab in (None, "all"):
        return book.config.backend_names
    if tab not in book.config.backend_names:
        raise UsageError(f"unknown tab {tab!r}; known: {', '.join(book.config.backend_names)}, all")
    return (tab,)


def new(arguments: argparse.Namespace) -> int:
    """Write the skeleton of a section, and list it."""
    from d2lbook.book.skeleton import new_section

    book = _book(arguments)
    for line in new_section(book, arguments.section, arguments.title):
        print(line)
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Check everything that needs no run."""
    from d2lbook.check import check_sources
    from d2lbook.evidence import evaluation, seeds, store
    from d2lbook.evidence.digest import freshness_faults
    from d2lbook.library import extract

    book = _book(arguments)
    faults = [*_of_sources(book, check_sources(book)), *extract.check_library(book), *freshness_faults(book)]
    sizes = store.stored_sizes(book)
    median = sizes[len(sizes) // 2] / 1024 if sizes else 0
    total = f"{sum(sizes) / 1024:.0f} KiB in all, the median {median:.0f} KiB"
    print(f"{len(book.sections)} documents, {len(sizes)} stored runs ({total})")
    faults.extend((*evaluation.stored_faults(book), *seeds.seed_faults(book), *store.size_faults(book)))
    return _report(faults)


def clean(arguments: argparse.Namespace) -> int:
    """Remove the output folder."""
    from d2lbook.book import config

    book = config.load(arguments.root)
    folder = book.output_dir.resolve()
    if any(kept.resolve().is_relative_to(folder) for kept in (book.root, book.source_dir, book.outputs_dir)):
        raise UsageError(f"output_dir is {folder}, which holds more than what was built; remove files by hand")
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def build(arguments: argparse.Namespace) -> int:
    """Run the old tool's words, in the order given, until one fails."""
    words: dict[str, tuple[Callable[[argparse.Namespace], int], ...]] = {
        "eval": (evaluate,),
        "lib": (lib,),
        "html": (html,),
        "pdf": (pdf,),
        "pkg": (pack,),
        "colab": (colab,),
        "sagemaker": (sagemaker,),
        "all": (lib, evaluate, html, pack),
    }
    arguments.check = False
    for word in arguments.words:
        for run in words[word]:
            if code := run(arguments):
                return code
    return 0
