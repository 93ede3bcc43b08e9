"""The site as files: what pages hold, what is reported, and what is made anew. Real books, real stored notebooks."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.errors import Built
from d2lbook.site.katex import Katex

from .conftest import CONFIG, MakeBook
from .site_book import FILES, PLOT, metric, result, shown, store, text, write_book, write_sample


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built sample."""
    root = tmp_path_factory.mktemp("sample")
    outcome = site.build(write_sample(root), root / "_build/html", jobs=1)
    assert [str(fault) for fault in outcome.faults] == []
    assert outcome.pages == len(FILES)
    return root / "_build/html"


def page(out: Path, name: str) -> str:
    return (out / f"{name}.html").read_text(encoding="utf-8")


def words(html: str) -> str:
    """Return what a reader sees of a piece of HTML, formulas left out."""
    html = re.sub(r'<span class="math[ a-z]*">.*?</span></span></span></span>', "", html)
    return re.sub(r"<[^>]+>", "", html)


def build(book: Book) -> Built:
    return site.build(book, book.config.output_dir / "html", jobs=1)


def reload(book: Book) -> Book:
    return books.load(book.config.root)


# ---- prose ----


def test_source_lines_join_without_a_blank_and_bold_works_beside_quotes(sample: Path) -> None:
    html = page(sample, "one/ndarray")
    assert "这一段在源文件里折成几行，<strong>张量的“形状”</strong>说的是" in html


def test_formulas_stand_apart_from_the_words_beside_them_and_not_from_punctuation(sample: Path) -> None:
    html = page(sample, "one/ndarray")
    tied = '形状是<span class="tie"><span class="math after">'
    for piece in (tied, '共<span class="math after before">', '（<span class="math before">'):
        assert piece in html, piece
    bare = re.findall(r'[\u4e00-\u9fff](?:<[^>]*>)*<span class="math(?: before)?">', html)
    assert bare == []


def test_numbers_are_those_that_references_print(sample: Path) -> None:
    html = page(sample, "one/ndarray")
    assert '<h1><span class="number">1.1</span> 数据操作' in html
    assert '<h2><span class="number">1.1.2</span> 公式' in html
    assert 'href="#eq_sum">（1.1）</a></div>' in html
    assert '<figcaption><a class="number" href="#fig_broadcast">图1.1</a> 两个形状不同' in html
    assert '<caption><a class="number" href="#tab_create">表1.1</a> 常用的创建函数' in html
    assert "式（1.1）、式（1.1）、图1.1、表1.1、第1章、1.1.1节与“前言”。" in words(html)
    assert '见<a class="to-section reference internal" href="../one/ndarray.html">1.1节</a>' in page(
        sample, "two/softmax"
    )
    assert "式（1.1）。" in words(page(sample, "two/softmax"))


def test_formulas_are_in_the_page_and_their_fonts_beside_it(sample: Path) -> None:
    html = page(sample, "one/ndarray")
    assert html.count('class="katex"') >= 5
    assert "katex-error" not in html
    css = (sample / "_static/katex/katex.min.css").read_text()
    fonts = re.findall(r"url\(([^)]+)\)", css)
    assert fonts and all((sample / "_static/katex" / name).is_file() for name in fonts)


@pytest.mark.parametrize(
    ("tex", "parts"),
    [
        (r"a=1,\qquad b=2", 2),
        (r"a,\quad b\quad c", 2),
        (r"\begin{aligned}a&=1,\qquad b\\c&=2\end{aligned}", 1),
        (r"f=\left\{\begin{array}{l}1,\quad x\end{array}\right.", 1),
        (r"\text{若}x,\qquad", 1),
    ],
)
def test_statements_side_by_side_are_apart_so_that_a_phone_can_stack_them(tmp_path: Path, tex: str, parts: int) -> None:
    katex = Katex(tmp_path / "cache.sqlite")
    shown = katex.render([(tex, True), (tex, False)])
    katex.close()
    assert not shown[tex, True].error
    assert shown[tex, True].html.count("katex-display") == parts
    assert "katex-display" not in shown[tex, False].html


def test_pages_without_formulas_fetch_nothing_for_them(sample: Path) -> None:
    assert "katex.min.css" in page(sample, "one/ndarray") and "katex.min.css" in page(sample, "two/softmax")
    assert "katex" not in page(sample, "front")


