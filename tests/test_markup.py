"""The source format: marks, cells, folds, places in the text, and what is said about bad input."""

from __future__ import annotations

import textwrap

from hypothesis import given, settings
from hypothesis import strategies as st

from d2lbook.markup.model import Code, Expect, Fold, Prose, Section
from d2lbook.markup.parse import parse

TABS = frozenset({"mxnet", "pytorch", "jax"})


def read(text: str) -> Section:
    return parse(textwrap.dedent(text), "chapter/section", "chapters_md/chapter/section.md", TABS)


def faults(text: str) -> list[tuple[int, str]]:
    return [(fault.line, fault.message) for fault in read(text).faults]


def test_prose_and_cells_alternate_with_their_lines() -> None:
    section = read("""\
        # 题目
        :label:`sec_x`

        文字。

        ```{.python .input}
        #@tab pytorch
        x = 1
        y = 2
        ```

        又一段。
        """)
    first, cell, last = section.blocks
    assert isinstance(first, Prose)
    assert (first.line, first.text) == (1, "# 题目\n:label:`sec_x`\n\n文字。")
    assert cell == Code("x = 1\ny = 2", 8, ("pytorch",), 0)
    assert isinstance(last, Prose)
    assert (last.line, last.text) == (12, "又一段。")
    assert section.title == "题目"
    assert [(item.label, item.kind, item.label_line, item.title) for item in section.labelled] == [
        ("sec_x", "section", 2, "题目")
    ]
    assert not section.faults


def test_cell_marks() -> None:
    section = read("""\
        ```{.python .input  n=3}
        # @tab mxnet, jax
        def f():  #@save
            return 1
        ```

        ~~~{.input .python}
        t = time()  # volatile
        #@tab all, mxnet
        ~~~

        ```{.python .input}
        %%tab pytorch
        pass
        ```
        """)
    one, two, three = section.code
    assert (one.tabs, one.saved, one.volatile) == (("mxnet", "jax"), True, False)
    assert (two.tabs, two.saved, two.volatile, two.source) == (("all",), False, True, "t = time()  # volatile")
    assert three.tabs == ("pytorch",)


def test_plain_and_indented_fences_stay_text() -> None:
    section = read("""\
        - 列表

          ```{.python .input}
          x = 1
          ```

        ```python
        y = 2
        ```

        ````text
        ```{.python .input}
        ```
        ````
        """)
    assert not section.code
    assert not section.faults


def test_cell_at_the_end_without_a_newline_is_a_cell() -> None:
    section = parse("```{.python .input}\n#@tab jax\nx = 1\n```", "a", "a.md", TABS)
    assert [cell.source for cell in section.code] == ["x = 1"]


def test_empty_cell_does_not_swallow_the_next() -> None:
    section = read("""\
        ```{.python .input}
        ```

        ```{.python .input}
        #@tab all
        x = 1
        ```
        """)
    assert [cell.source for cell in section.code] == ["", "x = 1"]


def test_tab_blocks_hold_prose_fences_and_cells() -> None:
    section = read("""\
        :begin_tab:`mxnet, jax`
        甲

        ```python
        inert
        ```

        ```{.python .input}
        x = 1
        ```
        :end_tab:

        乙
        """)
    prose, cell, rest = section.blocks
    assert isinstance(prose, Prose)
    assert isinstance(cell, Code)
    assert isinstance(rest, Prose)
    assert prose.tabs == cell.tabs == ("mxnet", "jax")
    assert rest.tabs == ()


def test_tab_block_without_backticks_means_what_it_says() -> None:
    (prose,) = read(":begin_tab:mxnet\n甲\n:end_tab:\n").blocks
    assert isinstance(prose, Prose)
    assert (prose.text, prose.tabs) == ("甲", ("mxnet",))


def test_folds_nest_tabs_and_code() -> None:
    section = read("""\
        :begin_solution:
        解

        :begin_tab:`jax`
        只在此处
        :end_tab:

        ```{.python .input}
        #@tab all
        1 + 1
        ```
        :end_solution:
        """)
    (fold,) = section.blocks
    assert isinstance(fold, Fold)
    assert fold.kind == "solution"
    assert [type(block) for block in fold.blocks] == [Prose, Prose, Code]
    assert section.code[0].index == 0


def test_expect_holds_claims_with_lines_and_reasons() -> None:
    (expect,) = read("""\
        ```{.expect}
        0.80 < test_acc < 0.95  # 两轮训练的散布
        loss_b < loss_a
        ```
        """).blocks
    assert isinstance(expect, Expect)
    assert [(claim.text, claim.line, claim.reason) for claim in expect.claims] == [
        ("0.80 < test_acc < 0.95", 2, "两轮训练的散布"),
        ("loss_b < loss_a", 3, ""),
    ]


