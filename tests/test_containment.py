"""Books and shards that would touch or show what is not theirs: samples of the drills, and what they rest on."""

from __future__ import annotations

import os
import pickle
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from d2lbook.book import book as books
from d2lbook.book.containment import Inside, is_active
from d2lbook.book.places import CACHE, MARK, cache_of, is_below, is_marked, is_ours, mark
from d2lbook.doctree.outputs import harmless
from d2lbook.errors import BookError, Fault
from d2lbook.evidence import store
from d2lbook.pdf.forbidden import forbidden
from scripts.tools.drills import forged, hostile

from .conftest import CONFIG, ROOT, MakeBook
from .library_books import load, run, section
from .test_store import result_of


@pytest.mark.parametrize("book", hostile.BOOKS[::5], ids=lambda book: book.name)
def test_a_hostile_book_is_refused_and_nothing_outside_it_changes(book: hostile.Hostile, tmp_path: Path) -> None:
    assert hostile.trial(book, tmp_path.resolve()) == []


@pytest.mark.parametrize("forgery", forged.FORGERIES[::3], ids=lambda forgery: str(forgery[0]))
def test_a_forged_shard_is_refused_and_the_honest_one_taken(
    forgery: tuple[str, forged.Forgery], tmp_path: Path
) -> None:
    assert forged.trial(*forgery, tmp_path.resolve()) == []


def test_honest_shards_are_taken_byte_for_byte(tmp_path: Path) -> None:
    book = forged.write_book(tmp_path / "book")
    forged.write_shards(book, tmp_path / "shards")
    texts = [path.read_bytes() for path in sorted((tmp_path / "shards").rglob("*.ipynb"))]
    assert run(book.config.root, "merge", str(tmp_path / "shards/1"), str(tmp_path / "shards/2")) == 0
    assert [path.read_bytes() for path in sorted(book.config.outputs_dir.rglob("*.ipynb"))] == texts


# ---- folders ----


def test_only_folders_of_what_was_built_are_the_engines(tmp_path: Path) -> None:
    assert is_ours(tmp_path / "none") and is_ours(tmp_path)
    (tmp_path / "html").mkdir()
    assert is_ours(tmp_path) and not is_marked(tmp_path)  # as versions without a mark have left it
    (tmp_path / "thesis.txt").write_text("mine")
    mark(tmp_path)
    assert not is_ours(tmp_path) and not (tmp_path / MARK).exists()
    (tmp_path / "thesis.txt").unlink()
    mark(tmp_path)
    (tmp_path / "later.txt").write_text("made")
    assert is_marked(tmp_path) and is_ours(tmp_path)


def test_links_are_followed_to_where_they_lead(tmp_path: Path) -> None:
    root, outside = tmp_path / "root", tmp_path / "outside"
    (root / "in").mkdir(parents=True)
    outside.mkdir()
    (root / "out").symlink_to(outside)
    (root / "loop").symlink_to(root / "loop")
    (root / "inner").symlink_to(root / "in")
    inside = Inside(root)
    for name, below in {"in/a": True, "inner/a": True, "out/a": False, "out": False, "../outside": False}.items():
        assert is_below(root, root / name) is inside.holds(root / name) is below, name
    assert not inside.holds(root / "a\0b") and not is_below(root, root / "a\0b")


def test_notebooks_that_the_engine_did_not_store_stay(make_book: MakeBook) -> None:
    book = load(make_book, {"a": ["one"]}, {"a/one": section("一", ("all", "print(1)"))})
    (projection,) = book.projections()
    file = store.save(book, result_of(projection))
    orphan, foreign = file.with_name("gone.ipynb"), file.with_name("thesis.ipynb")
    orphan.write_bytes(file.read_bytes())
    foreign.write_text('{"cells": [], "metadata": {}}')
    linked = file.with_name("link.ipynb")
    linked.symlink_to(orphan)
    assert store.orphans(book) == (orphan,)


def test_caches_lie_outside_the_book_and_a_book_cannot_bring_one(
    make_book: MakeBook, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Bomb:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "exploded"),)

    root = make_book({"index": "# 书\n\n正文。\n"})
    assert run(root, "html") == 0
    assert not [path for path in (root / "_build").rglob("*") if path.suffix in (".pickle", ".doctree")]
    cache = books.load(root).config.cache_dir
    assert not is_below(root, cache) and stat.S_IMODE(cache.stat().st_mode) == 0o700
    names = [path.relative_to(cache) for path in cache.rglob("*") if path.suffix in (".pickle", ".doctree")]
    assert len(names) > 2
    for name in names:
        for place in (root / "_build" / name, root / "_build" / "site" / name, root / "_build" / name.name):
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(pickle.dumps(Bomb()))
    monkeypatch.setenv(CACHE, str(tmp_path / "fresh"))
    assert run(root, "html") == 0
    assert not (tmp_path / "exploded").exists()


def test_a_cache_that_others_can_write_to_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "open").mkdir()
    (tmp_path / "open").chmod(0o777)
    monkeypatch.setenv(CACHE, str(tmp_path / "open"))
    assert not is_below(tmp_path, cache_of(tmp_path / "book", tmp_path / "book" / "_build"))
    monkeypatch.setenv(CACHE, str(tmp_path / "own"))
    first = cache_of(tmp_path / "book", tmp_path / "book" / "_build")
    assert first.is_relative_to(tmp_path / "own")
    (tmp_path / "other").mkdir()
    second = cache_of(tmp_path / "other", tmp_path / "other" / "_build")
    assert second.is_dir() and not first.exists()  # that book is no longer there


