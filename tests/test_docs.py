"""The pages below ``docs/`` say what is so: examples build, every key is told, every command runs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.book.config import load
from d2lbook.book.keys import IDLE, KNOWN
from d2lbook.evidence.claims import claim_faults
from d2lbook.markup.names import FOLDS, INLINE, STRUCTURAL
from d2lbook.markup.parse import FRONT_KEYS

from .conftest import CONFIG, ROOT, need_env
from .moving_book import moving_drawing
from .outside import DRAWING

DOCS = ROOT / "docs"
DIALECT, SETTINGS, MAINTAINING = ((DOCS / f"{name}.md").read_text() for name in ("dialect", "settings", "maintaining"))


def examples(text: str, language: str) -> list[str]:
    return [body for _, body in re.findall(rf"^(`{{3,}}){language}\n(.*?)^\1$", text, re.M | re.S)]


# ---- the dialect ----


def test_every_example_of_the_dialect_builds_without_an_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = []
    (tmp_path / "config.ini").write_text(CONFIG.replace("source_dir = chapters_md\n", ""))
    (tmp_path / "img").mkdir()
    (tmp_path / "img/a.svg").write_text(DRAWING)
    (tmp_path / "img/steps.svg").write_text(moving_drawing())
    (tmp_path / "d2l/support").mkdir(parents=True)
    (tmp_path / "d2l/support/datasets.toml").write_text("[fashion-mnist]\n")
    for number, text in enumerate(examples(DIALECT, "markdown")):
        name = f"e{number}"
        (tmp_path / f"{name}.md").write_text(text if re.search(r"^# ", text, re.M) else f"# Example\n\n{text}")
        if "```toc" in text:
            (tmp_path / "one.md").write_text("# One\n")
            (tmp_path / "two.md").write_text("# Two\n")
        names.append(name)
    (tmp_path / "index.md").write_text("# Book\n\n```toc\n:numbered:\n\n" + "\n".join(names) + "\n```\n")
    assert len(names) >= 7
    code = cli.main(["--root", str(tmp_path), "html"])
    told = capsys.readouterr().err
    assert code == 0, told


def test_the_claims_and_values_of_the_example_hold(tmp_path: Path) -> None:
    text = next(text for text in examples(DIALECT, "markdown") if "{.expect}" in text)
    (tmp_path / "config.ini").write_text(CONFIG.replace("source_dir = chapters_md\n", ""))
    (tmp_path / "index.md").write_text(f"# Book\n\n{text}")
    section = books.load(tmp_path).section("index")
    assert list(claim_faults(section, {"base": {"acc": 0.875, "base": 0.25}})) == []
    assert len(list(claim_faults(section, {"base": {"acc": 0.1, "base": 0.25}}))) == 3


def test_the_reference_names_every_form() -> None:
    for name in FOLDS:
        assert f":begin_{name}:" in DIALECT, name
    for name in (*INLINE, *STRUCTURAL):
        known = f":{name}:`" in DIALECT or name in ("ref", "citep", "class", "mod", "height")
        assert known, name
    for key in FRONT_KEYS:
        assert f"| `{key}` |" in DIALECT, key
    for mark in ("#@save", "# volatile", "# fold:", "# same y-axis", "#@hide", "tab.selected", ".expect", "eval_rst"):
        assert mark in DIALECT, mark


# ---- the settings ----


def test_the_reference_of_settings_has_every_key_and_no_other() -> None:
    for section, keys in KNOWN.items():
        head = f"## [{section.replace('-*', '-NAME')}]"
        part = next(
            (part for part in SETTINGS.split("\n## ") if f"[{section.replace('-*', '-NAME')}]" in part.split("\n")[0]),
            "",
        )
        assert part, head
        told = set(
            re.findall(
                r"`([\w-]+)`",
                "\n".join(line.split("|")[1] for line in part.split("\n") if line.startswith("| `")) or part,
            )
        )
        assert set(keys.split()) <= told, (section, set(keys.split()) - told)
    without = SETTINGS.split("## Without effect")[1]
    for section, keys in IDLE.items():
        assert f"`[{section}]`" in without
        if section in KNOWN:
            assert set(keys.split()) <= set(re.findall(r"`([\w-]+)`", without)), section
    rows = {
        name
        for line in SETTINGS.split("\n")
        if line.startswith("| `")
        for name in re.findall(r"`([\w-]+)`", line.split("|")[1])
    }
    assert rows <= {key for keys in KNOWN.values() for key in keys.split()}


def test_the_example_of_settings_is_read_without_a_fault(tmp_path: Path) -> None:
    (example,) = examples(SETTINGS, "ini")
    (tmp_path / "config.ini").write_text(example)
    config = load(tmp_path)
    assert config.warnings == ()
    assert config.backend_names == ("pytorch", "jax") and config.backend("jax").partial
    assert config.volumes == (("One", ("first", "second")), ("Two", ("third",)))


# ---- maintaining ----


def test_every_command_of_maintaining_runs(tmp_path: Path) -> None:
    """In one book, from top to bottom; ``env`` has been done: the environments are those of this repository."""
    need_env("base")
    for program in ("git", "bash"):
        assert shutil.which(program), program
    commands = [line for block in examples(MAINTAINING, "bash") for line in block.splitlines()]
    assert len(commands) > 30
    (tmp_path / ".envs").mkdir()
    for name in ("base", "mine"):
        (tmp_path / ".envs" / name).symlink_to(ROOT / ".envs/base")
    (tmp_path / "locks").mkdir()
    for name in ("base-cpu.txt", "base.in"):
        for target in (name, name.replace("base", "mine")):
            shutil.copyfile(ROOT / "locks" / name, tmp_path / "locks" / target)
    (tmp_path / "bin").mkdir()
    # what fetches packages is another test's; here its locks and environments are there
    script = f'[ "$1" = env ] && [ "$2" = lock ] && exit 0\nexec {sys.executable} -m d2lbook "$@"\n'
    (tmp_path / "bin/d2lbook").write_text(f"#!/bin/bash\n{script}")
    (tmp_path / "bin/d2lbook").chmod(0o755)
    env = {**os.environ, "PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    env |= {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    folder = tmp_path / "book"
    folder.mkdir()
    for name in (".envs", "locks"):
        (tmp_path / name).rename(folder / name)
    for command in commands:
        ended = subprocess.run(["bash", "-c", command], cwd=folder, env=env, capture_output=True, text=True)
        assert ended.returncode == 0, (command, ended.stdout[-800:], ended.stderr[-800:])
    assert (folder / "static/outputs/base/first/path.ipynb").is_file()
    listed = subprocess.run(["git", "ls-tree", "--name-only", "gh-pages"], cwd=folder, capture_output=True, text=True)
    assert {"index.html", ".nojekyll"} <= set(listed.stdout.split())


# ---- the installation section ----


def test_the_installation_section_gives_pip_and_uv_what_each_knows() -> None:
    text = (ROOT / "chapters_md/front-matter/installation.md").read_text()
    lines = [line.strip() for block in examples(text, "bash") for line in block.splitlines()]
    with_pip = [line for line in lines if re.search(r"(?<!uv )\bpip install\b", line)]
    assert with_pip and not [line for line in with_pip if "torch-backend" in line]
    assert [line for line in lines if line.startswith("uv pip install --torch-backend=cpu -r requirements.txt")]
    newest = {name: load(ROOT).backend(name).newest_python for name in load(ROOT).backend_names}
    (table,) = re.findall(r"\| 后端 \| Python \|\n(.*?):label:", text, re.S)
    assert ("3.11，更新的没有" in table) == (newest["mxnet"] == "3.11")
    assert re.search(r"JAX [\d.]+ \| 3\.11至3\.1[3-9]", table) and newest["jax"] == ""
