"""Libraries of one file, ours beside those of d2lbook 1.0.3: the same bytes wherever the old tool's are sound.

The old tool runs in an environment of its own, named on the command line, and in a temporary folder:

    python -m scripts.tools.drills.library_peer --old /path/to/env/bin/python [--books 400] [--seed 0] [FOLDER …]

Without folders it makes random books of saved code. For each it prints how many files are equal, and stops at the
first that differs although the old one is sound: it parses, holds every saved statement whole, and nothing else.
"""

from __future__ import annotations

import argparse
import ast
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from d2lbook.book import book as books
from d2lbook.library.checks import library_faults
from d2lbook.library.extract import library_files

CONFIG = """\
[project]
name = peer
title = Peer
release = 2.3.4

[build]
notebooks = *.md */*.md
tabs = mxnet, pytorch

[library]
version_file = d2l/__init__.py

[library-mxnet]
lib_file = d2l/mxnet.py
lib_name = np
simple_alias = ones, concat -> concatenate, exp(
fluent_alias = numpy -> asnumpy, reshape,
alias =
    size = lambda a: a.size
    T = lambda a: a.T
args_alias =
    randn(size, device=None) -> np.random.randn(size=size, ctx=device)

[library-pytorch]
lib_file = d2l/torch.py
lib_name = torch
alias =
"""
HEADER = '"""By hand."""\nimport sys\n\nd2l = sys.modules[__name__]\n\n'
OLD = """
import json, sys, os, traceback
from d2lbook import library, notebook
from d2lbook.config import Config
for line in sys.stdin:
    folder = json.loads(line)
    os.chdir(folder)
    try:
        config = Config()
        names = notebook.get_toc(os.path.join(config.src_dir, 'index.md'))
        for tab in config.tabs:
            settings = config.library[tab]
            library.save_tab(names, settings['lib_file'], tab, config.default_tab)
            library.save_alias(settings)
        library.save_version(config.project['release'], config.library['version_file'])
        print(json.dumps('good'), flush=True)
    except Exception as error:
        print(json.dumps(repr(error)), flush=True)
"""
CELLS = (Path(__file__).with_name("saved_cells.txt")).read_text().removesuffix("\n").split("\n====\n")
TEXTS = ["", "Text.", "## Part\n:label:`sec_{n}`\n", "See :numref:`sec_{n}`.\n\n```bash\nls\n```\n", ":label:`fig_{n}`"]
EVERYWHERE = ("#@tab mxnet, pytorch\n",)
TABS = [
    "",
    "#@tab all\n",
    "#@tab pytorch\n",
    "#@tab mxnet, pytorch\n",
    "#@tab mxnet, pytorch\n",
    "%%tab mxnet\n",
    "%%tab all\n",
]


def section(rng: random.Random, number: int, classes: list[str]) -> str:
    """Return a random section; ``classes`` are those that every tab has saved, and grow."""
    text = f"# Section {number}\n:label:`sec_s{number}`\n\nIntro.\n"
    for place in range(rng.randrange(1, 9)):
        name = f"f{number}_{place}"
        words = rng.choice(TEXTS).format(n=name)
        code, tab = rng.choice(CELLS), rng.choice(TABS)
        if "add_to_class" in code and (not classes or tab == "#@tab pytorch\n"):
            continue
        own = f"C{number}_{place}"
        code = code.format(f=name, c=own, c0=rng.choice(classes or ["object"]))
        if code.startswith(f"class {own}") and tab in EVERYWHERE:
            classes.append(own)
        text += f"\n{words}\n" + f"\n```{{.python .input}}\n{tab}{code}\n```\n"
    return text


