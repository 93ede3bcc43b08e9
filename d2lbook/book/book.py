"""A whole book: settings, sections in reading order, and what is checked across sections."""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from d2lbook.book import config as settings
from d2lbook.book.cache import ParsedSections, pictures
from d2lbook.book.config import Config
from d2lbook.book.projection import Projection, kind_of, projections
from d2lbook.code.aliases import Aliases
from d2lbook.code.branches import asks, unresolved, untaken
from d2lbook.errors import Fault, meant
from d2lbook.markup.model import ALL, Label, Place, Section
from d2lbook.markup.names import REFERENCES


@dataclass(frozen=True)
class Book:
    """Settings and sections; index and chapter pages are sections too."""

    config: Config
    sections: tuple[Section, ...]
    """In the order of the tables of contents, depth first, the index first."""
    faults: tuple[Fault, ...]
    """Of parsing, of the tables of contents, of labels and references, of pictures; not of the library.

    Warnings, all of them, where the book is to be tolerated.
    """

    found: Mapping[str, tuple[Place, ...]] = field(default_factory=dict, repr=False, compare=False)
    """What was found in the sections when they were parsed, as far as it is known."""

    @functools.cached_property
    def places(self) -> Mapping[str, tuple[Place, ...]]:
        """What may have a number or a label, by docname."""
        if all(section.docname in self.found for section in self.sections):
            return self.found
        from d2lbook.book.places import places

        return {section.docname: tuple(places(section)) for section in self.sections}

    @functools.cached_property
    def by_name(self) -> Mapping[str, Section]:
        """Sections by docname."""
        return {section.docname: section for section in self.sections}

    def section(self, docname: str) -> Section:
        """Return the section called ``docname``; KeyError if there is none."""
        return self.by_name[docname]

    @functools.cached_property
    def labels(self) -> Mapping[str, tuple[Section, Label]]:
        """Every label with the section that holds it (the first, where two share a name)."""
        found: dict[str, tuple[Section, Label]] = {}
        for section in self.sections:
            for label in section.labels:
                found.setdefault(label.name, (section, label))
        return found

    def kind(self, section: Section) -> str:
        """Return ``text``, ``base`` or ``tabbed``."""
        return kind_of(section, self.config.backend_names)

    @functools.cached_property
    def _projections(self) -> dict[str, tuple[Projection, ...]]:
        """Of the sections that were asked for so far, by docname."""
        return {}

    @functools.cached_property
    def _aliases(self) -> Mapping[str, Aliases]:
        return {backend.name: backend.aliases for backend in self.config.backends if backend.aliases}

    def projections(self, section: Section | None = None) -> tuple[Projection, ...]:
        """Return every projection that has code, or those of one section."""
        if section is None:
            return tuple(item for section in self.sections for item in self.projections(section))
        if section.docname not in self._projections:
            names = self.config.backend_names
            self._projections[section.docname] = projections(section, names, self._aliases)
        return self._projections[section.docname]

    @functools.cached_property
    def by_key(self) -> Mapping[str, Projection]:
        """Every projection that has code, by ``backend/docname``."""
        return {item.key: item for item in self.projections()}

    @functools.cached_property
    def _numbers(self) -> Mapping[str, str]:
        return dict(_numbers(self))

    def number(self, docname: str) -> str:
        """Return the section's number, such as ``3.1``, or an empty string for what is not numbered."""
        return self._numbers.get(docname, "")


def load(root: Path, tolerant: bool = False) -> Book:
    """Read the book in ``root``. Faults of its files stand in the result; those of ``config.ini`` raise BookError.

    ``tolerant``: whatever the settings say, faults of the sources are warnings.
    """
    config = settings.load(root, tolerant)
    loader = _Loader(config, frozenset(config.backend_names))
    loader.read(config.index, None)
    loader.parsed.keep()
    book = assembled(config, loader.sections.values(), loader.faults, loader.pictures)
    return replace(book, found=loader.places)


def assembled(
    config: Config,
    read: Iterable[Section],
    found: Iterable[Fault] = (),
    shown: Mapping[str, Iterable[tuple[str, int]]] | None = None,
) -> Book:
    """Return the book that sections make, in their order, with ``found`` and what is wrong across them as faults.

    ``shown``: the pictures of each section, as written, with their lines; found in the prose where it isn't given.
    """
    sections = tuple(read)
    if shown is None:
        shown = {one.docname: [item for prose in one.prose for item in pictures(prose)] for one in sections}
    faults = [*found, *(fault for section in sections for fault in section.faults)]
    faults.extend(_branch_faults(config, sections))
    faults.extend(_label_faults(sections))
    faults.extend(_picture_faults(config, sections, shown))
    faults = [*config.warnings, *config.told(faults)]
    if config.tolerant:
        sections = tuple(replace(section, faults=config.told(section.faults)) for section in sections)
    return Book(_with_bibliography(config, sections), sections, tuple(sorted(set(faults))))


