"""Checks of the sources: citations, terms, punctuation, exercises."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import pytest

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.check import check_book, check_sources
from d2lbook.check.side_by_side import FEW, faults_of
from d2lbook.errors import Fault

from .conftest import CONFIG, ROOT, MakeBook

BIB = """\
@article{Good.2020,
  author = {Good, Ann}, title = {A Title}, year = {2020}, journal = {A Journal}
}
@misc{Bare.2021,
  title = {Bare}, year = {2021}
}
"""


def found(root: Path) -> list[tuple[str, int, str]]:
    return [(fault.path, fault.line, fault.message) for fault in check_sources(books.load(root))]


@pytest.fixture
def with_tables(make_book: MakeBook) -> MakeBook:
    def make(text: str) -> Path:
        root = make_book({"index": text}, CONFIG + "\n[pdf]\nbibfile = static/d2l.bib\n")
        (root / "static").mkdir(exist_ok=True)
        (root / "static" / "d2l.bib").write_text(BIB, encoding="utf-8")
        terms = (ROOT / "static" / "terminology.csv").read_text(encoding="utf-8")
        (root / "static" / "terminology.csv").write_text(terms, encoding="utf-8")
        return root

    return make


def test_citations(with_tables: MakeBook) -> None:
    root = with_tables("# 书\n\n见:cite:`Good.2020,Godo.2020`。\n")
    assert found(root) == [
        ("chapters_md/index.md", 3, "an unknown citation"),
        ("static/d2l.bib", 4, "an entry that nobody cites"),
        (
            "static/d2l.bib",
            4,
            "an entry without author, venue (journal, booktitle, howpublished, publisher, school, institution)",
        ),
    ]


@pytest.mark.parametrize(
    ("prose", "message"),
    [
        ("我们用池化层。", "“池化层” where the book says “汇聚层”"),
        ("汇聚层（也叫池化层）。", None),
        ("均值,方差。", "half-width punctuation in Chinese"),
        ("用 PyTorch。", "a typed space in Chinese"),
        ("用`x`与 `y`。", "a typed space beside code or a formula"),
        ("代码`a, b`与$f(x, y)$不算。", None),
        ("一个张量。", None),
        ("准确率0.826043。", "more digits than anybody measured"),
        ("准确率82.604%。", "more digits than anybody measured"),
        ("准确率82.6%，或0.8260。", None),
    ],
)
def test_style(with_tables: MakeBook, prose: str, message: str | None) -> None:
    root = with_tables(f"# 书\n\n{prose}:cite:`Good.2020,Bare.2021`\n")
    messages = {m for path, _, m in found(root) if path.endswith(".md")}
    assert message in messages if message else not messages


def test_exercises_need_answers(with_tables: MakeBook) -> None:
    cell = "```{.python .input}\n#@tab jax\n1\n```\n"
    root = with_tables(
        f"# 书\n:label:`sec_a`\n\n{cell}\n:cite:`Good.2020,Bare.2021`\n\n## 练习\n\n1. 甲\n\n"
        ":begin_solution:\n1. 答案里的列表不算\n:end_solution:\n\n2. 乙\n"
    )
    assert ("chapters_md/index.md", 11, "2 exercises and 1 answers") in found(root)


def test_a_file_in_no_table_of_contents(make_book: MakeBook) -> None:
    root = make_book({"index": "# 书\n", "draft": "# 稿\n"})
    assert ("chapters_md/draft.md", 0, "a file in no table of contents") in found(root)


def test_a_section_is_held_against_the_plan(make_book: MakeBook) -> None:
    cell = "```{.python .input}\n#@tab jax\n1\n```\n"
    root = make_book(
        {"index": "# 书\n\n```toc\none\n```\n", "one": f"# 题\n:label:`sec_a`\n\n{cell}\n## 甲乙\n\n## 小结\n"}
    )
    plan = {
        "one": {"title": "题目", "kind": "concept", "headings": ["甲", "丙"], "teaches": {"f": "f(x)", "g": "g(x)"}}
    }
    names = {"g": {"signature": "(y)", "section": "one"}}
    for name, content in (("static/curriculum.json", plan), ("d2l/contract.json", {"names": names})):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    faults = [fault for fault in check_sources(books.load(root)) if fault.path == "chapters_md/one.md"]
    messages = {fault.message: fault.severity for fault in faults}
    assert {
        "the plan's title is 题目": "warning",
        "no heading 甲": "warning",
        "no heading 丙": "warning",
        "no heading 练习": "warning",
        "no heading 延伸阅读": "warning",
        "a concept section without a picture": "warning",
        "the plan's f(x) is not saved here": "error",
        "the plan says g(x)": "error",
    }.items() <= messages.items()
    assert next(fault.text for fault in faults if fault.message == "no heading 甲") == "甲乙"


# ---- side by side ----


@pytest.fixture
def many(make_book: MakeBook) -> Book:
    """Return a book of more sections than are checked in one process, each with a fault of style and one of code."""
    names = [f"s{number:02d}" for number in range(FEW + 2)]
    cell = "```{.python .input}\n#@tab all\nx = (\n```\n"
    sections = dict.fromkeys(names, f"# 题\n\n均值,方差。\n\n{cell}")
    listed = "\n".join(names)
    return books.load(make_book({"index": f"# 书\n\n```toc\n:numbered:\n\n{listed}\n```\n", **sections}))


def test_two_processes_tell_the_same_in_the_same_order_as_one(many: Book) -> None:
    alone = check_book(many, jobs=1)
    assert check_book(many, jobs=2) == alone
    for name in (section.path for section in many.sections[1:]):
        messages = [fault.message for fault in alone if fault.path == name]
        assert "half-width punctuation in Chinese" in messages
        assert any(message.startswith("code that does not parse") for message in messages)


def test_what_all_checks_tell_is_in_the_whole_check(many: Book) -> None:
    assert set(check_sources(many)) <= set(check_book(many))


def test_parts_are_told_in_their_order_and_by_other_processes(many: Book) -> None:
    def part(number: int, book: Book) -> list[Fault]:
        return [Fault(book.sections[number].path, os.getpid(), str(number), "", "")]

    parts = [lambda book, number=number: part(number, book) for number in range(5)]
    told = faults_of(many, parts, jobs=2)
    assert [fault.message for fault in told] == ["0", "1", "2", "3", "4"]
    assert os.getpid() not in {fault.line for fault in told}


def test_what_a_part_raises_is_raised(many: Book) -> None:
    def wrong(_: Book) -> list[Fault]:
        raise ZeroDivisionError("in a part")

    with pytest.raises(ZeroDivisionError, match="in a part"):
        faults_of(many, [wrong, lambda _: []], jobs=2)


def test_a_part_that_is_killed_ends_the_check(many: Book) -> None:
    def killed(_: Book) -> list[Fault]:
        os.kill(os.getpid(), signal.SIGKILL)
        return []

    with pytest.raises(BrokenProcessPool):
        faults_of(many, [killed, lambda _: []], jobs=2)


STOPPED = """
import os, signal, time
from types import SimpleNamespace
from d2lbook.check.side_by_side import FEW, faults_of

def stop(_):
    time.sleep(0.5)
    os.killpg(os.getpgrp(), signal.SIGINT)
    time.sleep(60)

signal.signal(signal.SIGINT, signal.default_int_handler)  # as in a terminal, though the tests may run elsewhere
try:
    faults_of(SimpleNamespace(sections=range(FEW + 1), projections=list), [stop, lambda _: []], jobs=2)
except KeyboardInterrupt:
    print("stopped")
"""


def test_after_ctrl_c_the_parts_end_and_only_the_command_speaks() -> None:
    started = time.monotonic()
    words = [sys.executable, "-c", STOPPED]
    ended = subprocess.run(words, start_new_session=True, capture_output=True, text=True, timeout=50, check=False)
    assert (ended.stdout, ended.stderr) == ("stopped\n", "")
    assert time.monotonic() - started < 40
