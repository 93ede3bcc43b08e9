"""The command line: words to typed commands, outcomes to exit codes.

0: good; 1: the book has a fault; 2: wrong use. argparse serves: no command needs more, and it is part of Python.
"""

from __future__ import annotations

import argparse
import atexit
import errno
import gc
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from d2lbook import __version__, commands
from d2lbook.commands import Runs
from d2lbook.errors import BookError, Fault, UsageError
from d2lbook.session import Session, report

EPILOG = """\
examples:
  d2lbook html                                  the whole site, from stored outputs
  d2lbook eval                                  run what is stale, in every backend
  d2lbook eval preliminaries/autograd --tab jax one section in one backend
  d2lbook lib --check                           does d2l/ equal what the sources give?
  d2lbook eval --shard 2/4                      the second of four parts, for CI matrices
  d2lbook status                                fresh, stale (and why), missing
"""
_Command = Callable[..., int]
_Add = Callable[[str, _Command, str], argparse.ArgumentParser]
SELDOM = (200_000, 20, 20)
"""Thresholds of the garbage collector: with Python's own, a sixth of a build goes into looking at what stays."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS)
"""What the system says of a disk that takes no more; whoever writes with another library is not told where."""
OLD_WORDS = ("eval", "lib", "html", "pdf", "pkg", "colab", "sagemaker", "all")


class _Parser(argparse.ArgumentParser):
    """A parser that takes a command's words and options in any order: ``env make --device cuda jax``."""

    _mixing = False

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse words among options too, which argparse does where there are no commands below."""
        if self._mixing or self._subparsers is not None:
            return super().parse_known_args(args, namespace)
        self._mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixing = False


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (default: the process's own); return the exit code."""
    gc.set_threshold(*SELDOM)
    atexit.register(gc.freeze)  # what is left at the end goes with the process: to look for circles in it takes longest
    given = vars(_parser().parse_args(argv))
    session = Session(given.pop("root"), given.pop("tolerant"))
    command: _Command = given.pop("run")
    try:
        code = command(session, **given)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read what is printed has gone, as head does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 128 + signal.SIGPIPE
    except BookError as error:
        return report(error.faults)
    except UsageError as error:
        print(f"d2lbook: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.filename is None and error.errno not in NO_ROOM:
            raise
        where, what = str(error.filename or session.root), f"{error.strerror or error}"
        return report([Fault(where, 0, what, "", "mend that, and run it again")])
    except KeyboardInterrupt:
        print("d2lbook: interrupted; what was finished is stored", file=sys.stderr)
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="d2lbook",
        description="One book, several backends: executed notebooks, a library, a site.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=__version__)
    parser.add_argument("--root", type=Path, default=Path(), help="folder of config.ini (default: this one)")
    tolerance = "for old books: faults of the sources are warnings, as with `tolerant` in [build]"
    parser.add_argument("--tolerant", action="store_true", help=tolerance)
    known = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, run: _Command, text: str) -> argparse.ArgumentParser:
        command = known.add_parser(name, help=text, description=text)
        command.add_argument("--tolerant", action="store_true", default=argparse.SUPPRESS, help=tolerance)
        command.set_defaults(run=run)
        return command

    _add_evaluation(add)
    _add_products(add)
    command = add("new", commands.new, "write the skeleton of a section, and list it in its chapter")
    command.add_argument("section", metavar="SECTION", help="its docname, such as chapter/section")
    command.add_argument("--title", default="", help="its title (default: from the name)")
    command = add("init", commands.init, "write a new book: a chapter that runs, settings, a workflow that deploys")
    command.add_argument("folder", type=Path, metavar="FOLDER", help="of the book; made if it is not there")
    command.add_argument("--title", default="", help="its title (default: the folder's name)")
    command.add_argument("--lang", default="en", help="its language, such as zh_CN (default: en)")
    command.add_argument("--tabs", default="", metavar="NAME,…", help="backends, the default first (default: none)")
    add("heal", commands.heal, "after a merge: take the stored outputs that the merged sources give, write d2l/ anew")
    add("check", commands.check, "look for broken references, citations, claims, pictures, sizes, style")
    looked = "list what a reader who checks a section should look at, as text and as a page"
    command = add("review", commands.review, looked)
    command.add_argument("sections", nargs="*", metavar="SECTION", help="a docname (default: all)")
    run = "also run the sections, and evaluate the code of their shared prose in every backend"
    command.add_argument("--run", dest="running", action="store_true", help=run)
    add("clean", commands.clean, "remove the output folder")
    command = add("env", commands.env, "make the backends' environments, or compile their locks")
    command.add_argument("action", choices=("make", "lock", "newest"), help="newest: what fits together, pins or not")
    command.add_argument("names", nargs="*", metavar="NAME", help="environments (default: all)")
    command.add_argument("--device", choices=("cpu", "cuda"), default="cpu", help="default: cpu")
    command = add("release", commands.release, "gather site, PDFs, zips, data sets and checksums")
    command.add_argument("--no-data", action="store_true", help="leave the data sets out")
    command = add(
        "build", _with_runs(commands.build), "the old tool's words: eval, lib, html, pdf, pkg, colab, sagemaker, all"
    )
    command.add_argument("words", nargs="+", choices=OLD_WORDS)
    _evaluation_options(command, sections=False)
    return parser


