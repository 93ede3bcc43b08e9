"""What a release gathers: a site's zip that is the same for the same site, checksums that match, no stale outputs."""

from __future__ import annotations

import hashlib
import zipfile
from pathlib import Path

from d2lbook import book as books
from scripts.release import checksums, gather, pack_folder
from tests.conftest import CONFIG, MakeBook


def test_a_folder_is_packed_whole_and_equal_folders_give_equal_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "html"
    (folder / "part").mkdir(parents=True)
    (folder / "index.html").write_text("一", encoding="utf-8")
    (folder / "part" / "a.js").write_bytes(b"x")
    for name in ("one.zip", "two.zip"):
        pack_folder(folder, tmp_path / name, "site")
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "one.zip") as pack:
        assert {name: pack.read(name) for name in pack.namelist()} == {
            "site/index.html": "一".encode(),
            "site/part/a.js": b"x",
        }


def test_checksums_are_those_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a").write_bytes(b"abc")
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "b").write_bytes(b"b")
    assert checksums(tmp_path) == f"{hashlib.sha256(b'abc').hexdigest()}  data/a\n"


def test_a_book_that_was_not_run_is_not_released(make_book: MakeBook, tmp_path: Path) -> None:
    root = make_book(
        {
            "index": "# 书\n\n```toc\nchapter/index\n```\n",
            "chapter/index": "# 章\n\n```toc\none\n```\n",
            "chapter/one": "# 节\n\n```{.python .input}\n#@tab pytorch\nprint(1)\n```\n",
        },
        CONFIG,
    )
    out = tmp_path / "out"
    faults = gather(books.load(root), out, data=False)
    assert [(fault.path, fault.message) for fault in faults] == [("chapter/one", "pytorch: missing")]
    assert not out.exists()
