"""Ends commands at random moments, and holds what the next run gives against an undisturbed one, byte by byte.

``python -m scripts.tools.drills.interruptions [COMMAND …] [--kills 100] [--interrupts 50] [--seed S]`` works on a small
book in a temporary folder, which takes two versions in turn, so that a command always has to make pages, notebooks,
search, modules or papers anew; it is killed, or interrupted as by Ctrl-C, and run again. Whatever differs then from a
first build of that version elsewhere is printed, and the exit code is 1. A run that had ended before its signal doesn't
count. ``eval`` is ``kills.py``'s.

Each trial is a fork of this process, which has imported the engine already, so that moments fall on what it does to
files; they are drawn from the seconds that the last whole run took, since other programs may use the processors too.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import os
import pkgutil
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sphinx.application import builtin_extensions

import d2lbook
from d2lbook import cli
from d2lbook.book.places import CACHE
from d2lbook.words.traditional import character_pairs
from tests.conftest import CONFIG
from tests.site_book import BOTH, FILES, store, store_runs, text, write_book

Files = Mapping[str, str]
"""Paths of files to digests of what they hold."""
COMMANDS = ("html", "lib", "merge", "zip", "pdf")
_CHANGES: Sequence[tuple[str, str, str]] = (
    ("one/ndarray", "# 数据操作", "# 数组操作"),
    ("one/ndarray", "C_{ij} = a_i + b_j", "C_{ij} = a_i - b_j"),
    ("one/calculus", "极限是", "它的极限是"),
    ("two/softmax", "测试精度约为", "精度约为"),
    ("front", "读法。", "怎么读这本书。"),
    ("more/s03", "# 节3", "# 第三节"),
)
SHORT = ("index", "front", "one/index", "one/calculus")
"""Documents of the book whose paper is made: TeX takes nearly all of the time."""
TRIES = 4
"""So many times the signals that are asked for are sent at most; those that come too late are sent again."""
_SAVED = "```{.python .input}\n#@tab all\ndef version():  #@save\n    return 0\n```\n"
_MORE = 4
MORE = {f"more/s{number:02d}": f"# 节{number}\n:label:`sec_{number}`\n\n$x_{number}$。\n" for number in range(_MORE)}
CHAPTER = {"more/index": "# 多\n\n```toc\n" + "".join(f"s{number:02d}\n" for number in range(_MORE)) + "```\n"}


@dataclass
class Outcome:
    """What the drill has seen of one command."""

    ended: int = 0
    """Runs that were ended before their end."""
    late: int = 0
    """Runs that had ended by themselves."""
    left: int = 0
    """Signals that were not sent, since the drill itself was ended by Ctrl-C."""
    faults: list[str] = field(default_factory=list)


def preload() -> None:
    """Import the engine, and what a build loads of Sphinx, so that no trial spends its time on that.

    What needs Ray stays away.
    """
    for module in pkgutil.walk_packages(d2lbook.__path__, "d2lbook."):
        if module.name.rpartition(".")[2] not in ("__main__", "cluster", "zygote", "fork", "host"):
            importlib.import_module(module.name)
    for name in builtin_extensions:
        importlib.import_module(name)
    for converted in (False, True):
        character_pairs(converted)


def _documents(version: int, short: bool) -> dict[str, str]:
    files = {**FILES, **MORE, **CHAPTER, "index": FILES["index"].replace("two/index", "two/index\nmore/index")}
    files["two/library"] = f"# 库\n:label:`sec_library`\n\n存着。\n\n{_SAVED}"
    files["two/index"] = FILES["two/index"].replace("softmax\n", "softmax\nlibrary\n")
    if short:
        files["index"] = FILES["index"].replace("two/index\n", "")
        files["one/index"] = FILES["one/index"].replace("ndarray\n", "")
        files = {name: files[name] for name in SHORT}
    if version:
        for docname, old, new in _CHANGES:
            if docname in files:
                assert old in files[docname], (docname, old)
                files[docname] = files[docname].replace(old, new)
        if not short:
            files["two/library"] = files["two/library"].replace("return 0", "return 1")
    return files


def write_version(root: Path, version: int, short: bool = False) -> None:
    """Write the book, in version 0 or 1, with its stored runs; a file that stays the same is not touched."""
    files = _documents(version, short)
    known = {name: text for name, text in files.items() if _differs(root / "chapters_md" / f"{name}.md", text)}
    if not (root / "config.ini").exists():
        book = write_book(root, files, BOTH if root.name.startswith("both") else CONFIG)
        if short:
            store(book, "base", "one/calculus", [[text("h\n")]], {"limit": 2.0003})
        else:
            store_runs(book)
    for name, content in known.items():
        (root / "chapters_md" / f"{name}.md").write_text(content, encoding="utf-8")


def _differs(file: Path, wanted: str) -> bool:
    return not file.is_file() or file.read_text(encoding="utf-8") != wanted


def words_of(command: str, root: Path) -> list[str]:
    """Return the arguments of a command on the book in ``root``."""
    more = {"pdf": ["--tab", "pytorch"], "merge": [str(root / "shard")]}.get(command, [])
    return ["--root", str(root), command, *more]


def forked(act: Callable[[], int], out: Path, errors: Path) -> int:
    """Run ``act`` in a process and group of its own, what it says in the two files; return the process's number."""
    sys.stdout.flush()
    sys.stderr.flush()
    if child := os.fork():
        _begun.append(child)
        with contextlib.suppress(PermissionError, ProcessLookupError):  # it has done so itself, or has ended
            os.setpgid(child, child)
        return child
    code = 1
    try:
        os.setpgid(0, 0)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for stream, file in ((1, out), (2, errors)):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND), stream)
        code = act()
    except BaseException:
        os.write(2, traceback.format_exc().encode())
    finally:
        os._exit(code)


