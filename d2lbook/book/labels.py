"""Labels across a book: each names one place, and every reference names one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from d2lbook.errors import Fault, meant
from d2lbook.markup.model import Section
from d2lbook.markup.names import REFERENCES


def label_faults(sections: Iterable[Section]) -> Iterator[Fault]:
    """Yield labels that name a second place, then references to nothing."""
    sections = tuple(sections)
    seen: dict[str, tuple[str, int]] = {}
    for section in sections:
        for anchor in section.labelled:
            if anchor.label in seen:
                path, line = seen[anchor.label]
                fix = f"it names something at {path}:{line} already; choose another name"
                yield Fault(section.path, anchor.label_line, "duplicate label", anchor.label, fix)
            else:
                seen[anchor.label] = (section.path, anchor.label_line)
    yield from unresolved(sections, seen)


def unresolved(sections: Iterable[Section], labels: Collection[str]) -> Iterator[Fault]:
    """Yield the references to nothing."""
    for section in sections:
        for prose in section.prose:
            for role in prose.roles:
                if role.name in REFERENCES and role.value not in labels:
                    message, text, fix = nothing_named(role.name, role.value, labels)
                    yield Fault(section.path, role.line, message, text, fix)


def nothing_named(role: str, label: str, labels: Collection[str]) -> tuple[str, str, str]:
    """Return message, text and fix of the fault that a reference to nothing is."""
    fix = meant(label, labels) or "label the target, or name it in words"
    return "a reference to nothing", f":{role}:`{label}`", fix
