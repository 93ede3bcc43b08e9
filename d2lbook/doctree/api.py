"""What the library's files say of their names: ``autoclass``, ``autofunction``, ``automodule`` in ``eval_rst``.

griffe reads the files as text, follows what one re-exports of another, and runs nothing: no framework is needed, and no
code of a foreign book runs. Sphinx's own Python domain shows what it finds, as it does for ``autodoc``; that one
imports, and sphinx-autoapi writes pages of its own under other directives.
"""

from __future__ import annotations

import functools
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from docutils import nodes as docutils_nodes
from docutils.frontend import get_default_settings
from docutils.parsers.rst import Parser, directives
from docutils.statemachine import StringList
from docutils.utils import new_document
from sphinx.util.docutils import SphinxDirective
from sphinx.util.typing import OptionSpec

from d2lbook.book.book import Book
from d2lbook.doctree.build import build_of
from d2lbook.doctree.restructured import own_roles
from d2lbook.doctree.warnings import warn
from d2lbook.errors import meant
from d2lbook.files import State, state_of

if TYPE_CHECKING:
    from griffe import Alias, Attribute, Class, Function, Module, Object, Parameters

    Named = Object | Alias
LINE = "   "
"""How far a directive's content stands in."""
OPTIONS = (
    *("members", "undoc-members", "private-members", "special-members", "inherited-members", "imported-members"),
    *("exclude-members", "show-inheritance", "member-order", "no-index", "noindex", "platform", "synopsis"),
    *("deprecated", "ignore-module-all"),
)
"""What autodoc's directives may be told."""
_LAMBDA = re.compile(r"\Alambda\b\s*(.*?):\s", re.DOTALL)


class Documented(SphinxDirective):
    """Shows a name of the library, and what it holds."""

    required_arguments = 1
    optional_arguments = 0
    final_argument_whitespace = True
    has_content = True
    option_spec: ClassVar[OptionSpec] = dict.fromkeys(OPTIONS, directives.unchanged)

    def run(self) -> list[docutils_nodes.Node]:
        """Return the nodes of what was found; what was not is told."""
        book = build_of(self.config).book
        name = self.arguments[0].partition("(")[0].strip().replace("::", ".")
        found = self._found(book, name)
        if found is None:
            return []
        written = Written(self.options, str(found.module.path))
        lines = [*written.of(found, self.name, name.rpartition(".")[2]), "", *(LINE + line for line in self.content)]
        holder = docutils_nodes.Element()
        holder.document = self.state.document
        source = f"{found.filepath}:docstring of {found.path}"
        self.state.nested_parse(StringList(lines, source=source), self.content_offset, holder)
        return holder.children

    def _found(self, book: Book, name: str) -> Named | None:
        """Return what ``name`` is, by itself or in the current module; None, and a fault, if it is nothing."""
        current = str(self.env.ref_context.get("py:module") or "")
        paths = [f"{current}.{name}", name] if current and self.name != "automodule" else [name]
        told, hint = f"no {name} in the library: no such module", ""
        for path in paths:
            modules = library(book, path.partition(".")[0])
            if modules is None:
                continue
            try:
                found: Named = modules[path.partition(".")[2]] if "." in path else modules
                for each in (found, found.module):
                    self.env.note_dependency(str(each.filepath))
                    if each.is_alias:
                        self.env.note_dependency(str(each.final_target.filepath))  # type: ignore[union-attr]
                return found
            except Exception as error:  # griffe has one for each way in which a path may lead nowhere
                told = f"no {name} in the library ({type(error).__name__})"
                hint = hint or meant(name.rpartition(".")[2], _names_near(modules, path))
        fix = hint or "run `d2lbook lib`, or mend the name"
        warn((self.env.docname, self.lineno), told, f".. {self.name}:: {self.arguments[0]}", fix)
        return None


def _names_near(modules: Module, path: str) -> Iterable[str]:
    """Return the names beside the one that a path leads to."""
    try:
        return list(modules[path.partition(".")[2].rpartition(".")[0]].members)
    except Exception:
        return list(modules.members)


def library(book: Book, package: str) -> Module | None:
    """Return a package or module of the book's own as its files say, None if it has none of that name."""
    root = book.config.root
    files = (root / f"{package}.py", *sorted((root / package).rglob("*.py"))) if package.isidentifier() else ()
    states = tuple((str(file), state_of(file)) for file in files if file.is_file())
    return _read(root, package, states) if states else None


@functools.lru_cache(maxsize=4)
def _read(root: Path, package: str, _: tuple[tuple[str, State], ...]) -> Module | None:
    import griffe

    loader = griffe.GriffeLoader(search_paths=[root], allow_inspection=False)
    try:
        found = loader.load(package, submodules=True, try_relative_path=False)
    except (griffe.GriffeError, ImportError, SyntaxError):
        return None
    loader.resolve_aliases(implicit=False, external=False)
    return found if isinstance(found, griffe.Module) else None


