"""A whole book: settings, sections in reading order, and what is checked across sections."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from d2lbook.book import config as settings
from d2lbook.book.cache import ParsedSections
from d2lbook.book.config import SAVE_MARK, Config
from d2lbook.book.containment import Inside, active_faults
from d2lbook.book.labels import label_faults
from d2lbook.book.named import is_file, use_faults
from d2lbook.book.projection import Projection, SectionKind, kind_of, projected, projections
from d2lbook.book.resources import resource_faults
from d2lbook.code.aliases import Aliases
from d2lbook.code.branches import asks, unresolved, untaken
from d2lbook.errors import Fault
from d2lbook.files import State, beside, state_of
from d2lbook.markup.model import ALL, Anchor, Section, Toc


@dataclass(frozen=True)
class Book:
    """Settings and sections; index and chapter pages are sections too."""

    config: Config
    sections: tuple[Section, ...]
    """Sections in the order of the tables of contents, depth first, the index first."""
    faults: tuple[Fault, ...]
    """Faults of parsing, of tables of contents, of labels and references, of pictures; not of the library.

    Warnings, all of them, where the book is to be tolerated.
    """
    states: Mapping[Path, State] = field(default_factory=dict)
    """States of the files of settings and sections, each taken before the file was read."""
    unread: tuple[Fault, ...] = ()
    """Faults, of those above, that say which documents are missing."""

    @functools.cached_property
    def by_name(self) -> Mapping[str, Section]:
        """Sections by docname."""
        return {section.docname: section for section in self.sections}

    def section(self, docname: str) -> Section:
        """Return the section called ``docname``; KeyError if there is none."""
        return self.by_name[docname]

    @functools.cached_property
    def labels(self) -> Mapping[str, tuple[Section, Anchor]]:
        """Every label with the section that holds it (the first, where two share a name)."""
        found: dict[str, tuple[Section, Anchor]] = {}
        for section in self.sections:
            for anchor in section.labelled:
                found.setdefault(anchor.label, (section, anchor))
        return found

    @functools.cached_property
    def children(self) -> Mapping[str, tuple[str, ...]]:
        """Documents that each document's tables of contents list, in order."""
        return {
            section.docname: tuple(name for toc in section.tocs for name in self.listed(section.docname, toc))
            for section in self.sections
        }

    def listed(self, docname: str, toc: Toc) -> tuple[str, ...]:
        """Return the documents that a table of contents in ``docname`` lists, of those that there are."""
        names = (beside(docname, entry) for entry in toc.entries)
        return tuple(name for name in names if name in self.by_name)

    def kind(self, section: Section) -> SectionKind:
        """Return ``text``, ``base`` or ``tabbed``."""
        return kind_of(section, self.config.backend_names)

    @functools.cached_property
    def _projections(self) -> dict[str, tuple[Projection, ...]]:
        """Projections of the sections that were asked for so far, by docname."""
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

    @property
    def keys(self) -> tuple[str, ...]:
        """What every projection that has code is called, ``backend/docname``; none is made for it."""
        names = self.config.backend_names
        return tuple(f"{name}/{item.docname}" for item in self.sections for name in projected(item, names))

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
    path = root.resolve() / settings.FILE
    states = {path: state_of(path)}
    config = settings.load(root, tolerant)
    loader = _Loader(config, frozenset(config.backend_names))
    loader.read(config.index, None)
    loader.parsed.keep()
    book = assembled(config, loader.sections.values(), loader.faults)
    return replace(book, states=states | loader.states, unread=config.told(sorted(set(loader.unread))))


def assembled(config: Config, read: Iterable[Section], found: Iterable[Fault] = ()) -> Book:
    """Return the book that sections make, in their order, with ``found`` and what is wrong across them as faults."""
    sections = tuple(read)
    faults = [*found, *(fault for section in sections for fault in section.faults)]
    faults.extend(_branch_faults(config, sections))
    faults.extend(label_faults(sections))
    faults.extend(use_faults(config, sections))
    faults.extend(active_faults(sections))
    faults.extend(_same_notebooks(config, sections))
    faults.extend(resource_faults(config))
    faults = [*config.warnings, *config.told(faults)]
    if config.tolerant:
        sections = tuple(
            replace(section, faults=config.told(section.faults), code_faults=config.told(section.code_faults))
            for section in sections
        )
    return Book(_with_bibliography(config, sections), sections, tuple(sorted(set(faults))))


