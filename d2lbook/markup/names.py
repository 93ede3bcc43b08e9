"""The names of the dialect's marks, and how a parse notes what is wrong."""

from __future__ import annotations

from typing import Any

STRUCTURAL = ("label", "eqlabel", "width", "height", "bibliography")
"""Marks that belong to the block before them."""
REFERENCES = ("numref", "ref", "eqref")
CITATIONS = ("cite", "citet", "citep")
INLINE = (*REFERENCES, *CITATIONS, "value", "class", "func", "mod")
FOLDS = ("tab", "solution", "hint", "predict", "absent")


def report(env: Any, line: int, message: str, text: str = "", mend: str = "") -> None:
    """Note a fault at ``line`` (from 1) in the parse's environment."""
    env.setdefault("d2l_faults", []).append((line, message, text, mend))