def _add_evaluation(add: _Add) -> None:
    command = add("status", commands.status, "say which outputs are fresh, stale or missing")
    command.add_argument("--strict", action="store_true", help="exit with 1 unless all are fresh")
    command = add(
        "eval", _with_runs(commands.evaluate), "run the sections whose outputs are stale or missing, and store them"
    )
    _evaluation_options(command)
    shard = "only the I-th of N parts, divided by recorded times; with --tab, of that backend alone"
    command.add_argument("--shard", metavar="I/N", help=shard)
    command.add_argument("--cluster", metavar="ADDRESS", help="run on a Ray cluster (needs the package ray)")
    command.add_argument("--to", type=Path, metavar="FOLDER", help="store below this folder, nothing in the book")
    command = add("merge", commands.merge, "take in what shards have run in other checkouts")
    command.add_argument("folders", nargs="+", type=Path, metavar="FOLDER", help="another checkout, or what it left")
    command = add("seeds", commands.run_seeds, "run sections under several seeds, and note their metrics")
    command.add_argument("sections", nargs="+", metavar="SECTION", help="a docname")
    command.add_argument(
        "--seeds", dest="numbers", type=_numbers, default=(0, 1, 2), metavar="A-B", help="which (default: 0-2)"
    )
    command.add_argument("--tab", help="one backend (default: all)")
    command.add_argument("--jobs", type=int, help="notebooks at a time (default: what should be done first)")
    command = add("verify", commands.verify, "run a sample of fresh outputs again and compare")
    command.add_argument("--sample", type=int, help="how many projections (default: as many as the budget allows)")
    command.add_argument("--seed", type=lambda text: int(text, 0), default=0, help="of the sample (default: 0)")
    command.add_argument("--budget", type=float, default=420.0, help="seconds that the sample may take (default: 420)")


def _add_products(add: _Add) -> None:
    command = add("lib", commands.lib, "write d2l/ from the #@save blocks")
    command.add_argument("--check", action="store_true", help="only say what differs")
    command = add("html", commands.html, "build the site")
    command.add_argument("--draft", action="store_true", help="claims that fail are warnings: build all the same")
    command = add("serve", commands.serve, "build the site, show it, rebuild and reload on save")
    command.add_argument("--port", type=int, default=8000, help="where, on this machine (default: 8000)")
    text = "run a section that was changed, where its outputs are stale, before the site is built"
    command.add_argument("--eval", dest="evaluates", action="store_true", help=text)
    command.add_argument("--tab", help="with --eval: one backend (default: all)")
    command = add("zip", commands.pack, "pack each backend's notebooks")
    command.add_argument("--tab", help="one backend (default: all)")
    command = add("epub", commands.epub, "make the EPUB of each backend")
    command.add_argument("--tab", help="one backend (default: all)")
    command.add_argument(
        "--edition", default="", help="of those that config.ini lists, such as zh_Hant, or all (default: the first)"
    )
    command = add("pdf", commands.pdf, "make the PDF of each backend (needs TeX)")
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


def _with_runs(command: _Command) -> _Command:
    """Return a command whose options for runs come as one record."""
    names = {field.name for field in fields(Runs)}

    def run(session: Session, **given: Any) -> int:
        runs = Runs(**{name: given.pop(name) for name in names & given.keys()})
        return command(session, runs, **given)

    return run


def _numbers(text: str) -> tuple[int, ...]:
    """Return the numbers of ``0-2`` or ``0,3,7``."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        found.extend(range(int(first), int(last or first) + 1))
    if not found:
        raise ValueError(text)
    return tuple(found)
