"""Formulas that KaTeX rejects, told without a site: those of the sources, from the cache that sites keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from markdown_it.token import Token

from d2lbook.book.book import Book
from d2lbook.errors import Fault
from d2lbook.markup.formulas import aligned
from d2lbook.markup.grammar import prose_tokens
from d2lbook.site.katex import Formula, Katex, refusal
from d2lbook.site.unchanged import WORK

_KINDS = {"math_inline": False, "math_inline_double": True, "math_block": True}
"""Kinds of tokens that are formulas, and whether they stand on lines of their own."""


def formula_faults(book: Book) -> tuple[Fault, ...]:
    """Return the formulas of the text that no page can show, each with its line; what was seen before is not asked."""
    found: dict[Formula, list[tuple[str, int]]] = {}
    for section in book.sections:
        for prose in section.prose:
            for tex, display, line in _formulas(prose_tokens(prose.text) if "$" in prose.text else ()):
                found.setdefault((tex, display), []).append((section.path, prose.line + line))
    katex = Katex(book.config.cache_dir / WORK / "formulas")
    try:
        shown = katex.render(found)
    finally:
        katex.close()
    fix = "mend it, or write it so that KaTeX knows it"
    faults = (
        Fault(path, line, *refusal(tex, shown[tex, display].error), fix)
        for (tex, display), places in found.items()
        for path, line in places
        if shown[tex, display].error
    )
    return book.config.told(sorted(faults))


def _formulas(tokens: Sequence[Token], line: int = 0) -> Iterator[tuple[str, bool, int]]:
    """Yield TeX, whether it is displayed, and the line, from 0, of the formulas among tokens and what these hold."""
    for token in tokens:
        here = token.map[0] if token.map else line
        if token.type in _KINDS:
            tex, display = token.content, _KINDS[token.type]
            yield (aligned(tex) if display else tex), display, here
        row = here
        for child in token.children or ():
            yield from _formulas((child,), row)
            row += child.content.count("\n") + (child.type in ("softbreak", "hardbreak"))
        caption = token.meta.get("caption") if token.type == "table_open" else None
        if caption is not None:
            yield from _formulas((caption,), here)
