"""Notebooks in nbformat: a projection's cells to run, and outputs in a form that doesn't differ without reason.

Normalised outputs hold no times, addresses, folders of one machine or terminal colours, so that equal runs give equal
bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode, v4

from d2lbook.book.projection import Projection
from d2lbook.execute.picture import normal_svg
from d2lbook.words.terminal import without_colours

METRIC = "application/vnd.d2l.metric+json"
"""MIME type of ``d2l.record``'s display: ``{"name": …, "value": …}``."""

Output = dict[str, Any]

_ADDRESS = re.compile(r"(?<=at )0x[0-9a-f]{6,16}\b|\b0x(?:7f|5[56])[0-9a-f]{10}\b")
"""Address of an object in a repr, or in a heap or stack; other hexadecimal numbers may be the lesson."""
_SITE = re.compile(r"(?:/[^\s:'\"<>|]*)?/(?:site|dist)-packages/")
_CELL_FILE = re.compile(r"(?:/[^\s:'\"<>|]*)?/ipykernel_\d+/\d+\.py")
_STDLIB = re.compile(r"/[^\s:'\"<>|]*/lib/python3\.\d+/")
_LOG_NOTICE = re.compile(
    r"^(?:[IW]\d{4} [\d:.]+ +\d+ \S+\] |\d{4}-\d\d-\d\d [\d:.]+: [IW] |WARNING: All log messages before absl)"
    r".*(?:\n|$)",
    re.MULTILINE,
)
"""Notices that native libraries write with the time of day."""
_LOG_HEAD = re.compile(r"^(?:[EF]\d{4} [\d:.]+ +\d+ \S+\] |\d{4}-\d\d-\d\d [\d:.]+: [EF] \S+\] )", re.MULTILINE)
_BAR_TIMES = re.compile(r"(\|[^|\n]*\| [^\s\[]+) \[[\d:?]+(?:<[^\]\n]*)?\]")
"""Times of a progress bar, after its counts."""
_DRAWN = re.compile(r"\[?(?:<(?:Axes|Figure|matplotlib\.)[^>]*>[,\s]*)+\]?")
"""What IPython prints of Matplotlib's objects."""
_WIDGET = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True, slots=True)
class Run:
    """What a notebook's cells gave."""

    outputs: tuple[tuple[Output, ...], ...]
    """Normalised outputs, per cell."""
    metrics: Mapping[str, float]
    """Recorded metrics in the order of their first record; the last value of each."""


def to_run(projection: Projection, kernel: str = "python3") -> NotebookNode:
    """Return the projection's cells as a notebook without outputs."""
    cells = [v4.new_code_cell(cell.source, id=cell.id) for cell in projection.cells]
    spec = {"name": kernel, "display_name": "Python 3", "language": "python"}
    notebook: NotebookNode = v4.new_notebook(cells=cells, metadata={"kernelspec": spec})
    return notebook


def read_run(notebook: NotebookNode, folders: Iterable[str] = ()) -> Run:
    """Return what an executed notebook gave; paths below ``folders`` are written relative to them."""
    outputs, count = [], 0
    metrics: dict[str, float] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        count += 1
        normalised = normalise(cell.get("outputs", ()), count, tuple(folders))
        for output in normalised:
            metric = output.get("data", {}).get(METRIC)
            if metric:
                metrics[str(metric["name"])] = float(metric["value"])
        outputs.append(normalised)
    return Run(tuple(outputs), metrics)


def normalise(outputs: Iterable[Mapping[str, Any]], count: int, folders: Sequence[str] = ()) -> tuple[Output, ...]:
    """Return one cell's outputs in normal form; ``count`` is the cell's place, from 1."""
    kept: list[Output] = []
    for streams, other in _runs(outputs):
        for name in ("stdout", "stderr"):  # the order in which two streams arrive is chance
            text = _printed(streams.get(name, ""), name, folders)
            if text.strip():
                kept.append({"name": name, "output_type": "stream", "text": text})
        output = _output(json.loads(json.dumps(other)), count, folders) if other else None
        if output is not None:
            kept.append(output)
    return tuple(kept)


def names_a_drawing(output: Mapping[str, Any]) -> bool:
    """Tell whether an output is only the name of what a cell drew on (``<Axes: …>``), which says nothing to readers."""
    data = output.get("data", {})
    named = output["output_type"] == "execute_result" and set(data) == {"text/plain"}
    return named and _DRAWN.fullmatch(_joined(data["text/plain"]).strip()) is not None


def _runs(outputs: Iterable[Mapping[str, Any]]) -> Iterator[tuple[dict[str, str], Mapping[str, Any] | None]]:
    """Yield what was printed, by stream, before each other output, and that output; None after the last."""
    streams: dict[str, str] = {}
    for output in outputs:
        if output["output_type"] == "stream":
            streams[output["name"]] = streams.get(output["name"], "") + _joined(output["text"])
        else:
            yield streams, output
            streams = {}
    yield streams, None


