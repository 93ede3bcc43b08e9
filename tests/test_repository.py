"""The repository itself: locks without hosts, targets that are listed, size of what is committed."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from d2lbook.book.config import load
from d2lbook.execute.environments import Environments

from .conftest import ROOT

LOCKS = sorted((ROOT / "locks").glob("*.txt"))


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_locks_pin_everything_and_name_no_host(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    assert "://" not in text
    assert not re.search(r"^--", text, re.MULTILINE)
    pins = re.findall(r"^([A-Za-z0-9][\w.-]*)(\S*)", text, re.MULTILINE)
    assert pins
    assert all(rest.startswith("==") for _, rest in pins)
    hashed = re.findall(r"^([A-Za-z0-9][\w.-]*)==\S+(?: ; [^\\\n]+)? \\\n +--hash", text, re.MULTILINE)
    assert {name for name, _ in pins} - set(hashed) <= {"torch"}


def test_torch_stands_bare() -> None:
    assert re.search(r"^torch==2\.13\.0$", (ROOT / "locks" / "pytorch-cpu.txt").read_text(), re.MULTILINE)


def test_every_backend_has_a_lock_and_its_packages_are_pinned() -> None:
    config = load(ROOT)
    assert {backend.env for backend in (*config.backends, config.base)} == set(Environments(ROOT).names)
    for backend in (*config.backends, config.base):
        pinned = set(re.findall(r"^([\w.-]+)==", config.lock(backend.name).read_text(), re.MULTILINE))
        assert set(backend.packages) <= pinned


def test_make_lists_its_targets() -> None:
    listed = subprocess.run(["make", "-C", str(ROOT)], capture_output=True, text=True, check=True).stdout
    for target in ("html", "test", "eval", "serve", "lib", "zip", "check", "clean"):
        assert re.search(rf"^ +make {target} +\S", listed, re.MULTILINE)


def test_no_file_of_the_repository_is_large() -> None:
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-z"], capture_output=True, check=True).stdout
    files = [ROOT / name for name in listed.decode().split("\0") if name]
    large = [
        f"{path.relative_to(ROOT)}: {path.stat().st_size}"
        for path in files
        if path.is_file() and path.stat().st_size > 400_000
    ]
    assert not large
