"""Whether sections are what the plan says: title, headings, what they teach into the library, pictures of ideas.

The plan is ``static/curriculum.json``: document to ``title``, ``kind`` (concept, scratch, concise, project, tool),
``headings`` (of the second level, without 小结, 练习 and 延伸阅读) and ``teaches`` (name to signature). A section
that does better changes the plan with it. A book without a plan isn't checked.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from d2lbook.book.book import Book
from d2lbook.errors import Fault, nearest
from d2lbook.markup.model import Prose, Section

PLAN = "static/curriculum.json"
CONTRACT = "d2l/contract.json"
CLOSING = ("小结", "练习", "延伸阅读")
_HEADING = re.compile(r"^## +(.+?) *$", re.MULTILINE)
_PICTURE = re.compile(r"^!\[", re.MULTILINE)


def plan_faults(book: Book) -> Iterator[Fault]:
    """Yield where a written section differs from the plan; all are warnings but a name that nothing saves."""
    file = book.config.root / PLAN
    if not file.is_file():
        return
    plan: Mapping[str, Mapping[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    contract = book.config.root / CONTRACT
    saved = json.loads(contract.read_text(encoding="utf-8"))["names"] if contract.is_file() else {}
    for section in book.sections:
        if wanted := plan.get(section.docname):
            yield from _title_and_headings(section, wanted)
            yield from _closing(section)
            yield from _taught(section, wanted, saved)
            if wanted["kind"] == "concept" and not any(_PICTURE.search(prose.text) for prose in section.prose):
                fix = "draw one in scripts/figures"
                yield Fault(section.path, 0, "a concept section without a picture", section.title, fix, "warning")


def _headings(section: Section) -> list[tuple[str, int]]:
    found = []
    for block in section.blocks:
        if isinstance(block, Prose):
            for match in _HEADING.finditer(block.text):
                found.append((match[1], block.line + block.text.count("\n", 0, match.start())))
    return found


def _title_and_headings(section: Section, wanted: Mapping[str, Any]) -> Iterator[Fault]:
    fix = f"keep to {PLAN}, or change it with the section"
    if section.title != wanted["title"]:
        yield Fault(section.path, 1, f"the plan's title is {wanted['title']}", section.title, fix, "warning")
    own = [name for name, _ in _headings(section) if name not in CLOSING]
    for name in wanted["headings"]:
        if name not in own:
            yield Fault(section.path, 0, f"no heading {name}", nearest(name, own, 0.3), fix, "warning")


def _closing(section: Section) -> Iterator[Fault]:
    names = [name for name, _ in _headings(section)]
    for name in CLOSING:
        if name not in names:
            yield Fault(section.path, 0, f"no heading {name}", section.title, f"close with `## {name}`", "warning")


def _taught(section: Section, wanted: Mapping[str, Any], saved: Mapping[str, Any]) -> Iterator[Fault]:
    fix = f"save it with #@save, or change {PLAN}"
    for name, signature in wanted["teaches"].items():
        record = saved.get(name)
        if record is None or record["section"] != section.docname:
            yield Fault(section.path, 0, f"the plan's {signature} is not saved here", name, fix)
        elif _normal(f"{name}{record['signature']}") != _normal(signature):
            yield Fault(section.path, 0, f"the plan says {signature}", f"{name}{record['signature']}", fix)


def _normal(signature: str) -> str:
    """Return a signature as Python writes it: ``1e-5`` and ``1e-05`` are one number."""
    try:
        return ast.unparse(ast.parse(f"def {signature}: ..."))
    except SyntaxError:
        return signature
