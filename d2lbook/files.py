"""Files, written whole or not at all: a reader sees the old text or the new one, whenever the writer is killed.

A draft stands beside its file, under a name that says which process writes it, so that the next run can tell what a
killed one has left. (``atomicwrites`` is no longer kept up; the pattern is short.)
"""

from __future__ import annotations

import os
import posixpath
import re
import tempfile
from pathlib import Path

_DRAFT = re.compile(r"\..+\.(\d+)-[^-/]*\.draft")


def beside(origin: str, path: str) -> str:
    """Return what a relative ``path`` in the file (or document) ``origin`` names, seen from where ``origin`` is."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), path))


def write_whole(path: Path, text: str | bytes, durable: bool = True) -> Path:
    """Write ``text`` (as UTF-8), or bytes, to ``path``, in place of what is there, and return ``path``.

    The old file is whole until the new one is; with ``durable``, on disk, so that a power cut spares one of them too.
    OSError if it cannot be written; then no draft is left.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.{os.getpid()}-", suffix=".draft")
    draft = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text if isinstance(text, bytes) else text.encode())
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.chmod(0o644)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    return path


def remove_drafts(folder: Path, deep: bool = True) -> int:
    """Delete the drafts in ``folder`` that processes left which have ended; return how many they were.

    With ``deep`` those in the folders below it too.
    """
    paths = folder.rglob(".*.draft") if deep else folder.glob(".*.draft")
    drafts = [(path, found) for path in paths if (found := _DRAFT.fullmatch(path.name))]
    if not drafts:
        return 0
    import psutil  # on no way that has to be quick

    left = [path for path, found in drafts if not psutil.pid_exists(int(found[1]))]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)
