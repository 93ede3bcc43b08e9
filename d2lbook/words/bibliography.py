"""The bibliography: what is known of each entry, and how a citation names it, in Chinese wording.

pybtex reads BibTeX; what is returned is plain text without markup. A caller may name a file that remembers what was
read, so that neither reading nor pybtex itself, which takes long to load, is needed until the entries change.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple

from d2lbook.errors import Fault, meant
from d2lbook.files import remembered, state_of, write_whole
from d2lbook.words.language import is_chinese

if TYPE_CHECKING:
    from pybtex.database import Entry, Person

MANY = 6
"""Up to so many authors are named in a list."""
_URL = re.compile(r"\\(?:url|path)\s*\{([^{}]*)\}")
_FORMULA = re.compile(r"(?<!\\)\$[^$]+(?<!\\)\$")
_KEPT = 0xE100
"""First of the characters, of the private use area, that stand for what is kept while LaTeX is read."""
VENUES = ("journal", "booktitle", "howpublished", "publisher", "school", "institution")
"""Fields of which one says where an entry was published, the best first."""


@dataclass(frozen=True, slots=True)
class Reference:
    """One entry, ready to be shown."""

    key: str
    short: str
    """Name in a citation: ``Vaswani等``, ``甲和乙``, or the title where no person is named."""
    people: str
    """Names of the people in a list, with initials."""
    year: str
    title: str
    address: str
    """Address of its DOI or page; empty if it gives none."""
    venue: str
    detail: str
    """Volume, number and pages."""


class CitationPiece(NamedTuple):
    """A stretch of what a citation or an entry of a list prints."""

    text: str
    key: str = ""
    """Entry that it leads to; empty: it is text alone."""
    kind: Literal["text", "title", "venue"] = "text"


class Bibliography:
    """The entries of a BibTeX file, read when first needed."""

    def __init__(self, file: Path, lang: str = "zh_CN", memory: Path | None = None) -> None:
        """Take the file, which need not exist, and the book's language; ``memory`` remembers what was read."""
        self.file, self.lang, self.memory = file, lang, memory

    @property
    def state(self) -> tuple[int, int]:
        """Time and size of the file, zeros if there is none."""
        if not self.file.is_file():
            return (0, 0)
        stat = self.file.stat()
        return (stat.st_mtime_ns, stat.st_size)

    @cached_property
    def references(self) -> Mapping[str, Reference]:
        """Entries by key; none if the file is missing or broken (``d2lbook check`` says so)."""
        return _known(self.file, self.state, is_chinese(self.lang), self.memory)

    def known(self, keys: Iterable[str]) -> list[Reference]:
        """Return the entries of ``keys``, each once, in their order; unknown keys are left out."""
        return [self.references[key] for key in dict.fromkeys(keys) if key in self.references]

    def years(self, keys: Iterable[str]) -> dict[str, str]:
        """Return each entry's year, with a letter where two of one author fall in one year."""
        known = self.known(keys)
        several = Counter((item.short, item.year) for item in known)
        seen: Counter[tuple[str, str]] = Counter()
        years = {}
        for item in known:
            seen[item.short, item.year] += 1
            letter = chr(96 + seen[item.short, item.year]) if several[item.short, item.year] > 1 else ""
            years[item.key] = item.year + letter
        return years

    def faults(self, root: Path) -> tuple[Fault, ...]:
        """Return the one fault of a file below ``root`` that cannot be read; none of its keys is unknown then."""
        return (Fault(self.file.relative_to(root).as_posix(), *self._broken),) if self._broken else ()

    @cached_property
    def _broken(self) -> tuple[int, str, str] | None:
        """Line, message and text of what keeps the file from being read; None if it has entries or is not there."""
        if self.references or not self.file.is_file():
            return None
        try:
            wrong = broken_at(self.file.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            wrong = 0, str(error)
        return (wrong[0], "the bibliography cannot be read", wrong[1]) if wrong else None

    def unknown(self, keys: Iterable[str]) -> Iterator[tuple[str, str]]:
        """Yield the keys that no entry has, each with what to do about it; none of a file that cannot be read."""
        for key in dict.fromkeys(keys):
            if key not in self.references and not self._broken:
                yield key, meant(key, self.references) or f"add it to {self.file.name}"

    def citation(self, keys: Iterable[str], style: str, years: Mapping[str, str]) -> Iterator[CitationPiece]:
        """Yield the pieces of （Vaswani等，2017；…） or, for the style ``citet``, of Vaswani等（2017）.

        What no entry has stands there by its key.
        """
        within = style == "citet"
        opening, closing, comma, semicolon, stop = (
            "（），；、" if is_chinese(self.lang) else (" (", ")", ", ", "; ", ", ")
        )
        yield CitationPiece("" if within else opening.strip())
        for place, key in enumerate(dict.fromkeys(keys)):
            yield CitationPiece((stop if within else semicolon) if place else "")
            item = self.references.get(key)
            if item is None:
                yield CitationPiece(key)
                continue
            year = years.get(key, item.year)
            yield CitationPiece(
                f"{item.short}{opening}{year}{closing}" if within else f"{item.short}{comma}{year}", key
            )
        yield CitationPiece("" if within else closing)

    def listing(self, keys: Iterable[str], years: Mapping[str, str]) -> list[Reference]:
        """Return the entries of ``keys`` as a list shows them: by name, then by the year in ``years``."""
        known = self.known(keys)
        return sorted(known, key=lambda item: (item.short.lower(), years[item.key]))


def described(item: Reference, year: str) -> Iterator[CitationPiece]:
    """Yield the pieces of an entry's line: people, year, title, where it was published, and how to find it."""
    yield CitationPiece("".join(f"{part.rstrip('.')}. " for part in (item.people, year) if part))
    yield CitationPiece(item.title, item.key if item.address else "", "title")
    if item.venue:
        yield CitationPiece(". ")
        yield CitationPiece(item.venue, kind="venue")
    yield CitationPiece((f", {item.detail}" if item.detail else "") + ".")


@lru_cache(maxsize=4)
def _known(file: Path, _state: tuple[int, int], chinese: bool, memory: Path | None) -> Mapping[str, Reference]:
    """Return the entries of a file: those that ``memory`` holds, if it was read of this text by this reader."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return {}
    if memory is None:
        return _read(text, chinese)
    words = (_reader_state(), str(chinese), text)
    made_of = hashlib.sha256("\0".join(words).encode()).hexdigest()
    known = remembered(memory)
    with contextlib.suppress(KeyError, TypeError, AttributeError):
        if known["made_of"] == made_of:
            return {key: Reference(**item) for key, item in known["references"].items()}
    found = _read(text, chinese)
    told = {"made_of": made_of, "references": {key: asdict(item) for key, item in found.items()}}
    with contextlib.suppress(OSError):  # a folder that can't be written is no fault
        write_whole(memory, json.dumps(told, ensure_ascii=False), durable=False)
    return found


@lru_cache(maxsize=1)
def _reader_state() -> str:
    """Return a text that changes when what is read of an entry may."""
    return f"{state_of(__file__)} {version('pybtex')} {version('latexcodec')}"


def _read(text: str, chinese: bool) -> Mapping[str, Reference]:
    from pybtex.database import parse_string
    from pybtex.exceptions import PybtexError

    try:
        entries = parse_string(text, "bibtex").entries
    except (ValueError, PybtexError):
        return {}
    return {key: _reference(key, entry, chinese) for key, entry in entries.items()}


def broken_at(text: str) -> tuple[int, str] | None:
    """Return the line at which BibTeX cannot be read, 0 if unknown, and what is wrong there; None if it can be."""
    from pybtex.database import parse_string
    from pybtex.exceptions import PybtexError

    try:
        parse_string(text, "bibtex")
    except PybtexError as error:
        found = re.search(r"in line (\d+)", str(error))
        return int(found[1]) if found else 0, str(error)
    return None


def _reference(key: str, entry: Entry, chinese: bool) -> Reference:
    people = list(entry.persons.get("author") or entry.persons.get("editor") or ())
    others = bool(people) and str(people[-1]).lower() == "others"
    people = people[:-1] if others else people
    number = f"({_field(entry, 'number')})" if "number" in entry.fields else ""
    parts = (_field(entry, "volume") + number, _field(entry, "pages").replace("--", "–"))
    doi, address = entry.fields.get("doi"), entry.fields.get("url", "")
    linked = _URL.search(entry.fields.get("howpublished", ""))
    more = (" 等" if chinese else " et al.") if others or len(people) > MANY else ""
    return Reference(
        key=key,
        short=_short(people, others, chinese) or _field(entry, "title"),
        people=", ".join(_full(person) for person in people[:MANY]) + more,
        year=_field(entry, "year"),
        title=_field(entry, "title"),
        address=f"https://doi.org/{doi}" if doi else address or (linked[1].strip() if linked else ""),
        venue=next((_field(entry, name) for name in VENUES if name in entry.fields), ""),
        detail=", ".join(part for part in parts if part),
    )


def _short(people: list[Person], others: bool, chinese: bool) -> str:
    last = [_last(person) for person in people]
    if len(last) == 2 and not others:
        return f"{last[0]}{'和' if chinese else ' and '}{last[1]}"
    many = others or len(last) > 2
    return (last[0] if last else "") + (("等" if chinese else " et al.") if many else "")


def _last(person: Person) -> str:
    return _plain(" ".join((*person.prelast_names, *person.last_names)))


def _full(person: Person) -> str:
    initials = " ".join(_plain(name)[:1] for name in (*person.first_names, *person.middle_names) if name)
    return f"{_last(person)} {initials}".strip()


def _field(entry: Entry, name: str) -> str:
    return _plain(entry.fields[name]) if name in entry.fields else ""


def _plain(latex: str) -> str:
    """Return LaTeX as text: accents as letters, no braces; formulas stay between dollar signs, a dollar as ``\\$``."""
    from pybtex.exceptions import PybtexError
    from pybtex.richtext import Text

    kept: list[str] = []

    def keep(text: str) -> str:
        kept.append(text)
        return chr(_KEPT + len(kept) - 1)

    text = latex.replace("\\$", keep("\\$")) if "\\$" in latex else latex
    text = _URL.sub(lambda match: keep(match[1].strip()), text)
    text = _FORMULA.sub(lambda match: keep(match[0]), text)
    try:
        plain = str(Text.from_latex(text))
    except (PybtexError, ValueError):
        plain = re.sub(r"[{}]", "", text)
    for place, inner in enumerate(kept):
        plain = plain.replace(chr(_KEPT + place), inner)
    return plain.replace("``", "“").replace("''", "”")


def with_formulas(text: str) -> Iterator[tuple[str, bool]]:
    """Yield the parts of an entry's text, each with whether it is a formula, without its dollar signs."""
    done = 0
    for match in (*_FORMULA.finditer(text), None):
        if words := text[done : match.start() if match else len(text)]:
            yield words.replace("\\$", "$"), False
        if match:
            yield match[0].strip("$"), True
            done = match.end()
