"""Blocks set apart (常见故障, 今天怎么用), on pages, in PDFs' source and in notebooks; fold marks."""

from __future__ import annotations

import re
import subprocess
import sys
import textwrap
from pathlib import Path

import nbformat
import pytest

from d2lbook import pdf, site
from d2lbook.book import book as books
from d2lbook.book.projection import project
from d2lbook.markup.model import Code, Fold, Prose, Section
from d2lbook.markup.parse import parse
from d2lbook.notebooks.reader import reader_notebook
from d2lbook.notebooks.zips import ZipLayout, members

from .blocks_book import BLOCKS, write_blocks
from .conftest import MakeBook
from .site_book import metric, store
from .site_book import text as words
from .test_pdf import need_tex, printed_text

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
    pitfall = html[html.index('<aside class="aside pitfall">') :].partition("</aside>")[0]
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


def test_what_only_records_is_not_shown_and_preparation_is_a_line(tmp_path: Path) -> None:
    text = BLOCKS.replace("print(len(data))", "d2l.record('n', len(data))").replace(
        "print('错的')", "d2l.record('n', 1)"
    )
    book = write_blocks(tmp_path, text)
    for backend in ("pytorch", "jax"):
        store(book, backend, "one/blocks", [[metric("n", 3)], [words("6\n")], [metric("n", 1)], [words("6\n")]])
    outcome = site.build(book, tmp_path / "html", jobs=1)
    assert [str(fault) for fault in outcome.faults if "seeds" not in str(fault)] == []
    html = (tmp_path / "html/one/blocks.html").read_text(encoding="utf-8")
    assert "record" not in html and "METRIC" not in html
    pitfall = html[html.index('<aside class="aside pitfall">') :].partition("</aside>")[0]
    assert 'class="code' not in pitfall and 'class="output' not in pitfall
    assert '<details class="prep"><summary><span>准备：</span>读取数据</summary><div class="code cell"' in html


def test_the_output_after_a_prediction_waits_and_others_do_not(built: Path) -> None:
    html = (built / "one/blocks.html").read_text(encoding="utf-8")
    start = r'<div class="reveal" data-prediction="(\d)"><button type="button">看结果</button><div>\n'
    found = re.findall(start + "(.*?)</div></div>", html, re.S)
    told = [(number, re.sub("<[^>]+>", "", body).strip()) for number, body in found]
    assert told == [("1", "火炬 6"), ("1", "雅克斯 6")]
    assert '<aside class="aside predict">\n<p class="aside-title"><span class="kind">先猜一猜</span></p>' in html


def test_a_prediction_is_answered_once_and_by_outputs_only(tmp_path: Path) -> None:
    cell = "```{{.python .input}}\n#@tab {}\n{}\n```\n\n".format
    predict = ":begin_predict:\n问？\n:end_predict:\n\n"
    first = cell("jax", "x = 1") + cell("jax", "print('只有')") + cell("all", "print(2)")
    text = f"# 题\n:label:`sec_a`\n\n{cell('pytorch', 'y = 1')}先看。\n\n{predict}{first}{predict}"
    text += cell("all", "print(name)")
    text += f"{predict}## 下一小节\n\n{cell('all', 'print(3)')}"
    book = write_blocks(tmp_path, text)
    same = [[words("2\n")], [words("甲\n")], [words("3\n")]]
    store(book, "jax", "one/blocks", [[], [words("只有\n")], *same])
    other = [[], [words("2\n")], [words("乙\n")], [words("3\n")]]
    store(book, "pytorch", "one/blocks", other)
    site.build(book, tmp_path / "html", jobs=1)
    html = (tmp_path / "html/one/blocks.html").read_text(encoding="utf-8")
    found = re.findall(
        r'data-prediction="(\d)"><button type="button">看结果</button><div>(.*?)</div></div>', html, re.S
    )
    shown = [(number, re.findall(r'<pre class="stream[^>]*>(.*?)</pre>', body)) for number, body in found]
    assert shown[0] == ("1", ["只有"])
    assert shown[1][0] == "2" and "of-output" in found[1][1]
    assert len(shown) == 2, "neither the next cell's 2 nor what stands below a heading waits"


def test_exercises_show_kind_and_difficulty_and_hint_and_answer_share_a_line(built: Path) -> None:
    html = (built / "one/blocks.html").read_text(encoding="utf-8")
    assert '<strong class="exercise" title="约十分钟">推导·★。</strong>求和' in html
    assert '<strong class="exercise" title="约半小时">编程·★★（回看<a' in html
    lines = re.findall(r'<div class="help">(.*?)</div></details>\n</div>\n', html, re.S)
    assert [re.findall(r'class="fold (\w+)"', line) for line in lines] == [["hint", "solution"], ["solution"]]


def test_in_a_notebook_preparation_and_answers_start_hidden_and_it_runs(tmp_path: Path) -> None:
    book = write_blocks(tmp_path)
    projection = next(item for item in book.projections() if item.key == "pytorch/one/blocks")
    notebook = reader_notebook(book, projection, ZipLayout(book, members(book, "pytorch")))
    cells = {cell.id: cell for cell in notebook.cells}
    assert cells["cell-01"].source.startswith("#@title 准备：读取数据\ndata")
    assert cells["cell-01"].metadata.jupyter == {"source_hidden": True}
    assert cells["cell-02"].metadata == {} and cells["cell-02"].outputs[0].text == "火炬 6\n"
    assert cells["cell-04"].metadata.jupyter == {"source_hidden": True, "outputs_hidden": True}
    assert any("<summary>答案</summary>\n\n得六。" in cell.source for cell in notebook.cells)
    assert "> **先猜一猜**\n>\n> 打印哪个数？" in [cell.source for cell in notebook.cells]
    nbformat.validate(notebook)
    code = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout == "3\n火炬 6\n错的\n6\n"


def test_a_pdf_prints_all_blocks_open(tmp_path: Path) -> None:
    need_tex()
    result = pdf.build(write_blocks(tmp_path), ["jax"], tmp_path / "out")
    assert [str(fault) for fault in result.faults] == []
    said = "".join(printed_text(result.files[0]).split())
    parts = ("常见故障：把", "今天怎么用", "先猜一猜", "准备：读取数据", "雅克斯6", "推导·★。", "得六。", "nnx.Linear")
    assert [part for part in parts if part not in said] == []
    assert "nn.Linear" not in said.replace("nnx.Linear", "")
