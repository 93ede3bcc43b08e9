"""The text of a doctree and the labels of a drawing, in Traditional Chinese: for site and PDF alike.

Code, mathematics, raw markup, outputs, and the names and titles of what is cited stay as they are, and so does every id
and address.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from docutils import nodes as docutils_nodes

from d2lbook.doctree import nodes

Say = Callable[[str], str]
"""A text to the text that an edition shows."""
_KEPT = (
    docutils_nodes.literal,
    docutils_nodes.FixedTextElement,
    docutils_nodes.math,
    docutils_nodes.raw,
    nodes.markup,
    nodes.code_name,
)
_LABEL = re.compile(r"(?<=>)[^<>]*[\u3400-\u9fff][^<>]*(?=<)")
_FONTS = {
    "Noto Sans CJK SC": "Noto Sans CJK TC",
    "Noto Serif CJK SC": "Noto Serif CJK TC",
    "Noto Sans Mono CJK SC": "Noto Sans Mono CJK TC",
    "Source Han Sans SC": "Source Han Sans TC",
    "PingFang SC": "PingFang TC",
    "HarmonyOS Sans SC": "HarmonyOS Sans TC",
    "Microsoft YaHei": "Microsoft JhengHei",
    "Hiragino Sans GB": "Heiti TC",
}
_FONT = re.compile("|".join(map(re.escape, sorted(_FONTS, key=len, reverse=True))))


def convert_tree(tree: docutils_nodes.Element, say: Say) -> None:
    """Convert every text below ``tree`` in place; texts side by side become one, so that a line's end cuts no word."""
    if isinstance(tree, docutils_nodes.image) and tree.get("alt"):
        tree["alt"] = say(tree["alt"])
    if any(isinstance(child, docutils_nodes.Text) for child in tree.children):
        tree.children = list(_joined(tree, say))
    for child in tree.children:
        if isinstance(child, docutils_nodes.Element) and not _is_kept(child):
            convert_tree(child, say)


def _joined(parent: docutils_nodes.Element, say: Say) -> Iterator[docutils_nodes.Node]:
    run = ""
    for child in (*parent.children, None):
        if isinstance(child, docutils_nodes.Text):
            run += str(child)
            continue
        if run:
            text = docutils_nodes.Text(say(run))
            parent.setup_child(text)
            yield text
            run = ""
        if child is not None:
            yield child


def _is_kept(node: docutils_nodes.Element) -> bool:
    if isinstance(node, _KEPT):
        return True
    classes = node["classes"]
    return (isinstance(node, docutils_nodes.reference) and "citation" in classes) or "entries" in classes


def convert_labels(svg: str, say: Say) -> str:
    """Return a drawing with its labels converted and fonts that fit; the same text if it has no Chinese label."""
    if not _LABEL.search(svg):
        return svg
    return _FONT.sub(lambda match: _FONTS[match[0]], _LABEL.sub(lambda match: say(match[0]), svg))
