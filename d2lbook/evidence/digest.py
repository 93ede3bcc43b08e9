"""Digests: what a projection's outputs depend on, part by part, so that ``status`` can say what has changed.

Covered: the syntax trees of its cells and of its slice of the library, the public versions of its backend's packages,
the registry entries of its data sets, the engine's output format. Not covered: prose, comments, layout, location
docstrings, other backends' code, file times. Needs no environment: versions come from the lock files.
"""

from __future__ import annotations

import ast
import difflib
import functools
import hashlib
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from packaging.utils import canonicalize_name

from d2lbook.book.book import Book
from d2lbook.book.config import Config
from d2lbook.book.projection import Projection
from d2lbook.book.resources import resource_files
from d2lbook.errors import Fault
from d2lbook.library.canonical import short_hash
from d2lbook.library.slices import Slice, cell_digest, slice_of
from d2lbook.library.source import CellSyntaxError, parse_cell

FORMAT = "2"
"""The form of stored outputs; raised when the engine's way of running or storing changes what is stored."""
REGISTRY = "d2l/support/datasets.toml"
"""The data registry, below the book's root: a table per data set."""
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a projection's outputs depend on."""

    digest: str
    """Hash over all parts."""
    parts: Mapping[str, str]
    """``cell-03``, ``d2l.accuracy``, ``data:fashion-mnist`` to short hashes; ``torch`` to its version; ``format``."""


def fingerprint(book: Book, projection: Projection) -> Fingerprint:
    """Return a projection's fingerprint; fast for a whole book, since cells, symbols and tables are read once."""
    known = _tables(book.config)
    versions = {name: known.versions[projection.backend].get(name, "") for name in _packages(book, projection)}
    entries = {name: known.entries.get(name) for name in data_names(projection)}
    reached = slice_of(book, projection)
    parts = components(projection, reached, versions, entries, FORMAT)
    if book.config.resources:
        parts |= _resource_parts(book.config, projection, reached)
    return Fingerprint(_whole(parts), parts)


def _resource_parts(config: Config, projection: Projection, reached: Slice) -> dict[str, str]:
    """Return the hashes of the resources that code names: by a string that holds the file's name, or a folder's."""
    code = [cell.source for cell in projection.cells]
    code += [part.block.text for symbol in reached.symbols for part in symbol.parts]
    strings = "\0".join(text for source in code for text in _strings(source))
    return {
        f"{RESOURCE}{place}": hashed
        for place, hashed in _resources(config).items()
        if any(name in strings for name in place.split("/") if name != "..")
    }


RESOURCE = "resource:"
"""How the parts are called that stand for files beside the notebook."""


@functools.lru_cache(maxsize=1 << 14)
def _strings(source: str) -> tuple[str, ...]:
    try:
        tree = parse_cell(source).tree
    except CellSyntaxError:
        return (source,)
    found = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
    return tuple(value for value in found if isinstance(value, str))


@functools.lru_cache(maxsize=4)
def _resources(config: Config) -> dict[str, str]:
    """Return the resources' hashes by their places; read once for each reading of the settings."""
    files = resource_files(config).items()
    return {place: hashlib.sha256(file.read_bytes()).hexdigest()[:16] for place, file in files}


def digest(
    projection: Projection,
    reached: Slice,
    versions: Mapping[str, str],
    data_entries: Mapping[str, Any],
    output_format: str = FORMAT,
) -> str:
    """Return one hash over everything that a projection's outputs depend on."""
    return _whole(components(projection, reached, versions, data_entries, output_format))


def components(
    projection: Projection,
    reached: Slice,
    versions: Mapping[str, str],
    data_entries: Mapping[str, Any],
    output_format: str = FORMAT,
) -> dict[str, str]:
    """Return what a projection's outputs depend on, part by part: cells in order, then names in order."""
    parts = {cell.id: cell_digest(cell.source).digest for cell in projection.cells}
    parts |= {f"d2l.{symbol.name}": symbol.digest for symbol in sorted(reached.symbols, key=lambda item: item.name)}
    parts |= dict(sorted(versions.items()))
    parts |= {f"data:{name}": _entry_hash(entry) for name, entry in sorted(data_entries.items())}
    return parts | {"format": output_format}


def explain(stored: Mapping[str, str], current: Mapping[str, str]) -> tuple[str, ...]:
    """Say in words what differs between stored parts and current ones; nothing if the projection is fresh."""
    words = list(_cell_changes(stored, current))
    for name in sorted({*stored, *current}):
        old, new = stored.get(name), current.get(name)
        if old == new or _is_cell(name):
            continue
        if name.startswith(("d2l.", "data:", RESOURCE)):
            words.append(f"{name} {'is new' if old is None else 'is gone' if new is None else 'changed'}")
        else:
            words.append(f"{name} {old or 'none'} → {new or 'none'}")
    return tuple(words)