_begun: list[int] = []
"""Processes that the drill has begun."""


def break_off() -> None:
    """End the run that goes on when the drill is ended by Ctrl-C."""
    with contextlib.suppress(PermissionError, ProcessLookupError, ChildProcessError, IndexError):
        os.killpg(_begun[-1], signal.SIGKILL)
        os.waitpid(_begun[-1], 0)


def begin(command: str, root: Path) -> int:
    """Run a command in a process of its own; return its number."""
    return forked(lambda: cli.main(words_of(command, root)), Path(os.devnull), root.parent / "errors.txt")


def run(command: str, root: Path) -> tuple[int, float]:
    """Run a command to its end; return its exit code and its seconds."""
    started = time.monotonic()
    _, status = os.waitpid(begin(command, root), 0)
    return os.waitstatus_to_exitcode(status), time.monotonic() - started


def made(command: str, root: Path) -> Files:
    """Return the digests of what a command leaves for readers."""
    folders = {"html": "_build/html", "lib": "d2l", "zip": "_build/zip", "pdf": "_build/pdf", "merge": "static/outputs"}
    folder = root / folders[command]
    files = folder.glob("*.pdf") if command == "pdf" else folder.rglob("*")
    found = {}
    for file in sorted(files):
        if file.is_file() and file.name not in (".buildinfo", ".buildinfo.bak"):
            found[file.relative_to(folder).as_posix()] = hashlib.sha256(file.read_bytes()).hexdigest()
    return found


def drill(folder: Path, command: str, kills: int, interrupts: int, seed: int, name: str = "book") -> Outcome:
    """End a command so many times by SIGKILL and by SIGINT; return what was seen."""
    outcome, chance, short = Outcome(), random.Random(seed), command == "pdf"
    os.environ[CACHE] = str(folder / "caches")
    os.environ["SOURCE_DATE_EPOCH"] = "1700000000"  # papers bear a date, and names of fonts that TeX makes of it
    wanted = {}
    for version in (0, 1):
        first = folder / f"{name}-first-{version}"
        write_version(first, version, short)
        _shard(command, first)
        code, _ = run(command, first)
        wanted[version] = made(command, first)
        if code or not wanted[version]:
            outcome.faults.append(f"{command} does not run undisturbed ({code})")
            return outcome
    root, seconds = folder / name, 0.0
    for version in (0, 1):  # the second is what every trial is like: something has changed, the rest is known
        write_version(root, version, short)
        _shard(command, root)
        _, seconds = run(command, root)
    signals = [signal.SIGKILL] * kills + [signal.SIGINT] * interrupts
    chance.shuffle(signals)
    try:
        _send(command, root, signals, chance, outcome, wanted, seconds)
    except KeyboardInterrupt:
        break_off()
        outcome.left = len(signals)
    return outcome


