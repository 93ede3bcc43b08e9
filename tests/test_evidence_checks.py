"""Checks between sentences and outputs: code lines, plots, digits, seeds, and the list for reviewers."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
from pathlib import Path

import pytest

from d2lbook import cli
from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.check.amount import amount_faults, mark_faults
from d2lbook.check.answers import answer_faults
from d2lbook.check.plots import english_labels, plot_faults, scarce_axes
from d2lbook.check.review import as_page, as_text, review
from d2lbook.check.rounding import disagreement, printed_numbers, rounding_faults
from d2lbook.check.spread import outside, reach, wide_bands
from d2lbook.check.stretches import lines_of_code
from d2lbook.check.symbols import symbol_faults
from d2lbook.evidence import seeds
from d2lbook.evidence.digest import fingerprint
from d2lbook.evidence.store import path_of
from d2lbook.execute.picture import normal_svg
from d2lbook.markup.exercises import exercises_of
from d2lbook.markup.parse import parse

from .blocks_book import FILES, TWO
from .conftest import ROOT, need_env
from .site_book import CONFIG, shown, store, text, write_book

POOLING = """\
# 汇聚
:label:`sec_pool`

```{.python .input}
#@tab pytorch
accuracies = measure('火炬')
```

```{.python .input}
#@tab jax
accuracies = measure('雅克斯')
```

```{.expect}
acc_4 > acc_1 + 0.05
acc_4 > acc_8
```

移两格，次序倒了过来：不汇聚只剩:value:`acc_1:.1%`，$4\\times4$还有:value:`acc_4:.1%`。

## 练习

1. **编程·★。**训练两次。检查：第二次高于0.9。

:begin_solution:
```{.python .input}
#@tab all
print(again())
```

```{.expect}
acc_again > 0.9
```
:end_solution:

2. 证明它。

