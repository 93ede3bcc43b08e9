"""What a section must have: a title, exercises with answers, a picture where it teaches an idea."""

from __future__ import annotations

import re
from collections.abc import Iterator

from d2lbook.book.book import Book
from d2lbook.errors import Fault
from d2lbook.markup.exercises import exercises_of
from d2lbook.markup.model import Section
from d2lbook.words.language import is_chinese

_EXERCISES = re.compile(r"^## *练习", re.MULTILINE)


def structure_faults(book: Book) -> Iterator[Fault]:
    """Yield sections without a title or label, exercises without an answer, and files in no table of contents."""
    yield from _unlisted(book)
    for section in book.sections:
        if not section.title:
            yield Fault(section.path, 1, "a section without a title", "", "begin with `# 题目`")
        cover = section.docname == book.config.index and len(book.sections) > 1
        if book.kind(section) == "text" or cover:  # which may show code
            continue
        if not any(label.kind == "section" and label.line <= 12 for label in section.labelled):
            yield Fault(
                section.path, 1, "a section without a label", section.title, "put :label:`sec_…` below the title"
            )
        if is_chinese(book.config.lang):
            yield from _exercise_faults(section)


def _unlisted(book: Book) -> Iterator[Fault]:
    """Yield markdown files beside the book's that no table of contents names."""
    listed = {section.path for section in book.sections}
    folders = sorted({(book.config.root / path).parent for path in listed})
    for folder in folders:
        for file in sorted(folder.glob("*.md")):
            path = file.relative_to(book.config.root).as_posix()
            if path not in listed and folder != book.config.root:
                fix = "list it in its chapter's index.md, or move it away"
                yield Fault(path, 0, "a file in no table of contents", "", fix, "warning")


def _exercise_faults(section: Section) -> Iterator[Fault]:
    place = next(((block, found) for block in section.prose if (found := _EXERCISES.search(block.text))), None)
    if place is None:
        yield Fault(section.path, 0, "a section without exercises", section.title, "add `## 练习`", "warning")
        return
    head, found = place
    exercises = exercises_of(section)
    answers = sum(exercise.answer is not None for exercise in exercises)
    if answers < len(exercises):
        line = head.line + head.text.count("\n", 0, found.start())
        message = f"{len(exercises)} exercises and {answers} answers"
        yield Fault(section.path, line, message, "", "end each with :begin_solution: … :end_solution:", "warning")