def write_book(folder: Path, rng: random.Random) -> None:
    """Write a random book."""
    (folder / "d2l").mkdir(parents=True)
    (folder / "config.ini").write_text(CONFIG)
    (folder / "index.md").write_text("# Book\n\n```toc\na/one\na/two\n```\n")
    (folder / "a").mkdir()
    classes: list[str] = []
    for number, name in enumerate(("one", "two"), 1):
        (folder / "a" / f"{name}.md").write_text(section(rng, number, classes))
    (folder / "d2l" / "__init__.py").write_text('"""Version."""\n\n__version__ = "0"\n')
    marker = "#################   WARNING   ################\n"
    (folder / "d2l" / "mxnet.py").write_text(HEADER + marker + "old = 1\n")


def sound(text: str, ours: str) -> bool:
    """Tell whether what the old tool wrote is Python that says what ours says, docstrings and order of lines aside."""
    try:
        theirs, mine = ast.parse(text), ast.parse(ours)
    except SyntaxError:
        return False
    return _names(theirs) == _names(mine)


def _names(tree: ast.Module) -> Counter[str]:
    found: Counter[str] = Counter()
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            found[f"{node.name} {[ast.dump(item) for item in node.decorator_list]}"] += 1
        elif isinstance(node, ast.Assign):
            found[ast.dump(node)] += 1
        elif isinstance(node, ast.Import | ast.ImportFrom):
            source = getattr(node, "module", "")
            found.update(f"{source} imports {alias.name} as {alias.asname}" for alias in node.names)
    return found


class Old:
    """The old tool, kept running."""

    def __init__(self, python: str) -> None:
        path = str(Path(python).parent)
        self.process = subprocess.Popen(
            [python, "-P", "-W", "ignore", "-c", OLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True, env={"PATH": f"{path}:/usr/bin:/bin"},
        )  # fmt: skip

    def build(self, folder: Path) -> str:
        """Write a book's libraries; return ``"good"`` or the exception."""
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write(f'"{folder}"\n')
        self.process.stdin.flush()
        return self.process.stdout.readline().strip()

    def close(self) -> None:
        """End it."""
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait()


def compare(old: Old, folder: Path, counts: Counter[str]) -> str:
    """Count one book; return what differs although it should not."""
    start = time.perf_counter()
    book = books.load(folder, tolerant=True)
    broken = [
        fault for fault in library_faults(book) if fault.severity == "error" and "saved twice" not in fault.message
    ]
    ours = library_files(book)
    counts["our milliseconds"] += round(1000 * (time.perf_counter() - start))
    start = time.perf_counter()
    outcome = old.build(folder)
    counts["their milliseconds"] += round(1000 * (time.perf_counter() - start))
    if outcome != '"good"':
        counts["books on which the old tool fails"] += 1
        return ""
    for path, text in ours.items():
        theirs = (folder / path).read_text()
        if theirs == text:
            counts["files with the same bytes"] += 1
        elif broken:
            counts["files of books in which we report faults"] += 1
        elif not sound(theirs, text):
            ast.parse(text)
            counts["files in which the old tool lost or broke code"] += 1
        else:
            return f"{folder}/{path}"
    return ""


def main() -> int:
    """Run the drill."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", required=True, help="the Python of an environment with d2lbook 1.0.3")
    parser.add_argument("--books", type=int, default=400)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("folders", nargs="*", type=Path, help="books; copied, not changed")
    arguments = parser.parse_args()
    rng, counts, old = random.Random(arguments.seed), Counter[str](), Old(arguments.old)
    wrong = ""
    with tempfile.TemporaryDirectory() as name:
        for number in range(len(arguments.folders) or arguments.books):
            folder = Path(name) / str(number)
            if arguments.folders:
                shutil.copytree(arguments.folders[number], folder)
            else:
                write_book(folder, rng)
            wrong = wrong or compare(old, folder, counts)
            if wrong:
                shutil.copytree(Path(wrong).parents[1], Path(tempfile.mkdtemp()) / "book")
                subprocess.run(["diff", "-u", wrong, "-"], input=library_files(books.load(folder, True))[
                    str(Path(wrong).relative_to(folder))], text=True, check=False)  # fmt: skip
                break
    old.close()
    for what, count in counts.items():
        print(f"{count:8d} {what}")
    if wrong:
        print(f"different: {wrong}")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