def test_labels_of_figures_tables_equations() -> None:
    section = read("""\
        ![图题](a.svg)
        :width:`400px`
        :label:`fig_a`

        : 表题

        | a | b |
        |---|---|
        | 1 | 2 |
        :label:`tab_a`

        $$
        y = x
        $$
        :eqlabel:`eq_a`

        : 另一题
        :label:`tab_b`

        | a |
        |---|
        | 1 |
        """)
    assert [(item.label, item.kind, item.title) for item in section.labelled] == [
        ("fig_a", "figure", "图题"),
        ("tab_a", "table", "表题"),
        ("eq_a", "equation", ""),
        ("tab_b", "table", "另一题"),
    ]
    assert not section.faults


def test_roles_know_their_places() -> None:
    text = "见 `:numref:` 与:numref:`sec_a`，\n> 又:value:`acc:.1%`\n\n| :cite:`A.B` | x |\n|---|---|\n| :ref:`sec_b` | y |\n"  # noqa: E501
    (prose,) = read(text).prose
    assert [(role.name, role.value, role.line) for role in prose.roles] == [
        ("numref", "sec_a", 1),
        ("value", "acc:.1%", 2),
        ("cite", "A.B", 4),
        ("ref", "sec_b", 6),
    ]
    for role in prose.roles:
        assert prose.text[role.start : role.end] == f":{role.name}:`{role.value}`"


def test_times_of_day_and_code_spans_are_not_marks() -> None:
    section = read("在10:30:`x`，以及`:label:`与 `` :foo:`a` ``。\n")
    assert not section.faults
    assert not section.prose[0].roles


def test_front_matter() -> None:
    section = read("---\ndata: [fashion-mnist]\ntimeout: 90\n---\n# 题\n")
    assert section.front == {"data": ["fashion-mnist"], "timeout": 90}
    assert faults("---\ndat: 1\n---\n# 题\n") == [(1, "unknown key 'dat' in the front matter")]
    assert faults("---\ndata: 1\n---\n# 题\n") == [(1, "data has the wrong type in the front matter")]


def test_toc() -> None:
    (toc,) = read("```toc\n:maxdepth: 2\n:numbered:\n\nndarray\n  autograd\n```\n").tocs
    assert (toc.entries, toc.lines, toc.numbered) == (("ndarray", "autograd"), (5, 6), True)


def test_bad_input_is_reported_all_at_once() -> None:
    found = faults("""\
        # 题
        ```{.python .input}
        #@tab pytroch
        x = 1
        ```

        :foo:`bar`

        正文。
        :label:`nothing`

        :end_tab:

        ```python
        #@save
        ```

        :begin_hint:
        提示

        ```{.python .input}
        #@tab all
        #@tab jax
        没有关
        """)
    assert found == [
        (3, "unknown tab 'pytroch'"),
        (7, "an unknown mark"),
        (10, "this mark follows no heading, picture or table"),
        (12, "nothing is open here"),
        (15, "a code mark in a fence that is no code cell"),
        (18, "this hint block is never closed"),
        (21, "this fence is never closed"),
        (23, "a second tab line in one cell"),
    ]


def test_unknown_tab_names_the_nearest() -> None:
    (fault,) = read("```{.python .input}\n#@tab PyTorch\nx\n```\n").faults
    assert "did you mean pytorch?" in fault.fix
    assert str(fault).startswith("chapters_md/chapter/section.md:2: error: unknown tab 'PyTorch'")


def test_line_ends_of_other_systems() -> None:
    section = parse("# 题\r\n\r\n```{.python .input}\r\n#@tab jax\r\nx\r\n```\r\n", "a", "a.md", TABS)
    assert section.code[0].source == "x"


PIECES = st.sampled_from(
    """\
# 题
:label:`a`
```{.python .input}
#@tab jax
x = 1
```
~~~
:begin_tab:`jax`
:end_tab:
:begin_solution:
:end_solution:
| a | b |
|---|---|
$$
$x$:numref:`a`**粗（x）**字[^1]
- 项
    缩进

![图](a.svg)
: 题
>引
[^1]: 注
---
:value:`x:.2f`
""".splitlines(keepends=True)
)


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(), st.lists(PIECES, max_size=30).map("".join)))
def test_any_text_is_read_without_an_exception(text: str) -> None:
    section = parse(text, "a", "a.md", TABS)
    for fault in section.faults:
        assert fault.path == "a.md"
    for prose in section.prose:
        for role in prose.roles:
            assert prose.text[role.start : role.end].startswith(f":{role.name}:`")
