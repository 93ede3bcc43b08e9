"""A release: everything, gathered into the folder ``release`` of the output.

- ``d2l-site.zip``: the site, which opens from a folder;
- ``d2l-<backend>.zip``, ``d2l-<backend>.pdf``, ``d2l-<backend>.epub`` and, in Traditional Chinese,
  ``d2l-<backend>-zh-Hant.pdf`` and ``….epub``;
- ``data/``: the redistributable data sets, whose address is then the first that readers' machines try;
- ``notebooks/``: the tree of the notebooks' branch, which Colab opens;
- ``manifest.json`` (release, commit, versions, counts) and ``SHA256SUMS``.

Everything is built anew from the sources and the store; stale outputs or a fault end it, and nothing
is left half gathered. Data sets come from ``D2L_MIRROR`` or the network.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from d2lbook import epub, pdf, site
from d2lbook.book.book import Book
from d2lbook.errors import Fault, errors_only
from d2lbook.evidence import store
from d2lbook.files import write_whole
from d2lbook.notebooks import write_branch, write_zips
from d2lbook.notebooks.zips import write_zip
from d2lbook.pdf.tex import page_count


def gather(book: Book, out: Path, data: bool) -> list[Fault]:
    """Build everything into ``out``, saying what took how long; return the faults."""
    faults = list(errors_only(book.faults))
    faults += [
        Fault(item.projection.docname, 0, f"{item.projection.backend}: {item.state}", "; ".join(item.why), "run eval")
        for item in store.status(book)
        if item.state != "fresh"
    ]
    if faults:
        return faults
    names, clock = book.config.backend_names, Clock()
    built = site.build(book, book.config.output_dir / "html")
    faults += (*errors_only(built.faults), *built.claims)
    clock.say(f"site, {built.pages} pages made anew")
    pack_folder(book.config.output_dir / "html", out / "d2l-site.zip", "d2l-site")
    clock.say("site's zip")
    write_zips(book, names, out)
    write_branch(book, names, out / "notebooks")
    clock.say("zips, notebooks' branch")
    books = epub.build(book, names, out, editions=book.config.editions)
    faults += errors_only(books.faults)
    clock.say(f"{len(books.files)} EPUBs")
    made = pdf.build(book, names, out, editions=book.config.editions)
    faults += errors_only(made.faults)
    clock.say(f"{len(made.files)} PDFs, {made.pages} pages")
    if data:
        copy_data(book.config.root, out / "data")
        clock.say("data sets")
    return faults


class Clock:
    """Says how long each step took."""

    def __init__(self) -> None:
        """Start."""
        self.last = time.monotonic()

    def say(self, what: str) -> None:
        """Print a step that has just ended, with its seconds."""
        now = time.monotonic()
        print(f"{now - self.last:6.1f} s  {what}", flush=True)
        self.last = now


def pack_folder(folder: Path, target: Path, name: str) -> None:
    """Write a folder into a zip, below ``name``."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    write_zip(target, {f"{name}/{file.relative_to(folder).as_posix()}": file.read_bytes() for file in files})


def copy_data(root: Path, target: Path) -> None:
    """Copy the files of every data set that may be passed on, checked by the registry of the book in ``root``."""
    sys.path.insert(0, str(root))
    known = import_module("d2l.support.registry")
    registry = known.Registry.read(known.TABLE)
    for name, dataset in registry.datasets.items():
        if not dataset.redistributable:
            continue
        folder = registry.fetch(name)
        for file in dataset.files:
            (target / name).mkdir(parents=True, exist_ok=True)
            shutil.copyfile(folder / file.piece.name, target / name / file.piece.name)


def manifest(book: Book, out: Path) -> Mapping[str, Any]:
    """Return what the release is made of."""
    states = store.status(book)
    versions: dict[str, dict[str, str]] = {}
    for item in states:
        run = store.load(book, item.projection)
        versions.setdefault(item.projection.backend, {}).update(run.versions if run else {})
    commit, changed = (_git(book.config.root, *words) for words in (("rev-parse", "HEAD"), ("status", "--porcelain")))
    return {
        "title": book.config.title,
        "release": book.config.release,
        "commit": commit + ("-changed" if changed else ""),
        "versions": {name: dict(sorted(found.items())) for name, found in sorted(versions.items())},
        "sections": len({item.projection.docname for item in states}),
        "runs": len(states),
        "pages": {path.name: page_count(path) for path in sorted(out.glob("*.pdf"))},
        "notebooks": len(list((out / "notebooks").rglob("*.ipynb"))),
        "files": {
            path.relative_to(out).as_posix(): path.stat().st_size
            for path in sorted(out.rglob("*"))
            if path.is_file() and "notebooks" not in path.relative_to(out).parts
        },
    }


def _git(root: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=root, capture_output=True, text=True, check=True).stdout.strip()


def checksums(out: Path) -> str:
    """Return a line of SHA-256 and name for every file but those of the notebooks' branch."""
    lines = []
    for path in sorted(out.rglob("*")):
        if path.is_file() and "notebooks" not in path.relative_to(out).parts:
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(out).as_posix()}")
    return "\n".join(lines) + "\n"


def release(book: Book, data: bool = True) -> tuple[Path | None, list[Fault]]:
    """Gather everything into ``release`` below the output folder; return it, None where faults ended it."""
    target = book.config.output_dir / "release"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="release-") as work:
        draft = Path(work) / "release"
        draft.mkdir()
        if faults := gather(book, draft, data):
            return None, faults
        text = json.dumps(manifest(book, draft), indent=1, ensure_ascii=False) + "\n"
        write_whole(draft / "manifest.json", text, durable=False)
        write_whole(draft / "SHA256SUMS", checksums(draft), durable=False)
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    return target, []
