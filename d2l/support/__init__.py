"""`d2l`里手写的一角：不属于任何一节、但每一节都可能用到的机件。

`record`把一个数记为本节的指标，`fetch_dataset`按登记表取得数据集。其余的`d2l`由正文的代码块生成，
删去后可以重新生成；只有这个目录不会被生成程序触碰。这里只用标准库，外加取数据时才导入的pooch，
不导入任何深度学习框架。
"""

from __future__ import annotations

from d2l.support.metrics import record
from d2l.support.registry import DatasetUnavailable, fetch_dataset

__all__ = ["DatasetUnavailable", "fetch_dataset", "record"]
