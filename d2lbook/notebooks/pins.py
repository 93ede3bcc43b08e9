"""What a reader installs for a backend's notebooks: the versions that the outputs were made with."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

from packaging.utils import canonicalize_name

from d2lbook.book.config import Config
from d2lbook.errors import BookError, Fault

_NAME = re.compile(r"^[A-Za-z0-9][\w.-]*(?:\[[\w,-]+\])?")
_PIN = re.compile(r"^([A-Za-z0-9][\w.-]*)(?:\[[\w,-]+\])?==([^\s;\\]+)")


def requirements(config: Config, backend: str, device: Literal["cpu", "cuda"] = "cpu") -> str:
    """Return the pins of what a backend's notebooks import: names that its ``.in`` lists, versions that its lock has.

    For ``cuda``, of its environment with a GPU; empty where it has none, or the same.

    A line with an environment marker keeps it; if it pins a version itself, it may be for another system than the
    lock's. Empty for a backend without ``packages`` and both files, as in books in the old dialect. BookError if
    either file is missing, or the lock doesn't pin a name.
    """
    lock = config.lock(backend, device)
    wanted = config.wishes(backend, device)
    if device == "cuda" and not (lock.is_file() and wanted.is_file()):
        return ""
    where = wanted.relative_to(config.root).as_posix()
    if not (config.backend(backend).packages or wanted.is_file() or lock.is_file()):
        return ""
    for path in (wanted, lock):
        if not path.is_file():
            name = path.relative_to(config.root).as_posix()
            raise BookError(
                [Fault(name, 0, "no such file", backend, "list packages in the .in file, run: d2lbook env lock")]
            )
    pins = pins_of(lock)
    faults, lines = [], []
    for number, line in enumerate(wanted.read_text(encoding="utf-8").splitlines(), 1):
        wish, _, marker = (part.strip() for part in line.partition(";"))
        match = _NAME.match(wish)
        suffix = f" ; {marker}" if marker else ""
        if match and (version := pins.get(canonicalize_name(match[0].partition("[")[0]))):
            lines.append(f"{match[0]}=={version}{suffix}")
        elif match and marker and "==" in wish:
            lines.append(f"{wish}{suffix}")
        elif match:
            faults.append(
                Fault(where, number, "a package that the lock doesn't pin", match[0], "run: d2lbook env lock")
            )
    if faults:
        raise BookError(faults)
    text = "\n".join(lines) + "\n"
    return "" if device == "cuda" and text == requirements(config, backend) else text


def pins_of(lock: Path) -> dict[str, str]:
    """Return the public versions that a lock, or a file of wishes, pins, by normalised name."""
    found = (_PIN.match(line) for line in lock.read_text(encoding="utf-8").splitlines())
    return {canonicalize_name(match[1]): match[2].partition("+")[0] for match in found if match}


def colab_pins(config: Config, backend: str) -> list[str]:
    """Return what Colab must install: of the packages that outputs depend on, those that the book itself pins.

    The others, as NumPy beside most frameworks, are there in a version that fits. Colab may have a GPU, so builds for
    the CPU alone give way to the usual ones.
    """
    wishes = config.wishes(backend)
    if not wishes.is_file():
        return []
    wanted = {canonicalize_name(name) for name in config.backend(backend).packages} & pins_of(wishes).keys()
    lines = [line.partition(" ; ")[0] for line in requirements(config, backend).splitlines()]
    named = [line for line in lines if canonicalize_name(re.split(r"[=\[]", line, maxsplit=1)[0]) in wanted]
    return [re.sub(r"(-cpu|\[cpu\])==", "==", line) for line in named]
