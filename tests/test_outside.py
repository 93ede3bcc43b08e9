"""What readers of other people's books met: links, pictures, notes, tabs, languages."""

from __future__ import annotations

import html
import re
import zipfile
from pathlib import Path

import pytest
from sphinx.locale import get_translation

from d2lbook import cli
from d2lbook.errors import meant

from .outside import DRAWING, small_book


def test_a_link_to_a_file_is_copied_linked_and_packed(tmp_path: Path) -> None:
    small = small_book(tmp_path, "# T\n\nThe [raw numbers](data/my%20table.csv), and [`x`](img/a.svg).\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "my table.csv").write_text("1,2\n")
    page, told = small.html()
    assert told == []
    links = re.findall(r'<a class="file" href="([^"]+)">(.*?)</a>', page)
    assert [text for _, text in links] == ["raw numbers", "<code>x</code>"]
    copied = tmp_path / "_build" / "html" / links[0][0].replace("%20", " ")
    assert copied.read_text() == "1,2\n"
    assert "[raw numbers](data/my%20table.csv)" in small.notebook()
    assert cli.main(["--root", str(tmp_path), "zip", "--tab", "a"]) == 0
    with zipfile.ZipFile(tmp_path / "_build" / "zip" / "d2l-a.zip") as pack:
        assert pack.read("d2l-a/data/my table.csv") == b"1,2\n"
    (tmp_path / "data" / "my table.csv").write_text("1,2,3\n")
    small.html()
    assert copied.read_text() == "1,2,3\n"


def test_a_link_to_a_page_leads_there_on_the_site_and_in_notebooks(tmp_path: Path) -> None:
    small = small_book(tmp_path, "# T\n\nTo the [front](index.md), by [name](index), as [HTML](index.html#book).\n")
    page, told = small.html()
    assert told == []
    assert re.findall(r'href="(index\.html[^"]*)"', page) == ["index.html", "index.html", "index.html#book"]
    assert "[front](index.ipynb), by [name](index.ipynb), as [HTML](index.ipynb#book)" in small.notebook()


def test_a_link_to_nothing_is_told_once_with_its_line_and_keeps_its_words(tmp_path: Path) -> None:
    small = small_book(tmp_path, "# T\n\nFirst\n[gone](img/b.svg) and [empty]().\n")
    page, told = small.html()
    assert told == ["page.md:4: a link to nothing"] * 2
    assert "First\ngone and empty." in page
    assert "gone and empty." in small.notebook()


def test_pictures_are_found_by_encoded_and_chinese_names(tmp_path: Path) -> None:
    text = "# T\n\n![One](img/my%20pic.svg)\n\n![Two](<img/my pic.svg>)\n\n![Three](img/图.svg)\n\n![No](img/A.svg)\n"
    small = small_book(tmp_path, text)
    for name in ("my pic.svg", "图.svg"):
        (tmp_path / "img" / name).write_text(DRAWING)
    page, told = small.html()
    assert told == ["page.md:9: a missing picture"]
    assert small.book.faults[0].fix == "did you mean a.svg?"
    for source in re.findall(r'<img [^>]*src="(_images/[^"]+)"', page):
        assert (tmp_path / "_build" / "html" / source.replace("%20", " ").replace("%E5%9B%BE", "图")).is_file()
    assert len(re.findall(r'<img class="drawn light"[^>]*src="_images/', page)) == 3
    assert "![Figure 1.1](img/my%20pic.svg)" in small.notebook().replace("图1.1", "Figure 1.1")


def test_what_html_shows_is_copied_or_told(tmp_path: Path) -> None:
    block = '<div>\n<img src="img/a.svg"><video src="img/gone.mp4"></video>\n</div>\n'
    text = f'# T\n\n<img src="img/a.svg" width="40">\n\n{block}'
    small = small_book(tmp_path, text)
    page, told = small.html()
    assert told == ["page.md:6: a missing file that HTML shows"]
    assert '<img class="drawn light" src="_images/a.svg" width="40"' in page
    shown = re.search(r'<img src="(_downloads/[^"]+)">', page)
    assert shown
    assert "M0 0h9" in (tmp_path / "_build" / "html" / shown[1]).read_text()
    assert small.notebook().count('<img src="img/a.svg"') == 2


def test_for_a_missing_film_no_drawing_is_meant(tmp_path: Path) -> None:
    (fault,) = small_book(tmp_path, '# T\n\n<video src="img/a.mp4"></video>\n').book.faults
    assert (fault.message, fault.fix) == ("a missing file that HTML shows", "draw it, or mend the path")


def test_a_note_written_where_it_belongs_is_a_footnote(tmp_path: Path) -> None:
    text = "# T\n:label:`sec_t`\n\nA fact^[With *its* source, :numref:`sec_t`.] and another^[Two $x^2$.].\n"
    small = small_book(tmp_path, text)
    page, told = small.html()
    assert told == []
    assert page.count('class="footnote-reference') == 2
    assert "With <em>its</em> source" in page
    notebook = small.notebook()
    assert "fact<small> (With *its* source, " in notebook
    assert ":numref:" not in notebook


@pytest.mark.parametrize("tolerant", [(), ("--tolerant",)])
@pytest.mark.parametrize("block", [":begin_tab:toc\n- one\n:end_tab:\n", ":begin_tab:`keras`\nOnly so.\n:end_tab:\n"])
def test_prose_of_an_unknown_tab_is_told_with_the_known_ones(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], block: str, tolerant: tuple[str, ...]
) -> None:
    small_book(tmp_path, f"# T\n\n{block}")
    assert cli.main(["--root", str(tmp_path), *tolerant, "html"]) == (0 if tolerant else 1)
    told = capsys.readouterr().err
    assert re.search(r"^page\.md:3: (error|warning): unknown tab '(toc|keras)'$", told, re.M)
    assert "known tabs: a, b, all" in told


