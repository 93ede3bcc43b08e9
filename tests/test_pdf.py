"""The PDF: real TeX on a small book, its log judged, its numbers compared; and what is said where TeX is missing."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
import sys
import textwrap
import time
import unicodedata
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.book.numbering import Numbering
from d2lbook.book.volumes import volume_faults
from d2lbook.doctree.prose import BookParser
from d2lbook.errors import BookError
from d2lbook.pdf import build
from d2lbook.pdf.joints import joint
from d2lbook.pdf.packages import DEBIAN
from d2lbook.pdf.tex import PROGRAMS, Complaint, convert_pictures, judge, place_of, run_confined
from d2lbook.site import build as build_site
from tests import outside
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

见:eqref:`eq_jax`，是JAX*独有*的。\
汇聚层（Fukushima）早就有了，损失要用`optax.softmax_cross_entropy_with_integer_labels(logits, y)`来算。

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
    result = build(book, ["pytorch"], tmp_path / "out", editions=("zh_CN", "zh_Hant"), jobs=2)
    assert not result.faults, [str(fault) for fault in result.faults]
    file, other = result.files
    assert file == tmp_path / "out/d2l-pytorch.pdf" and result.pages >= 10
    told = printed_numbers(root / "_build/pdf/pytorch/tex/d2l-pytorch.aux")
    assert told["chapter/one:eq_one"] == "1.2"  # the first is JAX's
    anchors = [anchor for anchor in Numbering(book).targets.values() if anchor.label != "eq_jax"]
    assert len(anchors) == 7
    assert {anchor.label: told[f"{anchor.docname}:{anchor.label}"] for anchor in anchors} == {
        anchor.label: anchor.number for anchor in anchors
    }
    assert told["chapter/one:fig-2"] == "1.3"  # the first without a label is JAX's
    words = printed_text(file)
    page = build_site(book, tmp_path / "site")
    assert not page.faults
    html = (tmp_path / "site/chapter/one.html").read_text(encoding="utf-8")
    for reference in ("图1.1", "图1.3", "表1.1", "式（1.1）", "式（1.2）", "1.2节", "83.55%"):
        assert reference in "".join(words.split()), reference
        assert reference in html
    assert "式（1.1），是JAX" in "".join(words.split())
    assert "这是甲" in words and "print('乙')" not in words and "没有" not in words.partition("小标题")[2]
    index = "".join(words.split()).rpartition("索引")[2]
    assert "汇聚层（poolinglayer）" in index and "Fukushima" not in index
    broken = "optax.softmax_cross_entropy_with_"
    assert broken in "".join(words.split()) and "\ninteger_labels(logits, y)" in words
    log = (root / "_build/pdf/pytorch/tex/d2l-pytorch.log").read_text(encoding="utf-8", errors="replace")
    assert "Overfull \\hbox" not in log and "Underfull \\hbox" not in log, "the long name is broken at a joint"

    assert other.name == "d2l-pytorch-zh-Hant.pdf" and file.is_file()
    assert printed_numbers(root / "_build/pdf/pytorch-zh-Hant/tex/d2l-pytorch-zh-Hant.aux") == told
    traditional = "".join(printed_text(other).split())
    for said in ("圖1.1", "目錄", "1.2節", "小標題", "匯聚層（poolinglayer）", "答案裡有", "print('这是甲')"):
        assert said in traditional, said
    assert "图" not in traditional and "标签" in words and "标签" not in traditional
    drawing = next((root / "_build/pdf/pytorch-zh-Hant/tex/drawings").glob("*.svg")).read_text(encoding="utf-8")
    assert "輸入" in drawing and "CJK TC" in drawing


VOLUMES = """
[pdf]
volumes = 上半: one
    下半: two
"""
BOTH_TABS = """
```{.python .input}
#@tab pytorch, jax
print(1)
```

:begin_tab:`pytorch, jax`
![两处](../../static/img/one.svg)
:label:`fig_two`
:end_tab:
"""
"""What is a copy in the panel of JAX of what has its label in that of PyTorch."""
ONE = "# 甲节\n:label:`sec_a`\n\n读:numref:`sec_b`、:numref:`fig_two`与:numref:`sec_a`，引 :cite:`One.2001`。\n"
TWO = """# 乙节
:label:`sec_b`

