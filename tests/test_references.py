"""Numbers, references and citations are decided once: site, PDF and notebooks say the same, and fail alike."""

from __future__ import annotations

import json
import re
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from d2lbook import pdf, site
from d2lbook.book import book as books
from d2lbook.book.numbering import Numbering
from d2lbook.book.references import cited_by, cited_in, link_to, reference_faults
from d2lbook.errors import BookError
from d2lbook.markup.parse import parse
from d2lbook.notebooks import write_zips
from tests.conftest import MakeBook
from tests.test_pdf import need_tex

CONFIG = (
    "[project]\ntitle = 书\nlang = zh_CN\n[build]\nsource_dir = chapters_md\ntabs = jax, pytorch\nbibfile = refs.bib\n"
)
BIB = """\
@article{Two.1999, author={甲, 一 and 乙, 二}, title={题}, journal={刊}, year={1999}, volume={3}, url={https://a.org/two}}
@book{Nobody.2001, title={书名}, publisher={社}, year={2001}}
@book{Only.2002, author={丙, 三}, title={别处}, publisher={社}, year={2002}}
"""
ONE = """\
# 一`x`与$y$
:label:`sec_one`

:begin_tab:`pytorch`
![甲图。](a.svg)
:label:`fig_torch`
:end_tab:

:begin_tab:`jax`
![乙图。](a.svg)
:label:`fig_jax`

见:citet:`Only.2002`。
:end_tab:

![丙图。](a.svg)
:label:`fig_all`

见:numref:`fig_torch`、:numref:`fig_jax`、:numref:`fig_all`、图:numref:`fig_all`、:ref:`sec_one`、第:numref:`sec_one`。

$$a=b$$
:eqlabel:`eq_one`

由:eqref:`eq_one`，引:cite:`Two.1999,Nobody.2001`与:citet:`Two.1999`。
"""


@pytest.fixture
def small(make_book: MakeBook) -> Path:
    root = make_book({"index": "# 书\n\n```toc\n:numbered:\n\none\n```\n", "one": ONE}, CONFIG)
    (root / "chapters_md" / "a.svg").write_text(
        '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>', encoding="utf-8"
    )
    (root / "refs.bib").write_text(BIB, encoding="utf-8")
    return root


def _page(root: Path) -> str:
    assert not site.build(books.load(root), root / "site", jobs=1).faults
    return (root / "site" / "one.html").read_text(encoding="utf-8")


def _notebook(root: Path, backend: str = "jax") -> str:
    book = books.load(root)
    file = write_zips(book, (backend,), root / "zip").files[0]
    with zipfile.ZipFile(file) as pack:
        cells = json.loads(pack.read(f"d2l-{backend}/one.ipynb"))["cells"]
    return "\n\n".join("".join(cell["source"]) for cell in cells)


def test_figures_are_counted_in_the_order_of_the_source_whatever_the_tabs(small: Path) -> None:
    numbers = {label: target.number for label, target in Numbering(books.load(small)).targets.items()}
    assert numbers == {"sec_one": "1", "fig_torch": "1.1", "fig_jax": "1.2", "fig_all": "1.3", "eq_one": "1.1"}


def test_page_and_notebook_print_the_numbers_of_the_book(small: Path) -> None:
    page, notebook = _page(small), _notebook(small)
    # the page shows JAX's panel first, and yet its figure is the second
    assert page.index('id="fig_jax"') < page.index('id="fig_torch"')
    for label, number in (("fig_torch", "1.1"), ("fig_jax", "1.2"), ("fig_all", "1.3")):
        assert re.search(rf'href="#{label}">图{number}</a>', page), label
    assert "**图1.2** 乙图。" in notebook and "**图1.3** 丙图。" in notebook and "甲图" not in notebook
    assert "见图1.1、[图1.2](#fig_jax)" in notebook  # JAX's readers have no such figure
    assert "图图" not in page and "第第" not in page  # cards word references as the prose does
    assert "（1.1）" in page and "\\tag{1.1}" in notebook


def test_the_pdf_prints_them_too(small: Path) -> None:
    need_tex()
    built = pdf.build(books.load(small), ["jax"], small / "pdf")
    assert not built.faults, built.faults
    tex = next((small / "_build" / "pdf").rglob("d2l-jax*.tex")).read_text(encoding="utf-8")
    assert "\\renewcommand{\\thefigure}{1.2}" in tex and "\\renewcommand{\\thefigure}{1.3}" in tex
    assert "\\renewcommand{\\thefigure}{1.1}" not in tex and "图1.1" in tex
    assert "丙（2002）" in tex and "甲和乙，1999" in tex


