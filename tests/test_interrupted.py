"""Builds that were ended, files that were cut off, sources with odd times: the next build makes all of it good."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from d2lbook import site
from d2lbook.book.book import Book
from d2lbook.errors import Built
from d2lbook.files import NO_FILE, remembered, remove_drafts, state_of
from d2lbook.site.application import Application
from d2lbook.site.unchanged import Stamp
from scripts.tools.drills.interruptions import drill, made

from .site_book import BOTH, FILES, write_sample
from .test_site import edit, page, reload


def build(book: Book) -> Built:
    return site.build(book, book.config.output_dir / "html", jobs=1)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("pristine")
    assert build(write_sample(root, BOTH)).faults == ()
    return root


@pytest.fixture
def built(tmp_path: Path) -> Book:
    book = write_sample(tmp_path, BOTH)
    assert build(book).pages == len(FILES)
    return reload(book)


@pytest.mark.parametrize("command", ["html", "merge"])
def test_what_an_ended_run_left_undone_the_next_one_does(tmp_path: Path, command: str) -> None:
    outcome = drill(tmp_path, command, kills=1, interrupts=1, seed=7)
    assert outcome.faults == []
    assert outcome.ended + outcome.late >= 2


class Ended(BaseException):
    """As if the process had been killed here."""


def ended_at(monkeypatch: pytest.MonkeyPatch, owner: type, name: str, book: Book) -> None:
    """Build, and end the build when it comes to a method."""

    def end(*_: object, **__: object) -> None:
        raise Ended

    with monkeypatch.context() as patch, pytest.raises(Ended):
        patch.setattr(owner, name, end)
        build(book)


@pytest.mark.parametrize("place", ["_write_page", "_write_search"])
def test_a_build_that_ended_while_it_wrote_is_made_good(
    built: Book, pristine: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    from d2lbook.site.builder import SiteBuilder

    changed = edit(built, "one/ndarray", "# 数据操作", "# 数组操作")
    ended_at(monkeypatch, SiteBuilder, place, changed)
    assert build(reload(changed)).faults == ()
    out = changed.config.output_dir / "html"
    assert "数组操作" in page(out, "two/softmax")  # refers to it
    back = edit(changed, "one/ndarray", "# 数组操作", "# 数据操作")
    ended_at(monkeypatch, SiteBuilder, place, back)
    assert build(reload(back)).faults == ()
    assert made("html", changed.config.root) == made("html", pristine)
    assert build(reload(back)).pages == 0


def test_a_build_that_ended_while_it_read_is_made_good(
    built: Book, pristine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from d2lbook.doctree.inventory import BookDomain

    changed = edit(built, "one/ndarray", "# 数据操作", "# 数组操作")
    ended_at(monkeypatch, BookDomain, "process_doc", changed)
    back = edit(changed, "one/ndarray", "# 数组操作", "# 数据操作")
    assert build(back).faults == ()
    assert made("html", changed.config.root) == made("html", pristine)


def test_a_build_that_ended_while_it_began_anew_is_made_good(
    built: Book, pristine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt fails and has noted its pages; the second is ended while it throws away what there was."""
    from d2lbook.site import application
    from d2lbook.site.builder import SiteBuilder

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError

    def end(work: Path, out: Path) -> None:
        shutil.rmtree(work / "pictures")
        shutil.rmtree(out / "_images")
        raise Ended

    changed = edit(built, "one/ndarray", "# 数据操作", "# 数组操作")
    with monkeypatch.context() as patch, pytest.raises(Ended):
        patch.setattr(SiteBuilder, "_write_page", fail)
        patch.setattr(application, "forget_everything", end)
        build(changed)
    back = edit(reload(changed), "one/ndarray", "# 数组操作", "# 数据操作")
    assert build(back).faults == ()
    assert made("html", back.config.root) == made("html", pristine)