def _with_bibliography(config: Config, sections: Iterable[Section]) -> Config:
    """Return the settings with the bibliography that a ``:bibliography:`` mark names, if they name none that exists."""
    if config.bibfile.is_file():
        return config
    for section in sections:
        for name in section.bibliographies:
            file = (config.root / section.path).parent / name
            if is_file(file):
                return replace(config, bibfile=file.resolve())
    return config


class _Loader:
    """Reads files in the order of the tables of contents, each once."""

    def __init__(self, config: Config, tabs: frozenset[str]) -> None:
        self.config, self.tabs = config, tabs
        self.sections: dict[str, Section] = {}
        self.faults: list[Fault] = []
        self.parsed = ParsedSections(config.output_dir / "sections")
        self.pictures: dict[str, tuple[tuple[str, int], ...]] = {}
        self.places: dict[str, tuple[Place, ...]] = {}

    def read(self, docname: str, origin: tuple[str, int, str] | None) -> None:
        file = self.config.source_dir / f"{docname}.md"
        path = file.relative_to(self.config.root).as_posix()
        if docname in self.sections:
            if origin:
                self.faults.append(
                    Fault(origin[0], origin[1], "this document is listed twice", origin[2], "list it once")
                )
            return
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            if isinstance(error, UnicodeDecodeError):
                mend = "save the file as UTF-8"
                self.faults.append(Fault(path, 0, f"not UTF-8 at byte {error.start}", "", mend))
                return
            where = origin or ("config.ini", 0, docname)
            self.faults.append(
                Fault(where[0], where[1], "no such document", where[2], f"write {path} or take the line out")
            )
            return
        section, self.pictures[docname], self.places[docname] = self.parsed.section(text, docname, path, self.tabs)
        self.sections[docname] = section
        for toc in section.tocs:
            for entry, line in zip(toc.entries, toc.lines, strict=True):
                target = posixpath.normpath(posixpath.join(posixpath.dirname(docname), entry))
                self.read(target, (path, line, entry))


def _branch_faults(config: Config, sections: Iterable[Section]) -> Iterator[Fault]:
    """Yield questions about the tab that nothing resolves, and branches that no tab of their cell takes."""
    forms = "only `if tab.selected('a', 'b'):` with `elif`, `else`, `not`, `and`, `or` is resolved"
    for section in sections:
        asking = [code for code in section.code if asks(code.source)]
        having = {item.backend for item in projections(section, config.backend_names)} if asking else set()
        for code in asking:
            named = config.backend_names if code.tabs == ALL else code.tabs or config.backend_names[:1]
            tabs = [name for name in named if name in having]
            for line, message, mend in (
                (unresolved(code.source), "a question about the tab that is no branch", forms),
                (untaken(code.source, tabs), "a branch that no tab takes", "name a tab that has this cell"),
            ):
                if line:
                    text = code.source.split("\n")[line - 1]
                    yield Fault(section.path, code.line + line - 1, message, text, mend)


def _label_faults(sections: Iterable[Section]) -> Iterator[Fault]:
    seen: dict[str, tuple[str, int]] = {}
    for section in sections:
        for label in section.labels:
            if label.name in seen:
                path, line = seen[label.name]
                mend = f"it names something at {path}:{line} already; choose another name"
                yield Fault(section.path, label.line, "duplicate label", label.name, mend)
            else:
                seen[label.name] = (section.path, label.line)
    for section in sections:
        for prose in section.prose:
            for role in prose.roles:
                if role.name in REFERENCES and role.value not in seen:
                    mend = meant(role.value, seen) or "label the target, or name it in words"
                    yield Fault(section.path, role.line, "a reference to nothing", f":{role.name}:`{role.value}`", mend)


def _picture_faults(
    config: Config, sections: Iterable[Section], shown: Mapping[str, Iterable[tuple[str, int]]]
) -> Iterator[Fault]:
    for section in sections:
        folder = (config.root / section.path).parent
        for picture, line in shown[section.docname]:
            if "://" not in picture and not is_file(folder / picture):
                yield Fault(section.path, line, "a missing picture", picture, "draw it, or mend the path")


def is_file(path: Path) -> bool:
    """Tell whether a path that a book names is a file; one that no file could have (too long, a null byte) is none."""
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _numbers(book: Book) -> Iterator[tuple[str, str]]:
    """Yield docname and number; numbering goes on over the index's numbered tables, as Sphinx counts."""
    if book.config.index not in book.by_name:
        return
    chapter = 0
    for toc in book.section(book.config.index).tocs:
        if not toc.numbered:
            continue
        for entry in toc.entries:
            docname = posixpath.normpath(posixpath.join(posixpath.dirname(book.config.index), entry))
            if docname in book.by_name:
                chapter += 1
                yield from _number_tree(book, docname, str(chapter))


def _number_tree(book: Book, docname: str, number: str) -> Iterator[tuple[str, str]]:
    yield docname, number
    count = 0
    for toc in book.section(docname).tocs:
        for entry in toc.entries:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(docname), entry))
            if target in book.by_name:
                count += 1
                yield from _number_tree(book, target, f"{number}.{count}")
