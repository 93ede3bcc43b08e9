"""The library's contract and slices, and generated packages in the real environments."""

from __future__ import annotations

import ast
import json
import shutil
import subprocess
import sys

import pytest

from d2lbook.library import contract_faults, write_library
from d2lbook.library.slices import slice_of

from .conftest import ROOT, MakeBook
from .library_books import TENSOR, each, load, module, one, section, two

# The contract


def test_contract(make_book: MakeBook) -> None:
    cells = (
        *each(
            "class Net:  #@save\n    def __init__(self, n, *, p=0.5):\n        pass\n\n    def forward(self, X): pass"
        ),
        *each("class Small(d2l.Net):  #@save\n    def size(self, a, /, b): pass\n\n    def _own(self): pass"),
        ("all", "def total(x: int, *rest, k: float = 1, **more) -> int:  #@save\n    return x"),
    )
    book = one(make_book, *cells)
    write_library(book)
    names = json.loads(module(book, "contract.json"))["names"]
    assert names["Net"]["methods"] == {"__call__": "(X)"}
    assert names["Small"]["signature"] == "(n, *, p=0.5)"
    assert names["Small"]["methods"] == {"size": "(a, /, b)"}
    assert names["total"] == {
        "kind": "function",
        "signature": "(x, *rest, k=1, **more)",
        "section": "first-steps/arrays",
        "module": "first_steps",
        "backends": list(book.config.backend_names),
    }
    assert not contract_faults(book)


def test_contract_faults(make_book: MakeBook) -> None:
    cells = (
        *each("def same(x, lr=0.1):  #@save\n    return x")[:3],
        ("jax", "def same(x, lr=0.2):  #@save\n    return x"),
        ("pytorch", "def only(x):  #@save\n    return x"),
        *each("class Net:  #@save\n    def fit(self, x): pass")[1:],
    )
    book = one(make_book, *cells)
    differs = f"same is (x, lr=0.2) in jax, but (x, lr=0.1) in {book.config.backend_names[0]}"
    messages = [fault.message for fault in contract_faults(book)]
    assert messages == [
        differs,
        "the library of jax lacks only",
        "the library of mxnet lacks only",
        "the library of tensorflow lacks only",
        "the library of mxnet lacks Net",
    ]
    reasons = book.config.root / "d2l" / "support" / "absent.toml"
    reasons.parent.mkdir(parents=True)
    reasons.write_text(
        "[only]\njax = '函数变换代替它'\nmxnet = '同上'\ntensorflow = '同上'\n\n[Net]\nmxnet = '慢'\njax = '无'\n"
    )
    assert [(fault.path, fault.message) for fault in contract_faults(book)] == [
        ("chapters_md/first-steps/arrays.md", differs),
        ("d2l/support/absent.toml", "a reason that is no longer needed: Net, jax"),
    ]


# Slices


def test_slices_are_exact_to_the_symbol(make_book: MakeBook) -> None:
    first = (
        *TENSOR,
        ("all", "STATE = {}  #@save\nd2l.STATE['a'] = 1  #@save"),
        ("all", "class Base:  #@save\n    def run(self): return d2l.tensor(STATE)"),
        ("all", "class Net(d2l.Base):  #@save\n    pass"),
        ("all", "def relu(x):  #@save\n    return x"),
        ("all", "def mlp(x):  #@save\n    return d2l.relu(x), Net()"),
        ("all", "mlp(1)"),
    )
    second = (
        ("pytorch", "%timeit d2l.relu(1)"),
        ("jax", "from d2l.jax import Net as N\n\nN()"),
        ("mxnet", "vars(d2l)"),
    )
    book = two(make_book, first, second)
    slices = {projection.key: slice_of(book, projection).names for projection in book.projections()}
    assert slices["pytorch/nets/linear"] == ("relu",)
    assert slices["jax/nets/linear"] == ("tensor", "STATE", "Base", "Net")
    assert slices["mxnet/nets/linear"] == ("tensor", "STATE", "Base", "Net", "relu", "mlp")
    assert slices["tensorflow/nets/linear"] == ()
    assert slices["pytorch/first-steps/arrays"] == ("tensor", "STATE", "Base", "Net", "relu", "mlp")


PROFILE = """import sys
entered = set()
def watch(frame, event, argument):
    if event == "call" and "/d2l/base/" in frame.f_code.co_filename:
        entered.add(frame.f_code.co_qualname.partition(".")[0])
from d2l import base as d2l
sys.setprofile(watch)
exec(sys.argv[1])
sys.setprofile(None)
print(sorted(entered - {"<module>"}))
"""


def test_slices_hold_what_a_run_enters(make_book: MakeBook) -> None:
    saved = """
def inner(x):  #@save
    return x + 1

class Net:  #@save
    def __init__(self, size=2):
        self.size = d2l.inner(size)

    def run(self):
        return [(lambda y: d2l.inner(y))(y) for y in range(self.size)]

class Deep(d2l.Net):  #@save
    pass

def build():  #@save
    return d2l.Deep()

def unused():  #@save
    return d2l.build()
"""
    files = {
        "a/one": section("一", ("all", "from d2l import base as d2l"), ("all", saved)),
        "a/two": section("二", ("all", "from d2l import base as d2l"), ("all", "d2l.build().run()")),
    }
    book = load(make_book, {"a": ["one", "two"]}, files)
    (book.config.root / "d2l").mkdir()
    shutil.copytree(ROOT / "d2l" / "support", book.config.root / "d2l" / "support")
    write_library(book)
    projection = book.projections(book.section("a/two"))[0]
    code = "\n".join(cell.source for cell in projection.cells)
    command = [sys.executable, "-c", PROFILE, code]
    done = subprocess.run(command, cwd=book.config.root, capture_output=True, text=True, check=True)
    entered = set(ast.literal_eval(done.stdout))
    assert entered == {"build", "Net", "inner"}
    assert set(slice_of(book, projection).names) == {"inner", "Net", "Deep", "build"}


# For real


@pytest.mark.backend
@pytest.mark.parametrize("backend", ["mxnet", "pytorch", "tensorflow", "jax"])
def test_a_generated_package_works_where_it_belongs(make_book: MakeBook, backend: str) -> None:
    first = (
        *TENSOR,
        ("all", "class Model:  #@save\n    def run(self):\n        return d2l.tensor([1.0, 2.0])"),
        ("all", "class Own(d2l.Model):  #@save\n    def again(self, like=d2l.Model):\n        return self.run()"),
    )
    second = (
        ("all", "class Net(d2l.Own):  #@save\n    pass"),
        ("all", "def last():  #@save\n    return Net().again()[1]"),
    )
    book = two(make_book, first, second)
    python = ROOT / ".envs" / backend / "bin" / "python"
    if not python.exists():
        pytest.skip(f"no environment for {backend}: make envs")
    (book.config.root / "d2l").mkdir()
    shutil.copytree(ROOT / "d2l" / "support", book.config.root / "d2l" / "support")
    write_library(book)
    name = book.config.backend(backend).module
    code = f"from d2l import {name} as d2l\nprint(float(d2l.last()), d2l.Net.__doc__)"
    command = [str(python), "-W", "ignore", "-c", code]
    done = subprocess.run(command, cwd=book.config.root, capture_output=True, text=True, check=False)
    assert done.stdout.split("\n")[0] == "2.0 定义于 nets/linear", done.stderr
