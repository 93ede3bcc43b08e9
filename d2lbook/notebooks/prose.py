"""From the dialect to plain markdown, as Jupyter, Colab and editors show it.

The text stays as its author wrote it; marks in it are replaced at their offsets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import quote

from markdown_it.token import Token
from mdit_py_cjk_friendly import is_cjk

from d2lbook.book.book import Book
from d2lbook.book.named import own_file, page_named
from d2lbook.book.numbering import Numbering, Target
from d2lbook.book.references import cited_by, keys_of, link_to
from d2lbook.evidence.claims import format_value
from d2lbook.evidence.seeds import Runs
from d2lbook.evidence.spreads import pooled
from d2lbook.files import beside
from d2lbook.markup.anchors import lone_picture
from d2lbook.markup.formulas import environment_of
from d2lbook.markup.model import Prose, Role
from d2lbook.markup.names import CITATIONS, REFERENCES
from d2lbook.markup.uses import local_path, sources
from d2lbook.notebooks.places import Pair, ParsedProse, Place, SourceText, pairs, parse, plain_readers_see
from d2lbook.words.bibliography import Bibliography, CitationPiece, Reference, described
from d2lbook.words.language import named

UNKNOWN = "？"
"""Stands for a number that was not recorded."""


class Layout(Protocol):
    """Where a notebook's neighbours lie."""

    def document(self, origin: str, docname: str) -> str:
        """Return the address of a document's notebook, seen from that of ``origin``; empty if there is none."""

    def picture(self, origin: str, path: str) -> str:
        """Return the address of a picture, given by its path below the book's root."""

    def file(self, origin: str, path: str) -> str:
        """Return the address of a file that the text links to; empty if readers don't get it."""


@dataclass(frozen=True, slots=True)
class ProseContext:
    """What the prose of one notebook may refer to."""

    book: Book
    numbering: Numbering
    bibliography: Bibliography
    layout: Layout
    docname: str
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Recorded by the run that the notebook shows."""
    seeds: Mapping[str, Runs] = field(default_factory=dict)
    """Runs of the section under several seeds, by backend."""
    backend: str = ""
    """Whose notebook it is."""
    years: Mapping[str, str] = field(default_factory=dict)
    """Years of what the section cites, by key."""
    footnotes: frozenset[str] = frozenset()
    """Names of the section's footnotes."""
    noted: frozenset[str] = frozenset()
    """Names of the footnotes that what this reader sees refers to."""
    addresses: frozenset[tuple[str, str]] = frozenset()
    """Names that the section's ``[name]: address`` lines define, with their addresses."""
    note: str = ""
    """How the outputs came about; stands below the title."""


def markdown_of(prose: Prose, context: ProseContext) -> str:
    """Return a stretch of prose as plain markdown."""
    return _Rewriter(prose, context).text()


def footnotes_in(prose: Sequence[Prose]) -> frozenset[str]:
    """Return the names of the footnotes that stretches of prose define."""
    return frozenset(name for item in prose if "[^" in item.text for _, _, name in parse(item.text).notes)


def noted_in(prose: Sequence[Prose], footnotes: frozenset[str]) -> frozenset[str]:
    """Return the names of the footnotes that stretches of prose refer to, notes within notes too."""
    return frozenset(
        child.meta["label"]
        for item in prose
        if "[^" in item.text
        for token in parse(item.text, footnotes).tokens
        for child in token.children or ()
        if child.type == "footnote_ref" and child.meta.get("label")
    )


def addresses_in(prose: Sequence[Prose]) -> frozenset[tuple[str, str]]:
    """Return the names that ``[name]: address`` lines in stretches of prose define, with their addresses."""
    return frozenset(pair for item in prose if "]:" in item.text for pair in parse(item.text).addresses)


