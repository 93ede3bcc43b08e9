"""The saved names of a whole book: which backend has which, which live in ``base``, and what is wrong with them."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.errors import Fault
from d2lbook.library.canonical import canonical, short_hash
from d2lbook.library.gather import Gathered, Part, gather
from d2lbook.library.imports import Bindings, bind, frameworks, header, meanings, root_of
from d2lbook.library.marks import BlockKind
from d2lbook.library.source import ALIAS, EVERYTHING, PACKAGE
from d2lbook.library.support import Exports, read_exports


@dataclass(frozen=True)
class Symbol:
    """One saved name of a backend: a function, a class with the methods added to it, or a module-level value."""

    name: str
    kind: BlockKind
    """``function``, ``class`` or ``value``."""
    home: str
    """The backend whose package holds it, or ``base`` for ``d2l.base``."""
    parts: tuple[Part, ...]
    """Its definition, then the methods added to it and the statements that change it, in the book's order."""
    reaches: frozenset[str]
    """Names of this backend's library that its code reaches; ``*`` for anything."""
    needs: tuple[Mapping[str, tuple[str, ...]], ...]
    """For each part, the import statements that its bare names need."""

    @property
    def definition(self) -> Part:
        """The part that defines it."""
        return self.parts[0]

    @functools.cached_property
    def digest(self) -> str:
        """Hash of what its meaning depends on: the trees of its parts and the imports that they need."""
        return short_hash(
            "\n".join(
                f"{canonical(statement)} {sorted(needs.items())}"
                for part, needs in zip(self.parts, self.needs, strict=True)
                for statement in part.block.statements
            )
        )

    @property
    def docname(self) -> str:
        """The section that defines it."""
        return self.parts[0].docname


@dataclass(frozen=True)
class Library:
    """All saved names of a book."""

    names: Mapping[str, Mapping[str, Symbol]]
    """Backend (or ``base``) to its names in the book's order; a backend's hold the base's too."""
    imports: Mapping[str, Mapping[str, tuple[str, ...]]]
    """Backend or ``base`` to the saved imports that its package passes on as ``d2l.name``."""
    support: Exports
    """What ``d2l.support`` passes on."""
    parts: tuple[Part, ...]
    """Every saved block, each once."""
    faults: tuple[Fault, ...]
    gathered: Mapping[str, Gathered]


class Scope:
    """Finds what a bare name of a part means to one backend, or to the base."""

    def __init__(self, book: Book, gathered: Mapping[str, Gathered]) -> None:
        """Take what the backends have gathered."""
        self.gathered = gathered
        self.base_header = header(book.config.base.imports)

    def binding(self, part: Part, name: str, home: str) -> tuple[str, ...]:
        """Return the import statements behind ``name``: the section's, else saved before it, else the header's."""
        cell = part.place[:2]
        if home != BASE:
            found = self.gathered[home]
            return found.local[cell].get(name) or _saved(found, part, False).get(name) or found.header.get(name, ())
        having = [found for found in self.gathered.values() if cell in found.local]
        local = [found.local[cell].get(name, ()) for found in having]
        if any(local):
            return local[0] if len(set(map(meanings, local))) == 1 else ()
        return _saved(having[0], part, True).get(name) or self.base_header.get(name, ())


def _saved(found: Gathered, part: Part, everywhere: bool) -> Bindings:
    known: Bindings = {}
    bind(
        known,
        (
            (name, text)
            for section, name, text, common in found.saved
            if section <= part.place[0] and (common or not everywhere)
        ),
    )
    return known


_LAST: list[tuple[Book, Library]] = []


def library_of(book: Book) -> Library:
    """Return the book's library; the last one asked for is kept."""
    if not _LAST or _LAST[0][0] is not book:
        _LAST[:] = [(book, _assemble(book))]
    return _LAST[0][1]


def _assemble(book: Book) -> Library:
    gathered, faults = gather(book)
    support = read_exports(book.config.root)
    for backend in (item.name for item in book.config.packaged if item.partial):
        _leave_out_impossible(gathered[backend], support)
    scope = Scope(book, gathered)
    grouped = {name: _group(found.parts) for name, found in gathered.items()}
    base = _base_names(book, grouped, scope, support)
    names: dict[str, dict[str, Symbol]] = {BASE: {}}
    for backend, groups in grouped.items():
        names[backend] = {}
        for name, parts in groups.items():
            home = BASE if name in base else backend
            symbol = _symbol(name, parts, home, groups, scope)
            names[backend][name] = symbol
            if home == BASE:
                names[BASE][name] = symbol
    for backend in grouped:
        ours = {**names[BASE], **names[backend]}
        names[backend] = dict(sorted(ours.items(), key=lambda item: item[1].definition.place))
    names[BASE] = dict(sorted(names[BASE].items(), key=lambda item: item[1].definition.place))
    every = {part.key: part for found in gathered.values() for part in found.parts}
    ordered = tuple(every[key] for key in sorted(every))
    return Library(names, _passed_on(book, gathered), support, ordered, tuple(faults), gathered)


