"""Settings of old books do what they say, or it is told that they do nothing."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import pytest

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.book.config import load
from d2lbook.book.keys import IDLE, KNOWN
from d2lbook.book.resources import resource_files
from d2lbook.evidence import store
from d2lbook.evidence.digest import fingerprint
from d2lbook.notebooks.zips import write_zips

from .conftest import ROOT, need_env

CONFIG = """\
[project]
name = small
title = Small
author = A
copyright = c
lang = en
[build]
tabs = alpha
{build}
[backend-alpha]
title = Alpha
[library]
{library}
"""
READS = "```{.python .input}\n#@tab all\nprint(open('../data/x.csv').read())\n```\n"
OTHER = "```{.python .input}\n#@tab all\n1 + 1\n```\n"


def book(root: Path, build: str = "", library: str = "", **pages: str) -> Path:
    """Write a book of a chapter of pages below ``root``, with a data file."""
    (root / "config.ini").write_text(CONFIG.format(build=build, library=library), encoding="utf-8")
    (root / "index.md").write_text("# Book\n\n```toc\n:numbered:\n\nc/index\n```\n")
    (root / "c").mkdir()
    (root / "c/index.md").write_text("# C\n\n```toc\n" + "".join(f"{name}\n" for name in pages) + "```\n")
    for name, text in pages.items():
        (root / f"c/{name}.md").write_text(f"# {name}\n\n{text}")
    (root / "data/.hidden").mkdir(parents=True)
    (root / "data/x.csv").write_text("1,2\n")
    (root / "data/.hidden/y.csv").write_text("0\n")
    return root


def run(root: Path, *words: str) -> int:
    return cli.main(["--root", str(root), *words])


# ---- resources ----


def test_resources_are_files_of_the_book_alone(tmp_path: Path) -> None:
    root = book(tmp_path, "resources = data/ *.bib gone/ ../*\nbibfile = a.bib", one=READS)
    (root / "a.bib").write_text("")
    (root / "b.bib").write_text("")
    (root / "data/away").symlink_to("/etc/hostname")
    assert list(resource_files(load(root))) == ["b.bib", "data/x.csv"]
    told = [(fault.severity, fault.message, fault.text) for fault in books.load(root).faults]
    assert told == [
        ("warning", "a resource that is not there", "../*"),
        ("warning", "a resource that is not there", "gone/"),
    ]


def test_resources_lie_around_a_running_notebook_and_in_zips(tmp_path: Path) -> None:
    need_env("base")
    root = book(tmp_path, "resources = data", one=READS)
    (root / ".envs").mkdir()
    (root / ".envs/base").symlink_to(ROOT / ".envs/base")
    assert run(root, "eval", "c/one") == 0
    stored = json.loads((root / "static/outputs/base/c/one.ipynb").read_text())
    assert "".join(stored["cells"][0]["outputs"][0]["text"]) == "1,2\n\n"
    found = books.load(root)
    (pack,) = write_zips(found, found.config.backend_names, root / "zip").files
    with zipfile.ZipFile(pack) as archive:
        named = next(name for name in archive.namelist() if name.endswith("data/x.csv"))
        assert archive.read(named) == b"1,2\n"
        assert named.removesuffix("data/x.csv") + "c/one.ipynb" in archive.namelist()


def test_a_changed_resource_makes_stale_what_reads_it_and_nothing_else(tmp_path: Path) -> None:
    root = book(tmp_path, "resources = data", one=READS, two=OTHER)

    def digests() -> dict[str, str]:
        found = books.load(root)
        return {item.docname: fingerprint(found, item).digest for item in found.projections()}

    before = digests()
    (root / "data/x.csv").write_text("1,3\n")
    after = digests()
    assert before["c/one"] != after["c/one"] and before["c/two"] == after["c/two"]
    (root / "config.ini").write_text((root / "config.ini").read_text().replace("resources = data", ""))
    assert digests()["c/two"] == before["c/two"]
    assert store.explain({"resource:data/x.csv": "a"}, {"resource:data/x.csv": "b"}) == ("resource:data/x.csv changed",)


# ---- rsts, marks, keys ----


def test_pages_in_restructuredtext_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = book(tmp_path, "rsts = *.rst */*.rst", one=OTHER)
    assert [fault.message for fault in books.load(root).faults] == []
    (root / "c/api.rst").write_text("API\n===\n")
    assert run(root, "html") == 1
    assert "c/api.rst: error: a page in reStructuredText, which is not read" in capsys.readouterr().err
    assert run(root, "--tolerant", "html") == 0


@pytest.mark.parametrize("mark", ["@mine", "# Save to the d2l package.", "@save"])
def test_the_book_s_own_save_mark_is_read(tmp_path: Path, mark: str) -> None:
    comment = "# " + mark.lstrip("# ")
    code = f"def f(x):  {comment}\n    '''Doc.'''\n    return x"
    saved = f"```{{.python .input}}\n#@tab all\n{code}\n```\n\n{mark} in words\n"
    root = book(tmp_path, library=f"save_mark = {mark}", one=saved)
    assert run(root, "lib") == 0
    assert "def f(x):\n" in (root / "d2l/base/c.py").read_text()
    page = books.load(root).section("c/one")
    assert page.prose[-1].text == f"{mark} in words"


def test_a_key_without_effect_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = book(tmp_path, "eval_notebook = True\nhtml_dir = x", one=OTHER)
    with (root / "config.ini").open("a") as file:
        file.write("[deploy]\ns3_bucket = s3://x\n")
    assert run(root, "html") == 0
    told = capsys.readouterr().err
    assert "config.ini:9: warning: keys of [build] that have no effect\n    | eval_notebook, html_dir" in told
    assert "warning: a key that has no effect\n    | s3_bucket" in told


def test_no_key_is_both_read_and_idle() -> None:
    for section, keys in IDLE.items():
        assert not set(keys.split()) & set(KNOWN.get(section, "").split())


def test_the_name_is_the_title_of_a_book_without_one(tmp_path: Path) -> None:
    root = book(tmp_path, one=OTHER)
    (root / "config.ini").write_text((root / "config.ini").read_text().replace("title = Small\n", ""))
    assert load(root).title == "small"
