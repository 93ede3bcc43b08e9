"""What is wrong with a book's saved code: names saved twice, nowhere or too late, and imports at odds."""

from __future__ import annotations

from collections.abc import Iterator

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.errors import Fault, meant
from d2lbook.library.gather import Part, module_name, syntax_fault
from d2lbook.library.imports import at_odds
from d2lbook.library.onefile.writer import one_file_texts
from d2lbook.library.source import EVERYTHING, CellSyntaxError, Use, parse_cell
from d2lbook.library.support import FOLDER
from d2lbook.library.symbols import Library, Symbol, library_of


def library_faults(book: Book) -> tuple[Fault, ...]:
    """Return every fault of the saved code, each once whatever the number of backends that it hits."""
    found = set(one_file_texts(book)[1])
    packaged = [backend.name for backend in book.config.packaged]
    if not book.config.backends:
        packaged = [BASE]
    elif not packaged:
        return tuple(sorted(found))
    library = library_of(book)
    checker = _Checker(book, library)
    hit: dict[Fault, set[str]] = {}
    for backend in packaged:
        for fault in checker.faults(backend):
            hit.setdefault(fault, set()).add(backend)
    found |= set(library.faults)
    for fault, backends in hit.items():
        some = "" if len(backends) == len(packaged) else f" ({', '.join(sorted(backends))})"
        found.add(Fault(fault.path, fault.line, fault.message + some, fault.text, fault.fix))
    return tuple(sorted(found))


def code_faults(book: Book) -> tuple[Fault, ...]:
    """Return a fault for every Python cell of the book that does not parse."""
    faults = set()
    for section in book.sections:
        for code in section.code:
            try:
                if code.language == "python":
                    parse_cell(code.source)
            except CellSyntaxError as error:
                faults.add(syntax_fault(section.path, code.line, error))
    return tuple(sorted(faults))


class _Checker:
    """Checks one backend after the other."""

    def __init__(self, book: Book, library: Library) -> None:
        self.book, self.library = book, library
        chapters = dict.fromkeys(module_name(section.docname) for section in book.sections)
        self.order = {chapter: number for number, chapter in enumerate(chapters)}
        self.modules = {part.chapter for part in library.parts} | {FOLDER}

    def faults(self, backend: str) -> Iterator[Fault]:
        names = self.library.names[backend]
        yield from self._definitions(backend)
        for symbol in names.values():
            for part, needs in zip(symbol.parts, symbol.needs, strict=True):
                for use in part.uses:
                    if use.library or use.name not in needs:
                        yield from self._use(backend, symbol, part, use)
        yield from self._imports(backend)

    def _fault(self, part: Part, line: int, message: str, fix: str) -> Fault:
        code = self.book.sections[part.place[0]].code[part.place[1]]
        lines = code.source.split("\n")
        text = lines[line - code.line] if 0 <= line - code.line < len(lines) else ""
        return Fault(part.path, line, message, text, fix)

    def _definitions(self, backend: str) -> Iterator[Fault]:
        names = self.library.names[backend]
        for part in self.library.gathered[backend].parts:
            block = part.block
            if block.kind in ("method", "effect"):
                if block.owner not in names:
                    fix = "save what it belongs to, in an earlier section or cell"
                    what = f"it belongs to {block.owner or 'something'}, which nobody saved"
                    yield self._fault(part, part.line, what, fix)
                continue
            for name in block.names:
                first = names[name].definition
                if first.key != part.key:
                    fix = "give one of them another name, or save one only"
                    message = f"{name} is saved twice: it stands at {first.path}:{first.line} already"
                    yield self._fault(part, part.line, message, fix)
                elif name in self.library.support:
                    message = f"{name} is saved, but d2l.support passes on a name like that"
                    yield self._fault(part, part.line, message, "give it another name")
                elif name in self.modules:
                    message = f"{name} is saved, but a module of the library is called that"
                    yield self._fault(part, part.line, message, "give it another name")

    def _use(self, backend: str, symbol: Symbol, part: Part, use: Use) -> Iterator[Fault]:
        names = self.library.names[backend]
        target = names.get(use.name)
        if use.name == EVERYTHING or (target is symbol and not use.early):
            return
        if use.library and use.name in self.library.support:
            return
        if target and (use.library or target.docname == part.docname):
            yield from self._in_time(symbol, part, use, target)
        elif use.library:
            yield from self._library_import(backend, part, use)
        else:
            fix = f"save it with #@save, or import it in the section{self._near(backend, use.name)}"
            if target:
                fix = f"write d2l.{use.name}: it is saved at {target.definition.path}:{target.definition.line}"
            yield self._fault(part, use.line, f"saved code uses {use.name}, which nobody saved", fix)

    def _in_time(self, symbol: Symbol, part: Part, use: Use, target: Symbol) -> Iterator[Fault]:
        where = f"{target.definition.path}:{target.definition.line}"
        if target.definition.place[0] > part.place[0]:
            message = f"saved code uses d2l.{use.name}, which is saved only later in the book, at {where}"
            yield self._fault(part, use.line, message, "save it before it is used")
        elif use.early and self._too_late(symbol, part, target):
            message = f"the module needs {use.name} while it loads, but {use.name} comes later, at {where}"
            yield self._fault(part, use.line, message, "move the one that is needed first up")

    def _too_late(self, symbol: Symbol, part: Part, target: Symbol) -> bool:
        """Say whether ``part`` is loaded before the ``target`` that it needs; a change of a value follows the value."""
        if target is symbol and part.block.kind == "effect":
            return False
        return self._emitted(target, target.definition) >= self._emitted(symbol, part)

    def _emitted(self, symbol: Symbol, part: Part) -> tuple[int, int, tuple[int, int, int]]:
        """Return where a part stands in the order in which modules load; a method loads with its class."""
        stands = symbol.definition if part.block.kind == "method" else part
        return (0 if symbol.home == BASE else 1, self.order[stands.chapter], stands.place)

    def _library_import(self, backend: str, part: Part, use: Use) -> Iterator[Fault]:
        sections = [number for number, name, _, _ in self.library.gathered[backend].saved if name == use.name]
        if use.name in self.library.imports[BASE] or sections:
            if sections and min(sections) > part.place[0]:
                message = f"saved code uses d2l.{use.name}, an import that is saved only later in the book"
                yield self._fault(part, use.line, message, "save the import before it is used")
            return
        having = [name for name, names in self.library.names.items() if use.name in names and name != BASE]
        fix = f"save it with #@save in a section before{self._near(backend, use.name)}"
        if having:
            fix = f"only {', '.join(having)} saved it: save it for this backend too"
        yield self._fault(part, use.line, f"saved code uses d2l.{use.name}, which nobody saved", fix)

    def _near(self, backend: str, name: str) -> str:
        hint = meant(name, [*self.library.names[backend], *self.library.support])
        return f"; {hint}" if hint else ""

    def _imports(self, backend: str) -> Iterator[Fault]:
        """Find names that two saved blocks of one module import from different places."""
        seen: dict[tuple[str, str, str], tuple[tuple[str, ...], Part]] = {}
        for symbol in self.library.names[backend].values():
            for part, needs in zip(symbol.parts, symbol.needs, strict=True):
                chapter = (symbol.definition if part.block.kind == "method" else part).chapter
                for name, texts in needs.items():
                    before, other = seen.setdefault((symbol.home, chapter, name), (texts, part))
                    if at_odds(before, texts):
                        message = f"{name} is '{texts[0]}' here, but '{before[0]}' at {other.path}:{other.line}"
                        fix = "one module holds both: import it under one name"
                        yield self._fault(part, part.line, message, fix)