def test_links_and_pictures_defined_in_another_cell_arrive_in_notebooks(tmp_path: Path) -> None:
    cell, names = "```{.python .input}\n#@tab all\n1\n```", "[here]: https://example.org/x\n[pic]: img/a.svg"
    text = f"# T\n\nA [x][here] and ![p][pic].\n\n{cell}\n\n{names}\n"
    notebook = small_book(tmp_path, text).notebook()
    assert "A [x](https://example.org/x) and ![p](img/a.svg)." in notebook


@pytest.mark.parametrize("lang", ["vi", "ko", "tr", "pt_BR", "zh", "zh_TW", "xx"])
def test_a_faultless_book_in_any_language_builds_without_a_fault(tmp_path: Path, lang: str) -> None:
    small = small_book(tmp_path, "# Bài một\n\nChữ ấ ü.\n", lang=lang)
    assert small.html()[1] == []


def test_the_words_of_one_book_do_not_reach_the_next(tmp_path: Path) -> None:
    """One process builds several books, and Sphinx would keep the first one's words."""
    for number, (lang, word) in enumerate((("ko", "색인"), ("zh", "索引"), ("ko", "색인"))):
        root = tmp_path / str(number)
        root.mkdir()
        assert small_book(root, "# T\n", lang=lang).html()[1] == []
        assert get_translation("sphinx")("Index") == word


def test_zh_is_simplified_chinese(tmp_path: Path) -> None:
    assert small_book(tmp_path, "# T\n", lang="zh").book.config.lang == "zh_CN"


@pytest.mark.parametrize(
    ("word", "known", "told"),
    [
        ("sec_autograd", ["sec_batch_norm", "sec_intro"], ""),
        ("sec_autogard", ["sec_batch_norm", "sec_autograd"], "did you mean sec_autograd?"),
        ("toc", ["pytorch", "mxnet"], ""),
        ("link.svg", ["a.svg", "b.svg"], ""),
        ("Jaxx", ["jax", "pytorch"], "did you mean jax?"),
        ("vaswani2017", ["vaswani2017attention"], "did you mean vaswani2017attention?"),
    ],
)
def test_suggestions_are_near_or_none(word: str, known: list[str], told: str) -> None:
    assert meant(word, known) == told


def formulas(page: str) -> list[str]:
    """Return the TeX of a page's formulas."""
    found = re.findall(r'<annotation encoding="application/x-tex">(.*?)</annotation>', page, re.S)
    return [html.unescape(tex) for tex in found]