汇聚层（pooling layer）见:numref:`fig_two`，读:numref:`chap_one`，引 :cite:`Two.2002`。
"""


def bound_book(make_book: MakeBook, config: str = VOLUMES) -> Path:
    """Return a book of two chapters, each with references into the other, and its list of what is cited."""
    toc = "\n\n```toc\n:numbered:\n\none/index\ntwo/index\n```\n\n```toc\nreferences\n```\n"
    files = {
        "index": f"# 书\n\n写在前面的话。{toc}",
        "one/index": "# 甲章\n:label:`chap_one`\n\n```toc\na\n```\n",
        "one/a": ONE,
        "two/index": "# 乙章\n:label:`chap_two`\n\n```toc\nb\n```\n",
        "two/b": TWO + BOTH_TABS,
        "references": "# 参考文献\n\n:bibliography:`../static/d2l.bib`\n",
    }
    root = make_book(files, CONFIG + config)
    (root / "static/img").mkdir(parents=True)
    (root / "static/img/one.svg").write_text(PICTURE, encoding="utf-8")
    (root / "static/terminology.csv").write_text("english,zh_cn\npooling layer,汇聚层\n", encoding="utf-8")
    entry = "@article{{{key}, title={{{title}}}, author={{{name}, A}}, journal={{J}}, year={{{year}}}}}\n"
    entries = [("One.2001", "First things", "One", 2001), ("Two.2002", "Second things", "Two", 2002)]
    text_ = "".join(entry.format(key=key, title=title, name=name, year=year) for key, title, name, year in entries)
    (root / "static/d2l.bib").write_text(text_, encoding="utf-8")
    return root


def test_volumes_have_their_own_contents_index_and_bibliography_and_refer_to_each_other(
    make_book: MakeBook, tmp_path: Path
) -> None:
    need_tex()
    book = books.load(bound_book(make_book))
    assert book.faults == ()
    result = build(book, ["jax", "pytorch"], tmp_path / "out", jobs=2)
    assert not result.faults, [str(fault) for fault in result.faults]
    assert [file.name for file in result.files] == [
        "d2l-jax-1.pdf", "d2l-jax-2.pdf", "d2l-pytorch-1.pdf", "d2l-pytorch-2.pdf",
    ]  # fmt: skip
    for first, second in (result.files[:2], result.files[2:]):
        one, two = ("".join(printed_text(file).split()) for file in (first, second))
        assert "读2.1节（第2卷《下半》“乙节”）、图2.1（第2卷《下半》“两处”）与1.1节，引" in one
        assert "汇聚层（poolinglayer）见图2.1，读第1章（第1卷《上半》“甲章”），引" in two
        assert "版第1卷" in one and "上半" in one and "版第2卷" in two and "下半" in two
        assert "写在前面的话" in one and "写在前面的话" not in two
        assert "Firstthings" in one and "Secondthings" not in one
        assert "Secondthings" in two and "Firstthings" not in two
        assert "2.1乙节" in two and "2.1乙节" not in one and "图2.1" in two and "两处" in two
        assert "索引" in two and "汇聚层（poolinglayer）" in two.rpartition("索引")[2]


def test_some_chapters_alone_are_a_pdf_whose_other_references_are_words(make_book: MakeBook, tmp_path: Path) -> None:
    need_tex()
    root = bound_book(make_book, config="\n[pdf]\nmin_pages = 100\n")
    assert cli.main(["--root", str(root), "pdf", "--tab", "jax", "--chapters", "one"]) == 0
    told = "".join(printed_text(root / "_build/pdf/d2l-jax.pdf").split())
    assert "读2.1节、图2.1与1.1节，引" in told and "2.1乙节" not in told


def test_the_book_is_read_once_for_all_papers_and_only_what_changed_again(
    make_book: MakeBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_tex()
    root, read = bound_book(make_book), []
    parse = BookParser.parse
    monkeypatch.setattr(BookParser, "parse", lambda self, *words: (read.append(1), parse(self, *words))[1])
    assert not build(books.load(root), ["jax", "pytorch"], tmp_path / "out", jobs=1).faults
    assert len(read) == 6
    file = root / "chapters_md/one/a.md"
    file.write_text(file.read_text(encoding="utf-8") + "\n再添一句。\n", encoding="utf-8")
    result = build(books.load(root), ["jax"], tmp_path / "out", jobs=1)
    assert len(read) == 7 and "再添一句。" in printed_text(result.files[0])


@pytest.mark.parametrize(
    ("volumes", "told"),
    [
        ("甲: one\n    乙: one, two", "[pdf] volumes: a chapter in two volumes"),
        ("甲: one", "[pdf] volumes: a chapter in no volume"),
        ("甲: one, two, three", "[pdf] volumes: no such chapter"),
    ],
)
def test_volumes_that_do_not_fit_the_book_are_faults(make_book: MakeBook, volumes: str, told: str) -> None:
    root = bound_book(make_book, f"\n[pdf]\nvolumes = {volumes}\n")
    assert [fault.message for fault in volume_faults(books.load(root))] == [told]


def test_a_volume_without_chapters_is_a_fault_of_the_settings(make_book: MakeBook) -> None:
    with pytest.raises(BookError, match="a volume without chapters"):
        books.load(bound_book(make_book, "\n[pdf]\nvolumes = 甲\n"))


@pytest.mark.parametrize(
    ("lang", "words"),
    [
        ("ko", ["그림 1.1", "목차"]),
        ("tr", ["Şekil 1.1", "İçindekiler"]),
        ("pt_BR", ["Figure 1.1", "Tabela de Conteúdo"]),
        ("vi", ["Figure 1.1", "Contents"]),
    ],
)
def test_a_faultless_book_in_any_language_has_a_pdf(tmp_path: Path, lang: str, words: list[str]) -> None:
    need_tex()
    page = "# Bài ấ ü\n\nTừ ổ ç é ğ 한국.\n\n![A](img/a.svg)\n:label:`fig_a`\n\nSee :numref:`fig_a`.\n"
    outside.small_book(tmp_path, page, lang=lang)
    assert cli.main(["--root", str(tmp_path), "pdf", "--tab", "a"]) == 0
    printed = " ".join(printed_text(tmp_path / "_build/pdf/d2l-a.pdf").split())
    caption, number = words[0].split()
    assert printed.count(words[0]) == 2 and f"{caption}{number}" not in printed
    for word in ("Từ ổ ç é ğ 한국", *words):
        assert unicodedata.normalize("NFC", word) in unicodedata.normalize("NFC", printed), word


def test_a_tolerated_fault_stops_no_pdf_and_outputs_come_out_without_control_characters(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need_tex()
    cell = "```{.python .input}\n#@tab all\n1\n```\n"
    small = outside.small_book(tmp_path, f"# The $L_2$ norm\n\nA [link](nowhere) and :numref:`fig_none`.\n\n{cell}")
    store(small.book, "base", "page", [[text("started -\b \bdone, form\x0cfeed, nul\x00, \x1b[31mred\x1b[0m\n")]])
    assert cli.main(["--root", str(tmp_path), "pdf", "--tab", "a"]) == 1
    assert not (tmp_path / "_build/pdf/d2l-a.pdf").exists()
    assert cli.main(["--root", str(tmp_path), "pdf", "--tab", "a", "--tolerant"]) == 0
    told = capsys.readouterr().err
    assert "page.md:3: warning: a link to nothing" in told and "warning: a reference to nothing" in told
    assert "TeX" not in told and "fault of d2lbook" not in told
    assert "started done, formfeed, nul, red" in printed_text(tmp_path / "_build/pdf/d2l-a.pdf")
    assert "1  The L₂ norm" in bookmarks(next((tmp_path / "_build/pdf").rglob("d2l-a.out")))


def bookmarks(file: Path) -> list[str]:
    """Return the titles that a PDF's contents show, as hyperref has written them."""
    written = re.findall(r"^\\BOOKMARK ?(?:\[[^]]*\])*\{[^}]*\}\{(.*)\}\{[^}]*\}%", file.read_text(), re.M)
    octal = re.compile(r"\\([0-7]{3})")
    return [
        octal.sub(lambda match: chr(int(match[1], 8)), title).encode("latin-1").decode("utf-16") for title in written
    ]


