"""A small book with everything that a page can hold, and its stored runs: sources and notebooks in a folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat
from nbformat.v4 import new_code_cell, new_notebook, new_output

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.evidence.digest import fingerprint

from .conftest import CONFIG

PLOT = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="252pt" height="180pt" viewBox="0 0 252 180">'
    '<path d="M20 20C60 120 120 150 240 {end}" fill="none" stroke="#1f77b4" stroke-width="2"/></svg>'
)
BROADCAST = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="220" viewBox="0 0 640 220">'
    '<g fill="none" stroke="#000"><rect x="40" y="40" width="60" height="140"/></g></svg>'
)
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
BIBLIOGRAPHY = """\
@article{LeCun.1998, title={Gradient-based learning}, author={LeCun, Yann and Bottou, L{\\'e}on}, \
journal={Proceedings of the IEEE}, volume={86}, number={11}, pages={2278--2324}, year={1998}}
@article{Vaswani.2017, title={Attention is all you need}, author={Vaswani, Ashish and Shazeer, Noam and Parmar, Niki}, \
journal={NeurIPS}, year={2017}, url={https://example.org/attention}}
"""

INDEX = """\
# 小书

同一套讲解，四个后端。

```toc
front
```

```toc
:maxdepth: 2
:numbered:

one/index
two/index
```
"""

NDARRAY = """\
# 数据操作
:label:`sec_ndarray`

先读:numref:`sec_front`。约需五分钟。

这一段在源文件里
折成几行，**张量的“形状”**说的是每个轴多长，
见:citet:`Vaswani.2017`与更早的工作 :cite:`LeCun.1998`，页面上没有多余的空格。

## 入门
:label:`sub_start`

```{.python .input}
#@tab mxnet
x = np.arange(12)
x
```

```{.python .input}
#@tab pytorch
x = torch.arange(12)
x
```

```{.python .input}
#@tab tensorflow
x = tf.range(12)
x
```

```{.python .input}
#@tab jax
x = jnp.arange(12)
x
```

```{.python .input}
#@tab all
print(x.shape)
```

```{.python .input}
#@tab all
x + 1
```

:begin_tab:`jax`
第一次运行要编译。
:end_tab:

```{.python .input}
#@tab pytorch
x.add_(1)
```

## 公式
:label:`sub_formulas`

对$\\mathbf{a}\\in\\mathbb{R}^{3}$有

$$
C_{ij} = a_i + b_j
$$
:eqlabel:`eq_sum`

$$\\mathcal{L}(\\mathbf{w}, b) = \\frac{1}{n}\\sum_{i=1}^n
\\frac{1}{2}\\left(\\mathbf{w}^\\top \\mathbf{x}^{(i)} + b - y^{(i)}\\right)^2 + \\frac{\\lambda}{2}\\|\\mathbf{w}\\|^2
+ \\Omega(\\mathbf{w}, b, \\lambda)$$

手算一遍：十六进制的数是$14\\times 16^3 + 10\\times 16^2 + 6\\times 16 + 0 = 60000$，所以形状是$(60000, 28, 28)$，
元素共$60000\\times 28\\times 28 = 47040000$个（$n$张，每张$784$个），与$x_1 + x_2 + x_3$、$\\hat{y} - y$；都对得上。

![两个形状不同的张量相加（广播），如$3\\times 1$与$1\\times 2$。](../../static/img/broadcast.svg)
:label:`fig_broadcast`
:width:`320px`

: 常用的创建函数
| 函数 | 作用 |
|:--|--:|
| `zeros` | 全零 |
:label:`tab_create`

式:eqref:`eq_sum`、 :eqref:`eq_sum`、:numref:`fig_broadcast`、:numref:`tab_create`、
:numref:`chap_one`、:numref:`sub_start`与:numref:`sec_front`。

## 练习

1. 写出形状[^note]。

:begin_hint:
用`shape`。
:end_hint:

:begin_solution:
```{.python .input}
#@tab all
print(x.reshape(2, 6).shape)
```
:end_solution:

[^note]: 轴也叫维度。
"""

SOFTMAX = """\
# softmax回归
:label:`sec_softmax`

见:numref:`sec_ndarray`与式:eqref:`eq_sum`。
又见:numref:`fig_broadcast`、:numref:`tab_create`与:numref:`sub_formulas`。

```{.python .input}
#@tab mxnet
net = 1
```

```{.python .input}
#@tab pytorch
net = 2  # volatile
```

```{.python .input}
#@tab jax
net = 3
```

:begin_absent:`tensorflow`
TensorFlow没有这个运算。
:end_absent:

```{.python .input}
#@tab all
train(net)
```

测试精度约为:value:`acc:.1%`。

```{.expect}
0.80 < acc < 0.86
```

```{.python .input}
#@tab all
show(net)
```
"""

CALCULUS = """\
# 微积分
:label:`sec_calculus`

```{.python .input}
#@tab all
print('h')
print('x' * 400)
```

极限是:value:`limit:.2f`。

| 量 | 值 |
|:--|--:|
| 极限 | :value:`limit:.3f` |
| | ![小图](../../static/img/broadcast.svg) |

```bash
$ pip install numpy
Successfully installed numpy
$ python
```
"""

FILES = {
    "index": INDEX,
    "front": "# 前言\n:label:`sec_front`\n\n读法。\n",
    "one/index": "# 预备知识\n:label:`chap_one`\n\n工具。\n\n```toc\nndarray\ncalculus\n```\n",
    "one/ndarray": NDARRAY,
    "one/calculus": CALCULUS,
    "two/index": "# 线性分类\n\n分类。\n\n```toc\nsoftmax\n```\n",
    "two/softmax": SOFTMAX,
}

DIRTY = (
    '<style>td{color:red}</style><table onclick="steal()"><tr><td onmouseover="steal()">0.78</td></tr></table>'
    '<script>steal()</script><a href="javascript:steal()">点</a>'
    '<img src="https://example.org/spy.png" onerror="steal()">'
    "<iframe src=x></iframe><b>没有关上"
)

BOTH = CONFIG.replace("[build]\n", "[build]\neditions = zh_CN, zh_Hant\n")
"""Settings of a book that appears in Traditional Chinese too."""

Outputs = Sequence[Sequence[Any]]


def text(content: str, name: str = "stdout") -> Any:
    return new_output("stream", name=name, text=content)


def result(content: str) -> Any:
    return new_output("execute_result", data={"text/plain": content}, execution_count=1)


def shown(data: Mapping[str, str]) -> Any:
    return new_output("display_data", data=dict(data))


def metric(name: str, value: float) -> Any:
    return shown({"application/vnd.d2l.metric+json": f'{{"name": "{name}"}}', "text/plain": f"METRIC {value}"})


def store(book: Book, backend: str, docname: str, outputs: Outputs, metrics: Mapping[str, float] | None = None) -> Path:
    """Write the stored run of a projection; its code is the section's own."""
    projection = next(item for item in book.projections(book.section(docname)) if item.backend == backend)
    assert len(projection.cells) == len(outputs), [cell.source for cell in projection.cells]
    notebook = new_notebook()
    notebook.cells = [
        new_code_cell(cell.source, outputs=list(shown_), id=cell.id)
        for cell, shown_ in zip(projection.cells, outputs, strict=True)
    ]
    print_ = fingerprint(book, projection)
    notebook.metadata["d2l"] = {
        "digest": print_.digest, "parts": dict(print_.parts),
        "versions": {"numpy": "2.4.6"}, "device": "cpu", "seconds": 12.34,
        "memory_mib": 300, "metrics": dict(metrics or {}), "date": "2026-11-21",
    }  # fmt: skip
    file = book.config.outputs_dir / backend / f"{docname}.ipynb"
    file.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, file)
    return file


def write_book(root: Path, files: Mapping[str, str] = FILES, config: str = CONFIG) -> Book:
    """Write sources, pictures and bibliography; return the book."""
    for name, content in files.items():
        file = root / "chapters_md" / f"{name}.md"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content, encoding="utf-8")
    (root / "static/img").mkdir(parents=True, exist_ok=True)
    (root / "static/img/broadcast.svg").write_text(BROADCAST, encoding="utf-8")
    (root / "static/d2l.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    (root / "config.ini").write_text(config, encoding="utf-8")
    return books.load(root)


def store_runs(book: Book) -> None:
    """Store a run of every projection of the sample but one: TensorFlow's was never made."""
    plus = {"mxnet": "array([1., 2.])", "pytorch": "tensor([1, 2])", "jax": "Array([1, 2], dtype=int32)"}
    for place, backend in enumerate(plus):
        cells: list[list[Any]] = [[result("range(12)")], [text("(12,)\n")], [result(plus[backend])]]
        extra: list[list[Any]] = [[text("careful\n", "stderr")]] if backend == "pytorch" else []
        store(book, backend, "one/ndarray", [*cells, *extra, [text("(2, 6)\n")]])
        plot = shown({"image/svg+xml": PLOT.format(end=150 + place), "text/plain": "<Figure size 350x250>"})
        pixels = shown({"image/png": PIXEL, "text/plain": "<Figure>"})
        error = new_output("error", ename="ValueError", evalue="坏", traceback=["\x1b[31mValueError\x1b[0m: 坏"])
        values = {"acc": 0.831 + 0.004 * place}
        store(book, backend, "two/softmax", [[], [plot, metric("acc", 0.83)], [pixels, error]], values)
    html = new_output("execute_result", data={"text/html": DIRTY, "text/plain": "frame"}, execution_count=1)
    store(book, "base", "one/calculus", [[text("h\n" + "x" * 400 + "\n"), html]], {"limit": 2.0003})


def write_sample(root: Path, config: str = CONFIG) -> Book:
    """Write the whole sample; return the book."""
    book = write_book(root, config=config)
    store_runs(book)
    return book
