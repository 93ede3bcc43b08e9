"""Corner cases of the old dialect, by the paragraphs of its reference: what d2lbook 1.0.3 does, and what we do.

Each docstring names the paragraph, says what the old tool does there, and what stands in this test instead.
"""

from __future__ import annotations

import re
import textwrap
from pathlib import Path
from typing import Any

import pytest

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.book.projection import project, projections
from d2lbook.code.aliases import read_aliases, rewrite
from d2lbook.code.branches import select
from d2lbook.library.onefile.lines import saved_lines
from d2lbook.library.source import parse_cell
from d2lbook.markup.model import Code, Prose, Section
from d2lbook.markup.parse import parse

from .conftest import ROOT, MakeBook

TABS = ("mxnet", "pytorch", "jax")


def read(text: str) -> Section:
    return parse(textwrap.dedent(text), "a", "a.md", frozenset(TABS))


def faults(section: Section) -> list[tuple[int, str]]:
    return [(fault.line, fault.message) for fault in section.faults]


def cell(code: str, info: str = "{.python .input}", fence: str = "```") -> str:
    return f"{fence}{info}\n{code}\n{fence}\n"


def shown(make_book: MakeBook, text: str, *, tolerant: bool = False) -> tuple[str, list[str]]:
    """Return the page of a section in a book of one tab, and the faults of building it."""
    config = "[project]\ntitle = B\nlang = en\n[build]\nsource_dir = chapters_md\ntabs = mxnet, pytorch, jax\n"
    root = make_book({"index": "# Book\n\n```toc\n:numbered:\n\npage\n```\n", "page": text}, config)
    folder = root / "chapters_md/img"
    folder.mkdir(exist_ok=True)
    (folder / "a.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"/>')
    book = books.load(root, tolerant)
    result = site.build(book, root / "out", jobs=1)
    return (root / "out/page.html").read_text(), [fault.message for fault in (*book.faults, *result.faults)]


# ---- 1: cells and fences ----


@pytest.mark.parametrize("info", ["{.python .input}", "{.input .python}", "{.python .input  n=3}", "{.input}"])
def test_1_2_every_order_of_attributes_makes_a_cell(info: str) -> None:
    """1.2: as in the old tool; ``n=`` says nothing here, since outputs are counted when they are made."""
    assert [code.source for code in read(cell("x = 1", info)).code] == ["x = 1"]


@pytest.mark.parametrize(
    ("info", "source"),
    [("{.r .input}", "%%R\nx <- 1"), ("{.bash .input}", "%%bash\nx <- 1"), ("{.x .input}", "x <- 1")],
)
def test_1_2_cells_in_other_languages_run_by_magic(info: str, source: str) -> None:
    """1.2: as in the old tool; a class that names no language known to it means Python."""
    section = read(cell("x <- 1", info))
    assert project(section, "mxnet", TABS).cells[0].source == source
    assert not section.faults


def test_1_2_outputs_in_the_text_are_reported() -> None:
    """1.2: the old tool takes them for the cell's outputs; outputs live in the store here, and nothing is hidden."""
    section = read(cell("1") + "\n" + cell("[]", "{.json .output n=1}"))
    assert faults(section) == [(5, "stored outputs in a section")]


def test_1_3_tildes_make_cells_and_split_text() -> None:
    """1.3: as in the old tool, and tab blocks know them too, which its did not."""
    section = read(":begin_tab:`jax`\n" + cell(":end_tab:", "text", "~~~") + ":end_tab:\n\n" + cell("x", fence="~~~"))
    assert [code.source for code in section.code] == ["x"]
    assert section.prose[0].tabs == ("jax",) and ":end_tab:" in section.prose[0].text


def test_1_4_an_indented_fence_is_text() -> None:
    """1.4: as in the old tool."""
    section = read("- item\n\n  ```{.python .input}\n  x\n  ```\n")
    assert not section.code and not section.faults


def test_1_5_a_last_fence_without_a_newline_is_a_cell() -> None:
    """1.5: the old tool silently takes it for text and never runs it."""
    assert [code.source for code in read("```{.input}\nx\n```").code] == ["x"]


def test_1_5_an_empty_cell_is_empty() -> None:
    """1.5, a fault of the old tool: it swallows the next fence."""
    assert [code.source for code in read("```{.input}\n```\n\n```{.input}\ny\n```\n").code] == ["", "y"]


@pytest.mark.parametrize("text", ["a\n\n    code\n\nb\n", "1. a\n\n    more\n\n", "a\n\n\tcode\n\nb\n"])
def test_1_5_indented_blocks_are_read(text: str, make_book: MakeBook) -> None:
    """1.5, a fault of the old tool: its reader crashes on ordinary markdown."""
    page, wrong = shown(make_book, "# T\n\n" + text)
    assert not wrong and all(word in page for word in re.findall(r"[a-z]+", text))


# ---- 2.1: the tab of a cell ----


def test_2_1_a_tab_line_may_stand_anywhere_in_a_cell() -> None:
    """2.1: as in the old tool."""
    (code,) = read(cell("x = 1\n# @tab pytorch\ny = 2")).code
    assert (code.tabs, code.source) == (("pytorch",), "x = 1\ny = 2")


def test_2_1_a_tab_mark_beside_code_counts_and_the_code_stays() -> None:
    """2.1: the old tool deletes the line with the code on it; here it is kept and the place of the mark reported."""
    section = read(cell("s = '#@tab mxnet'\nx = 1  #@tab pytorch"))
    assert (section.code[0].tabs, section.code[0].source) == (("pytorch",), "s = '#@tab mxnet'\nx = 1")
    assert faults(section) == [(3, "a tab mark beside code")]


def test_2_1_the_case_of_a_tab_matters_and_loses_nothing() -> None:
    """2.1: in the old tool the cell vanishes; here it is reported, and kept where faults are tolerated."""
    section = read(cell("#@tab PyTorch\nx"))
    assert faults(section) == [(2, "unknown tab 'PyTorch'")] and section.code[0].tabs == ("pytorch",)
    assert faults(read(cell("#@tab pytorch # why\nx"))) == []


def test_2_1_an_unmarked_cell_belongs_to_the_first_tab() -> None:
    """2.1: as in the old tool."""
    section = read(cell("x"))
    assert [item.backend for item in projections(section, TABS)] == ["mxnet"]


def test_2_1_an_open_tab_block_ends_at_the_next_cell() -> None:
    """2.1: as in the old tool, which says nothing of it; here it is reported."""
    section = read(":begin_tab:`jax`\nwords\n\n" + cell("#@tab all\nx") + "\nafter\n")
    assert [block.tabs for block in section.prose] == [("jax",), ()]
    assert [block.text for block in section.prose] == ["words", "after"]
    assert faults(section) == [(1, "this tab block is never closed")]


def test_2_1_a_tab_block_without_backticks_has_its_tabs() -> None:
    """2.1, a fault of the old tool: it shows the text in every tab."""
    (prose,) = read(":begin_tab:mxnet, jax\nwords\n:end_tab:\n").prose
    assert prose.tabs == ("mxnet", "jax")


def test_2_1_a_tab_block_may_hold_a_cell() -> None:
    """2.1, a fault of the old tool: a cell at the end of a tab block ends the program. Here it is the block's."""
    section = read(":begin_tab:`jax`\nwords\n\n" + cell("x") + ":end_tab:\n")
    prose, code = section.blocks
    assert isinstance(prose, Prose) and isinstance(code, Code)
    assert prose.tabs == code.tabs == ("jax",) and not section.faults


def test_2_1_all_beside_other_tabs_means_all() -> None:
    """2.1: in the old tool ``all, mxnet`` means mxnet alone; here it means what it says, and is reported."""
    section = read(cell("#@tab all, mxnet\nx"))
    assert section.code[0].tabs == ("all",) and faults(section) == [(2, "all tabs, and some of them")]


def test_2_1_of_two_tab_lines_the_first_counts() -> None:
    """2.1: as in the old tool, where the second leaks into the output; here it is reported and gone."""
    section = read(cell("#@tab jax\n#@tab mxnet\nx"))
    assert (section.code[0].tabs, section.code[0].source) == (("jax",), "\nx")
    assert faults(section) == [(3, "a second tab line in one cell")]


# ---- 2.2: a section as one tab sees it ----


def test_2_2_a_section_of_all_cells_is_every_tabs() -> None:
    """2.2: in the old tool it exists for the first tab only; here it runs once, and every reader gets it."""
    section = read(cell("#@tab all\nx"))
    assert [item.backend for item in projections(section, TABS)] == ["base"]


def test_2_2_the_selector_cell_is_gone_and_its_libraries_known() -> None:
    """2.2: as in the old tool, where double quotes and brackets survive."""
    selector = '%load_ext d2lbook.tab\n#required_libs("a==1", \'b\')\ntab.interact_select("mxnet")'
    section = read(cell(selector) + "\n" + cell("#@tab all\nx"))
    assert [code.source for code in section.code] == ["x"] and section.libraries == ("a==1", "b")


def test_2_2_words_in_comments_and_strings_are_no_branches() -> None:
    """2.2: in the old tool any line with both words is one."""
    source = "# if tab.selected('jax'):\nx = \"if tab.selected('jax'):\"\n"
    assert select(source, "mxnet") == source


def test_2_2_branches_have_else_and_elif_span_lines_and_any_indent() -> None:
    """2.2: in the old tool ``else`` dangles, conditions end with the line, four columns go, tabs end the program."""
    source = "if tab.selected('jax',\n    'mxnet'):\n\tx = 1\nelif tab.selected('pytorch'):\n  x = 2\nelse:\n    x = 3"
    assert [select(source, name) for name in ("mxnet", "pytorch", "numpy")] == ["x = 1", "x = 2", "x = 3"]


def test_2_2_branches_are_resolved_beside_magics_and_in_their_older_form() -> None:
    """2.2: as in the old tool (``d2l.USE_JAX``); a magic in the cell changes nothing."""
    source = "%matplotlib inline\nif d2l.USE_JAX:\n    x = 1\nif not d2l.USE_JAX:\n    x = 2\n!ls"
    assert select(source, "jax") == "%matplotlib inline\nx = 1\n!ls"
    assert select(source, "mxnet") == "%matplotlib inline\nx = 2\n!ls"


def test_2_2_a_question_that_is_no_branch_is_reported(make_book: MakeBook) -> None:
    """2.2: in the old tool it fails when the cell runs."""
    code = "#@tab all\nx = 1 if tab.selected('jax') else 2\nif tab.selected('jax') and x:\n    pass"
    root = make_book({"index": "# T\n\n" + cell(code)})
    (fault,) = books.load(root).faults
    assert (fault.line, fault.message) == (5, "a question about the tab that is no branch")


# ---- 3: the library of one file ----

SAVED = [
    ("s = '#@save'\nx = 1", ""),
    ("x = 1 #@save\ny = 2\n\nz = 3", "x = 1\ny = 2"),
    ("@deco\ndef f():  #@save\n    return 1", "@deco\ndef f():\n    return 1"),
    ("@deco\n#@save\ndef f():\n    return 1", "@deco\ndef f():\n    return 1"),
    ("def f(a,\n      b):  #@save\n    return 1", "def f(a,\n      b):\n    return 1"),
    ("T = {  #@save\n    'a': 1,\n}\ny = 2", "T = {\n    'a': 1,\n}"),
    ("#@save\nimport sys\nimport os\n\nx = 1", "import os\nimport sys"),
    ("#@save\nH = {}\nU = 'x'\n\nv = 1", "H = {}\nU = 'x'"),
    ("def f():  #@save\n    return 1\n\ndef g():\n    return 2", "def f():\n    return 1"),
]


@pytest.mark.parametrize(("code", "text"), SAVED)
def test_3_what_a_mark_saves_in_one_file(code: str, text: str, tmp_path: Path) -> None:
    """3: the old tool saves marks in strings and loses decorators, heads and closing brackets; the rest is as there."""
    assert saved_lines(parse_cell(code), tmp_path).text == text


def test_3_what_leaks_from_below_a_mark_is_said(tmp_path: Path) -> None:
    """3: ``y = 2`` under ``x = 1 #@save`` is saved too, as in the old tool; here with a warning."""
    assert [fault.message for fault in saved_lines(parse_cell("x = 1 #@save\ny = 2"), tmp_path).warnings] == [
        "what stands below is saved with it"
    ]


def test_3_a_misspelt_mark_is_reported(tmp_path: Path) -> None:
    """3: the old tool takes ``#@save_all`` for ``#@save``."""
    stretch = saved_lines(parse_cell("def f():  #@save_all\n    pass"), tmp_path)
    assert (stretch.text, [fault.message for fault in stretch.faults]) == ("", ["a mark that nobody knows"])


# ---- 4: aliases ----

ALIASES = read_aliases(
    "torch",
    simple="ones, concat -> cat, exp(, norm",
    fluent="numpy -> detach().numpy, reshape, t",
    reverse="d2l.size\\(([\\w]+)\\) -> \\1.size\nd2l.nn_Module -> nn.Module",
    args="randn(size, device=None) -> np.random.randn(size=size, ctx=device)\nscale(a_x, by) -> a_x * by",
)


LONGER = "d2l.concatenate(a), d2l.normalize(a), d2l.ones_like(a)"


@pytest.mark.parametrize(
    ("source", "rewritten"),
    [
        (LONGER, LONGER),
        ("'d2l.concat'  # d2l.concat", "'d2l.concat'  # d2l.concat"),
        ("d2l.size(x), d2l.nn_Module, d2l.nn_ModuleList", "x.size, nn.Module, d2l.nn_ModuleList"),
        ("d2l.reshape(x,  # why\n            (1,  2))  # 'so'", "x.reshape(# why\n            (1,  2))  # 'so'"),
        ("%time d2l.t(y)\n!pip list\n%matplotlib inline\nd2l.numpy(d2l.reshape(x, 3))",
         "%time d2l.t(y)\n!pip list\n%matplotlib inline\nx.reshape(3).detach().numpy()"),
        ("d2l.reshape(x\n            .y, 2)", "(x\n            .y).reshape(2)"),
        ("d2l.randn((1, 2)) * 2", "np.random.randn(size=(1, 2)) * 2"),
        ("d2l.randn(size=d2l.size(x), device=gpu())", "np.random.randn(size=x.size, ctx=gpu())"),
        ("d2l.scale(a + b, by=c)", "(a + b) * c"),
        ("d2l.scale(a)", "d2l.scale(a)"),
    ],
)  # fmt: skip
def test_4_aliases_are_names_and_calls(source: str, rewritten: str) -> None:
    """4: the old tool cuts longer names, touches strings, ignores patterns, loses comments, and fails on magics."""
    assert rewrite(source, ALIASES) == rewritten


# ---- 5: marks in text ----


def test_5_unknown_marks_are_reported_and_shown(make_book: MakeBook) -> None:
    """5: the old tool deletes ``:foo:`bar``` from the page, and ``:30:`x``` of ``at 10:30:`x```."""
    page, wrong = shown(make_book, "# T\n\nAn :foo:`unknown one` at 10:30:`x`.\n", tolerant=True)
    assert ":foo:`unknown one`" in page and "at 10:30:<code>x</code>" in page
    assert set(wrong) == {"an unknown mark", "this mark stands alone"}


def test_5_labels_may_hold_any_character(make_book: MakeBook) -> None:
    """5: in the old tool ``:label:`sec:x``` is literal text, without a warning."""
    page, wrong = shown(make_book, "# T\n\n## Part\n:label:`sec:x #1`\n\nIn :ref:`sec:x #1`.\n")
    assert not wrong and ":label:" not in page and "“Part”" in page


@pytest.mark.parametrize(
    "written",
    [
        "$$y=x$$ :eqlabel:`e`",
        "$$y=x$$\n:eqlabel:`e`",
        "$$\ny=x\n$$\n\n:eqlabel:`e`",
        "so that\n$$y=x$$\n:eqlabel:`e`\nholds",
    ],
)
def test_5_an_equations_label_in_every_place(written: str, make_book: MakeBook) -> None:
    """5: as in the old tool, on the same line too."""
    page, wrong = shown(make_book, f"# T\n\n{written}\n\nSee :eqref:`e`.\n")
    assert not wrong and page.count('id="e"') == 1 and 'href="#e"' in page
    assert all(word in page for word in ("so that", "holds") if word in written)


@pytest.mark.parametrize(
    "written",
    [
        ": Its caption\n\n|a|b|\n|--|--|\n|1|2|\n:label:`tab`",
        ":Its caption\n:label:`tab`\n\n|a|b|\n|--|--|\n|1|2|",
        "|a|b|\n|--|--|\n|1|2|\n:label:`tab`",
    ],
)
def test_5_tables_have_captions_and_labels_in_three_forms(written: str, make_book: MakeBook) -> None:
    """5: the second and the third are broken in the old tool: the label is printed, the reference undefined."""
    page, wrong = shown(make_book, f"# T\n\n{written}\n\nIn :numref:`tab`.\n")
    assert not wrong and 'id="tab"' in page and 'href="#tab">Table 1.1</a>' in page and ":label:" not in page
    assert ("Its caption" in page) == ("Its caption" in written)


def test_5_grid_tables_are_reported() -> None:
    """5: pandoc draws them; they are not read here, and that is said."""
    assert faults(read("+---+\n| a |\n+---+\n")) == [(1, "a grid table")]


def test_5_pictures_have_captions_sizes_and_labels_in_any_order(make_book: MakeBook) -> None:
    """5: as in the old tool; a picture in a line stays in it."""
    written = "![A $x$ in it.](img/a.svg)\n:label:`fig`\n:width:`45px`\n\nAn ![inline](img/a.svg) one.\n\n"
    for name, size in (("Wide", "width:`80%`"), ("High", "height:`2cm`"), ("Low", "height:`10px`")):
        written += f"![{name}.](img/a.svg)\n:{size}\n\n"
    page, wrong = shown(make_book, f"# T\n\n{written}\nSee :numref:`fig`.\n")
    assert not wrong and 'width="45" height="15"' in page and 'style="width:80%"' in page
    assert 'style="height:2cm"' in page and 'width="30" height="10"' in page
    assert '<figure id="fig">' in page and "Figure 1.1</a>" in page and re.search(r"<p>An (<img [^>]*>){2} one", page)


def test_5_raw_html_stays(make_book: MakeBook) -> None:
    """5: the old tool drops ``<img>`` and most tags; ``!begin_raw`` is no mark in either."""
    written = 'A <b>raw</b> <img src="img/a.svg" alt="picture" width="30"> word.\n\n'
    written += '<div class="own">\nblock\n</div>\n\n!begin_raw\n'
    page, wrong = shown(make_book, f"# T\n\n{written}")
    assert not wrong and "<b>raw</b>" in page and '<div class="own">\nblock\n</div>' in page and "!begin_raw" in page
    assert re.search(r'<img [^>]*src="_images/a.svg"[^>]*alt="picture"', page)


def test_5_eval_rst_is_restructuredtext(make_book: MakeBook) -> None:
    """5: as in the old tool, nested directives included, which its flattening broke."""
    page, wrong = shown(
        make_book, "# T\n\n```eval_rst\n.. note::\n\n   Outer.\n\n   .. code-block:: python\n\n      x = 1\n```\n"
    )
    assert not wrong and "Outer." in page and page.index("Outer.") < page.index('data-language="python"')


def test_5_hidden_cells_run_unseen(make_book: MakeBook) -> None:
    """5: as in the old tool, but for words in strings."""
    cells = ("#@hide_code\na1 = 1", "# hide outputs\na2 = '# hide code'", "a3 = 3", "#@hide_all\na4 = 4", "a5 = 5")
    text = "# T\n\n" + "\n".join(cell("#@tab all\n" + code) for code in cells)
    section = parse(text, "a", "a.md", frozenset(TABS))
    assert [sorted(code.hidden) for code in section.code] == [
        ["code"], ["outputs"], [], ["code", "outputs"], ["code", "outputs"],
    ]  # fmt: skip
    assert len(projections(section, TABS)[0].cells) == 5
    page, _ = shown(make_book, text)
    assert [name for name in ("a1", "a2", "a3", "a4", "a5") if f'"n">{name}<' in page] == ["a2", "a3"]


# ---- 6: slides ----


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("[**new**] (**same**) (~~gone~~)[~~gone~~]", "new same "),
        ("[**a**](http://x.y)", "[**a**](http://x.y)"),
        ("(**f(x**2)**)", "f(x**2)"),
        ("(see **b**) and **bold**) (**c** too)", "(see **b**) and **bold**) (**c** too)"),
        ("(**two *lines*\nof $[0, 1)$ it**)", "two *lines*\nof $[0, 1)$ it"),
        ("(**$$y = x$$**)", "$$y = x$$"),
        ("`(**x**)` and\n```python\nf(**k), g(**l)\n```", "`(**x**)` and\n```python\nf(**k), g(**l)\n```"),
        (
            "```python\ns, t = '(**x**)', f(1)(**k)\n```\nand `y`",
            "```python\ns, t = '(**x**)', f(1)(**k)\n```\nand `y`",
        ),
        ("f(**kwargs) takes **names**", "f(**kwargs) takes **names**"),
        ("a (~~b\nc~~) d", "a \n d"),
    ],
)
def test_6_slide_marks_leave_the_text(written: str, text: str) -> None:
    """6: as in the old tool, where bold beside a bracket can stop the build."""
    (prose,) = read(written).prose
    assert prose.text.strip() == text.strip() and not read(written).faults