def test_pictures_have_their_size_and_load_late(sample: Path) -> None:
    html = page(sample, "one/ndarray")
    picture = re.search(r"<img[^>]+broadcast\.svg[^>]+>", html)
    assert picture and 'width="320" height="110"' in picture[0] and 'loading="lazy"' in picture[0]
    assert all("height=" in tag and "alt=" in tag for tag in re.findall(r"<img[^>]*>", html))


def test_citations_by_author_and_year_listed_at_the_end_of_the_page(sample: Path) -> None:
    html = page(sample, "one/ndarray")
    assert "见Vaswani等（2017）与更早的工作（LeCun和Bottou，1998），页面上" in words(html)
    listing = html[html.index('<section class="bibliography">') :]
    lines = [words(line) for line in listing.split("<li ")[1:]]
    assert "LeCun Y, Bottou L. 1998. Gradient-based learning. Proceedings of the IEEE, 86(11), 2278–2324." in lines[0]
    assert "Vaswani A, Shazeer N, Parmar N. 2017. Attention is all you need. NeurIPS." in lines[1]
    assert 'id="ref-vaswani-2017"' in listing
    assert "bibliography" not in page(sample, "two/softmax")


def test_headings_have_lasting_names(sample: Path) -> None:
    html = page(sample, "one/ndarray")
    assert '<section id="sub_start">' in html and '<section id="练习">' in html


def test_footnotes_and_folds(sample: Path) -> None:
    html = page(sample, "one/ndarray")
    assert "轴也叫维度。" in words(html)
    assert '<details class="fold hint"><summary>提示</summary>' in html
    assert '<details class="fold solution"><summary>答案</summary>' in html
    assert "(2, 6)" in html[html.index("fold solution") :]


# ---- cells and tabs ----


def group(html: str, number: int) -> str:
    start = html.index(f'id="g{number}"')
    return html[start : html.find('<div class="tabs', start)]


def panel(html: str, number: int, tab: str) -> str:
    start = html.index(f'id="g{number}-{tab}-panel"')
    ends = [place for mark in ('role="tabpanel"', '<div class="tabs') if (place := html.find(mark, start + 20)) > 0]
    return html[start : min(ends)]


def test_neighbouring_cells_are_one_group_with_a_panel_for_each_backend(sample: Path) -> None:
    html = page(sample, "one/ndarray")
    assert re.findall(r'role="tab" type="button" id="g1-(\w+)"', html) == ["mxnet", "pytorch", "tensorflow", "jax"]
    assert "torch" in words(panel(html, 1, "pytorch")) and "range(12)" in words(panel(html, 1, "pytorch"))


def test_a_cell_for_all_shows_its_code_once_and_equal_outputs_once(sample: Path) -> None:
    html = words(page(sample, "one/ndarray"))
    assert html.count("print(x.shape)") == 1 and html.count("(12,)") == 1
    assert html.count("x + 1") == 1
    assert all(
        html.count(output) == 1 for output in ("array([1., 2.])", "tensor([1, 2])", "Array([1, 2], dtype=int32)")
    )


def test_what_a_backend_lacks_is_said_in_place(sample: Path) -> None:
    assert "这一步没有MXNet的代码。" in words(panel(page(sample, "one/ndarray"), 3, "mxnet"))
    html = page(sample, "two/softmax")
    assert "本节没有TensorFlow版本。" in words(panel(html, 0, "tensorflow"))
    assert "TensorFlow没有这个运算。" in words(panel(html, 1, "tensorflow"))
    assert "本节没有TensorFlow版本。" in words(panel(html, 2, "tensorflow"))


def test_every_tab_says_how_it_was_run(sample: Path) -> None:
    html = page(sample, "one/ndarray")
    assert "PyTorch：numpy 2.4.6 · CPU · 12.3 s · 2026-11-21" in words(panel(html, 0, "pytorch"))
    assert "TensorFlow：未运行" in words(panel(html, 0, "tensorflow"))
    assert '<p class="provenance">base：numpy 2.4.6' in page(sample, "one/calculus")


def test_engine_marks_and_records_are_not_shown(sample: Path) -> None:
    html = words(page(sample, "two/softmax"))
    assert "volatile" not in html and "METRIC" not in html and "0.80 &lt; acc" not in html and "@tab" not in html


def test_recorded_numbers_are_printed_for_each_backend_and_as_a_range(sample: Path) -> None:
    html = page(sample, "two/softmax")
    assert '<span class="value" data-tab="pytorch">83.5%</span>' in html
    assert '<span class="value range" data-tab="tensorflow">83.1%～83.9%</span>' in html
    assert '极限是<span class="value">2.00</span>' in page(sample, "one/calculus")


