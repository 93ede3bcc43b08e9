"""Numbers that the PDF printed, read back from LaTeX's ``.aux`` file, to compare them with the book's own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

_LABEL = re.compile(r"\\newlabel\{([^{}]+)\}\{\{((?:[^{}]|\{[^{}]*\})*)\}\{(\d+)\}")


def printed_name(name: str) -> str:
    """Return a name as Sphinx writes it into LaTeX: in ASCII."""
    return name.encode("ascii", "backslashreplace").decode("ascii").replace("\\", "_")


def printed_numbers(aux: Path) -> Mapping[str, str]:
    """Return number by name (``docname:id``) for every label of an ``.aux`` file."""
    text = aux.read_text(encoding="utf-8") if aux.is_file() else ""
    return {name: number.strip("{}").removeprefix(r"\relax ") for name, number, _ in _LABEL.findall(text)}
