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


def test_the_letters_of_a_drawn_formula_stay_together() -> None:
    drawn = (
        '<svg xmlns="http://www.w3.org/2000/svg"><g>\n  <text x="1"><tspan>x</tspan><tspan dy="2">1</tspan></text>\n'
        "  <text>one\n  two<tspan>3</tspan> <tspan>4</tspan></text><text>5</text></g></svg>"
    )
    texts = ET.fromstring(harmless_svg(drawn.encode())).iter("{http://www.w3.org/2000/svg}text")
    assert ["".join(text.itertext()) for text in texts] == ["x1", "one two3 4", "5"]


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


def shapes(data: dict[str, object], folder: Path) -> list[str]:
    """Return what an output becomes: the kinds of nodes, and their text."""
    return [f"{node.tagname}: {node.astext()}" for holder in output_nodes([shown(data)], folder) for node in holder]


OBJECT = "<IPython.core.display.Latex object>"


@pytest.mark.parametrize(
    ("tex", "expected"),
    [
        (r"$\displaystyle \frac{1}{2}$", [r"math_block: \frac{1}{2}"]),
        (r"$$c^2$$", ["math_block: c^2"]),
        (r"\begin{align} a &= b \\ c &= d \end{align}", [r"math_block: \begin{align} a &= b \\ c &= d \end{align}"]),
        (r"\frac{1}{2}", [r"math_block: \frac{1}{2}"]),
        (r"The value $x$ is 50\% off.", ["paragraph: The value x is 50% off."]),
        (r"\section{Head} and $x$", [f"stream: {OBJECT}"]),
        (r"\begin{tabular}{l} a \end{tabular}", [f"stream: {OBJECT}"]),
    ],
)
def test_latex_is_formulas_and_words_or_the_text_beside_it(tex: str, expected: list[str], tmp_path: Path) -> None:
    assert shapes({"text/latex": tex, "text/plain": OBJECT}, tmp_path) == expected


def test_markdown_outputs_are_rendered_without_html_directives_or_files(tmp_path: Path) -> None:
    text = (
        "## Head\n\n**bold** `code` $x^2$ ~~no~~ <script>1</script> ![p](x.png) [l](page.md)\n\n| a |\n|---|\n| 1 |\n\n"
    )
    (holder,) = output_nodes([shown({"text/markdown": text + "```{include} /etc/hosts\n```\n"})], tmp_path)
    kinds = {node.tagname for node in holder.findall()}
    assert {"strong", "literal", "math", "struck", "table", "literal_block"} <= kinds
    assert not kinds & {"raw", "image", "section", "reference", "system_message"}
    assert "<script>1</script> p l" in holder.astext()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"text/html": '<div id="p"></div><script>Plot()</script>', "text/plain": "Figure"}, ["stream: Figure"]),
        ({"text/html": "<b>words</b><script>Plot()</script>", "text/plain": "Figure"}, ["markup: "]),
        ({"image/jpeg": "/9j/4A==", "text/plain": "jpg"}, ["stream: jpg"]),
        ({"image/png": "not base64!"}, ["stream: [image/png]"]),
        ({"application/x-unknown": "1"}, ["stream: [application/x-unknown]"]),
        ({"image/gif": "R0lGODlhAQABAIAAAP///wAAACH5BAAAAAAALAAAAAABAAEAAAICRAEAOw=="}, ["picture: "]),
    ],
)
def test_what_cannot_be_shown_falls_back_or_is_named(
    data: dict[str, object], expected: list[str], tmp_path: Path
) -> None:
    assert shapes(data, tmp_path) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("started -\b \bdone", "started done"),
        ("\b\b\bstep 0\b\b\b\b\b\bstep 1", "step 1"),
        ("\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x07 end", "link end"),
        ("\x1b[31mred\x1b[0m \x1b[38;5;208morange\x1b[m", "red orange"),
        ("form\x0cfeed, bell\x07, nul\x00, del\x7f, vt\x0b end", "formfeed, bell, nul, del, vt end"),
        ("10%\r20%\r\nnext\r\n", "20%\nnext"),
        ("half \ud800 pair", "half \ufffd pair"),
    ],
)
def test_text_arrives_as_a_terminal_shows_it(text: str, expected: str, tmp_path: Path) -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": text}
    (holder,) = output_nodes([stream], tmp_path)
    assert holder.astext() == expected