:begin_solution:
显然。
:end_solution:
"""
METRICS = {"acc_1": 0.4935, "acc_4": 0.62, "acc_8": 0.6, "acc_again": 0.85}


def one(root: Path, section: str, outputs: list[list[object]], metrics: dict[str, float]) -> Book:
    """Return a book of one section with equal runs in both backends."""
    book = write_book(root, {**FILES, "one/blocks": section}, TWO)
    for backend in ("pytorch", "jax"):
        store(book, backend, "one/blocks", outputs, metrics)
    return books.load(root)


DRAW = """\
import sys, json, matplotlib
matplotlib.rcParams['svg.fonttype'] = 'none'
from matplotlib.figure import Figure
label, ticks, curve, top = json.loads(sys.argv[1])
figure = Figure(figsize=(3, 2))
axes = figure.subplots()
axes.plot([0, 1, 2], [1, 2, 3], label=curve)
axes.set_xlabel(label)
axes.set_xticks(ticks)
axes.set_ylim(0, top)
axes.legend()
figure.savefig(sys.stdout, format='svg')
"""


def plot(label: str, ticks: list[float], curve: str = "损失", top: float = 4.0) -> str:
    """Return a drawing as matplotlib draws it and the store keeps it."""
    words = [str(need_env("base")), "-c", DRAW, json.dumps([label, ticks, curve, top])]
    return normal_svg(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


# ---- the four faults that outside readers found by hand ----


def test_turned_round_needs_the_whole_order_as_its_claim(tmp_path: Path) -> None:
    book = one(tmp_path, POOLING, [[text("0.493 0.620\n")], [text("0.85\n")]], METRICS)
    listed = [item.text for item in review(book, book.section("one/blocks")).findings if item.kind == "sentence"]
    assert len(listed) == 1 and listed[0].startswith("turned: 移两格，次序倒了过来")
    mended = POOLING.replace("acc_4 > acc_8\n", "acc_1 < acc_8 < acc_4\n")
    book = one(tmp_path, mended, [[text("0.493 0.620\n")], [text("0.85\n")]], METRICS)
    assert not [item for item in review(book, book.section("one/blocks")).findings if item.kind == "sentence"]


def test_a_check_that_no_run_meets_fails_as_a_claim(tmp_path: Path) -> None:
    book = one(tmp_path, POOLING, [[text("0.493 0.620\n")], [text("0.85\n")]], METRICS)
    (claim,) = (item for item in review(book, book.section("one/blocks")).findings if item.kind == "claim")
    assert claim.line == 32
    assert claim.shown == "acc_again > 0.9 | jax: the claim does not hold: acc_again = 0.85"
    for projection in book.projections():
        file = path_of(book, projection)
        file.write_text(file.read_text().replace(fingerprint(book, projection).digest, "0"))
    (stale,) = (item for item in review(book, book.section("one/blocks")).findings if item.kind == "claim")
    assert stale.text == "outputs of pytorch, jax are not of this code: their claims are not judged"


def test_digits_that_round_to_another_number_are_found(tmp_path: Path) -> None:
    book = one(tmp_path, POOLING, [[text("0.493 0.620\n")], [text("0.85\n")]], METRICS)
    faults = list(rounding_faults(book))
    assert [fault.line for fault in faults] == [19]
    assert faults[0].message.endswith("gives another number: 0.493 is printed, 49.4% is said")
    assert faults[0].severity == "error"


@pytest.mark.backend
def test_code_in_shared_prose_that_means_something_else_in_one_backend(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for backend in ("pytorch", "jax"):
        need_env(backend)
    heads = {"pytorch": "import torch, numpy\nclass d2l:\n    tensor = staticmethod(torch.tensor)\n"}
    heads["jax"] = "import numpy\nfrom jax import numpy as jnp\nclass d2l:\n    tensor = staticmethod(jnp.array)\n"
    heads = {name: head + "G = numpy.array([[0., 1.], [0., 2.]])\nH = d2l.tensor(G)" for name, head in heads.items()}
    cells = "".join(f"```{{.python .input}}\n#@tab {name}\n{code}\n```\n\n" for name, code in heads.items())
    prose = "数一数`H.max(axis=0) == 0`；`H.sum()`和`H[0]`到处一样，`nothing(x)`谁也没有。\n`G.max(axis=0) == 0`。\n"
    book = write_book(tmp_path, {**FILES, "one/blocks": f"# 题\n:label:`sec_a`\n\n{cells}{prose}"}, TWO)
    (tmp_path / ".envs").symlink_to(ROOT / ".envs")
    assert cli.main(["--root", str(book.config.root), "review", "--run"]) == 0
    found = [line.strip() for line in capsys.readouterr().out.splitlines() if "`" in line]
    assert [line.partition("  ")[2] for line in found] == [
        "`G.max(axis=0) == 0` | pytorch array (2,), on its own arrays bool, jax array (2,)",
        "`H.max(axis=0) == 0` | pytorch bool, jax array (2,)",
    ]


DEAD = """\
**常见故障：死掉的单元。**某个ReLU单元若对所有样本都有$z<0$，它的输出是0，导数也是0，从此收不到梯度，再也活不过来。学习率\
过大时容易发生。查法是走一遍训练集，数一数`H.max(axis=0) == 0`的列；死的多了，就降低学习率，或换一个左边不平的变体。
"""
"""What the section on multilayer perceptrons said, of an array that its first cell had made with NumPy."""
TENSORS = {
    "pytorch": "import torch\nmake = torch.tensor",
    "jax": "from jax import numpy as jnp\nmake = jnp.array",
    "tensorflow": "import tensorflow as tf\nmake = tf.constant",
    "mxnet": "from mxnet import np as mnp\nmake = mnp.array",
}


@pytest.mark.backend
def test_the_sentence_on_dead_units_as_it_stood_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cells = "".join(
        f"```{{.python .input}}\n#@tab {need_env(name) and name}\n{code}\n\n\nclass d2l:\n    tensor = make\n```\n\n"
        for name, code in TENSORS.items()
    )
    hidden = "import numpy\nH = numpy.maximum(numpy.array([[1., -1.], [2., -3.]]), 0)"
    cells += f"```{{.python .input}}\n#@tab all\n{hidden}\n```\n\n"
    book = write_book(tmp_path, {**FILES, "one/blocks": f"# 题\n:label:`sec_a`\n\n{cells}{DEAD}"}, CONFIG)
    (tmp_path / ".envs").symlink_to(ROOT / ".envs")
    assert cli.main(["--root", str(book.config.root), "review", "--run"]) == 0
    (found,) = (line for line in capsys.readouterr().out.splitlines() if "H.max(axis=0) == 0" in line)
    assert "pytorch array (2,), on its own arrays bool" in found
    assert " | mxnet array (2,), pytorch" in found, "where it is right nothing more is said"


POOLED = """\
# 汇聚
:label:`sec_pool`