def test_rows_and_columns_without_an_environment_are_aligned(tmp_path: Path) -> None:
    text = (
        "# T\n\n$$\ns = & a \\\\\n  & + c\n$$\n:eqlabel:`eq_s`\n\nIn $$u &= v, \\\\ w &= x.$$ line.\n\n$$a \\\\ b$$\n"
    )
    small = small_book(tmp_path, text + "\n$$\\begin{array}{c} a & b \\\\ c \\end{array}$$\n")
    page, told = small.html()
    assert told == []
    kinds = [re.findall(r"\\begin\{(\w+)\}", tex) for tex in formulas(page)]
    assert kinds == [["aligned"], ["aligned"], ["gathered"], ["array"]]
    assert '<a class="number" href="#eq_s">' in page
    notebook = small.notebook()
    assert "$$\\begin{aligned}\ns = & a \\\\\n  & + c\n\\end{aligned}\\tag{1.1}\n$$" in notebook
    assert "In $$\\begin{aligned}u &= v, \\\\ w &= x.\\end{aligned}$$ line." in notebook


def test_bars_in_formulas_and_code_of_a_table_end_no_cell(tmp_path: Path) -> None:
    rows = ["| $\\|x\\|_2$ | `a \\| b` |", "| $P(A|B)$ | `c|d` |", "| $P(A\\mid B)$ | costs $5 |", "| $6 | or 7$ |"]
    small = small_book(tmp_path, "# T\n\n| formula | code |\n|:--|:--|\n" + "\n".join(rows) + "\n")
    page, told = small.html()
    assert told == []
    assert formulas(page) == ["\\|x\\|_2", "P(A|B)", "P(A\\mid B)"]
    assert re.findall("<code>(.*?)</code>", page) == ["a | b", "c|d"]
    assert [cell for cell in re.findall("<p>([^<]*)</p></td>", page) if "$" in cell] == ["costs $5", "$6", "or 7$"]


def test_long_names_may_be_broken_in_text_and_stay_whole_in_tables(tmp_path: Path) -> None:
    name = "jax.nn.softmax_cross_entropy"
    small = small_book(tmp_path, f"# T\n\nCall `{name}`.\n\n| name |\n|:--|\n| `{name}` |\n")
    page, told = small.html()
    assert told == []
    assert re.findall("<code>(.*?)</code>", page) == ["jax.<wbr>nn.<wbr>softmax_<wbr>cross_<wbr>entropy", name]


@pytest.mark.parametrize("row", ["| 1 |", "| 1 | 2 | 3 |"])
def test_a_row_with_more_or_fewer_cells_than_the_head_is_told(tmp_path: Path, row: str) -> None:
    small = small_book(tmp_path, f"# T\n\n| a | b |\n|---|---|\n{row}\n")
    assert small.html()[1] == [f"page.md:5: a table's row of {row.count('|') - 1} cells"]


def test_struck_words_tasks_definitions_and_scripts_come_out(tmp_path: Path) -> None:
    lists = "- [x] done\n- [ ] open\n\nTerm\n: Meaning\n\n: Caption\n\n| a |\n|---|\n| b |\n"
    text = f"# T\n\n~~wrong~~ right, H~2~O, x^2^, 约3~5天，7~9天.\n\n{lists}"
    small = small_book(tmp_path, text)
    page, told = small.html()
    assert told == []
    assert "<p><s>wrong</s> right, H<sub>2</sub>O, x<sup>2</sup>, 约3~5天，7~9天.</p>" in page
    assert re.findall("<li><p>(.*?)</p>", page) == ["☑ done", "☐ open"]
    assert re.search("<dt>Term</dt><dd><p>Meaning</p>", page)
    assert re.search("<caption>.*Caption</caption>", page)
    notebook = small.notebook()
    assert "~~wrong~~ right, H<sub>2</sub>O, x<sup>2</sup>, 约3~5天" in notebook
    assert "Term  \n&emsp; Meaning" in notebook


