"""Blocks set apart (常见故障, 今天怎么用), on pages, in PDFs' source and in notebooks; fold marks."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.book.projection import project
from d2lbook.markup.model import Code, Fold, Prose, Section
from d2lbook.markup.parse import parse
from d2lbook.notebooks.reader import reader_notebook
from d2lbook.notebooks.zips import ZipLayout, members

from .blocks_book import write_blocks
from .conftest import MakeBook

TEXT = """\
# 题目
:label:`sec_a`

:begin_pitfall:`把$x$当成*行*`
症状是形状不对。

```{.python .input}
#@tab all
print(1)
```

修好它：

:begin_tab:`jax`
用`vmap`。
:end_tab:
:end_pitfall:

:begin_today:
:begin_tab:`pytorch`
调用`nn.Linear`。
:end_tab:
:begin_tab:`jax`
调用`nnx.Linear`。
:end_tab:
:end_today:
"""


def read(text: str) -> Section:
    """Return the section of a text."""
    return parse(textwrap.dedent(text), "a/b", "chapters_md/a/b.md", frozenset({"pytorch", "jax"}))


def test_a_block_set_apart_has_a_title_and_holds_prose_cells_and_tabs() -> None:
    section = read(TEXT)
    assert section.faults == ()
    pitfall, today = (block for block in section.blocks if isinstance(block, Fold))
    assert (pitfall.kind, pitfall.title, pitfall.tabs) == ("pitfall", "把$x$当成*行*", ())
    assert [type(block) for block in pitfall.blocks] == [Prose, Code, Prose, Prose]
    assert (today.kind, today.title) == ("today", "")
    assert [block.tabs for block in today.blocks] == [("pytorch",), ("jax",)]


def test_each_backend_keeps_the_title_and_its_own_part() -> None:
    pitfall, today = (
        block for block in project(read(TEXT), "pytorch", ("pytorch", "jax")).blocks if isinstance(block, Fold)
    )
    assert pitfall.title == "把$x$当成*行*"
    assert [block.text for block in today.blocks if isinstance(block, Prose)] == ["调用`nn.Linear`。"]


def test_a_notebook_quotes_the_block_with_its_title(make_book: MakeBook) -> None:
    book = books.load(make_book({"index": "# 书\n\n```toc\na\n```\n", "a": TEXT}))
    projection = next(item for item in book.projections() if item.docname == "a")
    notebook = reader_notebook(book, projection, ZipLayout(book, members(book, "jax")), backend="jax")
    sources = [cell.source for cell in notebook.cells]
    assert "> **常见故障：把$x$当成*行***\n>\n> 症状是形状不对。" in sources
    assert "> 用`vmap`。" in sources
    assert "> **今天怎么用**\n>\n> 调用`nnx.Linear`。" in sources
    assert not any("nn.Linear`" in source and "nnx" not in source for source in sources)


def test_a_fold_mark_names_a_cell() -> None:
    section = read("# 题\n\n```{.python .input}\n#@tab all\n# fold: 读取数据，训练基线\nx = 1\n```\n")
    assert section.faults == ()
    assert section.code[0].fold == "读取数据，训练基线"


@pytest.mark.parametrize("code", ["x = 1\n# fold: 太晚\n", "# fold\nx = 1\n", "# fold:\nx = 1\n"])
def test_a_fold_mark_without_a_name_or_below_code_is_a_fault(code: str) -> None:
    section = read(f"# 题\n\n```{{.python .input}}\n#@tab all\n{code}```\n")
    (fault,) = section.faults
    assert fault.message == "a fold mark that folds nothing"
    assert section.code[0].fold == ""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built site of a book with all blocks."""
    root = tmp_path_factory.mktemp("blocks")
    outcome = site.build(write_blocks(root), root / "_build/html", jobs=1)
    assert [str(fault) for fault in outcome.faults] == []
    return root / "_build/html"


def test_a_page_shows_blocks_with_kind_and_title(built: Path) -> None:
    html = (built / "one/blocks.html").read_text(encoding="utf-8")
    pitfall = html[html.index('<aside class="aside pitfall">') : html.index("</aside>")]
    assert '<p class="aside-title"><span class="kind">常见故障</span>把<span class="math' in pitfall
    assert "<em>行</em></p>" in pitfall and "错的" in pitfall and "vmap" in pitfall
    today = html[html.index('<aside class="aside today">') :]
    assert '<p class="aside-title"><span class="kind">今天怎么用</span></p>' in today
    assert 'data-tab="pytorch"' in today and "nnx.Linear" in today
    assert "# fold" not in html


def test_a_page_prints_seeds_pooled_and_in_a_tab_the_tabs_own(built: Path) -> None:
    html = (built / "one/blocks.html").read_text(encoding="utf-8")
    assert '差距的均值是<span class="value">11.3%</span>' in html
    assert '这里的均值是<span class="value">15.0%</span>' in html


def test_a_notebook_prints_the_same_numbers(tmp_path: Path) -> None:
    book = write_blocks(tmp_path)
    projection = next(item for item in book.projections() if item.key == "jax/one/blocks")
    layout = ZipLayout(book, members(book, "jax"))
    text = "\n".join(cell.source for cell in reader_notebook(book, projection, layout).cells)
    assert "差距的均值是11.3%" in text and "这里的均值是15.0%" in text
