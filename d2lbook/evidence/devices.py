"""Runs on other devices than the canonical one: what they measured, without their outputs.

``static/outputs`` holds the run that pages show, made on the CPU (on GPUs where the section itself asks for them). A
run of the same code on another device leaves its metrics, seconds, memory and versions under
``static/results/<device>/<backend>/<chapter>/<section>.json``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from d2lbook.book.book import Book
from d2lbook.book.config import BASE
from d2lbook.book.projection import Projection
from d2lbook.evidence.digest import fingerprint, lock_versions
from d2lbook.evidence.distrust import DEVICE_RUN, held_to
from d2lbook.evidence.store import FreshnessState, State, today
from d2lbook.execute.measured import Measured
from d2lbook.execute.model import Device, Result
from d2lbook.files import write_whole

CPU: Final = "cpu"
GPU: Final = "gpu"


@dataclass(frozen=True, slots=True)
class DeviceRun(Measured):
    """What a run on a device measured."""

    projection: str
    """Name of the projection, ``backend/docname``."""
    digest: str
    """Digest of what it depends on."""


def slug(device: str) -> str:
    """Return a device's name as a folder is called."""
    return re.sub(r"[^a-z0-9]+", "-", device.lower().replace("×", "x")).strip("-") or "device"


def runs_elsewhere(book: Book, projection: Projection, device: Device) -> bool:
    """Tell whether a projection asked for on ``device`` leaves a device's result and no stored outputs.

    So on a GPU what runs on the CPU as a rule, in a backend that has a lock for GPUs.
    """
    return device == GPU and not projection.front.get("gpus") and book.config.lock(projection.backend, "cuda").is_file()


def path_of(results: Path, device: str, key: str) -> Path:
    """Return where a device's run of a projection lies below the folder of results."""
    return results / slug(device) / f"{key}.json"


def save(book: Book, result: Result) -> Path:
    """Note what a good run on a device measured; return the file."""
    projection = result.job.projection
    facts = result.rounded(today()) | {"metrics": dict(sorted(result.metrics.items()))}
    run = DeviceRun(projection.key, fingerprint(book, projection).digest, **facts)
    text = json.dumps(asdict(run), ensure_ascii=False, indent=1)
    return write_whole(path_of(book.config.results_dir, result.device, projection.key), text + "\n")


def read(text: str) -> DeviceRun:
    """Return the run that a file's text tells of; ValueError for another text."""
    try:
        return DeviceRun(**held_to(DEVICE_RUN, text))
    except (TypeError, ValueError) as error:
        raise ValueError(f"this is no run on a device ({error})") from None


def read_file(path: Path) -> DeviceRun:
    """Return the run that a file tells of; OSError or ValueError if it cannot be read."""
    return read(path.read_text(encoding="utf-8"))


def files(book: Book) -> tuple[Path, ...]:
    """Return the files of all devices' runs, in order; some may be of sections that are gone."""
    results = book.config.results_dir
    backends = [BASE, *book.config.backend_names]
    devices = sorted(path for path in results.iterdir() if path.is_dir()) if results.is_dir() else []
    return tuple(path for device in devices for name in backends for path in sorted((device / name).rglob("*.json")))


def states(book: Book, chosen: Iterable[Projection], device: str) -> tuple[State, ...]:
    """Return, of projections that run on a device called ``device``, which runs there are of the code as it is."""
    return tuple(State(item, *_state(book, item, device)) for item in chosen)


def _state(book: Book, projection: Projection, device: str) -> tuple[FreshnessState, tuple[str, ...]]:
    try:
        run = read_file(path_of(book.config.results_dir, device, projection.key))
    except (OSError, ValueError):
        return "missing", (f"never run on {device or 'a GPU'}",)
    if run.digest != fingerprint(book, projection).digest:
        return "stale", ("its code or versions have changed",)
    if others := unpinned(book, run, projection):
        return "stale", tuple(f"ran with {name} {ran}, pinned is {pin}" for name, (ran, pin) in others.items())
    return "fresh", ()


def unpinned(book: Book, run: DeviceRun, projection: Projection) -> dict[str, tuple[str, str]]:
    """Return the packages of a run that were of other versions than the lock's, with both versions.

    A digest tells of the locked versions; a machine may have had others.
    """
    pins = lock_versions(book.config, projection.backend)
    pairs = {name: (run.versions.get(name, ""), pin) for name, pin in pins.items()}
    return {name: (ran, pin) for name, (ran, pin) in pairs.items() if ran and ran != pin}


def adopt(book: Book, projection: Projection, device: str, text: str) -> Path:
    """Take in what another checkout noted of a run; return the file. ValueError unless it is of these sources."""
    run = read(text)
    if run.digest != fingerprint(book, projection).digest or run.projection != projection.key:
        raise ValueError("it was run from other sources")
    return write_whole(path_of(book.config.results_dir, device, projection.key), text)
