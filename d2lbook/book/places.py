"""What of a section may have a number or a label: headings, figures, tables, equations, as the source has them.

Found once, when a section is parsed, and kept with it; ``numbering`` counts them. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from markdown_it.token import Token

from d2lbook.markup.grammar import prose_tokens
from d2lbook.markup.model import Block, Fold, Place, Prose, Section


def places(section: Section) -> Iterator[Place]:
    """Yield the places of a section, in the order of the source."""
    for prose, plain in _stretches(section.blocks):
        tokens = prose_tokens(prose.text)
        for index, token in enumerate(tokens):
            if not token.map:
                continue
            line, label = prose.line + token.map[0], token.meta.get("marks", {}).get("label", "")
            if token.type == "heading_open":
                level = int(token.tag[1:])
                yield Place("section", line, label, tokens[index + 1].content, level, plain and token.level == 0)
            elif found := _float(tokens, index):
                yield Place(found[0], line, found[1], found[2], 0, True)


def _float(tokens: Sequence[Token], index: int) -> tuple[str, str, str] | None:
    """Return kind, label and caption of the figure, table or equation that begins at a token, if it is counted."""
    token = tokens[index]
    marks = token.meta.get("marks", {})
    if token.type == "math_block":
        return ("equation", marks["eqlabel"], "") if "eqlabel" in marks else None
    if token.type == "table_open":
        caption = token.meta["caption"].content if "caption" in token.meta else ""
        return ("table", marks.get("label", ""), caption) if caption or "label" in marks else None
    image = lone_image(tokens, index)
    if image is None or not (image.content or "label" in marks):
        return None
    return "figure", marks.get("label", ""), image.content


def lone_image(tokens: Sequence[Token], index: int) -> Token | None:
    """Return the picture of the paragraph that begins at a token, if it holds nothing else."""
    if tokens[index].type != "paragraph_open":
        return None
    children = tokens[index + 1].children or []
    solid = [child for child in children if child.type not in ("text", "softbreak") or child.content.strip()]
    return solid[0] if len(solid) == 1 and solid[0].type == "image" else None


def _stretches(blocks: Iterable[Block], plain: bool = True) -> Iterator[tuple[Prose, bool]]:
    """Yield prose in order, and whether it is for every backend and in no fold."""
    for block in blocks:
        if isinstance(block, Prose):
            yield block, plain and not block.tabs
        elif isinstance(block, Fold):
            yield from _stretches(block.blocks, False)
