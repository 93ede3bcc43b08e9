"""What came from another machine is held to a form before it is believed: types, limits, no links, no devices.

A shard of a matrix has run the code of a change; what it leaves may be forged. jsonschema checks each field (it is kept
up, and comes with nbformat anyway); a file is read only if it is one, lies in the shard's own folder, and is no larger
than such files are.
"""

from __future__ import annotations

import functools
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from d2lbook.book.places import is_below
from d2lbook.book.projection import Projection
from d2lbook.errors import Fault, Severity
from d2lbook.execute.notebook import METRIC
from d2lbook.execute.results import Report, Summary, appended_to, report_of

LARGEST = 64 * 2**20
"""Bytes that are read of a file at most."""
_LOT = 1e9
_KEY = {"type": "string", "pattern": r"^[\w.+-]+(/[\w+-][\w.+-]*)+$", "maxLength": 300}
_WORD = {"type": "string", "maxLength": 200, "pattern": r"^[^\x00-\x1f\x7f]*$"}
_PROSE = {"type": "string", "maxLength": 20_000}
_DATE = {"type": "string", "pattern": r"^(\d{4}-\d{2}-\d{2})?$"}
_AMOUNT = {"type": "number", "minimum": 0, "maximum": _LOT}
_COUNT = {"type": "integer", "minimum": 0, "maximum": 1_000_000}
_STATUSES = (
    *("ok", "failed", "timeout", "memory", "output", "died"),
    *("stopped", "empty", "deferred", "lost", "refused"),
)
_MEASURED: dict[str, Any] = {
    "seconds": _AMOUNT,
    "memory_mib": _AMOUNT,
    "device": _WORD,
    "device_mib": _AMOUNT,
    "threads": _COUNT,
    "versions": {"type": "object", "maxProperties": 200, "propertyNames": _WORD, "additionalProperties": _WORD},
    "metrics": {
        "type": "object", "maxProperties": 2000, "propertyNames": _WORD, "additionalProperties": {"type": "number"}
    },
    "date": _DATE,
}  # fmt: skip


def _object(fields: Mapping[str, Any], needed: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"type": "object", "properties": dict(fields), "required": list(needed), "additionalProperties": False}


_FAULT = {"path": _PROSE, "line": _COUNT, "message": _PROSE, "text": _PROSE, "fix": _PROSE}
_FAULT |= {"severity": {"enum": ["error", "warning"]}}
_SUMMARY = {
    **_MEASURED,
    "projection": _KEY,
    "status": {"enum": list(_STATUSES)},
    "forked": {"type": "boolean"},
    "fault": {"anyOf": [{"type": "null"}, _object(_FAULT, ("path", "line", "message"))]},
    "before": {"anyOf": [{"type": "null"}, _object(_MEASURED)]},
}
SUMMARY = _object(_SUMMARY, ("projection", "status", "fault", "before"))
_SHARD = {"type": "array", "items": {"type": "integer", "minimum": 1, "maximum": 1000}, "minItems": 2, "maxItems": 2}
REPORT = _object(
    {
        "results": {
            "type": "array", "maxItems": 20_000, "items": SUMMARY
        },
        "planned": {"type": "array", "maxItems": 20_000, "items": _KEY},
        "shard": {"anyOf": [{"type": "null"}, _SHARD]},
        "plan": _WORD,
        "wanted": _COUNT,
        "tab": _WORD,
        "forced": {"type": "boolean"},
        "device": _WORD,
        "date": _DATE,
    },
    ("results", "planned", "shard"),
)  # fmt: skip
DEVICE_RUN = _object({**_MEASURED, "projection": _KEY, "digest": _WORD}, ("projection", "digest"))
_TEXT = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}
_DATA = {"type": "object", "maxProperties": 20, "propertyNames": {"pattern": r"^[\w.+-]+/[\w.+-]+$", "maxLength": 100}}
_OUTPUT = {
    "oneOf": [
        _object({"output_type": {"const": "stream"}, "name": {"enum": ["stdout", "stderr"]}, "text": _TEXT},
                ("output_type", "name", "text")),
        _object({"output_type": {"enum": ["display_data", "execute_result"]}, "data": _DATA,
                 "metadata": {"type": "object", "maxProperties": 20}, "execution_count": {"type": ["integer", "null"]}},
                ("output_type", "data")),
        _object({"output_type": {"const": "error"}, "ename": _WORD, "evalue": _PROSE,
                 "traceback": {"type": "array", "items": _PROSE, "maxItems": 1000}},
                ("output_type", "ename", "evalue", "traceback")),
    ]
}  # fmt: skip
_CELL = {"cell_type": {"const": "code"}, "execution_count": {"type": ["integer", "null"]}, "id": _WORD}
_CELL |= {"metadata": {"type": "object", "maxProperties": 0}, "source": _TEXT}
_CELL |= {"outputs": {"type": "array", "maxItems": 10_000, "items": _OUTPUT}}
_ABOUT = {
    **{name: form for name, form in _MEASURED.items() if name != "device_mib"},
    "digest": _WORD,
    "parts": {"type": "object", "maxProperties": 20_000, "additionalProperties": _WORD},
}
STORED = _object(
    {
        "cells": {"type": "array", "maxItems": 2000, "items": _object(_CELL, ("cell_type", "outputs", "source"))},
        "metadata": _object({"d2l": _object(_ABOUT, tuple(_ABOUT))}, ("d2l",)),
        "nbformat": {"const": 4},
        "nbformat_minor": {"const": 5},
    },
    ("cells", "metadata", "nbformat", "nbformat_minor"),
)


