"""Sphinx's warnings as faults of the book, with file and line, and nothing dropped."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from pathlib import Path

from docutils import nodes
from sphinx.util import logging as sphinx_logging
from sphinx.util.logging import get_node_location

from d2lbook.book.config import Config
from d2lbook.errors import Fault, Severity

_LOGGER = sphinx_logging.getLogger(__name__)
_LOCATION = re.compile(r"(.*?)(?::(\d+))?$")
TOLD = {("image", "not_readable"), ("download", "not_readable")}
"""Kinds of warnings of what the book itself tells, with its line."""
UNUSED = "no Babel option known"
"""Begins what Sphinx says of a language that LaTeX's babel lacks, which the papers don't use."""
_ADDED = re.compile(r"\A(?:[^\n]*?: )?(?:WARNING|ERROR|SEVERE): | \[[\w.]+\]\Z")
"""What Sphinx writes around a message for its own log."""
Location = nodes.Node | tuple[str, int]
"""A node, or a docname and a line."""


def warn(location: Location, message: str, text: str = "", fix: str = "", severity: Severity = "error") -> None:
    """Report a fault at ``location``; it reaches the builder's result even from a process of its own."""
    lines = [message, *([f"    | {text}"] if text else []), *([f"    = {fix}"] if fix else [])]
    kind = "warning" if severity == "warning" else "fault"
    _LOGGER.warning("%s", "\n".join(lines), location=location, type="d2lbook", subtype=kind)


class Collector(logging.Handler):
    """Turns what Sphinx warns about into faults."""

    def __init__(self, config: Config) -> None:
        """Collect for a book with these settings, whose tolerance the faults bear already."""
        super().__init__(logging.WARNING)
        self.root, self.source_dir, self.told = config.root, config.source_dir, config.told
        self.faults: list[Fault] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Note one warning."""
        if (getattr(record, "type", None), getattr(record, "subtype", None)) in TOLD:
            return
        if UNUSED in record.getMessage():
            return
        path, line = self._place(getattr(record, "location", None))
        message, *rest = _ADDED.sub("", record.getMessage()).split("\n")
        text = "\n".join(part[6:] for part in rest if part.startswith("    | "))
        fix = "\n".join(part[6:] for part in rest if part.startswith("    = "))
        other = " ".join(part.strip() for part in rest if not part.startswith(("    | ", "    = ")))
        own = getattr(record, "type", None) == "d2lbook"
        severity: Severity = "warning" if own and getattr(record, "subtype", "") == "warning" else "error"
        self.faults += self.told([Fault(path, line, f"{message} {other}".strip(), text, fix, severity)])

    def _place(self, location: object) -> tuple[str, int]:
        """Return file (relative to the book's root) and line of a Sphinx location."""
        if isinstance(location, nodes.Node):
            location = get_node_location(location)
        if isinstance(location, tuple):
            docname, line = location
            return self._relative(str(self.source_dir / f"{docname}.md")), int(line or 0)
        if not location:
            return self._relative(str(self.source_dir)), 0
        match = _LOCATION.match(str(location))
        assert match
        path = match[1] if match[1].endswith(".md") or "." in Path(match[1]).name else f"{match[1]}.md"
        return self._relative(path), int(match[2] or 0)

    def _relative(self, path: str) -> str:
        file = Path(path)
        absolute = file if file.is_absolute() else self.source_dir / file
        return absolute.relative_to(self.root).as_posix() if absolute.is_relative_to(self.root) else path


def without_known(faults: Iterable[Fault], known: Iterable[Fault]) -> tuple[Fault, ...]:
    """Return ``faults`` sorted, once each, without those that ``known`` already reports at the same place."""
    seen = {(fault.path, fault.line, fault.message, fault.text) for fault in known}
    return tuple(sorted({fault for fault in faults if (fault.path, fault.line, fault.message, fault.text) not in seen}))
