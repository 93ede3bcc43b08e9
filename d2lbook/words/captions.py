"""Words that the engine itself writes into pages, papers and notebooks."""

from __future__ import annotations

FOLDS = {"solution": "答案", "hint": "提示"}
"""Heads of what a reader opens, by kind."""
ASIDES = {"predict": "先猜一猜", "pitfall": "常见故障", "today": "今天怎么用"}
"""Heads of what is set apart, by kind."""
PREPARATION = "准备："
"""Before the name of code that is folded."""
IMPORTS = "导入"
"""The name of folded code that only imports."""
REVEAL = "看结果"
"""On what shows the answer to a prediction."""
STARS = {1: "约十分钟", 2: "约半小时", 3: "约一个晚上"}
"""What the marks of an exercise's difficulty mean."""
STREAMS = {"stderr": "标准错误", "error": "出错信息"}
"""Labels of a cell's text outputs, of those that need one."""
REFERENCES = "参考文献"
"""Head of a list of what was cited."""
DRAWN = "上面代码画出的图"
"""What a drawing is called where it has no words of its own."""
