"""The builder: reads the book as the site does, and writes an EPUB for each backend and edition asked for."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from docutils import nodes as docutils_nodes
from markupsafe import escape
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util._pathlib import _StrPath

from d2lbook.doctree.answers import gather_answers
from d2lbook.doctree.choice import choose_backend
from d2lbook.doctree.conversion import convert_tree
from d2lbook.doctree.editions import Edition
from d2lbook.doctree.warnings import warn
from d2lbook.epub.package import Entry, Package
from d2lbook.epub.xhtml import xhtml
from d2lbook.markup.spelled import spelled
from d2lbook.site import katex
from d2lbook.site.context import plain
from d2lbook.site.navigation import Navigation
from d2lbook.site.pages import PageBuilder
from d2lbook.site.writer import BookTranslator
from d2lbook.words.language import is_chinese

STYLES = Path(__file__).with_name("book.css")


@dataclass(frozen=True)
class Volume:
    """One EPUB to be made."""

    backend: str
    edition: Edition
    target: Path


class EpubBuilder(PageBuilder):
    """Writes the EPUBs that ``volumes`` names."""

    name = "d2lbook-epub"
    volumes: tuple[Volume, ...] = ()
    allow_parallel = True

    def __init__(self, app: Sphinx, env: BuildEnvironment) -> None:
        """Take the build from the configuration."""
        super().__init__(app, env)
        self.this_build.builder = self

    def init(self) -> None:
        """Name pages as the format wants it."""
        super().init()
        self.out_suffix = self.link_suffix = ".xhtml"

    def init_css_files(self) -> None:
        """Leave the style sheet to the package."""

    def init_js_files(self) -> None:
        """Know no script."""

    def copy_assets(self) -> None:
        """Leave it to each EPUB."""

    def finish(self) -> None:
        """Leave it to each EPUB."""

    # ---- what the site's writer asks, as a page of an EPUB has it ----

    def up(self, docname: str) -> str:
        """Return the way from a page to the package's folder."""
        return "../" * docname.count("/")

    def facts(self, source: str) -> tuple[int, int, bool]:
        """Return width and height of a picture; nothing here has a dark variant."""
        return (*super().facts(source)[:2], False)

    def _write_dark(self, folder: Path, name: str, picture: bytes | Path, *, anew: bool) -> bool:
        return False

    # ---- writing ----

    def write_documents(self, docnames: AbstractSet[str]) -> None:
        """Write every EPUB."""
        pages = self.domain.pages
        in_titles = [node for title in self.env.titles.values() for node in title.findall(docutils_nodes.math)]
        wanted = {(tex, display) for page in pages.values() for tex, display, _ in page.formulas}
        wanted |= {(node.astext(), False) for node in in_titles}
        self.this_build.formulas = self.this_build.katex.render(wanted)
        for docname, page in pages.items():
            for tex, display, line in page.formulas:
                if error := self.this_build.formulas[tex, display].error:
                    warn((docname, line), *katex.refusal(tex, error))
        work = Path(self.outdir)
        for volume in self.volumes:
            self._write_volume(volume, work / f"{volume.backend}{volume.edition.suffix}")

    def _write_volume(self, volume: Volume, work: Path) -> None:
        shutil.rmtree(work, ignore_errors=True)
        self.outdir, self.edition, self.images = _StrPath(work), volume.edition, {}
        book, edition = self.this_build.book, volume.edition
        titles = {name: escape(self.say(_words(node))) for name, node in self.env.titles.items()}
        self.navigations[edition.name] = Navigation(book, titles)
        opening, closing = "（）" if is_chinese(book.config.lang) else (" (", ")")
        package = Package(
            title=f"{edition.say(book.config.title)}{opening}{book.config.backend(volume.backend).title}{closing}",
            author=edition.say(book.config.author),
            rights=edition.say(book.config.copyright),
            language=edition.language,
            edition=f"{volume.backend} {book.config.release}",
            modified=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(_now())),
            contents_title=edition.own("目录"),
        )
        for section in book.sections:
            if section.docname in self.env.titles:
                self._write_page(section.docname, volume.backend, package)
        self.copy_image_files()
        package.files["book.css"] = STYLES.read_bytes()
        for file in sorted(path for path in work.rglob("*") if path.is_file()):
            package.files[file.relative_to(work).as_posix()] = file.read_bytes()
        package.entries = [Entry(f"{book.config.index}.xhtml", edition.say(book.config.title)), *self._entries()]
        package.write(volume.target)

    def _entries(self, parent: str = "") -> list[Entry]:
        navigation, book = self.navigation, self.this_build.book
        names = [name for name in book.children.get(parent or book.config.index, ()) if name in navigation.titles]
        return [Entry(f"{name}.xhtml", plain(navigation.label(name)), tuple(self._entries(name))) for name in names]

    def _write_page(self, docname: str, backend: str, package: Package) -> None:
        self.current_docname = docname
        self.highlighted.clear()
        self.imgpath = self.up(docname) + self.imagedir
        tree = self.env.get_doctree(docname)
        choose_backend(tree, backend)
        self.env.apply_post_transforms(tree, docname)
        self.post_process_images(tree)
        answers = gather_answers(tree, self.own("答案"), (self.own("答案"), self.own("练习")))
        if answers is not None:
            top = next(iter(tree.findall(docutils_nodes.section)), tree)
            top.append(answers)
        if self.edition.converted:
            convert_tree(tree, self.say)
        tree.settings = self.docsettings
        visitor = cast(BookTranslator, self.create_translator(tree, self))
        tree.walkabout(visitor)
        body, ids = xhtml("".join(visitor.fragment))
        number, title = self.this_build.book.number(docname), self.navigation.titles[docname]
        package.add_page(f"{docname}.xhtml", f"{number} {plain(title)}".strip(), body, ids)


def _words(title: docutils_nodes.Element) -> str:
    """Return a title as text, formulas spelled out."""
    return "".join(
        spelled(node.astext()) if isinstance(node.parent, docutils_nodes.math) else str(node)
        for node in title.findall(docutils_nodes.Text)
    )


def _now() -> int:
    return int(os.environ.get("SOURCE_DATE_EPOCH", time.time()))
