"""Words that the engine itself writes into pages, papers and notebooks."""

from __future__ import annotations

FOLDS = {"solution": "答案", "hint": "提示", "predict": "先猜一猜"}
ASIDES = {"pitfall": "常见故障", "today": "今天怎么用"}
"""Heads of what a reader opens, by kind."""
STREAMS = {"stderr": "标准错误", "error": "出错信息"}
"""Labels of a cell's text outputs, of those that need one."""
REFERENCES = "参考文献"
"""Head of a list of what was cited."""
