"""Notebooks: what normal form removes, what it leaves alone, and that equal runs give equal bytes."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import nbformat
import pytest

from d2lbook.book.projection import Cell, Projection
from d2lbook.code.scaffolding import shown_code
from d2lbook.execute.notebook import METRIC, normalise, read_run, stored_cells, stored_notebook, to_run
from d2lbook.execute.picture import normal_svg


def stream(text: str | list[str], name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def shown(data: dict[str, Any]) -> dict[str, Any]:
    return {
        "output_type": "display_data",
        "data": data,
        "metadata": {"isolated": True},
        "transient": {"display_id": "x"},
    }


def result(data: dict[str, Any], count: int = 99) -> dict[str, Any]:
    return {"output_type": "execute_result", "data": data, "metadata": {}, "execution_count": count}


def printed(text: str, name: str = "stdout", folders: tuple[str, ...] = ()) -> str:
    outputs = normalise([stream(text, name)], 1, folders)
    return "".join(output["text"] for output in outputs)


def metric(name: str, value: float) -> dict[str, Any]:
    return shown({METRIC: {"name": name, "value": value}, "text/plain": ""})


PROJECTION = Projection(
    "a/b",
    "chapters_md/a/b.md",
    "pytorch",
    "题目",
    (),
    (Cell("cell-01", "x = 1  # volatile\nx", 5, 0), Cell("cell-02", "print(x)", 9, 2)),
)


def test_streams_are_joined_and_the_two_of_them_stand_in_one_order() -> None:
    outputs = [stream("a"), stream("warn\n", "stderr"), stream("b\n"), result({"text/plain": "1"}), stream("c\n")]
    found = normalise(outputs, 3)
    assert [(item["output_type"], item.get("name")) for item in found] == [
        ("stream", "stdout"),
        ("stream", "stderr"),
        ("execute_result", None),
        ("stream", "stdout"),
    ]
    assert [found[0]["text"], found[1]["text"], found[3]["text"]] == ["ab\n", "warn\n", "c\n"]
    assert found[2]["execution_count"] == 3
    swapped = [outputs[1], outputs[0], *outputs[2:]]
    assert normalise(swapped, 3) == found


def test_blank_and_empty_outputs_are_dropped() -> None:
    outputs = [stream("\n  \n"), shown({}), shown({"text/plain": ""}), result({"text/plain": "''"})]
    assert [item["data"] for item in normalise(outputs, 1)] == [{"text/plain": "''"}]


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("\x1b[31mred\x1b[0m and \x1b[1;4mbold\x1b[m", "red and bold"),
        ("<function f at 0x7f3a9c0b1d30>", "<function f at 0x…>"),
        ("<object at 0x1a2b3c4>", "<object at 0x…>"),
        ("pointer 0x55d0c8a01234 of the heap", "pointer 0x… of the heap"),
        (
            "the bits of pi: 0x40490fdb, 0x400921fb54442d18, 0xff",
            "the bits of pi: 0x40490fdb, 0x400921fb54442d18, 0xff",
        ),
        ("10%\r50%\r100%\nnext\n", "100%\nnext\n"),
        ("a long line\rshort\n", "shortg line\n"),
        ("half\r", "half"),
        ("dos\r\nline\r\n", "dos\nline\n"),
        ("plain  text  stays \n", "plain  text  stays \n"),
    ],
)
def test_text_that_differs_without_reason(text: str, normal: str) -> None:
    assert printed(text) == normal


def test_a_bar_that_arrives_in_pieces_is_collapsed_as_a_whole() -> None:
    pieces = [stream("10%\r", "stderr"), stream("50%\r", "stderr"), stream("100%\n", "stderr")]
    assert normalise(pieces, 1)[0]["text"] == "100%\n"


def test_times_of_progress_bars_are_dropped() -> None:
    bar = " 40%|████      | 4/10 [00:01<00:02, 2.9it/s]\r100%|██████████| 10/10 [00:03<00:00, 3.1it/s]\n"
    assert printed(bar, "stderr") == "100%|██████████| 10/10\n"


def test_notices_of_native_libraries_are_dropped_and_their_errors_kept() -> None:
    text = (
        "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n"
        "I0000 00:00:1795249155.549567   32736 port.cc:153] oneDNN custom operations are on.\n"
        "2026-11-21 07:10:11.123456: W tensorflow/core/x.cc:12] slow\n"
        "E0000 00:00:1795249155.549567   32736 x.cc:1] it broke\n"
        "2026-11-21 07:10:11.123456: E tensorflow/core/x.cc:12] this too\n"
    )
    assert printed(text, "stderr") == "it broke\nthis too\n"


def test_paths_of_this_machine_are_not_kept() -> None:
    text = (
        "/home/me/book/.envs/base/lib/python3.11/site-packages/torch/nn/x.py:12: UserWarning: careful\n"
        "/tmp/ipykernel_1234/5678.py:3: DeprecationWarning\n"
        "/usr/lib/python3.11/warnings.py:1\n"
        "/home/me/book/d2l/torch/a.py and /home/me/book\n"
        "/home/me/bookshelf/x stays\n"
    )
    assert printed(text, "stderr", ("/home/me/book/", "/tmp/work")).splitlines() == [
        "site-packages/torch/nn/x.py:12: UserWarning: careful",
        "cell.py:3: DeprecationWarning",
        "python3/warnings.py:1",
        "d2l/torch/a.py and .",
        "/home/me/bookshelf/x stays",
    ]


def test_errors_are_normalised_too() -> None:
    error = {
        "output_type": "error",
        "ename": "ValueError",
        "evalue": "of <f at 0x7f3a9c0b1d30>",
        "traceback": ["\x1b[0;31mValueError\x1b[0m /tmp/work/x.py"],
    }
    (found,) = normalise([error], 1, ("/tmp/work",))
    assert (found["evalue"], found["traceback"]) == ("of <f at 0x…>", ["ValueError x.py"])


def test_metadata_of_displays_and_widgets_are_dropped() -> None:
    widget = shown({"application/vnd.jupyter.widget-view+json": {"model_id": "f00"}, "text/plain": "HBox(…)"})
    html = shown({"text/html": ["<b>", "1</b>"], "text/plain": "1"})
    (found,) = normalise([widget, html], 1)
    assert found == {
        "output_type": "display_data",
        "data": {"text/html": "<b>1</b>", "text/plain": "1"},
        "metadata": {},
    }


def test_normal_form_is_its_own_normal_form() -> None:
    outputs = [
        stream("a\rb\n"),
        stream("w\n", "stderr"),
        result({"text/plain": "<f at 0x7f3a9c0b1d30>"}),
        metric("m", 1.0),
    ]
    once = normalise(outputs, 2)
    assert normalise(once, 2) == once


def test_metrics_in_order_of_their_first_record() -> None:
    notebook = to_run(PROJECTION)
    notebook.cells[0].outputs = [nbformat.from_dict(metric("loss", 0.5)), nbformat.from_dict(metric("acc", 0.25))]
    notebook.cells[1].outputs = [nbformat.from_dict(metric("loss", 0.125))]
    run = read_run(notebook)
    assert list(run.metrics.items()) == [("loss", 0.125), ("acc", 0.25)]
    assert run.outputs[1][0]["data"] == {METRIC: {"name": "loss", "value": 0.125}}


def test_the_notebook_to_run_has_the_projection_s_cells() -> None:
    notebook = to_run(PROJECTION)
    nbformat.validate(notebook)
    assert [(cell.id, cell.source) for cell in notebook.cells] == [(c.id, c.source) for c in PROJECTION.cells]


def test_a_stored_notebook_is_valid_stable_and_line_by_line() -> None:
    outputs = [
        normalise([result({"text/plain": "1"})], 1),
        normalise([stream("a\nb\n"), metric("acc", 0.5)], 2),
    ]
    about = {"digest": "d", "metrics": {"acc": 0.5}, "parts": {"cell-01": "x"}}
    text = stored_notebook(PROJECTION, outputs, about)
    assert text == stored_notebook(PROJECTION, outputs, dict(reversed(about.items())))
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert text.endswith("}\n") and '     "a\\n",\n' in text
    raw = json.loads(text)
    assert [cell["execution_count"] for cell in raw["cells"]] == [1, 2]
    assert all(cell["cell_type"] == "code" for cell in raw["cells"])
    found, cells = stored_cells(text)
    assert found == about
    assert [source for source, _ in cells] == [cell.source for cell in PROJECTION.cells]
    assert cells[1][1][0] == stream("a\nb\n")
    assert type(cells[1][1][0]) is dict


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"cells": [], "metadata": {}, "nbformat": 4}'])
def test_a_text_that_is_no_stored_notebook(text: str) -> None:
    with pytest.raises((ValueError, KeyError, AttributeError, TypeError)):
        stored_cells(text)


def test_marks_of_the_engine_are_not_shown() -> None:
    assert shown_code("# volatile\nx = 1  # volatile: a timing\ny = 'volatile'") == "x = 1\ny = 'volatile'"


SVG = """<?xml version="1.0" encoding="utf-8" standalone="no"?>
<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">
<svg xmlns:xlink="http://www.w3.org/1999/xlink" xmlns="http://www.w3.org/2000/svg" width="10pt" viewBox="0 0 10 10">
 <metadata><date>DATE</date></metadata>
 <!-- words -->
 <defs><path id="ID1" d="M 0 0"/><clipPath id="ID2"><rect width="1"/></clipPath></defs>
 <g clip-path="url(#ID2)"><use xlink:href="#ID1" style="fill: url(#ID1)"/><text>CONTENT</text></g>
