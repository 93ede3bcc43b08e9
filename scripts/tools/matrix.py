"""The jobs of a workflow's matrix, from ``config.ini`` and ``locks/``: ``python3 scripts/tools/matrix.py shards``.

``shards``: every backend in two parts, and ``base`` in one; ``whole``: each in one; ``newest``: the backends whose
``.in`` file may be compiled without its pins, that is those that are still developed (``newest_python`` in their
section says that one is not). ``cuda`` tells which have a lock for GPUs. Prints ``matrix=JSON``, as a step's output is
written. Needs nothing but Python, so that no environment is made for it.
"""

from __future__ import annotations

import json
import sys
from configparser import ConfigParser
from pathlib import Path

SHARDS = 2
"""Parts of what a backend runs; ``base`` has little."""


def jobs(root: Path, kind: str) -> list[dict[str, object]]:
    """Return the jobs of a kind; KeyError for one that there is not."""
    settings = ConfigParser(interpolation=None)
    settings.read(root / "config.ini", encoding="utf-8")
    tabs = [name.strip() for name in settings["build"]["tabs"].split(",")]
    frozen = {name for name in tabs if settings.has_option(f"backend-{name}", "newest_python")}
    parts = {
        "shards": [*((name, SHARDS) for name in tabs), ("base", 1)],
        "whole": [(name, 1) for name in [*tabs, "base"]],
        "newest": [(name, 1) for name in tabs if name not in frozen],
    }[kind]
    return [
        {"backend": name, "shard": place, "of": count, "cuda": (root / f"locks/{name}-cuda.txt").is_file()}
        for name, count in parts
        for place in range(1, count + 1)
    ]


if __name__ == "__main__":
    print(f"matrix={json.dumps({'include': jobs(Path(__file__).resolve().parents[2], sys.argv[1])})}")