def read_file(path: Path, folder: Path) -> str:
    """Return the text of a file that another machine left below ``folder``.

    FileNotFoundError if there is none; ValueError for a link, a device, a pipe, for what is too large or no UTF-8.
    """
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or not is_below(folder, path.parent):
        raise ValueError(f"{path.name} is no file of its own")
    if found.st_size > LARGEST:
        raise ValueError(f"{path.name} has {found.st_size} bytes, more than {LARGEST}")
    handle = os.open(path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(handle, "rb") as file:
        return file.read(LARGEST).decode("utf-8")


def held_to(schema: Mapping[str, Any], text: str) -> Any:
    """Return what a text in JSON says, if it has the form of ``schema``; ValueError with what is wrong, otherwise."""
    try:
        found = json.loads(text, parse_constant=_no_number)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    error = next(_validator(id(schema)).iter_errors(found), None)
    if error is not None:
        where = "/".join(str(part) for part in error.absolute_path)
        raise ValueError(f"{where or 'it'} has not the form that it should have ({error.validator})")
    return found


_SCHEMAS = {id(schema): schema for schema in (REPORT, SUMMARY, DEVICE_RUN, STORED)}


@functools.cache
def _validator(schema: int) -> Any:
    import jsonschema

    return jsonschema.Draft202012Validator(_SCHEMAS[schema])


def _no_number(word: str) -> float:
    raise ValueError(f"{word} is no number")


def read_report(path: Path, folder: Path) -> Report:
    """Return a report that another machine left; OSError or ValueError for what is none."""
    read = held_to(REPORT, read_file(path, folder))
    if appended_to(path).is_symlink() or appended_to(path).exists():
        more = read_file(appended_to(path), folder).splitlines(keepends=True)
        results = [held_to(SUMMARY, line) for line in more if line.endswith("\n")]
        later = {result["projection"] for result in results}
        read["results"] = [item for item in read["results"] if item["projection"] not in later] + results
    report = report_of(read)
    if report.shard and report.shard[0] > report.shard[1]:
        raise ValueError("shard has a place beyond its number")
    if len(report.results) < len(read["results"]) or len(set(report.planned)) < len(report.planned):
        raise ValueError("a notebook is there twice")
    return report


def told(projection: Projection, result: Summary) -> Summary:
    """Return a result whose fault says what its status does, at a place of this book."""
    given = result.fault
    if result.status == "ok":
        return replace(result, fault=None)
    if given is None or not given.message.strip():
        fault = Fault(projection.path, 1, f"{projection.key}: it ended as {result.status}, and says no more")
    else:
        line = given.line if given.path == projection.path else 1
        fault = replace(given, path=projection.path, line=max(1, line))
    severity: Severity = "warning" if result.status == "deferred" else "error"
    return replace(result, fault=replace(fault, severity=severity))


def recorded(outputs: tuple[tuple[Mapping[str, Any], ...], ...]) -> dict[str, float]:
    """Return the metrics that stored outputs carry; ValueError if one is no number."""
    found: dict[str, float] = {}
    for output in (output for cell in outputs for output in cell):
        if metric := output.get("data", {}).get(METRIC):
            try:
                found[str(metric["name"])] = float(metric["value"])
            except (KeyError, TypeError, ValueError):
                raise ValueError("a recorded metric is no number") from None
    return found
