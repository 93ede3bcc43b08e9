"""Slices are sound: what a section enters of ``d2l`` while it runs is in its slice. A sample; the drill runs all."""

from __future__ import annotations

import shutil

import pytest

from d2lbook.book import book as books
from d2lbook.evidence.evaluation import choose
from d2lbook.library.extract import write_library
from scripts.tools.drills.slices import look, quick

from .conftest import ROOT, MakeBook, need_env
from .library_books import load, section

pytestmark = pytest.mark.backend


def test_what_quick_sections_enter_is_in_their_slices() -> None:
    need_env("pytorch")
    book = books.load(ROOT)
    chosen = [item for item in quick(book, choose(book, (), "pytorch"), 2.5) if item.backend == "pytorch"][:6]
    found = list(look(book, chosen))
    assert [(item.key, item.lacking, item.fault) for item in found if item.lacking or item.fault] == []
    assert len(found) >= 3 and sum(len(item.entered) for item in found) >= 5


def test_the_profiler_sees_functions_methods_and_threads_and_no_imports(make_book: MakeBook) -> None:
    need_env("base")
    saved = """
        def outer(): #@save
            return inner()

        def inner(): #@save
            return 1

        def at_import(): #@save
            return 2

        STATE = at_import() #@save

        def unused(): #@save
            return 3

        class Runner: #@save
            def run(self):
                return [inner() for _ in range(2)]
        """
    text = "\n".join(line[8:] for line in saved.strip("\n").split("\n"))
    used = "import threading\nfrom d2l import base as d2l\n\nd2l.outer()\n"
    used += "thread = threading.Thread(target=d2l.Runner().run)\n"
    files = {
        "a/one": section("一", ("all", text)),
        "a/two": section("二", ("all", used + "thread.start(); thread.join()")),
    }
    book = load(make_book, {"a": ["one", "two"]}, files)
    root = book.config.root
    shutil.copytree(ROOT / "locks", root / "locks")
    (root / ".envs").symlink_to(ROOT / ".envs")
    write_library(book)
    (found,) = look(book, choose(book, ["a/two"]))
    assert (found.fault, found.entered, found.lacking) == ("", ("Runner", "inner", "outer"), ())
