"""What is known of every run of the book, a row for each: from the store, and from the results of other devices."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.evidence import devices, store
from d2lbook.evidence.claims import broken_claims
from d2lbook.evidence.digest import FORMAT, REGISTRY, fingerprint
from d2lbook.evidence.last_run import kept_file, summary_file
from d2lbook.evidence.seeds import file_of, read_runs
from d2lbook.execute.measured import Measured
from d2lbook.files import remembered, write_whole
from d2lbook.files import state_of as state_of_file
from d2lbook.markup.model import Code, Expect, Fold

FACTS = ("digest", "device", "seconds", "memory_mib", "date", "versions", "metrics")
"""What is kept of a stored run."""


RowState = Literal["fresh", "stale", "missing", "other"]
"""State of a run; ``other``, on another device: fresh, with versions that are not pinned."""


@dataclass(frozen=True, slots=True)
class Row(Measured):
    """One run: of a section in a backend on a device."""

    docname: str
    backend: str
    state: RowState
    claims: int = 0
    """Number of claims that the section makes."""
    broken: tuple[str, ...] = ()
    """Claims that its metrics don't bear out."""
    elsewhere: bool = False
    """Whether it is a run on another device, beside the one whose outputs pages show."""


def rows(book: Book, memory: Path) -> tuple[str, tuple[Row, ...]]:
    """Return the canonical runs in the book's order, then those on other devices; before them what they are made of.

    That is the digest of ``state_of_rows``, which looks at the whole book: once in a build. ``memory`` keeps the rows
    for as long as code, claims, versions and stored files stay as they are; where some change, what was read of the
    other stored files.
    """
    known = remembered(memory)
    state = state_of_rows(book)
    if known.get("state") == state:
        return state, tuple(Row(**{**row, "broken": tuple(row["broken"])}) for row in known["rows"])
    read: Mapping[str, Mapping[str, Any]] = known.get("facts", {})
    facts = {item.key: _facts(store.path_of(book, item), read) for item in book.projections()}
    order = {section.docname: place for place, section in enumerate(book.sections)}
    projections = sorted(book.projections(), key=lambda item: order[item.docname])
    canonical = (_row(book, item, facts[item.key][1]) for item in projections)
    found = (*canonical, *_elsewhere(book))
    kept = {key: fact for key, fact in facts.values() if key and fact}
    text = json.dumps({"state": state, "rows": [asdict(row) for row in found], "facts": kept}, ensure_ascii=False)
    write_whole(memory, text, durable=False)
    return state, found


def state_of_rows(book: Book) -> str:
    """Return a digest of everything that rows are made of."""
    digest = hashlib.sha256(f"{FORMAT} {book.config} {state_of(book)}".encode())
    for section in book.sections:
        digest.update(f"{section.docname} {section.front}".encode())
        for block in section.walk():
            if isinstance(block, Code):
                digest.update(f"{block.tabs} {block.language} {block.source}".encode())
            elif isinstance(block, Expect):
                digest.update(" ".join(claim.text for claim in block.claims).encode())
            elif isinstance(block, Fold):
                digest.update(f"{block.kind} {block.tabs}".encode())
    registry = book.config.root / REGISTRY
    digest.update(registry.read_bytes() if registry.is_file() else b"")
    for path in sorted(book.config.outputs_dir.rglob("*.ipynb")):
        digest.update(f"{path} {state_of_file(path)}".encode(errors="surrogateescape"))
    return digest.hexdigest()


def _facts(path: Path, known: Mapping[str, Mapping[str, Any]]) -> tuple[str, Mapping[str, Any]]:
    """Return the state of a stored file, and what it tells of its run; nothing if it cannot be read."""
    try:
        state = f"{path} {state_of_file(path)}"
        if state in known:
            return state, known[state]
        run = store.read(path.read_text(encoding="utf-8"))
        return state, {name: getattr(run, name) for name in FACTS}
    except (OSError, ValueError):
        return "", {}


def _row(book: Book, projection: Projection, facts: Mapping[str, Any]) -> Row:
    if not facts:
        return Row(projection.docname, projection.backend, "missing")
    fresh = facts["digest"] == fingerprint(book, projection).digest
    return _told(book, projection, "fresh" if fresh else "stale", facts)


def _told(book: Book, projection: Projection, state: RowState, facts: Mapping[str, Any]) -> Row:
    claims, broken = broken_claims(
        book.section(projection.docname), facts["metrics"], read_runs(book.config, projection.docname)
    )
    measured = {name: facts[name] for name in FACTS if name != "digest"} | {"date": str(facts["date"])[:10]}
    return Row(projection.docname, projection.backend, state, claims, broken, **measured)


def _elsewhere(book: Book) -> Iterator[Row]:
    """Yield the runs on other devices, device by device; a file that cannot be read is none."""
    projections = book.by_key
    for path in devices.files(book):
        try:
            run = devices.read_file(path)
            projection = projections[run.projection]
        except (ValueError, KeyError):
            continue
        state: RowState = "fresh" if run.digest == fingerprint(book, projection).digest else "stale"
        if state == "fresh" and devices.unpinned(book, run, projection):
            state = "other"
        told = _told(book, projection, state, asdict(run))
        yield replace(told, elsewhere=True, device_mib=run.device_mib)


def state_of(book: Book) -> str:
    """Return a text that changes with what rows are made of besides the sections and their stored runs."""
    config = book.config
    locks = [config.lock(backend.name) for backend in (config.base, *config.backends)]
    seeds = [file_of(config, section.docname) for section in book.sections]
    files = [*locks, *devices.files(book), *seeds, summary_file(book), kept_file(book)]
    return " ".join(f"{path} {state_of_file(path)}" for path in files if path.is_file())