def _cell_changes(stored: Mapping[str, str], current: Mapping[str, str]) -> Iterable[str]:
    old, new = _cells(stored), _cells(current)
    matcher = difflib.SequenceMatcher(None, [value for _, value in old], [value for _, value in new], autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        if tag == "delete":
            yield from (f"{name} (as stored) is gone" for name, _ in old[start:end])
        elif tag != "equal":
            changed = new[other_start:other_end]
            yield from (f"{name} {'is new' if tag == 'insert' else 'changed'}" for name, _ in changed)


def _cells(parts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the cells' parts in the section's order, whatever the order in which they were stored."""
    return sorted(
        ((name, value) for name, value in parts.items() if _is_cell(name)), key=lambda item: (len(item[0]), item)
    )


def _is_cell(name: str) -> bool:
    return name.startswith("cell-")


def _whole(parts: Mapping[str, str]) -> str:
    return hashlib.sha256(json.dumps(list(parts.items()), ensure_ascii=False).encode()).hexdigest()


def _entry_hash(entry: Any) -> str:
    """Hash a registry entry: its files' checksums if it has files, since addresses and words change no output."""
    kept = entry.get("files", entry) if isinstance(entry, dict) else entry
    return short_hash(json.dumps(kept, sort_keys=True, ensure_ascii=False, default=str))


def data_names(projection: Projection) -> tuple[str, ...]:
    """Return the data sets that the section's front matter names."""
    names = projection.front.get("data") or ()
    return (names,) if isinstance(names, str) else tuple(str(name) for name in names)


def _packages(book: Book, projection: Projection) -> tuple[str, ...]:
    return book.config.backend(projection.backend).packages


@dataclass(frozen=True, slots=True)
class _Tables:
    """Lock files and the data registry, read once per run."""

    versions: Mapping[str, Mapping[str, str]]
    entries: Mapping[str, Any]


def _tables(config: Config) -> _Tables:
    """Read the tables again only if a file has changed, for servers that live long."""
    paths = [config.root / REGISTRY, *(config.lock(backend.name) for backend in (config.base, *config.backends))]
    return _read_tables(config, tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths))


@functools.lru_cache(maxsize=4)
def _read_tables(config: Config, _times: tuple[int, ...]) -> _Tables:
    versions = {item.name: lock_versions(config, item.name) for item in (config.base, *config.backends)}
    return _Tables(versions, data_entries(config))


def lock_versions(config: Config, backend: str) -> dict[str, str]:
    """Return package to public version for a backend's packages, from its CPU lock; those not pinned are left out."""
    pinned: dict[str, str] = {}
    path = config.lock(backend)
    for line in path.read_text(encoding="utf-8").splitlines() if path.is_file() else ():
        found = _PIN.match(line)
        if found:
            pinned[canonicalize_name(found[1])] = found[2].partition("+")[0]
    wanted = config.backend(backend).packages
    return {name: pinned[canonicalize_name(name)] for name in wanted if canonicalize_name(name) in pinned}


def data_entries(config: Config) -> dict[str, Any]:
    """Return the data registry's tables by set; none if there is no registry or it does not parse."""
    try:
        tables = tomllib.loads((config.root / REGISTRY).read_text(encoding="utf-8"))
    except (FileNotFoundError, tomllib.TOMLDecodeError):
        return {}
    return {name: table for name, table in tables.items() if isinstance(table, dict)}


def _to_pin(config: Config, name: str) -> str:
    """Return what makes the lock of a backend pin what its settings name."""
    lock, wishes = config.lock(name), config.wishes(name)
    if not lock.is_file():
        return f"run: d2lbook env make {name}"
    if wishes.is_file():
        where = wishes.relative_to(config.root).as_posix()
        return f"add it to {where}, and run: d2lbook env lock {name} && d2lbook env make {name}"
    return f"pin it in {lock.relative_to(config.root).as_posix()}, or take it out of packages"


def freshness_faults(book: Book) -> tuple[Fault, ...]:
    """Return packages that no lock pins and data sets that the registry doesn't know."""
    faults = set()
    config = book.config
    known = _tables(config)
    for name in sorted({projection.backend for projection in book.projections()}):
        for package in config.backend(name).packages:
            if package not in known.versions[name]:
                fix = _to_pin(config, name)
                faults.add(Fault("config.ini", 0, f"a package of {name} that its lock doesn't pin", package, fix))
    for projection in book.projections():
        for data in data_names(projection):
            if data not in known.entries:
                fix = f"known: {', '.join(known.entries) or 'none'}; add it to {REGISTRY}"
                faults.add(Fault(projection.path, 1, "a data set that the registry doesn't know", data, fix))
    return tuple(sorted(faults))
