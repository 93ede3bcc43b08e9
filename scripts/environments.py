"""Make the environments of the book's backends, and compile their locks.

``python -m scripts.environments make [NAME …]`` installs locks/NAME-cpu.txt into .envs/NAME where it is not
installed yet; ``… lock [NAME …]`` compiles locks/NAME.in anew. ``--device cuda`` does both for machines with a GPU
(locks/NAME-cuda.in and .txt; a backend without them, as MXNet, stays on the CPU). ``… newest [NAME …]`` installs what
the pins of the .in file would be without their versions: to see what a new release breaks.

Only the standard library and uv (beside the running interpreter) are used. Locks hold no index or link lines; a folder
of wheels that pip is configured with (``find-links``) is passed on to uv, which doesn't read pip's settings.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS, ENVS = ROOT / "locks", ROOT / ".envs"
PLATFORM = "x86_64-manylinux_2_28"
UV = Path(sys.executable).with_name("uv")


def names() -> list[str]:
    """Return the environments that have a lock, ``base`` first."""
    found = sorted(path.stem for path in LOCKS.glob("*.in") if not path.stem.endswith("-cuda"))
    return sorted(found, key=lambda name: name != "base")


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
        subprocess.run([UV, "venv", "--quiet", "--python", base, env], check=True)
    return python


def lock_of(name: str, device: str) -> Path:
    """Return the lock of an environment on a device; that of the CPU where the device has none of its own."""
    own = LOCKS / f"{name}-{device}.txt"
    return own if own.is_file() else LOCKS / f"{name}-cpu.txt"


def make(name: str, device: str = "cpu") -> bool:
    """Install environment ``name`` unless its lock is installed already; return whether it was made."""
    return install(name, lock_of(name, device))


def install(name: str, lock: Path) -> bool:
    """Install a lock into environment ``name`` unless it is there already; return whether it was."""
    env = ENVS / name
    stamp, wanted = env / "lock.sha256", hashlib.sha256(lock.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    started = time.monotonic()
    python = make_empty(env)
    stamp.unlink(missing_ok=True)
    options = [] if "-cuda" in lock.stem else sources(lock)
    command = [UV, "pip", "sync", "--quiet", "--compile-bytecode", "--python", python, *options, lock]
    subprocess.run(command, check=True)
    stamp.write_text(wanted)
    print(f"{name}: made in {time.monotonic() - started:.0f} s", flush=True)
    return True


def lock(name: str, device: str = "cpu") -> None:
    """Compile ``locks/NAME.in`` to ``locks/NAME-cpu.txt`` (or the pair of another device): pins, hashes, no hosts."""
    source = LOCKS / (f"{name}.in" if device == "cpu" else f"{name}-{device}.in")
    if source.is_file():
        compile_lock(source, LOCKS / f"{name}-{device}.txt", find_links() if device == "cpu" else [])
    else:
        print(f"{name}: has no {source.relative_to(ROOT)}, stays on the CPU")


def compile_lock(source: Path, target: Path, links: list[str], *more: str) -> None:
    """Compile one file of wishes; torch's line is left bare, so that it comes from where pip is configured to look."""
    options = ["--python-version", "3.11", "--python-platform", PLATFORM, "--generate-hashes", "--no-header", *more]
    bare = ["--no-annotate", "--no-emit-index-url", "--no-emit-find-links", "--quiet"]
    command = [UV, "pip", "compile", *options, *bare, *links, source, "-o", target]
    if target.is_file():  # a bare torch would be preferred to the build for the CPU
        target.write_text(re.sub(r"^torch==.*\n", "", target.read_text(), flags=re.MULTILINE))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    torch = re.compile(r"^torch==([\d.]+)\S* \\\n(?: +--hash=\S+(?: \\)?\n)+", re.MULTILINE)
    target.write_text(torch.sub(r"torch==\1\n", target.read_text()))
    print(f"{target.stem}: {target.relative_to(ROOT)}")


def newest(name: str) -> None:
    """Install the newest versions that fit together, whatever the lock says; nothing in ``locks/`` changes."""
    folder = ENVS / "newest"
    folder.mkdir(parents=True, exist_ok=True)
    source, target = folder / f"{name}.in", folder / f"{name}-newest.txt"
    source.write_text(re.sub(r"==[^\s;]+", "", (LOCKS / f"{name}.in").read_text()))
    target.unlink(missing_ok=True)
    compile_lock(source, target, find_links(), "--upgrade")
    install(name, target)


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("command", choices=["make", "lock", "newest"])
    parser.add_argument("names", nargs="*", help="environments; default: all")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"], help="default: cpu")
    arguments = parser.parse_intermixed_args()
    unknown = sorted(set(arguments.names) - set(names()))
    if unknown:
        parser.error(f"no lock for {', '.join(unknown)}; known: {', '.join(names())}")
    for name in arguments.names or names():
        if arguments.command == "newest":
            newest(name)
        else:
            (make if arguments.command == "make" else lock)(name, arguments.device)
    return 0


if __name__ == "__main__":
    sys.exit(main())
