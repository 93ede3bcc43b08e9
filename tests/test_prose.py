"""Prose of the dialect as plain markdown: marks replaced where they stand, everything else left as written."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from d2lbook.book import book as books
from d2lbook.book.references import cited_in
from d2lbook.markup.model import Prose
from d2lbook.notebooks import CrossReferences
from d2lbook.notebooks.prose import ProseContext, footnotes_in, markdown_of

from .test_markup import PIECES


@pytest.fixture(scope="module")
def anywhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prose")


class Nowhere:
    """A layout in which nothing lies beside the notebook."""

    def document(self, origin: str, docname: str) -> str:
        return ""

    def picture(self, origin: str, path: str) -> str:
        return path


def rewritten(folder: Path, markdown: str) -> str:
    config = "[project]\ntitle = 书\nlang = zh_CN\n[build]\nsource_dir = .\ntabs = jax\n"
    (folder / "config.ini").write_text(config, encoding="utf-8")
    (folder / "index.md").write_text(markdown, encoding="utf-8", newline="")
    book = books.load(folder)
    shared = CrossReferences.of(book)
    prose = [block for block in book.section("index").walk() if isinstance(block, Prose)]
    context = ProseContext(
        book, shared.numbering, shared.bibliography, Nowhere(), "index", footnotes=footnotes_in(prose),
        years=shared.bibliography.years(cited_in(prose)),
    )  # fmt: skip
    return "\n\n".join(markdown_of(block, context) for block in prose)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("**粗（x）**字", "<strong>粗（x）</strong>字"),
        ("**粗**字，*斜*字", "**粗**字，*斜*字"),
        ("甲**“乙”**丙***丁。***戊", "甲<strong>“乙”</strong>丙<em><strong>丁。</strong></em>戊"),
        ("`**a**`与$a*b*c$，**乙。**丙", "`**a**`与$a*b*c$，<strong>乙。</strong>丙"),
        ("| **重（x）**字 | b |\n|--|--|\n| **甲。**乙 | **c** |", None),
        ("折行\n接着，one\ntwo，`x`\n  中文", "折行接着，one\ntwo，`x`中文"),
        ("> 引文**甲。**\n> 乙", "> 引文**甲。**乙"),
        ('行内![图](a%20b.svg)与![*x*](<c d.svg> "题")', "行内![图](a%20b.svg)与![*x*](c%20d.svg)"),
        ("![](a.svg)", "![](a.svg)"),
        ("- 项\n\n  ![图**题。**字](a.svg)\n  :label:`f`", None),
        ("# 题 :label:`x`\n文", "# 题\n文"),
        ("见:numref:`nothing`", "见nothing"),
        ("调用:func:`d2l.relu` 即可", "调用`d2l.relu`即可"),
        ("引:cite:`No.2020`", "引（No.2020）"),
        ("```python\n:label:`x`\n**甲。**乙\n```", "```python\n:label:`x`\n**甲。**乙\n```"),
    ],
)
def test_marks_are_replaced_where_they_stand(anywhere: Path, written: str, shown: str | None) -> None:
    expected = {
        "|": "| <strong>重（x）</strong>字 | b |\n|--|--|\n| <strong>甲。</strong>乙 | **c** |",
        "-": '- 项\n\n  <a id="f"></a>![图1](a.svg)\n  \n  **图1** 图<strong>题。</strong>字',
    }
    assert rewritten(anywhere, written + "\n") == (shown if shown is not None else expected[written[0]])


def test_floats_in_every_form(anywhere: Path) -> None:
    shown = rewritten(
        anywhere,
        "$$y=x$$\n:eqlabel:`e`\n\n> $$\n> z\n> $$\n> :eqlabel:`g`\n\n"
        "| a |\n|---|\n:label:`t`\n\n: 题\n:label:`u`\n\n| b |\n|---|\n\n"
        "![两\n行](a.svg)\n:width:`3px`\n\n:eqref:`e` :eqref:`g` :numref:`t` :numref:`u`\n",
    )
    assert "$$y=x\\tag{1}$$" in shown and "> z\n> \\tag{2}$$" in shown
    assert '<a id="t"></a>**表1**\n\n| a |' in shown and '<a id="u"></a>**表2** 题\n\n| b |' in shown
    assert "![图1](a.svg)\n\n**图1** 两行" in shown
    assert "[式（1）](#e) [式（2）](#g) [表1](#t) [表2](#u)" in shown


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=20).map("".join)))
def test_any_text_becomes_plain_markdown_without_an_exception(anywhere: Path, written: str) -> None:
    rewritten(anywhere, written)
