"""The notebook beside a page: whole in itself, the chosen backend's, gone when the section loses it."""

from __future__ import annotations

import re
import subprocess
import sys
import zipfile
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import nbformat
import pytest

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.errors import BookError
from d2lbook.notebooks import colab_address
from d2lbook.site.notebooks import single_setup

from .conftest import CONFIG
from .site_book import FILES, write_book, write_sample

REPOSITORY = "\n[repository]\nurl = https://github.com/some/book\nsite_url = https://book.example\n"


def build(root: Path) -> Path:
    out = root / "_build/html"
    assert site.build(books.load(root), out, jobs=1).faults == ()
    return out


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the sample, its site built."""
    root = tmp_path_factory.mktemp("notebooks")
    write_sample(root)
    build(root)
    return root


def read(root: Path, name: str) -> nbformat.NotebookNode:
    notebook = nbformat.read(root / "_build/html/_notebooks" / name, as_version=4)
    nbformat.validate(notebook)
    return notebook


def test_each_backend_has_its_own_code_outputs_and_prose(root: Path) -> None:
    notebook = read(root, "one/ndarray-pytorch.ipynb")
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    first, _, rest = code[0].source.partition("\n")
    assert first == "#@title 准备：本节要用的d2l在d2l-pytorch.zip里，与本文件放在一起"
    assert code[0].metadata["jupyter"] == {"source_hidden": True} and "urlretrieve" not in rest
    assert "torch.arange(12)" in code[1].source and code[1].outputs[0].data["text/plain"] == "range(12)"
    assert "第一次运行要编译" not in str(notebook) and "第一次运行要编译" in str(read(root, "one/ndarray-jax.ipynb"))


@pytest.mark.parametrize("lies", ["folder", "zip", "elsewhere"])
def test_a_lone_notebook_takes_d2l_from_where_the_rest_is(tmp_path: Path, lies: str) -> None:
    home, origin = tmp_path / "home", tmp_path / "origin"
    home.mkdir()
    origin.mkdir()
    book = write_book(tmp_path / "book", {"index": "# 书\n"})
    config = replace(book.config, repository_url="https://github.com/a/b" if lies == "elsewhere" else "")
    code = single_setup(config, "jax")
    where = origin if lies == "elsewhere" else home
    with zipfile.ZipFile(where / "d2l-jax.zip", "w") as pack:
        pack.writestr("d2l-jax/d2l/__init__.py", "told = 'ours'\n")
    if lies == "folder":
        (home / "d2l").mkdir()
        (home / "d2l/__init__.py").write_text("told = 'ours'\n")
        (home / "d2l-jax.zip").unlink()
    if lies == "elsewhere":
        address = "https://github.com/a/b/releases/latest/download/d2l-jax.zip"
        assert address in code and "不在旁边就取来" in code.split("\n")[0]
        code = code.replace(address, (origin / "d2l-jax.zip").as_uri())
    run = [sys.executable, "-c", f"{code}\nimport d2l; print(d2l.told)"]
    ended = subprocess.run(run, cwd=home, capture_output=True, text=True)
    assert ended.stdout == "ours\n", ended.stderr
    left = {path.name for path in home.iterdir()}
    assert left == {"folder": {"d2l"}, "zip": {"d2l-jax.zip", "d2l-jax"}, "elsewhere": {"d2l-jax.zip", "d2l-jax"}}[lies]


def test_drawings_are_also_pictures_that_jupyter_shows_before_anything_was_run(root: Path) -> None:
    cells = read(root, "two/softmax-pytorch.ipynb").cells
    outputs = [output for cell in cells for output in cell.get("outputs", ())]
    (data,) = [output.data for output in outputs if "image/svg+xml" in output.get("data", {})]
    picture = re.fullmatch(r'<img alt="上面代码画出的图" src="data:image/svg\+xml,([^"]*)">', data["text/html"])
    assert picture and unquote(picture[1]) == data["image/svg+xml"]


def test_pictures_are_in_the_notebook_and_references_are_words(root: Path) -> None:
    text = "\n".join(cell.source for cell in read(root, "one/ndarray-jax.ipynb").cells)
    assert "](data:image/svg+xml;base64,PD94bWwg" in text
    assert "图1.1" in text and ":numref:" not in text and ".ipynb" not in text


def test_recorded_numbers_stand_in_sentences_and_tables(root: Path) -> None:
    text = "\n".join(cell.source for cell in read(root, "one/calculus.ipynb").cells)
    assert "极限是2.00。" in text and "| 极限 | 2.000 |" in text


def test_a_backend_that_was_not_run_has_a_notebook_without_outputs(root: Path) -> None:
    notebook = read(root, "one/ndarray-tensorflow.ipynb")
    assert all(not cell.outputs for cell in notebook.cells if cell.cell_type == "code")


def test_each_panel_offers_its_notebook_and_nothing_that_needs_a_repository(root: Path) -> None:
    html = (root / "_build/html/one/ndarray.html").read_text(encoding="utf-8")
    for name in ("mxnet", "pytorch", "tensorflow", "jax"):
        start = html.index(f'id="g0-{name}-panel"')
        panel = html[start : html.index("</p>\n</div>", start)]
        file = f"../_notebooks/one/ndarray-{name}.ipynb"
        assert f'href="{file}" download="ndarray-{name}.ipynb">下载笔记本</a>' in panel
        assert (root / "_build/html/one" / file).is_file()
    calculus = (root / "_build/html/one/calculus.html").read_text(encoding="utf-8")
    assert 'href="../_notebooks/one/calculus.ipynb"' in calculus
    softmax = (root / "_build/html/two/softmax.html").read_text(encoding="utf-8")
    assert softmax.count("下载笔记本") == 3  # TensorFlow has no such section
    assert "下载笔记本" not in (root / "_build/html/index.html").read_text(encoding="utf-8")
    assert not re.search(r"Colab|GitHub", html)


def test_with_a_repository_there_are_colab_and_edit_links(tmp_path: Path) -> None:
    write_sample(tmp_path)
    (tmp_path / "config.ini").write_text(CONFIG + REPOSITORY, encoding="utf-8")
    out = build(tmp_path)
    assert 'href="https://github.com/some/book/releases/latest"' in (out / "index.html").read_text(encoding="utf-8")
    html = (out / "one/ndarray.html").read_text(encoding="utf-8")
    colab = "https://colab.research.google.com/github/some/book/blob/notebooks/d2l-jax/one/ndarray.ipynb"
    assert f'<a class="action" href="{colab}">在Colab中打开</a>' in html
    assert 'href="https://github.com/some/book/edit/main/chapters_md/one/ndarray.md"' in html
    text = "\n".join(cell.source for cell in read(tmp_path, "one/ndarray-jax.ipynb").cells)
    assert "](https://book.example/front.html" in text
    config = books.load(tmp_path).config
    assert colab_address(config, "one/calculus", "base").endswith("/d2l-mxnet/one/calculus.ipynb")


def test_addresses_of_the_settings_lead_out_with_the_place_filled_in(tmp_path: Path) -> None:
    write_sample(tmp_path)
    ours = """report = https://tracker.example/new?title={title}&body={page}%0A{source}%0A{versions}
