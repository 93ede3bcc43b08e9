"""How much code a section's text holds, and whether its exercises say what they are."""

from __future__ import annotations

from collections.abc import Iterator

from d2lbook.book.book import Book
from d2lbook.check.stretches import lines_of_code
from d2lbook.errors import Fault, Severity
from d2lbook.markup.exercises import exercises_of

MAX_LINES = 120
"""Lines of code in the text of one tab that a reader sees open; as many may stand in folded cells."""


def amount_faults(book: Book, severity: Severity = "error") -> Iterator[Fault]:
    """Yield sections with more code than a reader follows, by tab."""
    for section in book.sections:
        counts = {item.backend: lines_of_code(book, item) for item in book.projections(section)}
        for place, where in enumerate(("in the text", "in folded cells of the text")):
            over = ", ".join(f"{name} {count[place]}" for name, count in counts.items() if count[place] > MAX_LINES)
            if over:
                fix = "save a function, make it an exercise, or take it out"
                yield Fault(section.path, 0, f"more than {MAX_LINES} lines of code {where}", over, fix, severity)


def mark_faults(book: Book, severity: Severity = "error") -> Iterator[Fault]:
    """Yield exercises that don't say their kind and difficulty."""
    if not book.config.lang.startswith("zh"):
        return
    for section in book.sections:
        for exercise in exercises_of(section):
            if not (exercise.kind and exercise.stars):
                message = f"exercise {exercise.number} without kind and difficulty"
                fix = "begin it with **推导·★。**, of 推导, 编程, 判断, 项目 and one to three ★"
                yield Fault(section.path, exercise.line, message, exercise.text[:40], fix, severity)
