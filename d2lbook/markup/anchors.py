"""The anchors of a text: its headings, and the figures, tables and equations that have a number or a label."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from markdown_it.token import Token
from mdit_py_cjk_friendly import is_cjk

from d2lbook.markup.model import ALL, Anchor, AnchorKind, Tabs
from d2lbook.markup.spelled import spelled


def anchors_of(tokens: Sequence[Token]) -> Iterator[Anchor]:
    """Yield the anchors of a text in its order, whatever their tabs.

    A heading takes part in the numbering of its page only where every reader sees it: in no fold, no list and no
    tab's block.
    """
    blocks: list[tuple[bool, Tabs]] = []  # of each open block: whether every reader sees it, and whose it is
    for index, token in enumerate(tokens):
        if token.type == "d2l_open":
            own = () if token.meta["tabs"] == ALL else token.meta["tabs"]
            blocks.append((token.meta["kind"] == "tab" and not own, own or (blocks[-1][1] if blocks else ())))
        elif token.type == "d2l_close" and blocks:
            blocks.pop()
        elif token.type == "heading_open" and token.map:
            inline, marks = tokens[index + 1], token.meta.get("marks", {})
            counted = all(plain for plain, _ in blocks) and token.level == len(blocks)
            yield Anchor(
                "section", token.map[0] + 1, marks.get("label", ""), inline.content, plain_text(inline.children or ()),
                int(token.tag[1:]), counted, token.meta.get("marks_line", 0), blocks[-1][1] if blocks else (),
            )  # fmt: skip
        elif token.map and (found := _float(tokens, index)):
            yield replace(found, tabs=blocks[-1][1]) if blocks else found


def _float(tokens: Sequence[Token], index: int) -> Anchor | None:
    """Return the figure, table or equation that begins at a token, if it has a label or a caption."""
    token = tokens[index]
    marks = token.meta.get("marks", {})
    caption: Token | None = None
    kind: AnchorKind
    if token.type == "math_block":
        kind, label = "equation", marks.get("eqlabel", "")
    elif token.type == "table_open":
        kind, label, caption = "table", marks.get("label", ""), token.meta.get("caption")
    elif token.type == "paragraph_open" and (caption := lone_picture(tokens[index + 1].children or ())):
        kind, label = "figure", marks.get("label", "")
    else:
        return None
    title = caption.content if caption else ""
    if not (label or title) or token.map is None:
        return None
    plain = plain_text(caption.children or ()) if caption else ""
    return Anchor(kind, token.map[0] + 1, label, title, plain, 0, True, token.meta.get("marks_line", 0))


def lone_picture(children: Sequence[Token]) -> Token | None:
    """Return the picture among a paragraph's inline tokens if it holds nothing else."""
    solid = [child for child in children if child.type not in ("text", "softbreak") or child.content.strip()]
    return solid[0] if len(solid) == 1 and solid[0].type == "image" else None


def plain_text(children: Sequence[Token]) -> str:
    """Return inline tokens as text: code as written, formulas spelled out, names of the library, no other marks."""
    parts: list[str] = []
    for place, child in enumerate(children):
        if child.type == "d2l_role":
            parts.append(child.meta["value"] if child.meta["name"] in ("class", "func", "mod") else "")
        elif child.type == "softbreak":
            before, after = "".join(parts)[-1:], plain_text(children[place + 1 : place + 2])[:1]
            parts.append("" if is_cjk(before) or is_cjk(after) else "\n")
        elif child.type in ("math_inline", "math_inline_double"):
            parts.append(spelled(child.content))
        elif child.type != "image":
            parts.append(child.content)
    return "".join(parts)