def listing(context: ProseContext, keys: Sequence[str]) -> str:
    """Return a markdown list of what ``keys`` cite; empty if nothing is known of them."""
    bibliography = context.bibliography
    years = bibliography.years(keys)
    return "\n".join(
        f"- {_described(item, years[item.key], bibliography)}" for item in bibliography.listing(keys, years)
    )


class _Rewriter:
    """Gathers replacements in one stretch, and makes them all at once."""

    def __init__(self, prose: Prose, context: ProseContext) -> None:
        self.prose, self.context = prose, context
        self.source = SourceText(prose.text)
        self.edits: list[tuple[int, int, str]] = []

    def text(self) -> str:
        parsed = parse(self.prose.text, self.context.footnotes, self.context.addresses)
        self._blocks(parsed.tokens)
        self._marks(parsed)
        for role in self.prose.roles:
            self._role(role)
        return "".join(self._pieces()).strip("\n")

    def _pieces(self) -> Iterator[str]:
        done, text = 0, self.prose.text
        for start, end, new in sorted(self.edits, key=lambda edit: edit[:2]):
            if start < done:  # inside of something that was replaced as a whole
                continue
            yield text[done:start]
            yield new
            done = end
        yield text[done:]

    def _edit(self, start: int, end: int, new: str) -> None:
        self.edits.append((start, end, new))

    def _lines(self, token: Token) -> tuple[int, int]:
        """Return the offsets of a block's lines, without the last line's end."""
        assert token.map
        end = self.source.offsets[min(token.map[1], len(self.source.offsets) - 1)]
        return self.source.offsets[token.map[0]], end - (self.prose.text[end - 1 : end] == "\n")

    def _anchor(self, token: Token) -> Target | None:
        return self.context.numbering.at(self.context.docname, self.prose.line + token.map[0]) if token.map else None

    # ---- blocks ----

    def _blocks(self, tokens: Sequence[Token]) -> None:
        lone: set[int] = set()
        for index, token in enumerate(tokens):
            if token.type == "inline":
                if index not in lone:
                    self._inline(token)
            elif token.type == "heading_open":
                self._heading(token, tokens[index + 1])
                lone.add(index + 1)
            elif token.type == "paragraph_open" and (picture := lone_picture(tokens[index + 1].children or ())):
                self._figure(token, tokens[index + 1], picture)
                lone.add(index + 1)
            elif token.type == "table_open":
                self._table(token)
            elif token.type == "math_block":
                self._equation(token)
            elif token.type == "dd_open":
                self._definition(token)
            elif token.type == "html_block":
                start, end = self._lines(token)
                self._html(self.prose.text[start:end], start.__add__)
            elif token.type == "fence" and token.info.strip() == "toc":
                self._edit(*self._lines(token), self._contents(token))
            elif token.type == "d2l_bibliography":
                self._edit(*self._lines(token), listing(self.context, cited_by(self.context.book)))

    def _heading(self, token: Token, inline: Token) -> None:
        place, anchor = self._inline(inline), self._anchor(token)
        if place and anchor:
            target = f'<a id="{anchor.label}"></a>' if anchor.label and not anchor.whole else ""
            self._edit(place(0), place(0), target + (f"{anchor.number} " if anchor.number else ""))
        if token.tag == "h1" and self.context.note:
            _, end = self._lines(token)
            self._edit(end, end, f"\n\n*{self.context.note}*\n")

    def _figure(self, token: Token, inline: Token, picture: Token) -> None:
        """Write a picture, and its caption below it with its number."""
        place, anchor = self.source.place(inline), self._anchor(token)
        if place is None:
            return
        begin, close, end = _picture_places(picture, place)
        path = self._path_of(picture)
        if anchor is None:
            self._edit(close, end, f"]({path})")
            return
        name = named("figure", anchor.number, self.context.book.config.lang)
        line_start = self.prose.text.rfind("\n", 0, begin) + 1
        prefix = re.sub(r"[^>\s]", " ", self.prose.text[line_start:begin])
        target = f'<a id="{anchor.label}"></a>' if anchor.label else ""
        space = " " if picture.content else ""
        self._edit(begin, begin + 2, f"{target}![{name}]({path})\n{prefix}\n{prefix}**{name}**{space}")
        self._edit(close, end, "")
        self._children(picture.children or [], picture.content, lambda offset: begin + 2 + offset)

    def _table(self, token: Token) -> None:
        """Write a table's caption with its number."""
        anchor = self._anchor(token)
        if anchor is None:
            return
        target = f'<a id="{anchor.label}"></a>' if anchor.label else ""
        name = f"{target}**{named('table', anchor.number, self.context.book.config.lang)}**"
        caption: Token | None = token.meta.get("caption")
        start, _ = self._lines(token)
        if caption is None:
            self._edit(start, start, f"{name}\n\n")
        elif place := self._inline(caption):
            if not self.prose.text[:start].endswith("\n\n"):
                self._edit(start, start, "\n")
            colon = place(0)
            text = self.prose.text[colon + 1 :]
            self._edit(colon, colon + 1 + len(text) - len(text.lstrip(" ")), f"{name} ")

    def _definition(self, token: Token) -> None:
        """Set a definition off from its term, as markdown without definition lists cannot."""
        start, _ = self._lines(token)
        if mark := re.match(r" {0,3}[:~]", self.prose.text[start:]):
            self._edit(start - 1, start + mark.end(), "  \n&emsp;")

    def _equation(self, token: Token) -> None:
        """Give a labelled equation its number as a tag, and rows without an environment theirs."""
        anchor, name = self._anchor(token), environment_of(token.content)
        if anchor is None and not name:
            return
        start, end = self._lines(token)
        opening, close = self.prose.text.find("$$", start, end) + 2, self.prose.text.rfind("$$", start, end)
        own_line = self.prose.text[close - 1] == "\n"
        tag = f"\\tag{{{anchor.number}}}" if anchor else ""
        if name:
            self._edit(opening, opening, f"\\begin{{{name}}}")
            tag = f"\\end{{{name}}}{tag}"
        self._edit(close, close, tag + ("\n" if own_line else ""))
        if anchor and token.level == 0:
            self._edit(start, start, f'<a id="{anchor.label}"></a>\n\n')

    def _contents(self, token: Token) -> str:
        """Return the list of documents that a ``toc`` fence names, to its depth."""
        context, line = self.context, self.prose.line + (token.map[0] if token.map else 0)
        toc = next((item for item in context.book.section(context.docname).tocs if item.line == line), None)
        names = context.book.listed(context.docname, toc) if toc else ()
        return "\n".join(self._entries(names, toc.depth if toc else 1, ""))

    def _entries(self, names: Sequence[str], depth: int, indent: str) -> Iterator[str]:
        book, context = self.context.book, self.context
        for name in names:
            address = context.layout.document(context.docname, name)
            yield f"{indent}- {_link(f'{book.number(name)} {book.section(name).title}'.strip(), address)}"
            if depth > 1:
                yield from self._entries(book.children[name], depth - 1, indent + "  ")

    # ---- inline ----

    def _inline(self, inline: Token) -> Place | None:
        """Rewrite what an inline token holds, roles aside; return where its content stands."""
        place = self.source.place(inline)
        if place is not None:
            content = str(inline.meta.get("content", inline.content))
            self._children(inline.children or [], content, place)
        return place

    def _children(self, children: Sequence[Token], content: str, place: Place) -> None:
        found = pairs(children)
        if not plain_readers_see(content, found):
            for pair in found:
                self._emphasis(pair, place)
        for child in children:
            if child.type == "softbreak" and "at" in child.meta:
                start, end = child.meta["at"], child.meta["to"]
                before, after = content[:start].rstrip(" *_")[-1:], content[end:].lstrip("*_")[:1]
                if is_cjk(before) or is_cjk(after):
                    self._edit(place(start), place(end), "")
            elif child.type == "image":
                _, close, end = _picture_places(child, place)
                self._edit(close, end, f"]({self._path_of(child)})")
            elif child.type == "footnote_ref":
                self._note(child, place(child.meta["at"]), place(child.meta["to"] - 1) + 1)
            elif child.type == "link_open" and "close" in child.meta:
                self._link(child, content, place)
            elif child.type in ("sub_open", "sup_open") and "at" in child.meta:
                start, end = place(child.meta["at"]), place(child.meta["to"] - 1)
                self._edit(start, start + 1, f"<{child.tag}>")
                self._edit(end, end + 1, f"</{child.tag}>")
            elif child.type == "math_inline_double" and (name := environment_of(child.content)):
                start, end = place(child.meta["at"]), place(child.meta["to"] - 1) + 1
                self._edit(start + 2, start + 2, f"\\begin{{{name}}}")
                self._edit(end - 2, end - 2, f"\\end{{{name}}}")
            elif child.type == "html_inline":
                self._html(child.content, _behind(place, child.meta["at"]))

    def _note(self, mark: Token, start: int, end: int) -> None:
        """Write the mark of a footnote; one that is written where it belongs stays there, in brackets."""
        if label := mark.meta.get("label", ""):
            self._edit(start, end, f"<sup>[{label}]</sup>")
        else:
            opening, closing = ("（", "）") if self.context.book.config.lang.startswith("zh") else (" (", ")")
            self._edit(start, start + 2, f"<small>{opening}")
            self._edit(end - 1, end, f"{closing}</small>")

    def _link(self, link: Token, content: str, place: Place) -> None:
        """Lead a link where its page or file lies for the reader; what is not there is named by the words alone."""
        address = str(link.attrs.get("href", ""))
        new = self._address_of(address)
        begin, close, end = place(link.meta["at"]), place(link.meta["close"]), place(link.meta["to"] - 1) + 1
        if not new:
            self._edit(begin, begin + 1, "")
            self._edit(close, end, "")
        elif new != address or content[link.meta["close"] + 1 : link.meta["close"] + 2] != "(":
            self._edit(close, end, f"]({new})")

    def _address_of(self, address: str) -> str:
        """Return where a link leads from the notebook; empty for what the reader has not."""
        path = local_path(address)
        if not path:
            return address
        context = self.context
        if page := page_named(context.docname, path, context.book.by_name):
            found = context.layout.document(context.docname, page)
            return found + ("#" + address.partition("#")[2] if found and "#" in address else "")
        below = beside(context.book.section(context.docname).path, path)
        if own_file(context.book.config, below) is None:
            return ""
        return quote(context.layout.file(context.docname, below), safe="/%:;,=+")

    def _html(self, html: str, place: Place) -> None:
        """Show the book's files that HTML names where they lie for the reader."""
        for match in sources(html):
            if path := local_path(match[1].strip("'\"")):
                below = beside(self.context.book.section(self.context.docname).path, path)
                if own_file(self.context.book.config, below):
                    new = quote(self.context.layout.picture(self.context.docname, below), safe="/%:;,=+")
                    self._edit(place(match.start(1)), place(match.end(1) - 1) + 1, f'"{new}"')

    def _emphasis(self, pair: Pair, place: Place) -> None:
        """Write an emphasis in HTML, where markdown without our grammar would show its asterisks."""
        opening, closing = pair
        length = len(opening.markup)
        tag = "strong" if length == 2 else "em"
        start, end = place(opening.meta["at"]) - (length - 1), place(closing.meta["at"])
        self._edit(start, start + length, f"<{tag}>")
        self._edit(end, end + length, f"</{tag}>")

    def _path_of(self, picture: Token) -> str:
        source = str(picture.attrs["src"])
        if not (name := local_path(source)):
            return source
        section = self.context.book.section(self.context.docname)
        path = beside(section.path, name)
        return quote(self.context.layout.picture(self.context.docname, path), safe="/%:;,=+")

    # ---- marks ----

    def _marks(self, parsed: ParsedProse) -> None:
        """Take out the marks that name what stands before them; write footnotes as paragraphs."""
        offsets, text = self.source.offsets, self.prose.text
        for line in parsed.mark_lines:
            self._edit(offsets[line], offsets[line + 1], "")
        for inline, mark in parsed.own_marks:
            start, end = self._lines(inline)
            at = text.rfind(mark, start, end)
            if at >= 0:
                self._edit(len(text[:at].rstrip(" ")), at + len(mark), "")
        for line, end, label in parsed.notes:
            mark = f"[^{label}]:"
            at = text.find(mark, offsets[line])
            if label not in self.context.noted:
                self._edit(at, offsets[min(end, len(offsets) - 1)], "")
                continue
            self._edit(at, at + len(mark), f"<sup>[{label}]</sup>")

    def _role(self, role: Role) -> None:
        start, end = self._with_blanks(role)
        text = self.prose.text
        if role.name in REFERENCES:
            new = self._reference(role, text[max(0, start - 12) : start], text[end : end + 1])
        elif role.name in CITATIONS:
            new = self._citation(role)
        elif role.name == "value":
            try:
                own = (self.context.backend,) if self.prose.tabs else ()
                new = format_value(role.value, self.context.metrics, pooled(self.context.seeds, own))
            except (KeyError, ValueError):
                new = UNKNOWN
        elif role.name in ("class", "func", "mod"):
            new = f"`{role.value}`"
        else:
            return
        self._edit(start, end, new)

    def _with_blanks(self, role: Role) -> tuple[int, int]:
        """Return a role's offsets, with blanks typed between it and a Chinese character."""
        text, start, end = self.prose.text, role.start, role.end
        if text[start - 1 : start] == " " and is_cjk(text[start - 2 : start - 1]):
            start -= 1
        if text[end : end + 1] == " " and is_cjk(text[end + 1 : end + 2]):
            end += 1
        return start, end

    def _reference(self, role: Role, before: str, after: str) -> str:
        target = self.context.numbering.targets.get(role.value)
        if target is None:
            return role.value
        link = link_to(target, role.name, before, after, backend=self.context.backend, markdown=True)
        if not link.docname:
            return link.text
        here = link.docname == self.context.docname
        address = "" if here else self.context.layout.document(self.context.docname, link.docname)
        if not link.whole and (here or address):
            address += f"#{link.label}"
        return _link(link.text, address)

    def _citation(self, role: Role) -> str:
        bibliography = self.context.bibliography
        pieces = bibliography.citation(keys_of(role.value), role.name, self.context.years)
        return "".join(_piece(piece, bibliography) for piece in pieces)


def _behind(place: Place, start: int) -> Place:
    """Return where offsets from ``start`` on stand."""
    return lambda offset: place(start + offset)


def _picture_places(picture: Token, place: Place) -> tuple[int, int, int]:
    """Return where a picture's mark begins, where the bracket after its words stands, and where the mark ends."""
    begin = picture.meta["at"]
    return place(begin), place(begin + 2 + len(picture.content)), place(picture.meta["to"] - 1) + 1


def _link(text: str, address: str) -> str:
    """Return a markdown link, or the text alone if it leads nowhere."""
    if not address:
        return text
    text = text.replace("[", "\\[").replace("]", "\\]")
    return f"[{text}](<{address}>)" if re.search(r"[\s()]", address) else f"[{text}]({address})"


def _piece(piece: CitationPiece, bibliography: Bibliography) -> str:
    text = f"*{piece.text}*" if piece.kind == "venue" else piece.text
    return _link(text, bibliography.references[piece.key].address) if piece.key else text


def _described(item: Reference, year: str, bibliography: Bibliography) -> str:
    return "".join(_piece(piece, bibliography) for piece in described(item, year))