def test_a_reference_is_one_text_and_one_place(small: Path) -> None:
    targets = Numbering(books.load(small)).targets
    one, picture, equation = targets["sec_one"], targets["fig_all"], targets["eq_one"]
    assert [link_to(one, "numref").text, link_to(one, "numref", "见第", "章").text] == ["第1章", "1"]
    assert link_to(one, "ref").text == "“一x与y”" and link_to(one, "ref", markdown=True).text == "“一`x`与$y$”"
    assert link_to(one, "numref").whole and not link_to(picture, "numref").whole
    link = link_to(picture, "numref", "见图")
    assert (link.text, link.docname, link.label) == ("1.3", "one", "fig_all")
    assert [link_to(equation, "eqref", before).text for before in ("由", "由式", "方程")] == [
        "式（1.1）",
        "（1.1）",
        "（1.1）",
    ]


def test_citations_are_worded_alike(small: Path) -> None:
    page, notebook = _page(small), _notebook(small)
    words = re.sub(r"<[^>]+>", "", page)
    assert "引（甲和乙，1999；书名，2001）与甲和乙（1999）" in words
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", notebook)
    assert "引（甲和乙，1999；书名，2001）与甲和乙（1999）" in plain
    assert "甲 一, 乙 二. 1999. 题. 刊, 3." in words and "甲 一, 乙 二. 1999. 题. *刊*, 3." in plain


def test_what_a_book_cites_depends_on_the_backends_it_shows(small: Path) -> None:
    book = books.load(small)
    torch = replace(book, config=replace(book.config, backends=(book.config.backend("pytorch"),)))
    assert cited_by(book) == ("Nobody.2001", "Only.2002", "Two.1999")
    assert cited_by(torch) == ("Nobody.2001", "Two.1999")
    assert cited_in(book.section("one").prose) == ("Only.2002", "Two.1999", "Nobody.2001")


@pytest.mark.parametrize("product", ["site", "zip", "pdf"])
def test_a_reference_to_nothing_fails_in_all_three(small: Path, product: str) -> None:
    (small / "chapters_md" / "one.md").write_text(ONE + "\n又见:numref:`fig_al`。\n", encoding="utf-8")
    book = books.load(small)
    line = ONE.count("\n") + 2
    (fault,) = reference_faults(book)
    assert (fault.line, fault.message, fault.fix) == (line, "a reference to nothing", "did you mean fig_all?")
    assert fault in book.faults and fault.severity == "error"
    if product == "site":
        bare = replace_faults(book)
        assert fault in site.build(bare, small / "site", jobs=1).faults
    elif product == "zip":
        with pytest.raises(BookError) as caught:
            write_zips(book, ("jax",), small / "zip")
        assert fault in caught.value.faults and not (small / "zip").exists()
    else:
        need_tex()
        built = pdf.build(book, ["jax"], small / "pdf")
        assert built.faults == (fault,) and built.files == ()


def replace_faults(book: books.Book) -> books.Book:
    """Return the book as if reading it had found nothing, so that the site alone tells."""
    return replace(book, faults=())


def test_an_unknown_key_is_told_and_stands_in_its_place(small: Path) -> None:
    (small / "chapters_md" / "one.md").write_text(
        "# 一\n:label:`sec_one`\n\n引:cite:`Two.1999,Two.199`。\n", encoding="utf-8"
    )
    (fault,) = site.build(books.load(small), small / "site", jobs=1).faults
    assert (fault.message, fault.text, fault.fix) == ("an unknown citation", "Two.199", "did you mean Two.1999?")
    page = re.sub(r"<[^>]+>", "", (small / "site" / "one.html").read_text(encoding="utf-8"))
    assert "引（甲和乙，1999；Two.199）。" in page


def test_a_table_of_contents_is_read_once_with_its_depth() -> None:
    text = "# 书\n\n```toc\n:maxdepth: 2\n:numbered:\n\na.md\nb/c\n```\n\n```toc\nd\n```\n"
    first, second = parse(text, "index", "index.md").tocs
    assert (first.entries, first.depth, first.numbered, first.line) == (("a", "b/c"), 2, True, 3)
    assert (second.entries, second.depth, second.numbered) == (("d",), 1, False)