def _leave_out_impossible(found: Gathered, support: Exports) -> None:
    """Take from a backend that is there in part what its library cannot have, since it uses names that it lacks."""
    while True:
        groups = _group(found.parts)
        having = {*groups, *support, *(name for _, name, _, _ in found.saved), EVERYTHING}
        possible = [part for part in found.parts if all(use.name in having for use in part.uses if use.library)]
        possible = [part for part in possible if not part.block.owner or part.block.owner in groups]
        if len(possible) == len(found.parts):
            return
        found.parts[:] = possible


def _group(parts: Iterable[Part]) -> dict[str, list[Part]]:
    """Return the parts of every name: its first definition, then what changes it."""
    parts = list(parts)
    groups: dict[str, list[Part]] = {}
    for part in parts:
        for name in part.block.names if part.block.kind not in ("method", "effect") else ():
            groups.setdefault(name, [part])
    for part in parts:
        if part.block.kind in ("method", "effect") and part.block.owner in groups:
            groups[part.block.owner].append(part)
    return groups


def _symbol(name: str, parts: list[Part], home: str, groups: Mapping[str, list[Part]], scope: Scope) -> Symbol:
    reaches: set[str] = set()
    needs: list[Bindings] = []
    for part in parts:
        bindings: Bindings = {}
        for use in part.uses:
            if use.library or same_section(groups, use.name, part):
                reaches.add(use.name)
            else:
                bind(bindings, ((use.name, text) for text in scope.binding(part, use.name, home)))
        needs.append(bindings)
    return Symbol(name, parts[0].block.kind, home, tuple(parts), frozenset(reaches - {name}), tuple(needs))


def same_section(groups: Mapping[str, list[Part]], name: str, part: Part) -> bool:
    """Say whether ``name`` is saved by the section of ``part``."""
    return name in groups and groups[name][0].docname == part.docname


def _base_names(
    book: Book, grouped: Mapping[str, Mapping[str, list[Part]]], scope: Scope, support: Exports
) -> set[str]:
    """Return the names that belong in ``base``: saved in ``all`` cells, and reaching nothing but such names."""
    foreign = frameworks(book.config)
    definitions: dict[str, set[tuple[int, int, int]]] = {}
    for groups in grouped.values():
        for name, parts in groups.items():
            definitions.setdefault(name, set()).add(parts[0].key)
    every: dict[str, list[Part]] = {}
    for groups in grouped.values():
        for name, parts in groups.items():
            every.setdefault(name, []).extend(parts)
    chosen = {
        name
        for name, parts in every.items()
        if len(definitions[name]) == 1 and all(part.everywhere and not _loads(part, foreign) for part in parts)
    }
    passed = {name for name, texts in _base_imports(grouped, scope, foreign).items() if texts}
    while True:
        allowed = chosen | set(support) | passed
        groups = {name: every[name] for name in chosen}
        at_home = {
            name for name in chosen if all(_at_home(part, allowed, groups, scope, foreign) for part in every[name])
        }
        if at_home == chosen:
            return chosen
        chosen = at_home


def _base_imports(grouped: Mapping[str, Mapping[str, list[Part]]], scope: Scope, foreign: frozenset[str]) -> Bindings:
    known: Bindings = {}
    for found in scope.gathered.values():
        bind(known, ((name, text) for _, name, text, common in found.saved if common and root_of(text) not in foreign))
    return known


def _loads(part: Part, foreign: frozenset[str]) -> bool:
    """Say whether a block imports a framework in its own body."""
    for statement in part.block.statements:
        for node in ast.walk(statement):
            modules = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            modules += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            if any(module.partition(".")[0] in foreign for module in modules):
                return True
    return False


def _at_home(
    part: Part, allowed: set[str], groups: Mapping[str, list[Part]], scope: Scope, foreign: frozenset[str]
) -> bool:
    """Say whether all that a part uses can be had in ``base``."""
    for use in part.uses:
        if use.library:
            if use.name not in allowed or use.name == EVERYTHING:
                return False
        elif not same_section(groups, use.name, part):
            texts = scope.binding(part, use.name, BASE)
            if not texts or any(root_of(text) in foreign | {PACKAGE} for text in texts):
                return False
    return True


def _passed_on(book: Book, gathered: Mapping[str, Gathered]) -> dict[str, Bindings]:
    """Return the saved imports that packages pass on, for code such as ``d2l.plt.title(…)``: only what is so used.

    Those of ``all`` cells are the base's, but for frameworks.
    """
    foreign = frameworks(book.config)
    saved = {bound for found in gathered.values() for _, bound, _, _ in found.saved}
    sources = [code.source for section in book.sections for code in section.code]
    used = {bound for bound in saved if any(f"{ALIAS}.{bound}" in source for source in sources)}
    result: dict[str, Bindings] = {BASE: {}}
    for name, found in gathered.items():
        result[name] = {}
        for _, bound, text, common in found.saved:
            if bound not in used:
                continue
            home = BASE if common and root_of(text) not in foreign else name
            bind(result[home], [(bound, text)])
    return result
