"""Reader's notebooks and zips: plain markdown, links that lead somewhere, the site's numbers, and that they run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tomllib
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager
from markdown_it import MarkdownIt
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin
from nbclient import NotebookClient

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.book.numbering import Numbering
from d2lbook.errors import BookError
from d2lbook.notebooks import write_zips
from d2lbook.notebooks.binding import WHY, bound_cells
from d2lbook.notebooks.pins import requirements
from scripts.tools import scope

from .conftest import ROOT, MakeBook, need_env
from .library_books import load, section, tabbed
from .site_book import metric, store, text, write_sample

REAL = books.load(ROOT)
SECTION = next(
    name
    for name in ("linear-regression/linear-regression-scratch", "preliminaries/ndarray")
    if name in REAL.by_name and REAL.projections(REAL.section(name))
)
"""What is run from top to bottom in every backend."""


class Zip:
    """An opened zip: its files, and its notebooks."""

    def __init__(self, path: Path, only: Collection[str] | None = None) -> None:
        self.only = only
        with zipfile.ZipFile(path) as pack:
            assert {name.split("/")[0] for name in pack.namelist()} == {path.stem}, "one folder, called as the zip is"
            self.files = {name.partition("/")[2]: pack.read(name) for name in pack.namelist()}

    def notebook(self, name: str) -> nbformat.NotebookNode:
        found: nbformat.NotebookNode = nbformat.reads(self.files[f"{name}.ipynb"].decode(), as_version=4)
        return found

    def notebooks(self) -> Iterator[tuple[str, nbformat.NotebookNode]]:
        """Yield the notebooks, or only those that this run looks at."""
        names = [name.removesuffix(".ipynb") for name in self.files if name.endswith(".ipynb")]
        for name in names:
            if self.only is None or name in self.only:
                yield f"{name}.ipynb", self.notebook(name)

    def prose(self, name: str) -> str:
        return "\n\n".join(cell.source for cell in self.notebook(name).cells if cell.cell_type == "markdown")


TOUCHED = scope.chosen_pages(scope.book_texts(), "notebooks")
"""What is looked at in the zips of the real book: what a change touched, and a sample."""


def packed(book: Book, out: Path) -> dict[str, Zip]:
    paths = write_zips(book, book.config.backend_names, out).files
    assert [path.name for path in paths] == [f"d2l-{name}.zip" for name in book.config.backend_names]
    return {name: Zip(path) for name, path in zip(book.config.backend_names, paths, strict=True)}


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    write_sample(folder)
    shutil.copytree(ROOT / "locks", folder / "locks")
    shutil.copytree(ROOT / "d2l" / "support", folder / "d2l" / "support")
    return folder


@pytest.fixture(scope="module")
def sample(root: Path) -> Mapping[str, Zip]:
    return packed(books.load(root), root / "zip")


@pytest.fixture(scope="module")
def real(real_zips: Path) -> Mapping[str, Zip]:
    return {name: Zip(real_zips / f"d2l-{name}.zip", TOUCHED) for name in REAL.config.backend_names}


@pytest.fixture(params=["sample", "real"])
def zips(request: pytest.FixtureRequest) -> Mapping[str, Zip]:
    found: Mapping[str, Zip] = request.getfixturevalue(request.param)
    return found


def plain() -> MarkdownIt:
    """Return a reader of plain markdown, as Jupyter's: it knows nothing of Chinese punctuation or of our marks."""
    md = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    return md.use(dollarmath_plugin, allow_labels=False, double_inline=True)


