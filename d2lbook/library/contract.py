"""The contract: every public name of the library, its kind and signature, and the backends that have it.

The file ``d2l/contract.json`` is generated. Reasons why a backend lacks a name are hand-kept in
``d2l/support/absent.toml``: a table per name, a reason per backend.
"""

from __future__ import annotations

import ast
import json
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from d2lbook.book.book import Book
from d2lbook.errors import Fault
from d2lbook.library.source import PACKAGE
from d2lbook.library.support import FOLDER
from d2lbook.library.symbols import Library, Symbol, library_of

CONTRACT = f"{PACKAGE}/contract.json"
"""The generated file, below the book's root."""
REASONS = f"{PACKAGE}/{FOLDER}/absent.toml"
"""The hand-kept reasons for names that a backend lacks, below the book's root."""
_CALLS = frozenset({"forward", "call", "__call__", "hybrid_forward"})
"""What frameworks call the method that runs a layer; the contract calls it ``__call__``."""
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def contract_text(book: Book, library: Library) -> str:
    """Return the contract as JSON, names in the book's order."""
    reasons, _ = _reasons(book)
    names: dict[str, Any] = {}
    for name, having in _by_name(book, library).items():
        symbol = next(iter(having.values()))
        lacking = [item.name for item in book.config.packaged if item.name not in having and not item.partial]
        entry: dict[str, Any] = {"kind": symbol.kind, **_signature_entry(symbol, library, next(iter(having)))}
        entry |= {"section": symbol.docname, "module": symbol.definition.chapter, "backends": list(having)}
        if lacking:
            entry["absent"] = {backend: reasons.get(name, {}).get(backend, "") for backend in lacking}
        names[name] = entry
    for name, statement in library.support.items():
        kind = "class" if isinstance(statement, ast.ClassDef) else "function" if statement else "value"
        entry = {"kind": kind}
        if isinstance(statement, _Function):
            entry["signature"] = signature(statement)
        names[name] = entry | {
            "section": "",
            "module": FOLDER,
            "backends": [item.name for item in book.config.packaged],
        }
    lines = [f"  {json.dumps(name)}: {json.dumps(entry, ensure_ascii=False)}" for name, entry in names.items()]
    head = '{\n "generated": "by d2lbook from the #@save blocks; do not edit",\n "names": {\n'
    return head + ",\n".join(lines) + "\n }\n}\n"


def contract_faults(book: Book) -> tuple[Fault, ...]:
    """Return names that a backend lacks without a reason, reasons without a need, and signatures that differ.

    A backend that is there in part needs no reasons.
    """
    reasons, faults = _reasons(book)
    backends = tuple(backend.name for backend in book.config.packaged)
    by_name = _by_name(book, library_of(book)) if backends else {}  # libraries of one file have no contract
    for name, having in by_name.items():
        symbol = next(iter(having.values()))
        for backend in backends:
            needs_none = backend in having or book.config.backend(backend).partial
            if not needs_none and not reasons.get(name, {}).get(backend, "").strip():
                fix = f"save it for {backend}, or give the reason in {REASONS}: [{name}] {backend} = '…'"
                yields = f"the library of {backend} lacks {name}"
                faults.append(Fault(symbol.definition.path, symbol.definition.line, yields, name, fix))
        faults.extend(_differences(having, library_of(book)))
    for name, given in reasons.items():
        for backend in given:
            if backend not in backends or name not in by_name or backend in by_name[name]:
                fix = "take the reason out: the name is there, or nobody has it, or the backend is unknown"
                faults.append(Fault(REASONS, 0, f"a reason that is no longer needed: {name}, {backend}", name, fix))
    return tuple(sorted(set(faults)))


def _by_name(book: Book, library: Library) -> dict[str, dict[str, Symbol]]:
    """Return every public name with the backends that have it, in the book's order."""
    found: dict[str, dict[str, Symbol]] = {}
    config = book.config
    for backend in (item.name for item in (config.packaged if config.backends else (config.base,))):
        for name, symbol in library.names[backend].items():
            if not name.startswith("_"):
                found.setdefault(name, {})[backend] = symbol
    order = sorted(found, key=lambda name: min(symbol.definition.place for symbol in found[name].values()))
    return {name: found[name] for name in order}