def test_a_footnote_of_one_tab_is_in_no_other_tabs_notebook(tmp_path: Path) -> None:
    text = "# T\n\nShared.\n\n:begin_tab:`a`\nOnly a[^n].\n:end_tab:\n\n[^n]: The note.\n\nLast.\n"
    small = small_book(tmp_path, text)
    assert small.html()[1] == []
    assert "<sup>[n]</sup> The note." in small.notebook("a")
    assert "The note." not in small.notebook("b")
    assert "Shared." in small.notebook("b")
    assert "Last." in small.notebook("b")


BIB = r"""
@string{conf = "Proc. of {X}"}
@inproceedings{a.1, author = {G{\"o}del, Kurt and {\O}rsted, Hans}, title = {{{\v C}} and $L_2$ \& more, \$5},
  booktitle = conf # " 7", year = 1999}
@article{b.2, author = "van der Berg, Jan and others", title = {A {T}itle with 50\% off}, journal = {J.}, year = {2001}}
@misc{c.3, title={No author}, year={2002}, howpublished={\url{https://example.org/~a_b}}}
"""
WORDS = """# First
:label:`sec_first`

![A drawing.](img/a.svg)
:label:`fig_d`

: A table.

| a | b |
|:--|:--|
| 1 | 2 |
:label:`tab_t`

$$x=1$$
:eqlabel:`eq_x`

As :numref:`fig_d`, :numref:`tab_t`, :eqref:`eq_x` and :numref:`sec_first` show :cite:`a.1,b.2`, see Section
:numref:`sec_first`
and :citet:`b.2`, :citet:`c.3`.

```{.python .input}
#@tab a
1
```
"""


def test_words_of_the_engine_follow_the_language(tmp_path: Path) -> None:
    small = small_book(tmp_path, WORDS, more="bibfile = refs.bib\n")
    (tmp_path / "refs.bib").write_text(BIB)
    page, told = small.html()
    assert told == []
    text = html.unescape(re.sub(r"<[^>]+>", "", re.sub(r'<span class="katex">.*?</span></span></span>', "", page)))
    assert (
        "As Figure 1.1, Table 1.1, (1.1) and Section 1 show (Gödel and Ørsted, 1999; van der Berg et al., 2001)" in text
    )
    assert "see Section\n1\nand van der Berg et al. (2001), No author (2002)." in text
    assert "a: not run" in text
    assert "b: " not in text.replace("This section has no version for b.", "")
    whole = (tmp_path / "_build" / "html" / "page.html").read_text(encoding="utf-8")
    assert not re.search("[\u3400-\u9fff]", whole)
    assert "<small>Previous</small>" in whole
    assert not re.search("[\u3400-\u9fff]", (tmp_path / "_build" / "html" / "_static" / "search.js").read_text("utf-8"))
    notebook = small.notebook()
    assert "**Figure 1.1** A drawing." in notebook
    assert "**Table 1.1** A table." in notebook
    assert "*a: not run*" in notebook
    assert "**References**" in notebook
    assert not re.search("[\u3400-\u9fff]", notebook)


def test_entries_come_out_with_accents_formulas_addresses_and_others(tmp_path: Path) -> None:
    small = small_book(tmp_path, WORDS, more="bibfile = refs.bib\n")
    (tmp_path / "refs.bib").write_text(BIB)
    page, _ = small.html()
    first, third, second = re.findall(r'<li id="ref-[^"]*"><p>(.*?)</p></li>', page, re.S)
    assert formulas(first) == ["L_2"]
    assert "Gödel K, Ørsted H. 1999." in first
    assert "Č and " in first
    assert "&amp; more, $5</span>" in first
    assert "Proc. of X 7" in first
    assert 'href="https://example.org/~a_b"' in third
    assert "van der Berg J et al. 2001." in second
    assert "A Title with 50% off" in second


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("tr", ["Şekil 1.1", "Tablo 1.1", "Önceki konu"]),
        ("ko", ["그림 1.1", "표 1.1", "이전 항목"]),
        ("pt_BR", ["Tabela 1.1", "Tópico anterior"]),
        ("vi", ["Figure 1.1", "Chủ đề trước"]),
        ("zh", ["图1.1", "表1.1", "式（1.1）", "上一节"]),
    ],
)
def test_other_languages_have_the_words_that_sphinx_has(tmp_path: Path, lang: str, words: list[str]) -> None:
    small = small_book(tmp_path, WORDS.replace(":cite", ":ref").replace(":ref:`a.1,b.2`", "it"), lang=lang)
    small.html()
    whole = (tmp_path / "_build" / "html" / "page.html").read_text(encoding="utf-8")
    assert [word for word in words if word not in whole] == []


