"""What a build says of its runs: outputs of other code, claims that fail, stored files that cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

from d2lbook import cli, release
from d2lbook.book import book as books
from d2lbook.evidence.store import path_of

from .site_book import metric, store, text, write_book

SAVED = "# 甲\n\n```{.python .input}\n#@tab all\ndef f():  #@save\n    return 1\n```\n"
USED = "# 乙\n\n```{.python .input}\n#@tab all\nd2l.f()\nprint(2)\n```\n"
ALONE = "# 丙\n\n```{.python .input}\n#@tab all\nprint(3)\n```\n"
BOOK = {"index": "# 书\n\n```toc\na\nb\nc\n```\n", "a": SAVED, "b": USED, "c": ALONE}
MARK = "此后代码有改动"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A book whose section b runs what section a saves; section c runs nothing of it."""
    book = write_book(tmp_path, BOOK)
    for name, outputs in {"a": [[]], "b": [[text("2\n")]], "c": [[text("3\n")]]}.items():
        store(book, "base", name, outputs)
    return tmp_path


def edit(root: Path, name: str, old: str, new: str) -> None:
    file = root / f"chapters_md/{name}.md"
    before = file.read_text(encoding="utf-8")
    assert old in before
    file.write_text(before.replace(old, new), encoding="utf-8")


def run(root: Path, *words: str) -> int:
    return cli.main(["--root", str(root), *words])


def marked(root: Path) -> set[str]:
    pages = (root / "_build/html").glob("[abc].html")
    return {page.stem for page in pages if MARK in page.read_text(encoding="utf-8")}


def test_outputs_stale_through_the_library_are_marked_and_counted(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(root, "html") == 0
    first = capsys.readouterr()
    assert marked(root) == set() and "outputs:" not in first.out and first.err == ""
    edit(root, "a", "return 1", "return 10")
    for words in (["html"], ["html"]):  # at the end of every build, also of one that had nothing to do
        assert run(root, *words) == 0
        told = capsys.readouterr()
        assert marked(root) == {"a", "b"}
        assert "outputs: 2 older than the code" in told.out
    assert "the code has changed since base ran it" in told.err
    edit(root, "c", "print(3)", "print(3)  # 三")  # a comment makes nothing stale
    edit(root, "a", "return 10", "return 1")
    assert run(root, "html") == 0
    assert marked(root) == set() and "outputs:" not in capsys.readouterr().out


def test_outputs_of_other_code_are_counted_with_zips_and_what_never_ran_with_pages(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(root, "a", "return 1", "return 10")
    (root / "static/outputs/base/c.ipynb").unlink()
    for words in (["html"], ["zip", "--tab", "jax"]):
        run(root, *words)
        assert "outputs: 2 older than the code, 1 never run, or lost" in capsys.readouterr().out


def test_what_never_ran_is_counted_where_there_was_nothing_to_build(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "static/outputs/base/c.ipynb").unlink()
    for _ in range(2):
        assert run(root, "html") == 0
        assert "outputs: 1 never run, or lost" in capsys.readouterr().out


def test_a_claim_that_fails_fails_the_build_of_the_site(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    claim = "\n```{.expect}\n0.80 < acc < 0.86\n```\n"
    (root / "chapters_md/c.md").write_text(ALONE + claim, encoding="utf-8")
    book = books.load(root)
    store(book, "base", "c", [[text("3\n"), metric("acc", 0.83)]], {"acc": 0.83})
    assert run(root, "html") == 0
    store(book, "base", "c", [[text("3\n"), metric("acc", 0.9)]], {"acc": 0.9})
    for words, code in ((["html"], 1), (["html"], 1), (["html", "--draft"], 0), (["html"], 1)):
        capsys.readouterr()
        assert run(root, *words) == code
        told = capsys.readouterr()
        assert "base: the claim does not hold: acc = 0.9" in told.err
        assert ("a draft: 1 claims do not hold" in told.out) == (code == 0)
    faults = release.gather(books.load(root), root / "_build/draft", data=False)
    assert any("the claim does not hold" in fault.message for fault in faults)


def test_a_stored_run_that_cannot_be_read_is_a_fault_everywhere(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = books.load(root)
    (projection,) = [item for item in book.projections() if item.docname == "b"]
    good = path_of(book, projection).read_text(encoding="utf-8")
    path_of(book, projection).write_text(good[:200], encoding="utf-8")
    told = "static/outputs/base/b.ipynb: error: the stored run of base/b cannot be read"
    for words in (["status"], ["html"], ["html"], ["html", "--draft"], ["zip", "--tab", "jax"], ["check"]):
        capsys.readouterr()
        assert run(root, *words) == 1, words
        assert capsys.readouterr().err.count(told) == 1, words
    path_of(book, projection).write_text(good, encoding="utf-8")
    assert run(root, "html") == 0 and run(root, "status") == 0
    assert "print" in (root / "_build/html/b.html").read_text(encoding="utf-8")


def test_results_of_other_seeds_that_cannot_be_read_are_a_fault(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seeds = root / "static/results/seeds/b.json"
    seeds.parent.mkdir(parents=True)
    seeds.write_text('{"metrics": [', encoding="utf-8")
    for words in (["html"], ["status"], ["check"]):
        assert run(root, *words) == 1
        assert (
            "static/results/seeds/b.json: error: this tells of no runs under several seeds" in capsys.readouterr().err
        )