def _same_notebooks(config: Config, sections: Iterable[Section]) -> Iterator[Fault]:
    """Yield the sections whose notebook would lie where another one's in a backend does: ``a-jax`` beside ``a``."""
    known = {section.docname: section for section in sections if section.code}
    for name, section in known.items():
        for tab in config.backend_names:
            if (other := name.removesuffix(f"-{tab}")) != name and other in known:
                fix = f"{other} has a notebook of that name in {tab}; rename one of the two"
                yield Fault(section.path, 1, "a section called as another's notebook", name, fix)


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


_FENCED = re.compile(r"^(`{3,}|~{3,}).*?^\1", re.MULTILINE | re.DOTALL)


def with_marks(text: str, mark: str) -> str:
    """Return a section in which the book's own save mark, if it has one, is written ``#@save`` in every fence."""
    if mark == SAVE_MARK or mark not in text:
        return text
    own = re.compile(rf"#[ \t]*{re.escape(mark)}(?!\w)")
    return _FENCED.sub(lambda fence: own.sub(f"#{SAVE_MARK}", fence[0]), text)


class _Loader:
    """Reads files in the order of the tables of contents, each once."""

    def __init__(self, config: Config, tabs: frozenset[str]) -> None:
        self.config, self.tabs = config, tabs
        self.sections: dict[str, Section] = {}
        self.faults: list[Fault] = []
        self.unread: list[Fault] = []
        self.parsed = ParsedSections(config.cache_dir / "sections")
        self.states: dict[Path, State] = {}
        self.inside = Inside(config.root)

    def read(self, docname: str, origin: tuple[str, int, str] | None) -> None:
        file = self.config.source_dir / f"{docname}.md"
        path = Path(os.path.normpath(file)).relative_to(self.config.root).as_posix() if self.inside.holds(file) else ""
        if docname in self.sections:
            if origin:
                self.faults.append(
                    Fault(origin[0], origin[1], "this document is listed twice", origin[2], "list it once")
                )
            return
        if not self.inside.holds(file):
            where = origin or ("config.ini", 0, docname)
            fix = "a book's documents lie in its own folder"
            self._lost(Fault(where[0], where[1], "a document outside the book", where[2], fix))
            return
        self.states[file] = state_of(file)
        try:
            text = file.read_text(encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            if isinstance(error, UnicodeDecodeError):
                fix = "save the file as UTF-8"
                self._lost(Fault(path, 0, f"not UTF-8 at byte {error.start}", "", fix))
                return
            where = origin or ("config.ini", 0, docname)
            self._lost(Fault(where[0], where[1], "no such document", where[2], f"write {path} or take the line out"))
            return
        text = with_marks(text, self.config.save_mark)
        section = self.sections[docname] = self.parsed.section(text, docname, path, self.tabs)
        for toc in section.tocs:
            for entry, line in zip(toc.entries, toc.lines, strict=True):
                self.read(beside(docname, entry), (path, line, entry))

    def _lost(self, fault: Fault) -> None:
        self.faults.append(fault)
        self.unread.append(fault)


def _branch_faults(config: Config, sections: Iterable[Section]) -> Iterator[Fault]:
    """Yield questions about the tab that nothing resolves, and branches that no tab of their cell takes."""
    forms = "only `if tab.selected('a', 'b'):` with `elif`, `else`, `not`, `and`, `or` is resolved"
    for section in sections:
        asking = [code for code in section.code if asks(code.source)]
        having = {item.backend for item in projections(section, config.backend_names)} if asking else set()
        for code in asking:
            named = config.backend_names if code.tabs == ALL else code.tabs or config.backend_names[:1]
            tabs = [name for name in named if name in having]
            for line, message, fix in (
                (unresolved(code.source), "a question about the tab that is no branch", forms),
                (untaken(code.source, tabs), "a branch that no tab takes", "name a tab that has this cell"),
            ):
                if line:
                    text = code.source.split("\n")[line - 1]
                    yield Fault(section.path, code.line + line - 1, message, text, fix)


def _numbers(book: Book) -> Iterator[tuple[str, str]]:
    """Yield docname and number; numbering goes on over the index's numbered tables, as Sphinx counts."""
    if book.config.index not in book.by_name:
        return
    chapters = (
        name
        for toc in book.section(book.config.index).tocs
        if toc.numbered
        for name in book.listed(book.config.index, toc)
    )
    for chapter, docname in enumerate(chapters, 1):
        yield from _number_tree(book, docname, str(chapter))


def _number_tree(book: Book, docname: str, number: str) -> Iterator[tuple[str, str]]:
    yield docname, number
    for count, child in enumerate(book.children[docname], 1):
        yield from _number_tree(book, child, f"{number}.{count}")