def test_a_faulty_formula_and_a_missing_character_are_reported_and_no_pdf_is_delivered(
    make_book: MakeBook, tmp_path: Path
) -> None:
    need_tex()
    root = small_book(make_book, SECTION.replace("$x^2$", "$\\undefinedmacro{x}$"))
    result = build(books.load(root), ["pytorch"], tmp_path / "out")
    assert any(
        "Undefined control sequence" in fault.message and "undefinedmacro" in fault.text for fault in result.faults
    )
    assert result.files == () and not list((tmp_path / "out").glob("*.pdf"))
    root = small_book(make_book, SECTION.replace("答案里有", "答案里有\U00013000"))
    result = build(books.load(root), ["pytorch"], tmp_path / "out")
    assert any("a character that no font has" in fault.message for fault in result.faults)


def test_a_pdf_with_too_few_pages_is_not_delivered(make_book: MakeBook, tmp_path: Path) -> None:
    need_tex()
    root = small_book(make_book)
    (root / "config.ini").write_text(CONFIG + "\n[pdf]\nmin_pages = 50\n", encoding="utf-8")
    result = build(books.load(root), ["jax"], tmp_path / "out")
    assert [fault.message for fault in result.faults] == [f"{result.pages} pages, fewer than 50"]
    assert result.files == () and not list((tmp_path / "out").glob("*.pdf"))


def test_an_edition_that_the_book_does_not_list_is_wrong_use(
    make_book: MakeBook, capsys: pytest.CaptureFixture[str]
) -> None:
    root = small_book(make_book)
    assert cli.main(["--root", str(root), "pdf", "--edition", "zh_Hant"]) == 2
    assert "unknown edition 'zh_Hant'; known: zh_CN, all" in capsys.readouterr().err


