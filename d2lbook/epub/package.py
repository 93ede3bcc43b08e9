"""The package of an EPUB 3: manifest, reading order, contents, one zip whose first file names its kind."""

from __future__ import annotations

import functools
import posixpath
import re
import uuid
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path
from urllib.parse import unquote, urlsplit

from markupsafe import Markup

from d2lbook.files import write_whole

EPOCH = (1980, 1, 1, 0, 0, 0)
"""Time of the files in the zip, so that the same book gives the same bytes."""
KINDS = {
    "xhtml": "application/xhtml+xml", "css": "text/css", "svg": "image/svg+xml", "png": "image/png",
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "woff2": "font/woff2",
    "txt": "text/plain",
}  # fmt: skip
CONTAINER = """\
<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="OEBPS/content.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>
"""
_LINK = re.compile(r'<a\b([^>]*) href="([^"]*)"([^>]*)>(.*?)</a>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the contents."""

    file: str
    title: str
    below: tuple[Entry, ...] = ()


@dataclass(kw_only=True)
class Package:
    """One EPUB on its way."""

    title: str
    author: str
    rights: str
    language: str
    edition: str
    """What tells it from others of the same title, such as the backend and the release."""
    modified: str
    """When the book was made, as ``2026-11-30T00:00:00Z``."""
    contents_title: str
    entries: Sequence[Entry] = ()
    files: dict[str, bytes] = field(default_factory=dict)
    """Names, relative to the package's folder."""
    order: list[str] = field(default_factory=list)
    """Pages in reading order."""
    ids: dict[str, frozenset[str]] = field(default_factory=dict)
    """Ids of each page."""

    def add_page(self, name: str, title: str, body: str, ids: frozenset[str]) -> None:
        """Put in a page, whose ``body`` is XHTML."""
        style = posixpath.relpath("book.css", posixpath.dirname(name) or ".")
        page = Markup(
            '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" '
            'xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="{0}" lang="{0}">\n<head><meta charset="utf-8" />'
            '<title>{1}</title><link rel="stylesheet" type="text/css" href="{2}" /></head>\n<body>\n{3}\n</body>\n'
            "</html>\n"
        ).format(self.language, title, style, Markup(body))
        self.files[name], self.ids[name] = str(page).encode(), ids
        self.order.append(name)

    def write(self, target: Path) -> Path:
        """Write the EPUB."""
        for name in self.order:
            checked = functools.partial(self._checked, name)
            self.files[name] = _LINK.sub(checked, self.files[name].decode()).encode()
        whole = BytesIO()
        with zipfile.ZipFile(whole, "w") as packed:
            packed.writestr(zipfile.ZipInfo("mimetype", EPOCH), "application/epub+zip", zipfile.ZIP_STORED)
            parts = {"META-INF/container.xml": CONTAINER.encode(), "OEBPS/content.opf": self._manifest().encode()}
            parts["OEBPS/nav.xhtml"] = self._contents().encode()
            parts |= {f"OEBPS/{name}": data for name, data in sorted(self.files.items())}
            for name, data in parts.items():
                packed.writestr(zipfile.ZipInfo(name, EPOCH), data, zipfile.ZIP_DEFLATED, 9)
        return write_whole(target, whole.getvalue())

    def _checked(self, page: str, match: re.Match[str]) -> str:
        """Return a link as it is; one to a place that another backend has alone leads to the page, or nowhere."""
        before, address, after, words = match.groups()
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            return match[0]
        name = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path))) if parts.path else page
        if name in self.ids and (not parts.fragment or unquote(parts.fragment) in self.ids[name]):
            return match[0]
        if name in self.ids and parts.path:
            return f'<a{before} href="{parts.path}"{after}>{words}</a>'
        return words

    def _manifest(self) -> str:
        items = [Markup('<item id="nav" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav" />')]
        numbers = {name: f"f{place}" for place, name in enumerate(sorted(self.files))}
        for name, number in numbers.items():
            text = self.files[name] if name.endswith(".xhtml") else b""
            holds = " ".join(kind for kind, mark in (("mathml", b"<math"), ("svg", b"<svg")) if mark in text)
            line = Markup('<item id="{}" href="{}" media-type="{}"{} />').format(
                number, name, KINDS[name.rpartition(".")[2].lower()],
                Markup(' properties="{}"').format(holds) if holds else "",
            )  # fmt: skip
            items.append(line)
        identifier = uuid.uuid5(uuid.NAMESPACE_OID, f"{self.title} {self.author} {self.language} {self.edition}")
        spine = [Markup('<itemref idref="{}" />').format(numbers[name]) for name in self.order]
        return str(
            Markup(
                '<?xml version="1.0" encoding="UTF-8"?>\n<package xmlns="http://www.idpf.org/2007/opf" version="3.0" '
                'unique-identifier="id" xml:lang="{language}">\n<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
                '<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>\n<dc:title>{title}</dc:title>\n'
                "<dc:language>{language}</dc:language>\n<dc:creator>{author}</dc:creator>{rights}"
                '\n<meta property="dcterms:modified">{modified}</meta>\n</metadata>\n<manifest>\n{items}\n</manifest>\n'
                "<spine>\n{spine}\n</spine>\n</package>\n"
            ).format(
                language=self.language,
                identifier=identifier,
                title=self.title,
                author=self.author,
                rights=Markup("\n<dc:rights>{}</dc:rights>").format(self.rights) if self.rights else "",
                modified=self.modified,
                items=Markup("\n").join(items),
                spine=Markup("\n").join([*spine[:1], Markup('<itemref idref="nav" />'), *spine[1:]]),
            )
        )

    def _contents(self) -> str:
        return str(
            Markup(
                '<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE html>\n<html xmlns="http://www.w3.org/1999/xhtml" '
                'xmlns:epub="http://www.idpf.org/2007/ops" xml:lang="{0}" lang="{0}">\n<head><meta charset="utf-8" />'
                '<title>{1}</title><link rel="stylesheet" type="text/css" href="book.css" /></head>\n<body>\n'
                '<nav epub:type="toc" id="toc"><h1>{1}</h1>\n{2}\n</nav>\n</body>\n</html>\n'
            ).format(self.language, self.contents_title, _list(self.entries))
        )


def _list(entries: Sequence[Entry]) -> Markup:
    lines: list[Markup] = []
    for entry in entries:
        below = _list(entry.below) if entry.below else ""
        lines.append(Markup('<li><a href="{}">{}</a>{}</li>').format(entry.file, entry.title, below))
    return Markup("<ol>{}</ol>").format(Markup("\n").join(lines))
