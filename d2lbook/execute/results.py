"""The outcome of a run as files for machines: one JSON summary, one JUnit file.

JUnit's format is a dozen attributes; Python's own XML writer serves, since the libraries for it only wrap the same.
"""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from d2lbook.execute.model import Result


def summary(result: Result) -> dict[str, Any]:
    """Return what is told of one result."""
    return {
        "projection": result.job.projection.key,
        "status": result.status,
        "seconds": round(result.seconds, 2),
        "memory_mib": round(result.memory_mib),
        "device": result.device,
        "forked": result.forked,
        "versions": dict(result.versions),
        "metrics": dict(result.run.metrics),
        "fault": str(result.fault) if result.fault else None,
    }


def write_results(results: Sequence[Result], folder: Path) -> None:
    """Write ``eval.json`` and ``eval.xml`` into ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    ordered = sorted(results, key=lambda result: result.job.projection.key)
    text = json.dumps([summary(result) for result in ordered], ensure_ascii=False, indent=1)
    (folder / "eval.json").write_text(text + "\n", encoding="utf-8")
    bad = sum(not result.good for result in ordered)
    seconds = sum(result.seconds for result in ordered)
    suite = ET.Element(
        "testsuite", name="d2lbook eval", tests=str(len(ordered)), failures=str(bad), time=f"{seconds:.2f}"
    )
    for result in ordered:
        projection = result.job.projection
        attributes = {"classname": projection.backend, "name": projection.docname, "time": f"{result.seconds:.2f}"}
        case = ET.SubElement(suite, "testcase", attributes)
        if result.fault:
            ET.SubElement(case, "failure", type=result.status, message=result.fault.message).text = str(result.fault)
    ET.ElementTree(suite).write(folder / "eval.xml", encoding="utf-8", xml_declaration=True)
