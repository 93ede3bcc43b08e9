"""The picture of the engine in the READMEs: from sources to what readers get, data going one way."""

from __future__ import annotations

from scripts.figures.style import BLUE, CODE, GREEN, GREY, GREYED, ORANGE, SMALL, YELLOW, Box, Canvas, Tone, figure


@figure("architecture")
def architecture() -> Canvas:
    """Sources above, readers below; the store and the library are committed."""
    canvas = Canvas(480, 648)

    def room(x: float, y: float, width: float, label: str, tone: Tone, height: float = 44) -> Box:
        return canvas.box(x, y, width, height, label, tone, size=SMALL, family=CODE, radius=5)

    sources = room(4, 8, 472, "config.ini, chapters_md/", GREYED, 40)
    parse = room(110, 84, 260, "markup: parse\nSection", BLUE, 56)
    book = room(110, 176, 260, "book, project\nProjection", BLUE, 56)
    digest = room(4, 274, 160, "freshness\ndigest", BLUE, 56)
    library = room(316, 274, 160, "library\n#@save, slices", BLUE, 56)
    execute = room(4, 376, 160, "execute\none kernel each", BLUE, 56)
    generated = room(316, 376, 160, "d2l/\nbase + 4", ORANGE, 56)
    store = room(4, 482, 300, "store: static/outputs/", ORANGE, 44)
    site = room(4, 580, 226, "site: pages\nprose + outputs", GREEN, 56)
    package = room(250, 580, 226, "package: notebooks\nprose + outputs", GREEN, 56)
    contract = room(330, 482, 146, "contract", YELLOW, 44)

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
    canvas.arrow((contract.x + 66, generated.y + 56), (contract.x + 66, contract.y))
    canvas.arrow((store.x + 100, store.y + 44), (site.x + 100, site.y))
    canvas.arrow((store.x + 250, store.y + 44), (package.x + 70, package.y))
    return canvas
