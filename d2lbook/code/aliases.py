"""Names of the library rewritten to a framework's own: ``d2l.concat`` to ``torch.cat``, ``d2l.reshape(x, s)`` to
``x.reshape(s)``. The settings ``simple_alias``, ``fluent_alias``, ``args_alias`` and ``reverse_alias`` of a book in the
old dialect.

Names are compared as tokens, calls as syntax trees, so ``d2l.concatenate`` is not cut at ``d2l.concat``, comments
survive, and magics in the cell don't matter.
"""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from d2lbook.code.magics import python_of

PACKAGE = "d2l"
_CODE = (tokenize.NAME, tokenize.OP, tokenize.NUMBER)
_ATOMS = (ast.Name, ast.Attribute, ast.Call, ast.Subscript, ast.List, ast.Tuple)
_PLAIN = re.compile(r"[\w.]+")


@dataclass(frozen=True, slots=True)
class Template:
    """What stands for a call in the rewritten code: ``randn(size, device=None) -> np.random.randn(size=size)``."""

    parameters: tuple[str, ...]
    """Parameters in order; a call may name them."""
    required: int
    """How many of them a call must give."""
    text: str
    """An expression in which the parameters stand; keyword arguments that a call doesn't give are left out."""


@dataclass(frozen=True, slots=True)
class Aliases:
    """What is rewritten for one backend."""

    module: str
    """What stands for the library in the rewritten code, such as ``torch``."""
    simple: Mapping[str, str] = field(default_factory=dict, hash=False)
    """``d2l.KEY`` becomes ``module.VALUE``."""
    fluent: Mapping[str, str] = field(default_factory=dict, hash=False)
    """``d2l.KEY(x, …)`` becomes ``x.VALUE(…)``."""
    reverse: tuple[tuple[str, str], ...] = ()
    """Names, or regular expressions, and their replacements; applied first, never inside strings or comments."""
    args: Mapping[str, Template] = field(default_factory=dict)
    """``d2l.KEY(…)`` becomes the template with the call's arguments in it."""


def read_aliases(module: str, simple: str = "", fluent: str = "", reverse: str = "", args: str = "") -> Aliases:
    """Return aliases from the settings' texts; ValueError, with the line in question, for one that cannot be read.

    ``simple`` and ``fluent``: ``a -> b`` or ``a``, separated by commas or line ends; the others one a line.
    """
    patterns = tuple((old, new) for old, new in pairs_of(reverse, by_line=True) if old != new)
    for old, _ in patterns:
        try:
            re.compile(old)
        except re.error as error:
            raise ValueError(f"no regular expression ({error}): {old}") from None
    templates = dict(_template(old, new) for old, new in pairs_of(args, by_line=True))
    return Aliases(module, _bare(simple), _bare(fluent), patterns, templates)


def pairs_of(text: str, by_line: bool = False) -> list[tuple[str, str]]:
    """Return the pairs ``a -> b`` of a setting; a lone ``a`` stands for ``a -> a``."""
    items = [item.strip() for item in (text.splitlines() if by_line else re.split(r"[,\n]", text))]
    parts = [re.split(r"\s*->\s*", item, maxsplit=1) for item in items if item]
    return [(part[0], part[-1]) for part in parts]


def _bare(text: str) -> dict[str, str]:
    """Return the pairs of a list of names; ``exp(``, which kept the old tool from cutting ``expand``, is ``exp``."""
    return {old.removesuffix("("): new.removesuffix("(") for old, new in pairs_of(text)}


def _template(old: str, new: str) -> tuple[str, Template]:
    try:
        call, body = ast.parse(old, mode="eval").body, ast.parse(new, mode="eval").body
    except SyntaxError:
        raise ValueError(f"not of the form f(a, b=b) -> expression: {old} -> {new}") from None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Name) or body is None:
        raise ValueError(f"not of the form f(a, b=b) -> expression: {old} -> {new}")
    positional = [argument.id for argument in call.args if isinstance(argument, ast.Name)]
    named = [keyword.arg for keyword in call.keywords if keyword.arg]
    return call.func.id, Template((*positional, *named), len(positional), new)


def rewrite(source: str, aliases: Aliases) -> str:
    """Return ``source`` with the aliases resolved; code that is no Python is unchanged."""
    if f"{PACKAGE}." not in source:
        return source
    try:
        for pattern, replacement in aliases.reverse:
            source = _outside_literals(source, _pattern(pattern), replacement)
        source = _simple(source, aliases)
        while (edit := _next_call(source, aliases)) is not None:
            source = _apply(source, [edit])
    except (tokenize.TokenError, SyntaxError, ValueError):
        return source
    return source


def _pattern(text: str) -> re.Pattern[str]:
    """Return what finds ``text``: a whole name if it is one, else a regular expression."""
    return re.compile(rf"(?<![\w.]){re.escape(text)}(?!\w)" if _PLAIN.fullmatch(text) else text)


def _tokens(source: str) -> list[tokenize.TokenInfo]:
    return list(tokenize.generate_tokens(io.StringIO(python_of(source)[0]).readline))


def _offsets(source: str) -> list[int]:
    offsets = [0]
    for line in source.split("\n"):
        offsets.append(offsets[-1] + len(line) + 1)
    return offsets


def _outside_literals(source: str, pattern: re.Pattern[str], replacement: str) -> str:
    """Replace matches of ``pattern`` that touch no string and no comment."""
    if not pattern.search(source):
        return source
    offsets = _offsets(source)
    barred = [
        (offsets[t.start[0] - 1] + t.start[1], offsets[t.end[0] - 1] + t.end[1])
        for t in _tokens(source)
        if t.type in (tokenize.STRING, tokenize.COMMENT)
    ]

    def swap(match: re.Match[str]) -> str:
        touched = any(match.start() < end and start < match.end() for start, end in barred)
        return match[0] if touched else match.expand(replacement)

    return pattern.sub(swap, source)