</svg>
"""


def draw(**words: str) -> str:
    text = SVG
    for name, value in {"DATE": "today", "ID1": "m1f2", "ID2": "p3d4", "CONTENT": "词", **words}.items():
        text = text.replace(name, value)
    return text


def test_a_drawing_s_date_and_ids_make_no_difference() -> None:
    normal = normal_svg(draw())
    assert normal == normal_svg(draw(DATE="tomorrow", ID1="zzz", ID2="yyy"))
    assert normal.startswith("<svg ") and "<!--" not in normal and "metadata" not in normal and "词" in normal
    assert "ns0" not in normal
    ids = re.findall(r'id="([^"]+)"', normal)
    assert len(ids) == 2 and set(re.findall(r"#([\w-]+)", normal)) == set(ids)
    assert normal_svg(normal) == normal


def test_drawings_that_differ_share_no_id() -> None:
    first, second = normal_svg(draw()), normal_svg(draw(CONTENT="别的"))
    assert not set(re.findall(r'id="([^"]+)"', first)) & set(re.findall(r'id="([^"]+)"', second))


@pytest.mark.parametrize("text", ["<svg", "no drawing", "<html/>"])
def test_what_is_no_drawing_stays(text: str) -> None:
    assert normal_svg(text) == text


def test_importing_the_room_needs_no_kernel() -> None:
    heavy = ("zmq", "jupyter_client", "nbclient")
    code = f"import sys, d2lbook.execute.notebook; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
