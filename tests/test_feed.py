"""The feed of changes, and what lets a browser install the site."""

from __future__ import annotations

import json
import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.errors import Fault
from d2lbook.site.webapp import SIZES
from scripts.figures.share import STATIC, mark
from tests.conftest import CONFIG, MakeBook

ATOM = "{http://www.w3.org/2005/Atom}"
FILES = {"index": "# 书\n\n```toc\none\n```\n", "one": "# 卷积\n"}
CHANGES = """\
# 更新

## 2026-11-01 旧的

改了[卷积](one)里的<b>字</b>。

## 2026-11-30 新的 & *好*的$L_2$、`d2l.norm`

见[这里](https://example.org/x)。
"""
ADDRESS = CONFIG.replace("[build]\n", "[build]\neditions = zh_CN, zh_Hant\n") + (
    "\n[repository]\nsite_url = https://book.example.org/d2l/\n"
)


def build(root: Path) -> tuple[Fault, ...]:
    return site.build(books.load(root), root / "_build/html", jobs=1).faults


def test_changes_become_a_feed_with_public_addresses(make_book: MakeBook) -> None:
    root = make_book(FILES, ADDRESS)
    (root / "CHANGES.md").write_text(CHANGES, encoding="utf-8")
    assert build(root) == ()
    for folder, language, title in (("", "zh-CN", "旧的"), ("zh-Hant/", "zh-Hant", "舊的")):
        feed = ElementTree.parse(root / "_build/html" / folder / "feed.xml").getroot()
        entries = feed.findall(f"{ATOM}entry")
        assert [entry.findtext(f"{ATOM}title") for entry in entries] == ["新的 & 好的L₂、d2l.norm", title]
        assert feed.findtext(f"{ATOM}updated") == "2026-11-30T00:00:00Z"
        assert feed.get("{http://www.w3.org/XML/1998/namespace}lang") == language
        base = f"https://book.example.org/d2l/{folder}"
        links = [entry.find(f"{ATOM}link").get("href") for entry in entries]  # type: ignore[union-attr]
        assert links == [f"{base}index.html", f"{base}one.html"]
        content = entries[1].findtext(f"{ATOM}content") or ""
        assert f'<a href="{base}one.html">' in content
        assert "&lt;b&gt;" in content
        ids = [item.text for item in feed.iter(f"{ATOM}id")]
        assert len(ids) == len(set(ids)) == 3
        page = (root / "_build/html" / folder / "one.html").read_text(encoding="utf-8")
        assert 'type="application/atom+xml"' in page
    same = (root / "_build/html/feed.xml").read_bytes()
    (root / "CHANGES.md").write_text(CHANGES.replace("旧的", "旧事"), encoding="utf-8")
    assert build(root) == ()
    assert (root / "_build/html/feed.xml").read_bytes() != same


def test_without_a_file_there_is_no_feed_and_nothing_leads_to_one(make_book: MakeBook) -> None:
    root = make_book(FILES, CONFIG)
    assert build(root) == ()
    assert not (root / "_build/html/feed.xml").exists()
    assert "atom+xml" not in (root / "_build/html/one.html").read_text(encoding="utf-8")


def test_what_is_wrong_in_the_file_is_told_with_its_line(make_book: MakeBook) -> None:
    root = make_book(FILES, CONFIG)
    (root / "CHANGES.md").write_text("## 2026-13-01 月\n\n## 2026-11-30 好\n\n[去](indes)\n", encoding="utf-8")
    told = {(fault.path, fault.line, fault.text, fault.fix) for fault in build(root)}
    assert told == {
        ("CHANGES.md", 1, "## 2026-13-01 月", "write ## 2026-11-30 TITLE"),
        ("CHANGES.md", 3, "indes", "did you mean index?"),
    }


def test_each_edition_has_a_manifest_whose_addresses_exist(make_book: MakeBook) -> None:
    root = make_book(FILES, ADDRESS)
    build(root)
    out = root / "_build/html"
    for folder in ("", "zh-Hant"):
        file = out / "_static" / folder / "app.json"
        told = json.loads(file.read_text(encoding="utf-8"))
        assert (file.parent / told["start_url"]).resolve() == (out / folder / "index.html").resolve()
        assert (file.parent / told["scope"]).resolve() == out.resolve()
        assert all((file.parent / item["src"]).is_file() for item in told["icons"])
    assert "VERSION" not in (out / "worker.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("size", SIZES)
def test_an_icon_is_a_picture_of_the_mark(size: int) -> None:
    data = (STATIC / f"icon-{size}.png").read_bytes()
    assert data.startswith(b"\x89PNG")
    assert struct.unpack(">II", data[16:24]) == (size, size)
    colours = re.findall(r"#[0-9a-f]{6}", (STATIC / "mark.svg").read_text(encoding="utf-8"))
    assert len(colours) == 4
    assert all(colour in mark() for colour in colours)
