"""The picture of the engine in the READMEs: from sources to what readers get, data going one way."""

from __future__ import annotations

from scripts.figures.style import CODE, GREY, GREYED, OCHRE, ORANGE, SMALL, TEAL, VIOLET, Box, Canvas, Tone, figure


@figure("architecture")
def architecture() -> Canvas:
    """Sources above, readers below; the store and the library are committed."""
    canvas = Canvas(480, 754)

    def room(x: float, y: float, width: float, label: str, tone: Tone, height: float = 56) -> Box:
        return canvas.box(x, y, width, height, label, tone, size=SMALL, family=CODE, radius=5)

    sources = room(4, 8, 472, "config.ini, chapters_md/", GREYED, 40)
    parse = room(110, 84, 260, "markup, code, words\nSection", TEAL)
    book = room(110, 176, 260, "book\nProjection", TEAL)
    digest = room(4, 274, 160, "evidence\ndigest", TEAL)
    library = room(316, 274, 160, "library\n#@save, slices", TEAL)
    execute = room(4, 376, 160, "execute\none kernel each", TEAL)
    generated = room(316, 376, 160, "d2l/\nbase + 4", ORANGE)
    store = room(4, 482, 300, "evidence: static/outputs/", ORANGE)
    checks = room(330, 482, 146, "check\nwords, plan", OCHRE)
    doctree = room(4, 584, 226, "doctree\nprose + outputs", TEAL)
    notebooks = room(250, 584, 226, "notebooks\nprose + outputs", TEAL)
    site = room(4, 690, 105, "site", VIOLET)
    pdf = room(125, 690, 105, "pdf, epub", VIOLET)
    zips = room(250, 690, 226, "zip, Colab", VIOLET)

    canvas.arrow(sources.bottom, parse.top)
    canvas.arrow(parse.bottom, book.top)
    canvas.arrow((book.x + 40, book.y + 56), (digest.x + 100, digest.y))
    canvas.arrow((book.x + 220, book.y + 56), (library.x + 60, library.y))
    canvas.arrow(library.left, digest.right)
    canvas.text(240, 286, "slices", size=SMALL, colour=GREY)
    canvas.arrow((digest.x + 50, digest.y + 56), (execute.x + 50, execute.y))
    canvas.text(60, 353, "stale", size=SMALL, anchor="start", colour=GREY)
    canvas.arrow((digest.x + 140, digest.y + 56), (230, store.y), dash="6 4")
    canvas.text(226, 446, "fresh", size=SMALL, anchor="start", colour=GREY)
    canvas.arrow((execute.x + 50, execute.y + 56), (store.x + 50, store.y))
    canvas.arrow(library.bottom, generated.top)
    canvas.arrow(generated.left, execute.right, dash="6 4")
    canvas.arrow((checks.x + 66, generated.y + 56), (checks.x + 66, checks.y))
    canvas.arrow((store.x + 100, store.y + 56), (doctree.x + 100, doctree.y))
    canvas.arrow((store.x + 274, store.y + 56), (notebooks.x + 28, notebooks.y))
    canvas.arrow((site.x + 52, doctree.y + 56), (site.x + 52, site.y))
    canvas.arrow((pdf.x + 52, doctree.y + 56), (pdf.x + 52, pdf.y))
    canvas.arrow(notebooks.bottom, zips.top)
    return canvas
