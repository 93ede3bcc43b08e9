"""Runs a section's cells in a backend's own environment and writes which names of the library were entered.

``python -m tests.parity.entered CELLS.json NAMES.json``; cells run as in a notebook, magics included.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from inspect import CO_OPTIMIZED
from pathlib import Path
from types import FrameType
from typing import Any

LIBRARY = str(Path(__file__).resolve().parents[2] / "d2l")


def run(cells: list[str]) -> list[str]:
    """Run the cells and return the library's functions and classes that were entered, hand-written ones left out."""
    import_module("matplotlib").use("Agg")
    shell = import_module("IPython.core.interactiveshell").InteractiveShell.instance()
    entered: set[str] = set()

    def watch(frame: FrameType, event: str, argument: Any) -> None:
        code = frame.f_code
        ours = code.co_filename.startswith(LIBRARY) and "/support/" not in code.co_filename
        if event == "call" and ours and code.co_flags & CO_OPTIMIZED:  # a function, not a class's body being read
            entered.add(code.co_qualname.partition(".")[0])

    for cell in cells:
        sys.setprofile(watch)
        result = shell.run_cell(cell)
        sys.setprofile(None)
        result.raise_error()
    return sorted(name for name in entered if not name.startswith("<"))


if __name__ == "__main__":
    names = run(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    Path(sys.argv[2]).write_text(json.dumps(names), encoding="utf-8")
