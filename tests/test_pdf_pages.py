"""Where the pages of a PDF end: no white left before a box, no title alone, nothing short parted.

Most of it is seen on a section of many pages, where each kind of thing meets the foot of some page.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from docutils import nodes as docutils_nodes

from d2lbook.book import book as books
from d2lbook.doctree import nodes
from d2lbook.pdf import build, room
from tests.conftest import MakeBook
from tests.site_book import store, text
from tests.test_pdf import need_tex, printed_numbers, printed_text, small_book

FOOT = 842 - 68
"""Points from the top at which text ends on a page of A4."""
SENTENCE = "这一句只为占去几行的地方，长短各不相同。"


def cell(name: str, lines: int) -> str:
    """Return a cell of so many lines, each with a name of its own."""
    return "```{.python .input}\n#@tab all\n" + "".join(f"{name}x{line} = 1\n" for line in range(lines)) + "```\n"


def many_pages() -> str:
    """Return a section in which text, hints, code of 6 and of 30 lines, and figures follow each other."""
    said = ["# 一节\n:label:`sec_part`\n"]
    for place in range(24):
        said.append(f"题{place}。" + SENTENCE * (3 + place * 5 % 11) + "\n")
        said.append(f":begin_hint:\n提{place}示。{SENTENCE}\n:end_hint:\n")
        said.append(SENTENCE * (2 + place * 3 % 7) + "\n")
        said.append(cell(f"short{place}", 6))
        if place % 3 == 0:
            said.append(f"![图题{place}](../../static/img/one.svg)\n:label:`fig_{place}`\n:width:`400px`\n")
            said.append(cell(f"next{place}", 12))
        said.append(cell(f"long{place}", 30) if place % 4 == 0 else SENTENCE + "\n")
    return "\n".join(said)


def pages_of(file: Path) -> list[str]:
    return printed_text(file).split("\f")[:-1]


def last_line(file: Path, page: int) -> float:
    """Return how far below the page's top the last word above the page number ends, in points."""
    command = ["pdftotext", "-bbox", "-f", str(page), "-l", str(page), str(file), "-"]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return max((end for end in map(float, re.findall(r'yMax="([\d.]+)"', told)) if end < FOOT + 4), default=0.0)


def test_pages_end_where_they_are_full_and_part_nothing_short(make_book: MakeBook, tmp_path: Path) -> None:
    need_tex()
    root = small_book(make_book, many_pages())
    book = books.load(root)
    result = build(book, ["jax"], tmp_path / "out")
    assert not result.faults, [str(fault) for fault in result.faults]
    file = result.files[0]
    pages = pages_of(file)
    where = {name: page for page, said in enumerate(pages, 1) for name in re.findall(r"\w+x\d+(?= = 1)", said)}
    first, final = where["short0x0"], where["short23x5"]
    assert final - first > 15
    ends = {page: last_line(file, page) for page in range(first, final)}
    assert min(ends.values()) > 0.75 * FOOT, ends
    whole = {f"short{place}": 6 for place in range(24)} | {f"next{place}": 12 for place in range(0, 24, 3)}
    parted = [name for name, lines in whole.items() if where[f"{name}x0"] != where[f"{name}x{lines - 1}"]]
    assert [name for name in parted if name.startswith("short")] == []
    assert not [name for name in parted if f"图题{name[4:]}" in pages[where[f"{name}x11"] - 1]]  # by its figure
    for said in pages:
        assert not re.search(r"(提示|先猜一猜)\s*\d*\s*$", said)
    log = (root / "_build/pdf/jax/tex/d2l-jax.log").read_text(encoding="utf-8", errors="replace")
    assert "Overfull \\vbox" not in log  # a frame cut behind its last line, whose foot would begin the next page


ANSWER = """\
# 一节
:label:`sec_part`

| 甲 | 乙 |
|:--|--:|
| 1 | 2 |
:label:`tab_one`

先有一句，再有一式：

$$y = x$$

甲$\\dfrac{1600}{40^2}$，{words}

1. **编程·★。**做一做。

:begin_solution:
账见:numref:`tab_answer`。

: 答案里的表

| 丙 | 丁 |
|:--|--:|
| 3 | 4 |
:label:`tab_answer`
:end_solution:
"""


