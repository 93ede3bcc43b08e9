"""Cards: what a reference leads to, shown beside it while the pointer or the keyboard's focus is on the link.

What lies on the same page the script copies from there: figures, tables, equations, entries of the bibliography. The
rest stands in the page, in ``<template>``s: a sentence, a formula or a picture's address for each place that the page
refers to. So a card needs no request, opens at once and works from a folder; pages of many references grow by a few
kilobytes.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping

from docutils import nodes as docutils_nodes

from d2lbook.book.numbering import Target
from d2lbook.book.references import reference_text
from d2lbook.doctree.inventory import Record
from d2lbook.doctree.previews import Piece, Preview
from d2lbook.files import beside
from d2lbook.site.pages import PageBuilder

WIDEST, HIGHEST = 320, 200
"""Pixels of a picture on a card."""


def card_formulas(records: Iterable[Record], previews: Mapping[str, Preview]) -> set[tuple[str, bool]]:
    """Return the formulas on the cards of these pages."""
    labels = {label for record in records for label in record.references}
    return {formula for label in labels if label in previews for formula in previews[label].formulas}


def cards(builder: PageBuilder, document: docutils_nodes.document) -> str:
    """Return the cards of the page being written, as templates."""
    links = {link["refuri"]: link["label"] for link in document.findall(docutils_nodes.reference) if "label" in link}
    found = ((address, builder.domain.targets[label]) for address, label in links.items())
    return "\n".join(
        f'<template data-card="{html.escape(address)}">{_card(builder, target)}</template>'
        for address, target in found
        if target.kind == "section" or target.docname != builder.current_docname
    )


def _card(builder: PageBuilder, target: Target) -> str:
    preview = builder.domain.previews.get(target.label, Preview())
    if target.kind == "equation":
        formula = builder.this_build.formula(preview.formula, True).html
        number = f'<span class="number">（{target.number}）</span>' if target.number else ""
        return f'<div class="equation"><div class="formula">{formula}</div>{number}</div>'
    title, words = (_line(builder, pieces) for pieces in (preview.title, preview.words))
    number = target.number if target.kind == "section" else reference_text(target, "numref") if target.number else ""
    mark = f'<span class="number">{html.escape(builder.say(number))}</span> ' if number else ""
    picture = _picture(builder, target.docname, preview) if preview.picture else ""
    if target.kind == "section":
        return f"<p><b>{mark}{title}</b></p>" + (f"<p>{words}</p>" if words else "")
    return f"{picture}<p>{mark}{title}</p>"


def _line(builder: PageBuilder, pieces: Iterable[Piece]) -> str:
    return "".join(_markup(builder, piece) for piece in pieces)


def _markup(builder: PageBuilder, piece: Piece) -> str:
    if piece.kind == "math":
        return f'<span class="math">{builder.this_build.formula(piece.text, False).html}</span>'
    if piece.kind == "key":
        known = builder.this_build.bibliography.known([piece.text])
        return html.escape(known[0].short if known else piece.text)
    if piece.kind == "code":
        return f"<code>{html.escape(piece.text, quote=False)}</code>"
    return html.escape(builder.say(piece.text), quote=False)


def _picture(builder: PageBuilder, docname: str, preview: Preview) -> str:
    """Return a figure's picture, small; nothing if it is not beside the pages."""
    source = beside(docname, preview.picture)
    if source not in builder.env.images:
        return ""
    builder.images.setdefault(source, builder.env.images[source][1])
    width, height, paper = builder.facts(source)
    scale = min(1.0, WIDEST / max(width, 1), HIGHEST / max(height, 1))
    size = f' width="{width * scale:.0f}" height="{height * scale:.0f}"' if width and height else ""
    return (
        f'<img class="{"paper" if paper else "drawn"}" src="{html.escape(builder.picture(source))}"{size} '
        f'alt="{html.escape(builder.say(preview.words_for_picture))}">'
    )