def test_a_branch_that_goes_on_with_the_method_before_it_ends_it(tmp_path: Path) -> None:
    cell = """```{.python .input}
%%tab a, b
class Meter:  #@save
    if tab.selected('a', 'b'):
        def __init__(self, start=0):
            self.total = start
        if tab.selected('b'):
            self.sealed = None

    def add(self, amount):
        return self.total
```
"""
    more = "[library-a]\nlib_file = d2l/a.py\n[library-b]\nlib_file = d2l/b.py\n"
    named = "```{.python .input}\n%%tab a\nimport a\n```\n\n```{.python .input}\n%%tab b\nimport b\n```\n\n"
    small_book(tmp_path, f"# T\n\n{named}{cell}", more=more)
    assert cli.main(["--root", str(tmp_path), "lib"]) == 0
    text = (tmp_path / "d2l" / "b.py").read_text()
    assert "        self.total = start\n        self.sealed = None\n" in text
    compile(text, "b.py", "exec")
    assert "sealed" not in (tmp_path / "d2l" / "a.py").read_text()


def test_what_a_page_without_any_backends_code_saves_is_in_every_library(tmp_path: Path) -> None:
    more = "[library-a]\nlib_file = d2l/a.py\n[library-b]\nlib_file = d2l/b.py\n"
    small_book(tmp_path, "# T\n\n```{.python .input}\n%%tab all\ndef count(x):  #@save\n    return 1\n```\n", more=more)
    assert cli.main(["--root", str(tmp_path), "lib"]) == 0
    assert all("def count(x):" in (tmp_path / "d2l" / f"{name}.py").read_text() for name in "ab")


def test_formulas_and_code_in_headings_are_readable_where_no_formula_can_stand(tmp_path: Path) -> None:
    title = "# The $L_2$ norm, `d2l.norm` and $\\frac{a}{b}$\n:label:`sec_l`"
    text = f"{title}\n\n## A $\\mathbf{{w}}^\\top\\mathbf{{x}}$\n\n:ref:`sec_l`\n"
    small = small_book(tmp_path, text)
    page, told = small.html()
    assert told == []
    whole = (tmp_path / "_build" / "html" / "page.html").read_text(encoding="utf-8")
    assert "<title>1 The L₂ norm, d2l.norm and a/b · Small</title>" in whole
    assert '<a class="to-section reference internal" href="#sec_l">“The L₂ norm, d2l.norm and a/b”</a>' in page
    search = (tmp_path / "_build" / "html" / "_static" / "search" / "pages.js").read_text(encoding="utf-8")
    assert '"The L₂ norm, d2l.norm and a/b"' in search
    assert '"A wᵀx"' in search
    assert cli.main(["--root", str(tmp_path), "epub", "--tab", "a"]) == 0
    with zipfile.ZipFile(next((tmp_path / "_build" / "epub").glob("*.epub"))) as book:
        assert "<title>1 The L₂ norm, d2l.norm and a/b</title>" in book.read("OEBPS/page.xhtml").decode()
        contents = next(name for name in book.namelist() if "nav" in name)
        assert "The L₂ norm, d2l.norm and a/b</a>" in book.read(contents).decode()


def test_what_is_said_instead_of_a_picture_keeps_its_formulas_and_code(tmp_path: Path) -> None:
    said = "$\\mathbf{o}$ is *turned* into $x_1$ by `net`, and no more."
    small = small_book(tmp_path, f"# Page\n\n![{said}](img/a.svg)\n")
    page, _ = small.html()
    instead = re.search(r'alt="([^"]*)"', page)
    assert instead and instead[1] == "o is turned into x₁ by net, and no more.", page
