"""A section's runs under several seeds, as ``static/results/seeds`` holds them.

A file holds ``metrics`` (backend, metric, values run by run) and ``runs`` (backend: the digest of the code that was
run, the seeds, machine, versions and date). What has no digest, or another than the section's, is stale.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from d2lbook.book.book import Book
from d2lbook.book.config import Config
from d2lbook.book.projection import Projection
from d2lbook.errors import Fault
from d2lbook.evidence.digest import fingerprint
from d2lbook.evidence.store import FreshnessState
from d2lbook.files import write_whole
from d2lbook.markup.model import Expect, Section

Runs = tuple[Mapping[str, float], ...]
"""The metrics of each run, in the order of the seeds."""
_KNOWN = ("digest", "device", "machine", "threads", "versions", "date")
_LIST = re.compile(r"\[\s+([^\[\]{}]*?)\s+\]")


@dataclass(frozen=True, slots=True)
class Seeded:
    """One backend's runs of a section under several seeds."""

    metrics: Mapping[str, tuple[float, ...]]
    """Values run by run."""
    digest: str = ""
    """Digest of the code that ran; empty: not known."""
    seeds: tuple[int, ...] = ()
    """Numbers of the runs; 0 is the section as it stands."""
    device: str = ""
    machine: str = ""
    """Processor and how many of them."""
    threads: int = 0
    """Number of threads that each run's libraries had; 0: not known."""
    versions: Mapping[str, str] = field(default_factory=dict)
    date: str = ""

    @property
    def runs(self) -> Runs:
        """The metrics run by run; one that some runs lack is left out."""
        count = max((len(values) for values in self.metrics.values()), default=0)
        whole = {name: values for name, values in self.metrics.items() if len(values) == count}
        return tuple({name: float(values[place]) for name, values in whole.items()} for place in range(count))


@dataclass(frozen=True, slots=True)
class SeedState:
    """Whether a section's runs under several seeds are of its code."""

    key: str
    """``backend/docname``."""
    state: FreshnessState
    why: str = ""
    quoted: bool = False
    """The section's prose or claims read them."""


def file_of(config: Config, docname: str) -> Path:
    """Return where a section's runs are noted."""
    return config.results_dir / "seeds" / f"{docname}.json"


def read(config: Config, docname: str) -> dict[str, Seeded]:
    """Return a section's runs by backend; none if there is no file, or it holds no runs of whole sections."""
    try:
        return read_file(file_of(config, docname))
    except (OSError, ValueError):
        return {}


def read_file(path: Path) -> dict[str, Seeded]:
    """Return the runs that a file notes, by backend; OSError or ValueError if it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        about = found.get("runs", {})
        return {name: _seeded(metrics, about.get(name, {})) for name, metrics in found["metrics"].items()}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError(f"this tells of no runs under several seeds ({error})") from None


def _seeded(metrics: Mapping[str, Any], about: Mapping[str, Any]) -> Seeded:
    values = {name: tuple(map(float, found)) for name, found in metrics.items()}
    known = {
        name: about[name] for name in ("digest", "device", "machine", "threads", "versions", "date") if name in about
    }
    return Seeded(values, seeds=tuple(about.get("seeds", ())), **known)


def read_runs(config: Config, docname: str) -> dict[str, Runs]:
    """Return the metrics of a section's runs, by backend."""
    return {name: seeded.runs for name, seeded in read(config, docname).items()}


def write(config: Config, docname: str, found: Mapping[str, Seeded]) -> Path:
    """Note a section's runs, all backends'; return the file."""
    about = {}
    for name, seeded in found.items():
        facts = asdict(seeded)
        del facts["metrics"]
        about[name] = {key: value for key, value in facts.items() if value}
    kept = {name: dict(seeded.metrics) for name, seeded in found.items()}
    text = json.dumps({"metrics": kept, "runs": about}, ensure_ascii=False, indent=1, sort_keys=True)
    text = _LIST.sub(lambda match: f"[{' '.join(match[1].split())}]", text)
    return write_whole(file_of(config, docname), text + "\n")


def quotes(section: Section) -> bool:
    """Tell whether a section's prose or claims read runs under several seeds."""
    values = (role.value for prose in section.prose for role in prose.roles if role.name == "value")
    claims = (claim.text for block in section.walk() if isinstance(block, Expect) for claim in block.claims)
    return any("@" in text for text in (*values, *claims))


def states(book: Book) -> Iterator[SeedState]:
    """Yield the state of each backend's runs, of the sections that have some or whose text reads some."""
    for section in book.sections:
        found, quoted = read(book.config, section.docname), quotes(section)
        if not (found or quoted):
            continue
        for projection in book.projections(section):
            yield state_of(book, projection, found.get(projection.backend), quoted)


def state_of(book: Book, projection: Projection, seeded: Seeded | None, quoted: bool = False) -> SeedState:
    """Return the state of one backend's runs."""
    if seeded is None:
        return SeedState(projection.key, "missing", "never run", quoted)
    if not seeded.digest:
        return SeedState(projection.key, "stale", "what ran is not known", quoted)
    if seeded.digest != fingerprint(book, projection).digest:
        return SeedState(projection.key, "stale", "the code or its versions have changed", quoted)
    return SeedState(projection.key, "fresh", "", quoted)


def files(book: Book) -> tuple[Path, ...]:
    """Return all files of runs under several seeds."""
    folder = book.config.results_dir / "seeds"
    return tuple(sorted(folder.rglob("*.json"))) if folder.is_dir() else ()


def seed_faults(book: Book) -> Iterator[Fault]:
    """Yield a warning for runs that prose reads and that are of other code, or were never made."""
    found: dict[str, list[str]] = {}
    for item in states(book):
        if item.quoted and item.state != "fresh":
            backend, _, docname = item.key.partition("/")
            found.setdefault(docname, []).append(f"{backend} {item.state}")
    for docname, told in found.items():
        message = "it quotes runs under several seeds that are not of its code"
        fix = f"run: d2lbook seeds {docname}"
        yield Fault(book.section(docname).path, 0, message, ", ".join(told), fix, "warning")
