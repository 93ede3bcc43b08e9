"""Shards that lie: each is refused with a fault, the honest shard beside it is taken, nothing else is changed.

``python -m scripts.tools.drills.forged`` writes a small book with the runs of two shards, forges the second in some
sixty ways (its report, its stored runs, links and pipes in their place), merges both, and looks at what the store holds
then, at the exit code, and at a folder beside the book. Prints what failed; exits with 1 if anything did.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.evidence import store
from d2lbook.execute.results import Report, summary
from tests.test_store import result_of

HONEST, FORGED = "base/a/one", "base/a/two"
CONFIG = "[project]\nname = small\n\n[build]\nsource_dir = chapters_md\ntabs = pytorch\n"
SECRET = "secret-8471"

Forgery = Callable[[Path], object]
"""Forges the shard in a folder."""


def write_book(root: Path) -> Book:
    """Write a book of two sections; return it."""
    cell = "```{{.python .input}}\n#@tab all\nprint({})\n```\n"
    files = {"index": "# Book\n\n```toc\na/index\n```\n", "a/index": "# A\n\n```toc\none\ntwo\n```\n"}
    files |= {f"a/{name}": f"# {name}\n\n" + cell.format(number) for number, name in enumerate(("one", "two"))}
    for name, text in files.items():
        (root / "chapters_md" / f"{name}.md").parent.mkdir(parents=True, exist_ok=True)
        (root / "chapters_md" / f"{name}.md").write_text(text)
    (root / "config.ini").write_text(CONFIG)
    return books.load(root)


def write_shards(book: Book, folder: Path) -> None:
    """Lay what two honest shards leave into ``folder/1`` and ``folder/2``, and leave the book without runs."""
    for place, key in enumerate((HONEST, FORGED), 1):
        projection = book.by_key[key]
        file = store.save(book, result_of(projection, metrics={"acc": 0.5}))
        target = folder / str(place) / "static" / "outputs" / f"{key}.ipynb"
        target.parent.mkdir(parents=True)
        shutil.move(file, target)
        told = summary(result_of(projection, metrics={"acc": 0.5}))
        report = Report((told,), (key,), shard=(place, 2), plan="abc", wanted=2)
        results = folder / str(place) / "_build" / "results"
        results.mkdir(parents=True)
        (results / f"eval-{place}-of-2.json").write_text(json.dumps(asdict(report)))


def report_file(shard: Path) -> Path:
    """Return the report of the shard that is forged."""
    return shard / "_build" / "results" / "eval-2-of-2.json"


def run_file(shard: Path) -> Path:
    """Return its stored run."""
    return shard / "static" / "outputs" / f"{FORGED}.ipynb"


def _changed(file: Callable[[Path], Path], change: Callable[[Any], object]) -> Forgery:
    def forge(shard: Path) -> None:
        found = json.loads(file(shard).read_text())
        change(found)
        file(shard).write_text(json.dumps(found))

    return forge


def _result(**values: Any) -> Forgery:
    return _changed(report_file, lambda report: report["results"][0].update(values))


def _report(**values: Any) -> Forgery:
    return _changed(report_file, lambda report: report.update(values))


def _about(**values: Any) -> Forgery:
    return _changed(run_file, lambda run: run["metadata"]["d2l"].update(values))


def _output(**values: Any) -> Forgery:
    return _changed(run_file, lambda run: run["cells"][0]["outputs"][0].update(values))


def _text(file: Callable[[Path], Path], text: str | bytes) -> Forgery:
    return lambda shard: file(shard).write_bytes(text if isinstance(text, bytes) else text.encode())


def _link(file: Callable[[Path], Path], target: str) -> Forgery:
    def forge(shard: Path) -> None:
        file(shard).unlink()
        file(shard).symlink_to(target.format(outside=shard.parent / "outside"))

    return forge


def _pipe(file: Callable[[Path], Path]) -> Forgery:
    def forge(shard: Path) -> None:
        file(shard).unlink()
        os.mkfifo(file(shard))

    return forge


def _linked_folder(shard: Path) -> None:
    folder = run_file(shard).parent
    shutil.rmtree(folder)
    folder.symlink_to(shard.parent / "outside")


def _loop(shard: Path) -> None:
    run_file(shard).unlink()
    run_file(shard).symlink_to(run_file(shard))


def _forgeries() -> Iterator[tuple[str, Forgery]]:
    fault = {"path": "x", "line": 1, "message": "m", "text": "", "fix": "", "severity": "warning"}
    for status in ("died", "failed", "timeout", "memory", "empty", "lost", "stopped", "output", "refused"):
        yield f"{status} without a fault", _result(status=status, fault=None)
    yield "died, with a warning", _result(status="died", fault=fault)
    yield "died, with a fault elsewhere", _result(status="died", fault={**fault, "path": "../../x", "line": -1})
    yield "a status nobody knows", _result(status="fine")
    for name, wrong in {
        "seconds": ("x", -1, 1e300), "memory_mib": (None, "1"), "device": (7, "x\x1b[2J", "y" * 999),
        "versions": ([], {"a": 1}), "metrics": ({"acc": "0.5"}, {"acc": None}, [1]), "threads": ("1", -2),
        "projection": ("../../outside/x", "/etc/passwd", 3, "base/a/three"), "date": ("yesterday", 5),
        "forked": ("yes",), "before": (7, {"seconds": "x"}), "extra": (1,), "fault": ("bad", {"path": 1}),
    }.items():  # fmt: skip
        for value in wrong:
            yield f"{name} = {str(value)[:20]!r}", _result(**{name: value})
    for name, wrong in {
        "shard": ([3, 2], [2, 5000], ["2", "2"], [2], [0, 2]), "planned": ("x", [7], ["base/a/one", "../x"]),
        "results": ({}, [None]), "wanted": (-1, "two"), "plan": (["abc"],), "unknown": (1,),
    }.items():  # fmt: skip
        for value in wrong:
            yield f"report: {name} = {str(value)[:20]!r}", _report(**{name: value})
    yield "twice the same", _changed(report_file, lambda report: report["results"].append(report["results"][0]))
    for what, text in {"empty": "", "cut off": '{"results": [', "a list": "[]", "deep": "[" * 200_000}.items():
        yield f"report that is {what}", _text(report_file, text)
        yield f"run that is {what}", _text(run_file, text)
    yield "report in no UTF-8", _text(report_file, b"\xff\xfe{}")
    yield "NaN", _text(report_file, '{"results": [], "planned": [], "shard": null, "wanted": NaN}')
    yield (
        "other code, the same digest",
        _changed(run_file, lambda run: run["cells"][0].update(source=["import os\n", "os.remove('x')"])),
    )
    yield "one cell more", _changed(run_file, lambda run: run["cells"].append(run["cells"][0]))
    yield "other parts", _about(parts={"cell": "0"})
    yield "another digest", _about(digest="0" * 64)
    yield "metrics that no output carries", _about(metrics={"acc": 0.99})
    yield "metrics that are text", _about(metrics={"acc": "0.99"})
    yield "no seconds", _about(seconds="fast")
    yield "an output of no kind", _output(output_type="code")
    yield "an output with text that is none", _output(text={"a": 1})
    yield "metadata of a cell", _changed(run_file, lambda run: run["cells"][0].update(metadata={"x": 1}))
    for kind, file in (("report", report_file), ("run", run_file)):
        yield f"{kind} is a link outside", _link(file, "{outside}/secret.ipynb")
        yield f"{kind} is a device", _link(file, "/dev/zero")
        yield f"{kind} is a pipe", _pipe(file)
    yield "a folder that is a link", _linked_folder
    yield "a link to itself", _loop


FORGERIES = tuple(_forgeries())


def trial(name: str, forge: Forgery, folder: Path) -> list[str]:
    """Merge an honest and a forged shard; return what is wrong."""
    book = write_book(folder / "book")
    shards, outside = folder / "shards", folder / "shards" / "outside"
    write_shards(book, shards)
    outside.mkdir()
    (outside / "secret.ipynb").write_text(SECRET)
    honest = (shards / "1/static/outputs" / f"{HONEST}.ipynb").read_bytes()
    before = run_file(shards / "2").read_bytes()
    forge(shards / "2")
    said, wrong = io.StringIO(), []
    try:
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = cli.main(["--root", str(book.config.root), "merge", str(shards / "1"), str(shards / "2")])
    except Exception as error:  # a traceback is no refusal
        return [f"{name}: raises {error!r}"]
    kept = {key: book.config.outputs_dir / f"{key}.ipynb" for key in (HONEST, FORGED)}
    if code != 1 or "error:" not in said.getvalue():
        wrong.append(f"not refused ({code})")
    if not kept[HONEST].is_file() or kept[HONEST].read_bytes() != honest:
        wrong.append("the honest run was not taken")
    if kept[FORGED].exists() and kept[FORGED].read_bytes() != before:
        wrong.append("a forged run was taken")
    if SECRET in said.getvalue() or any(
        SECRET in file.read_text(errors="replace") for file in (folder / "book").rglob("*") if file.is_file()
    ):
        wrong.append("what lies outside was read")
    if "\x1b" in said.getvalue():
        wrong.append("the terminal was written to")
    if [path.name for path in outside.iterdir()] != ["secret.ipynb"]:
        wrong.append("what lies outside was changed")
    return [f"{name}: {line}" for line in wrong]


def main() -> int:
    """Run all trials; return the exit code."""
    wrong: list[str] = []
    for name, forge in FORGERIES:
        with tempfile.TemporaryDirectory(prefix="d2lbook-forged-") as folder:
            wrong.extend(trial(name, forge, Path(folder).resolve()))
    print(f"{len(FORGERIES)} forged shards, {len(wrong)} faults" + "".join(f"\n  {line}" for line in wrong))
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