open_in = Kaggle https://kaggle.example/open?src={notebook}
    魔搭 https://studio.example/{branch}/{path}
"""
    (tmp_path / "config.ini").write_text(CONFIG + REPOSITORY + ours, encoding="utf-8")
    html = (build(tmp_path) / "one/ndarray.html").read_text(encoding="utf-8")
    notebook = "https%3A%2F%2Fbook.example%2F_notebooks%2Fone%2Fndarray-jax.ipynb"
    assert f'<a class="action" href="https://kaggle.example/open?src={notebook}">在Kaggle中打开</a>' in html
    assert 'href="https://studio.example/notebooks/d2l-jax/one/ndarray.ipynb">在魔搭中打开</a>' in html
    report = re.search(r'href="(https://tracker\.example/[^"]*)">报告错误</a>', html)
    assert report
    told = parse_qs(urlsplit(unescape(report[1])).query)
    assert told["title"] == ["1.1 小书"]
    page, source, versions = told["body"][0].split("\n")
    assert (page, source) == ("https://book.example/one/ndarray.html", "chapters_md/one/ndarray.md")
    assert versions.startswith("MXNet")


@pytest.mark.parametrize(
    ("line", "text"),
    [("report = mailto:x", "report leads nowhere"), ("open_in = Kaggle https://k.example/{where}", "leads nowhere")],
)
def test_an_address_that_nobody_can_follow_is_a_fault(tmp_path: Path, line: str, text: str) -> None:
    write_sample(tmp_path)
    (tmp_path / "config.ini").write_text(f"{CONFIG}{REPOSITORY}{line}\n", encoding="utf-8")
    with pytest.raises(BookError, match=text) as found:
        books.load(tmp_path)
    assert found.value.faults[0].line == len((CONFIG + REPOSITORY).splitlines()) + 1


def test_notebooks_follow_their_sections(tmp_path: Path) -> None:
    write_sample(tmp_path)
    folder = build(tmp_path) / "_notebooks"
    assert (folder / "two/softmax-jax.ipynb").is_file()
    source = tmp_path / "chapters_md/two/softmax.md"
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("```{.python .input}\n#@tab jax\nnet = 3\n```\n", ""), encoding="utf-8")
    (tmp_path / "chapters_md/one/index.md").write_text(FILES["one/index"].replace("calculus\n", ""), encoding="utf-8")
    site.build(books.load(tmp_path), tmp_path / "_build/html", jobs=1)
    assert not (folder / "two/softmax-jax.ipynb").exists() and (folder / "two/softmax-mxnet.ipynb").is_file()
    assert not (folder / "one/calculus.ipynb").exists() and (folder / "one/ndarray-jax.ipynb").is_file()
