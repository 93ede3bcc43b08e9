"""Citations by author and year, and the lists of what was cited, in Chinese wording.

pybtex reads the bibliography; a page lists what it cites at its end. May import pybtex and docutils.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from docutils import nodes
from pybtex.database import BibliographyData, Entry, Person, parse_string
from pybtex.exceptions import PybtexError
from pybtex.richtext import Text

HEADING = "参考文献"
MANY = 6
"""Up to so many authors are named in a list."""


class Bibliography:
    """The entries of a BibTeX file, read when first needed."""

    def __init__(self, file: Path) -> None:
        """Take the file; it need not exist."""
        self.file = file

    @cached_property
    def entries(self) -> Mapping[str, Entry]:
        """Entries by key; none if the file is missing or broken (``d2lbook check`` says so)."""
        if not self.file.is_file():
            return {}
        try:
            data: BibliographyData = parse_string(self.file.read_text(encoding="utf-8"), "bibtex")
        except PybtexError:
            return {}
        return dict(data.entries)

    @property
    def state(self) -> tuple[int, int]:
        """Time and size of the file, zeros if there is none."""
        if not self.file.is_file():
            return (0, 0)
        stat = self.file.stat()
        return (stat.st_mtime_ns, stat.st_size)

    def years(self, keys: Sequence[str]) -> dict[str, str]:
        """Return each entry's year, with a letter where two of one author fall in one year."""
        known = [key for key in keys if key in self.entries]
        plain = {key: (short_names(self.entries[key]), _field(self.entries[key], "year")) for key in known}
        several = Counter(plain.values())
        seen: Counter[tuple[str, str]] = Counter()
        years = {}
        for key, item in plain.items():
            seen[item] += 1
            years[key] = item[1] + (chr(96 + seen[item]) if several[item] > 1 else "")
        return years

    def cite(self, keys: Sequence[str], style: str, years: Mapping[str, str]) -> Iterator[nodes.Node]:
        """Yield （Vaswani等，2017；…） or, for the style ``citet``, Vaswani等（2017）, linked to the page's list."""
        known = [key for key in keys if key in self.entries]
        if style == "citet":
            for place, key in enumerate(known):
                yield nodes.Text("、" if place else "")
                yield _link(key, f"{short_names(self.entries[key])}（{years[key]}）")
            return
        yield nodes.Text("（")
        for place, key in enumerate(known):
            yield nodes.Text("；" if place else "")
            yield _link(key, f"{short_names(self.entries[key])}，{years[key]}")
        yield nodes.Text("）")

    def listing(self, keys: Iterable[str], years: Mapping[str, str]) -> list[nodes.Node]:
        """Return the list of entries, by author and year, under its heading."""
        known = sorted((key for key in keys if key in self.entries), key=lambda key: self._order(key, years))
        items = [
            nodes.list_item("", nodes.paragraph("", "", *_described(self.entries[key], years[key])), ids=[anchor(key)])
            for key in known
        ]
        return [nodes.rubric("", HEADING, level=2), nodes.bullet_list("", *items, classes=["entries"])] if items else []

    def _order(self, key: str, years: Mapping[str, str]) -> tuple[str, str]:
        return (short_names(self.entries[key]).lower(), years[key])


def anchor(key: str) -> str:
    """Return the id of an entry in a list."""
    return f"ref-{key.lower().replace('.', '-').replace(':', '-')}"


def short_names(entry: Entry) -> str:
    """Return ``Vaswani等``, ``甲和乙``, or the title where no person is named."""
    people = _people(entry)
    if not people:
        return _field(entry, "title")
    last = [_last(person) for person in people]
    if len(last) == 2:
        return f"{last[0]}和{last[1]}"
    return last[0] + ("等" if len(last) > 2 else "")


def _link(key: str, text: str) -> nodes.reference:
    return nodes.reference("", text, refuri=f"#{anchor(key)}", internal=True, classes=["citation"])


def _described(entry: Entry, year: str) -> Iterator[nodes.Node]:
    """Yield an entry's line: people, year, title, where it was published, and how to find it."""
    people = _people(entry)
    names = ", ".join(_full(person) for person in people[:MANY]) + (" 等" if len(people) > MANY else "")
    yield nodes.Text(f"{names or _field(entry, 'key')}. {year}. ".lstrip(". "))
    title = nodes.inline("", _field(entry, "title"), classes=["title"])
    address = f"https://doi.org/{_field(entry, 'doi')}" if "doi" in entry.fields else entry.fields.get("url", "")
    yield nodes.reference("", "", title, refuri=address, internal=False) if address else title
    venue = next(
        (
            _field(entry, name)
            for name in ("journal", "booktitle", "howpublished", "publisher", "school", "institution")
            if name in entry.fields
        ),
        "",
    )
    if venue:
        yield nodes.Text(". ")
        yield nodes.inline("", venue, classes=["venue"])
    numbers = _field(entry, "volume") + (f"({_field(entry, 'number')})" if "number" in entry.fields else "")
    pages = _field(entry, "pages").replace("--", "–")
    tail = ", ".join(part for part in (numbers, pages) if part)
    yield nodes.Text((f", {tail}" if tail else "") + ".")


def _people(entry: Entry) -> list[Person]:
    return list(entry.persons.get("author") or entry.persons.get("editor") or ())


def _plain(latex: str) -> str:
    return str(Text.from_latex(latex))


def _last(person: Person) -> str:
    return _plain(" ".join((*person.prelast_names, *person.last_names)))


def _full(person: Person) -> str:
    initials = " ".join(_plain(name)[:1] for name in (*person.first_names, *person.middle_names) if name)
    return f"{_last(person)} {initials}".strip()


def _field(entry: Entry, name: str) -> str:
    return _plain(entry.fields[name]) if name in entry.fields else ""
