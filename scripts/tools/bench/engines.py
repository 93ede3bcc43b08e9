"""The two engines on a copy of a book each: the same steps, each by the commands that its reader would type.

``Ours`` is the running interpreter's engine, ``Peer`` is d2lbook 1.0.3 in an environment of its own (Python 3.11,
``setuptools<81``, pybtex 0.24.0; pandoc and rsvg-convert on PATH). Nothing is evaluated: cells' outputs are in the
store, and are put into the notebooks that the peer makes, off the clock.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.evidence import store
from scripts.tools.bench.clock import Cost, run

PINS = ("d2lbook==1.0.3", "pybtex==0.24.0", "setuptools<81")
BUILT = ("_build", ".git", ".venv", ".envs", "__pycache__")
OURS = (Path(sys.executable).with_name("d2lbook"),)


class NotTheOldTool(RuntimeError):
    """An interpreter that does not import d2lbook 1.0.3."""


def imported(python: Path, cwd: Path) -> tuple[str, Path]:
    """Return version and file of the ``d2lbook`` that ``python`` imports when run in ``cwd``."""
    code = "import d2lbook, json; print(json.dumps([d2lbook.__version__, d2lbook.__file__]))"
    done = subprocess.run([python, "-c", code], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotTheOldTool(f"{python} imports no d2lbook: {done.stderr.strip()[-300:]}")
    version, file = json.loads(done.stdout.splitlines()[-1])
    return version, Path(file)


def check_peer(python: Path, cwd: Path) -> None:
    """Raise NotTheOldTool unless ``python`` imports d2lbook 1.0.3 from its own environment."""
    version, file = imported(python, cwd)
    if version != "1.0.3" or not file.is_relative_to(python.parent.parent):
        raise NotTheOldTool(f"{python} imports d2lbook {version} from {file}; d2lbook 1.0.3 is wanted")


def make_peer(folder: Path, base: str = "3.11") -> Path:
    """Return the interpreter of the peer's environment in ``folder``, made by uv if it is not there."""
    python = folder / "bin" / "python"
    if not (folder / "bin" / "d2lbook").is_file():
        uv = Path(sys.executable).with_name("uv")
        subprocess.run([uv, "venv", "--quiet", "--allow-existing", "--python", base, folder], check=True)
        subprocess.run([uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", python, *PINS], check=True)
    return python


def copy_book(source: Path, target: Path) -> Path:
    """Copy a book without what was built; return ``target``."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*BUILT))
    return target


def change_words(file: Path, mark: str) -> None:
    """Put ``mark`` into the first paragraph of a section, before its first full stop."""
    lines = file.read_text(encoding="utf-8").split("\n")
    for place, line in enumerate(lines):
        if re.match(r"\w", line) and re.search(r"[。.]$", line) and place:
            lines[place] = f"{line[:-1]}{mark}{line[-1]}"
            file.write_text("\n".join(lines), encoding="utf-8")
            return
    raise ValueError(f"{file} has no sentence to change")


class Ours:
    """Our engine on a copy of its own."""

    name = "ours"
    times = 3
    """How often short steps are run; the median counts."""

    def __init__(self, source: Path, work: Path) -> None:
        """Copy the book in ``source`` below ``work``."""
        self.root = copy_book(source, work / "ours")
        self.book = books.load(self.root)
        # As on a reader's machine bytecode is kept; caches and bytecode are the bench's own, empty at first.
        own = {"D2LBOOK_CACHE": work / "caches", "PYTHONPYCACHEPREFIX": work / "bytecode"}
        self.env = {name: str(folder) for name, folder in own.items()} | {"PYTHONDONTWRITEBYTECODE": ""}

    def page(self, docname: str) -> str:
        """Return a built page."""
        return (self.root / "_build/html" / f"{docname}.html").read_text(encoding="utf-8")

    def html(self) -> Cost:
        """Build the site."""
        return self._run("html")

    def library(self) -> Cost:
        """Write the library of every backend."""
        return self._run("lib")

    def notebooks(self) -> Cost:
        """Pack the notebooks of every backend."""
        return self._run("zip")

    def check(self) -> Cost:
        """Check everything that needs no run: a book in the old dialect has faults, as of tab lines."""
        return run([*OURS, "check"], self.root, self.env, good=(0, 1))[0]

    def pdf(self, tab: str) -> tuple[Cost, list[int]]:
        """Make the PDFs of one backend, one a volume; return the cost and the pages of each."""
        cost, said = run([*OURS, "pdf", "--tab", tab], self.root, self.env)
        return cost, [int(pages) for pages in re.findall(r"(\d+) pages", said)]

    def start(self) -> Cost:
        """Ask for help."""
        return self._run("--help")

    def _run(self, *words: str) -> Cost:
        return run([*OURS, *words], self.root, self.env)[0]

    def served_edits(self, docname: str, port: int, times: int = 3) -> list[Cost]:
        """Return what each of ``times`` edits cost with ``serve`` running, from the save to the new page."""
        file = self.book.config.source_dir / f"{docname}.md"
        with self._serving(port) as server:
            costs = []
            for number in range(times):
                mark, before, started = f"，第{number}次改动", _used(server), time.monotonic()
                change_words(file, mark)
                while mark not in self.page(docname):
                    time.sleep(0.01)
                    if time.monotonic() - started > 60:
                        raise RuntimeError("serve did not rebuild within a minute")
                wall = time.monotonic() - started
                time.sleep(1.5)  # the rest of the build, such as the search index
                costs.append(Cost(wall, _used(server) - before, server.memory_info().rss / 2**20))
            return costs

    @contextmanager
    def _serving(self, port: int) -> Iterator[psutil.Process]:
        log = self.root / "serve.log"
        command = [*OURS, "serve", "--port", str(port)]
        env = {**os.environ, **self.env}
        with (
            log.open("w") as output,
            subprocess.Popen(command, cwd=self.root, env=env, stdout=output, stderr=output) as server,
        ):
            try:
                _wait_for(f"http://127.0.0.1:{port}/index.html", server)
                time.sleep(1)
                yield psutil.Process(server.pid)
            finally:
                server.terminate()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    started = time.monotonic()
    while time.monotonic() - started < 300:
        if server.poll() is not None:
            raise RuntimeError(f"serve ended with {server.returncode}")
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("serve did not answer within five minutes")


def _used(process: psutil.Process) -> float:
    """Return the processor seconds of a process, its children that have ended and those that live."""
    own = process.cpu_times()
    living = [child.cpu_times() for child in process.children(recursive=True)]
    return float(sum(own[:4]) + sum(sum(times[:4]) for times in living))


class Peer:
    """d2lbook 1.0.3 on a copy of its own."""

    name = "d2lbook 1.0.3"
    times = 1

    def __init__(self, source: Path, work: Path, python: Path) -> None:
        """Copy the book in ``source`` below ``work``; ``python`` is the peer's interpreter."""
        self.root = copy_book(source, work / "peer")
        check_peer(python, self.root)
        self.env = {"PATH": f"{python.parent}:/usr/local/bin:/usr/bin:/bin"}
        self.book: Book = books.load(self.root)
        self.tabs = self.book.config.backend_names
        config = self.root / "config.ini"
        text = re.sub(r"^eval_notebook *=.*\n", "", config.read_text(encoding="utf-8"), flags=re.M)
        config.write_text(text.replace("[build]\n", "[build]\neval_notebook = False\n"), encoding="utf-8")
        self.given = 0

    def page(self, docname: str) -> str:
        """Return a built page."""
        return (self.root / "_build/html" / f"{docname}.html").read_text(encoding="utf-8")

    def _run(self, *words: str) -> Cost:
        return run(["d2lbook", *words], self.root, self.env)[0]

    def html(self) -> Cost:
        """Make the notebooks of every tab, give them their outputs off the clock, and build the merged site."""
        cost = Cost(0, 0)
        for tab in self.tabs:
            cost += self._run("build", "eval", "--tab", tab)
        self.given += self._give_outputs()
        return cost + self._run("build", "html", "--tab", "all")

    def library(self) -> Cost:
        """Write the library of every tab."""
        return self._run("build", "lib")

    def notebooks(self) -> Cost:
        """Pack the notebooks of every tab."""
        return self._run("build", "pkg")

    def start(self) -> Cost:
        """Ask for help."""
        return self._run("--help")

    def _give_outputs(self) -> int:
        """Put the stored outputs into the notebooks that have none; return how many notebooks were given some."""
        given = 0
        for projection in self.book.projections():
            folder = "eval" if projection.backend in (self.tabs[0], "base") else f"eval_{projection.backend}"
            file = self.root / "_build" / folder / f"{projection.docname}.ipynb"
            stored = store.load(self.book, projection)
            if stored is None or not file.is_file() or not file.stat().st_size:
                continue
            notebook = nbformat.read(file, as_version=4)
            cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
            if len(cells) != len(stored.outputs) or any(cell.outputs for cell in cells):
                continue
            for cell, outputs in zip(cells, stored.outputs, strict=True):
                cell.outputs = [nbformat.from_dict(output) for output in outputs]
            nbformat.write(notebook, file)
            given += 1
        return given
