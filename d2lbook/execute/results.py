"""The outcome of a run as files for machines: one JSON summary, one JUnit file; the same for a shard of a run.

Both are written whole when the run begins and when it ends. Meanwhile each result is a line appended to a file beside
them, so that a run of n notebooks writes n lines, and one that is killed has left what it did.

JUnit's format is a dozen attributes; Python's own XML writer serves, since the libraries for it only wrap the same.
"""

from __future__ import annotations

import datetime
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from d2lbook.errors import Fault
from d2lbook.execute.measured import Measured
from d2lbook.execute.model import Device, Result, Status
from d2lbook.files import write_whole

_NOT_IN_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Summary(Measured):
    """What is told of one notebook's run."""

    projection: str
    """Name of the projection, ``backend/docname``."""
    status: Status
    forked: bool = False
    fault: Fault | None = None
    before: Measured | None = None
    """What was stored of the notebook before; None: nothing."""


@dataclass(frozen=True, slots=True)
class Report:
    """What is told of a whole run, or of one shard of it."""

    results: tuple[Summary, ...]
    planned: tuple[str, ...] = ()
    """Every projection that was to be run; those without a result were not reached."""
    shard: tuple[int, int] | None = None
    """Place, from 1, and number of shards; None: the whole."""
    plan: str = ""
    """Names the division into shards: reports of one run have it in common."""
    wanted: int = 0
    """How many projections the shards together were to run."""
    tab: str = ""
    """The backend whose projections were chosen from; empty: every one's."""
    forced: bool = False
    """Whether fresh ones were to be run too."""
    device: Device = "cpu"
    """Kind of device that was asked for."""
    date: str = field(default_factory=lambda: datetime.datetime.now(datetime.UTC).date().isoformat())
    """Day of the run, in UTC."""

    @property
    def name(self) -> str:
        """File name without suffix."""
        if not self.shard:
            return "eval"
        return "-".join(("eval", *([self.tab] if self.tab else []), "{}-of-{}".format(*self.shard)))

    @property
    def unreached(self) -> tuple[str, ...]:
        """Planned projections that have no result."""
        done = {result.projection for result in self.results}
        return tuple(key for key in self.planned if key not in done)


def summary(result: Result) -> Summary:
    """Return what is told of one result."""
    return Summary(result.job.projection.key, result.status, result.forked, result.fault, **result.rounded())


def write_report(report: Report, folder: Path) -> Path:
    """Write ``eval.json`` and ``eval.xml`` (of a shard ``eval-jax-1-of-4``) into ``folder``; return the JSON file."""
    write_whole(folder / f"{report.name}.xml", _junit(report), durable=False)
    text = json.dumps(asdict(report), ensure_ascii=False, indent=1)
    path = write_whole(folder / f"{report.name}.json", text + "\n", durable=False)
    appended_to(path).unlink(missing_ok=True)
    return path


def append_result(result: Summary, report: Path) -> None:
    """Append a result to what stands in a report, the JSON file that ``write_report`` returned."""
    with appended_to(report).open("a", encoding="utf-8") as file:
        file.write(json.dumps(asdict(result), ensure_ascii=False) + "\n")


def read_report(path: Path) -> Report:
    """Return a report with what was appended to it; OSError, ValueError, KeyError or TypeError for another file."""
    appended = appended_to(path)
    more = appended.read_text(encoding="utf-8", errors="replace") if appended.is_file() else ""
    read = json.loads(path.read_text(encoding="utf-8"))
    return report_of({**read, "results": [*read["results"], *lines(more)]})


def report_of(read: Mapping[str, Any]) -> Report:
    """Return the report that parsed JSON holds; ValueError, KeyError or TypeError for another thing."""
    shard = (int(read["shard"][0]), int(read["shard"][1])) if read["shard"] else None
    found = {item.projection: item for item in map(_summary, read["results"])}
    results, planned = tuple(found.values()), tuple(read["planned"])
    return Report(**{**read, "results": results, "planned": planned, "shard": shard})


def appended_to(report: Path) -> Path:
    """Return the file of what was appended to a report."""
    return report.with_suffix(".jsonl")


def lines(text: str) -> Iterator[Any]:
    """Yield what was appended; a last line that a killed process has left unfinished is none."""
    yield from (json.loads(line) for line in text.splitlines(keepends=True) if line.endswith("\n"))


def _summary(item: Mapping[str, Any]) -> Summary:
    fault, before = item["fault"], item["before"]
    nested = {"fault": Fault(**fault) if fault else None, "before": Measured(**before) if before else None}
    return Summary(**{**item, **nested})


def _junit(report: Report) -> str:
    """Return the report in JUnit's format: deferred notebooks are skipped, those that were not reached are errors."""
    ordered: Sequence[Summary] = sorted(report.results, key=lambda result: result.projection)
    deferred = sum(result.status == "deferred" for result in ordered)
    bad = sum(result.status not in ("ok", "deferred") for result in ordered)
    numbers = {"tests": len(ordered) + len(report.unreached), "failures": bad, "skipped": deferred}
    numbers["errors"] = len(report.unreached)
    seconds = sum(result.seconds for result in ordered)
    attributes = {name: str(number) for name, number in numbers.items()} | {"time": f"{seconds:.2f}"}
    name = f"d2lbook eval {report.tab}".rstrip() + (" {}/{}".format(*report.shard) if report.shard else "")
    suite = ET.Element("testsuite", {"name": name, **attributes})
    for result in ordered:
        case = _case(suite, result.projection, result.seconds)
        if result.fault:
            kind = "skipped" if result.status == "deferred" else "failure"
            message = ET.SubElement(case, kind, type=result.status, message=_plain(result.fault.message))
            message.text = _plain(str(result.fault))
    for key in report.unreached:
        ET.SubElement(_case(suite, key, 0.0), "error", type="unreached", message="the run ended before it")
    out = io.BytesIO()
    ET.ElementTree(suite).write(out, encoding="utf-8", xml_declaration=True)
    return out.getvalue().decode()


def _plain(text: str) -> str:
    """Return a text without the characters that XML cannot hold."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def _case(suite: ET.Element, key: str, seconds: float) -> ET.Element:
    backend, _, docname = key.partition("/")
    return ET.SubElement(suite, "testcase", classname=backend, name=docname, time=f"{seconds:.2f}")
