"""A book of the old tool, unchanged: what d2lbook 1.0.3 gave for it, or better.

``old_book/d2l`` is what the old tool itself wrote (``python -m scripts.tools.drills.library_peer`` compares many more).
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from d2lbook import cli, site
from d2lbook.book import book as books
from d2lbook.book.projection import projections
from d2lbook.library import write_library
from d2lbook.library.onefile.writer import WARNING
from d2lbook.notebooks import write_hosted, write_zips

OLD = Path(__file__).with_name("old_book")
LIBRARY = ("d2l/__init__.py", "d2l/mxnet.py", "d2l/tensorflow.py", "d2l/torch.py")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return Path(shutil.copytree(OLD, tmp_path / "book"))


def test_nothing_is_wrong_with_it(root: Path) -> None:
    book = books.load(root)
    idle = ["eval_notebook, sphinx_configs", "header_links, favicon", "google_analytics_tracking_id", "github_repo"]
    assert [fault.text for fault in book.faults] == idle  # what has no effect is told, and is no error
    assert {fault.severity for fault in book.faults} == {"warning"}
    assert [book.number(section.docname) for section in book.sections] == ["", "", "1", "1.1", "1.2", "2", "2.1", ""]


def test_its_library_is_byte_for_byte_the_old_tools(root: Path) -> None:
    for name in LIBRARY[1:]:
        head, _, _ = (root / name).read_text().partition(WARNING)
        (root / name).write_text(f"{head}{WARNING}\nanything = 1\n")
    (root / LIBRARY[0]).write_text('"""The library of the old book."""\n\n__version__ = "0.0.0"\n')
    written = write_library(books.load(root))
    assert [path.relative_to(root).as_posix() for path in written] == list(LIBRARY)
    for name in LIBRARY:
        assert (root / name).read_bytes() == (OLD / name).read_bytes()
    assert write_library(books.load(root)) == []
    assert sorted(path.name for path in (root / "d2l").iterdir()) == sorted(Path(name).name for name in LIBRARY)


def test_a_file_without_the_line_that_guards_what_is_written_by_hand_stays(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (root / "d2l/torch.py").write_text("mine = 1\n")
    assert cli.main(["--root", str(root), "lib"]) == 1
    assert "d2l/torch.py: error: a file of the library without the WARNING line" in capsys.readouterr().err
    assert (root / "d2l/torch.py").read_text() == "mine = 1\n"


def test_cells_speak_each_frameworks_own_language(root: Path) -> None:
    book = books.load(root)
    found = {item.backend: item for item in book.projections(book.section("chapter_arrays/shapes"))}
    last = {name: item.cells[-1].source.split("\n")[-1] for name, item in found.items()}
    assert last == {
        "mxnet": "x.size, np.exp(x).asnumpy(), d2l.concatenate",
        "pytorch": "x.numel(), torch.exp(x).detach().numpy(), d2l.concatenate",
        "tensorflow": "tf.size(x).numpy(), tf.exp(x).numpy(), d2l.concatenate",
    }
    assert "    self.kind = 'np'\n    def last" in found["mxnet"].cells[1].source.replace("        self", "    self")
    assert not any("interact_select" in cell.source for item in found.values() for cell in item.cells)
    assert book.section("chapter_arrays/shapes").libraries == ("numpy", "matplotlib==3.6")


def test_its_site_has_every_page_and_number(root: Path) -> None:
    book = books.load(root)
    result = site.build(book, root / "_build/html", jobs=1)
    assert [str(fault) for fault in result.faults] == []
    page = (root / "_build/html/chapter_arrays/arrays.html").read_text()
    words = re.sub(r"<[^>]+>", "", re.sub(r'<span class="katex">.*?</annotation></semantics></math></span>', "", page))
    for said in ("An array holds numbers of one kind. Its size says how many", "and its shape says how they lie."):
        assert said in words.replace("\n", " ").replace("  ", " ")
    for mark in ("(**", "**)", "[**", "~~", "Ask for the shape first", ":label:", "@tab"):
        assert mark not in words
    assert '<caption><a class="number" href="#tab_makers">' in page and 'id="tab_plain"' in page
    assert 'href="#eq_power"' in page and 'width="400"' in page
    assert '<p class="frontpage">Words of the front page.</p>' in (root / "_build/html/index.html").read_text()
    assert "On nothing in particular" in (root / "_build/html/chapter_references/zreferences.html").read_text()


def test_slides_can_still_be_made_of_it() -> None:
    section = books.load(OLD).section("chapter_arrays/arrays")
    assert [(slide.text, slide.line, slide.opens, slide.only) for slide in section.slides] == [
        ("An array holds numbers of one kind.", 4, False, False),
        ("its shape says how they lie", 5, True, False),
        ("Ask for the shape first", 5, False, True),
    ]


def test_its_zips_hold_the_one_file_of_their_tab(root: Path) -> None:
    paths = write_zips(books.load(root), ("mxnet", "pytorch"), root / "_build/zip").files
    names = {
        path.name: [name.removeprefix(f"{path.stem}/") for name in zipfile.ZipFile(path).namelist()] for path in paths
    }
    assert [name for name in names["d2l-pytorch.zip"] if name.startswith("d2l/")] == ["d2l/__init__.py", "d2l/torch.py"]
    assert "chapter_arrays/shapes.ipynb" in names["d2l-mxnet.zip"] and "d2l/mxnet.py" in names["d2l-mxnet.zip"]


def test_notebooks_for_colab_and_sagemaker(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = root / "chapter_arrays/arrays.md"
    file.write_text(file.read_text().replace("x = torch.arange(12)", "from d2l import torch as d2l\nx = d2l.try_gpu()"))
    assert cli.main(["--root", str(root), "build", "colab", "sagemaker"]) == 0
    assert "_build/colab/pytorch  for someone/old-book-pytorch-colab" in capsys.readouterr().out
    colab = json.loads((root / "_build/colab/pytorch/chapter_arrays/arrays.ipynb").read_text())
    assert colab["metadata"]["kernelspec"]["name"] == "python3" and colab["metadata"]["accelerator"] == "GPU"
    assert "".join(colab["cells"][1]["source"]) == "!pip install d2l==0.3.1"
    assert "http://example.org/_images/line.svg" in json.dumps(colab)
    shapes = json.loads((root / "_build/colab/mxnet/chapter_arrays/shapes.ipynb").read_text())
    install = "!pip install mxnet==1.9.1\n!pip install numpy\n!pip install matplotlib==3.6"
    assert "".join(shapes["cells"][1]["source"]) == install and "accelerator" not in shapes["metadata"]
    sagemaker = json.loads((root / "_build/sagemaker/mxnet/chapter_arrays/arrays.ipynb").read_text())
    assert sagemaker["metadata"]["kernelspec"]["name"] == "conda_mxnet_p36"
    host = books.load(root).config.hosts[0]
    again = write_hosted(books.load(root), host, ("pytorch",), root / "again").files
    assert (again[0] / "chapter_arrays/arrays.ipynb").read_text() == json_text(root, "pytorch")


def json_text(root: Path, tab: str) -> str:
    return (root / f"_build/colab/{tab}/chapter_arrays/arrays.ipynb").read_text()


def test_a_tolerant_build_tells_what_the_old_tool_dropped(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = root / "config.ini"
    config.write_text(config.read_text().replace("resources =", "dependences = x\nresources =") + "\n[odd]\na = 1\n")
    page = root / "chapter_nets/lines.md"
    page.write_text(page.read_text() + "\nA :foo:`mark of words` and :numref:`sec_nowhere`.\n\n```{.python .input}\n"
                    "#@tab Pytorch\nx = 1\n```\n\n```{.python .input}\n#@tab caffe\nx = 2\n```\n")  # fmt: skip
    index = root / "index.md"
    index.write_text(index.read_text().replace("preface\n", "preface\nnothing/there\n"))
    assert cli.main(["--root", str(root), "html"]) == 1
    assert "unknown key in [build]" in capsys.readouterr().err
    assert cli.main(["--root", str(root), "html", "--tolerant"]) == 0
    told = capsys.readouterr().err
    for message in (
        "unknown section", "unknown key in [build]", "an unknown mark", "a reference to nothing", "no such document",
        "unknown tab 'Pytorch'", "unknown tab 'caffe'",
    ):  # fmt: skip
        assert f"warning: {message}" in told
    assert "mark of words" in (root / "_build/html/chapter_nets/lines.html").read_text()
    config.write_text(config.read_text().replace("[build]\n", "[build]\ntolerant = yes\n"))
    book = books.load(root)
    assert {fault.severity for fault in book.faults} == {"warning"}
    sources = {
        item.backend: item.cells[-1].source
        for item in projections(book.section("chapter_nets/lines"), book.config.backend_names)
    }
    assert sources["pytorch"] == "x = 1"
