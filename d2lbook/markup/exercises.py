"""The exercises of a section: their marks, their text, their hint and answer."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, cast

from d2lbook.markup.model import Block, Fold, Prose, Section
from d2lbook.markup.names import EXERCISE

_HEADING = re.compile(r"^## *(.+?) *$", re.MULTILINE)
_ITEM = re.compile(r"^(?:\d+\.[ \t]+|### +)", re.MULTILINE)
_MARK = re.compile(rf"\*\*{EXERCISE.pattern}")
_KIND = re.compile(r"\*\*(推导|编程|判断|项目)")


ExerciseKind = Literal["", "推导", "编程", "判断", "项目"]
"""What is asked for; empty if the exercise says nothing."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """One item under 练习."""

    number: int
    line: int
    text: str
    """Text as markdown, its mark included."""
    kind: ExerciseKind = ""
    stars: int = 0
    """1 to 3; 0 if it says none."""
    hint: Fold | None = None
    answer: Fold | None = None


def exercises_of(section: Section) -> tuple[Exercise, ...]:
    """Return a section's exercises in order."""
    found: list[Exercise] = []
    inside = False
    for block in section.blocks:
        if isinstance(block, Prose):
            for text, line, heading in _parts(block):
                inside = heading.startswith("练习") if heading else inside
                if inside:
                    _take(found, text, line)
        elif isinstance(block, Fold) and inside and found:
            last = found[-1]
            if block.kind == "solution" and last.answer is None:
                found[-1] = _with(last, answer=block)
            elif block.kind == "hint" and last.hint is None:
                found[-1] = _with(last, hint=block)
    return tuple(found)


def _with(exercise: Exercise, hint: Fold | None = None, answer: Fold | None = None) -> Exercise:
    return Exercise(
        exercise.number, exercise.line, exercise.text, exercise.kind, exercise.stars,
        hint or exercise.hint, answer or exercise.answer,
    )  # fmt: skip


def _parts(prose: Prose) -> Iterator[tuple[str, int, str]]:
    """Yield the stretches of a text between headings of the second level, each with its line and its heading."""
    done, heading = 0, ""
    for match in (*_HEADING.finditer(prose.text), None):
        end = match.start() if match else len(prose.text)
        if end > done or heading:
            yield prose.text[done:end], prose.line + prose.text.count("\n", 0, done), heading
        if match:
            done, heading = match.end(), match[1]


def _take(found: list[Exercise], text: str, line: int) -> None:
    """Add the exercises that begin in a stretch; what stands before the first belongs to the one before."""
    starts = [match.start() for match in _ITEM.finditer(text)]
    for start, end in itertools.pairwise([*starts, len(text)]):
        own = text[start:end].strip()
        mark, kind = _MARK.search(own[:40]), _KIND.search(own[:40])
        found.append(
            Exercise(
                number=len(found) + 1,
                line=line + text.count("\n", 0, start),
                text=own,
                kind=cast(ExerciseKind, kind[1]) if kind else "",
                stars=len(mark[2]) if mark else 0,
            )
        )


def texts_of(blocks: Sequence[Block]) -> str:
    """Return all prose below some blocks as one text."""
    parts = [
        block.text if isinstance(block, Prose) else texts_of(block.blocks) if isinstance(block, Fold) else ""
        for block in blocks
    ]
    return "\n\n".join(part for part in parts if part)
