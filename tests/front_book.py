"""A small book whose chapters open with a question and a drawing, and whose runs have stored plots of a loss."""

from __future__ import annotations

from pathlib import Path

from d2lbook.book.book import Book

from .conftest import CONFIG
from .site_book import metric, shown, store, text, write_book

INDEX = """\
# 小书

同一套讲解，四个后端。

```{.python .input}
#@tab mxnet
import a
w.attach()
w.grad
```

```{.python .input}
#@tab pytorch
import b
w.backward()
w.grad
```

```toc
:maxdepth: 2
:numbered:

one/index
```
"""
CHAPTER = """\
# 走路
:label:`chap_one`

> 怎样走得又快又稳？

![](../../static/img/broadcast.svg)

这一章教走路，从第一步教到第一百步，一步也不漏，所以这一段有四十个字以上那么长。

```toc
walk
rest
```
"""
WALK = """\
# 走一步
:label:`sec_walk`

先读：没有。约需25分钟。

左脚先动，还是右脚先动？后面再说$x_1$。

```{.python .input}
#@tab mxnet, pytorch, tensorflow, jax
# 训练
walk()
```

损失是:value:`loss:.2f`。

```{.expect}
loss < 1
0 < loss
```
"""
REST = "# 歇一歇\n:label:`sec_rest`\n\n不需要读过什么。约需5分钟。\n\n累了就坐下，不要硬撑。\n"
FRONT = CONFIG.replace(
    "source_dir = chapters_md\n",
    "source_dir = chapters_md\nfront_curves = one/walk\neditions = zh_CN, zh_Hant\n",
)
PLOT = """\
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="300" height="200">
<g>{across}</g><g>{down}</g>
<path d="M 50 20 L 150 20" clip-path="url(#a)" style="fill: none; stroke: #737373"/>
<path d="M 50 60 L 100 60 L 150 60" clip-path="url(#a)" style="fill: none; stroke: #9c7410"/>
<path d="M 50 20 L 100 {middle} L 150 140" clip-path="url(#a)" style="fill: none; stroke: #14808f; stroke-width: 1.8"/>
<text style="font-size: 9px; fill: #9c7410" x="160" y="60">准确率</text>
<text style="font-size: 9px; fill: #14808f" x="160" y="140">训练损失</text></svg>
"""
TICK = '<g><g><use xlink:href="#t" x="{x}" y="{y}"/></g><g><text x="{x}" y="{y}">{label}</text></g></g>'


def plot(middle: int) -> str:
    """Return a plot as matplotlib stores it: epochs 1 to 3 across, a loss of 1.2 at y = 20 and of 0 at y = 170."""
    across = "".join(TICK.format(x=50 * epoch, y=180, label=epoch) for epoch in (1, 2, 3))
    down = "".join(TICK.format(x=40, y=170 - 125 * value, label=f"{value:.1f}") for value in (0.0, 0.4, 0.8))
    return PLOT.format(across=across, down=down, middle=middle)


def write_front(root: Path) -> Book:
    """Write the book and a run of its section in three of four backends; return it."""
    files = {"index": INDEX, "one/index": CHAPTER, "one/walk": WALK, "one/rest": REST}
    book = write_book(root, files, FRONT)
    for place, backend in enumerate(("mxnet", "pytorch", "jax")):
        drawn = shown({"image/svg+xml": plot(95 - 20 * place), "text/plain": "<Figure>"})
        store(book, backend, "one/walk", [[text("走\n"), drawn, metric("loss", 0.24)]], {"loss": 0.24})
    return book
