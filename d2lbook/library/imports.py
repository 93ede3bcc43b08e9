"""Import statements as bindings: which statement gives a name its meaning, and how modules write them."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping

from d2lbook.book.config import Config
from d2lbook.library.source import ALIAS, PACKAGE, CellSyntaxError, parse_cell

Bindings = dict[str, tuple[str, ...]]
"""Name to the import statements, one name each, that bind it (several for ``import a.b`` and ``import a.c``)."""


def bindings_of(statements: Iterable[ast.stmt]) -> Iterator[tuple[str, str]]:
    """Yield name and statement of everything that top-level imports bind; the library itself is left out."""
    for statement in statements:
        if isinstance(statement, ast.Import):
            for alias in statement.names:
                text = f"import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")
                yield alias.asname or alias.name.partition(".")[0], text
        elif isinstance(statement, ast.ImportFrom):
            module = "." * statement.level + (statement.module or "")
            for alias in statement.names:
                name = alias.asname or alias.name
                if module != "__future__" and name not in ("*", ALIAS) and module.partition(".")[0] != PACKAGE:
                    yield name, f"from {module} import {alias.name}" + (f" as {alias.asname}" if alias.asname else "")


def bind(known: Bindings, found: Iterable[tuple[str, str]]) -> None:
    """Add bindings to ``known``: the later wins, but for submodules of one package, which add up."""
    for name, text in found:
        old = known.get(name, ())
        if text in old:
            continue
        adds = _dotted(text) and all(_dotted(other) or other == f"import {name}" for other in old)
        known[name] = (*old, text) if adds else (text,)


def at_odds(some: tuple[str, ...], others: tuple[str, ...]) -> bool:
    """Say whether two sets of statements give one name different meanings; submodules of a package do not."""
    if meanings(some) == meanings(others):
        return False
    return not all(text.startswith("import ") and " as " not in text for text in (*some, *others))


def meanings(statements: Iterable[str]) -> frozenset[str]:
    """Return what import statements of one name bind it to: ``import a.b as c`` and ``from a import b as c`` alike."""
    return frozenset(map(_meant, statements))


def _meant(statement: str) -> str:
    what = statement.partition(" as ")[0]
    if what.startswith("from "):
        module, _, name = what.removeprefix("from ").partition(" import ")
        return f"{module}.{name}"
    return what if _dotted(statement) else what.removeprefix("import ")


def _dotted(text: str) -> bool:
    return text.startswith("import ") and "." in text and " as " not in text


def header(imports: str) -> Bindings:
    """Return the bindings of a backend's ``imports`` in the settings; none if they do not parse."""
    known: Bindings = {}
    try:
        bind(known, bindings_of(parse_cell(imports).tree.body))
    except CellSyntaxError:
        return {}
    return known


def root_of(statement: str) -> str:
    """Return the top-level package that an import statement of one name loads."""
    return statement.split()[1].partition(".")[0]


def frameworks(config: Config) -> frozenset[str]:
    """Return the packages that belong to backends: the roots of their headers, without the base's and Python's."""
    roots = {
        root_of(text) for backend in config.backends for texts in header(backend.imports).values() for text in texts
    }
    return frozenset(roots - set(config.base.packages) - sys.stdlib_module_names)


def import_lines(bindings: Mapping[str, tuple[str, ...]], library: Iterable[str] = ()) -> list[str]:
    """Return import lines in isort's order: Python's own, others, then the ``library``'s; groups parted by a blank."""
    statements = {text for texts in bindings.values() for text in texts}
    own = [text for text in statements if root_of(text) in sys.stdlib_module_names]
    others = [text for text in statements if root_of(text) not in sys.stdlib_module_names]
    groups = [_joined(own), _joined(others), _joined(set(library))]
    return "\n\n".join("\n".join(group) for group in groups if group).split("\n") if any(groups) else []


def _joined(statements: Iterable[str]) -> list[str]:
    """Return statements sorted, ``import x`` before ``from x import``, names of one module on one line."""
    plain = sorted((text for text in statements if text.startswith("import ")), key=lambda text: text.split()[1:])
    members: dict[str, list[str]] = {}
    for text in statements:
        if text.startswith("from "):
            module, _, name = text.removeprefix("from ").partition(" import ")
            members.setdefault(module, []).append(name)
    lines = []
    for module in sorted(members, key=str.lower):
        plain_names = [name for name in members[module] if " as " not in name]
        if plain_names:
            lines.extend(from_import(module, sorted(plain_names, key=_case)))
        lines.extend(f"from {module} import {name}" for name in sorted(set(members[module]) - set(plain_names)))
    return plain + lines


def _case(name: str) -> tuple[int, str]:
    """Sort constants, then classes, then the rest, as isort does."""
    return (0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2, name)


def from_import(module: str, names: Iterable[str], width: int = 110) -> list[str]:
    """Return ``from module import names``, one name a line if it would be longer than ``width``."""
    names = tuple(names)
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= width:
        return [line]
    return [f"from {module} import (", *(f"    {name}," for name in names), ")"]
