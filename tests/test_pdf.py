"""The PDF: real TeX on a small book, its log judged, its numbers compared; and what is said where TeX is missing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.book.numbering import Numbering
from d2lbook.pdf import build
from d2lbook.pdf.joints import joint
from d2lbook.pdf.packages import DEBIAN
from d2lbook.pdf.tex import PROGRAMS, judge
from d2lbook.site import build as build_site
from tests.conftest import CONFIG, ROOT, MakeBook
from tests.site_book import store, text

SECTION = """\
# 一节
:label:`sec_one`

汇聚层（pooling layer）见:numref:`fig_one`、:numref:`tab_one`和:eqref:`eq_one`，读:numref:`sec_two`。

![图题](../../static/img/one.svg)
:label:`fig_one`
:width:`200px`

## 小标题
:label:`sec_part`

:begin_tab:`jax`
$$z = 1$$
:eqlabel:`eq_jax`

![只有JAX有](../../static/img/one.svg)
:end_tab:

见:eqref:`eq_jax`，是JAX*独有*的。

![无标签的图题](../../static/img/one.svg)

$$y = \\begin{cases}1 & x > 0\\\\ 0\\end{cases}$$
:eqlabel:`eq_one`

:表题

| 甲 | 乙 |
|:--|--:|
| 1 | :value:`acc:.2%` |
:label:`tab_one`

```{.python .input}
#@tab pytorch
print('这是甲')
```

```{.python .input}
#@tab jax
print('乙')
```

