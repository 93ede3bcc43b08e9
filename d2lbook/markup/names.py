"""The names of the dialect's marks, and how a parse notes what is wrong."""

from __future__ import annotations

import re
from typing import Any

STRUCTURAL = ("label", "eqlabel", "width", "height", "moving", "bibliography")
"""Marks that belong to the block before them."""
REFERENCES = ("numref", "ref", "eqref")
CITATIONS = ("cite", "citet", "citep")
INLINE = (*REFERENCES, *CITATIONS, "value", "class", "func", "mod")
TITLED = ("pitfall", "today")
"""Blocks whose mark holds a title; that of the others names tabs."""
PLACES = ("site", "offsite")
"""Kinds of blocks that stand on the site only, or everywhere but there."""
FOLDS = ("tab", "solution", "hint", "predict", "absent", *TITLED, *PLACES)
EXERCISE = re.compile(r"(推导|编程|判断|项目)·(★{1,3})")
"""How the bold words begin that open an exercise: its kind and its difficulty."""


def report(env: Any, line: int, message: str, text: str = "", fix: str = "") -> None:
    """Note a fault of prose at ``line`` (from 1) in the parse's environment."""
    env.setdefault("d2l_faults", []).append((line, message, text, fix))


def report_code(env: Any, line: int, message: str, text: str = "", fix: str = "") -> None:
    """Note a fault, at ``line`` (from 1), of a cell or of what says where cells begin, end and belong."""
    env.setdefault("d2l_code_faults", []).append((line, message, text, fix))
