"""Parsing once: what a text gave is remembered between commands, and never for another text, place or parser."""

from __future__ import annotations

from pathlib import Path

import pytest

from d2lbook.book import book as books
from d2lbook.book import cache as parsed
from d2lbook.book.cache import PARTS
from d2lbook.markup import parse as parsing

from .conftest import MakeBook

FILES = {"index": "# 书\n\n```toc\na\n```\n", "a": "# 甲\n\n![图](x.svg)\n\n```{.python .input}\n#@tab jax\n1\n```\n"}


@pytest.fixture
def parses(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the docnames that were really parsed, as they come; what this process remembers is forgotten."""
    names: list[str] = []
    real = parsing.parse

    def noting(text: str, docname: str, path: str, tabs: frozenset[str] = frozenset()) -> object:
        names.append(docname)
        return real(text, docname, path, tabs)

    monkeypatch.setattr(parsing, "parse", noting)
    monkeypatch.setattr(parsed, "_remembered", {})
    return names


def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Do as a new process would."""
    monkeypatch.setattr(parsed, "_remembered", {})


def parts(root: Path) -> list[Path]:
    """Return the files in which the parsed sections are kept."""
    return sorted((books.load(root).config.cache_dir / "sections").iterdir())


def test_the_next_command_parses_only_what_changed(
    make_book: MakeBook, parses: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = make_book(FILES)
    first = books.load(root)
    assert sorted(parses) == ["a", "index"]
    forget(monkeypatch)
    assert books.load(root).sections == first.sections
    assert sorted(parses) == ["a", "index"]
    (root / "chapters_md/a.md").write_text("# 乙\n", encoding="utf-8")
    assert books.load(root).section("a").title == "乙"
    assert parses[2:] == ["a"]


def test_faults_and_pictures_are_remembered_too(make_book: MakeBook, parses: list[str]) -> None:
    root = make_book({**FILES, "a": FILES["a"].replace("#@tab jax", "#@tab jaxx")})
    first = books.load(root).faults
    assert sorted(fault.message for fault in first) == ["a missing picture", "unknown tab 'jaxx'"]
    again = books.load(root).faults
    assert again == first and sorted(parses) == ["a", "index"]
    (root / "chapters_md/x.svg").write_text("<svg/>", encoding="utf-8")
    assert [fault.message for fault in books.load(root).faults] == ["unknown tab 'jaxx'"]


def test_other_tabs_are_another_parse(make_book: MakeBook, parses: list[str]) -> None:
    root = make_book(FILES)
    books.load(root)
    config = root / "config.ini"
    text = config.read_text(encoding="utf-8").replace("tensorflow, jax", "tensorflow")
    config.write_text(text.replace("[backend-jax]\ntitle = JAX\nmodule = jax\n", ""), encoding="utf-8")
    assert "unknown tab 'jax'" in [fault.message for fault in books.load(root).faults]


@pytest.mark.parametrize("rubbish", [b"", b"nonsense", b"\x80\x05K\x01."])
def test_a_broken_memory_is_no_fault(
    make_book: MakeBook, parses: list[str], monkeypatch: pytest.MonkeyPatch, rubbish: bytes
) -> None:
    root = make_book(FILES)
    first = books.load(root)
    for file in parts(root):
        file.write_bytes(rubbish)
    forget(monkeypatch)
    assert books.load(root).sections == first.sections


def test_a_folder_that_cannot_be_written_is_no_fault(
    make_book: MakeBook, parses: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place = tmp_path / "taken"
    place.write_text("a file where the folder should be", encoding="utf-8")
    monkeypatch.setenv("D2LBOOK_CACHE", str(place))
    assert books.load(make_book(FILES)).section("a").title == "甲"
    assert place.is_file()


def test_an_edit_rewrites_the_part_of_its_section_alone(make_book: MakeBook) -> None:
    names = [f"s{place:02d}" for place in range(60)]
    root = make_book({"index": "# 书\n\n```toc\n" + "\n".join(names) + "\n```\n"} | dict.fromkeys(names, "# 节\n"))
    books.load(root)
    files = parts(root)
    before = {file.name: file.read_bytes() for file in files}
    assert len(before) == PARTS
    (root / "chapters_md/s30.md").write_text("# 节\n\n改了。\n", encoding="utf-8")
    books.load(root)
    assert len([file for file in files if file.read_bytes() != before[file.name]]) == 1
