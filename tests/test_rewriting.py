"""Branches on the tab, and library names rewritten to a framework's own."""

from __future__ import annotations

import pytest

from d2lbook.code.aliases import Aliases, read_aliases, rewrite
from d2lbook.code.branches import select

BRANCHES = '''\
def f(a):
    if tab.selected('mxnet', "pytorch"):
        # kept with its branch
        y = """a
  b"""
    elif tab.selected(['tensorflow']):
        y = 2
    else:
        y = 3  # three
    if tab.selected('jax'): return 4
    return y
'''


@pytest.mark.parametrize(
    ("backend", "kept"),
    [
        ("mxnet", 'def f(a):\n    # kept with its branch\n    y = """a\n  b"""\n    return y\n'),
        ("tensorflow", "def f(a):\n    y = 2\n    return y\n"),
        ("jax", "def f(a):\n    y = 3  # three\n    return 4\n    return y\n"),
    ],
)
def test_branches(backend: str, kept: str) -> None:
    assert select(BRANCHES, backend) == kept


def test_a_block_that_loses_its_only_branch_gets_a_pass() -> None:
    source = "class A:\n    if tab.selected('jax'):\n        q = 1\n"
    assert select(source, "mxnet") == "class A:\n    pass\n"


def test_conditions_combine_and_span_lines() -> None:
    source = "if (not tab.selected('jax')\n        and tab.selected('mxnet, pytorch')):\n    x = 1\nelse:\n    x = 2\n"
    assert select(source, "pytorch") == "x = 1\n"
    assert select(source, "jax") == select(source, "tensorflow") == "x = 2\n"


def test_an_ordinary_elif_behind_a_branch_stays_one() -> None:
    source = "if tab.selected('jax'):\n    x = 1\nelif n > 0:\n    x = 2\nelse:\n    x = 3\n"
    assert select(source, "mxnet") == "if n > 0:\n    x = 2\nelse:\n    x = 3\n"


def test_words_in_strings_and_comments_are_no_branches() -> None:
    source = "# if tab.selected('jax'):\ns = \"if tab.selected('jax'):\"\n"
    assert select(source, "mxnet") == source


ALIASES = read_aliases(
    "torch",
    simple="concat -> cat, ones_like, ones,\nexp",
    fluent="numpy -> asnumpy, reshape, astype -> type",
    reverse="d2l.nn_Module -> nn.Module\nd2l.size\\(([\\w]+)\\) -> \\1.size",
)


@pytest.mark.parametrize(
    ("source", "rewritten"),
    [
        ("d2l.concatenate(x)", "d2l.concatenate(x)"),
        ("d2l.concat((a, b), 1)  # d2l.concat", "torch.cat((a, b), 1)  # d2l.concat"),
        ("d2l.reshape(a + b,  # why\n    (1, 2))", "(a + b).reshape(# why\n    (1, 2))"),
        ("d2l.numpy(d2l.reshape(x, 3))", "x.reshape(3).asnumpy()"),
        ("d2l.reshape(文, '中文')", "文.reshape('中文')"),
        ("class N(d2l.nn_Module): pass", "class N(nn.Module): pass"),
        ("d2l.size(x) + d2l.size(x[0])", "x.size + d2l.size(x[0])"),
        ("'d2l.exp' + x.d2l.exp", "'d2l.exp' + x.d2l.exp"),
        ("%matplotlib inline\nd2l.exp(x)", "%matplotlib inline\ntorch.exp(x)"),
        ("d2l.reshape(*x)", "d2l.reshape(*x)"),
    ],
)
def test_aliases(source: str, rewritten: str) -> None:
    assert rewrite(source, ALIASES) == rewritten


def test_no_aliases_no_change() -> None:
    assert rewrite("d2l.exp( x )", Aliases("torch")) == "d2l.exp( x )"
