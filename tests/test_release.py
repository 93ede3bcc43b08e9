"""What a release gathers: a site's zip that is the same for the same site, checksums that match, no stale outputs."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import zipfile
from pathlib import Path

from d2lbook.book import book as books
from d2lbook.release import checksums, gather, pack_folder
from tests.conftest import CONFIG, ROOT, MakeBook


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


def test_notebooks_and_data_become_the_whole_of_a_branch_each(tmp_path: Path) -> None:
    """The release page itself is GitHub's: ``gh`` is only asked for what it is given."""
    origin, work, tools = tmp_path / "origin.git", tmp_path / "work", tmp_path / "bin"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "init", "--quiet", "--bare", origin], check=True)
    subprocess.run([*git, "clone", "--quiet", origin, work], check=True, capture_output=True)
    (work / "scripts/tools").mkdir(parents=True)
    shutil.copyfile(ROOT / "scripts/tools/publish.sh", work / "scripts/tools/publish.sh")
    (work / "config.ini").write_text("[repository]\nnotebooks_branch = reading\n", encoding="utf-8")
    (work / ".gitignore").write_text("_build/\n*.gz\n", encoding="utf-8")
    subprocess.run([*git, "-C", work, "add", "."], check=True)
    subprocess.run([*git, "-C", work, "commit", "--quiet", "-m", "a"], check=True)
    tools.mkdir()
    (tools / "gh").write_text('#!/bin/sh\necho "$@"\n', encoding="utf-8")
    (tools / "gh").chmod(0o755)
    release = work / "_build/release"
    for name in ("notebooks/d2l-jax/one/a.ipynb", "data/numbers/a.gz", "manifest.json"):
        (release / name).parent.mkdir(parents=True, exist_ok=True)
        (release / name).write_text(name, encoding="utf-8")
    (release / "SHA256SUMS").write_text(checksums(release), encoding="utf-8")
    environment = os.environ | {"TAG": "v1", "PATH": f"{tools}:{os.environ['PATH']}"}
    for _ in range(2):  # a second release takes the first one's place
        command = ["bash", work / "scripts/tools/publish.sh"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        assert done.stdout.split()[-2:] == ["_build/release/SHA256SUMS", "_build/release/manifest.json"]

    def tree(branch: str) -> str:
        listed = subprocess.run([*git, "-C", origin, "ls-tree", "-r", "--name-only", branch], capture_output=True)
        return listed.stdout.decode().strip()

    assert tree("reading") == "d2l-jax/one/a.ipynb"
    assert tree("data") == "numbers/a.gz"
    (release / "manifest.json").write_text("changed", encoding="utf-8")
    assert subprocess.run(command, env=environment, capture_output=True, check=False).returncode