def test_6_an_open_mark_is_reported() -> None:
    """6: in the old tool an ``AssertionError`` ends the whole build, whatever is built."""
    section = read("Text\n\n[**Many words\n\n(~~more\n\n**bold [**fine** text]\n")
    assert faults(section)[:2] == [(3, "a slide mark that nothing closes"), (5, "a slide mark that nothing closes")]


# ---- 7: hosts; 2: books without tabs ----


def test_7_libraries_are_listed_in_the_settings_order() -> None:
    """7: in the old tool their order is that of a set, and sagemaker's ``==RELEASE`` is empty."""
    from d2lbook.book.hosts import read_host

    settings = {"github_repo": "x/y", "libs": "d2l, d2l==RELEASE  # ours\nnumpy, numpy<2,!=1.9\nbad"}
    host, wrong = read_host("sagemaker", settings, "1.2")
    assert host.installs("any") == (("d2l", "d2l==1.2"), ("numpy", "numpy<2,!=1.9")) and wrong == [("libs", "bad")]
    assert host.repository("any") == "x/y" and host.kernel("any") == "conda_python3"


def test_2_a_book_without_tabs_is_kept_whole(make_book: MakeBook) -> None:
    """2: no tabs, no filtering, as in the old tool."""
    root = make_book(
        {"index": "# T\n\n" + cell("#@tab mxnet\nx = 1") + "\n" + cell("y = 2")}, "[build]\nsource_dir = chapters_md\n"
    )
    book = books.load(root)
    (item,) = book.projections()
    assert [part.source for part in item.cells] == ["x = 1", "y = 2"] and item.backend == "base"
    assert not site.build(book, root / "out", jobs=1).faults
    assert "x" in (root / "out/index.html").read_text()