def test_an_answer_keeps_its_numbers_and_lines_keep_apart(make_book: MakeBook, tmp_path: Path) -> None:
    need_tex()
    source = ANSWER.replace("{words}", "字" * 60).replace("| 甲 | 乙 |", ": 表题\n\n| 甲 | 乙 |")
    root = small_book(make_book, source)
    book = books.load(root)
    result = build(book, ["jax"], tmp_path / "out")
    assert not result.faults, [str(fault) for fault in result.faults]
    said = "".join(printed_text(result.files[0]).split())
    assert "账见表1.2" in said and "表1.2答案里的表" in said
    folder = root / "_build/pdf/jax/tex"
    assert printed_numbers(folder / "d2l-jax.aux")["chapter/one:tab_answer"] == "1.2"
    tex = (folder / "d2l-jax.tex").read_text(encoding="utf-8")
    assert re.search(r"有一式：\n%@ [^\n]*\n\\begin\{equation\*\}", tex)  # no paragraph ends before it
    told = subprocess.run(["pdftotext", "-bbox", str(result.files[0]), "-"], capture_output=True, text=True, check=True)
    tops = [float(top) for top in re.findall(r'yMin="([\d.]+)"[^>]*>[甲，]?字+<', told.stdout)]
    assert len(tops) == 2 and tops[1] - tops[0] > 17.5  # 15.5 where a line is not set apart


def test_an_error_and_its_label_stand_together(make_book: MakeBook, tmp_path: Path) -> None:
    need_tex()
    source = "# 一节\n:label:`sec_part`\n\n" + "\n".join(
        f"{SENTENCE * (1 + place)}\n\n" + cell(f"warn{place}", 2) for place in range(14)
    )
    root = small_book(make_book, source)
    book = books.load(root)
    store(book, "base", "chapter/one", [[text(f"careful{place}!\n", "stderr")] for place in range(14)])
    result = build(book, ["jax"], tmp_path / "out")
    assert not result.faults, [str(fault) for fault in result.faults]
    pages = [re.sub(r"\s", "", said) for said in pages_of(result.files[0])]
    for place in range(14):
        code, output = (
            [page for page, said in enumerate(pages) if name in said]
            for name in (f"warn{place}x0=1", f"标准错误careful{place}!")
        )
        assert code and code == output, place


def test_room_is_estimated() -> None:
    assert room.code_lines("a\n\nb\n") == 3 and room.code_lines("x" * 93) == 2 and room.code_lines("字" * 47) == 2
    short, long = (docutils_nodes.literal_block("", "a\n" * lines) for lines in (room.WHOLE, 30))
    assert room.room_of_code(short)[0] == pytest.approx(room.CODE * room.WHOLE + room.FRAME)
    assert room.room_of_code(long) == pytest.approx((room.CODE * room.LEAST + room.FRAME,) * 2)
    assert room.opening([docutils_nodes.raw("", "x"), long]) < room.opening([long], boxed=True)
    assert room.opening([docutils_nodes.paragraph("", "字" * 400)]) == 3.5 and room.opening([]) == 0
    small = docutils_nodes.literal_block("", "a\n" * 5)
    nodes.preparation("", small)
    assert room.height(small) == pytest.approx(5 * room.SMALL + room.FRAME)


def test_short_code_asks_for_what_it_gave() -> None:
    code = docutils_nodes.literal_block("", "a\nb")
    output = nodes.cell_output("", nodes.stream("c", "c", name="stdout"))
    docutils_nodes.container("", code, output)
    assert room.room_of_code(code)[0] == pytest.approx(3 * room.CODE + 2 * room.FRAME)
    output[0] = nodes.picture(file="x.svg", width=0)
    assert room.room_of_code(code)[0] == pytest.approx(2 * room.CODE + room.FRAME)