```{.python .input}
#@tab pytorch
table = measure('火炬')
```

```{.python .input}
#@tab jax
table = measure('雅克斯')
```

```{.expect}
acc_1_0 > acc_4_0 + 0.02
acc_4_2 > acc_1_2 + 0.05
acc_4_2 > acc_2_2 + 0.02
acc_4_2 > acc_8_2 + 0.02
acc_32_0 < 0.3
```

不移动时，汇聚越多准确率越低：不汇聚:value:`acc_1_0:.1%`，$4\\times4$是:value:`acc_4_0:.1%`，位置信息毕竟有用，丢了就找\
不回来。移两格，次序倒了过来：不汇聚只剩:value:`acc_1_2:.1%`，$4\\times4$还有:value:`acc_4_2:.1%`，是五种窗口里最好的。
"""
"""What the section on pooling said, with its claims and what its run recorded: at two pixels 8 comes before 1 and 2."""
RECORDED = {
    "acc_1_0": 0.7154, "acc_4_0": 0.6684, "acc_32_0": 0.1844,
    "acc_1_2": 0.4898, "acc_2_2": 0.5636, "acc_4_2": 0.6266, "acc_8_2": 0.533,
}  # fmt: skip


def test_the_sentence_on_pooling_as_it_stood_is_listed(tmp_path: Path) -> None:
    book = one(tmp_path, POOLED, [[text("  1   0.715  0.677  0.490\n  4   0.668  0.650  0.627\n")]], RECORDED)
    listed = [item.text for item in review(book, book.section("one/blocks")).findings if item.kind == "sentence"]
    assert [item for item in listed if item.startswith("turned: 移两格，次序倒了过来")]


# ---- how much ----


def test_lines_are_those_that_a_reader_of_one_tab_meets(tmp_path: Path) -> None:
    code = "import math\nfrom math import (\n    pi,\n)\n\nx = pi  #@save\nd2l.record('x', x)\nprint(\n    x)"
    answer = ":begin_solution:\n```{.python .input}\n#@tab all\ny = 1\ny\n```\n:end_solution:\n"
    section = f"# 题\n\n```{{.python .input}}\n#@tab pytorch\n{code}\n```\n\n## 练习\n\n1. 问\n\n{answer}"
    book = write_book(tmp_path, {**FILES, "one/blocks": section}, TWO)
    (projection,) = book.projections(book.section("one/blocks"))
    assert lines_of_code(book, projection) == (3, 0)


def test_folded_lines_are_counted_apart_and_docstrings_not_at_all(tmp_path: Path) -> None:
    opened = '#@tab pytorch\ndef f():\n    """一。\n\n    二。\n    """\n    return 1'
    folded = "#@tab pytorch\n# fold: 准备\na = 1\nb = 2\nc = 3"
    cells = "".join(f"```{{.python .input}}\n{code}\n```\n\n文字。\n\n" for code in (opened, folded))
    book = write_book(tmp_path, {**FILES, "one/blocks": f"# 题\n\n{cells}"}, TWO)
    (projection,) = book.projections(book.section("one/blocks"))
    assert lines_of_code(book, projection) == (2, 3)


def test_more_than_120_lines_are_a_fault(tmp_path: Path) -> None:
    for count, faulty in ((120, False), (121, True)):
        code = "\n".join(f"x{number} = 1" for number in range(count))
        section = f"# 题\n\n```{{.python .input}}\n#@tab jax\n{code}\n```\n"
        book = write_book(tmp_path, {**FILES, "one/blocks": section}, TWO)
        assert [fault.text for fault in amount_faults(book)] == (["jax 121"] if faulty else [])


def test_exercises_say_kind_and_difficulty(tmp_path: Path) -> None:
    book = one(tmp_path, POOLING, [[text("1\n")], [text("2\n")]], METRICS)
    (fault,) = mark_faults(book)
    assert (fault.line, fault.message) == (36, "exercise 2 without kind and difficulty")
    first, second = exercises_of(book.section("one/blocks"))
    assert (first.kind, first.stars, second.kind, second.stars) == ("编程", 1, "", 0)
    assert first.answer and first.hint is None and second.answer
    listed = [item.text for item in review(book, book.section("one/blocks")).findings if item.kind == "exercise"]
    assert listed == ["2: no check", "2: no kind and difficulty"]


def test_exercises_after_a_hint_with_a_list_are_counted_right() -> None:
    exercises = "1. **推导·★。**甲\n\n:begin_hint:\n1. 先\n2. 后\n:end_hint:\n\n2. **判断·★★★。**乙\n"
    section = parse(f"# 题\n\n## 练习\n\n{exercises}\n## 延伸阅读\n\n1. 丙\n", "a", "a.md")
    assert [(item.number, item.kind, item.stars, item.line) for item in exercises_of(section)] == [
        (1, "推导", 1, 5),
        (2, "判断", 3, 12),
    ]


# ---- plots ----


@pytest.mark.backend
def test_labels_in_english_are_found_and_names_are_not() -> None:
    assert english_labels(plot("epoch", [0, 1, 2], "val loss")) == ["epoch", "val loss"]
    assert english_labels(plot("轮数", [0, 1, 2], "LeNet"), frozenset({"LeNet"})) == []
    assert english_labels(plot("轮数", [0, 1, 2], "LeNet")) == ["LeNet"]
    assert english_labels(plot("$x$", [0, 1, 2], "tanh")) == []


@pytest.mark.backend
def test_an_axis_with_two_labelled_ticks_is_found() -> None:
    assert [number for _, number in scarce_axes(plot("轮数", [0, 2]))] == [2]
    assert scarce_axes(plot("轮数", [0, 1, 2])) == []
    assert scarce_axes(plot("轮数", [])) == []


@pytest.mark.backend
def test_faults_of_plots_stand_at_their_cell_once(tmp_path: Path) -> None:
    section = "# 题\n\n" + "".join(f"```{{.python .input}}\n#@tab {tab}\na\n```\n\n" for tab in ("pytorch", "jax"))
    section += "看别处。\n"
    book = one(tmp_path, section, [[shown({"image/svg+xml": plot("epoch", [0, 2])})]], {})
    found = [(fault.line, fault.message, fault.text) for fault in plot_faults(book)]
    for line in (5, 10):
        assert (line, "an English label in a plot", "epoch") in found
        assert (line, "an axis with 2 labelled ticks (at least 3)", "0, 2") in found
        assert (line, "a plot that no sentence beside it speaks of", "") in found
    assert len(found) == 6


@pytest.mark.backend
def test_plots_that_are_to_have_the_same_vertical_axis(tmp_path: Path) -> None:
    cells = "".join(f"```{{.python .input}}\n#@tab {tab}\n# same y-axis\na\n```\n\n" for tab in ("pytorch", "jax"))
    section = f"# 题\n\n{cells}两张图的纵轴一样长。\n"
    book = write_book(tmp_path, {**FILES, "one/blocks": section}, TWO)

    def faults(tops: dict[str, float]) -> list[tuple[int, str, str]]:
        for backend, top in tops.items():
            drawn = plot("轮数", [0, 1, 2], top=top)
            store(book, backend, "one/blocks", [[shown({"image/svg+xml": drawn})]], {})
        return [(fault.line, fault.message, fault.text) for fault in plot_faults(books.load(tmp_path))]

    assert faults({"pytorch": 4.0, "jax": 4.0}) == []
    message = "plots that are to have the same y-axis have not: pytorch, jax"
    assert faults({"pytorch": 4.0, "jax": 8.0}) == [(5, message, "0 1 2 3 4 | 0 2 4 6 8")]
    assert faults({"pytorch": 4.0, "jax": 4.2}) == [(5, message, "0 1 2 3 4 | 0 1 2 3 4")], "the same ticks elsewhere"
    unmarked = write_book(tmp_path, {**FILES, "one/blocks": section.replace("# same y-axis\n", "")}, TWO)
    assert list(plot_faults(unmarked)) == []


def test_a_figure_must_be_referred_to(tmp_path: Path) -> None:
    pictures = "".join(f"![图](../../static/img/broadcast.svg)\n:label:`fig_{name}`\n\n" for name in "ab")
    section = f"# 题\n\n{pictures}见:numref:`fig_b`。\n"
    book = write_book(tmp_path, {**FILES, "one/blocks": section}, TWO)
    assert [(fault.line, fault.text) for fault in plot_faults(book)] == [(4, "fig_a")]


# ---- digits and seeds ----


@pytest.mark.parametrize(
    ("spec", "value", "printed", "wrong"),
    [
        ("acc:.1%", 0.4935, "0.493", "0.493 is printed, 49.4% is said"),
        ("acc:.1%", 0.4936, "0.494", ""),
        ("acc:.0%", 0.4936, "0.494", ""),
        ("acc:.1%", 0.49347, "0.4935", ""),
        ("acc:.1%", 0.49347, "49.35%", ""),
        ("acc:.1%", 0.4935, "0.49", ""),
        ("acc:.1%", 0.4935, "0.493 and 0.49350", ""),
        ("loss:.1f", 12.349, "12.35", ""),
        ("loss:.1f", 12.35, "12.3", ""),
        ("n:.0f", 812.0, "812", ""),
        ("acc:.1%", 0.4935, "准确率0.493", "0.493 is printed, 49.4% is said"),
    ],
)
def test_what_a_reader_gets_by_rounding(spec: str, value: float, printed: str, wrong: str) -> None:
    metrics = {spec.partition(":")[0]: value}
    assert disagreement(spec, metrics, printed_numbers(printed)) == wrong


def seeded(book: Book, values: list[float], digest: str = "") -> None:
    """Note runs of one backend under several seeds."""
    (projection,) = (item for item in book.projections(book.section("one/blocks")) if item.backend == "jax")
    found = seeds.Seeded(
        {"acc": tuple(values)}, digest or fingerprint(book, projection).digest, tuple(range(len(values)))
    )
    seeds.write(book.config, "one/blocks", {"jax": found})


SPREAD = """\
# 题