def test_a_tables_cells_show_recorded_numbers_and_pictures(sample: Path) -> None:
    html = page(sample, "one/calculus")
    assert '<td class="text-right"><p><span class="value">2.000</span></p></td>' in html
    assert re.search(r"<td></td>\s*<td[^>]*><p><img [^>]*broadcast\.svg", html)


def test_outputs_are_marked_by_kind(sample: Path) -> None:
    html = page(sample, "one/ndarray")
    assert '标准错误</p><pre class="stream stderr">careful' in html
    error = page(sample, "two/softmax")
    assert '<pre class="stream error">ValueError: 坏</pre>' in error
    assert '<pre class="stream stdout long">h\nxxx' in page(sample, "one/calculus")
    assert re.search(r'<img class="drawn light" src="\.\./_images/[0-9a-f]{16}\.svg" width="336" height="240"', error)
    assert re.search(r'<img class="paper" src="\.\./_images/[0-9a-f]{16}\.png" width="1" height="1"', error)
    for name in re.findall(r'src="\.\./(_images/[^"]+)"', error):
        assert (sample / name).is_file()


def test_html_outputs_are_harmless(sample: Path) -> None:
    html = page(sample, "one/calculus")
    markup = html[html.index('<div class="markup">') : html.index("极限")]
    assert "0.78" in markup and "没有关上</b>" in markup
    assert not re.search(r"script|style|onclick|onmouseover|onerror|javascript|iframe|example\.org", markup)


# ---- the site ----


def test_pages_load_nothing_from_elsewhere(sample: Path) -> None:
    for file in sample.rglob("*.html"):
        html = file.read_text(encoding="utf-8")
        assert not re.search(r'(?:src|srcset)="(?:https?:)?//', html)
        assert not re.search(r'<link[^>]+href="(?:https?:)?//', html)
        assert not re.search(r"<script(?![^>]*\ssrc=)", html)
        assert "Content-Security-Policy" in html
    for file in sample.rglob("*.css"):
        assert "//" not in re.sub(r"/\*.*?\*/", "", file.read_text(encoding="utf-8"), flags=re.S).replace(
            "https://", "x"
        )


def test_contents_lead_through_the_book(sample: Path) -> None:
    front = page(sample, "index")
    assert '<a href="one/ndarray.html"><span class="number">1.1</span> 数据操作</a>' in front
    html = page(sample, "one/ndarray")
    assert 'rel="prev" href="index.html"' in html and 'rel="next" href="calculus.html"' in html
    assert 'aria-current="page"><span class="number">1.1</span> 数据操作' in html
    assert '<li class="level-2"><a href="#sub_formulas">公式</a></li>' in html


def test_pages_of_documents_taken_out_are_deleted(tmp_path: Path) -> None:
    book = write_book(tmp_path, {"index": "# 书\n\n```toc\na\n```\n", "a": "# 甲\n"})
    build(book)
    assert (tmp_path / "_build/html/a.html").is_file()
    (tmp_path / "chapters_md/index.md").write_text("# 书\n", encoding="utf-8")
    build(reload(book))
    assert not (tmp_path / "_build/html/a.html").exists()


def test_links_between_pages_are_checked(tmp_path: Path) -> None:
    links = "[乙](b.md)、[节](b.md#节)、[标](b.md#sub_b)、[坏](b.md#nix)、[本](#甲)、[坏](#nix)、[坏](c.md)"
    book = write_book(
        tmp_path,
        {
            "index": "# 书\n\n```toc\na\nb\n```\n",
            "a": f"# 甲\n\n{links}\n",
            "b": "# 乙\n\n## 节\n\n## 标\n:label:`sub_b`\n",
        },
    )
    faults = (*book.faults, *build(book).faults)
    assert [(fault.path, fault.line) for fault in faults] == [("chapters_md/a.md", 3)] * 3
    assert 'href="b.html#节"' in page(tmp_path / "_build/html", "a")


def test_only_documents_of_the_book_are_pages(tmp_path: Path) -> None:
    book = write_book(tmp_path, {"index": "# 书\n\n正文。\n", "draft": "# 草稿\n"})
    assert build(book).faults == ()
    assert not (tmp_path / "_build/html/draft.html").exists()


