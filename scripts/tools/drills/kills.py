"""Kills ``d2lbook eval`` at every open, write, sync and rename of its files, and at random moments; looks what is left.

``python -m scripts.tools.drills.kills [--kills 100] [--interrupts 50] [--points K] [--seed S]`` works on a small book
in a temporary folder; of the kills K fall on operations, evenly chosen (default: each once), the others on random
moments, as do the interruptions by Ctrl-C. Before every run its sources are changed, so that all of it is stale and the
library is written anew; after the kill each stored run must be the old one or the new one, whole, ``status`` must say
which, and the next run must finish with nothing left behind. Prints the counts; exits with 1 if anything was wrong.
Needs the environment ``base``.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.book.places import CACHE
from d2lbook.evidence import store
from scripts.tools.drills.interruptions import TRIES, break_off, forked, preload

ROOT = Path(__file__).resolve().parents[3]
SECTIONS = ("one", "two")
CONFIG = """\
[project]
name = small
title = A small book

[build]
source_dir = chapters_md
tabs = pytorch

[backend-base]
module = base
packages = numpy
"""


class Counter:
    """Counts what this process does to files below a folder, and kills it when a number is reached."""

    def __init__(self, folder: Path, last: int) -> None:
        self.folder, self.last, self.count = str(folder), last, 0
        self.kinds: dict[str, int] = {}

    def install(self) -> None:
        """Begin to count: opens, renames, removals by Python's audit events, writes and syncs by wrappers."""
        sys.addaudithook(self._audit)
        fdopen, fsync = os.fdopen, os.fsync

        def counted_fdopen(handle: Any, mode: str = "r", *args: Any, **options: Any) -> Any:
            if mode not in ("w", "wb"):
                return fdopen(handle, mode, *args, **options)
            halves = io.BufferedWriter(_InHalves(handle, self))
            return halves if mode == "wb" else io.TextIOWrapper(halves, **options)

        def counted_fsync(handle: Any) -> None:
            self.reach("sync")
            fsync(handle)

        os.fdopen, os.fsync = counted_fdopen, counted_fsync

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event == "open" and isinstance(args[0], str) and args[0].startswith(self.folder):
            flags = args[2] if isinstance(args[2], int) else 0
            if flags & (os.O_WRONLY | os.O_RDWR):
                self.reach("open")
        elif event in ("os.rename", "os.remove", "os.mkdir", "os.chmod") and str(args[0]).startswith(self.folder):
            self.reach(event.removeprefix("os."))

    def reach(self, kind: str) -> None:
        """Count one operation, about to be done; or end here."""
        self.count += 1
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        if self.count == self.last:
            os.kill(os.getpid(), signal.SIGKILL)


