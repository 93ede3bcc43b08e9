"""Cards: what a reference leads to, shown beside it while the pointer or the keyboard's focus is on the link.

What lies on the same page the script copies from there: figures, tables, equations, entries of the bibliography. The
rest stands in the page, in ``<template>``s: a sentence, a formula or a picture's address for each place that the page
refers to. So a card needs no request, opens at once and works from a folder; pages of many references grow by a few
kilobytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from docutils import nodes as docutils_nodes
from markupsafe import Markup, escape

from d2lbook.book.numbering import Target
from d2lbook.book.references import reference_text
from d2lbook.doctree.inventory import Record, title_label
from d2lbook.doctree.previews import Piece, Preview
from d2lbook.files import beside
from d2lbook.site.fragments import fragment
from d2lbook.site.pages import PageBuilder
from d2lbook.words.language import is_chinese

WIDEST, HIGHEST = 320, 200
"""Pixels of a picture on a card."""


def card_formulas(records: Iterable[Record], previews: Mapping[str, Preview]) -> set[tuple[str, bool]]:
    """Return the formulas on the cards of these pages."""
    labels = {label for record in records for label in record.references}
    return {formula for label in labels if label in previews for formula in previews[label].formulas}


def cards(builder: PageBuilder, document: docutils_nodes.document) -> Markup:
    """Return the cards of the page being written, as templates."""
    links = {link["refuri"]: link["label"] for link in document.findall(docutils_nodes.reference) if "label" in link}
    found = ((address, builder.domain.targets[label]) for address, label in links.items())
    shown = [
        {"address": address, **_card(builder, target)}
        for address, target in found
        if target.kind == "section" or target.docname != builder.current_docname
    ]
    return fragment("cards.html", cards=shown)


def about(builder: PageBuilder, docname: str) -> tuple[Markup, str]:
    """Return the first sentence of a section, and how long it takes to read in the edition's words; empty if unsaid."""
    preview = builder.domain.previews.get(title_label(builder.this_build.book, docname), Preview())
    chinese = is_chinese(builder.this_build.book.config.lang)
    minutes = builder.say(f"{preview.minutes}分钟" if chinese else f"{preview.minutes} min") if preview.minutes else ""
    return _line(builder, preview.words), minutes


def _card(builder: PageBuilder, target: Target) -> dict[str, object]:
    """Return what the template needs to know of a place."""
    preview = builder.domain.previews.get(target.label, Preview())
    if target.kind == "equation":
        formula = Markup(builder.this_build.formula(preview.formula, True).html)
        return {"kind": "equation", "formula": formula, "number": target.number}
    number = target.number if target.kind == "section" else reference_text(target, "numref") if target.number else ""
    return {
        "kind": "section" if target.kind == "section" else "other",
        "number": builder.say(number),
        "title": _line(builder, preview.title),
        "words": _line(builder, preview.words),
        "picture": _picture(builder, target.docname, preview) if preview.picture else None,
    }


def _line(builder: PageBuilder, pieces: Iterable[Piece]) -> Markup:
    known = tuple(pieces)
    beside = zip(
        ("", *(piece.text[-1:] for piece in known)), known, (*(piece.text[:1] for piece in known[1:]), ""), strict=False
    )
    return Markup("").join(_markup(builder, before, piece, after) for before, piece, after in beside)


def _markup(builder: PageBuilder, before: str, piece: Piece, after: str) -> Markup:
    """Return a piece as markup; a formula keeps its distance from a letter before or after it."""
    if piece.kind == "math":
        formula = Markup(builder.this_build.formula(piece.text, False).html)
        kind = "math" + " after" * before.isalnum() + " before" * after.isalnum()
        return Markup('<span class="{}">{}</span>').format(kind, formula)
    if piece.kind == "key":
        known = builder.this_build.bibliography.known([piece.text])
        return escape(known[0].short if known else piece.text)
    if piece.kind == "code":
        return Markup("<code>{}</code>").format(piece.text)
    return escape(builder.say(piece.text))


def _picture(builder: PageBuilder, docname: str, preview: Preview) -> dict[str, object] | None:
    """Return a figure's picture, small, in its variants; nothing if it is not beside the pages."""
    source = beside(docname, preview.picture)
    if source not in builder.env.images:
        return None
    builder.images.setdefault(source, builder.env.images[source][1])
    width, height, _ = builder.facts(source)
    light, dark = builder.picture(source)
    scale = min(1.0, WIDEST / max(width, 1), HIGHEST / max(height, 1))
    known = bool(width and height)
    return {
        "variants": [("drawn light", light), ("drawn dark", dark)] if dark else [("paper", light)],
        "width": f"{width * scale:.0f}" if known else "",
        "height": f"{height * scale:.0f}" if known else "",
        "words": builder.say(preview.words_for_picture),
    }
