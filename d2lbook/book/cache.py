"""Sections as parsed before: parsing is pure, so what a text gave once it gives again.

Kept outside the book (reading a pickle can run code), by hash of text, names, tabs and of the parser itself, so that a
command on an unchanged book parses nothing.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import pickle
import zlib
from pathlib import Path

from d2lbook.files import State, state_of, write_whole
from d2lbook.markup.model import Section

MARKUP = Path(__file__).parents[1] / "markup"
PARTS = 16
"""Files among which the sections are divided, so that an edit rewrites few of them."""
PARSERS = ("markdown_it", "mdit_py_plugins", "mdit_py_cjk_friendly", "yaml")
"""Packages that the parsing rests on."""


class ParsedSections:
    """Parses texts that are new, and remembers what they gave in files of ``folder``."""

    def __init__(self, folder: Path) -> None:
        """Take what the files of ``folder`` remember; it need not exist."""
        self.files = [folder / f"{part}.pickle" for part in range(PARTS)]
        self.known = [_read(file) for file in self.files]
        self.used: list[dict[str, Section]] = [{} for _ in self.files]

    def section(self, text: str, docname: str, path: str, tabs: frozenset[str]) -> Section:
        """Return what ``text`` gives; the other arguments are those of ``parse``."""
        key = hashlib.sha256("\0".join((parser_state(), text, docname, path, *sorted(tabs))).encode()).hexdigest()
        part = zlib.crc32(docname.encode()) % PARTS
        found = self.known[part].get(key)
        if found is None:
            from d2lbook.markup.parse import parse

            found = parse(text, docname, path, tabs)
        self.used[part][key] = found
        return found

    def keep(self) -> None:
        """Write the parts that differ from what was known; a folder that can't be written is no fault."""
        for file, known, used in zip(self.files, self.known, self.used, strict=True):
            if used.keys() != known.keys():
                with contextlib.suppress(OSError):
                    data = pickle.dumps(used, protocol=pickle.HIGHEST_PROTOCOL)
                    write_whole(file, hashlib.sha256(data).digest() + data, durable=False)
                _remembered[file] = (state_of(file), used)


_SUM = hashlib.sha256().digest_size
"""Bytes of the checksum at the head of a file: one that is cut off is not read."""
_remembered: dict[Path, tuple[State, dict[str, Section]]] = {}
"""What this process last read from or wrote to a file, with the file's state: servers read it once."""


def _read(file: Path) -> dict[str, Section]:
    state = state_of(file)
    if file in _remembered and _remembered[file][0] == state:
        return _remembered[file][1]
    try:
        content = file.read_bytes()
        data = content[_SUM:]
        known = pickle.loads(data) if hashlib.sha256(data).digest() == content[:_SUM] else {}
    except (OSError, pickle.UnpicklingError, EOFError, AttributeError, ImportError, TypeError, ValueError):
        return {}  # of another version of the engine, whose names are gone
    _remembered[file] = (state, known)
    return known


@functools.cache
def parser_state() -> str:
    """Return a text that changes when the parser does: its own files, and those of the packages below it."""
    digest = hashlib.sha256()
    for file in [*sorted(MARKUP.glob("*.py")), Path(__file__)]:
        digest.update(file.read_bytes())
    found = (importlib.util.find_spec(name) for name in PARSERS)
    origins = [Path(spec.origin) for spec in found if spec and spec.origin]
    return digest.hexdigest() + "".join(f" {file} {state_of(file)}" for file in origins)
