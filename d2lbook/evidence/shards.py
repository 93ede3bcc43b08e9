"""Shards: a run divided among machines that know nothing of each other, by times recorded in the store.

Every shard computes the same division from the same checkout; together they are the whole. The division is written down
once made, so that a shard that was killed goes on with its own share.
"""

from __future__ import annotations

import hashlib
import json
import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.errors import UsageError
from d2lbook.evidence import store
from d2lbook.evidence.digest import fingerprint
from d2lbook.execute.host import START, UNKNOWN
from d2lbook.execute.packing import pack
from d2lbook.files import write_whole


@dataclass(frozen=True, slots=True)
class Share:
    """One shard's part of a run."""

    place: int
    """Number of this shard, from 1."""
    number: int
    """Number of shards."""
    plan: str
    """Names the division: the same for all shards of one run."""
    keys: tuple[str, ...]
    """Projections to run, those included that this shard has run already."""
    wanted: int
    """How many projections the shards together were to run."""


def read_shard(text: str) -> tuple[int, int]:
    """Return place and number from ``2/4``; UsageError for anything else."""
    found = re.fullmatch(r"(\d+)/(\d+)", text.strip())
    if not found or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"--shard {text!r}: write it as 2/4, the second of four")
    return int(found[1]), int(found[2])


def share_of(
    book: Book, states: Sequence[store.State], shard: tuple[int, int], force: bool = False, device: str = "cpu"
) -> Share:
    """Return what a shard runs of the projections whose states are given: those not fresh (all if ``force``)."""
    place, number = shard
    keys = [state.projection.key for state in states]
    prints = [fingerprint(book, state.projection).digest for state in states]
    text = json.dumps([number, force, device, sorted(zip(keys, prints, strict=True))])
    plan = hashlib.sha256(text.encode()).hexdigest()[:12]
    path = book.config.output_dir / "results" / f"plan-{plan}.json"
    division = _read(path)
    if division is None:
        wanted = [state.projection for state in states if force or state.state != "fresh"]
        division = pack(weights(book, wanted), number)
        write_whole(path, json.dumps(division, indent=1) + "\n")
    return Share(place, number, plan, tuple(division[place - 1]), sum(map(len, division)))


def _read(path: Path) -> tuple[tuple[str, ...], ...] | None:
    try:
        return tuple(tuple(map(str, share)) for share in json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def weights(book: Book, wanted: Sequence[Projection]) -> Mapping[str, float]:
    """Return the seconds that runs should take, by key: their own last time, their section's mean, the book's median.

    The start of a kernel is counted in.
    """
    times = {item.key: stored.seconds for item in book.projections() if (stored := store.load(book, item))}
    usual = statistics.median(times.values()) if times else UNKNOWN

    section_of = book.by_name

    def seconds(projection: Projection) -> float:
        if projection.key in times:
            return times[projection.key]
        others = [times[item.key] for item in book.projections(section_of[projection.docname]) if item.key in times]
        return statistics.mean(others) if others else usual

    return {item.key: START + seconds(item) for item in wanted}
