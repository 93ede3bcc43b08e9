"""The backends' processes, shared by this folder's tests, and the line that says how much was compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from ..conftest import chapter_of
from .processes import BACKENDS, Jobs

HERE = Path(__file__).parent
Tally = Callable[..., None]


@pytest.fixture(scope="session")
def jobs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Jobs:
    """The backends' processes; those that the chosen tests need are started at once."""
    items = request.session.items
    jobs = Jobs(tmp_path_factory.mktemp("parity"), {chapter_of(item) for item in items})
    for item in items:
        if item.path.parent == HERE and "jobs" in getattr(item, "fixturenames", ()):
            words = item.callspec.params if hasattr(item, "callspec") else {}
            name = item.name.partition("[")[0]
            job = "import" if "importing" in name else words.get("docname", "cases")
            for backend in [words["backend"]] if "backend" in words else BACKENDS:
                jobs.start(job, backend)
    return jobs


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """Note what a test compared, for the last line: ``tally(function='relu', comparisons=3)``."""

    def note(**what: object) -> None:
        for key, value in what.items():
            record_property(f"parity {key}", value)

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many functions and models were compared how often, and how many planted faults were caught."""
    sums: Counter[str] = Counter()
    names: dict[str, set[str]] = {}
    seconds = 0.0
    for key in ("passed", "failed", "error"):
        for report in terminalreporter.getreports(key):
            if HERE.name in Path(report.nodeid.partition("::")[0]).parts:
                seconds += report.duration
                for what, value in report.user_properties if key == "passed" and report.when == "call" else ():
                    kind = what.removeprefix("parity ")
                    if isinstance(value, str):
                        names.setdefault(kind, set()).add(value)
                    else:
                        sums[kind] += value
    if names or sums:
        what = ", ".join(f"{len(found)} {kind}s" for kind, found in sorted(names.items())) or "no backend"
        counts = f"{sums['comparisons']} comparisons, {sums['planted']} planted faults caught"
        terminalreporter.write_line(f"parity: {what}; {counts}; {seconds:.0f} s")
