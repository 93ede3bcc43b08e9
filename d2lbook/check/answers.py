"""What readers answered to the list of a review: which proof, output or source carries what was listed.

``static/results/review/SECTION.toml`` holds a table for each kind, with the listed texts as keys and an answer to each.
An answer holds for its text alone: a sentence that is changed is listed again, and its old answer is told to be of
nothing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.book.config import Config
from d2lbook.errors import Fault

Answers = Mapping[str, Mapping[str, str]]
"""What carries each text that was listed, by kind and text."""
SHORTEST = 4
"""Characters of the shortest answer that says anything."""
_LINE = re.compile(r"\(at line (\d+)")


def answers_of(config: Config, docname: str) -> Answers:
    """Return a section's answers; none where there is no file or it can't be read, which ``answer_faults`` tells."""
    file = _file_of(config, docname)
    return _read(file, config)[0] if file.is_file() else {}


def answer_faults(book: Book) -> Iterator[Fault]:
    """Yield files of answers that can't be read, are of no section, or hold what is no answer."""
    names = {section.docname for section in book.sections}
    folder = _folder(book.config)
    for file in sorted(folder.rglob("*.toml")):
        docname = file.relative_to(folder).with_suffix("").as_posix()
        if docname in names:
            yield from _read(file, book.config)[1]
        else:
            path = file.relative_to(book.config.root).as_posix()
            yield Fault(path, 0, "answers to the review of no section", docname, "move the file with its section")


def _read(file: Path, config: Config) -> tuple[Answers, tuple[Fault, ...]]:
    path = file.relative_to(config.root).as_posix()
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, tomllib.TOMLDecodeError) as error:
        found = _LINE.search(str(error))
        return {}, (Fault(path, int(found[1]) if found else 0, f"answers that can't be read: {error}"),)
    answers: dict[str, dict[str, str]] = {}
    faults = []
    for kind, table in tables.items():
        for text, answer in table.items() if isinstance(table, dict) else ((kind, table),):
            if isinstance(table, dict) and isinstance(answer, str) and len(answer.strip()) >= SHORTEST:
                answers.setdefault(kind, {})[text] = answer
            else:
                fix = f"[{kind}], and below it the text that was listed = what carries it, in words"
                faults.append(Fault(path, 0, "this is no answer to what a review lists", f"{text} = {answer}", fix))
    return answers, tuple(faults)


def _file_of(config: Config, docname: str) -> Path:
    return _folder(config) / f"{docname}.toml"


def _folder(config: Config) -> Path:
    return config.results_dir / "review"