```{.python .input}
#@tab jax
a
```

是:value:`acc:.2f`。

```{.expect}
acc > 0.5
acc > 0.79
```
"""


def test_a_committed_run_outside_its_seeds_and_a_bound_far_from_them(tmp_path: Path) -> None:
    book = write_book(tmp_path, {**FILES, "one/blocks": SPREAD}, TWO)
    store(book, "jax", "one/blocks", [[text("1\n")]], {"acc": 0.9})
    section = book.section("one/blocks")
    others = [0.80, 0.81, 0.805, 0.795, 0.815]
    seeded(book, [0.9, *others])
    ((line, message, name),) = outside(book, section)
    assert (line, name) == (8, "acc")
    assert message == "jax: the committed run is no ordinary one: 0.9 committed, 0.795 to 0.815 under 5 other seeds"
    assert [band.claim for band in wide_bands(book, section)] == ["acc > 0.5"]
    seeded(book, [0.9, *others], digest="0")
    assert list(outside(book, section)) == []
    seeded(book, [0.9, *others[:3]])  # too few to tell
    assert list(outside(book, section)) == []
    seeded(book, [0.9, *others, 0.92])
    assert list(outside(book, section)) == []


def test_an_ordinary_run_is_rarely_called_none() -> None:
    chance = random.Random(7)
    for number, wanted in ((5, 4.604), (8, 3.499), (20, 2.861)):  # of a table of Student's t, two-sided 1%
        assert abs(reach(number) / (1 + 1 / number) ** 0.5 / wanted - 1) < 0.02
        trials, outside_it = 20_000, 0
        for _ in range(trials):
            others = [chance.gauss(0, 1) for _ in range(number)]
            mean, far = statistics.fmean(others), reach(number) * statistics.stdev(others)
            outside_it += abs(chance.gauss(0, 1) - mean) > far
        assert 0.007 < outside_it / trials < 0.014


# ---- symbols ----


def test_a_symbol_of_the_notation_that_is_called_something_else_is_a_warning(tmp_path: Path) -> None:
    table = "# 符号表\n\n| 符号 | 意思 |\n|:--|:--|\n| $\\eta$ | 学习率 |\n| $n$ | 样本的个数 |\n"
    section = "# 题\n\n$\\eta$是学习率，$n$表示训练样本数。\n\n把噪声的方差记作$\\eta$；$n$是迭代的轮数。\n"
    section += "\n$n$是:value:`acc:.2f`，$n$是一万时，$n$是100，$\\eta$是3时：都不是新的意思。\n"
    index = "# 小书\n\n```toc\nfront-matter/notation\none/blocks\n```\n"
    book = write_book(tmp_path, {"index": index, "front-matter/notation": table, "one/blocks": section}, TWO)
    found = [(fault.line, fault.message, fault.severity) for fault in symbol_faults(book)]
    assert sorted(found) == [
        (5, "$\\eta$ is 学习率 in the notation", "warning"),
        (5, "$n$ is 样本的个数 in the notation", "warning"),
    ]


# ---- the list ----


def test_numbers_that_nobody_reads_are_listed_and_a_page_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = (
        f"```{{.python .input}}\n#@tab {tab}\nprint({number})\n```\n\n" for tab, number in (("all", 3.25), ("jax", 7.5))
    )
    section = f"# 题\n\n{first}换个话题，讲讲天气。\n\n{second}得7.5。\n"
    book = write_book(tmp_path, {**FILES, "one/blocks": section}, TWO)
    store(book, "jax", "one/blocks", [[text("3.25\n")], [text("7.5\n")]], {})
    found = review(book, book.section("one/blocks"))
    assert [(item.kind, item.line, item.shown) for item in found.findings] == [
        ("output", 5, "nothing of `print(3.25)` is read | it prints 3.25")
    ]
    assert found.summary == "code lines: jax 2 (at most 120)"
    assert "is read | it prints 3.25" in as_text(found) and "<li value=5>" in as_page([found])
    assert cli.main(["--root", str(tmp_path), "review", "one/blocks"]) == 0
    assert "1 to look at in 1 sections: _build/review.html" in capsys.readouterr().out
    assert (tmp_path / "_build/review.html").is_file()


def test_an_answer_takes_a_sentence_off_the_list_until_the_sentence_changes(tmp_path: Path) -> None:
    book = one(tmp_path, POOLING, [[text("0.493 0.620\n")], [text("0.85\n")]], METRICS)
    before = review(book, book.section("one/blocks"))
    (listed,) = (item for item in before.findings if item.kind == "sentence")
    file = tmp_path / "static/results/review/one/blocks.toml"
    file.parent.mkdir(parents=True)
    file.write_text(f"[sentence]\n'{listed.text}' = '上面的表：四个数逐个比'\n", encoding="utf-8")
    after = review(book, book.section("one/blocks"))
    assert [item for item in before.findings if item != listed] == list(after.findings) and after.answered == 1
    assert "(1 answered)" in as_text(after) and not list(answer_faults(book))
    book = one(
        tmp_path,
        POOLING.replace("次序倒了过来", "次序全倒了过来"),
        [[text("0.493 0.620\n")], [text("0.85\n")]],
        METRICS,
    )
    again = review(book, book.section("one/blocks"))
    assert [item.text for item in again.findings if item.kind == "answer"] == [listed.text]
    assert sum(item.kind == "sentence" for item in again.findings) == 1 and again.answered == 0


@pytest.mark.parametrize(
    ("written", "line", "message"),
    [
        ("[sentence\n", 1, "answers that can't be read"),
        ("[sentence]\n'a' = ''\n", 0, "this is no answer"),
        ("[sentence]\n'a' = 3\n", 0, "this is no answer"),
        ("'a' = '有证明'\n", 0, "this is no answer"),
    ],
)
def test_what_is_no_answer_is_told(tmp_path: Path, written: str, line: int, message: str) -> None:
    book = one(tmp_path, POOLING, [[text("0.493 0.620\n")], [text("0.85\n")]], METRICS)
    file = tmp_path / "static/results/review/one/blocks.toml"
    file.parent.mkdir(parents=True)
    file.write_text(written, encoding="utf-8")
    (fault,) = answer_faults(book)
    assert (fault.path, fault.line) == ("static/results/review/one/blocks.toml", line)
    assert fault.message.startswith(message)
    file.rename(file.with_name("moved.toml"))
    (fault,) = answer_faults(book)
    assert fault.message == "answers to the review of no section" and fault.text == "one/moved"


def test_all_that_the_review_of_the_book_lists_is_mended_or_answered() -> None:
    book = books.load(ROOT)
    sections = [section for section in book.sections if book.projections(section)]
    left = {section.docname: [item.shown for item in review(book, section).findings] for section in sections}
    assert len(sections) >= 70
    assert {name: found for name, found in left.items() if found} == {}
