"""``record``: checked everywhere, shown to no reader, and in a real kernel an output of its own type."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager
from nbclient import NotebookClient
from nbformat import v4

from d2l.support import record
from d2l.support.metrics import MIME

ROOT = Path(__file__).resolve().parents[1]
BASE = ROOT / ".envs" / "base" / "bin" / "python"


@pytest.mark.parametrize("value", [1, 0.5, np.float32(0.25), np.array(2.0), True])
def test_outside_a_notebook_nothing_happens(value: object, capsys: pytest.CaptureFixture[str]) -> None:
    record("test_acc", value)
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("name", ["", "test acc", "2nd", "a-b", 3])
def test_a_name_that_a_claim_could_not_use_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="标识符"):
        record(name, 1.0)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.float32("-inf")])
def test_a_number_that_is_not_finite_is_refused(value: float) -> None:
    with pytest.raises(ValueError, match="有限"):
        record("loss", value)


@pytest.mark.parametrize("value", ["many", None, [1.0, 2.0], np.zeros(3)])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="loss"):
        record("loss", value)


def test_a_terminal_is_no_notebook() -> None:
    code = "from d2l.support import record; record('a', 1); import sys; print('IPython' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


@pytest.mark.backend
def test_in_a_kernel_the_metric_is_an_output_without_text() -> None:
    if not BASE.exists():
        pytest.skip("needs the environment base: make envs")
    source = "from d2l.support import record\nrecord('test_acc', 0.8125)"
    book = v4.new_notebook(cells=[v4.new_code_cell(source)])
    manager = KernelManager()
    command = [str(BASE), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    manager._kernel_spec = KernelSpec(argv=command, display_name="base", language="python")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    NotebookClient(book, km=manager, timeout=60).execute(env=environment)
    (output,) = book.cells[0].outputs
    assert output.output_type == "display_data"
    assert output.data == {MIME: {"name": "test_acc", "value": 0.8125}, "text/plain": ""}
