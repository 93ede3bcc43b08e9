"""Draw the book's schematic pictures: ``python -m scripts.figures [NAME…]`` writes ``static/img/NAME.svg``."""

from __future__ import annotations

import importlib
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path

import scripts.figures
from scripts.figures import style

FOLDER = Path(__file__).resolve().parents[2] / "static" / "img"


def figures() -> dict[str, Callable[[], style.Canvas]]:
    """Import every module of this package and return the pictures that they register, by name."""
    for module in pkgutil.iter_modules(scripts.figures.__path__):
        if module.name not in {"style", "__main__"}:
            importlib.import_module(f"scripts.figures.{module.name}")
    return style.registered()


def main(names: list[str]) -> int:
    """Draw the pictures named, or all; return 2 for a name that nobody draws."""
    known = figures()
    if unknown := sorted(set(names) - known.keys()):
        print(f"no such picture: {', '.join(unknown)}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in names or known:
        (FOLDER / f"{name}.svg").write_text(known[name]().svg(), encoding="utf-8")
    print(f"{len(names or known)} pictures in static/img")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
