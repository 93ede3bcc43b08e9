"""Slips that passed in silence are told, each with its line; what only looks like one is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from d2lbook.book import book as books
from d2lbook.check.mistakes import LONGEST, long_run_faults, mistake_faults

from .outside import small_book
from .site_book import store


def told(root: Path, page: str, **settings: str) -> list[tuple[str, int, str]]:
    """Return what reading and checking a book of one page tells."""
    book = small_book(root, page, **settings).book
    return sorted({(fault.path, fault.line, fault.message) for fault in (*book.faults, *mistake_faults(book))})


CELL = "```{.python .input}\n%s\n```\n"


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("one\n<<<<<<< HEAD\ntwo\n", 4, "a mark of a merge that was not finished"),
        (">>>>>>> other\n", 3, "a mark of a merge that was not finished"),
        ("##小结\n", 3, "a heading without a blank behind its marks"),
        ("#小结\n", 3, "a heading without a blank behind its marks"),
        ("words\n\n# Second\n", 5, "a second title"),
        ("one\na $x + 1 is open\n", 4, "a formula that nothing closes"),
        ("$$\nx = 1\n\nwords\n", 3, "a displayed formula that nothing closes"),
        ("```{.expect}\n# later\n```\n", 3, "claims that claim nothing"),
        ("![](img/a.svg)\n", 3, "a picture without a caption"),
        ("![far](https://example.org/x.png)\n", 3, "a picture from elsewhere"),
        ("| a | b |\n|--|--|\n| 1 |\n", 5, "a table's row of 1 cells"),
        (
            CELL % "#@tab a\n1" + CELL % "2" + CELL % "#@tab b\n3",
            8,
            "a cell without a tab line between cells that have one",
        ),
        (CELL % ("#@tab all\nx = " + "1 + " * 30 + "1"), 5, "a line of code of 125 columns, more than 92"),
        (CELL % ("#@tab all\nprint('" + "字" * 43 + "')"), 5, "a line of code of 95 columns, more than 92"),
        (CELL % "#@tab all\nd2l.train(1)", 5, "d2l.train, which nobody saved"),
        ("```{.python .input}\n#@tab all\n1\n\n" + CELL % "#@tab all\n2", 3, "this fence is never closed"),
    ],
)
def test_a_slip_is_told_with_its_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    assert ("page.md", line, message) in told(tmp_path, f"# T\n\n{text}")


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5, or $1,200.50 at most; \\$x and `$` too.\n",
        "From $5 to $6: $x$ and $$y$$ are formulas.\n",
        "- one\n- two\n\n  =======\n",
        "#! not a heading, nor #5, nor # alone\n",
        CELL % "#@tab all\ndef train():  #@save\n    return 1"
        + CELL % "#@tab all\nd2l.train()\nd2l.mine = 1\nd2l.mine",
        CELL % "#@tab a\n1" + CELL % "#@tab all\n2" + CELL % "#@tab b\n3",
        CELL % ("#@tab all\nrecord('long', " + "1 + " * 30 + "1)"),
        CELL % ("#@tab all\nprint('" + "字" * 41 + "')"),
        "> A question?\n\n![](img/a.svg)\n",
    ],
)
def test_what_only_looks_like_a_slip_is_none(tmp_path: Path, text: str) -> None:
    assert told(tmp_path, f"# T\n\n{text}") == []


def test_a_name_that_no_backend_saved_is_told_once_with_what_is_near(tmp_path: Path) -> None:
    cells = CELL % "#@tab all\ndef train_all():  #@save\n    return 1" + CELL % "#@tab a\nd2l.trian_all()\n"
    book = small_book(tmp_path, "# T\n\n" + cells + CELL % "#@tab b\nd2l.trian_all()\n").book
    found = [fault for fault in mistake_faults(book) if "trian" in fault.message]
    assert [(fault.line, fault.fix) for fault in found] == [
        (10, "did you mean train_all?"),
        (15, "did you mean train_all?"),
    ]


def test_a_chapter_in_no_table_of_contents_is_told(tmp_path: Path) -> None:
    small = small_book(tmp_path, "# T\n")
    (tmp_path / "lost").mkdir()
    (tmp_path / "lost" / "index.md").write_text("# Lost\n")
    assert [(fault.path, fault.message) for fault in mistake_faults(small.book)] == [
        ("lost/index.md", "a chapter in no table of contents")
    ]


def test_a_run_over_a_minute_is_told_unless_the_section_says_so(tmp_path: Path) -> None:
    small = small_book(tmp_path, "# T\n\n" + CELL % "#@tab all\n1")
    file = store(small.book, "base", "page", [[]])
    file.write_text(file.read_text().replace("12.34", str(LONGEST + 5)))
    assert [fault.message for fault in long_run_faults(books.load(tmp_path))] == ["base ran 65 s, longer than 60 s"]
    page = tmp_path / "page.md"
    page.write_text("---\ntimeout: 90\n---\n" + page.read_text())
    assert list(long_run_faults(books.load(tmp_path))) == []
