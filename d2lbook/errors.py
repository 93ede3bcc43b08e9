"""Faults of a book, the exceptions that carry them, and what came of building something.

A fault is found in a file, at a line, and says what to do about it. Rooms collect faults and go on; the command line
prints all of them at the end of a run.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

_CONTROLS = {code: "\N{REPLACEMENT CHARACTER}" for code in (*range(32), 127, *range(128, 160)) if code not in (9, 10)}
"""What moves a terminal's cursor or colours it, whoever has written the text."""
NEAR = 0.75
"""How alike two words are, from 0 to 1, of which one may be meant by the other."""
_COMMON = re.compile(r"^(?:sec|chap|ch|fig|tab|tbl|img|eq|subsec|part|alg)[_:-]|\.\w{1,5}$")
Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong in a book."""

    path: str
    """File, relative to the book's root."""
    line: int
    """Line in that file, from 1; 0 when the whole file is meant."""
    message: str
    """What is wrong, in one sentence."""
    text: str = ""
    """The source text in question."""
    fix: str = ""
    """What the author can do about it."""
    severity: Severity = "error"
    """``error`` fails the build, ``warning`` is only printed."""

    def __str__(self) -> str:
        """``file:line: severity: message``, with the text and the fix on lines of their own."""
        where = f"{self.path}:{self.line}" if self.line else self.path
        lines = [f"{where}: {self.severity}: {self.message}"]
        if self.text:
            lines.append(f"    | {self.text.strip()}")
        if self.fix:
            lines.append(f"    = {self.fix}")
        return "\n".join(lines).translate(_CONTROLS)


@dataclass(frozen=True, slots=True)
class Built:
    """What came of building: a site, PDFs, zips, notebooks for hosts."""

    files: tuple[Path, ...]
    """What was made, in the order in which it was asked for; of a site its folder."""
    faults: tuple[Fault, ...] = ()
    """Found while building, without those that the book reports itself."""
    seconds: float = 0.0
    pages: int = 0
    """Written anew, of a site; printed, of PDFs."""
    claims: tuple[Fault, ...] = ()
    """Claims that the stored runs don't bear out, of a site."""
    told: str = ""
    """How many outputs are not those of the code beside them; empty if all are."""


class BookError(Exception):
    """The book has faults that stop the work; exit code 1."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        """Take the faults, sorted by file and line."""
        self.faults: tuple[Fault, ...] = tuple(sorted(set(faults)))
        super().__init__("\n".join(str(fault) for fault in self.faults))


class UsageError(Exception):
    """The command was called in a way that makes no sense; exit code 2."""


def meant(word: str, known: Iterable[str]) -> str:
    """Return ``did you mean X?`` with what comes nearest to a word; empty if nothing comes near.

    What names of a kind have in common (``sec_…``, ``….svg``) brings them no nearer to each other.
    """
    near = nearest(word, known)
    return f"did you mean {near}?" if near else ""


def nearest(word: str, known: Iterable[str], likeness: float = NEAR) -> str:
    """Return what comes nearest to a word, of a likeness of 0 to 1 at least; empty if nothing does."""
    own = _core(word)
    best, nearness = "", likeness
    for other in known:
        core = _core(other)
        close = min(len(own), len(core)) >= 4 or abs(len(own) - len(core)) == 1
        begins = close and (own.startswith(core) or core.startswith(own))
        matcher = difflib.SequenceMatcher(None, own, core, autojunk=False)
        if begins or matcher.real_quick_ratio() >= nearness:
            ratio = max(matcher.ratio(), likeness if begins else 0)
            if ratio > nearness or (ratio == nearness and not best):
                best, nearness = other, ratio
    return best


def _core(word: str) -> str:
    return _COMMON.sub("", word.lower()) or word.lower()


def errors_only(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return the faults that fail a build."""
    return tuple(fault for fault in faults if fault.severity == "error")


def tolerated(faults: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return the faults as warnings: an old book is built in spite of them, and they are still told."""
    return tuple(replace(fault, severity="warning") for fault in faults)
