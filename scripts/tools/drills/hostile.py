"""Books that would touch what is not theirs: each is refused, and nothing outside them is changed or shown.

``python -m scripts.tools.drills.hostile`` writes each of some forty books, with settings, tables of contents, pictures
or links that lead elsewhere, runs the commands that would follow them, and looks whether a folder beside the book, its
``.git`` and its sources are as they were, whether the secret that lies beside it stands in anything made, and whether
one of the commands has said what is wrong. Prints what failed; exits with 1 if anything did.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from d2lbook import cli

CONFIG = """\
[project]
name = small
title = A small book

[build]
source_dir = chapters_md
tabs = pytorch
{build}

[backend-pytorch]
module = torch
{backend}

{more}
"""
INDEX = "# Book\n\n{text}\n\n```toc\n{toc}\n```\n"
SECRET = "secret-8471"
COMMANDS = ("html", "lib", "zip", "clean")


@dataclass(frozen=True)
class Hostile:
    """One book."""

    name: str
    build: str = ""
    backend: str = ""
    more: str = ""
    text: str = "Words."
    toc: str = "one"
    links: Mapping[str, str] = field(default_factory=dict)
    """Links in the book, to what they lead to."""
    files: Mapping[str, str] = field(default_factory=dict)


def _settings() -> list[Hostile]:
    away = ("..", "../outside", "{outside}", "chapters_md/../../outside", ".", ".git", ".git/hooks", "kept")
    made = [Hostile(f"output_dir = {place}", build=f"output_dir = {place}") for place in (*away, "chapters_md", "link")]
    made += [
        Hostile(f"outputs_dir = {place}", build=f"outputs_dir = {place}")
        for place in ("..", "../outside", "{outside}", ".git", ".", "link")
    ]
    lib = "[library-pytorch]\nlib_file = {}\n"
    made += [
        Hostile(f"lib_file = {place}", more=lib.format(place))
        for place in ("../outside/a.py", "{outside}/a.py", ".git/hooks/a.py", "chapters_md/one.md", "link/a.py")
    ]
    made += [
        Hostile(f"version_file = {place}", more=f"[library]\nversion_file = {place}\n")
        for place in ("../outside/a.py", "{outside}/a.py", "chapters_md/index.md")
    ]
    made += [
        Hostile(f"module = {name}", backend="", more=f"[backend-base]\nmodule = {name}\n") for name in ("../up", "/")
    ]
    made += [
        Hostile("tab with a path", build="tabs = ../../outside"),
        Hostile("bibfile outside", build="bibfile = ../outside/secret.md"),
        Hostile("source_dir outside", build="source_dir = ../outside"),
        Hostile("index outside", build="index = ../../outside/secret"),
        Hostile("notebooks on main", more="[repository]\nnotebooks_branch = main\n"),
        Hostile("a branch that is an option", more="[repository]\nnotebooks_branch = --mirror\n"),
    ]
    return made


def _sources() -> list[Hostile]:
    picture, linked = "![A picture]({})", {"chapters_md/a.png": "outside/secret.png"}
    return [
        Hostile("toc outside", toc="one\n../../outside/secret"),
        Hostile("toc through a link", toc="one\nlinked/secret", links={"chapters_md/linked": "outside"}),
        Hostile("document that is a link", toc="one\nsecret", links={"chapters_md/secret.md": "outside/secret.md"}),
        Hostile("absolute toc", toc="one\n{outside}/secret"),
        Hostile("picture outside", text=picture.format("../../outside/secret.png")),
        Hostile("picture by an absolute name", text=picture.format("{outside}/secret.png")),
        Hostile("picture that is a link", text=picture.format("a.png"), links=linked),
        Hostile("picture that is a script", text=picture.format("a.js"), files={"chapters_md/a.js": SECRET}),
        Hostile("picture that is the settings", text=picture.format("../config.ini")),
        Hostile("linked file outside", text="See [this](../../outside/secret.png)."),
        Hostile("linked file that is a link", text="See [this](a.png).", links=linked),
        Hostile("linked file of Git's", text="See [this](../.git/config) and ![it](../.git/config)."),
        Hostile("picture in HTML outside", text='Look <img src="../../outside/secret.png"> here.'),
        Hostile("library behind a link", links={"d2l": "outside"}),
        Hostile("package behind a link", links={"d2l/torch": "outside"}),
        Hostile("output behind a link", links={"_build": "outside"}),
        Hostile("store behind a link", links={"static/outputs": "outside"}),
    ]


BOOKS = (*_settings(), *_sources())


def write(book: Hostile, folder: Path) -> Path:
    """Write a book, and beside it the folder that it must leave alone; return its root."""
    root, outside = folder / "book", folder / "outside"
    for place, text in {
        "secret.md": f"# {SECRET}\n",
        "secret.png": SECRET,
        "note.ipynb": "{}",
        "a.py": "x = 1\n",
    }.items():
        (outside / place).parent.mkdir(parents=True, exist_ok=True)
        (outside / place).write_text(text)
    saved = "```{.python .input}\n#@tab all\ndef one():  #@save\n    return 1\n```\n"
    files = {
        "config.ini": CONFIG.format(build=book.build, backend=book.backend, more=book.more),
        "chapters_md/index.md": INDEX.format(text=book.text, toc=book.toc),
        "chapters_md/one.md": f"# One\n:label:`sec_one`\n\nWords.\n\n{saved}",
        ".git/config": "[core]\n",
        "kept/note.txt": "mine\n",
        **book.files,
    }
    if "source_dir =" in book.build or "tabs =" in book.build:
        key = book.build.partition(" =")[0]
        lines = files["config.ini"].splitlines()
        first = next(number for number, line in enumerate(lines) if line.startswith(f"{key} ="))
        files["config.ini"] = "\n".join(line for number, line in enumerate(lines) if number != first)
    for place, text in files.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).write_text(text.replace("{outside}", str(outside)))
    for place, target in {"link": "outside", **book.links}.items():
        (root / place).parent.mkdir(parents=True, exist_ok=True)
        (root / place).symlink_to(folder / target)
    return root


def states(root: Path) -> dict[str, str]:
    """Return digests of everything that a book's commands must leave alone."""
    kept = [
        *root.parent.glob("outside/**/*"),
        *root.glob("chapters_md/*"),
        *root.glob(".git/**/*"),
        *root.glob("kept/*"),
    ]
    files = [file for file in (*kept, root / "config.ini") if file.is_file()]
    return {str(file): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def trial(book: Hostile, folder: Path) -> list[str]:
    """Run every command on one book; return what is wrong."""
    root = write(book, folder)
    before, codes, wrong = states(root), [], []
    said = io.StringIO()
    for command in COMMANDS:
        try:
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                codes.append(cli.main(["--root", str(root), command]))
        except Exception as error:  # a traceback is no refusal
            wrong.append(f"{command} raises {error!r}")
        if command == "clean":
            break
        for file in root.rglob("*"):
            if "_build" in file.parts and file.is_file() and not file.is_symlink() and SECRET in _text(file):
                wrong.append(f"{command} shows the secret in {file.relative_to(root)}")
    if states(root) != before:
        changed = {name for name, digest in states(root).items() if before.get(name) != digest} | before.keys()
        wrong.append(f"changed: {sorted(changed - states(root).keys()) or sorted(changed)[:3]}")
    if not any(codes):
        wrong.append("nothing was refused")
    return [f"{book.name}: {line}" for line in wrong]


def _text(file: Path) -> str:
    import zipfile

    if file.suffix == ".zip":
        with zipfile.ZipFile(file) as packed:
            return "".join(packed.read(name).decode("latin-1") for name in packed.namelist())
    return file.read_bytes().decode("latin-1")


def main() -> int:
    """Run all trials; return the exit code."""
    wrong: list[str] = []
    for book in BOOKS:
        with tempfile.TemporaryDirectory(prefix="d2lbook-hostile-") as folder:
            wrong.extend(trial(book, Path(folder).resolve()))
    print(f"{len(BOOKS)} hostile books, {len(wrong)} faults" + "".join(f"\n  {line}" for line in wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
