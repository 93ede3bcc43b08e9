"""Slips that readers would meet and no tool told: titles, pictures, tab lines, names that nobody saved, long runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.code.magics import python_of
from d2lbook.code.scaffolding import COLUMNS, columns_of, shown_code
from d2lbook.errors import Fault, meant
from d2lbook.evidence import store
from d2lbook.library.symbols import library_of
from d2lbook.markup.model import ALL, Code, Section

LONGEST = 60.0
"""Seconds that a section's run should take on a processor."""


def mistake_faults(book: Book) -> Iterator[Fault]:
    """Yield slips of the sources that need the whole book to be seen."""
    for section in book.sections:
        yield from _titles(section)
        yield from _pictures(section)
        yield from _forgotten(book, section)
        yield from _wide(section)
    yield from _unlisted_chapters(book)
    yield from _unsaved(book)


def long_run_faults(book: Book) -> Iterator[Fault]:
    """Yield stored runs that took longer than a section should, unless it says itself that it takes long."""
    for projection in book.projections():
        run = store.load(book, projection)
        allowed = max(LONGEST, float(projection.front.get("timeout", 0) or 0))
        if run is not None and run.seconds > allowed and run.device == "cpu":
            message = f"{projection.backend} ran {run.seconds:.0f} s, longer than {LONGEST:.0f} s"
            fix = "make it smaller, or say `timeout:` in the front matter"
            yield Fault(projection.path, 1, message, "", fix, "warning")


def _titles(section: Section) -> Iterator[Fault]:
    titles = [anchor for anchor in section.anchors if anchor.kind == "section" and anchor.level == 1]
    for anchor in titles[1:]:
        yield Fault(section.path, anchor.line, "a second title", anchor.title, "make it a heading: ## …")


def _pictures(section: Section) -> Iterator[Fault]:
    from d2lbook.markup.anchors import lone_picture
    from d2lbook.markup.grammar import prose_tokens

    for prose in section.prose:
        tokens = prose_tokens(prose.text) if "![]" in prose.text else ()
        for place, token in enumerate(tokens):
            picture = lone_picture(token.children or ()) if token.type == "inline" else None
            opens = place > 1 and tokens[place - 2].type == "blockquote_close"  # a chapter: its question, a drawing
            if picture is not None and not picture.content.strip() and not opens:
                line = prose.line + (token.map[0] if token.map else 0)
                yield Fault(section.path, line, "a picture without a caption", token.content, "say what it shows: ![…]")


def _forgotten(book: Book, section: Section) -> Iterator[Fault]:
    """Yield cells without a tab line between two that have one: they would be the first backend's alone."""
    if len(book.config.backends) < 2:
        return
    code = section.code
    for before, cell, after in zip(code, code[1:], code[2:], strict=False):
        if not cell.tabs and _named(before) and _named(after):
            fix = f"say whose it is: #@tab all, or #@tab {book.config.backend_names[0]}"
            text = cell.source.split("\n")[0]
            yield Fault(section.path, cell.line, "a cell without a tab line between cells that have one", text, fix)


def _named(cell: Code) -> bool:
    return bool(cell.tabs) and cell.tabs != ALL


def _wide(section: Section) -> Iterator[Fault]:
    for cell in section.code:
        shown = set(shown_code(cell.source).split("\n"))
        for number, line in enumerate(cell.source.split("\n"), cell.line):
            width = columns_of(line)
            if width > COLUMNS and line in shown and cell.language == "python":
                message = f"a line of code of {width} columns, more than {COLUMNS}"
                yield Fault(section.path, number, message, line[:60], "break it", "warning")


def _unlisted_chapters(book: Book) -> Iterator[Fault]:
    """Yield folders with a front page that no table of contents names."""
    source, listed = book.config.source_dir, {section.path for section in book.sections}
    for file in sorted(source.glob("*/index.md")):
        path = file.relative_to(book.config.root).as_posix()
        built = file.is_relative_to(book.config.output_dir) or file.parent.name.startswith(".")
        if path not in listed and not built:
            fix = f"list {file.parent.name}/index in {book.config.index}.md, or move it away"
            yield Fault(path, 0, "a chapter in no table of contents", "", fix)


def _unsaved(book: Book) -> Iterator[Fault]:
    """Yield names of the library that cells use and nobody saved, each once with the backends that lack it."""
    packaged = {*(backend.name for backend in book.config.packaged), BASE}
    if len(packaged) == 1 or not book.config.backends:
        return
    library = library_of(book)
    lacking: dict[tuple[str, int, str, str], list[str]] = {}
    for projection in book.projections():
        if projection.backend not in packaged:
            continue
        known = _known(book, projection.backend)
        used, given = set[tuple[int, str, str]](), set[str]()
        for cell in projection.cells:
            for line, name, text, stores in _names_of(cell.source, cell.line):
                given |= {name} if stores else set()
                used |= set() if stores else {(line, name, text)}
        for line, name, text in used:
            if name not in known and name not in given and not name.startswith("__"):
                lacking.setdefault((projection.path, line, name, text), []).append(projection.backend)
    for (path, line, name, text), backends in lacking.items():
        having = [other for other in library.names if other not in backends and name in library.names[other]]
        fix = meant(name, _known(book, backends[0])) or "save it with #@save before"
        some = f" ({', '.join(sorted(backends))})" if having else ""
        yield Fault(path, line, f"d2l.{name}, which nobody saved{some}", text, fix)


def _known(book: Book, backend: str) -> frozenset[str]:
    library = library_of(book)
    found = {*library.names[backend], *library.imports[backend], *library.support}
    found |= {*library.names[BASE], *library.imports[BASE], "support"}
    return frozenset(found | {section.docname.split("/")[0].replace("-", "_") for section in book.sections})


def _names_of(source: str, first: int) -> Iterator[tuple[int, str, str, bool]]:
    """Yield ``d2l.NAME`` in code: line in the file, name, the line's text, and whether it is given a value."""
    if "d2l." not in source:
        return
    try:
        tree = python_of(source)[1]
    except (SyntaxError, ValueError):
        return
    lines = source.split("\n")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "d2l":
            stores = isinstance(node.ctx, ast.Store)
            yield first + node.lineno - 1, node.attr, lines[node.lineno - 1].strip(), stores
