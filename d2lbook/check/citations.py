"""Citations and the bibliography: every key exists, every entry is cited and complete."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from pybtex.database import BibliographyData, Entry, parse_string

from d2lbook.book.book import Book
from d2lbook.book.references import keys_of
from d2lbook.errors import Fault, meant
from d2lbook.markup.names import CITATIONS
from d2lbook.words.bibliography import VENUES, Bibliography


def citation_faults(book: Book) -> Iterator[Fault]:
    """Yield unknown keys, entries nobody cites, and entries without title, people, year or venue."""
    cited = dict(_cited(book))
    file = book.config.bibfile
    path = file.relative_to(book.config.root).as_posix()
    if not file.is_file():
        for key, (where, line) in cited.items():
            yield Fault(where, line, "a citation, and no bibliography", key, f"write {path}")
        return
    text = file.read_text(encoding="utf-8")
    if broken := Bibliography(file).faults(book.config.root):
        yield from broken
        return
    data: BibliographyData = parse_string(text, "bibtex")
    lines = {m[1]: text.count("\n", 0, m.start()) + 1 for m in re.finditer(r"^@\w+\{([^,\s]+)", text, re.MULTILINE)}
    for key, (where, line) in cited.items():
        if key not in data.entries:
            mend = meant(key, data.entries) or f"add it to {path}"
            yield Fault(where, line, "an unknown citation", key, mend)
    for key, entry in data.entries.items():
        if key not in cited:
            yield Fault(path, lines.get(key, 0), "an entry that nobody cites", key, "cite it or take it out")
        if missing := _missing(entry):
            yield Fault(path, lines.get(key, 0), f"an entry without {', '.join(missing)}", key)


def _cited(book: Book) -> Iterator[tuple[str, tuple[str, int]]]:
    for section in book.sections:
        for prose in section.prose:
            for role in prose.roles:
                if role.name in CITATIONS:
                    yield from ((key, (section.path, role.line)) for key in keys_of(role.value))


def _missing(entry: Entry) -> list[str]:
    fields: Mapping[str, str] = entry.fields
    missing = [name for name in ("title", "year") if not fields.get(name)]
    if not (entry.persons.get("author") or entry.persons.get("editor")):
        missing.append("author")
    if not any(fields.get(name) for name in VENUES):
        missing.append("venue (" + ", ".join(VENUES) + ")")
    return missing
