"""指标：把笔记本里算出的数交给正文。

正文引用的每个数都由代码记录，构建时再填进句子，所以文字不会与输出矛盾。只用标准库；
IPython在确有内核时才被用到。
"""

from __future__ import annotations

import math
import sys
from typing import Any

MIME = "application/vnd.d2l.metric+json"
"""指标输出的MIME类型；内容是`{"name": 名字, "value": 浮点数}`。"""


def record(name: str, value: Any) -> None:
    """把`value`记为当前笔记本的指标`name`；读者看不到输出，笔记本之外什么也不做。

    `name`须是Python标识符，因为断言里要直接写它。`value`可以是Python数、NumPy标量或只含一个元素的张量，
    按`float(value)`转换。名字不合法、不是一个数、不是有限数时分别引发`ValueError`、`TypeError`、`ValueError`；
    在笔记本内外一样检查，免得错误到构建时才露面。
    """
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"指标名须是Python标识符，例如'test_acc'；得到{name!r}")
    try:
        number = float(value)
    except (TypeError, ValueError) as error:
        raise TypeError(f"指标{name}须是一个数，得到的{type(value).__name__}不能转换为float：{error}") from error
    if not math.isfinite(number):
        raise ValueError(f"指标{name}须是有限数，得到{number}")
    if _in_kernel():
        from IPython.display import display

        # 空的纯文本让不认识此类型的界面也什么都不显示
        display({MIME: {"name": name, "value": number}, "text/plain": ""}, raw=True)


def _in_kernel() -> bool:
    """判断是否运行在Jupyter内核里（终端中的IPython不算）。"""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and getattr(shell, "kernel", None) is not None
