"""What a notebook may put on a page: text, tables and drawings, never a script, a handler or a foreign address."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from d2lbook.doctree import nodes
from d2lbook.doctree.outputs import harmless_svg, output_nodes, sanitised

from .site_book import PLOT, shown

ALIVE = re.compile(
    r"<(script|style|iframe|object|embed|form|input|svg:script|foreignObject)|<[^>]*(\son\w+\s*=|script:|evil|steal)",
    re.I,
)


@pytest.mark.parametrize(
    ("dirty", "kept"),
    [
        ("<script>steal()</script>好", "好"),
        ("<scr<script>ipt>steal()</script>好", "好"),
        ('<b onclick="steal()">好</b>', "<b>好</b>"),
        ("<b OnMouseOver=steal() >好</b>", "<b>好</b>"),
        ('<img src="data:image/png;base64,AAAA" onerror="steal()">', '<img src="data:image/png;base64,AAAA">'),
        ('<a href="javascript:steal()">好</a>', "好"),
        ('<a href="java\tscript:steal()">好</a>', "好"),
        ('<a href="&#106;avascript:steal()">好</a>', "好"),
        ('<a href="data:text/html,<script>steal()</script>">好</a>', "好"),
        ('<img src="https://evil.example/spy.png">好', "好"),
        ('<div style="background:url(https://evil.example)">好</div>', "<div>好</div>"),
        ("<style>*{background:url(//evil.example)}</style>好", "好"),
        ('<iframe src="https://evil.example"></iframe>好', "好"),
        ('<form action="https://evil.example"><input name="q"></form>好', "好"),
        ('<svg><script>steal()</script></svg><math><mi xlink:href="javascript:steal()">好</mi></math>', ""),
        ("<table><tr><td>好", "好</td></tr></tbody></table>"),
        ("</div></article></main>好", "好"),
        ("<b>好<i", "<b>好"),
        ('<div id="content" data-tab="jax">好</div>', "<div>好</div>"),
        ("<!-- <script>steal()</script> -->好", "好"),
    ],
)
def test_html_comes_out_harmless_and_closed(dirty: str, kept: str) -> None:
    clean = sanitised(dirty)
    assert kept in clean and not ALIVE.search(clean)
    assert all(clean.count(f"<{tag}") == clean.count(f"</{tag}>") for tag in ("div", "b", "a", "table", "td"))


def test_tables_of_pandas_stay_tables() -> None:
    frame = '<div><style scoped>.dataframe{}</style><table border="1" class="dataframe"><thead><tr><th>房价</th></tr>'
    clean = sanitised(frame + "</thead><tbody><tr><td>3.5</td></tr></tbody></table></div>")
    assert '<table class="dataframe"><thead><tr><th>房价</th></tr>' in clean and "<td>3.5</td>" in clean


DIRTY_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="10" height="10" '
    'onload="steal()"><script>steal()</script><a xlink:href="javascript:steal()"><rect onclick="steal()" width="3" '
    'height="3"/></a><foreignObject><body xmlns="http://www.w3.org/1999/xhtml"><script>steal()</script></body>'
    '</foreignObject><image href="https://evil.example/spy.png"/><text>字</text></svg>'
)


def test_a_drawing_keeps_its_shapes_and_loses_what_runs() -> None:
    clean = harmless_svg(DIRTY_SVG.encode()).decode()
    assert not ALIVE.search(clean)
    root = ET.fromstring(clean)
    assert [element.tag.rpartition("}")[2] for element in root.iter()] == ["svg", "a", "rect", "image", "text"]
    plot = ET.fromstring(harmless_svg(PLOT.format(end=150).encode()))
    assert plot.get("viewBox") == "0 0 252 180" and plot[0].get("d") == "M20 20C60 120 120 150 240 150"


@pytest.mark.parametrize("broken", ["<svg", "no drawing", '<svg xmlns="http://www.w3.org/2000/svg"><path></svg>'])
def test_a_broken_drawing_is_an_empty_one(broken: str, tmp_path: Path) -> None:
    (holder,) = output_nodes([shown({"image/svg+xml": broken})], tmp_path)
    (picture,) = holder.children
    assert isinstance(picture, nodes.picture)
    assert len(ET.fromstring((tmp_path / picture["file"]).read_bytes())) == 0


def test_a_drawing_beside_the_pages_is_the_harmless_one(tmp_path: Path) -> None:
    (holder,) = output_nodes([shown({"image/svg+xml": DIRTY_SVG, "text/plain": "<Figure>"})], tmp_path)
    (picture,) = holder.children
    assert isinstance(picture, nodes.picture)
    assert not ALIVE.search((tmp_path / picture["file"]).read_text(encoding="utf-8"))