def test_a_pictures_letters_take_little_room_and_can_be_copied(tmp_path: Path) -> None:
    need_tex()
    source, target = tmp_path / "one.svg", tmp_path / "one.pdf"
    source.write_text(PICTURE, encoding="utf-8")
    assert convert_pictures([(source, target)], 1, tmp_path / "known/vectors") == []
    fonts = subprocess.run(["pdffonts", str(target)], capture_output=True, text=True, check=True).stdout
    assert "NotoSansCJKsc-Regular" in fonts and fonts.count(" yes yes yes ") == 1
    assert target.stat().st_size < 15_000  # 50 KB more with the subroutines of all characters
    assert printed_text(target).strip() == "输入"
    again = tmp_path / "again.pdf"
    shutil.rmtree(tmp_path / "known/letters")
    assert convert_pictures([(source, again)], 1, tmp_path / "known/vectors") == []
    assert again.read_bytes() == target.read_bytes() and not (tmp_path / "known/letters").exists()


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


READS = r"""\documentclass{article}\begin{document}
\newread\file\openin\file=%s \ifeof\file unread\else read\fi
\immediate\write18{touch ran}
\newwrite\out\immediate\openout\out=%s \immediate\write\out{x}
\end{document}
"""


def test_tex_reads_and_writes_nothing_outside_its_folder_and_starts_nothing(tmp_path: Path) -> None:
    need_tex()
    (work := tmp_path / "work").mkdir()
    (secret := tmp_path / "secret.tex").write_text("secret")
    told = {}
    for name, outside_ in (("within", "out.txt"), ("beyond", tmp_path / "out.txt")):
        (work / f"{name}.tex").write_text(READS % (secret, outside_))
        done = run_confined(["xelatex", "-interaction=nonstopmode", "-halt-on-error", f"{name}.tex"], work)
        told[name] = (done.returncode, (work / f"{name}.log").read_text(errors="replace"))
    assert told["within"][0] == 0 and (work / "out.txt").is_file()
    assert "unread" in printed_text(work / "within.pdf")
    assert told["beyond"][0] != 0 and "Not writing to" in told["beyond"][1] + done.stdout
    assert not (tmp_path / "out.txt").exists() and not list(tmp_path.rglob("ran"))


LOOP = r"\immediate\openout1=begun \immediate\closeout1 \def\x{\x}\x"
"""Says by a file that TeX has begun, and never ends."""
XETEX = ["xetex", "-interaction=nonstopmode", "loop.tex"]
PATIENCE = 600
"""Seconds that a step may take where the processors are not this test's alone: imports alone can take a minute."""
ENGINE = f"""
import sys
from pathlib import Path
from d2lbook.pdf.tex import run_confined
sys.exit(run_confined({XETEX}, Path(sys.argv[1]), {PATIENCE}).stdout)
"""


def test_tex_ends_when_its_time_is_over(tmp_path: Path) -> None:
    need_tex()
    (tmp_path / "loop.tex").write_text(LOOP)
    began = time.monotonic()
    done = run_confined(XETEX, tmp_path, 2)
    assert done.returncode != 0 and "it took more than 2 s" in done.stdout and time.monotonic() - began < 30


def test_tex_ends_when_the_engine_is_killed(tmp_path: Path) -> None:
    """All that the engine started ends, known by its parents and seen while TeX ran: no name or time tells it."""
    need_tex()
    (tmp_path / "loop.tex").write_text(LOOP)
    engine = subprocess.Popen([sys.executable, "-c", ENGINE, tmp_path], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    started: list[psutil.Process] = []
    try:
        wait_for(lambda: list(tmp_path.glob("begun*")) or engine.poll() is not None)
        started = psutil.Process(engine.pid).children(recursive=True)
        assert engine.poll() is None and "xetex" in [process.name() for process in started], engine.communicate()[1]
        engine.kill()
        engine.wait()
        wait_for(lambda: all(has_ended(process) for process in started))
    finally:
        engine.kill()
        engine.communicate()
        for process in started:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; fail if it doesn't within the patience."""
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.1)


def has_ended(process: psutil.Process) -> bool:
    """Tell whether a process runs no more, be it waited for by whoever has inherited it or not."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


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


def test_a_complaint_of_tex_names_the_section_and_the_cell() -> None:
    tex = "\\begin{document}\n%@ text a/b 7\nwords\n%@ output a/b 12\n\\begin{equation*}\n\\frac{a\n\\end{equation*}\n"
    log = "! Missing } inserted.\n<inserted text>\nl.6 \\frac{a\n\n! Undefined control sequence.\nl.3 words\n"
    first, second = judge(log)
    assert place_of(first, tex) == ("output", "a/b", 12)
    assert place_of(second, tex) == ("text", "a/b", 7)
    assert place_of(Complaint("latexmk failed", ""), tex) == ("", "", 0)