def _output(output: Output, count: int, folders: Sequence[str]) -> Output | None:
    """Return an output that is no stream in normal form, None if nothing is left of it."""
    output.pop("transient", None)
    if output["output_type"] == "error":
        output["evalue"] = _text(output["evalue"], folders)
        output["traceback"] = [_text(line, folders) for line in output["traceback"]]
        return output
    data = {kind: _data(kind, value, folders) for kind, value in sorted(output.get("data", {}).items())}
    if METRIC in data:
        data = {METRIC: data[METRIC]}
    if _WIDGET in data or not any(data.values()):
        return None
    output["data"], output["metadata"] = data, {}
    if output["output_type"] == "execute_result":
        output["execution_count"] = count
    return output


def _data(kind: str, value: Any, folders: Sequence[str]) -> Any:
    if kind == "image/svg+xml":
        return normal_svg(_joined(value))
    if kind.startswith("text/"):
        return _text(value, folders)
    return _joined(value) if isinstance(value, list) else value


def _printed(text: str, stream: str, folders: Sequence[str]) -> str:
    text = _carriage(_text(text, folders))
    if stream == "stderr":
        text = _BAR_TIMES.sub(r"\1", _LOG_HEAD.sub("", _LOG_NOTICE.sub("", text)))
    return text


def _text(text: str | list[str], folders: Sequence[str]) -> str:
    text = without_colours(_joined(text))
    text = _CELL_FILE.sub("cell.py", text)
    text = _SITE.sub("site-packages/", text)
    text = _STDLIB.sub("python3/", text)
    for folder in sorted({folder.rstrip("/") for folder in folders}, key=len, reverse=True):
        text = re.sub(re.escape(folder) + r"(?![\w.-])", ".", text.replace(folder + "/", ""))
    return _ADDRESS.sub("0x…", text)


def _joined(text: str | Sequence[str]) -> str:
    return text if isinstance(text, str) else "".join(text)


def _carriage(text: str) -> str:
    """Return what a terminal would show of each line: later characters in place of earlier ones."""
    if "\r" not in text:
        return text
    return "\n".join(_overwritten(line) for line in text.replace("\r\n", "\n").split("\n"))


def _overwritten(line: str) -> str:
    shown = ""
    for part in line.split("\r"):
        shown = part + shown[len(part) :]
    return shown.rstrip() if "\r" in line else line


def stored_notebook(projection: Projection, outputs: Sequence[Sequence[Output]], about: Mapping[str, Any]) -> str:
    """Return the text of a stored notebook: code cells, outputs, and ``about`` as metadata ``d2l``.

    Text stands line by line, so that a changed output is a small change of the file.
    """
    cells = [
        {
            "cell_type": "code",
            "execution_count": number,
            "id": cell.id,
            "metadata": {},
            "outputs": [_in_lines(item) for item in found],
            "source": cell.source.splitlines(keepends=True),
        }
        for number, (cell, found) in enumerate(zip(projection.cells, outputs, strict=True), 1)
    ]
    notebook = {"cells": cells, "metadata": {"d2l": dict(about)}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True, separators=(",", ": ")) + "\n"


def stored_cells(text: str) -> tuple[Mapping[str, Any], tuple[tuple[str, tuple[Output, ...]], ...]]:
    """Return metadata ``d2l`` of a stored notebook, and source and outputs of each cell.

    ValueError, KeyError or TypeError for a text that is none.
    """
    notebook = json.loads(text)
    cells = [(_joined(cell["source"]), tuple(map(_whole, cell["outputs"]))) for cell in notebook["cells"]]
    about: Mapping[str, Any] = notebook["metadata"]["d2l"]
    return about, tuple(cells)


def _in_lines(output: Output) -> Output:
    """Return an output with its texts line by line, as nbformat writes them; its reader and writer take long."""
    if "data" in output:
        data = {kind: _lines(value) if _is_text(kind, value) else value for kind, value in output["data"].items()}
        return {**output, "data": data}
    return {**output, "text": _lines(output["text"])} if "text" in output else output


def _whole(output: Output) -> Output:
    """Return an output whose texts stood line by line."""
    if "data" in output:
        data = {kind: _joined(value) if _is_text(kind, value) else value for kind, value in output["data"].items()}
        return {**output, "data": data}
    return {**output, "text": _joined(output["text"])} if "text" in output else output


def _lines(text: str | list[str]) -> list[str]:
    return text.splitlines(keepends=True) if isinstance(text, str) else text


def _is_text(kind: str, value: Any) -> bool:
    return not kind.endswith("json") and isinstance(value, str | list)
