"""The engine's rooms: `make lint` holds the floors, planted violations fail, and what tells of the floors is true."""

from __future__ import annotations

import ast
import itertools
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
ENGINE = ROOT / "d2lbook"
LINT = Path(sys.executable).with_name("lint-imports")


def _lint(folder: Path) -> tuple[int, str]:
    ended = subprocess.run([LINT, "--no-cache", "--no-logo"], cwd=folder, capture_output=True, text=True)
    return ended.returncode, ended.stdout


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copytree(ENGINE, tmp_path / "d2lbook", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def _plant(folder: Path, module: str, line: str) -> None:
    file = folder / "d2lbook" / module
    file.write_text(f"{file.read_text(encoding='utf-8')}\n\n{line}\n", encoding="utf-8")


def test_a_copy_of_the_engine_passes(copy: Path) -> None:
    code, said = _lint(copy)
    assert code == 0, said
    assert "2 kept, 0 broken" in said


@pytest.mark.parametrize(
    ("module", "line", "named"),
    [
        ("doctree/nodes.py", "from d2lbook.site import katex", "d2lbook.doctree.nodes -> d2lbook.site.katex"),
        ("pdf/tex.py", "from d2lbook.site.styles import backend_rules", "d2lbook.pdf.tex -> d2lbook.site.styles"),
        ("markup/names.py", "from d2lbook.book import hosts", "d2lbook.markup.names -> d2lbook.book.hosts"),
        ("errors.py", "def late():\n    from d2lbook import cli\n    return cli", "d2lbook.errors -> d2lbook.cli"),
        (
            "library/canonical.py",
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from d2lbook.evidence.store import Stored",
            "d2lbook.library.canonical -> d2lbook.evidence.store",
        ),
    ],
    ids=["up", "beside", "from-the-ground", "in-a-function", "for-types-only"],
)
def test_an_import_against_the_floors_fails_and_is_named(copy: Path, module: str, line: str, named: str) -> None:
    _plant(copy, module, line)
    code, said = _lint(copy)
    assert code == 1
    assert named in re.sub(r" \(l\.\d+\)", "", said)


def test_a_circle_within_a_room_fails(copy: Path) -> None:
    _plant(copy, "pdf/joints.py", "from d2lbook.pdf import writer")  # which imports joints
    code, said = _lint(copy)
    assert code == 1
    assert "no circle within a room BROKEN" in said


def test_a_room_that_no_floor_lists_fails(copy: Path) -> None:
    (copy / "d2lbook" / "attic").mkdir()
    (copy / "d2lbook" / "attic" / "__init__.py").write_text("", encoding="utf-8")
    code, said = _lint(copy)
    assert code == 1
    assert "attic" in said


def test_make_lint_runs_it() -> None:
    said = subprocess.run(["make", "--dry-run", "--always-make", "lint"], cwd=ROOT, capture_output=True, text=True)
    assert "/lint-imports" in said.stdout
    assert "stage 'lint' make lint" in (ROOT / ".ci" / "run").read_text(encoding="utf-8")


def _floors() -> list[set[str]]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    return [set(layer.split(" | ")) for layer in layers if layer != "__main__"]


def test_the_readme_lists_the_floors_of_lint() -> None:
    table = (ROOT / "README.md").read_text(encoding="utf-8").partition("| floor | rooms")[2].partition("\n\n")[0]
    rows = [row.split("|")[2] for row in table.splitlines() if re.match(r"\| \d", row)]
    listed = [set(re.findall(r"(?:^| )`(\w+)/?`(?=:)", row)) for row in rows]
    assert [rooms for rooms in listed if rooms] == _floors()


def test_the_picture_shows_every_room() -> None:
    shown = (ROOT / "static" / "img" / "architecture.svg").read_text(encoding="utf-8")
    words = set(re.findall(r"\w+", re.sub(r"<[^>]+>", " ", shown)))
    rooms = {path.name for path in ENGINE.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert rooms - words == set()


def test_no_docstring_says_what_a_file_may_import() -> None:
    told = []
    for file in ENGINE.rglob("*.py"):
        text = ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or ""
        if re.search(r"May\s+import|Imports\s+(nothing|only|the standard)", text):
            told.append(file.relative_to(ROOT).as_posix())
    assert told == []


def test_field_docstrings_begin_with_what_the_field_is() -> None:
    """``Number of processors``, not ``Of processors``: a reader meets them one by one."""
    told = []
    for file in ENGINE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            body = node.body if isinstance(node, ast.ClassDef | ast.Module) else []
            for field, text in itertools.pairwise(body):
                if isinstance(field, ast.AnnAssign | ast.Assign) and isinstance(text, ast.Expr):
                    words = text.value.value if isinstance(text.value, ast.Constant) else ""
                    if re.match(r"(Of|By|As|That|To|In|At|Those)\b", str(words)):
                        told.append(f"{file.relative_to(ROOT)}:{text.lineno}: {words}")
    assert told == []