# ---- our own ----


def test_what_a_backend_lacks_is_said_with_its_reason() -> None:
    """Ours: the old tool leaves the tab out, and the reader to guess why."""
    section = read(":begin_absent:`jax`\nNo such operator.\n:end_absent:\n\n" + cell("#@tab mxnet\nx"))
    assert not section.faults
    jax = project(section, "jax", TABS)
    assert [getattr(block, "kind", "") for block in jax.blocks] == ["absent"] and not jax.cells
    assert not [block for block in project(section, "mxnet", TABS).blocks if not isinstance(block, Code)]
    assert faults(read(":begin_absent:`jax`\n:end_absent:\n\n:begin_absent:\nWhy.\n:end_absent:\n")) == [
        (1, "an absent block without a reason"),
        (4, "an absent block without the tab that lacks something"),
    ]


def test_punctuation_between_formulas_stays_where_it_is(make_book: MakeBook) -> None:
    """Of two commas that read alike, each stays with its own formula."""
    page, wrong = shown(make_book, "# T\n\nLet it be `a // b`，$r$ is `a % b` with $q$，$s$.\n")
    assert not wrong
    words = re.sub(r'<span class="katex">.*?</math>.*?</span></span></span></span>', "F", page, flags=re.DOTALL)
    seen = re.sub("<[^>]+>", "", words)
    assert re.search(r"a // b\s*，", seen) and "，，" not in re.sub(r"\s", "", seen)
    assert page.count("，") == 2


def test_the_small_engine_of_the_section_on_contributing_keeps_what_ours_keeps() -> None:
    """The section says so of the whole book: the cells of every section in every backend, letter by letter."""
    book = books.load(ROOT)
    (told,) = (item for item in book.projections() if item.key == "base/appendix-tools/contributing")
    (small,) = (cell.source for cell in told.cells if "def project(" in cell.source)
    names: dict[str, Any] = {"re": re}
    exec(small.partition("\nfor tab in")[0], names)
    cells = 0
    for projection in book.projections():
        _, kept = names["project"]((ROOT / projection.path).read_text(encoding="utf-8"), projection.backend)
        assert kept == [cell.source for cell in projection.cells], projection.key
        cells += len(kept)
    assert cells > 3000
