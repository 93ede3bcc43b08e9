"""Files, written whole or not at all: a reader sees the old text or the new one, whenever the writer is killed.

A draft stands beside its file, under a name that says which process writes it, so that the next run can tell what a
killed one has left. (``atomicwrites`` is no longer kept up; the pattern is short.)
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import posixpath
import re
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

State = tuple[int, int, int]
"""When a file was written, when anything of it was changed (which nobody can set back), its size in bytes."""
NO_FILE: State = (0, 0, 0)
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
    except OSError as error:  # of a write that fails, as on a full disk, the system doesn't say where
        if error.errno is not None:
            error.filename = error.filename or str(path)
        raise
    finally:
        draft.unlink(missing_ok=True)
    return path


def write_changed(path: Path, text: str | bytes) -> bool:
    """Write ``text`` to ``path``, whole, unless it is there already; tell whether it was written."""
    data = text if isinstance(text, bytes) else text.encode()
    try:
        if path.stat().st_size == len(data) and path.read_bytes() == data:
            return False
    except OSError:
        pass  # there is none, or none that can be read
    write_whole(path, data, durable=False)
    return True


def state_of(path: Path | str) -> State:
    """Return the state of a file, ``NO_FILE`` where there is none; a file with the same state holds the same bytes."""
    try:
        found = os.stat(path)  # noqa: PTH116
    except (OSError, ValueError):
        return NO_FILE
    return (found.st_mtime_ns, found.st_ctime_ns, found.st_size)


def remembered(file: Path) -> dict[str, Any]:
    """Return what a cache in JSON holds; nothing where it is absent, cut off, or another thing than an object."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@contextlib.contextmanager
def tied() -> Iterator[None]:
    """Let every process that is forked from this one end with it, even if it is killed, or left by an exception.

    A forked process that waits for an answer of one that was killed would wait for ever, and hold its locks.
    """
    _tied.append(os.getpid())
    if not _is_hooked:
        _is_hooked.append(True)
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(before=lambda: _forking.append(os.getpid()), after_in_child=_end_with_parent)
            os.register_at_fork(after_in_parent=_forking.clear)
    try:
        yield
    except BaseException:
        for child in multiprocessing.active_children():
            child.kill()
            child.join()
        raise
    finally:
        _tied.pop()


_tied: list[int] = []
"""The process whose children are tied to it, as often as it asked for that."""
_forking: list[int] = []
"""The process that is just forking."""
_is_hooked: list[bool] = []


def _end_with_parent() -> None:
    parent = _forking[-1]
    _forking.clear()
    if parent not in _tied:
        return
    _tied.append(os.getpid())  # what it forks itself ends with it
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        with contextlib.suppress(ValueError):  # not by the main thread: Ctrl-C is not told to it
            signal.signal(signal.SIGINT, lambda *_: os._exit(130))  # the parent is told too, and speaks for all

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


@contextlib.contextmanager
def alone(file: Path) -> Iterator[None]:
    """Hold ``file`` as a lock, which waits for another process, and for those that it forked and was killed before.

    Where the system has no such locks, nothing is held.
    """
    if sys.platform == "win32":
        yield
        return
    import fcntl

    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            print("waiting for another build of this book to end", file=sys.stderr, flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def remove_drafts(folder: Path, deep: bool = True) -> int:
    """Delete the drafts in ``folder`` that processes left which have ended; return how many they were.

    With ``deep`` those in the folders below it too.
    """
    paths = folder.rglob(".*.draft") if deep else folder.glob(".*.draft")
    drafts = [(path, found) for path in paths if (found := _DRAFT.fullmatch(path.name))]
    if not drafts:
        return 0
    left = [path for path, found in drafts if _has_ended(int(found[1]), path)]
    for path in left:
        path.unlink(missing_ok=True)
    return len(left)


def _has_ended(pid: int, draft: Path) -> bool:
    """Tell whether the process that wrote ``draft`` is no more: its number is free, a later one's, or of one dead."""
    import psutil  # on no way that has to be quick

    try:
        process = psutil.Process(pid)
        later = process.create_time() > draft.stat().st_mtime + 1  # the clock of starts is coarse
        return later or process.status() == psutil.STATUS_ZOMBIE
    except (psutil.NoSuchProcess, FileNotFoundError):
        return True
    except psutil.AccessDenied:
        return False
