"""What files and pages of the book a text names: pictures, media in HTML, links."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Literal
from urllib.parse import unquote

from markdown_it.token import Token

from d2lbook.markup.model import Use

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|/|#")
_SOURCE = re.compile(
    r"""<(?:img|video|audio|source|track|embed|iframe)\b[^>]*?\s(?:src|poster)\s*=\s*("[^"]*"|'[^']*'|[^\s>"']+)""",
    re.IGNORECASE,
)


def local_path(address: str) -> str:
    """Return the path that an address in a text names in the book, percent signs decoded; empty if it leads elsewhere.

    What stands behind ``#`` or ``?`` is no part of it.
    """
    if not address or _SCHEME.match(address):
        return ""
    return unquote(re.split(r"[#?]", address, maxsplit=1)[0])


def sources(html: str) -> Iterator[re.Match[str]]:
    """Yield where HTML names what it shows; group 1 is the address, with its quotes."""
    return _SOURCE.finditer(html)


def uses_of(tokens: Iterable[Token]) -> Iterator[Use]:
    """Yield the files and pages that a text names, in its order."""
    moves = False
    for token in tokens:
        first = token.map[0] + 1 if token.map else 0
        if token.type == "html_block":
            yield from _in_html(token.content, first)
        elif token.type == "inline":
            for use in _inline(token.children or (), first):
                yield replace(use, kind="moving") if moves and use.kind == "picture" else use
        moves = token.type == "paragraph_open" and "moving" in token.meta.get("marks", {})


def _inline(children: Sequence[Token], line: int) -> Iterator[Use]:
    for child in children:
        if child.type == "image":
            if path := local_path(str(child.attrs["src"])):
                yield Use("picture", path, line)
            line += child.content.count("\n")
        elif child.type == "link_open":
            address = str(child.attrs.get("href", ""))
            path = local_path(address)
            if child.info != "auto" and (path or not address):
                yield Use("link", path, line)
        elif child.type == "html_inline":
            yield from _in_html(child.content, line)
            line += child.content.count("\n")
        elif child.type in ("softbreak", "hardbreak"):
            line += 1
        else:
            line += child.content.count("\n")


def _in_html(html: str, line: int) -> Iterator[Use]:
    if "<!--" in html:
        html = re.sub(r"<!--.*?-->", lambda match: "\n" * match[0].count("\n"), html, flags=re.DOTALL)
    for match in sources(html):
        if path := local_path(match[1].strip("'\"")):
            kind: Literal["picture", "media"] = "picture" if match[0][:4].lower() == "<img" else "media"
            yield Use(kind, path, line + html.count("\n", 0, match.start(1)))