def test_two_processes_make_the_same_site(sample: Path, tmp_path: Path) -> None:
    more = {
        f"more/s{number:02d}": f"# 节{number}\n:label:`sec_{number}`\n\n$x_{number}$见:numref:`sec_0`。\n"
        for number in range(12)
    }
    chapter = {"more/index": "# 多\n\n```toc\n" + "\n".join(name.removeprefix("more/") for name in more) + "\n```\n"}
    index = {"index": FILES["index"].replace("two/index", "two/index\nmore/index")}
    book = write_book(tmp_path, {**FILES, **more, **chapter, **index})
    one, two = tmp_path / "one", tmp_path / "two"
    assert site.build(book, one, jobs=1).faults == ()
    for file in (tmp_path / "_build/site/doctrees").rglob("*"):
        if file.is_file():
            file.unlink()
    assert site.build(book, two, jobs=2).faults == ()
    for file in one.rglob("*.html"):
        assert (two / file.relative_to(one)).read_bytes() == file.read_bytes()


# ---- faults ----

BROKEN = """\
# 坏
:label:`sec_bad`

好公式$x$，坏公式$\\frac{1$。

$$\\badcommand{x}$$

见:numref:`sec_nothing`和:cite:`Nobody.1900`，约:value:`loss`。
"""


def test_everything_wrong_is_reported_in_one_run_and_again_in_the_next(tmp_path: Path) -> None:
    book = write_book(tmp_path, {"index": "# 书\n\n```toc\nbad\n```\n", "bad": BROKEN})
    expected = [
        ("chapters_md/bad.md", 4, "KaTeX rejects this formula"),
        ("chapters_md/bad.md", 6, "KaTeX rejects this formula"),
        ("chapters_md/bad.md", 8, "a recorded number in a section without code"),
        ("chapters_md/bad.md", 8, "an unknown citation"),
    ]
    for _ in range(2):
        faults = build(reload(book)).faults
        assert [(fault.path, fault.line, fault.message.partition(":")[0]) for fault in faults] == expected
    assert [(fault.line, fault.message) for fault in book.faults] == [(8, "a reference to nothing")]
    (tmp_path / "chapters_md/bad.md").write_text("# 好\n", encoding="utf-8")
    assert build(reload(book)).faults == ()


def test_a_number_that_nobody_recorded_is_a_fault(tmp_path: Path) -> None:
    book = write_book(tmp_path, {"index": "# 书\n\n```{.python .input}\n#@tab all\n1\n```\n\n约:value:`loss`。\n"})
    store(book, "base", "index", [[result("1")]], {"lossy": 1.0})
    (fault,) = build(book).faults
    assert (fault.line, fault.message) == (8, "no such recorded number in base: loss (did you mean lossy?)")


def test_outputs_of_other_code_are_marked(tmp_path: Path) -> None:
    source = "# 书\n\n```{.python .input}\n#@tab all\nx = 1\n```\n"
    book = write_book(tmp_path, {"index": source})
    store(book, "base", "index", [[text("out")]])
    (tmp_path / "chapters_md/index.md").write_text(source.replace("x = 1", "x = 1  # 注释"), encoding="utf-8")
    assert build(reload(book)).faults == ()
    (tmp_path / "chapters_md/index.md").write_text(source.replace("x = 1", "x = 2"), encoding="utf-8")
    (fault,) = build(reload(book)).faults
    assert (fault.severity, fault.message) == ("warning", "the code has changed since base ran it")
    assert "此后代码有改动" in page(tmp_path / "_build/html", "index")


# ---- what is made anew ----


@pytest.fixture
def built(tmp_path: Path) -> Book:
    book = write_sample(tmp_path)
    assert build(book).pages == len(FILES)
    return book


def edit(book: Book, docname: str, old: str, new: str) -> Book:
    file = book.config.source_dir / f"{docname}.md"
    content = file.read_text(encoding="utf-8")
    assert old in content
    file.write_text(content.replace(old, new), encoding="utf-8")
    return reload(book)


def test_nothing_changed_nothing_made(built: Book) -> None:
    assert build(reload(built)).pages == 0


def test_an_edit_of_words_makes_its_page_and_its_chapter(built: Book) -> None:
    assert build(edit(built, "one/calculus", "| 量 |", "| 数量 |")).pages == 2
    assert "数量" in page(built.config.output_dir / "html", "one/calculus")


