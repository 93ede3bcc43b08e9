"""What the template of a page needs to know besides the page's body."""

from __future__ import annotations

import html
from collections.abc import Sequence
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote

from markupsafe import Markup

from d2lbook.book.named import picture_file
from d2lbook.doctree.editions import Edition
from d2lbook.doctree.warnings import warn
from d2lbook.evidence.table import Row
from d2lbook.markup.spelled import spelled
from d2lbook.site.curves import curves_drawing, facts, stored_curves
from d2lbook.site.extras import EXTRA_PAGES, GLOSSARY, INDEX, LISTS, NOT_FOUND
from d2lbook.site.feed import CHANGES_FILE, FEED
from d2lbook.site.fragments import fragment, link
from d2lbook.site.navigation import Heading, Link
from d2lbook.site.pages import PageBuilder
from d2lbook.site.results import CHANGES, RESULTS, SCRIPT, STYLES

FACT_WORDS = {"runs": "次实际运行", "claims": "条断言成立", "versions": "软件版本", "date": "最近一次运行"}
"""What the facts of the front page are called."""


class PageContext(PageBuilder):
    """The part of the builder that speaks to the template."""

    runs: Sequence[Row]
    """What is known of every run."""
    extras: Sequence[str]
    """Names of the pages that no section is, but for the one that nobody links to."""

    def _context(self, docname: str, body: Markup, outline: list[Heading], lead: str) -> dict[str, Any]:
        config, navigation = self.this_build.book.config, self.navigation
        front = docname == config.index
        before, after = navigation.around(docname)
        number, title = self.this_build.book.number(docname), navigation.titles.get(docname, config.title)
        chapter = navigation.chapter_of(docname)
        opening, mark, rest = body.partition("</p>") if front else (Markup(""), Markup(""), body)
        return {
            "front": front,
            "opening": opening + mark,
            "body": rest,
            "title": f"{number} {plain(title)}".strip(),
            "description": lead,
            "up": self.up(docname),
            "home": self.link_from(config.index),
            "sidebar": navigation.sidebar(docname, self.link_from),
            "chapter": {"link": self.link_from(chapter), "title": navigation.label(chapter)}
            if chapter != docname
            else None,
            "outline": [item for item in outline if item.level in (2, 3)],
            "before": self._neighbour(before),
            "after": self._neighbour(after),
            "edit": self._edit_address(docname),
            "downloads": f"{config.repository_url}/releases/latest" if config.repository_url else "",
            "extras": self._extra_links(self.link_from),
            "address": self._address(docname),
            **(self._front() if front else {}),
            **self._edition_context(docname, self.up(docname)),
        }

    def _front(self) -> dict[str, Markup]:
        """Return what the front page shows of the stored runs."""
        config, book = self.this_build.book.config, self.this_build.book
        titles = {backend.name: backend.title for backend in config.backends}
        found: dict[str, Markup] = {}
        if curves := stored_curves(book, config.front_curves):
            place = link(self.link_from(config.front_curves), self.navigation.label(config.front_curves))
            found["curves"] = curves_drawing(curves, list(titles.values()), place, self.say)
        elif config.front_curves:
            warn((config.index, 0), "front_curves names no section whose plots show a loss", config.front_curves)
        if told := facts(self.runs, config.backends):
            words = [(name, self.own(word)) for name, word in FACT_WORDS.items()]
            address = self.link_from(RESULTS) if RESULTS in self.extras else ""
            found["facts"] = fragment("facts.html", facts=told, words=words, link=address)
        return found

    def _edition_context(self, name: str, up: str) -> dict[str, Any]:
        """Return what the template needs to know of the editions; ``up``: the way to the site's folder."""
        config, own = self.this_build.book.config, self.edition
        target = self.get_target_uri(name)
        others = [other for other in self.this_build.editions if other.name != own.name]
        marks = [
            dict(zip(("mark", "name", "lang"), other.mark, strict=True), link=up + quote(other.folder + target))
            for other in others
        ]
        named = self.this_build.editions if config.site_url and name != NOT_FOUND and others else ()
        return {
            "language": own.language,
            "locale": own.locale,
            "converted": own.converted,
            "project": self.say(config.title),
            "copyright": self.say(config.copyright),
            "root": up + own.folder,
            "feed": FEED if (config.root / CHANGES_FILE).is_file() else "",
            "scripts": f"{up}_static/{own.folder}",
            "picture": self._share_picture(),
            "editions": marks,
            "alternates": [(item.mark[2], self._address(name, item)) for item in named],
        }

    def _share_picture(self) -> str:
        """Return the address of the picture that other sites show beside a link; empty where there is none."""
        config = self.this_build.book.config
        file = picture_file(config, config.share_picture) if config.site_url and config.share_picture else None
        return f"{config.site_url}/_static/share{file.suffix.lower()}" if file else ""

    def _extra_context(
        self, name: str, body: Markup, up: str, link: Link, outline: Sequence[Heading] = ()
    ) -> dict[str, Any]:
        """Return what the template needs for a page that no section is."""
        title = self.own(EXTRA_PAGES[name])
        return {
            "front": False,
            "opening": "",
            "body": Markup('<section id="{}"><h1>{}</h1>\n{}</section>').format(name, title, body),
            "title": title,
            "description": "",
            "up": up,
            "home": link(self.this_build.book.config.index),
            "sidebar": self.navigation.sidebar(name, link),
            "extras": self._extra_links(link),
            "chapter": None,
            "outline": outline,
            "before": None,
            "after": None,
            "edit": "",
            "own": {"styles": STYLES, "script": SCRIPT} if name in (RESULTS, CHANGES) else None,
            "lists": LISTS if name in (GLOSSARY, INDEX) else "",
            "address": "" if name == NOT_FOUND else self._address(name),
            **self._edition_context(name, up),
        }

    def _address(self, name: str, edition: Edition | None = None) -> str:
        """Return a page's public address in an edition (default: the current one), empty where the site has none."""
        config = self.this_build.book.config
        target = "" if name == config.index else self.get_target_uri(name)
        return f"{config.site_url}/{(edition or self.edition).folder}{target}" if config.site_url else ""

    def _extra_links(self, link: Link) -> list[dict[str, str]]:
        return [{"link": link(name), "title": self.own(EXTRA_PAGES[name])} for name in self.extras]

    def _neighbour(self, docname: str) -> dict[str, str] | None:
        return {"link": self.link_from(docname), "title": self.navigation.label(docname)} if docname else None

    def _edit_address(self, docname: str) -> str:
        config = self.this_build.book.config
        return (
            f"{config.repository_url}/edit/main/{self.this_build.book.section(docname).path}"
            if config.repository_url
            else ""
        )


class _Words(HTMLParser):
    """Gathers what a reader sees of HTML, formulas spelled out."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.hidden = 0
        """Depth within a formula's markup."""
        self.formula = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        kind = str(dict(attrs).get("class") or "").split()
        if tag not in ("img", "br", "hr", "wbr", "path"):
            self.hidden += bool(self.hidden or "katex" in kind)
        self.formula = tag == "annotation"

    def handle_endtag(self, tag: str) -> None:
        self.hidden -= self.hidden > 0
        self.formula = False

    def handle_data(self, data: str) -> None:
        if self.formula:
            self.words.append(spelled(data))
        elif not self.hidden:
            self.words.append(data)


def plain(markup: str) -> str:
    """Return what a reader sees of a line of HTML; formulas are spelled out."""
    if "<" not in markup:
        return html.unescape(markup)
    words = _Words()
    words.feed(markup)
    words.close()
    return "".join(words.words)
