"""What the writer of a page asks the builder: the build, the edition being written, numbers, addresses, pictures."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast
from urllib.parse import quote

from docutils import nodes as docutils_nodes
from sphinx.application import Sphinx
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.environment import CONFIG_OK, BuildEnvironment

from d2lbook.book.named import own_file, picture_file
from d2lbook.doctree.inventory import BookDomain
from d2lbook.doctree.outputs import harmless, picture_size
from d2lbook.files import beside, write_changed, write_whole
from d2lbook.site.dark import dark_name, dark_variant, has_dark_variant
from d2lbook.site.moving import moving_picture
from d2lbook.site.navigation import Navigation
from d2lbook.site.notebooks import DOWNLOADS, download_name
from d2lbook.site.site_build import site_build_of


class PageBuilder(StandaloneHTMLBuilder):
    """The part of the site's builder that knows the surroundings of the page being written."""

    search = False
    copysource = False

    def __init__(self, app: Sphinx, env: BuildEnvironment) -> None:
        """Take the build from the configuration."""
        super().__init__(app, env)
        self.this_build = site_build_of(app.config)
        self.edition = self.this_build.wanted[0]
        """The edition that is being written."""
        self.highlighted: dict[tuple[str, str, bool], str] = {}
        """Markup of the code of the page being written, by source, language and whether errors in it are let pass."""
        self.navigations: dict[str, Navigation] = {}
        """Contents of the book by edition."""
        self._facts: dict[str, tuple[int, int, bool]] = {}
        self._same_engine = env.config_status == CONFIG_OK  # which Sphinx forgets before pages are written

    @property
    def domain(self) -> BookDomain:
        """The records of all pages."""
        return cast(BookDomain, self.env.get_domain(BookDomain.name))

    @property
    def navigation(self) -> Navigation:
        """The contents, in the words of the edition being written."""
        return self.navigations[self.edition.name]

    def say(self, text: str) -> str:
        """Return a text as the edition being written shows it."""
        return self.edition.say(text)

    def own(self, text: str) -> str:
        """Return a text of the engine's own in the language of the edition being written."""
        return self.edition.own(text)

    def numbers_of(self, docname: str) -> Mapping[str, str]:
        """Return the numbers of a page's anchors."""
        return self.domain.numbers.get(docname, {})

    # ---- addresses ----

    def link_from(self, docname: str) -> str:
        """Return the address of a document, from the page being written."""
        return self.get_relative_uri(self.current_docname, docname) or "#"

    def up(self, docname: str) -> str:
        """Return the way from a page to the site's folder."""
        return "../" * (docname.count("/") + self.edition.folder.count("/"))

    # ---- pictures ----

    def facts(self, source: str) -> tuple[int, int, bool]:
        """Return width, height, and whether a picture of the book has a dark variant; zeros if it cannot be read."""
        if source not in self._facts:
            file = picture_file(self.this_build.book.config, Path(self.srcdir) / source)
            data = file.read_bytes() if file else b""
            dark = has_dark_variant(source, harmless(source, data))
            self._facts[source] = (*picture_size(data), dark) if data else (0, 0, False)
        return self._facts[source]

    def picture(self, source: str) -> tuple[str, str]:
        """Return the addresses of a picture of the book and of its dark variant, from the page being written.

        The second is empty where there is none.
        """
        if source not in self.images:
            return source, ""
        name = self.images[source]
        drawing = self.edition.drawing(Path(self.srcdir) / source)
        folder, way = self.imagedir, self.imgpath
        if drawing is not None:
            folder = f"{self.edition.folder}{folder}"
            way = self.up(self.current_docname) + quote(folder)
            self._write_picture(Path(self.outdir) / folder, name, harmless(source, drawing.encode()))
        return f"{way}/{quote(name)}", f"{way}/{quote(dark_name(name))}" if self.facts(source)[2] else ""

    def moving(self, node: docutils_nodes.image, size: tuple[int, int]) -> str:
        """Return a picture of the book that moves, with its controls, in the edition's words; empty if it does not."""
        source, title = node["uri"], node.get("moving", "")
        file = picture_file(self.this_build.book.config, Path(self.srcdir) / source) if title else None
        if file is None:
            return ""
        drawing = self.edition.drawing(file)
        data = harmless(source, file.read_bytes() if drawing is None else drawing.encode())
        return moving_picture(data, self.say(title), node.get("alt", ""), size, self.own) or ""

    def downloaded(self, path: str) -> str:
        """Put a file of the book beside the pages; return its address from the page being written, empty if none."""
        source = beside(self.current_docname, path)
        file = own_file(self.this_build.book.config, Path(self.srcdir) / source)
        if file is None:
            return ""
        name = download_name(source)
        target = Path(self.outdir) / DOWNLOADS / name
        write_changed(target, harmless(source, file.read_bytes()))
        return f"{self.dlpath}/{quote(name)}"

    def place(self, name: str) -> tuple[str, str]:
        """Put a picture that a cell drew beside the pages, each variant if it isn't there; return their addresses."""
        folder, file = Path(self.outdir) / self.imagedir, self.this_build.pictures / name
        if not (folder / name).is_file():
            write_whole(folder / name, file.read_bytes(), durable=False)
        dark = self._write_dark(folder, name, file, anew=False)
        return f"{self.imgpath}/{name}", f"{self.imgpath}/{dark_name(name)}" if dark else ""

    def _write_picture(self, folder: Path, name: str, data: bytes) -> None:
        self._write_dark(folder, name, data, anew=write_changed(folder / name, data))

    def _write_dark(self, folder: Path, name: str, picture: bytes | Path, *, anew: bool) -> bool:
        """Write a picture's dark variant if it isn't there or may be another now; tell whether it has one.

        It may be where the picture itself is written ``anew``, or another engine makes the site.
        """
        target = folder / dark_name(name)
        if not anew and self._same_engine and target.is_file():
            return True
        variant = dark_variant(name, picture.read_bytes() if isinstance(picture, Path) else picture)
        if variant:
            write_changed(target, variant)
        return variant is not None

    def copy_image_files(self) -> None:
        """Put the book's pictures beside the pages, drawings without scripts: a reader may open one by its address."""
        for source, name in self.images.items():
            file = picture_file(self.this_build.book.config, Path(self.srcdir) / source)
            if file is None:
                continue  # the book has told of it
            self._write_picture(Path(self.outdir) / self.imagedir, name, harmless(source, file.read_bytes()))