def test_a_first_sentence_stands_on_its_chapters_page_too(built: Book) -> None:
    assert build(edit(built, "one/calculus", "极限是", "这个极限是")).pages == 3  # and what lists the chapter
    for name in ("one/calculus", "one/index"):
        assert "这个极限是" in page(built.config.output_dir / "html", name)


def test_new_outputs_make_their_page(built: Book) -> None:
    store(built, "base", "one/calculus", [[text("别的输出")]], {"limit": 3.0})
    assert build(reload(built)).pages == 3  # a first sentence prints one of its numbers
    assert "别的输出" in page(built.config.output_dir / "html", "one/calculus")


def test_a_first_run_makes_its_page(built: Book) -> None:
    cells = [[result("range(12)")], [text("(12,)\n")], [result("tf")], [text("(2, 6)\n")]]
    store(built, "tensorflow", "one/ndarray", cells)
    build(reload(built))
    assert "TensorFlow：numpy 2.4.6" in page(built.config.output_dir / "html", "one/ndarray")


def test_a_new_number_reaches_every_page_that_prints_it(built: Book) -> None:
    book = edit(built, "one/ndarray", "## 公式", "$$a=b$$\n:eqlabel:`eq_first`\n\n## 公式")
    build(book)
    assert "式（1.2）。" in words(page(book.config.output_dir / "html", "two/softmax"))


def test_what_a_card_says_follows_the_place_that_it_is_about(built: Book) -> None:
    out = built.config.output_dir / "html"
    assert "折成几行，张量的“形状”说的是每个轴多长，见Vaswani等与更早的工作，页面上" in page(out, "two/softmax")
    book = edit(built, "one/ndarray", "这一段在源文件里", "这一句在源文件里")
    assert build(book).faults == ()
    assert "这一句在源文件里折成几行" in page(out, "two/softmax")
    book = edit(book, "one/ndarray", "C_{ij} = a_i + b_j", "C_{ij} = a_i - b_j")
    assert build(book).faults == ()
    assert "a_i - b_j" in page(out, "two/softmax")


def test_a_new_title_reaches_every_sidebar(built: Book) -> None:
    build(edit(built, "one/index", "# 预备知识", "# 准备"))
    assert "准备" in page(built.config.output_dir / "html", "two/softmax")


def test_a_new_section_makes_only_the_pages_that_show_it(built: Book) -> None:
    book = edit(built, "one/index", "ndarray\n", "new\nndarray\n")
    (book.config.source_dir / "one/new.md").write_text("# 新的一节\n", encoding="utf-8")
    out = book.config.output_dir / "html"
    old = (out / "front.html").stat().st_mtime_ns
    assert build(reload(book)).pages == len(FILES)
    assert (out / "front.html").stat().st_mtime_ns == old
    told = [name for name in (*FILES, "one/new") if "新的一节" in page(out, name)]
    assert sorted(told) == ["index", "one/calculus", "one/index", "one/ndarray", "one/new"]
    assert '<a class="to-section reference internal" href="../one/ndarray.html">1.2节</a>' in page(out, "two/softmax")


def test_a_section_taken_out_renumbers_the_rest(built: Book) -> None:
    build(edit(built, "index", "one/index\n", ""))
    html = page(built.config.output_dir / "html", "two/softmax")
    assert '<h1><span class="number">1.1</span> softmax回归' in html


def test_a_changed_entry_reaches_the_pages_that_cite_it(built: Book) -> None:
    file = built.config.bibfile
    file.write_text(file.read_text(encoding="utf-8").replace("Attention is all", "Something is all"), encoding="utf-8")
    build(reload(built))
    assert "Something is all" in page(built.config.output_dir / "html", "one/ndarray")


def test_the_books_first_page_says_how_it_was_run_above_its_code(tmp_path: Path) -> None:
    cells = "".join(f"```{{.python .input}}\n#@tab {name}\n{name}()\n```\n\n" for name in ("pytorch", "jax"))
    book = write_book(tmp_path, {"index": f"# 书\n\n说明这本书的一句话。\n\n{cells}"})
    store(book, "jax", "index", [[result("3")]])
    assert build(book).faults == ()
    html = page(tmp_path / "_build/html", "index")
    places = [html.index(mark) for mark in ("一句话。", 'id="g0"', "JAX：numpy", 'id="g1"')]
    assert places == sorted(places)


