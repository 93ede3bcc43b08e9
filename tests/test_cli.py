"""The command line: words, exit codes, every fault in one run, wrong use explained."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from d2lbook import __version__, cli, commands

from .conftest import ROOT, MakeBook
from .library_books import REAL_CONFIG, section, tabbed

COMMANDS = ("status", "eval", "merge", "verify", "lib", "html", "serve", "zip", "pdf", "check", "clean", "build", "new")
INDEX = "# 小书\n\n```toc\n:numbered:\n\na/index\n```\n"
CHAPTER = "# 甲章\n:label:`chap_a`\n\n```toc\none\ntwo\nthree\n```\n"
TEXTS = {
    "index": INDEX,
    "a/index": CHAPTER,
    "a/one": "# 一\n:label:`sec_one`\n",
    "a/two": "# 二\n\n见:numref:`sec_one`。\n",
    "a/three": "# 三\n",
}
FAULTY = {
    **TEXTS,
    "a/one": "# 一\n:label:`sec_one`\n\n```{.python .input}\n#@tab torch\nx = 1\n```\n",
    "a/two": "# 二\n:label:`sec_two`\n\n文字。\n\n## 又\n:label:`sec_one`\n",
    "a/three": "# 三\n:label:`sec_three`\n\n```{.python .input}\n#@tab all\nx = 1\ndef f(:  #@save\n    pass\n```\n",
}
EXPECTED = [
    "chapters_md/a/one.md:5: error: unknown tab 'torch'",
    "chapters_md/a/two.md:7: error: duplicate label",
    "chapters_md/a/three.md:7: error: code that does not parse: invalid syntax",
]


def write(make_book: MakeBook, files: dict[str, str], config: str = REAL_CONFIG) -> Path:
    root = make_book(files, config)
    shutil.copytree(ROOT / "locks", root / "locks")
    return root


def run(root: Path, *words: str) -> int:
    return cli.main(["--root", str(root), *words])


def program(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    script = Path(sys.executable).with_name("d2lbook")
    return subprocess.run([script, *words], cwd=cwd, capture_output=True, text=True)


def test_help_names_every_command_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from d2lbook import cli\ntry: cli.main(['--help'])\nfinally: print(*sys.modules, file=sys.stderr)"
    )
    shown = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert shown.returncode == 0
    assert all(f"\n    {name} " in shown.stdout for name in COMMANDS)
    assert "examples:" in shown.stdout
    loaded = {name.partition(".")[0] for name in shown.stderr.split()}
    assert not loaded & {"sphinx", "docutils", "nbformat", "markdown_it", "numpy", "yaml", "rich", "jupyter_client"}


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([command, "--help"])
    assert ended.value.code == 0
    assert f"usage: d2lbook {command}" in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert capsys.readouterr().out == f"{__version__}\n"


# ---- 1: the book has a fault ----


@pytest.mark.parametrize("words", [("check",), ("lib",), ("lib", "--check"), ("build", "lib"), ("build", "all")])
def test_faults_of_three_files_are_reported_in_one_run(
    make_book: MakeBook, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    root = write(make_book, FAULTY)
    assert run(root, *words) == 1
    errors = capsys.readouterr().err
    for line in EXPECTED:
        assert line in errors
    assert "did you mean pytorch?" in errors
    assert not (root / "d2l").exists()


def test_the_program_ends_with_the_code_and_the_faults(make_book: MakeBook) -> None:
    root = write(make_book, FAULTY)
    ended = program("--root", str(root), "check")
    assert ended.returncode == 1
    assert [line for line in EXPECTED if line not in ended.stderr] == []
    assert ended.stderr.splitlines()[-1].endswith("warnings")


@pytest.mark.parametrize("lines", [1, 10_000])
def test_who_reads_only_the_first_lines_sees_no_traceback(make_book: MakeBook, lines: int) -> None:
    """However much is printed: what fits in the buffer breaks only at the end."""
    root = write(make_book, TEXTS)
    printing = f"from d2lbook import cli, commands; commands.clean = lambda session: print('line\\n' * {lines}) or 0"
    running = f"import sys; {printing}; sys.exit(cli.main(['--root', {str(root)!r}, 'clean']))"
    command = [sys.executable, "-c", running]
    started = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=ROOT, text=True)
    assert started.stdout and started.stderr
    started.stdout.close()
    assert (started.stderr.read(), started.wait()) == ("", 141)
    started.stderr.close()


@pytest.mark.parametrize("words", [("status",), ("eval",), ("verify",), ("zip",)])
def test_unreadable_sources_stop_what_needs_them(
    make_book: MakeBook, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    root = write(make_book, FAULTY)
    assert run(root, *words) == 1
    errors = capsys.readouterr().err
    assert EXPECTED[0] in errors and EXPECTED[1] in errors
    assert {path.name for path in root.glob("_build/*")} == set()


def test_a_library_that_cannot_be_written_does_not_ask_for_itself(
    make_book: MakeBook, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write(make_book, {**TEXTS, "a/two": "# 二\n\n```{.python .input}\n#@tab all\nx = 1\n"})
    assert run(root, "lib") == 1
    errors = capsys.readouterr().err
    assert "chapters_md/a/two.md:3: error: this fence is never closed" in errors
    assert "a generated file is missing" not in errors
    assert not (root / "d2l").exists()


def test_a_broken_reference_is_told_and_only_what_is_given_away_is_not_made(
    make_book: MakeBook, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write(make_book, {**TEXTS, "a/two": "# 二\n\n见:numref:`sec_on`。\n"})
    for words in (("html",), ("lib",), ("zip", "--tab", "jax")):
        assert run(root, *words) == 1
        assert "chapters_md/a/two.md:3: error: a reference to nothing" in capsys.readouterr().err
    assert (root / "_build/html/index.html").is_file()
    assert (root / "d2l/__init__.py").is_file()
    assert not (root / "_build/zip/d2l-jax.zip").exists()


def test_a_missing_environment_says_how_to_make_it(make_book: MakeBook, capsys: pytest.CaptureFixture[str]) -> None:
    root = write(make_book, {**TEXTS, "a/one": section("一", ("all", "print(1)"))})
    assert run(root, "eval", "a/one") == 1
    errors = capsys.readouterr().err
    assert "the environment of base is missing" in errors and "run: d2lbook env make base" in errors


def test_outputs_that_are_missing_fail_only_a_strict_status(
    make_book: MakeBook, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write(make_book, {**TEXTS, "a/one": tabbed("一", ("all", "print(1)"))})
    assert run(root, "status") == 0
    shown = capsys.readouterr().out
    assert "jax/a/one: missing" in shown
    assert "1 sections × 4 backends" in shown and "0 fresh, 0 stale, 4 missing" in shown
    assert run(root, "status", "--strict") == 1


def test_a_setting_nobody_knows_is_a_fault(make_book: MakeBook, capsys: pytest.CaptureFixture[str]) -> None:
    root = write(make_book, TEXTS, REAL_CONFIG.replace("outputs_dir", "output_folder"))
    assert run(root, "status") == 1
    line = REAL_CONFIG.split("outputs_dir")[0].count("\n") + 1
    assert f"config.ini:{line}: error: unknown key in [build]\n    | output_folder" in capsys.readouterr().err


# ---- 2: wrong use ----


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("eval", "a/oen"), "no section or chapter 'a/oen'; did you mean a/one?"),
        (("eval", "--tab", "torch"), "unknown tab 'torch'; known: "),
        (("zip", "--tab", "torch"), "unknown tab 'torch'; known: "),
        (("build", "pkg", "--tab", "torch"), "unknown tab 'torch'; known: "),
    ],
)
def test_wrong_names(
    make_book: MakeBook, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert run(write(make_book, TEXTS), *words) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [(), ("buidl",), ("build",), ("build", "htlm"), ("eval", "--jobs", "x"), ("status", "x")]
)
def test_wrong_words(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(list(words))
    assert ended.value.code == 2
    assert "usage: d2lbook" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [("make", "--device", "cuda", "jax", "base"), ("make", "jax", "--device", "cuda", "base"),
     ("make", "jax", "base", "--device", "cuda"), ("--device", "cuda", "make", "jax", "base")],
)  # fmt: skip
def test_options_may_stand_anywhere_among_the_words(words: Sequence[str], monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(commands, "env", lambda session, **options: given.update(options) or 0)
    assert cli.main(["--root", "elsewhere", "env", *words]) == 0
    assert given == {"action": "make", "names": ["jax", "base"], "device": "cuda"}


def test_options_among_sections(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[object] = []
    monkeypatch.setattr(commands, "evaluate", lambda session, runs: given.append(runs) or 0)
    assert cli.main(["eval", "a/x", "--tab", "jax", "a/y", "--force"]) == 0
    assert given == [commands.Runs(sections=["a/x", "a/y"], tab="jax", force=True)]
    with pytest.raises(SystemExit) as stopped:
        cli.main(["eval", "a/x", "--nothing", "a/y"])
    assert stopped.value.code == 2


def test_a_folder_without_a_book(tmp_path: Path) -> None:
    ended = program("status", cwd=tmp_path)
    assert ended.returncode == 1
    assert "config.ini: error: no such file" in ended.stderr and "--root" in ended.stderr


# ---- 0: good ----


def test_the_old_words_build_everything(make_book: MakeBook, capsys: pytest.CaptureFixture[str]) -> None:
    root = write(make_book, TEXTS)
    assert run(root, "build", "all") == 0, capsys.readouterr().err
    for name in ("d2l/torch/__init__.py", "_build/html/a/one.html", "_build/results/eval.json"):
        assert (root / name).is_file()
    assert {path.name for path in (root / "_build/zip").iterdir()} == {
        f"d2l-{name}.zip" for name in ("mxnet", "pytorch", "tensorflow", "jax")
    }
    assert json.loads((root / "_build/results/eval.json").read_text())["results"] == []
    assert run(root, "build", "lib", "html", "pkg", "--tab", "jax") == 0


def test_the_library_is_written_once_and_checked(make_book: MakeBook, capsys: pytest.CaptureFixture[str]) -> None:
    code = section("一\n:label:`sec_one`", ("all", "def f(x):  #@save\n    '''说明。'''\n    return x"))
    root = write(make_book, {**TEXTS, "a/one": code})
    assert run(root, "lib", "--check") == 1
    assert "a generated file is missing" in capsys.readouterr().err
    assert run(root, "lib") == 0
    assert "d2l/base/a.py" in capsys.readouterr().out.split()
    assert run(root, "lib") == 0
    assert capsys.readouterr().out == ""
    assert run(root, "lib", "--check") == 0


def test_clean_removes_the_output_folder_and_nothing_else(
    make_book: MakeBook, capsys: pytest.CaptureFixture[str]
) -> None:
    root = write(make_book, TEXTS)
    (root / "_build" / "html").mkdir(parents=True)
    assert run(root, "clean") == 0
    assert not (root / "_build").exists() and (root / "chapters_md" / "index.md").is_file()
    for folder, why in {".": "more than", "..": "leads out", "chapters_md": "more than", "kept": "not made"}.items():
        (root / "kept").mkdir(exist_ok=True)
        (root / "kept" / "mine.txt").write_text("mine", encoding="utf-8")
        text = REAL_CONFIG.replace("output_dir = _build", f"output_dir = {folder}")
        (root / "config.ini").write_text(text, encoding="utf-8")
        assert run(root, "clean") == 1
        assert why in capsys.readouterr().err
    assert (root / "kept" / "mine.txt").is_file()
    assert (root / "chapters_md" / "index.md").is_file()


def test_a_new_section_is_written_listed_and_clean(make_book: MakeBook, capsys: pytest.CaptureFixture[str]) -> None:
    root = write(make_book, TEXTS)
    assert run(root, "new", "a/four", "--title", "四") == 0
    assert capsys.readouterr().out.splitlines() == ["wrote chapters_md/a/four.md", "listed in chapters_md/a/index.md"]
    assert (root / "chapters_md/a/index.md").read_text() == CHAPTER.replace("three\n", "three\nfour\n")
    text = (root / "chapters_md/a/four.md").read_text()
    assert text.startswith("# 四\n:label:`sec_four`\n")
    assert all(f"\n## {head}\n" in text for head in ("小结", "练习", "延伸阅读")) and "#@tab jax\n" in text
    assert run(root, "html") == 0, capsys.readouterr().err
    assert (root / "_build/html/a/four.html").is_file()
    assert run(root, "new", "a/four") == 2 and run(root, "new", "../a") == 2
    capsys.readouterr()
    assert run(root, "new", "b/one") == 0
    assert "b/index.md has no table of contents: put this into it" in capsys.readouterr().out
