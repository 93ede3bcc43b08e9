"""HTML as the site writes it, as XHTML: every element closed, every value quoted, no entity but XML's, no script."""

from __future__ import annotations

from html import escape
from html.parser import HTMLParser

VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
WITHOUT = frozenset({"script", "style", "iframe", "object", "embed", "form", "input", "button", "template"})
"""Elements that are left out with what they hold."""
UNKNOWN = frozenset({"loading", "decoding", "fetchpriority", "align", "valign", "bgcolor", "nowrap", "cellpadding"})
"""Attributes of HTML that the format does not know, or no more."""
OBSOLETE = {"tt": "code", "center": "div", "font": "span", "big": "span", "strike": "s", "nobr": "span"}


class _Writer(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self.open: list[tuple[str, str]] = []
        """Elements that are open, with the names that they have here."""
        self.skipped = 0
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in WITHOUT:
            self.skipped += tag not in VOID
            return
        if self.skipped:
            return
        name = "span" if tag == "a" and "href" not in dict(attrs) else OBSOLETE.get(tag, tag)
        self.parts.append(f"<{name}{self._attributes(name, attrs)}{' /' if tag in VOID else ''}>")
        if tag not in VOID:
            self.open.append((tag, name))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def _attributes(self, tag: str, attrs: list[tuple[str, str | None]]) -> str:
        known: dict[str, str] = {}
        for name, value in attrs:
            text = value if value is not None else name
            foreign = name.startswith(("on", "data-")) or name in UNKNOWN or (name == "border" and tag == "table")
            foreign = foreign or (tag == "span" and name in ("rel", "target", "name"))
            if foreign or name in known or (name == "id" and (not text or text in self.ids)):
                continue
            if name in ("width", "height") and tag in ("img",) and not text.isdigit():
                continue
            known[name] = text
        if "id" in known:
            self.ids.add(known["id"])
        if tag == "math":
            known.setdefault("xmlns", "http://www.w3.org/1998/Math/MathML")
        return "".join(f' {name}="{escape(value)}"' for name, value in known.items())

    def handle_endtag(self, tag: str) -> None:
        if tag in WITHOUT:
            self.skipped -= self.skipped > 0 and tag not in VOID
            return
        if self.skipped or not any(known == tag for known, _ in self.open):
            return
        known = ""
        while known != tag:
            known, name = self.open.pop()
            self.parts.append(f"</{name}>")

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.parts.append(escape(_printable(data), quote=False))


def xhtml(markup: str) -> tuple[str, frozenset[str]]:
    """Return markup that is well-formed XML, and the ids within; an id that is there twice stays at the first place."""
    writer = _Writer()
    writer.feed(markup)
    writer.close()
    while writer.open:
        writer.parts.append(f"</{writer.open.pop()[1]}>")
    return "".join(writer.parts), frozenset(writer.ids)


def _printable(text: str) -> str:
    """Return a text without characters that XML does not know."""
    return "".join(sign for sign in text if sign >= " " or sign in "\t\n\r")
