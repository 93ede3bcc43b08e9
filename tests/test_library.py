"""The library from ``#@save`` blocks: marks, docstrings, modules, faults."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.errors import BookError, Fault
from d2lbook.library import check_library, code_faults, library_faults, library_files, write_library
from d2lbook.library.contract import CONTRACT
from d2lbook.library.docstrings import located
from d2lbook.library.marks import saved_blocks
from d2lbook.library.source import CellSyntaxError, parse_cell

from .conftest import MakeBook
from .library_books import REAL_CONFIG, TENSOR, Cell, each, load, module, one, section, tabbed, two


def found(faults: tuple[Fault, ...]) -> list[tuple[str, str, int, str]]:
    return [(Path(fault.path).stem, fault.text.strip(), fault.line, fault.message) for fault in faults]


# Marks


@pytest.mark.parametrize(
    ("code", "kind", "names", "text"),
    [
        ("def f(x):  #@save\n    return x", "function", ("f",), "def f(x):\n    return x"),
        ("# @save\ndef f(x):\n    return x  # 留", "function", ("f",), "def f(x):\n    return x  # 留"),
        (
            "#@save\n# 说明\n@deco\ndef f(x):\n    return x",
            "function",
            ("f",),
            "# 说明\n@deco\ndef f(x):\n    return x",
        ),
        ("@deco  #@save\ndef f(x): return x", "function", ("f",), "@deco\ndef f(x): return x"),
        ("@deco\n#@save\ndef f(x):\n    pass", "function", ("f",), "@deco\ndef f(x):\n    pass"),
        ("def f(a,\n      b):  #@save\n    return 1", "function", ("f",), "def f(a,\n      b):\n    return 1"),
        ("class 网(d2l.M):  #@save 说明\n    x = 1", "class", ("网",), "class 网(d2l.M):  # 说明\n    x = 1"),
        ("T = {  #@save\n    'a': 1,\n}\ny = 2", "value", ("T",), "T = {\n    'a': 1,\n}"),
        ("A, B = 1, 2  #@save\nC = 3", "value", ("A", "B"), "A, B = 1, 2"),
        ("d2l.HUB['x'] = (1,\n    2)  #@save", "effect", (), "d2l.HUB['x'] = (1,\n    2)"),
        ("#@save\nimport os\nfrom a import b\n\nimport sys", "import", (), "import os\nfrom a import b"),
        ("s = '#@save'\nx = 1  #@save", "value", ("x",), "x = 1"),
        ("%matplotlib inline\nx = 1  #@save\n!ls (", "value", ("x",), "x = 1"),
    ],
)
def test_a_mark_saves_its_statement(code: str, kind: str, names: tuple[str, ...], text: str) -> None:
    blocks, faults = saved_blocks(parse_cell(code))
    assert not faults
    assert [(block.kind, block.names, block.text) for block in blocks] == [(kind, names, text)]


@pytest.mark.parametrize(
    ("code", "line", "message"),
    [
        ("def f(x):\n    return x  #@save", 2, "a save mark on half a definition"),
        ("class A:\n    def f(self):  #@save\n        return 1", 2, "a save mark on half a definition"),
        ("#@save\n\ndef f(x):\n    return x", 1, "a save mark that belongs to no statement"),
        ("x = 1\n#@save", 2, "a save mark that belongs to no statement"),
        ("for i in y:  #@save\n    x = i", 1, "a save mark on a statement that cannot be saved"),
        ("if y:\n    def f():  #@save\n        pass", 2, "a save mark on a statement that cannot be saved"),
        ("x = 1; y = 2  #@save", 1, "a save mark on a line of several statements"),
        ("def f():  #@saved\n    pass", 1, "a mark that nobody knows"),
        ("def f():  #@save\n    %time g()", 2, "saved code holds a magic"),
    ],
)
def test_a_mark_that_saves_nothing_is_a_fault(code: str, line: int, message: str) -> None:
    _, faults = saved_blocks(parse_cell(code))
    assert [(fault.line, fault.message) for fault in faults] == [(line, message)]
    assert all(fault.fix for fault in faults)


def test_magics_keep_lines_and_what_they_reach() -> None:
    source = parse_cell("%%time\nx = 1\nfiles = !ls 'it\n?x\nx?\n(x\n % 2)")
    assert len(source.tree.body) == 6
    assert source.tree.body[-1].lineno == 6
    assert parse_cell("%%bash\nfor x in *; do echo $x; done").tree.body[0].lineno == 1
    with pytest.raises(CellSyntaxError) as caught:
        parse_cell("x = 1\ny = = 2")
    assert (caught.value.line, caught.value.text) == (2, "y = = 2")


# Docstrings


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('def f():\n    """求和。"""\n    return 1', "求和。\n\n定义于 a/b"),
        ('def f():\n    """求和。\n\n    返回1\n    """\n    return 1', "求和。\n\n返回1\n\n定义于 a/b"),
        ("def f():\n    '单引号\"'\n    return 1", '单引号"\n\n定义于 a/b'),
        ('def f():\n    r"""\\alpha"""\n    return 1', "\\alpha\n\n定义于 a/b"),
        ("def f(): return 1", "定义于 a/b"),
        ("def f(x={'a': 1}): '说明'; return 1", "说明\n\n定义于 a/b"),
        ("def f(x='中文',\n      y=2):\n    # 说明\n    return 1", "定义于 a/b"),
        ("@len\ndef f():\n    @len\n    def g(): pass\n    return 1", "定义于 a/b"),
        ("class f:\n    x = 1", "定义于 a/b"),
        ('class f:\n    """类。"""', "类。\n\n定义于 a/b"),
    ],
)
def test_location_docstring(code: str, expected: str) -> None:
    text = located(code, "a/b")
    node = ast.parse(text).body[0]
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    assert ast.get_docstring(node) == expected
    before, after = ast.parse(code).body[0], node
    for item in (before, after):
        assert isinstance(item, ast.FunctionDef | ast.ClassDef)
        if ast.get_docstring(item) is not None:
            item.body.pop(0)
    assert ast.dump(before) == ast.dump(after)
    assert text.count("# 说明") == code.count("# 说明")


def test_the_location_is_told_in_the_books_language(make_book: MakeBook) -> None:
    assert "Defined in a/b" in located("def f():\n    return 1", "a/b", "en")
    files = {"index": "# Book\n\n```toc\na\n```\n", "a": section("One", ("all", "def f():  #@save\n    return 1"))}
    config = REAL_CONFIG.replace("lang = zh_CN", "lang = en").replace("editions = zh_CN, zh_Hant\n", "")
    book = books.load(make_book(files, config))
    texts = library_files(book)
    assert "Defined in a" in texts["d2l/base/a.py"] and "The library d2l for JAX." in texts["d2l/jax/__init__.py"]
    assert not re.search("[\u4e00-\u9fff]", "".join(texts.values()).replace(book.config.title, ""))


# Modules


def test_modules_per_chapter_and_backend(make_book: MakeBook) -> None:
    book = one(
        make_book,
        *TENSOR,
        ("all", "class Timer:  #@save\n    '''计时。'''"),
        ("all", "def total(x):  #@save\n    return d2l.tensor(x).sum()"),
        ("all", "#@save\nimport time\n\n\ndef now():  #@save\n    return time.time(), Timer()"),
    )
    write_library(book)
    torch = module(book, "torch/first_steps.py")
    assert torch.startswith("# Generated by d2lbook")
    assert "import torch\n\nfrom d2l import torch as d2l\n" in torch
    assert "def tensor" in torch
    assert "def total" in torch
    assert "Timer" not in torch
    base = module(book, "base/first_steps.py")
    assert "import time\n" in base
    assert '__all__ = ["Timer", "now"]' in base
    assert "from mxnet import np\n" in module(book, "mxnet/first_steps.py")
    package = module(book, "jax/__init__.py")
    assert "from d2l.base import Timer, now\nfrom d2l.jax.first_steps import tensor, total\n" in package
    assert '__version__ = "0.1.0"' in module(book, "__init__.py")


def test_all_code_goes_to_the_base_only_if_it_reaches_nothing_else(make_book: MakeBook) -> None:
    book = one(
        make_book,
        ("mxnet", "import numpy"),
        ("pytorch", "import numpy"),
        ("tensorflow", "import numpy"),
        ("jax", "import numpy"),
        *TENSOR,
        ("all", "def plain(x):  #@save\n    return numpy.sum(x)"),
        ("all", "def ours(x):  #@save\n    return plain(x)"),
        ("all", "def through(x):  #@save\n    return ours(d2l.tensor(x))"),
        ("all", "def inner(x):  #@save\n    import torch.nn\n    return x"),
        ("pytorch", "def other(x):  #@save\n    return plain(x)"),
    )
    write_library(book)
    assert '__all__ = ["plain", "ours"]' in module(book, "base/first_steps.py")
    torch = module(book, "torch/first_steps.py")
    assert '__all__ = ["tensor", "through", "inner", "other"]' in torch
    assert "from d2l.base.first_steps import ours, plain\n" in torch


def test_branches_and_aliases_are_resolved_for_each_backend(make_book: MakeBook) -> None:
    branch = """