def _differences(having: Mapping[str, Symbol], library: Library) -> Iterator[Fault]:
    (first, symbol), *others = having.items()
    expected = {"kind": symbol.kind, **_signature_entry(symbol, library, first)}
    for backend, other in others:
        found = {"kind": other.kind, **_signature_entry(other, library, backend)}
        if found != expected:
            ours, theirs = _shown(found, expected), _shown(expected, found)
            message = f"{other.name} is {ours} in {backend}, but {theirs} in {first}"
            fix = "give it the same parameters, in the same order and with the same defaults, in every backend"
            yield Fault(other.definition.path, other.definition.line, message, other.name, fix)


def _shown(entry: dict[str, Any], other: dict[str, Any]) -> str:
    """Return what of an entry the other doesn't have, in words."""
    if entry["kind"] != other["kind"]:
        return f"a {entry['kind']}"
    if entry.get("signature") != other.get("signature"):
        return str(entry.get("signature"))
    methods, others = entry.get("methods", {}), other.get("methods", {})
    differing = [name + text for name, text in methods.items() if others.get(name) != text]
    return f"a class with {', '.join(differing)}" if differing else "a class without them"


def _signature_entry(symbol: Symbol, library: Library, backend: str) -> dict[str, Any]:
    node = symbol.definition.block.statements[0]
    if isinstance(node, _Function):
        return {"signature": signature(node)}
    if not isinstance(node, ast.ClassDef):
        return {}
    methods = dict(_methods(symbol))
    constructor = methods.pop("__init__", None) or _inherited(node, library, backend, {symbol.name})
    public = {name: text for name, text in sorted(methods.items()) if not name.startswith("_") or name == "__call__"}
    return {"signature": constructor, "methods": public}


def _methods(symbol: Symbol) -> Iterator[tuple[str, str]]:
    """Yield name and signature of a class's methods, those that other sections add included."""
    node = symbol.definition.block.statements[0]
    inner = [item for item in getattr(node, "body", ()) if isinstance(item, _Function)]
    added = [part.block.statements[0] for part in symbol.parts if part.block.kind == "method"]
    for item in [*inner, *added]:
        if isinstance(item, _Function):
            static = any(isinstance(head, ast.Name) and head.id == "staticmethod" for head in item.decorator_list)
            yield "__call__" if item.name in _CALLS else item.name, signature(item, 0 if static else 1)


def _inherited(node: ast.ClassDef, library: Library, backend: str, seen: set[str]) -> str:
    """Return the constructor's signature of the nearest saved base class, ``()`` if there is none."""
    for base in node.bases:
        name = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
        symbol = library.names[backend].get(name)
        if symbol and name not in seen and isinstance(symbol.definition.block.statements[0], ast.ClassDef):
            constructor = dict(_methods(symbol)).get("__init__")
            inner = symbol.definition.block.statements[0]
            return constructor or _inherited(inner, library, backend, seen | {name})
    return "()"


def signature(node: _Function, skip: int = 0) -> str:
    """Return a function's parameters as ``(x, lr=0.01, *, clip=None)``, without annotations and the first ``skip``."""
    arguments = node.args
    positional = [*arguments.posonlyargs, *arguments.args]
    defaults = [None] * (len(positional) - len(arguments.defaults)) + list(arguments.defaults)
    shown = [_parameter(item, value) for item, value in zip(positional, defaults, strict=True)]
    if arguments.posonlyargs:
        shown.insert(len(arguments.posonlyargs), "/")
    shown = shown[skip:]
    if arguments.vararg:
        shown.append(f"*{arguments.vararg.arg}")
    elif arguments.kwonlyargs:
        shown.append("*")
    shown += [_parameter(item, value) for item, value in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)]
    if arguments.kwarg:
        shown.append(f"**{arguments.kwarg.arg}")
    return f"({', '.join(shown)})"


def _parameter(item: ast.arg, default: ast.expr | None) -> str:
    return item.arg if default is None else f"{item.arg}={ast.unparse(default)}"


def _reasons(book: Book) -> tuple[dict[str, dict[str, str]], list[Fault]]:
    """Return the hand-kept reasons and the faults of their file."""
    path = book.config.root / REASONS
    try:
        text = path.read_text(encoding="utf-8")
        tables = tomllib.loads(text)
    except FileNotFoundError:
        return {}, []
    except tomllib.TOMLDecodeError as error:
        return {}, [Fault(REASONS, 0, f"this file does not parse: {error}", "", "mend it")]
    wrong = [name for name, table in tables.items() if not isinstance(table, dict)]
    fix = "write the name in brackets, and below it a reason per backend"
    faults = [Fault(REASONS, 0, "a name without a table", name, fix) for name in wrong]
    return {name: {k: str(v) for k, v in table.items()} for name, table in tables.items() if name not in wrong}, faults
