"""What is printed of the store's state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.evidence import seeds
from d2lbook.evidence.store import State, orphans

SHOWN = 6
"""Reasons that are printed of one stale projection."""


def status_text(book: Book, states: Sequence[State]) -> str:
    """Return a line per projection that is not fresh, with its reasons, and a line that counts all."""
    return "\n".join((*_lines(states), *_orphans(book), *_seeds(book), _total(book, states)))


def _lines(states: Sequence[State]) -> Iterator[str]:
    for item in states:
        if item.state != "fresh":
            why = ", ".join(item.why[:SHOWN]) + (f" and {len(item.why) - SHOWN} more" if len(item.why) > SHOWN else "")
            yield f"{item.projection.key}: {item.state}: {why}"
        elif item.code_differs:
            yield f"{item.projection.key}: fresh; its comments have changed and are stored by the next `d2lbook eval`"


def _seeds(book: Book) -> Iterator[str]:
    """Yield a line for each section that reads runs under several seeds of other code, and one that counts the rest."""
    found: dict[tuple[str, str], list[str]] = {}
    unread: dict[str, None] = {}
    for item in seeds.states(book):
        backend, _, docname = item.key.partition("/")
        if item.state != "fresh" and item.quoted:
            found.setdefault((docname, f"{item.state}: {item.why}"), []).append(backend)
        elif item.state != "fresh":
            unread[docname] = None
    for (docname, told), backends in found.items():
        yield f"seeds of {docname} ({', '.join(backends)}): {told}; its text reads them"
    if unread:
        yield f"seeds of {len(unread)} more sections are stale or missing in part; no text reads those"


def _orphans(book: Book) -> Iterator[str]:
    for path in orphans(book):
        yield f"{path.relative_to(book.config.root)}: no section gives it any more; the next `d2lbook eval` removes it"


def _total(book: Book, states: Sequence[State]) -> str:
    counts = Counter(item.state for item in states)
    per_section = Counter(item.projection.docname for item in states if item.projection.backend != BASE)
    full = sum(number == len(book.config.backends) for number in per_section.values())
    groups = [f"{full} sections × {len(book.config.backends)} backends"]
    if partial := len(per_section) - full:
        groups.append(f"{partial} in fewer")
    groups.append(f"{sum(item.projection.backend == BASE for item in states)} base")
    states_ = ", ".join(f"{counts[name]} {name}" for name in ("fresh", "stale", "missing"))
    return f"{', '.join(groups)}: {states_}"
