"""A small book with the blocks of the dialect in use, their stored runs, and runs under several seeds."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from d2lbook.book.book import Book

from .conftest import CONFIG
from .site_book import metric, store, text, write_book

BLOCKS = """\
# 各种块
:label:`sec_blocks`

多跑几次，差距的均值是:value:`acc - base @ seeds mean:.1%`。

:begin_tab:`jax`
这里的均值是:value:`acc - base @ seeds mean:.1%`。
:end_tab:

```{.python .input}
#@tab all
# fold: 读取数据
data = [1, 2, 3]
print(len(data))
```

:begin_predict:
打印哪个数？
:end_predict:

```{.python .input}
#@tab pytorch
print('火炬', sum(data))
d2l.record('acc', 0.8)
```

```{.python .input}
#@tab jax
print('雅克斯', sum(data))
```

:begin_pitfall:`把$x$当成*行*`
症状是形状不对。

```{.python .input}
#@tab all
print('错的')
```

修好它：

:begin_tab:`jax`
用`vmap`。
:end_tab:
:end_pitfall:

:begin_today:
:begin_tab:`pytorch`
调用`nn.Linear`。
:end_tab:
:begin_tab:`jax`
调用`nnx.Linear`。
:end_tab:
:end_today:

## 练习

1. **推导·★。**求和[^n]。

:begin_hint:
两两相加。
:end_hint:

:begin_solution:
得六。

```{.python .input}
#@tab all
print(sum(data))
```
:end_solution:

2. **编程·★★（回看:numref:`sec_blocks`）。**再求一次。

:begin_solution:
还是六。
:end_solution:

[^n]: 逐个相加。
"""

TWO = re.sub(r"\[backend-(mxnet|tensorflow)\]\n(.+\n)+", "", CONFIG.replace("mxnet, pytorch, tensorflow", "pytorch"))
FILES = {"index": "# 小书\n\n```toc\n:numbered:\none/index\n```\n", "one/index": "# 第一章\n\n```toc\nblocks\n```\n"}
SEEDS = {"pytorch": {"acc": [0.8, 0.9], "base": [0.7, 0.85]}, "jax": {"acc": [0.7, 0.8], "base": [0.6, 0.6]}}


def write_blocks(root: Path, section: str = BLOCKS) -> Book:
    """Write the book with its runs; return it."""
    book = write_book(root, {**FILES, "one/blocks": section}, TWO)
    (root / "static/d2l.bib").write_text("", encoding="utf-8")
    file = root / "static/results/seeds/one/blocks.json"
    file.parent.mkdir(parents=True)
    file.write_text(json.dumps({"metrics": SEEDS}), encoding="utf-8")
    if section == BLOCKS:
        for backend, name in (("pytorch", "火炬"), ("jax", "雅克斯")):
            outputs: list[list[Any]] = [[text("3\n")], [text(f"{name} 6\n")], [text("错的\n")], [text("6\n")]]
            outputs[1].append(metric("acc", 0.8))
            store(book, backend, "one/blocks", outputs, {"acc": 0.8, "base": 0.7})
    return book
