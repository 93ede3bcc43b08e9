"""A library of one file per tab (``lib_file`` in ``[library-TAB]``), as d2lbook 1.0.3 writes it.

What stands above the WARNING line is the author's and kept; below it come the saved blocks in the book's order, each
with the section's label in its docstrings, then the aliases of the settings. The bytes are the old tool's wherever its
are sound Python.
"""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from d2lbook.book.book import Book
from d2lbook.book.config import Backend, OneFile
from d2lbook.code.aliases import pairs_of
from d2lbook.code.branches import select
from d2lbook.code.magics import inside_strings
from d2lbook.errors import Fault, Severity
from d2lbook.library.marks import MarkFault
from d2lbook.library.onefile.lines import saved_lines
from d2lbook.library.source import CellSyntaxError, parse_cell
from d2lbook.markup.model import ALL, Code, Prose, Section

WARNING = "#################   WARNING   ################"
"""The line above which a file is written by hand."""
_HEAD = f"""{WARNING}
# The below part is generated automatically through:
#    d2lbook build lib
# Don't edit it directly

"""
_ADD = "@d2l.add_to_class"
_ADDED = re.compile(r"@d2l\.add_to_class\(([.\w]+)\)")
_CLASS = re.compile(r"class +(\w+)")
_LABEL = re.compile(r":label:(`[ *-/\\._\w]+`)")
_FENCE = re.compile(r"(`{3,}|~{3,})")
_SAVED = re.compile(r"#\s*@save", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Saved:
    """What one cell saves for a tab."""

    text: str
    label: str
    """The section label before it, with its backticks; empty if there is none."""
    path: str
    line: int


@dataclass
class _Assembly:
    """The blocks of a file, with the places where methods join their classes."""

    blocks: list[list[str]] = field(default_factory=list)
    """Each in pieces; a piece ends with a class, or with the block."""
    classes: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Block and piece in which a class stands."""
    faults: list[Fault] = field(default_factory=list)

    def text(self) -> str:
        return "\n\n".join("\n".join(pieces) for pieces in self.blocks)


def one_file_texts(book: Book) -> tuple[dict[str, str], tuple[Fault, ...]]:
    """Return path below the book's root to text for every library of one file, and what is wrong with them."""
    texts: dict[str, str] = {}
    faults: set[Fault] = set()
    for backend in book.config.backends:
        if backend.one_file:
            head, missing = _hand_written(book, backend.one_file.path)
            assembly, wrong = _assembly_of(book, backend)
            texts[backend.one_file.path] = head + _HEAD + assembly.text() + aliases_text(backend.one_file)
            faults |= {*missing, *wrong, *assembly.faults}
    return texts | _version(book), tuple(sorted(faults))


def _hand_written(book: Book, path: str) -> tuple[str, list[Fault]]:
    """Return what stands above the WARNING line of a file; a file without that line is not to be written over."""
    file = book.config.root / path
    text = file.read_text(encoding="utf-8") if file.is_file() else ""
    lines = text.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.strip() == WARNING:
            return "".join(lines[:number]), []
    if not text.strip():
        return "", []
    fix = f"put this line below what is written by hand: {WARNING}"
    return text, [Fault(path, 0, "a file of the library without the WARNING line", "", fix)]


def _version(book: Book) -> dict[str, str]:
    """Return the file that carries the version, its line after the release."""
    path = book.config.version_file
    file = book.config.root / path
    if not path or not file.is_file():
        return {}
    lines = file.read_text(encoding="utf-8").split("\n")
    return {
        path: "\n".join(f'__version__ = "{book.config.release}"' if "__version__" in line else line for line in lines)
    }


# ---- what is saved ----


_LAST: list[tuple[Book, dict[str, tuple[_Assembly, list[Fault]]]]] = []
"""The last book asked for, and what its tabs save: it is asked for faults, then for texts."""


def _assembly_of(book: Book, backend: Backend) -> tuple[_Assembly, list[Fault]]:
    if not _LAST or _LAST[0][0] is not book:
        _LAST[:] = [(book, _read_saved(book))]
    return _LAST[0][1][backend.name]


def _read_saved(book: Book) -> dict[str, tuple[_Assembly, list[Fault]]]:
    """Return what each tab with a library of one file saves; the pieces of a section are the same for all of them."""
    tabs = [backend.name for backend in book.config.backends if backend.one_file]
    saved: dict[str, list[Saved]] = {tab: [] for tab in tabs}
    faults: dict[str, list[Fault]] = {tab: [] for tab in tabs}
    for section in book.sections:
        if book.config.is_notebook(section.docname) and any(_SAVED.search(code.source) for code in section.code):
            pieces = list(_pieces(section))
            for tab in tabs:
                reader = _TabReader(book, section, tab, pieces)
                saved[tab].extend(reader.saved())
                faults[tab].extend(reader.faults)
    severity: Severity = "warning" if book.config.tolerant else "error"
    return {tab: (_assembled(saved[tab], severity), faults[tab]) for tab in tabs}


class _TabReader:
    """Reads the cells of one section that a tab keeps."""

    def __init__(self, book: Book, section: Section, tab: str, pieces: Sequence[str | Code]) -> None:
        self.book, self.section, self.tab, self.pieces = book, section, tab, pieces
        self.default = book.config.backend_names[0]
        self.faults: list[Fault] = []

    def _tabs(self, code: Code) -> tuple[str, ...]:
        return code.tabs or (self.default,)

    def saved(self) -> Iterator[Saved]:
        """Yield what the section saves for the tab."""
        named = {name for code in self.section.code if code.tabs != ALL for name in self._tabs(code)}
        if named and self.tab not in named:
            return  # other tabs' section, whose `all` cells are theirs
        texts: list[str] = []
        for item in self.pieces:
            if isinstance(item, str):
                texts.append(item)
            elif self._tabs(item) == ALL or self.tab in self._tabs(item):
                if block := self._block(item):
                    yield Saved(block, _label(texts[:-1]), self.section.path, item.line)
                texts.append("")

    def _block(self, code: Code) -> str:
        if code.language != "python" or not _SAVED.search(code.source):
            return ""
        try:
            source = parse_cell(select(code.source, self.tab))
        except CellSyntaxError as error:
            message, line = f"code that does not parse: {error.message}", code.line + error.line - 1
            self.faults.append(Fault(self.section.path, line, message, error.text, "mend the code"))
            return ""
        stretch = saved_lines(source, self.book.config.root)
        self.faults += [self._fault(code, fault, "error") for fault in stretch.faults]
        self.faults += [self._fault(code, fault, "warning") for fault in stretch.warnings]
        return stretch.text

    def _fault(self, code: Code, fault: MarkFault, severity: Severity) -> Fault:
        lines = code.source.split("\n")  # branches on the tab may have moved the line
        line = next((n for n, text in enumerate(lines, 1) if text.strip() == fault.text.strip()), fault.line)
        return Fault(self.section.path, code.line + line - 1, fault.message, fault.text, fault.fix, severity)


def _pieces(section: Section) -> Iterator[str | Code]:
    """Yield a section's cells, and its text in the pieces that fences cut it into, as the old tool counts cells."""
    gathered: list[str] = []
    for block in section.walk():
        if isinstance(block, Prose):
            gathered.append(block.text)
        elif isinstance(block, Code):
            yield from _cut("\n\n".join(gathered))
            gathered = []
            yield block


def _cut(text: str) -> Iterator[str]:
    piece: list[str] = []
    fence = ""
    for line in text.split("\n"):
        opened = not fence and (found := _FENCE.match(line))
        if opened and found:
            yield from ("\n".join(piece),) if "".join(piece).strip() else ()
            piece, fence = [line], found[1]
        else:
            piece.append(line)
            if fence and line == fence:
                yield "\n".join(piece)
                piece, fence = [], ""
    if "".join(piece).strip():
        yield "\n".join(piece)


def _label(texts: Sequence[str]) -> str:
    """Return the last label of a section in the texts; the one right before a cell is not among them."""
    for text in reversed(texts):
        for label in reversed(_LABEL.findall(text)):
            if "sec_" in label:
                return str(label)
    return ""


# ---- how it is written ----


def _assembled(saved: Sequence[Saved], severity: Severity) -> _Assembly:
    """Return the blocks with their labels, methods added to the classes that they belong to.

    ``severity`` is that of a name saved twice, of which the old tool said nothing.
    """
    assembly = _Assembly()
    names: dict[str, Saved] = {}
    for item in saved:
        text = _labelled(item.text, item.label)
        lines = text.split("\n")
        if _ADD in text and not lines[0].startswith("class"):
            first, *methods = _split(lines, lambda line: line.startswith(_ADD))
            if first:
                _add_block(assembly, "\n".join(first))
            for method in methods:
                _add_method(assembly, item, method)
        else:
            _add_block(assembly, text)
        _note_names(assembly, item, names, severity)
    return assembly


def _add_block(assembly: _Assembly, text: str) -> None:
    """Add a block, cut behind each of its classes."""
    lines = text.split("\n")
    ends: list[int] = []
    for statement in _tree(text).body:
        if isinstance(statement, ast.ClassDef):
            assembly.classes[statement.name] = (len(assembly.blocks), len(ends))
            ends.append(statement.end_lineno or 0)
    pieces, done = [], 0
    for end in [*ends[:-1], len(lines)] if ends else [len(lines)]:
        pieces.append("\n".join(lines[done:end]))
        done = end
    if ends and ends[-1] < len(lines) and "".join(lines[ends[-1] :]).strip():
        whole = pieces.pop().split("\n")
        keep = len(whole) - (len(lines) - ends[-1])
        pieces += ["\n".join(whole[:keep]), "\n".join(whole[keep:])]
    assembly.blocks.append(pieces)


def _add_method(assembly: _Assembly, item: Saved, lines: Sequence[str]) -> None:
    """Add a function to the class that its decorator names."""
    found = _ADDED.search(lines[0])
    name = found[1].rpartition(".")[2] if found else ""
    if name not in assembly.classes:
        what = f"it belongs to {name or 'something'}, which nobody saved before"
        assembly.faults.append(Fault(item.path, item.line, what, lines[0], "save the class first"))
        return
    block, piece = assembly.classes[name]
    body = list(lines[1:])
    if len(whole := ast.parse("\n".join(body)).body) > 1:
        end = whole[0].end_lineno or 0
        _add_block(assembly, "\n".join(body[end:]).strip("\n"))
        body = body[:end]
    text = "\n".join(body)
    inside = inside_strings(text, _docstrings(text))  # to move their lines would change them
    moved = [line if number in inside else "    " + line for number, line in enumerate(body, 1)]
    assembly.blocks[block][piece] += "\n\n" + "\n".join(moved)


def _docstrings(text: str) -> set[int]:
    """Return the lines (from 1) on which docstrings begin."""
    return {
        node.body[0].lineno
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and ast.get_docstring(node) is not None
    }


def _note_names(assembly: _Assembly, item: Saved, names: dict[str, Saved], severity: Severity) -> None:
    """Report what two cells define: in one file the later takes the place of the earlier."""
    for statement in _tree(item.text).body:
        if not isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        if any(_ADD in "@" + ast.unparse(decorator) for decorator in statement.decorator_list):
            continue
        first = names.setdefault(statement.name, item)
        if first is not item:
            message = f"{statement.name} is saved twice: it stands at {first.path}:{first.line} already"
            fix = "give one of them another name, or save one only"
            assembly.faults.append(Fault(item.path, item.line, message, statement.name, fix, severity))


def _labelled(text: str, label: str) -> str:
    """Return a block with ``Defined in :numref:`label``` in the docstring of each definition.

    The signature ends, as the old tool sees it, with the first line that holds ``):``.
    """
    if not label:
        return text
    first, *definitions = _split(text.split("\n"), lambda line: line.startswith(("def", "class")))
    for blanks in (False, True):
        places = [_with_place(lines, f'Defined in :numref:{label}"""', blanks) for lines in definitions]
        marked = "\n".join([*first, *(line for lines in places for line in lines)])
        if _parses(marked):
            return marked
    return text


def _with_place(lines: Sequence[str], place: str, blanks: bool) -> list[str]:
    """Put ``place`` below the signature; ``blanks``: even where blank lines come before the body."""
    head, *rest = _split(lines, lambda line: "):" in line)
    if not rest:
        return list(lines)
    body = list(rest[0])
    while blanks and len(body) > 1 and not body[1].strip():
        head, body = [*head, body[0]], body[1:]
    below = body[1] if len(body) > 1 else _indent(lines[0]) + "    "
    indent = _indent(below)
    if below.lstrip().startswith('"""') and below.endswith('"""') and len(body) > 1:
        body[1] = f"{below[:-3]}\n\n{indent}{place}"
    else:
        body.insert(1, f'{indent}"""{place}')
    return [*head, *body, *(line for part in rest[1:] for line in part)]


def _indent(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


@functools.lru_cache(maxsize=4096)
def _tree(text: str) -> ast.Module:
    """Return the tree of a saved text, asked for several times; nobody changes it."""
    return ast.parse(text)


def _parses(text: str) -> bool:
    try:
        _tree(text)
    except (SyntaxError, ValueError):
        return False
    return True


def _split(lines: Sequence[str], starts: Callable[[str], bool]) -> list[list[str]]:
    """Return the lines before the first that ``starts`` something, and those from each such line on."""
    found: list[list[str]] = [[]]
    for line in lines:
        if starts(line):
            found.append([])
        found[-1].append(line)
    return found


def aliases_text(one_file: OneFile) -> str:
    """Return the definitions of a tab's aliases, as they end its file; empty if the settings have none."""
    settings: Mapping[str, str] = one_file.settings
    text = settings["alias"].strip() + "\n" if "alias" in settings else ""
    if library := settings.get("lib_name"):
        for name, target in pairs_of(settings.get("simple_alias", "")):
            text += f"\n{name.removesuffix('(')} = {library}.{target.removesuffix('(')}"
        if "fluent_alias" in settings:
            fluent = pairs_of(settings["fluent_alias"])
            text += "\n" + "\n".join(f"{a} = lambda x, *args, **kwargs: x.{b}(*args, **kwargs)" for a, b in fluent)
        for name, target in pairs_of(settings.get("args_alias", ""), by_line=True):
            text += f"\ndef {name}:\n    return {target}"
    return f"\n\n\n# Alias defined in config.ini\n{text}\n\n" if text else ""
