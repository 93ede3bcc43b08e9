"""Pieces of pages: texts are escaped wherever they come from, markup stays, nothing unknown is passed over."""

from __future__ import annotations

import re
from pathlib import Path

import jinja2
import pytest
from markupsafe import Markup

from d2lbook import site
from d2lbook.site.extras import not_found, sitemap
from d2lbook.site.fragments import fragment, link
from d2lbook.site.results import Cell, Part, Table

from .site_book import BOTH, write_sample

BAD = "<b>\"甲\" & '乙'</b>"
SAFE = "&lt;b&gt;&#34;甲&#34; &amp; &#39;乙&#39;&lt;/b&gt;"


def test_texts_are_escaped_and_markup_stays() -> None:
    cells = [Cell(BAD, scope="row"), Cell(Markup("<code>{}</code>").format(BAD)), Cell("3", "text-right")]
    part = Part("a", BAD, Table((BAD, "秒"), [[cells]]), Markup("见<i>这里</i>"))
    html = fragment("results.html", head=[BAD], parts=[part], dated=False)
    assert BAD not in html and html.count(SAFE) == 5
    assert f'<th scope="row">{SAFE}</th><td><code>{SAFE}</code></td><td class="text-right">3</td>' in html
    assert f'<th scope="col">{SAFE}</th><th scope="col" class="text-right">秒</th>' in html
    assert "<p>见<i>这里</i></p>" in html


def test_addresses_are_escaped() -> None:
    assert link('a.html?x="1"&y', Markup("<b>甲</b>")) == '<a href="a.html?x=&#34;1&#34;&amp;y"><b>甲</b></a>'
    assert '<li><a href="/x.html">甲&amp;乙</a></li>' in not_found("/", iter([("/x.html", "甲&乙")]))
    told = sitemap(["https://site.test/甲.html", "https://site.test/a&b.html"])
    assert told.startswith('<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns=')
    assert "<loc>https://site.test/%E7%94%B2.html</loc>" in told and "<loc>https://site.test/a%26b.html</loc>" in told


def test_what_a_template_is_not_given_is_an_error() -> None:
    with pytest.raises(jinja2.UndefinedError):
        fragment("not_found.html", existing=())


def test_no_tag_of_a_page_is_escaped(tmp_path: Path) -> None:
    result = site.build(write_sample(tmp_path, BOTH), tmp_path / "html", jobs=1)
    assert result.faults == ()
    for page in sorted((tmp_path / "html").rglob("*.html")):
        html = page.read_text(encoding="utf-8")
        assert re.findall(r"&lt;/?(?:h\d|p|a|ul|li|div|section|nav|span)\b[^\n]{0,60}", html) == [], page
        assert html.count("<h1") == html.count("</h1>") == 1, page
