"""The same sources give the same bytes wherever they lie; folders that hold themselves end; many pages build."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from d2lbook import cli

from .conftest import ROOT
from .outside import small_book
from .site_book import BOTH, FILES, store_runs, write_book


def digests(folder: Path) -> dict[str, str]:
    files = (file for file in sorted(folder.rglob("*")) if file.is_file() and not file.name.startswith(".buildinfo"))
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_site_library_and_zips_are_the_same_bytes_wherever_and_however_they_are_made(tmp_path: Path) -> None:
    made = []
    for number, name in enumerate(("here", "a longer name elsewhere")):
        root = tmp_path / name
        root.mkdir()
        store_runs(write_book(root, dict(reversed(FILES.items()) if number else FILES.items()), BOTH))
        env = os.environ | {
            "PYTHONHASHSEED": str(number + 1),
            "PYTHONPATH": str(ROOT),
            "TZ": ("UTC", "Asia/Tokyo")[number],
        }
        env |= {"D2LBOOK_CACHE": str(tmp_path / f"cache{number}")}
        processors = sorted(os.sched_getaffinity(0))
        for word in ("lib", "html", "zip"):
            command = [sys.executable, "-m", "d2lbook", "--root", str(root), word]
            pin = lambda: os.sched_setaffinity(0, processors[:1] if number else processors)  # noqa: B023, E731
            ended = subprocess.run(command, env=env, capture_output=True, text=True, preexec_fn=pin)
            assert ended.returncode == 0, ended.stderr
        (tmp_path / name / "_build" / "results").mkdir(exist_ok=True)
        made.append({part: digests(root / part) for part in ("_build/html", "_build/zip", "d2l")})
    for part, files in made[0].items():
        assert len(files) > 3
        assert [name for name in files if files[name] != made[1][part].get(name)] == [], part
        assert files.keys() == made[1][part].keys()


def test_folders_that_hold_themselves_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = "[project]\ntitle = T\nlang = en\n[build]\nsource_dir = text\ntabs = a\nresources = data ** **/*.csv\n"
    (tmp_path / "config.ini").write_text(config)
    for folder in ("text/one", "data/deep", "img", "static/outputs", "d2l"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "again").symlink_to("..")
        (tmp_path / folder / "self").symlink_to("self")
        (tmp_path / folder / "other").symlink_to(tmp_path)
    (tmp_path / "data/x.csv").write_text("1\n")
    (tmp_path / "text/index.md").write_text("# Book\n\n```toc\none/a\n```\n")
    (tmp_path / "text/one/a.md").write_text(
        "# A\n\n[x](../../data/x.csv) and [y](self).\n\n```{.python .input}\n#@tab all\n1\n```\n"
    )
    for words in (("html",), ("lib",), ("check",), ("status",), ("zip",), ("clean",)):
        assert cli.main(["--root", str(tmp_path), *words]) in (0, 1), words
        assert "Traceback" not in capsys.readouterr().err
    assert not (tmp_path / "_build").exists()


def test_a_cold_build_looks_for_no_documents_in_environments_and_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A book whose sources lie in its own folder has its environments there too."""
    small_book(tmp_path, "# T\n\nWords.\n")
    (tmp_path / "elsewhere/base/lib").mkdir(parents=True)
    (tmp_path / "elsewhere/base/lib/package.md").write_text("# Of a package\n")
    (tmp_path / ".envs").symlink_to("elsewhere")
    walked: list[str] = []
    walk = os.walk

    def noted(*words: Any, **more: Any) -> Iterator[tuple[str, list[str], list[str]]]:
        for found in walk(*words, **more):
            walked.append(found[0])
            yield found

    monkeypatch.setattr(os, "walk", noted)
    assert cli.main(["--root", str(tmp_path), "html"]) == 0
    assert [folder for folder in walked if ".envs" in folder] == []
    assert "Words." in (tmp_path / "_build/html/page.html").read_text()


def test_a_chapter_of_many_pages_builds(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Three hundred, in one list: each page stays small, since its sidebar shows what is near."""
    names = [f"s{number:03d}" for number in range(300)]
    (tmp_path / "config.ini").write_text("[project]\ntitle = T\nlang = en\n[build]\ntabs = a\n")
    (tmp_path / "index.md").write_text("# Book\n\n```toc\n:numbered:\n\n" + "\n".join(names) + "\n```\n")
    for name in names:
        (tmp_path / f"{name}.md").write_text(f"# {name}\n:label:`sec_{name}`\n\nSee :numref:`sec_s000`, $x_1$.\n")
    assert cli.main(["--root", str(tmp_path), "html"]) == 0, capsys.readouterr().err
    page = (tmp_path / "_build/html/s150.html").read_text()
    assert page.count('href="s1') > 40 and 'href="s149.html"' in page and len(page) < 30_000
    assert 'href="s000.html"' in (tmp_path / "_build/html/s299.html").read_text()
    assert cli.main(["--root", str(tmp_path), "zip"]) == 0
    with zipfile.ZipFile(tmp_path / "_build/zip/d2l-a.zip") as pack:
        assert sum(name.endswith(".ipynb") for name in pack.namelist()) == 301