class Written:
    """Writes what was found as directives of Sphinx's Python domain."""

    def __init__(self, options: dict[str, str], module: str) -> None:
        """Take the directive's options, and the module in which it looks."""
        self.options, self.module = options, module

    def of(self, found: Named, directive: str, name: str) -> Iterator[str]:
        """Yield the lines of what a directive names."""
        if directive == "automodule" or found.is_module:
            yield f".. py:module:: {found.path}"
            yield from self._quiet()
            yield ""
            yield from docstring(found)
            yield ""
            for member in self._members(found):
                yield from self._object(member, member.name, "")
            return
        owner = found.parent.name if found.parent is not None and found.parent.is_class else ""
        yield from self._object(found, f"{owner}.{name}" if owner else name, owner)

    def _object(self, found: Named, name: str, owner: str) -> Iterator[str]:
        """Yield the lines of a class, function or value."""
        kind, signature = described(found, bool(owner))
        yield f".. py:{kind}:: {name}{signature}"
        if not owner or "." in name:
            yield f"{LINE}:module: {self.module}"
        yield from (LINE + line for line in self._quiet())
        if kind in ("data", "attribute") and (value := _value(found)):
            yield f"{LINE}:value: {value}"
        yield ""
        if found.is_class and "show-inheritance" in self.options and (bases := _bases(found)):
            yield from (f"{LINE}Bases: {', '.join(f'``{base}``' for base in bases)}", "")
        yield from (LINE + line if line else "" for line in docstring(found))
        yield ""
        if found.is_class:
            for member in self._members(found):
                yield from (LINE + line if line else "" for line in self._object(member, member.name, found.name))

    def _quiet(self) -> Iterator[str]:
        if self.options.keys() & {"no-index", "noindex"}:
            yield ":no-index:"

    def _members(self, found: Named) -> list[Named]:
        """Return the members that the options ask for."""
        if "members" not in self.options:
            return []
        named = [part.strip() for part in self.options["members"].split(",") if part.strip()]
        left_out = {part.strip() for part in self.options.get("exclude-members", "").split(",")}
        exports = {str(name) for name in getattr(found, "exports", None) or ()}
        known = [
            member
            for name, member in found.members.items()
            if name not in left_out and (name in named if named else self._is_shown(found, member, exports))
        ]
        if self.options.get("member-order", "").strip() == "bysource":
            return known
        return sorted(known, key=lambda member: named.index(member.name) if named else member.name)

    def _is_shown(self, owner: Named, member: Named, exports: set[str]) -> bool:
        """Tell whether a member is shown that is not asked for by name."""
        if exports:
            return member.name in exports and _is_resolved(member)
        if member.is_alias and ("imported-members" not in self.options or not _is_resolved(member)):
            return False
        if member.is_module:
            return False
        special = member.name.startswith("__") and member.name.endswith("__")
        if special or member.name.startswith("_"):
            return ("special-members" if special else "private-members") in self.options
        inherits = owner.is_class and bool(_bases(owner))  # its docstring may stand in a class that isn't the book's
        return inherits or "undoc-members" in self.options or bool(member.docstring)


def described(found: Named, in_class: bool) -> tuple[str, str]:
    """Return how Sphinx's Python domain calls what was found, and its signature."""
    target = _target(found)
    if target.is_class:
        return "class", f"({_signature(target.parameters, 1)})"  # type: ignore[union-attr]
    if target.is_function:
        free = {"staticmethod"} & target.labels
        kind = "staticmethod" if free else "classmethod" if "classmethod" in target.labels else "method"
        skip = 1 if in_class and not free else 0
        return kind if in_class else "function", f"({_signature(target.parameters, skip)})"  # type: ignore[union-attr]
    if "property" in target.labels:
        return "property", ""
    if match := _LAMBDA.match(_value(target)):
        return "method" if in_class else "function", f"({match[1]})"
    return "attribute" if in_class else "data", ""


def _signature(parameters: Parameters, skip: int) -> str:
    """Return what stands between a signature's brackets, ``skip`` first parameters (of methods) left out."""
    from griffe import ParameterKind

    parts: list[str] = []
    listed = list(parameters)
    if listed and listed[0].name in ("self", "cls"):
        listed = listed[skip:]
    starred = False
    for place, item in enumerate(listed):
        prefix = {ParameterKind.var_positional: "*", ParameterKind.var_keyword: "**"}.get(item.kind, "")
        if item.kind is ParameterKind.keyword_only and not starred:
            parts.append("*")
            starred = True
        starred = starred or prefix == "*"
        text = f"{prefix}{item.name}" + (f": {item.annotation}" if item.annotation is not None else "")
        if item.default is not None and not prefix:
            text += f" = {item.default}" if item.annotation is not None else f"={item.default}"
        parts.append(text)
        following = listed[place + 1].kind if place + 1 < len(listed) else None
        if item.kind is ParameterKind.positional_only and following is not ParameterKind.positional_only:
            parts.append("/")
    return ", ".join(parts)


def docstring(found: Named) -> Sequence[str]:
    """Return the lines of a docstring as reStructuredText; as it stands where it is none."""
    text = found.docstring.value if _is_resolved(found) and found.docstring else ""
    if not text.strip() or _is_sound(text):
        return own_roles(text).splitlines()
    return ["::", "", *(LINE + line for line in text.splitlines())]


@functools.lru_cache(maxsize=1024)
def _is_sound(text: str) -> bool:
    """Tell whether a docstring is reStructuredText without faults, and without headings, which it cannot have here."""
    complaints = io.StringIO()
    settings = get_default_settings(Parser)
    settings.report_level, settings.halt_level = 1, 5
    settings.warning_stream, settings.file_insertion_enabled = complaints, False
    document = new_document("", settings)
    Parser().parse(own_roles(text), document)
    return not complaints.getvalue() and not any(True for _ in document.findall(docutils_nodes.section))


def _target(found: Named) -> Class | Function | Attribute | Module | Named:
    return found.final_target if found.is_alias else found  # type: ignore[union-attr]


def _is_resolved(found: Named) -> bool:
    """Tell whether a name is the library's own, and not one of a package that is not read."""
    return not found.is_alias or found.resolved  # type: ignore[union-attr]


def _bases(found: Named) -> list[str]:
    return [str(base) for base in getattr(_target(found), "bases", ())]


def _value(found: Named) -> str:
    """Return what a name is set to, on one line; empty for what is long, or is no value."""
    text = " ".join(str(getattr(_target(found), "value", None) or "").split())
    return text if len(text) <= 120 else ""