def _simple(source: str, aliases: Aliases) -> str:
    if not aliases.simple:
        return source
    offsets, edits = _offsets(source), []
    tokens = [token for token in _tokens(source) if token.type in _CODE]
    for before, package, dot, name in zip([None, *tokens], tokens, tokens[1:], tokens[2:], strict=False):
        ours = package.string == PACKAGE and dot.string == "." and not (before and before.string == ".")
        if ours and name.string in aliases.simple:
            start = offsets[package.start[0] - 1] + package.start[1]
            end = offsets[name.end[0] - 1] + name.end[1]
            edits.append((start, end, f"{aliases.module}.{aliases.simple[name.string]}"))
    return _apply(source, edits)


def _apply(source: str, edits: Sequence[tuple[int, int, str]]) -> str:
    for start, end, text in sorted(edits, reverse=True):
        source = source[:start] + text + source[end:]
    return source


def _next_call(source: str, aliases: Aliases) -> tuple[int, int, str] | None:
    """Return the edit of the innermost call that is to be rewritten, or None."""
    if not any(f"{PACKAGE}.{name}" in source for name in (*aliases.fluent, *aliases.args)):
        return None
    calls = [node for node in ast.walk(python_of(source)[1]) if isinstance(node, ast.Call)]
    place = _Places(source)
    for call in sorted(calls, key=lambda node: (node.end_lineno, node.end_col_offset)):
        name = _library_name(call.func)
        start, end = place.of(call)
        if name in aliases.args:
            text = _filled(aliases.args[name], call, place)
            if text is not None:
                return start, end, text
        elif name in aliases.fluent and call.args and not isinstance(call.args[0], ast.Starred):
            return start, end, _fluent(source, call, aliases.fluent[name], place)
    return None


def _library_name(function: ast.expr) -> str:
    match function:
        case ast.Attribute(value=ast.Name(id="d2l"), attr=name):
            return name
    return ""


class _Places:
    """Finds where the nodes of a tree stand in its source."""

    def __init__(self, source: str) -> None:
        self.source, self.lines, self.offsets = source, source.split("\n"), _offsets(source)

    def of(self, node: ast.expr) -> tuple[int, int]:
        """Return the offsets of a node; ast counts columns in UTF-8 bytes."""
        return self._at(node.lineno, node.col_offset), self._at(node.end_lineno or 0, node.end_col_offset or 0)

    def _at(self, line: int, column: int) -> int:
        return self.offsets[line - 1] + len(self.lines[line - 1].encode()[:column].decode())

    def text(self, node: ast.expr) -> str:
        """Return a node's source."""
        start, end = self.of(node)
        return self.source[start:end]


def _fluent(source: str, call: ast.Call, method: str, place: _Places) -> str:
    first, (_, end) = call.args[0], place.of(call)
    _, closed = place.of(first)
    rest = source[closed : end - 1].lstrip().removeprefix(")").lstrip().removeprefix(",").lstrip()
    return f"{_atom(place.text(first))}.{method}({rest})"


def _atom(text: str) -> str:
    """Return an expression's source, in parentheses unless a dot may follow it as it stands."""
    try:
        node = ast.parse(text, mode="eval").body
    except SyntaxError:  # broken over lines, which the call's parentheses allowed
        return f"({text})"
    return text if isinstance(node, _ATOMS) else f"({text})"


def _filled(template: Template, call: ast.Call, place: _Places) -> str | None:
    """Return a template with a call's arguments in it, or None if the call doesn't fit."""
    if any(isinstance(argument, ast.Starred) for argument in call.args) or len(call.args) > len(template.parameters):
        return None
    given = {name: place.text(node) for name, node in zip(template.parameters, call.args, strict=False)}
    for keyword in call.keywords:
        if keyword.arg not in template.parameters or keyword.arg in given:
            return None
        given[keyword.arg] = place.text(keyword.value)
    if any(name not in given for name in template.parameters[: template.required]):
        return None
    body = ast.parse(template.text, mode="eval").body
    return _written(body, template, given)


def _written(body: ast.expr, template: Template, given: Mapping[str, str]) -> str:
    place = _Places(template.text)
    missing = set(template.parameters) - set(given)
    if isinstance(body, ast.Call):
        kept = [*body.args, *(item.value for item in body.keywords if not _is_one_of(item.value, missing))]
        names = [*("" for _ in body.args), *(_name_of(item) for item in body.keywords if item.value in kept)]
        inner = [name + _substituted(node, place, given, bare=True) for name, node in zip(names, kept, strict=True)]
        return f"{_substituted(body.func, place, given)}({', '.join(inner)})"
    return _substituted(body, place, given)


def _name_of(keyword: ast.keyword) -> str:
    return f"{keyword.arg}=" if keyword.arg else "**"


def _is_one_of(node: ast.expr, names: set[str]) -> bool:
    return isinstance(node, ast.Name) and node.id in names


def _substituted(node: ast.expr, place: _Places, given: Mapping[str, str], bare: bool = False) -> str:
    """Return a part of a template with the arguments in it; ``bare``: it needs no parentheses as a whole."""
    start, end = place.of(node)
    edits = list(_edits(node, place, given, start, node if bare else None))
    return _apply(place.source[start:end], edits)


def _edits(
    node: ast.expr, place: _Places, given: Mapping[str, str], start: int, whole: ast.expr | None
) -> Iterator[tuple[int, int, str]]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name) and inner.id in given:
            first, last = place.of(inner)
            text = given[inner.id]
            yield first - start, last - start, text if inner is whole else _atom(text)
