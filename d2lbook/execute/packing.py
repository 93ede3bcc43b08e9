"""Spreads weights over shares, longest first: for slots of a machine and for shards of a CI matrix."""

from __future__ import annotations

import heapq
from collections.abc import Mapping


def pack(weights: Mapping[str, float], shares: int) -> tuple[tuple[str, ...], ...]:
    """Return names share by share, each given to the lightest so far, heaviest first; the same for equal input.

    The heaviest share weighs at most 4/3 of the best packing's (Graham's bound for longest-first). ValueError for
    fewer than one share.
    """
    if shares < 1:
        raise ValueError(f"{shares} shares")
    heap = [(0.0, share) for share in range(shares)]
    packed: list[list[str]] = [[] for _ in range(shares)]
    for name in sorted(weights, key=lambda name: (-weights[name], name)):
        weight, share = heapq.heappop(heap)
        packed[share].append(name)
        heapq.heappush(heap, (weight + weights[name], share))
    return tuple(map(tuple, packed))