if tab.selected('jax'):
    def name():  #@save
        return 'jax'
else:
    def name():  #@save
        return 'other'

def join(x):  #@save
    return d2l.concat(x)

def plain(x):  #@save
    return x
"""
    book = one(make_book, *each("x = 1"), ("all", branch), ("all", "def own(x):  #@save\n    return x"))
    config = book.config.root / "config.ini"
    config.write_text(config.read_text(encoding="utf-8") + ALIASES, encoding="utf-8")
    book = books.load(book.config.root)
    write_library(book)
    assert "return 'jax'" in module(book, "jax/first_steps.py")
    assert "return 'other'" in module(book, "torch/first_steps.py")
    assert "return torch.cat(x)" in module(book, "torch/first_steps.py")
    assert "return jnp.concatenate(x)" in module(book, "jax/first_steps.py")
    assert '__all__ = ["own"]' in module(book, "base/first_steps.py")


ALIASES = "".join(
    f"\n[library-{name}]\nlib_name = {package}\nsimple_alias = concat -> {call}\n"
    for name, package, call in [
        ("pytorch", "torch", "cat"),
        ("jax", "jnp", "concatenate"),
        ("tensorflow", "tf", "concat"),
        ("mxnet", "np", "concatenate"),
    ]
)


def test_methods_added_later_join_their_class(make_book: MakeBook) -> None:
    book = two(
        make_book,
        (("all", "class Model:  #@save\n    '''模型。'''\n    def loss(self, x):\n        return x\n"),),
        (
            ("all", "@d2l.add_to_class(d2l.Model)  #@save\ndef text(self):\n    '''字。'''\n    return '''a\nb'''"),
            ("all", "class Net(d2l.Model):  #@save\n    pass"),
        ),
    )
    write_library(book)
    base = module(book, "base/first_steps.py")
    assert (
        "        return x\n\n    def text(self):\n        '''字。\n\n        定义于 nets/linear\n        '''\n" in base
    )
    assert "        return '''a\nb'''\n" in base
    assert "add_to_class" not in base
    assert "class Net(d2l.Model)" in module(book, "base/nets.py")


def test_twice_the_same_bytes_and_all_of_it_comes_back(make_book: MakeBook) -> None:
    book = one(make_book, *TENSOR, ("all", "class Timer:  #@save\n    pass"))
    folder = book.config.root / "d2l"
    (folder / "support").mkdir(parents=True)
    (folder / "support" / "__init__.py").write_text(
        '"""Own."""\n__all__ = ["record"]\n\ndef record(name, value): ...\n'
    )
    assert len(write_library(book)) == 2 + 2 + 2 * 4
    first = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert write_library(books.load(book.config.root)) == []
    for path in folder.iterdir():
        if path.name != "support":
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    write_library(books.load(book.config.root))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == first
    assert '"record"' in module(book, "torch/__init__.py")
    names = json.loads(module(book, "contract.json"))["names"]
    assert names["record"]["signature"] == "(name, value)"


def test_what_no_section_gives_is_deleted_if_generated(make_book: MakeBook) -> None:
    book = two(make_book, TENSOR, each("def net(data):  #@save\n    return MAKE"))
    write_library(book)
    assert not check_library(book)
    (book.config.root / "d2l" / "torch" / "mine.py").write_text("x = 1\n")
    shutil.rmtree(book.config.root / "d2l" / "jax")
    (book.config.root / "d2l" / "mxnet" / "nets.py").write_text("# Generated by d2lbook\n\nx = 1\n")
    chapter = book.config.root / "chapters_md" / "nets" / "linear.md"
    chapter.write_text(tabbed("网络", *each("x = 1")), encoding="utf-8")
    changed = books.load(book.config.root)
    faults = {(fault.path, fault.message) for fault in check_library(changed)}
    assert ("d2l/torch/mine.py", "a file of the library that was not generated") in faults
    assert ("d2l/torch/nets.py", "no section gives this file any more") in faults
    assert ("d2l/torch/__init__.py", "this file differs from what the sections give") in faults
    assert ("d2l/jax/first_steps.py", "a generated file is missing") in faults
    written = {path.relative_to(book.config.root).as_posix() for path in write_library(changed)}
    assert {"d2l/torch/nets.py", "d2l/mxnet/nets.py", "d2l/jax/first_steps.py", CONTRACT} <= written
    assert {(fault.path, fault.message) for fault in check_library(changed)} == {
        ("d2l/torch/mine.py", "a file of the library that was not generated")
    }


def test_generated_modules_are_clean(make_book: MakeBook) -> None:
    book = two(
        make_book,
        (
            *TENSOR,
            ("all", "#@save\nimport random\nimport collections\n\ndef draw():  #@save\n    return random.random()"),
        ),
        (("all", "LIMITS = {'a': 1}  #@save\nd2l.LIMITS['b'] = 2  #@save\n\nclass _P:  #@save\n    x = LIMITS"),),
    )
    write_library(book)
    command = [sys.executable, "-m", "ruff", "check", "--isolated", "--line-length", "110", "--select", "E,F,W,I"]
    done = subprocess.run([*command, "d2l"], cwd=book.config.root, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "collections" not in module(book, "base/first_steps.py")
    assert "from d2l.base.nets import _P as _P" in module(book, "base/__init__.py")


# Faults


def test_faults_of_three_files_in_one_run(make_book: MakeBook) -> None:
    files = {
        "a/one": tabbed("一", *TENSOR, ("all", "def f(x):\n    return x  #@save")),
        "a/two": tabbed(
            "二", ("all", "def g(x):  #@save\n    return helper(x)"), ("pytorch", "def h(:  #@save\n    1")
        ),
        "a/three": tabbed("三", ("all", "def k(x):  #@save\n    return d2l.lost(x) + d2l.late(x)")),
        "b/four": tabbed("四", ("all", "def late(x):  #@save\n    return x")),
    }
    book = load(make_book, {"a": ["one", "two", "three"], "b": ["four"]}, files)
    faults = library_faults(book)
    late = book.section("b/four").code[-1].line
    assert found(faults) == [
        ("one", "return x  #@save", _line(book, "a/one", "return x"), "a save mark on half a definition"),
        ("three", K, _line(book, "a/three", K), f"saved code uses d2l.late, {LATER}, at chapters_md/b/four.md:{late}"),
        ("three", K, _line(book, "a/three", K), "saved code uses d2l.lost, which nobody saved"),
        ("two", "return helper(x)", _line(book, "a/two", "helper"), "saved code uses helper, which nobody saved"),
        ("two", "def h(:  #@save", _line(book, "a/two", "def h"), "code that does not parse: invalid syntax"),
    ]
    with pytest.raises(BookError) as caught:
        write_library(book)
    assert caught.value.faults == faults
    assert not (book.config.root / "d2l").exists()
    assert [fault.message for fault in code_faults(book)] == ["code that does not parse: invalid syntax"]
    assert check_library(book) == faults


K = "return d2l.lost(x) + d2l.late(x)"
LATER = "which is saved only later in the book"


def _line(book: Book, docname: str, text: str) -> int:
    lines = (book.config.root / book.section(docname).path).read_text(encoding="utf-8").split("\n")
    return next(number for number, line in enumerate(lines, 1) if text in line)


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ((*TENSOR, *TENSOR), "tensor is saved twice: it stands at "),
        ((*TENSOR, ("all", "tensor = 1  #@save")), "tensor is saved twice: it stands at "),
        ((*TENSOR, ("jax", "def tensor(x):  #@save\n    pass")), "tensor is saved twice: it stands at "),
        (
            (("all", "@d2l.add_to_class(d2l.No)  #@save\ndef f(self):\n    pass"),),
            "it belongs to No, which nobody saved",
        ),
        ((("all", "d2l.HUB['a'] = 1  #@save"),), "it belongs to HUB, which nobody saved"),
        ((("all", "def nets():  #@save\n    pass"),), "nets is saved, but a module of the library is called that"),
        (
            (("all", "class A(d2l.B):  #@save\n    pass\n\nclass B:  #@save\n    pass"),),
            "the module needs B while it loads",
        ),
        (
            (("all", "def f(x=f0()):  #@save\n    pass\n\ndef f0():  #@save\n    pass"),),
            "the module needs f0 while it loa",
        ),
        ((("jax", "def f():  #@save\n    return torch.nan"),), "saved code uses torch, which nobody saved (jax)"),
        ((("all", "def f():  #@save\n    display(1)"),), "saved code uses display, which nobody saved"),
        ((("all", "def f():  #@save\n    global n\n    n = 1"),), "saved code uses n, which nobody saved"),
    ],
)
def test_faults_of_names(make_book: MakeBook, cells: tuple[Cell, ...], message: str) -> None:
    book = two(make_book, (("all", "def nothing():  #@save\n    pass"),), cells)
    faults = library_faults(book)
    assert faults
    assert all(fault.message.startswith(message) for fault in faults), faults
    assert all(fault.path == "chapters_md/nets/linear.md" and fault.line and fault.text for fault in faults)


def test_one_name_imported_from_two_places(make_book: MakeBook) -> None:
    use = ("all", "def f(x):  #@save\n    return np.sum(x)")
    files = {
        "a/one": section("一", ("all", "import numpy as np"), use),
        "a/two": section("二", ("all", "import math as np"), ("all", use[1].replace("f(", "g("))),
    }
    faults = library_faults(load(make_book, {"a": ["one", "two"]}, files))
    assert [fault.message.partition(" at ")[0] for fault in faults] == [
        "np is 'import math as np' here, but 'import numpy as np'"
    ]


def test_equivalent_imports_are_one(make_book: MakeBook) -> None:
    one_way, other_way = "import matplotlib.pyplot as plt", "from matplotlib import pyplot as plt"
    saved = "def {}(x):  #@save\n    '''说明。'''\n    return plt, x"
    files = {
        "a/one": tabbed("一", ("all", one_way), ("all", saved.format("f"))),
        "a/two": tabbed("二", ("all", other_way), ("all", saved.format("g"))),
    }
    book = load(make_book, {"a": ["one", "two"]}, files)
    assert library_faults(book) == ()


def test_equivalent_imports_of_the_tabs_are_one_to_the_base(make_book: MakeBook) -> None:
    one_way, other_way = "import matplotlib.pyplot as plt", "from matplotlib import pyplot as plt"
    saved = "def f(x):  #@save\n    '''说明。'''\n    return plt, x"
    imports = [("pytorch, mxnet, tensorflow", one_way), ("jax", other_way)]
    book = load(make_book, {"a": ["one"]}, {"a/one": tabbed("一", *imports, ("all", saved))})
    assert library_faults(book) == ()
    assert one_way in library_files(book)["d2l/base/a.py"]


def test_a_book_without_tabs_has_a_library(make_book: MakeBook) -> None:
    text = section("一", ("all", "def f(x):  #@save\n    '''说明。'''\n    return x"))
    config = "[project]\nlang = zh_CN\n[build]\nsource_dir = chapters_md\n"
    book = books.load(make_book({"index": "# 书\n\n```toc\none\n```\n", "one": text}, config))
    assert library_faults(book) == ()
    assert "def f(x):" in library_files(book)["d2l/base/one.py"]