def test_faults_of_a_build_that_ended_are_told_by_the_next(built: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    changed = edit(built, "one/calculus", "极限是", "坏公式$\\frac{1$，极限是")
    ended_at(monkeypatch, Application, "_remove_old_pages", changed)
    (fault,) = build(reload(changed)).faults
    assert fault.path == "chapters_md/one/calculus.md" and "KaTeX rejects" in fault.message


LOST = [
    "one/ndarray.html", "zh-Hant/one/ndarray.html", "glossary.html", "results.html", "_static/site.css",
    "_static/search/pages.js", "_static/zh-Hant/search/pages.js", "_notebooks/one/ndarray-jax.ipynb",
    "_images/broadcast.svg", "_static/katex/katex.min.css",
]  # fmt: skip


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


@pytest.mark.parametrize("harm", [Path.unlink, _cut], ids=["lost", "cut-off"])
def test_a_file_of_the_site_that_was_harmed_is_made_again(
    built: Book, pristine: Path, harm: Callable[[Path], None]
) -> None:
    out = built.config.output_dir / "html"
    drawn = [file for file in (out / "_images").iterdir() if file.name != "broadcast.svg"]
    faces = sorted((out / "_static/katex/fonts").iterdir())
    files = [out / name for name in LOST if (out / name).is_file()]
    assert len(files) >= len(LOST) - 1 and drawn and faces
    for file in (*files, drawn[0], faces[0]):
        harm(file)
    assert build(reload(built)).faults == ()
    assert made("html", built.config.root) == made("html", pristine)


def test_damaged_caches_are_thrown_away(built: Book, pristine: Path) -> None:
    work = built.config.cache_dir
    files = sorted(path for path in work.rglob("*") if path.is_file() and path.suffix != ".lock")
    kinds = {file.suffix: file for file in files} | {file.name: file for file in files if file.suffix == ".json"}
    assert {".pickle", ".doctree", ".json", ".sqlite", ".txt"} <= kinds.keys()
    for content in (b"\x80\x04nonsense", b"[1, 2]", None):
        for file in kinds.values():
            if file.exists():
                file.write_bytes(file.read_bytes()[:-7] if content is None else content)
        assert build(edit(reload(built), "front", "读法", "读法，读法")).faults == ()
        assert build(edit(reload(built), "front", "读法，读法", "读法")).faults == ()
    assert made("html", built.config.root) == made("html", pristine)


@pytest.mark.parametrize("hours", [-24, 0], ids=["earlier", "equal"])
def test_an_edit_counts_whatever_time_its_file_bears(built: Book, hours: int) -> None:
    file = built.config.source_dir / "one/calculus.md"
    before = file.stat()
    file.write_text(file.read_text(encoding="utf-8").replace("极限是", "限极是"), encoding="utf-8")
    assert file.stat().st_size == before.st_size
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns + hours * 3600 * 10**9))
    assert build(reload(built)).pages > 0
    assert "限极是" in page(built.config.output_dir / "html", "one/calculus")


def test_a_picture_with_an_earlier_time_reaches_the_pages(built: Book) -> None:
    picture = built.config.root / "static/img/broadcast.svg"
    before = picture.stat()
    picture.write_text(picture.read_text().replace('height="140"', 'height="141"'))
    os.utime(picture, ns=(before.st_atime_ns, before.st_mtime_ns - 10**12))
    assert build(reload(built)).faults == ()
    assert 'height="141"' in (built.config.output_dir / "html/_images/broadcast.svg").read_text()


SETTINGS = [
    ("title = 小书", "title = 大书", "大书"),
    ("release = 1.0", "release = 1.0\ncopyright = 2031，作者", "2031，作者"),
    ("[build]", "[repository]\nurl = https://example.org/a/b\n\n[build]", "https://example.org/a/b/edit/main/"),
]


def test_a_changed_setting_reaches_every_page(built: Book) -> None:
    file = built.config.root / "config.ini"
    out = built.config.output_dir / "html"
    for old, new, shown in SETTINGS:
        text = file.read_text(encoding="utf-8")
        assert old in text
        file.write_text(text.replace(old, new, 1), encoding="utf-8")
        assert build(reload(built)).faults == ()
        assert all(shown in page(out, name) for name in ("one/ndarray", "one/calculus")), shown


def test_a_source_that_is_edited_while_the_book_is_read_is_read_again(built: Book) -> None:
    old = reload(edit(built, "front", "读法", "怎么读"))
    edit(old, "front", "怎么读", "如何读")  # after the book was read, before its pages are
    build(old)
    assert build(reload(old)).pages > 0
    assert "如何读" in page(built.config.output_dir / "html", "front")


def test_a_book_whose_output_was_deleted_is_built_whole(built: Book, pristine: Path) -> None:
    shutil.rmtree(built.config.output_dir)
    assert build(reload(built)).pages == len(FILES)
    assert made("html", built.config.root) == made("html", pristine)


def test_a_lost_note_makes_everything_anew(built: Book) -> None:
    stamp = Stamp(built, built.config.output_dir / "html", built.config.editions)
    assert stamp.holds() and not stamp.owed()
    stamp.made.unlink()
    assert not stamp.holds() and stamp.owed().everything


def test_what_a_cache_cannot_say_is_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    assert remembered(file) == {} and state_of(file) == NO_FILE
    for text in ("", "{", "[1]", "[" * 100_000):
        file.write_text(text)
        assert remembered(file) == {}
    file.write_text('{"a": 1}')
    assert remembered(file) == {"a": 1} and state_of(file)[2] == 8


def test_drafts_of_dead_processes_go_and_those_of_living_ones_stay(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    while psutil.Process(dead.pid).status() != psutil.STATUS_ZOMBIE:  # nobody has asked for its end yet
        time.sleep(0.01)
    mine, other = os.getpid(), os.getppid()
    drafts = {name: tmp_path / name for name in (f".a.{dead.pid}-x.draft", f".b.{mine}-x.draft", f".c.{other}-x.draft")}
    for draft in drafts.values():
        draft.touch()
    before = psutil.Process(other).create_time() - 60  # its number was another's then
    os.utime(drafts[f".c.{other}-x.draft"], (before, before))
    assert remove_drafts(tmp_path) == 2
    dead.wait()
    assert [path.name for path in tmp_path.iterdir()] == [f".b.{mine}-x.draft"]
