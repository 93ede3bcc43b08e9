"""The serif of the headings: what is shipped of it, when it is cut anew, and what happens where it cannot be had."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.errors import BookError, Fault
from d2lbook.site import faces as shipped
from d2lbook.site.faces import HERE
from d2lbook.site.glyphs import SlicedFont, ranges_of
from d2lbook.site.npm import install
from tests.conftest import CONFIG, MakeBook

EDITIONS = CONFIG.replace("[build]\n", "[build]\neditions = zh_CN, zh_Hant\n")
FILES = {
    "index": "# 深度学习\n\n一句导语，写给㐂欢它的人。\n\n```toc\none\ntwo\n```\n",
    "one": "# 卷积\n\n## 汇聚层\n\n正文里的繁体字：龘。\n",
    "two": "# 反向传播\n\n## 求导\n",
}


@pytest.fixture(scope="module")
def font() -> SlicedFont:
    return SlicedFont(install(HERE) / "@fontsource-variable" / "noto-serif-sc")


def rules(root: Path, edition: str = "") -> dict[str, str]:
    """Return file name to ``unicode-range`` of an edition's style sheet."""
    css = (root / "_build/html/_static" / edition / "faces.css").read_text(encoding="utf-8")
    return dict(re.findall(r"url\(faces/([\w-]+\.woff2)\?\w+\)[^}]*unicode-range:([^}]+)", css))


def held(file: Path) -> set[str]:
    """Return the characters that a face file has."""
    return {chr(code) for code in TTFont(file).getBestCmap()}


def codes(ranges: str) -> set[str]:
    found: set[str] = set()
    for part in ranges.split(","):
        first, _, last = part.removeprefix("U+").partition("-")
        found |= {chr(code) for code in range(int(first, 16), int(last or first, 16) + 1)}
    return found


def build(root: Path) -> tuple[Fault, ...]:
    return site.build(books.load(root), root / "_build/html", jobs=1).faults


def times(root: Path) -> dict[str, int]:
    folder = root / "_build/html/_static"
    return {str(file.relative_to(folder)): file.stat().st_mtime_ns for file in folder.rglob("*.woff2")}


def test_headings_in_both_scripts_have_their_face_and_no_more(make_book: MakeBook) -> None:
    root = make_book(FILES, EDITIONS)
    assert build(root) == ()
    for edition, headings in (("", "深度学习小书卷积汇聚层反向传播求导"), ("zh-Hant", "深度學習小書卷積反向傳播求導")):
        folder = root / "_build/html/_static" / edition / "faces"
        there = {name: held(folder / name) for name in rules(root, edition)}
        heading = set().union(*(signs for name, signs in there.items() if name.startswith("heading")))
        assert set(headings) <= heading
        assert set("正文") - heading  # what only stands in paragraphs
        assert "龘" not in heading
        assert set("一句导语，写给它的人" if not edition else "一句，人") <= there["light-0.woff2"]
        assert "SIL OPEN FONT LICENSE" in (folder / "LICENSE.txt").read_text(encoding="utf-8")
        for name, ranges in rules(root, edition).items():
            assert codes(ranges) <= there[name], name
        assert {file.name for file in folder.glob("*.woff2")} == set(there)


def test_a_heading_without_new_characters_cuts_nothing_and_one_with_them_cuts_one_file(
    make_book: MakeBook, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut: list[str] = []
    real = SlicedFont.cut

    def noted(self: SlicedFont, characters: frozenset[str], weight: int) -> bytes:
        cut.append("".join(sorted(characters)))
        return real(self, characters, weight)

    root = make_book(FILES, CONFIG)
    build(root)
    before = times(root)
    monkeypatch.setattr(SlicedFont, "cut", noted)
    make_book({"two": "# 反向传播\n\n## 传播与求导\n".replace("与", "")}, CONFIG)
    build(root)
    assert cut == []
    assert times(root) == before
    make_book({"two": "# 反向传播\n\n## 传播求导鬱\n"}, CONFIG)
    build(root)
    assert len(cut) == 1
    assert "鬱" in cut[0]
    changed = {name for name, time in times(root).items() if before.get(name) != time}
    assert len(changed) == 1
    assert "鬱" in held(root / "_build/html/_static" / changed.pop())


def test_the_groups_depend_on_each_character_alone(font: SlicedFont) -> None:
    few, many = font.groups("的求鬱A"), font.groups("的求鬱AB卷积汇聚")
    for group, members in few.items():
        assert members <= many[group]
    assert {0} < set(few)
    assert font.groups("𠮷🙂") == {}


def test_the_same_characters_give_the_same_bytes(font: SlicedFont) -> None:
    one = font.cut("卷积A", 600)
    assert one == font.cut("A积卷", 600)
    assert one != font.cut("卷积A", 400)
    assert len(one) < 4000


def test_ranges_are_written_as_runs() -> None:
    assert ranges_of("cabx卷") == "U+61-63,U+78,U+5377"


def test_a_site_is_built_without_the_font_and_says_so(make_book: MakeBook, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, tries: int = 2) -> Path:
        raise BookError([Fault("package.json", 0, "npm could not install", "no network", "")])

    monkeypatch.setattr(shipped, "install", refuse)
    monkeypatch.setattr(shipped, "_refused", [])
    root = make_book(FILES, CONFIG)
    (fault,) = build(root)
    assert (fault.severity, fault.message, fault.text) == ("warning", "the site lacks its serif", "no network")
    assert "font-face" not in (root / "_build/html/_static/faces.css").read_text(encoding="utf-8")
    assert (root / "_build/html/one.html").is_file()
    monkeypatch.undo()
    shipped._refused.clear()
    assert build(root) == ()  # the next build makes good
    assert rules(root)
