"""A release: ``python -m scripts.release`` gathers everything into ``_build/release`` (``make release``).

- ``d2l-site.zip``: the site, which opens from a folder;
- ``d2l-<backend>.zip``, ``d2l-<backend>.pdf`` and, in Traditional Chinese, ``d2l-<backend>-zh-Hant.pdf``;
- ``data/``: the redistributable data sets, whose address is then the first that readers' machines try;
- ``notebooks/``: the tree of the notebooks' branch, which Colab opens;
- ``manifest.json`` (release, commit, versions, counts) and ``SHA256SUMS``.

Everything is built anew from the sources and the store; stale outputs or a fault end it with exit code 1, and nothing
is left half gathered. Data sets come from ``D2L_MIRROR`` or the network. May import ``d2lbook`` and ``d2l.support``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from d2l.support.registry import TABLE, Registry
from d2lbook import pdf, site
from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.errors import BookError, Fault, errors_only
from d2lbook.evidence import store
from d2lbook.notebooks import write_branch, write_zips
from d2lbook.notebooks.zips import write_zip
from d2lbook.pdf.tex import page_count

ROOT = Path(__file__).resolve().parents[1]


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
    faults += errors_only(built.faults)
    clock.say(f"site, {built.pages} pages made anew")
    pack_folder(book.config.output_dir / "html", out / "d2l-site.zip", "d2l-site")
    clock.say("site's zip")
    write_zips(book, names, out)
    write_branch(book, names, out / "notebooks")
    clock.say("zips, notebooks' branch")
    for edition in book.config.editions:
        for name in names:
            made = pdf.build(book, name, out, edition=edition)
            faults += made.faults
            clock.say(f"{made.file.name}, {made.pages} pages")
    if data:
        copy_data(out / "data")
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


def copy_data(target: Path) -> None:
    """Copy the files of every data set that may be passed on, checked by the registry."""
    registry = Registry.read(TABLE)
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
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    changed = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True)
    return {
        "title": book.config.title,
        "release": book.config.release,
        "commit": commit.strip() + ("-changed" if changed.stdout.strip() else ""),
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


def checksums(out: Path) -> str:
    """Return a line of SHA-256 and name for every file but those of the notebooks' branch."""
    lines = []
    for path in sorted(out.rglob("*")):
        if path.is_file() and "notebooks" not in path.relative_to(out).parts:
            lines.append(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(out).as_posix()}")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--no-data", action="store_true", help="leave the data sets out")
    given = parser.parse_args()
    book = books.load(ROOT)
    target = book.config.output_dir / "release"
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix="release-") as work:
        draft = Path(work) / "release"
        draft.mkdir()
        try:
            faults = gather(book, draft, not given.no_data)
        except pdf.ProgramsMissing as error:
            print(error, file=sys.stderr)
            return 1
        except BookError as error:
            faults = list(error.faults)
        for fault in faults:
            print(fault, file=sys.stderr)
        if faults:
            return 1
        text = json.dumps(manifest(book, draft), indent=1, ensure_ascii=False) + "\n"
        (draft / "manifest.json").write_text(text, encoding="utf-8")
        (draft / "SHA256SUMS").write_text(checksums(draft), encoding="utf-8")
        shutil.rmtree(target, ignore_errors=True)
        draft.rename(target)
    files = [path for path in target.rglob("*") if path.is_file()]
    size = sum(path.stat().st_size for path in files) / 2**20
    print(f"{len(files)} files, {size:.0f} MiB: {target.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