class _InHalves(io.FileIO):
    """A file that is written in two halves, each counted."""

    def __init__(self, handle: int, counter: Counter) -> None:
        super().__init__(handle, "w")
        self.counter = counter

    def write(self, data: Any) -> int:
        view = memoryview(data).cast("B")
        for part in (view[: len(view) // 2], view[len(view) // 2 :]):
            self.counter.reach("write")
            super().write(part)
        return len(view)


def begin(root: Path, last: int = 0) -> int:
    """Evaluate the book in a process of its own, killed at operation ``last`` (0: never); return its number.

    What was counted stands in ``counted.json`` beside the book, what was said in ``said.txt``.
    """

    def evaluated() -> int:
        counter = Counter(root, last)
        counter.install()
        code = cli.main(["--root", str(root), "eval", "--jobs", "1"])
        (root.parent / "counted.json").write_text(json.dumps(counter.kinds))
        return code

    said = root.parent / "said.txt"
    return forked(evaluated, said, said)


def run(root: Path) -> tuple[int, float]:
    """Evaluate the book to its end; return the exit code and the seconds."""
    begun = time.monotonic()
    status = os.waitpid(begin(root), 0)[1]
    return os.waitstatus_to_exitcode(status), time.monotonic() - begun


def write_book(root: Path, version: int) -> None:
    """Write the book so that every section prints ``version``, the second by way of the library."""
    folder = root / "chapters_md"
    (folder / "a").mkdir(parents=True, exist_ok=True)
    (root / "config.ini").write_text(CONFIG)
    (folder / "index.md").write_text("# Book\n\n```toc\na/index\n```\n")
    (folder / "a" / "index.md").write_text("# A\n\n```toc\n" + "".join(f"{name}\n" for name in SECTIONS) + "```\n")
    saved = f"def version():  #@save\n    return {version}\n\nprint('version', version())"
    used = "from d2l import base as d2l\nprint('version', d2l.version())"
    for name, code in zip(SECTIONS, (saved, used), strict=True):
        filler = f"for line in range(200):\n    print(line, {version})"
        cells = "".join(f"\n```{{.python .input}}\n#@tab all\n{text}\n```\n" for text in (code, filler))
        (folder / "a" / f"{name}.md").write_text(f"# {name}\n{cells}")
    if not (root / ".envs").exists():
        (root / ".envs").symlink_to(ROOT / ".envs")
        (root / "locks").symlink_to(ROOT / "locks")


def prepare(root: Path, version: int) -> None:
    """Make every stored run stale, or, each fourth time, absent."""
    write_book(root, version)
    if version % 4 == 0:
        shutil.rmtree(root / "static")


@dataclass
class Outcome:
    """What the drill has seen."""

    kills: int = 0
    whole: dict[str, int] = field(default_factory=dict)
    """How often a stored run was found ``old``, ``new`` or ``absent`` after a kill."""
    faults: list[str] = field(default_factory=list)
    late: int = 0
    """Runs that had ended before their signal."""
    left: int = 0
    """Runs that were not made, since the drill itself was ended by Ctrl-C."""
    seconds: float = 0.0
    """What the last whole run took."""

    def look(self, root: Path, version: int, when: str) -> None:
        """Look at what a killed run has left."""
        self.kills += 1
        for state in store.status(books.load(root)):
            path = store.path_of(books.load(root), state.projection)
            found = _version(path)
            kind = {version: "new", version - 1: "old", None: "absent"}.get(found, "broken")
            self.whole[kind] = self.whole.get(kind, 0) + 1
            right = {"new": "fresh", "old": "stale", "absent": "missing"}.get(kind)
            if state.state != right:
                self.faults.append(f"{when}: {state.projection.key} is {kind}, and status says {state.state}")
        for path in [*root.glob("d2l/**/*.py"), *root.glob("_build/results/*.json")]:
            try:
                compile(path.read_text(), path, "exec") if path.suffix == ".py" else json.loads(path.read_text())
            except (SyntaxError, ValueError):
                self.faults.append(f"{when}: {path.relative_to(root)} is half-written")

    def complete(self, root: Path, version: int, when: str) -> None:
        """Run again without a kill: everything must be there and new, and nothing else."""
        code, self.seconds = run(root)
        if code:
            said = (root.parent / "said.txt").read_text(errors="replace")
            self.faults.append(f"{when}: the next run ended with {code}: {said[-300:]}")
        states = {state.state for state in store.status(books.load(root))}
        versions = {_version(path) for path in (root / "static" / "outputs").rglob("*.ipynb")}
        if states != {"fresh"} or versions != {version}:
            self.faults.append(f"{when}: after the next run {states}, versions {versions}")
        if left := [path for path in root.rglob(".*") if path.name != ".envs" and ".envs" not in path.parts]:
            self.faults.append(f"{when}: left behind: {', '.join(path.name for path in left)}")


def _version(path: Path) -> int | None:
    """Return the version that a stored run has printed in both of its cells; None if absent, -1 if broken."""
    if not path.exists():
        return None
    try:
        first, second = ("".join(cell["outputs"][0]["text"]) for cell in json.loads(path.read_text())["cells"])
    except (ValueError, KeyError, IndexError):
        return -1
    version = int(first.split()[1])
    return version if second == "".join(f"{line} {version}\n" for line in range(200)) else -1


def drill(
    root: Path, points: Sequence[int] | None, kills: int, interrupts: int, seed: int
) -> tuple[Outcome, dict[str, int]]:
    """End runs at the operations numbered ``points`` (None: all) and at random moments; return what was seen.

    The second value counts the operations of one whole run, by kind. Runs that end before their signal don't count.
    """
    outcome, version, chance = Outcome(), 2, random.Random(seed)
    write_book(root, 1)
    outcome.complete(root, 1, "at first")
    write_book(root, version)
    outcome.complete(root, version, "at second")
    kinds: dict[str, int] = json.loads((root.parent / "counted.json").read_text())
    every = range(1, sum(kinds.values()) + 1)
    signals = [signal.SIGKILL] * kills + [signal.SIGINT] * interrupts
    chance.shuffle(signals)
    waiting = list(reversed(every if points is None else points))
    try:
        version = _at_operations(root, waiting, version, outcome)
        _at_moments(root, signals, version, outcome, chance)
    except KeyboardInterrupt:
        break_off()
        outcome.left = len(waiting) + len(signals)
    return outcome, kinds


def _at_operations(root: Path, points: list[int], version: int, outcome: Outcome) -> int:
    """Kill a run at each of the operations, the last of the list first; return the book's version then."""
    while points:
        version, last = version + 1, points[-1]
        prepare(root, version)
        status = os.waitpid(begin(root, last), 0)[1]
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            outcome.faults.append(f"operation {last}: not killed ({status})")
        outcome.look(root, version, f"operation {last}")
        outcome.complete(root, version, f"operation {last}")
        points.pop()
    return version


def _at_moments(
    root: Path, signals: list[signal.Signals], version: int, outcome: Outcome, chance: random.Random
) -> None:
    """End a run by each of the signals, at a random moment."""
    for _ in range(TRIES * len(signals)):
        if not signals:
            break
        version += 1
        prepare(root, version)
        after = chance.uniform(0.0, outcome.seconds)
        when = f"{signals[-1].name} after {after:.2f} s"
        ended = _ended(root, after, signals[-1])
        if ended:
            outcome.look(root, version, when)
        else:
            outcome.late += 1
        outcome.complete(root, version, when)
        if ended:
            signals.pop()


def _ended(root: Path, after: float, sent: signal.Signals) -> bool:
    """Run, and send a signal after so many seconds (Ctrl-C to all of the group); tell whether that ended the run."""
    engine = begin(root)
    time.sleep(after)
    (os.killpg if sent == signal.SIGINT else os.kill)(engine, sent)
    return os.waitpid(engine, 0)[1] != 0


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kills", type=int, default=100, help="kills in all, at least (default: 100)")
    parser.add_argument("--interrupts", type=int, default=50, help="by Ctrl-C (default: 50)")
    parser.add_argument("--points", type=int, help="operations to kill at, evenly chosen (default: every one)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    preload()
    with tempfile.TemporaryDirectory(prefix="d2lbook-drill-") as folder:
        os.environ[CACHE] = str(Path(folder, "caches"))
        _, kinds = drill(Path(folder, "count"), [], 0, 0, 0)
        total = sum(kinds.values())
        number = min(total if arguments.points is None else arguments.points, total)
        points = [1 + place * (total - 1) // max(1, number - 1) for place in range(number)]
        moments = max(0, arguments.kills - len(points))
        outcome, _ = drill(Path(folder, "book"), points, moments, arguments.interrupts, arguments.seed)
    counts = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    print(f"one run does {total} operations on the book's files: {counts}")
    found = ", ".join(f"{number} {kind}" for kind, number in sorted(outcome.whole.items()))
    print(
        f"{outcome.kills} runs ended: {len(points)} killed at an operation, {moments} at random moments, "
        f"{arguments.interrupts} by Ctrl-C; {outcome.late} too late; found {found}"
    )
    if outcome.left:
        print(f"{outcome.left} left out")
    print(f"{len(outcome.faults)} faults" + "".join(f"\n  {fault}" for fault in outcome.faults))
    return int(bool(outcome.faults))


if __name__ == "__main__":
    sys.exit(main())
