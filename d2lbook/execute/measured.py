"""What is known of one run: the facts that results, summaries, stored runs, devices' runs and rows have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What was measured of one run."""

    seconds: float = 0.0
    """Seconds from the first cell's start to the last one's end; starting the kernel doesn't count."""
    memory_mib: float = 0.0
    """Largest resident memory of the kernel's processes, in MiB; that of the machine, not of a GPU."""
    device: str = "cpu"
    """``cpu``, or the name of the GPUs that it ran on, with their number if there are several."""
    device_mib: float = 0.0
    """Largest memory taken of its GPUs together, in MiB; what a framework holds back for itself counts."""
    threads: int = 0
    """Number of threads that its libraries had, on which the order of sums depends; 0: not known."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Versions of the backend's packages."""
    metrics: Mapping[str, float] = field(default_factory=dict)
    """Recorded numbers, by name."""
    date: str = ""
    """Day of the run in UTC, such as ``2026-11-21``; empty until it is kept."""

    @property
    def measured(self) -> Measured:
        """These facts alone."""
        return Measured(**{item.name: getattr(self, item.name) for item in fields(Measured)})

    def rounded(self, date: str = "") -> dict[str, Any]:
        """Return the facts as they are written down: times to a hundredth, memory to a MiB, names in order."""
        facts = asdict(self.measured)
        facts |= {"seconds": round(self.seconds, 2), "memory_mib": round(self.memory_mib)}
        facts |= {"device_mib": round(self.device_mib), "versions": dict(sorted(self.versions.items()))}
        return facts | ({"date": date} if date else {})
