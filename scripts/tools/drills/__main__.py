"""All drills at their full size, one after the other: ``python -m scripts.tools.drills [--seed S] [DRILL …]``.

Each prints what it counted, then how many seconds of processor it took; the exit code is 1 if one found a fault. They
take about half an hour of one processor that is free; ``nice`` them where others work.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time

SIZE = ("--kills", "100", "--interrupts", "50")
DRILLS = {
    "forged": ("forged",),
    "hostile": ("hostile",),
    "lib": ("interruptions", "lib", *SIZE),
    "merge": ("interruptions", "merge", *SIZE),
    "zip": ("interruptions", "zip", *SIZE),
    "mutations": ("mutations", "--sections", "0", "--site", "1000", "--parts", "60", "--jobs", "1"),
    "html": ("interruptions", "html", *SIZE),
    "eval": ("kills", "--points", "100", *SIZE),
    "pdf": ("interruptions", "pdf", *SIZE),
}
"""What each runs, the cheapest first."""


def main() -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("drills", nargs="*", metavar="DRILL", help=f"of {', '.join(DRILLS)} (default: all)")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    wrong = 0
    for name in given.drills or DRILLS:
        module, *words = DRILLS[name]
        seed = [] if module in ("forged", "hostile") else ["--seed", str(given.seed)]
        began, before = time.monotonic(), os.times()
        ended = subprocess.run([sys.executable, "-m", f"scripts.tools.drills.{module}", *words, *seed], check=False)
        used = sum(os.times()[2:4]) - sum(before[2:4])
        print(f"{name}: exit {ended.returncode}, {time.monotonic() - began:.0f} s, {used:.0f} of processor", flush=True)
        wrong += ended.returncode != 0
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
