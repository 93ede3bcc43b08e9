"""Formulas to HTML at build time: one long-lived node process that runs KaTeX, and a cache on disk.

The pages that result need no script. KaTeX comes from npm by the lock file beside this module.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import sqlite3
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from d2lbook.files import write_whole
from d2lbook.site.npm import NODE, install, version

HERE = Path(__file__).parent
CHUNK = 200
"""Formulas handed to node at a time."""
COPY = "copy-tex.min.js"
"""KaTeX's own script that puts the TeX of a formula on the clipboard when text with formulas is copied."""
FORM = 2
"""Counts the changes of what ``katex_worker.js`` makes of a formula, so that older results are not used."""
_NUMBERED = re.compile(r"\\(begin|end)\{(align|alignat|equation|gather)\}")
_FALLBACK = re.compile(r",url\([^)]*\.(?:woff|ttf)\)\s*format\([^)]*\)")


Formula = tuple[str, bool]
"""TeX, and whether it stands on a line of its own."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of a formula."""

    html: str
    """Markup for the page; empty if KaTeX rejected the formula."""
    error: str = ""
    """KaTeX's message; empty if all is well."""


def copy_assets(folder: Path) -> None:
    """Put KaTeX's style sheet, its woff2 fonts and its script for copying as TeX into ``folder/katex``, once."""
    target = folder / "katex"
    dist = install(HERE) / "katex" / "dist"
    for font in (dist / "fonts").glob("*.woff2"):
        if not (target / "fonts" / font.name).is_file():
            write_whole(target / "fonts" / font.name, font.read_bytes(), durable=False)
    for source in (dist.parent / "LICENSE", dist / "contrib" / COPY):
        if not (target / source.name).is_file():
            write_whole(target / source.name, source.read_bytes(), durable=False)
    if not (target / "katex.min.css").is_file():
        css = (dist / "katex.min.css").read_text(encoding="utf-8")
        write_whole(target / "katex.min.css", _FALLBACK.sub("", css), durable=False)


@dataclass
class Katex:
    """Renders formulas, and remembers them in ``cache`` (a folder, made when needed)."""

    cache: Path
    _worker: subprocess.Popen[str] | None = field(default=None, repr=False)

    def render(self, formulas: Iterable[Formula]) -> dict[Formula, Rendered]:
        """Return what each formula became, from the cache or from node."""
        lock = version(HERE)
        wanted = {_key(formula, lock): formula for formula in formulas}
        if not wanted:
            return {}
        self.cache.mkdir(parents=True, exist_ok=True)
        try:
            found = self._render(wanted)
        except sqlite3.DatabaseError:  # a cache that cannot be read is thrown away
            for file in self.cache.iterdir():
                file.unlink()
            found = self._render(wanted)
        return {wanted[key]: item for key, item in found.items()}

    def _render(self, wanted: Mapping[str, Formula]) -> dict[str, Rendered]:
        with contextlib.closing(sqlite3.connect(self.cache / "katex.sqlite", timeout=60)) as database, database:
            database.execute("CREATE TABLE IF NOT EXISTS formula (key TEXT PRIMARY KEY, html TEXT, error TEXT)")
            found = _look_up(database, wanted)
            missing = [key for key in wanted if key not in found]
            for start in range(0, len(missing), CHUNK):
                keys = missing[start : start + CHUNK]
                new = dict(zip(keys, self._ask([wanted[key] for key in keys]), strict=True))
                found.update(new)
                rows = [(key, item.html, item.error) for key, item in new.items()]
                database.executemany("INSERT OR REPLACE INTO formula VALUES (?, ?, ?)", rows)
        return found

    def _ask(self, formulas: list[Formula]) -> list[Rendered]:
        if self._worker is None:
            command = [str(NODE), str(HERE / "katex_worker.js"), str(install(HERE))]
            self._worker = subprocess.Popen(  # in a session of its own: Ctrl-C is for us, and its input ends it
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8",
                start_new_session=True,
            )  # fmt: skip
        assert self._worker.stdin and self._worker.stdout
        self._worker.stdin.write(json.dumps([(_plain(tex), display) for tex, display in formulas]) + "\n")
        self._worker.stdin.flush()
        answer = json.loads(self._worker.stdout.readline())
        return [Rendered(item) if isinstance(item, str) else Rendered("", item["error"]) for item in answer]

    def close(self) -> None:
        """End the node process."""
        if self._worker is not None:
            worker, self._worker = self._worker, None
            assert worker.stdin and worker.stdout
            with contextlib.suppress(OSError):  # it has ended already
                worker.stdin.close()
            try:
                worker.wait(timeout=10)
            except subprocess.TimeoutExpired:
                worker.kill()
                worker.wait()
            worker.stdout.close()


def refusal(tex: str, error: str) -> tuple[str, str]:
    """Return message and text of the fault that a formula is which KaTeX rejects with ``error``."""
    return f"KaTeX rejects this formula: {error.removeprefix('KaTeX parse error: ')}", tex.strip().splitlines()[0]


def _plain(tex: str) -> str:
    """Return the formula without its own equation numbers: the book numbers equations itself."""
    return _NUMBERED.sub(r"\\\1{\2*}", tex)


def _key(formula: Formula, lock: str) -> str:
    return hashlib.sha256(f"{FORM}\0{lock}\0{formula[1]:d}\0{formula[0]}".encode()).hexdigest()[:32]


def _look_up(database: sqlite3.Connection, wanted: Mapping[str, Formula]) -> dict[str, Rendered]:
    found: dict[str, Rendered] = {}
    keys = list(wanted)
    for start in range(0, len(keys), 500):
        part = keys[start : start + 500]
        marks = ",".join("?" * len(part))
        for key, html, error in database.execute(f"SELECT * FROM formula WHERE key IN ({marks})", part):
            found[key] = Rendered(html, error)
    return found