:begin_solution:
答案里有$x^2$。
:end_solution:
"""
PICTURE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="20">'
    "<text y='15' font-family='Noto Sans CJK SC'>输入</text></svg>"
)


def need_tex() -> None:
    """Skip where TeX is missing; fail where D2L_CI is set."""
    if all(shutil.which(program) for program in PROGRAMS):
        return
    reason = f"needs TeX: apt-get install --no-install-recommends {DEBIAN}"
    if os.environ.get("D2L_CI"):
        pytest.fail(reason)
    pytest.skip(reason)


def small_book(make_book: MakeBook, section: str = SECTION) -> Path:
    root = make_book(
        {
            "index": "# 书\n\n```toc\n:numbered:\n\nchapter/index\n```\n",
            "chapter/index": "# 一章\n:label:`chap_one`\n\n```toc\none\ntwo\n```\n",
            "chapter/one": section,
            "chapter/two": "# 又一节\n:label:`sec_two`\n\n见:numref:`chap_one`、:numref:`sec_part`。\n",
        },
        CONFIG,
    )
    picture = root / "static/img/one.svg"
    picture.parent.mkdir(parents=True, exist_ok=True)
    picture.write_text(PICTURE, encoding="utf-8")
    (root / "static/terminology.csv").write_text("english,zh_cn\npooling layer,汇聚层\n", encoding="utf-8")
    return root


def printed_numbers(aux: Path) -> dict[str, str]:
    """Return number by name (``docname:id``) for every label of an ``.aux`` file."""
    text = aux.read_text(encoding="utf-8")
    found = re.findall(r"\\newlabel\{([^{}]+)\}\{\{((?:[^{}]|\{[^{}]*\})*)\}\{\d+\}", text)
    return {name: number.strip("{}").removeprefix(r"\relax ") for name, number in found}


def printed_text(file: Path) -> str:
    return subprocess.run(["pdftotext", str(file), "-"], capture_output=True, text=True, check=True).stdout


def test_a_small_book_becomes_a_pdf_with_the_sites_numbers_in_both_scripts(make_book: MakeBook, tmp_path: Path) -> None:
    need_tex()
    root = small_book(make_book)
    book = books.load(root)
    store(book, "pytorch", "chapter/one", [[text("甲\n")]], {"acc": 0.8355})
    result = build(book, "pytorch", tmp_path / "out")
    assert not result.faults, [str(fault) for fault in result.faults]
    assert result.file.is_file() and result.pages >= 5
    told = printed_numbers(root / "_build/pdf/pytorch/tex/d2l-pytorch.aux")
    assert told["chapter/one:eq_one"] == "1.2"  # the first is JAX's
    anchors = [anchor for anchor in Numbering(book).targets.values() if anchor.label != "eq_jax"]
    assert len(anchors) == 7
    assert {anchor.label: told[f"{anchor.docname}:{anchor.label}"] for anchor in anchors} == {
        anchor.label: anchor.number for anchor in anchors
    }
    assert told["chapter/one:fig"] == "1.3"
    words = printed_text(result.file)
    page = build_site(book, tmp_path / "site")
    assert not page.faults
    html = (tmp_path / "site/chapter/one.html").read_text(encoding="utf-8")
    for reference in ("图1.1", "图1.3", "表1.1", "式（1.1）", "式（1.2）", "1.2节", "83.55%"):
        assert reference in "".join(words.split()), reference
        assert reference in html
    assert "式（1.1），是JAX" in "".join(words.split())
    assert "这是甲" in words and "print('乙')" not in words and "没有" not in words.partition("小标题")[2]
    assert "汇聚层（poolinglayer）" in "".join(words.split()).rpartition("索引")[2]

    other = build(book, "pytorch", tmp_path / "out", edition="zh_Hant")
    assert not other.faults, [str(fault) for fault in other.faults]
    assert other.file.name == "d2l-pytorch-zh-Hant.pdf" and result.file.is_file()
    assert printed_numbers(root / "_build/pdf/pytorch-zh-Hant/tex/d2l-pytorch-zh-Hant.aux") == told
    traditional = "".join(printed_text(other.file).split())
    for said in ("圖1.1", "目錄", "1.2節", "小標題", "匯聚層（poolinglayer）", "答案裡有", "print('这是甲')"):
        assert said in traditional, said
    assert "图" not in traditional and "标签" in words and "标签" not in traditional
    drawing = next((root / "_build/pdf/pytorch-zh-Hant/tex/drawings").glob("*.svg")).read_text(encoding="utf-8")
    assert "輸入" in drawing and "CJK TC" in drawing


def test_a_faulty_formula_and_a_missing_character_are_reported_and_no_pdf_is_delivered(
    make_book: MakeBook, tmp_path: Path
) -> None:
    need_tex()
    root = small_book(make_book, SECTION.replace("$x^2$", "$\\undefinedmacro{x}$"))
    result = build(books.load(root), "pytorch", tmp_path / "out")
    assert any(
        "Undefined control sequence" in fault.message and "undefinedmacro" in fault.text for fault in result.faults
    )
    assert not result.file.exists()
    root = small_book(make_book, SECTION.replace("答案里有", "答案里有\U00013000"))
    result = build(books.load(root), "pytorch", tmp_path / "out")
    assert any("a character that no font has" in fault.message for fault in result.faults)


def test_a_pdf_with_too_few_pages_is_not_delivered(make_book: MakeBook, tmp_path: Path) -> None:
    need_tex()
    root = small_book(make_book)
    (root / "config.ini").write_text(CONFIG + "\n[pdf]\nmin_pages = 50\n", encoding="utf-8")
    result = build(books.load(root), "jax", tmp_path / "out")
    assert [fault.message for fault in result.faults] == [f"{result.pages} pages, fewer than 50"]
    assert not result.file.exists()


def test_an_edition_that_the_book_does_not_list_is_wrong_use(
    make_book: MakeBook, capsys: pytest.CaptureFixture[str]
) -> None:
    root = small_book(make_book)
    assert cli.main(["--root", str(root), "pdf", "--edition", "zh_Hant"]) == 2
    assert "unknown edition 'zh_Hant'; known: zh_CN" in capsys.readouterr().err


def test_a_log_is_judged() -> None:
    log = textwrap.dedent("""\
        ! Undefined control sequence.
        l.12 \\x
        Missing character: There is no 𓀀 in font TeX!
        LaTeX Warning: Reference `a' on page 3 undefined on input line 4.
        Overfull \\hbox (9.9pt too wide) in paragraph at lines 1--2
        Overfull \\hbox (10.1pt too wide) in paragraph at lines 1--2
        []\\T1 words
        Underfull \\hbox (badness 10000)
    """)
    found = [item.message for item in judge(log)]
    assert found == [
        "TeX: Undefined control sequence.",
        "a character that no font has",
        "an undefined reference",
        "a line 10.1 pt too wide",
    ]


def test_without_tex_it_is_said_what_to_install(tmp_path: Path) -> None:
    script = "import sys; from d2lbook.cli import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", script, "--root", str(ROOT), "pdf", "--tab", "jax"]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert f"apt-get install --no-install-recommends {DEBIAN}" in done.stderr


@pytest.mark.parametrize(
    ("left", "right", "between"),
    [
        ("见", "S", "\\bookglue{}"),
        ("2", "的", "\\bookglue{}"),
        ("）", "。", "\\nobreak{}"),
        ("（", "W", "\\nobreak{}"),
        ("节", "的", ""),
        ("：", "S", ""),
        ("", "S", ""),
    ],
)
def test_what_stands_between_a_link_and_its_neighbour(left: str, right: str, between: str) -> None:
    assert joint(left, right) == between
