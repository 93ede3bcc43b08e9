"""The environments of the book's backends: made from their locks, and the locks compiled.

``locks/NAME.in`` names direct pins, ``locks/NAME-cpu.txt`` and ``-cuda.txt`` are compiled from it (a backend without
the latter, as MXNet, stays on the CPU). Where there is no ``.in`` file, one is written from the packages that the
book's settings name for the backend; a book that names none runs in the interpreter that d2lbook runs in. Locks hold
no index or link lines; a folder of wheels that pip is configured with (``find-links``) is passed on to uv, which
doesn't read pip's settings. Only the standard library and uv are used.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from d2lbook.errors import BookError, Fault, UsageError
from d2lbook.files import write_whole

PLATFORM = "x86_64-manylinux_2_28"
BESIDE = Path(sys.executable).with_name("uv")
UV = BESIDE if BESIDE.is_file() else Path(shutil.which("uv") or BESIDE)
ALWAYS = ("ipykernel", "matplotlib-inline")
"""What notebooks need to be run, whatever their backend."""


def find_links() -> list[str]:
    """Return ``--find-links`` options for the folders that pip is configured with."""
    command = [sys.executable, "-m", "pip", "config", "list"]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    folders: list[str] = []
    for line in listed.splitlines():
        key, _, value = line.partition("=")
        if key.rpartition(".")[2] == "find-links":
            folders += value.strip("'\"").replace("\\n", " ").split()
    return [word for folder in dict.fromkeys(folders) for word in ("--find-links", folder)]


def sources(pins: Path) -> list[str]:
    """Return uv's options for a file of pins: pip's folders, and torch's index for a torch that none has."""
    links = find_links()
    here = any(list(Path(folder).glob("torch-*.whl")) for folder in links[1::2])
    wanted = re.search(r"^torch==", pins.read_text(encoding="utf-8"), re.MULTILINE)
    return [*links, "--torch-backend=cpu"] if wanted and not here else links


def make_empty(env: Path) -> Path:
    """Make an environment of nothing where there is none; return its interpreter."""
    python = env / "bin" / "python"
    if not python.exists():
        base = getattr(sys, "_base_executable", sys.executable)
        _uv([str(UV), "venv", "--quiet", "--clear", "--python", base, str(env)], f"{env.name}: no environment was made")
    return python


def _uv(command: Sequence[str], failure: str) -> None:
    """Run uv; if it fails, BookError with ``failure`` and its own words."""
    try:
        ended = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    except FileNotFoundError:
        raise UsageError("environments are made by uv, which is not installed: pip install uv") from None
    if ended.returncode:
        said = "\n    | ".join(line.rstrip() for line in ended.stderr.strip().splitlines()[-_SAID:])
        raise BookError([Fault("locks", 0, failure, said, "uv's own words stand above")])


_SAID = 30
"""Lines that are shown of what uv says."""


EnvDevice = Literal["cpu", "cuda"]
"""What an environment is made for."""


@dataclass(frozen=True, slots=True)
class Environments:
    """Those of the book in ``root``, below ``.envs``."""

    root: Path
    packages: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """What the book's settings name for each backend, ``base`` included: wishes, where ``locks/`` has none."""

    @property
    def names(self) -> list[str]:
        """The environments that have wishes, ``base`` first."""
        written = {path.stem for path in (self.root / "locks").glob("*.in") if not path.stem.endswith("-cuda")}
        named = {name for name, packages in self.packages.items() if packages}
        return sorted(written | named, key=lambda name: (name != "base", name))

    def lock_of(self, name: str, device: EnvDevice) -> Path:
        """Return the lock of an environment on a device; that of the CPU where the device has none of its own."""
        own = self.root / "locks" / f"{name}-{device}.txt"
        return own if own.is_file() else self.root / "locks" / f"{name}-cpu.txt"

    def make(self, name: str, device: EnvDevice = "cpu") -> bool:
        """Install environment ``name`` unless its lock is installed already; return whether it was made.

        A lock that is missing is compiled before.
        """
        if not self.lock_of(name, device).is_file():
            self.lock(name)
        return self._install(name, self.lock_of(name, device))

    def _install(self, name: str, lock: Path) -> bool:
        env = self.root / ".envs" / name
        stamp, wanted = env / "lock.sha256", hashlib.sha256(lock.read_bytes()).hexdigest()
        if stamp.is_file() and stamp.read_text() == wanted:
            return False
        started = time.monotonic()
        python = make_empty(env)
        stamp.unlink(missing_ok=True)
        options = [] if "-cuda" in lock.stem else sources(lock)
        command = [str(UV), "pip", "sync", "--quiet", "--compile-bytecode", "--python", str(python)]
        _uv([*command, *options, str(lock)], f"{name}: {lock.name} could not be installed")
        write_whole(stamp, wanted)
        print(f"{name}: made in {time.monotonic() - started:.0f} s", flush=True)
        return True

    def lock(self, name: str, device: EnvDevice = "cpu") -> None:
        """Compile ``locks/NAME.in`` to ``NAME-cpu.txt``, or the pair of another device: pins, hashes, no hosts."""
        locks = self.root / "locks"
        source = locks / (f"{name}.in" if device == "cpu" else f"{name}-{device}.in")
        if device == "cpu" and not source.is_file() and self.packages.get(name):
            write_whole(source, "".join(f"{item}\n" for item in dict.fromkeys((*self.packages[name], *ALWAYS))))
            print(f"{name}: wrote {source.name}")
        if source.is_file():
            _compile(source, locks / f"{name}-{device}.txt", find_links() if device == "cpu" else [])
        else:
            print(f"{name}: has no locks/{source.name}, stays on the CPU")

    def newest(self, name: str) -> None:
        """Install the newest versions that fit together, whatever the lock says; nothing in ``locks/`` changes."""
        folder = self.root / ".envs" / "newest"
        source, target = folder / f"{name}.in", folder / f"{name}-newest.txt"
        write_whole(source, re.sub(r"==[^\s;]+", "", (self.root / "locks" / f"{name}.in").read_text()))
        target.unlink(missing_ok=True)
        _compile(source, target, find_links(), "--upgrade")
        self._install(name, target)


def _compile(source: Path, target: Path, links: Sequence[str], *more: str) -> None:
    """Compile one file of wishes; torch's line is left bare, so that it comes from where pip is configured to look."""
    options = ["--python-version", "3.11", "--python-platform", PLATFORM, "--generate-hashes", "--no-header", *more]
    bare = ["--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
    command = [str(UV), "pip", "compile", *options, *bare, *links, str(source), "-o", str(target)]
    if target.is_file():  # a bare torch would be preferred to the build for the CPU
        write_whole(target, re.sub(r"^torch==.*\n", "", target.read_text(), flags=re.MULTILINE))
    _uv(command, f"{source.name} could not be compiled")
    torch = re.compile(r"^torch==([\d.]+)\S* \\\n(?: +--hash=\S+(?: \\)?\n)+", re.MULTILINE)
    write_whole(target, torch.sub(r"torch==\1\n", target.read_text()))
    print(f"{target.stem}: {target.name}")