def test_a_folder_for_one_process_goes_with_it(make_book: MakeBook, tmp_path: Path) -> None:
    root, temporary = make_book({"index": "# 书\n\n正文。\n"}), tmp_path / "temporary"
    for folder in (tmp_path / "open", temporary):
        folder.mkdir()
    (tmp_path / "open").chmod(0o777)
    env = {**os.environ, CACHE: str(tmp_path / "open"), "TMPDIR": str(temporary)}
    script = Path(sys.executable).with_name("d2lbook")
    done = subprocess.run([script, "--root", str(root), "html"], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and (root / "_build/html/index.html").is_file()
    assert list(temporary.iterdir()) == []


def test_clean_removes_the_caches_too(make_book: MakeBook) -> None:
    root = make_book({"index": "# 书\n\n正文。\n"})
    assert run(root, "html") == 0
    cache = books.load(root).config.cache_dir
    assert any(cache.rglob("*.doctree"))
    assert run(root, "clean") == 0
    assert not any(cache.rglob("*.doctree")) and not (root / "_build").exists()


@pytest.mark.parametrize("branch", ["main", "master", "trunk", "here", "-x", "a..b", "data"])
def test_publishing_refuses_branches_that_are_not_its_own(tmp_path: Path, branch: str) -> None:
    def git(*words: str, where: Path) -> str:
        command = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(command, cwd=where, check=True, capture_output=True, text=True).stdout

    origin, work = tmp_path / "origin.git", tmp_path / "work"
    git("init", "--quiet", "--bare", "--initial-branch=trunk", str(origin), where=tmp_path)
    git("init", "--quiet", "--initial-branch=here", str(work), where=tmp_path)
    (work / "scripts" / "tools").mkdir(parents=True)
    script = work / "scripts" / "tools" / "publish.sh"
    script.write_text((ROOT / "scripts/tools/publish.sh").read_text())
    (work / "config.ini").write_text(f"[repository]\nnotebooks_branch = {branch}\n")
    git("add", "--all", where=work)
    git("commit", "--quiet", "--message", "x", where=work)
    git("remote", "add", "origin", str(origin), where=work)
    git("push", "--quiet", "origin", "HEAD:trunk", "HEAD:main", where=work)
    before = git("for-each-ref", where=origin)
    ended = subprocess.run(["bash", script], cwd=work, env=os.environ | {"TAG": "v1"}, capture_output=True, text=True)
    assert ended.returncode == 1 and "publish.sh: " in ended.stderr
    assert git("for-each-ref", where=origin) == before


# ---- what acts ----


def test_html_that_acts_is_told_with_its_place_and_left_out(
    make_book: MakeBook, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (
        "# 书\n\n甲\n\n<script>steal()</script>\n\n乙<meta http-equiv='refresh' content='0;url=x'>丙。\n\n`<script>`\n"
    )
    root = make_book({"index": text})
    assert run(root, "html") == 1
    errors = capsys.readouterr().err
    assert "index.md:5: error: HTML that acts by itself" in errors and "index.md:7: error: HTML" in errors
    assert errors.count("HTML that acts") == 2
    page = (root / "_build/html/index.html").read_text(encoding="utf-8")
    assert "steal()" not in page and "refresh" not in page and "&lt;script&gt;" in page


@pytest.mark.parametrize("html", ["<p onclick=x>", "<SCRIPT src=a>", "< script>", "<iframe>", "<base href=x>"])
def test_what_acts_is_known(html: str) -> None:
    assert is_active(html)
    assert not is_active("<b>on = 1</b> <img src='a.png' alt='a'> <meta charset=utf-8> a < b on x = 1")


def test_drawings_of_the_book_lose_scripts_and_stay_drawings() -> None:
    evil = (
        b'<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><script>x()</script><rect width="9" height="9"/></svg>'
    )
    clean = harmless("a.SVG", evil)
    assert b"script" not in clean and b"onload" not in clean and b"<rect" in clean
    assert harmless("a.png", b"\x89PNG<script>") == b"\x89PNG<script>"


@pytest.mark.parametrize(
    ("tex", "command"),
    [
        (r"x\input{/etc/passwd}", r"\input"),
        (r"\gdef\x{\x}\x", r"\gdef"),
        (r"\immediate\openout3=x", r"\immediate"),
        (r"\csname input\endcsname", r"\csname"),
        (r"^^5cinput x", "^^"),
        (r"\begin{filecontents}{x}", r"\begin{filecontents}"),
        (r"\end{document}", r"\end{document}"),
    ],
)
def test_what_tex_must_not_be_given_is_named(tex: str, command: str) -> None:
    assert forbidden(tex) == command


def test_formulas_of_mathematics_are_given_to_tex() -> None:
    for tex in (
        r"\left(\frac12\right)",
        r"\begin{cases} a \\ b \end{cases}",
        r"\mathbb{E}[x]^2",
        r"\operatorname{let} y",
    ):
        assert forbidden(tex) == ""
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "chapters_md").rglob("*.md"))]
    formulas = [part for text in texts for part in text.split("$$")[1::2]]
    assert len(formulas) > 50 and not [tex for tex in formulas if forbidden(tex)]


def test_nothing_that_is_told_moves_the_cursor() -> None:
    told = str(Fault("a\x1b[2J.md", 1, "bad\x07\x9b2J", "text\x1b]0;x\x07", "fix"))
    assert not any(ord(character) < 32 and character != "\n" for character in told) and "\x9b" not in told


def test_unsafe_settings_are_refused_in_tolerated_books_too(make_book: MakeBook) -> None:
    root = make_book({"index": "# 书\n"}, CONFIG.replace("[build]", "[build]\noutput_dir = ../elsewhere\nunknown = 1"))
    with pytest.raises(BookError) as caught:
        books.load(root, tolerant=True)
    assert "output_dir leads out of the book" in [fault.message for fault in caught.value.faults]