def leaves(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from leaves(token.children or [])


# ---- what is in a zip ----


def test_a_zip_holds_what_its_readers_need_and_no_more(sample: Mapping[str, Zip]) -> None:
    files = set(sample["pytorch"].files)
    notebooks = {"index", "front", "one/index", "one/ndarray", "one/calculus", "two/index", "two/softmax"}
    assert {name for name in files if name.endswith(".ipynb")} == {f"{name}.ipynb" for name in notebooks}
    assert {name for name in files if not name.endswith(".ipynb") and not name.startswith("d2l/")} == {
        "README.md",
        "pyproject.toml",
        "requirements.txt",
        "static/img/broadcast.svg",
    }
    assert "d2l/support/datasets.toml" in files
    assert {name.split("/")[1] for name in files if name.startswith("d2l/")} == {
        "__init__.py",
        "base",
        "torch",
        "support",
    }


def test_the_library_of_a_zip_is_the_committed_one(real: Mapping[str, Zip]) -> None:
    from d2lbook.library.extract import library_files

    files = library_files(REAL)
    for name, pack in real.items():
        module = REAL.config.backend(name).module
        inside = {path: text_.decode() for path, text_ in pack.files.items() if path.startswith(f"d2l/{module}/")}
        assert inside == {path: text_ for path, text_ in files.items() if path.startswith(f"d2l/{module}/")}
        assert not any("__pycache__" in path for path in pack.files)


def test_requirements_are_direct_pins(real: Mapping[str, Zip]) -> None:
    for name, pack in real.items():
        lines = pack.files["requirements.txt"].decode().splitlines()
        assert all(re.fullmatch(r"[a-z][\w.-]*(\[\w+\])?==[\d.]+(post\d+)?( ; .+)?", line) for line in lines), lines
        listed = (ROOT / "locks" / f"{name}.in").read_text(encoding="utf-8").splitlines()
        assert len(lines) == len([line for line in listed if line.strip()])
    assert "torch==2.13.0" in real["pytorch"].files["requirements.txt"].decode().splitlines()
    assert [line for line in real["tensorflow"].files["requirements.txt"].decode().splitlines() if " ; " in line] == [
        "tensorflow-cpu==2.21.0 ; sys_platform == 'linux' and platform_machine == 'x86_64'",
        "tensorflow==2.21.0 ; sys_platform != 'linux' or platform_machine != 'x86_64'",
    ]
    assert "numpy==1.23.5" in real["mxnet"].files["requirements.txt"].decode().splitlines()


def test_a_package_without_a_pin_is_a_fault(root: Path, tmp_path: Path) -> None:
    shutil.copytree(root, tmp_path / "book")
    book = books.load(tmp_path / "book")
    wanted = tmp_path / "book" / "locks" / "jax.in"
    wanted.write_text("numpy\nmissing[x]>=3\n", encoding="utf-8")
    with pytest.raises(BookError, match=r"locks/jax\.in:2: error: a package that the lock doesn't pin"):
        requirements(book.config, "jax")
    wanted.unlink()
    with pytest.raises(BookError, match=r"locks/jax\.in: error: no such file"):
        requirements(book.config, "jax")


def test_the_readme_has_ten_lines_of_words(real: Mapping[str, Zip]) -> None:
    for name, pack in real.items():
        lines = pack.files["README.md"].decode().splitlines()
        assert REAL.config.backend(name).title in lines[0]
        assert len([line for line in lines if line]) <= 10
        assert ("--torch-backend" in "".join(lines)) == (name == "pytorch")


def test_a_zip_has_licences_and_what_pip_needs(real: Mapping[str, Zip]) -> None:
    for name, pack in real.items():
        assert {"LICENSE", "LICENSE-TEXT", "pyproject.toml", "README.md", "requirements.txt"} <= pack.files.keys()
        assert pack.files["LICENSE"] == (ROOT / "LICENSE").read_bytes()
        about = tomllib.loads(pack.files["pyproject.toml"].decode())
        assert about["project"]["name"] == f"d2l-quartet-{name}" and about["project"]["version"] == REAL.config.release
        assert about["tool"]["hatch"]["build"]["targets"]["wheel"]["only-include"] == ["d2l"]
        assert "dependencies" not in about["project"]  # those of the reader's own system are in the requirements
        readme = pack.files["README.md"].decode()
        for word in ("uv pip install", "python3.11 -m venv", "Windows", "macOS", "GPU", "Colab", "UV_DEFAULT_INDEX"):
            assert word in readme, word
        assert ("requirements-cuda.txt" in pack.files) == (name in ("tensorflow", "jax"))
        assert ("requirements-cuda.txt" in readme) == (name in ("tensorflow", "jax"))
    assert "jax[cuda13]==0.10.2" in real["jax"].files["requirements-cuda.txt"].decode()


def test_what_is_said_of_the_site_is_not_said_in_notebooks(make_book: MakeBook) -> None:
    text_ = "# 书\n\n:begin_site:\n点**标签**换一个。\n:end_site:\n\n"
    text_ += ":begin_offsite:\n这里只有一个。\n:end_offsite:\n\n末。\n"
    root = make_book({"index": text_})
    book = books.load(root)
    assert book.faults == () and site.build(book, root / "html", jobs=1).faults == ()
    page = (root / "html/index.html").read_text(encoding="utf-8")
    assert "<p>点<strong>标签</strong>换一个。</p>" in page and "这里只有一个" not in page
    pack = Zip(write_zips(book, ("jax",), root / "zip").files[0])
    assert pack.prose("index").split("\n\n")[1:] == ["这里只有一个。", "末。"]


def test_the_first_notebook_speaks_of_no_tabs(real: Mapping[str, Zip]) -> None:
    for pack in real.values():
        assert not re.search("标签|并排对照|全书跟着切换", pack.prose("index"))


SAVED = """
def f():  #@save
    return 1

f()
"""


def test_an_edit_of_a_saved_definition_takes_effect_in_its_notebook(make_book: MakeBook, tmp_path: Path) -> None:
    python = need_env("base")
    use = "def g():  #@save\n    return d2l.f()"
    head = ("all", "from d2l import base as d2l")
    files = {"a/one": section("一", head, ("all", SAVED)), "a/two": section("二", head, ("all", use))}
    book = load(make_book, {"a": ["one", "two"]}, files)
    shutil.copytree(ROOT / "locks", book.config.root / "locks")
    pack = Zip(write_zips(book, ("jax",), tmp_path / "zip").files[0])
    for path, content in pack.files.items():
        (tmp_path / "book" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "book" / path).write_bytes(content)
    code = [cell.source for cell in pack.notebook("a/one").cells if cell.cell_type == "code"]
    assert code[-1] == f"def f():\n    return 1\n\nd2l.f = f  {WHY}\n\nf()"  # what the cell shows stays the last
    for value in ("1", "7"):
        program = "\n".join([*code, "print(d2l.g())"]).replace("return 1", f"return {value}")
        ended = subprocess.run([python, "-c", program], cwd=tmp_path / "book/a", capture_output=True, text=True)
        assert ended.stdout == f"{value}\n", ended.stderr


def test_a_definition_that_all_backends_share_is_set_for_the_shared_code_too(make_book: MakeBook) -> None:
    book = load(make_book, {"a": ["one"]}, {"a/one": tabbed("一", ("all", SAVED))})
    code = bound_cells(book, book.by_key["pytorch/a/one"])[1]
    assert f"from d2l import base as _base\n_base.f = d2l.f = f  {WHY}\n" in code
    alone = load(make_book, {"a": ["one"]}, {"a/one": section("一", ("all", SAVED))})
    assert bound_cells(alone, alone.by_key["base/a/one"]) == [SAVED.strip("\n")]  # it imports no d2l


def test_equal_books_give_equal_bytes(root: Path, tmp_path: Path) -> None:
    for file in (root / "chapters_md").rglob("*.md"):
        os.utime(file, (0, 0))
    again = write_zips(books.load(root), ("jax", "pytorch"), tmp_path).files
    assert [path.read_bytes() for path in again] == [(root / "zip" / path.name).read_bytes() for path in again]


def test_a_zip_is_there_whole_or_not_at_all(root: Path, tmp_path: Path) -> None:
    (tmp_path / "d2l-jax.zip").mkdir()
    with pytest.raises(OSError):
        write_zips(books.load(root), ("jax",), tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["d2l-jax.zip"]


# ---- notebooks ----


def test_notebooks_are_valid_and_hold_nothing_of_the_engine(zips: Mapping[str, Zip]) -> None:
    mark = re.compile(
        r":(?:label|eqlabel|width|numref|ref|eqref|cite|citet|value|begin_\w+|end_\w+):|@tab|\{\.expect\}"
    )
    for pack in zips.values():
        for name, notebook in pack.notebooks():
            nbformat.validate(notebook)
            assert notebook.metadata.kernelspec.name == "python3"
            for cell in notebook.cells:
                if cell.cell_type == "markdown":
                    shown = "".join(
                        token.content for token in leaves(plain().parse(cell.source)) if token.type == "text"
                    )
                    assert not mark.search(shown), name
                    assert not shown.startswith("---")
                else:
                    assert "@tab" not in cell.source and "# volatile" not in cell.source
                    for output in cell.outputs:
                        assert not any("d2l" in kind for kind in output.get("data", {}))


def test_plain_markdown_shows_no_asterisks(zips: Mapping[str, Zip]) -> None:
    for pack in zips.values():
        for name, notebook in pack.notebooks():
            for cell in notebook.cells:
                if cell.cell_type == "markdown":
                    texts = [token.content for token in leaves(plain().parse(cell.source)) if token.type == "text"]
                    assert not [text_ for text_ in texts if "**" in text_], name


def test_links_lead_somewhere_inside(zips: Mapping[str, Zip]) -> None:
    for pack in zips.values():
        for name, notebook in pack.notebooks():
            for cell in notebook.cells:
                if cell.cell_type != "markdown":
                    continue
                for token in leaves(plain().parse(cell.source)):
                    address = token.attrs.get("href") or token.attrs.get("src")
                    if not address or "://" in str(address):
                        continue
                    path, _, anchor = str(address).partition("#")
                    target = os.path.normpath(Path(name).parent / path) if path else name
                    assert target in pack.files, (name, address)
                    if anchor:
                        assert f'<a id="{anchor}"></a>' in pack.prose(target.removesuffix(".ipynb")), (name, address)


def test_numbers_are_those_of_the_site(root: Path) -> None:
    book = books.load(root)
    assert not site.build(book, root / "_build" / "html", jobs=1).faults
    numbers = {label: anchor.number for label, anchor in Numbering(book).targets.items()}
    pages = "".join(path.read_text(encoding="utf-8") for path in (root / "_build" / "html").rglob("*.html"))
    shown = dict(re.findall(r'class="number" href="#([\w-]+)">\D+([\d.]+)', pages))
    assert shown == {"eq_sum": "1.1", "fig_broadcast": "1.1", "tab_create": "1.1"}
    assert {label: numbers[label] for label in shown} == shown
    heads = dict(re.findall(r'<section id="(\w+)">\s*<h\d><span class="number">([\d.]+)</span>', pages))
    heads = {label: number for label, number in heads.items() if label in numbers}
    assert heads.items() >= {"chap_one": "1", "sec_ndarray": "1.1", "sub_formulas": "1.1.2"}.items()
    assert {label: numbers[label] for label in heads} == heads


def test_prose_of_one_backend_in_plain_markdown(sample: Mapping[str, Zip]) -> None:
    prose = sample["jax"].prose("one/ndarray")
    assert prose.startswith("# 1.1 数据操作\n\n*JAX：numpy 2.4.6 · CPU · 12.3 s · 2026-11-21")
    assert "第一次运行要编译。" in prose and "第一次运行要编译。" not in sample["pytorch"].prose("one/ndarray")
    assert "源文件里折成几行，<strong>张量的“形状”</strong>说的是" in prose
    assert '## <a id="sub_formulas"></a>1.1.2 公式' in prose
    assert "$$\nC_{ij} = a_i + b_j\n\\tag{1.1}\n$$" in prose
    assert '<a id="fig_broadcast"></a>![图1.1](../static/img/broadcast.svg)\n\n**图1.1** 两个形状不同的' in prose
    assert '<a id="tab_create"></a>**表1.1** 常用的创建函数\n\n| 函数 |' in prose
    assert "式[（1.1）](#eq_sum)、[式（1.1）](#eq_sum)、[图1.1](#fig_broadcast)、[表1.1](#tab_create)" in prose
    assert "[第1章](index.ipynb)、[1.1.1节](#sub_start)与[“前言”](../front.ipynb)。" in prose
    assert "见[Vaswani等（2017）](https://example.org/attention)与更早的工作（LeCun和Bottou，1998），" in prose
    assert "写出形状<sup>[note]</sup>。" in prose and "<sup>[note]</sup> 轴也叫维度。" in prose
    assert "<details>\n<summary>提示</summary>\n\n用`shape`。\n\n</details>" in prose
    assert prose.rstrip().endswith("[Attention is all you need](https://example.org/attention). *NeurIPS*.")


def test_code_has_its_outputs_and_finds_the_library(sample: Mapping[str, Zip]) -> None:
    cells = sample["pytorch"].notebook("one/ndarray").cells
    setup, first = (cell for cell in cells if cell.cell_type == "code" and cell.id in ("setup", "cell-01"))
    assert setup.source == "import sys; sys.path.insert(0, '..')  # d2l在上一级文件夹"
    assert first.source == "x = torch.arange(12)\nx" and first.outputs[0].data["text/plain"] == "range(12)"
    place = next(number for number, cell in enumerate(cells) if cell.source == "**答案：代码**")
    assert cells[place + 1].source == "#@title 答案：代码\nprint(x.reshape(2, 6).shape)"
    assert not any(cell.cell_type == "code" for cell in sample["pytorch"].notebook("front").cells)


def test_recorded_numbers_are_filled_in_and_hidden(sample: Mapping[str, Zip]) -> None:
    assert "测试精度约为83.1%。" in sample["mxnet"].prose("two/softmax")
    assert "测试精度约为83.5%。" in sample["pytorch"].prose("two/softmax")
    assert "极限是2.00。" in sample["jax"].prose("one/calculus")
    plots = [cell for cell in sample["jax"].notebook("two/softmax").cells if cell.get("outputs")]
    (shown,) = (sorted(output.get("data", {})) for output in plots[0].outputs)
    assert shown == ["image/svg+xml", "text/html", "text/plain"]


def test_what_was_not_run_says_so(sample: Mapping[str, Zip]) -> None:
    pack = sample["tensorflow"]
    assert "*TensorFlow：未运行*" in pack.prose("one/ndarray")
    assert not any(cell.get("outputs") for cell in pack.notebook("one/ndarray").cells)
    assert "two/softmax.ipynb" not in pack.files
    assert "  - 2.1 softmax回归" in pack.prose("index")
    assert "[2.1 softmax回归](two/softmax.ipynb)" in sample["jax"].prose("index")


def test_front_matter_and_claims_are_left_out(make_book: MakeBook) -> None:
    body = "# 题\n\n```{.python .input}\n#@tab jax\nd2l.record('a', 1)\n```\n\n值:value:`a:.2f`，无:value:`b`。\n\n"
    root = make_book({"index": f"---\ntimeout: 30\n---\n{body}```{{.expect}}\n0 < a < 2  # 理由\n```\n"})
    shutil.copytree(ROOT / "locks", root / "locks")
    book = books.load(root)
    store(book, "jax", "index", [[metric("a", 1.0), text("好\n")]], {"a": 1.0})
    cells = packed(book, root / "zip")["jax"].notebook("index").cells
    assert [cell.source for cell in cells if cell.cell_type == "markdown"][1:] == ["值1.00，无？。"]
    assert [len(cell.outputs) for cell in cells if cell.cell_type == "code"] == [0, 1]
    assert cells[1].source.startswith("import sys; sys.path.insert(0, '.')")


# ---- running them ----


@pytest.mark.backend
@pytest.mark.parametrize("backend", REAL.config.backend_names)
def test_an_unzipped_notebook_runs_with_its_own_library(backend: str, real_zips: Path, tmp_path: Path) -> None:
    python = need_env(backend)
    with zipfile.ZipFile(real_zips / f"d2l-{backend}.zip") as pack:
        pack.extractall(tmp_path)
    (tmp_path / f"d2l-{backend}").rename(tmp_path / "book")
    file = tmp_path / "book" / f"{SECTION}.ipynb"
    notebook = nbformat.read(file, as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
    probe = "import d2l, sys; print(d2l.__file__, [name for name in sys.path if 'site-packages' not in name])"
    notebook.cells.append(nbformat.v4.new_code_cell(probe))
    command = [str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    kernel = KernelManager()
    kernel._kernel_spec = KernelSpec(argv=command, language="python", display_name=backend)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    client = NotebookClient(notebook, km=kernel, timeout=240, resources={"metadata": {"path": str(file.parent)}})
    client.execute(env=environment)
    where, _, search = notebook.cells[-1].outputs[0].text.partition(" ")
    assert Path(where).resolve() == (tmp_path / "book" / "d2l" / "__init__.py").resolve()
    assert str(ROOT) not in search
    assert any(cell.get("outputs") for cell in notebook.cells[:-1])
