"""What readers see of a cell: no marks of the engine, no statements that only record."""

from __future__ import annotations

import ast

import pytest

from d2lbook.book import book as books
from d2lbook.code.scaffolding import columns_of, only_imports, parts_of, shown_code

from .conftest import ROOT

CASES = {
    "d2l.record('acc', acc)": "",
    "x = 1\nd2l.record('acc', f(x)['a'][-1])\nprint(x)": "x = 1\nprint(x)",
    "x = 1\n\nd2l.record(\n    'acc',\n    x,\n)  # 记下来\n\nprint(x)": "x = 1\n\nprint(x)",
    "for name, value in accs.items():\n    d2l.record('acc_' + name, value)\n": "",
    "for x in xs:\n    d2l.record('a', x)\n    print(x)": "for x in xs:\n    print(x)",
    "if best:\n    d2l.record('a', 1)\nelse:\n    x = 2": "if best:\n    d2l.record('a', 1)\nelse:\n    x = 2",
    "def f(x):\n    d2l.record('a', x)": "def f(x):\n    d2l.record('a', x)",
    "def f(x):\n    d2l.record('a', x)\n    return x": "def f(x):\n    return x",
    "x = 1; d2l.record('a', x); print(x)": "x = 1; print(x)",
    "x = 1; d2l.record('a', x)": "x = 1",
    "d2l.record('a', y := f())\nprint(y)": "d2l.record('a', y := f())\nprint(y)",
    "with autograd.record():\n    y = f(x)": "with autograd.record():\n    y = f(x)",
    "写 = '录'; d2l.record('a', 写); print(写)": "写 = '录'; print(写)",
    "%matplotlib inline\nd2l.record('a', 1)\nx": "%matplotlib inline\nx",
    "#@save\ndef f():\n    return 1": "def f():\n    return 1",
    "class A:  #@save\n    pass": "class A:\n    pass",
    "# fold: 准备数据\nx = 1": "x = 1",
    "# same y-axis\nplot(x)": "plot(x)",
    "x = '# same y-axis'": "x = '# same y-axis'",
    "text = '#@saved volatile'": "text = '#@saved volatile'",
    "record = 3\nrecord": "record = 3\nrecord",
    "d2l.record('a', 1": "d2l.record('a', 1",
    "def a():\n    pass\n\n\nd2l.record('a', 1)\n\n\ndef b():\n    pass": "def a():\n    pass\n\n\ndef b():\n    pass",
}


@pytest.mark.parametrize(("source", "shown"), CASES.items())
def test_what_readers_see(source: str, shown: str) -> None:
    assert shown_code(source) == shown


@pytest.mark.parametrize(
    ("source", "so"),
    [
        ("import torch\nfrom torch import nn", True),
        ("%matplotlib inline\nimport torch  # 框架", True),
        ("# fold: 导入\nfrom d2l import torch as d2l", True),
        ("from mxnet import np, npx\n\nnpx.set_np()", True),
        ("import jax\njax.config.update('jax_enable_x64', True)", True),
        ("from mxnet import npx\nnpx.set_np(x)", False),
        ("import torch\ntorch.manual_seed(1)", False),
        ("# import\nx = 1", False),
        ("x = 'import'", False),
        ("import", False),
    ],
)
def test_cells_that_only_import(source: str, so: bool) -> None:
    assert only_imports(source) is so


def test_every_cell_of_the_book_stays_python_and_records_nowhere() -> None:
    book = books.load(ROOT)
    lines = hidden = 0
    for projection in book.projections():
        for cell in projection.cells:
            shown = shown_code(cell.source)
            tree = ast.parse(shown) if "%" not in shown and "!" not in shown else ast.Module([], [])
            lines += cell.source.count("\n") + 1
            hidden += cell.source.count("\n") - shown.count("\n") + (not shown)
            calls = [node.value for node in tree.body if isinstance(node, ast.Expr)]
            left = [ast.unparse(call) for call in calls if ast.unparse(call).startswith("d2l.record(")]
            assert not [call for call in left if ":=" not in call], (projection.key, cell.id)
            assert "@save" not in shown
    assert lines > 5000 and hidden > 100, (lines, hidden)


def test_long_code_in_a_line_may_be_broken_at_its_joints() -> None:
    name = "optax.softmax_cross_entropy(logits, y[0])"
    assert parts_of(name) == ["optax.", "softmax_", "cross_", "entropy(", "logits, y[", "0])"]
    assert parts_of("if __name__ == '__main__':") == ["if __name__ == '__main__':"]
    assert parts_of("jax.value_and_grad") == ["jax.value_and_grad"]
    assert "".join(parts_of("nn.Sequential(nn.Linear(2, 3))")) == "nn.Sequential(nn.Linear(2, 3))"


def test_a_chinese_letter_is_two_columns_wide() -> None:
    assert [columns_of(line) for line in ("x = 1", "误差，", "轮 3")] == [5, 6, 4]