def test_a_book_of_one_backend_has_no_tabs(tmp_path: Path) -> None:
    config = CONFIG.replace("tabs = mxnet, pytorch, tensorflow, jax", "tabs = pytorch")
    config = re.sub(r"\[backend-(?:mxnet|tensorflow|jax)\]\ntitle.*\nmodule.*\n", "", config)
    book = write_book(tmp_path, {"index": "# 书\n\n```{.python .input}\nx\n```\n"}, config)
    plot = shown({"image/svg+xml": PLOT.format(end=1)})
    store(book, "pytorch", "index", [[plot, metric("a", 1)]])
    assert build(book).faults == ()
    html = page(tmp_path / "_build/html", "index")
    assert 'class="tabs' not in html and "pytorch" not in words(html).lower().replace("pytorch：", "")


def test_nothing_is_loaded_where_nothing_changed_and_whatever_changes_is_seen(tmp_path: Path) -> None:
    root, out = tmp_path / "book", tmp_path / "book/_build/html"
    write_sample(root)
    assert site.build(books.load(root), out, jobs=1).pages == 7
    code = "import sys; from pathlib import Path; from d2lbook import site; from d2lbook.book import book as books\n"
    code += f"built = site.build(books.load(Path({str(root)!r})), Path({str(out)!r}), jobs=1)\n"
    code += "print(built.pages, built.faults, 'sphinx' in sys.modules)"

    def told() -> str:
        return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()

    assert told() == "0 () False"
    (out / "one/ndarray.html").unlink()
    assert told().endswith("() True") and (out / "one/ndarray.html").is_file()
    assert told() == "0 () False"
    file = root / "chapters_md/front.md"
    file.write_text(file.read_text(encoding="utf-8") + "\n再一句。\n", encoding="utf-8")
    assert told().endswith("() True") and "再一句。" in (out / "front.html").read_text(encoding="utf-8")
    picture = root / "static/img/broadcast.svg"
    picture.write_text(picture.read_text(encoding="utf-8").replace("#000", "#111"), encoding="utf-8")
    assert told().endswith("() True")
    file.write_text(file.read_text(encoding="utf-8") + "\n坏的公式$\\notacommand$。\n", encoding="utf-8")
    assert [told().endswith("True") for _ in range(2)] == [True, True]  # a faulty site is looked at each time


def test_an_index_that_was_mended_is_the_one_that_is_made_anew(tmp_path: Path) -> None:
    root = tmp_path / "book"
    write_sample(root)
    site.build(books.load(root), root / "_build/html", jobs=1)
    file = root / "chapters_md/front.md"
    for words in ("读法与张量。", "读法与向量化，读法与张量。", "走法。"):
        file.write_text(f"# 前言\n:label:`sec_front`\n\n{words}\n", encoding="utf-8")
        site.build(books.load(root), root / "_build/html", jobs=1)
    shutil.copytree(root, tmp_path / "anew", ignore=shutil.ignore_patterns("_build"))
    site.build(books.load(tmp_path / "anew"), tmp_path / "anew/_build/html", jobs=1)
    mended, anew = (folder / "_build/html/_static/search" for folder in (root, tmp_path / "anew"))
    files = [{path.relative_to(folder): path for path in folder.rglob("*.js")} for folder in (mended, anew)]
    assert files[0].keys() == files[1].keys()
    for name, path in files[0].items():
        assert path.read_bytes() == files[1][name].read_bytes(), name
    assert "走法" in "".join(path.read_text(encoding="utf-8") for path in mended.glob("*.js"))
    assert "走法" in (mended / "text/front.js").read_text(encoding="utf-8")


def test_what_each_page_says_lies_at_its_own_path(make_book: MakeBook) -> None:
    names = ("a/b", "a--b", "a/c d")
    toc = "".join(f"{name}\n" for name in names)
    root = make_book({"index": f"# 书\n\n```toc\n{toc}```\n"} | {name: f"# 节\n\n说的是{name}。\n" for name in names})
    assert site.build(books.load(root), root / "html", jobs=1).faults == ()
    texts = root / "html/_static/search/text"
    for name in names:
        assert f"说的是{name}" in (texts / f"{name}.js").read_text(encoding="utf-8")
    (root / "chapters_md/index.md").write_text("# 书\n\n```toc\na/b\na--b\n```\n", encoding="utf-8")
    assert site.build(books.load(root), root / "html", jobs=1).faults == ()
    assert {path.relative_to(texts).as_posix() for path in texts.rglob("*.js")} == {"index.js", "a/b.js", "a--b.js"}