def _send(
    command: str, root: Path, signals: list[signal.Signals], chance: random.Random, outcome: Outcome,
    wanted: Mapping[int, Files], seconds: float,
) -> None:  # fmt: skip
    """End a run by each of the signals, and hold what the next one makes against what is wanted of its version."""
    version = 1
    for _ in range(TRIES * len(signals)):
        if not signals:
            break
        version = 1 - version
        write_version(root, version, command == "pdf")
        _shard(command, root)
        child, after = begin(command, root), chance.uniform(0.0, seconds)
        time.sleep(after)
        status = _end(child, signals[-1])
        said = f"{signals[-1].name} after {after:.2f} s"
        code, seconds = run(command, root)
        differing = _differing(made(command, root), wanted[version])
        if code or differing:
            told = (root.parent / "errors.txt").read_text(errors="replace")[-1500:]
            outcome.faults.append(f"{said}: {code} {' '.join(differing[:8])} {told}")
        if status:
            outcome.ended += 1
            signals.pop()
        else:
            outcome.late += 1


def _end(child: int, sent: signal.Signals) -> int:
    """Send a signal, Ctrl-C's to all of the group as a terminal does; return how the child ended."""
    if sent == signal.SIGINT:
        os.killpg(child, sent)
    else:
        os.kill(child, sent)
    return os.waitpid(child, 0)[1]


def _shard(command: str, root: Path) -> None:
    """For ``merge``, lay the stored runs where a shard leaves them, and let the book have none."""
    if command != "merge":
        return
    import json
    from dataclasses import asdict

    from d2lbook.book import book as books
    from d2lbook.evidence import store
    from d2lbook.execute.results import Report, Summary
    from tests.test_store import result_of

    book = books.load(root)
    for path in (root / "shard", root / "static" / "outputs"):
        shutil.rmtree(path, ignore_errors=True)
    for projection in book.projections():
        store.save(book, result_of(projection))
    shutil.move(root / "static" / "outputs", root / "shard" / "static" / "outputs")
    runs = [store.read((root / f"shard/static/outputs/{item.key}.ipynb").read_text()) for item in book.projections()]
    results = tuple(
        Summary(item.key, "ok", device=run_.device, seconds=run_.seconds, memory_mib=run_.memory_mib,
                metrics=run_.metrics, versions=run_.versions, date=run_.date)
        for item, run_ in zip(book.projections(), runs, strict=True)
    )  # fmt: skip
    report = Report(results, tuple(item.key for item in book.projections()), wanted=len(runs))
    (root / "shard" / "_build" / "results").mkdir(parents=True)
    (root / "shard" / "_build" / "results" / "eval.json").write_text(json.dumps(asdict(report)))


def _differing(found: Files, wanted: Files) -> list[str]:
    return sorted(name for name in {*found, *wanted} if found.get(name) != wanted.get(name))


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("commands", nargs="*", default=COMMANDS, metavar="COMMAND", help=f"of {', '.join(COMMANDS)}")
    parser.add_argument("--kills", type=int, default=100, help="of each command (default: 100)")
    parser.add_argument("--interrupts", type=int, default=50, help="of each command (default: 50)")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    preload()
    wrong = 0
    for command in arguments.commands:
        with tempfile.TemporaryDirectory(prefix="d2lbook-drill-") as folder:
            name = "both" if command == "html" else "book"
            began = time.process_time() + sum(os.times()[2:4])
            outcome = drill(Path(folder), command, arguments.kills, arguments.interrupts, arguments.seed, name)
            took = time.process_time() + sum(os.times()[2:4]) - began
        wrong += len(outcome.faults)
        print(
            f"{command}: {outcome.ended} runs ended, {outcome.late} too late; {len(outcome.faults)} faults; "
            f"{took:.0f} s of processor{f'; {outcome.left} left out' if outcome.left else ''}",
            flush=True,
        )
        print("".join(f"  {fault}\n" for fault in outcome.faults), end="", flush=True)
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
