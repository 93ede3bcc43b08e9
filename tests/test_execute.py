"""Execution: real kernels in the real environments; what runs, what fails and how it is told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from d2lbook.book.projection import Cell, Projection
from d2lbook.errors import Fault
from d2lbook.execute.fork import ZYGOTE, close_zygotes
from d2lbook.execute.model import Job, Result
from d2lbook.execute.results import Report, Summary, append_result, read_report, summary, write_report
from d2lbook.execute.schedule import in_order, run_jobs

from .conftest import ROOT, need_env

pytestmark = pytest.mark.backend
FORKED = ("numpy", "matplotlib.pyplot")
BACKENDS = {
    "mxnet": """
        from mxnet import autograd, np, npx
        npx.set_np()
        npx.random.seed(1)
        x = np.random.normal(size=(300, 300))
        x.attach_grad()
        with autograd.record():
            loss = np.log(1 + np.dot(x, x) ** 2).sum()
        loss.backward()
        print(float(loss), x.grad[0, :4])
        """,
    "pytorch": """
        import torch
        torch.manual_seed(1)
        x = torch.randn(300, 300, requires_grad=True)
        loss = torch.log(1 + (x @ x) ** 2).sum()
        loss.backward()
        print(float(loss), x.grad[0, :4])
        """,
    "tensorflow": """
        import keras
        import tensorflow as tf
        keras.utils.set_random_seed(1)
        x = tf.Variable(tf.random.normal((300, 300)))
        with tf.GradientTape() as tape:
            loss = tf.reduce_sum(tf.math.log(1 + (x @ x) ** 2))
        print(float(loss), tape.gradient(loss, x)[0, :4])
        """,
    "jax": """
        import jax
        import jax.numpy as jnp
        x = jax.random.normal(jax.random.key(1), (300, 300))
        loss, grad = jax.jit(jax.value_and_grad(lambda x: jnp.log(1 + (x @ x) ** 2).sum()))(x)
        print(float(loss), grad[0, :4])
        """,
}
MODULES = {
    "mxnet": ("mxnet",),
    "pytorch": ("torch",),
    "tensorflow": ("keras", "tensorflow"),
    "jax": ("jax", "jax.numpy"),
}
PACKAGES = {"mxnet": "mxnet", "pytorch": "torch", "tensorflow": "tensorflow-cpu", "jax": "jax"}


class Told:
    """A listener that remembers."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []
        self.cells: list[tuple[str, int]] = []
        self.running = threading.Event()

    def started(self, job: Job) -> None:
        self.events.append(("started", job.projection.key))

    def at_cell(self, job: Job, number: int) -> None:
        self.cells.append((job.projection.key, number))
        self.running.set()

    def finished(self, result: Result) -> None:
        self.events.append(("finished", result.job.projection.key))


def python(env: str = "base") -> Path:
    """Return the interpreter of an environment; skip (or fail in CI) where it is absent."""
    return need_env("base" if env == "base" else env)


def projection(*sources: str, name: str = "a/b", backend: str = "base") -> Projection:
    """Return a projection whose cells stand at lines 10, 20, 30 … of its file."""
    cells = tuple(
        Cell(f"cell-{number:02d}", textwrap.dedent(source).strip("\n"), 10 * number, number - 1)
        for number, source in enumerate(sources, 1)
    )
    return Projection(name, f"chapters_md/{name}.md", backend, "题目", (), cells)


MakeJob = Callable[..., Job]


@pytest.fixture
def make_job(tmp_path: Path) -> MakeJob:
    def make(*sources: str, name: str = "a/b", backend: str = "base", env: str = "base", **options: object) -> Job:
        return Job(projection(*sources, name=name, backend=backend), python(env), tmp_path, **options)  # type: ignore[arg-type]

    return make


def run(jobs: Iterable[Job], slots: int = 1) -> list[Result]:
    return list(run_jobs(jobs, Told(), slots))


def run_one(job: Job) -> Result:
    (result,) = run([job])
    return result


def text_of(result: Result) -> str:
    return "".join(output.get("text", "") for cell in result.outputs for output in cell)


def kernels() -> list[psutil.Process]:
    """Return the live descendants of this process that are kernels or fork them."""
    found = []
    for process in psutil.Process().children(recursive=True):
        try:
            words = " ".join(process.cmdline())
        except psutil.Error:
            continue
        if process.status() != psutil.STATUS_ZOMBIE and ("ipykernel" in words or str(ZYGOTE) in words):
            found.append(process)
    return found


@pytest.mark.parametrize("modules", [(), FORKED], ids=["fresh", "forked"])
def test_cells_run_in_one_kernel_in_an_empty_folder(make_job: MakeJob, modules: tuple[str, ...]) -> None:
    job = make_job("import os\nx = 6", "print(x * 7)\nos.listdir()", modules=modules, packages=("numpy", "pandas"))
    result = run_one(job)
    assert result.good and result.fault is None
    assert result.forked is bool(modules)
    assert [output["output_type"] for output in result.outputs[1]] == ["stream", "execute_result"]
    assert text_of(result) == "42\n"
    assert result.outputs[1][1]["data"] == {"text/plain": "[]"}
    assert result.memory_mib > 20
    assert result.device == "cpu"
    assert set(result.versions) == {"numpy", "pandas"} and result.versions["numpy"].count(".") >= 1


def test_forked_and_fresh_kernels_give_the_same(make_job: MakeJob) -> None:
    sources = (
        "import matplotlib.pyplot as plt\nimport numpy as np\nfrom matplotlib_inline import backend_inline",
        "backend_inline.set_matplotlib_formats('svg')",
        "rng = np.random.default_rng(0)\nprint(rng.normal(size=3).round(6))\nhash('word'), object()",
        "plt.plot([1, 4, 9])\nplt.legend(['a'])",
        "import warnings\nwarnings.warn('care')",
    )
    fresh, forked = run_one(make_job(*sources)), run_one(make_job(*sources, modules=FORKED))
    assert forked.forked and not fresh.forked
    assert fresh.outputs == forked.outputs
    again = run_one(make_job(*sources, modules=FORKED))
    assert again.outputs == forked.outputs
    assert "image/svg+xml" in forked.outputs[3][1]["data"]


def test_the_environment_of_a_kernel(make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("D2L_MIRROR", "/some/mirror")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere.py")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    (tmp_path / "d2l").mkdir()
    (tmp_path / "d2l" / "mine.py").write_text("found = True\n")
    names = ["OMP_NUM_THREADS", "PYTHONHASHSEED", "D2L_MIRROR", "PYTHONSTARTUP", "PYTHONPATH", "TZ", "COLUMNS"]
    source = f"import json, os\nprint(json.dumps([os.environ.get(name) for name in {names}]))"
    result = run_one(make_job(source, "from d2l import mine\nprint(mine.found)", threads=2))
    values, found = text_of(result).splitlines()
    threads = str(min(2, len(os.sched_getaffinity(0))))
    assert json.loads(values) == [threads, "0", "/some/mirror", None, ".", "UTC", "80"]  # the root is written as a dot
    assert found == "True"


def test_a_failing_cell_is_told_with_its_line(make_job: MakeJob) -> None:
    result = run_one(make_job("x = 1", "y = 2\n\ndef f():\n    return x / 0\n\nf()", "print('never')"))
    assert result.status == "failed"
    assert result.fault is not None
    assert (result.fault.path, result.fault.line) == ("chapters_md/a/b.md", 25)
    assert "ZeroDivisionError: division by zero" in result.fault.message
    assert result.fault.text == "f()"
    assert "cell-02" in result.fault.message
    failed = result.notebook.cells[1].outputs[-1]
    assert failed.output_type == "error" and "f()" in "".join(failed.traceback)
    assert result.notebook.cells[2].outputs == []


def test_an_error_below_a_function_of_another_cell_is_told_where_it_was_called(make_job: MakeJob) -> None:
    result = run_one(make_job("def f(x):\n    return 1 / x", "a = 1\nf(a)\nf(0)"))
    assert result.fault is not None and result.fault.line == 22
    assert result.fault.text == "f(0)"


def test_a_syntax_error_is_told_with_its_line(make_job: MakeJob) -> None:
    result = run_one(make_job("x = 1\ny = (2,\nz z"))
    assert result.fault is not None and "SyntaxError" in result.fault.message
    assert result.fault.line in (11, 12)


@pytest.mark.parametrize("modules", [(), FORKED], ids=["fresh", "forked"])
def test_a_notebook_that_runs_too_long(make_job: MakeJob, modules: tuple[str, ...]) -> None:
    source = "import time\nn = 0\nwhile True:\n    time.sleep(0.01)"
    started = time.monotonic()
    result = run_one(make_job("print('begun')", source, timeout=1.5, modules=modules))
    assert result.status == "timeout"
    assert time.monotonic() - started < 30
    assert result.fault is not None and "1.5 s" in result.fault.message
    assert result.fault.line in (22, 23)
    assert "KeyboardInterrupt" in result.notebook.cells[1].outputs[-1].ename
    assert text_of(result).startswith("begun")


def test_a_notebook_that_hears_no_interrupt_is_killed(make_job: MakeJob) -> None:
    source = "import signal, time\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    time.sleep(0.01)"
    result = run_one(make_job(source, timeout=0.5))
    assert result.status == "timeout"
    close_zygotes()
    assert not kernels()


@pytest.mark.parametrize("modules", [(), FORKED], ids=["fresh", "forked"])
def test_a_notebook_that_takes_too_much_memory(make_job: MakeJob, modules: tuple[str, ...]) -> None:
    source = "import time\nheld = []\nwhile True:\n    held.append(bytearray(b'x' * 2**24))\n    time.sleep(0.01)"
    result = run_one(make_job(source, memory_gib=0.5, modules=modules))
    assert result.status == "memory"
    assert result.fault is not None and "0.5 GiB" in result.fault.message
    assert result.memory_mib > 512


def test_memory_of_child_processes_counts(make_job: MakeJob) -> None:
    source = """
        import subprocess, sys
        subprocess.run([sys.executable, '-c', 'import time; x = b"x" * 2**29; time.sleep(60)'])
        """
    result = run_one(make_job(source, memory_gib=0.4))
    assert result.status == "memory"


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("import os\nos._exit(3)", "exit code 3"),
    ],
    ids=["signal", "exit"],
)
@pytest.mark.parametrize("modules", [(), FORKED], ids=["fresh", "forked"])
def test_a_kernel_that_dies_says_of_what(make_job: MakeJob, source: str, words: str, modules: tuple[str, ...]) -> None:
    result = run_one(make_job("x = 1", source, modules=modules))
    assert result.status == "died"
    assert result.fault is not None and words in result.fault.message
    assert result.fault.line == 20


def test_a_notebook_that_prints_too_much(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("d2lbook.execute.run.MAX_OUTPUT", 100_000)
    result = run_one(make_job("while True:\n    print('x' * 10_000)", timeout=60.0))
    assert result.status == "output"
    assert result.fault is not None and "100,000 characters" in result.fault.message
    assert len(text_of(result)) <= 100_000


def test_an_interpreter_that_starts_no_kernel(make_job: MakeJob, tmp_path: Path) -> None:
    fake = tmp_path / "python"
    fake.write_text("#!/bin/sh\nexit 7\n")
    fake.chmod(0o755)
    good = make_job("print(1)")
    bad = Job(projection("print(1)", name="a/c"), fake, tmp_path)
    missing = Job(projection("print(1)", name="a/d"), tmp_path / "nothing", tmp_path)
    results = {result.job.projection.docname: result for result in run([bad, missing, good])}
    assert results["a/b"].good
    for name in ("a/c", "a/d"):
        assert results[name].status == "died"
        fault = results[name].fault
        assert fault is not None and "no kernel could be started" in fault.message


def test_one_failure_stops_no_other_and_slots_share_the_work(make_job: MakeJob) -> None:
    jobs = [
        make_job("import time\ntime.sleep(1)\nprint('a')", name="x/a"),
        make_job("1 / 0", name="x/b"),
        make_job("print('c')", name="x/c"),
    ]
    told = Told()
    results = {result.job.projection.docname: result for result in run_jobs(jobs, told, slots=2)}
    assert {name: result.status for name, result in results.items()} == {"x/a": "ok", "x/b": "failed", "x/c": "ok"}
    assert sorted(told.events) == sorted((word, f"base/{name}") for word in ("started", "finished") for name in results)
    assert ("base/x/a", 1) in told.cells
    assert not kernels()


def test_longest_first_the_unknown_before_all(make_job: MakeJob) -> None:
    jobs = [make_job("1", name=str(n), expected=seconds) for n, seconds in enumerate((3.0, 9.0, 0.0, 5.0))]
    assert [job.projection.docname for job in in_order(jobs)] == ["2", "1", "3", "0"]


def test_the_time_of_a_run_is_that_of_its_cells(make_job: MakeJob) -> None:
    result = run_one(make_job("import time\ntime.sleep(0.5)"))
    assert 0.5 <= result.seconds < 2.5


@pytest.mark.parametrize("modules", [(), FORKED], ids=["fresh", "forked"])
def test_stopping_ends_the_kernels(make_job: MakeJob, modules: tuple[str, ...]) -> None:
    told = Told()
    jobs = [make_job("import time\ntime.sleep(100)", name=name, modules=modules) for name in ("x", "y")]
    results = run_jobs(jobs, told, slots=1)

    def stop() -> None:
        told.running.wait(60)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=stop)
    thread.start()
    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        next(results)
    thread.join()
    assert time.monotonic() - started < 60
    assert not kernels()
    assert [name for word, name in told.events if word == "started"] == ["base/x"]


def test_a_killed_engine_leaves_no_kernel(tmp_path: Path) -> None:
    code = textwrap.dedent(
        f"""
        from pathlib import Path
        from tests.test_execute import Told, projection
        from d2lbook.execute.model import Job
        from d2lbook.execute.schedule import run_jobs

        class Loud(Told):
            def at_cell(self, job, number):
                print("running", flush=True)

        job = Job(projection("import time; time.sleep(100)"), Path({str(python())!r}), Path({str(tmp_path)!r}))
        list(run_jobs([job], Loud()))
        """
    )
    engine = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert engine.stdout is not None and engine.stdout.readline() == "running\n"
    left = psutil.Process(engine.pid).children(recursive=True)
    assert left
    engine.kill()
    engine.wait()
    _, alive = psutil.wait_procs(left, timeout=10)
    assert not alive


@pytest.mark.parametrize("backend", BACKENDS)
def test_each_backend_gives_the_same_in_fresh_and_in_forked_kernels(make_job: MakeJob, backend: str) -> None:
    packages = (PACKAGES[backend], "numpy")
    options = {"backend": backend, "env": backend, "packages": packages}
    # One processor each: with two threads PyTorch's own sums differ in the last digits from process to process.
    (fresh,) = run([make_job(BACKENDS[backend], **options)], slots=2)
    (forked,) = run([make_job(BACKENDS[backend], **options, modules=("numpy", *MODULES[backend]))], slots=2)
    assert fresh.good and forked.good, (fresh.fault, forked.fault)
    assert forked.forked and not fresh.forked
    assert (fresh.outputs, fresh.metrics) == (forked.outputs, forked.metrics)
    assert len(text_of(fresh).split()) >= 5
    assert "+" not in fresh.versions[PACKAGES[backend]] != ""


def test_results_are_appended_to_the_summary_and_outlive_a_kill(tmp_path: Path) -> None:
    keys = ("jax/x/a", "jax/x/b", "jax/x/c")
    begun = Report((), keys)
    path = write_report(begun, tmp_path)
    before = path.read_bytes()
    one, two = (
        Summary(keys[0], "ok", seconds=1.5, metrics={"acc": 0.5}),
        Summary(keys[1], "died", fault=Fault("x", 1, "m")),
    )
    append_result(one, path)
    append_result(two, path)
    assert path.read_bytes() == before, "nothing is written anew"
    appended = path.with_suffix(".jsonl")
    with appended.open("a") as file:
        file.write('{"projection": "jax/x/c", "sta')  # killed here
    assert read_report(path) == replace(begun, results=(one, two)) and read_report(path).unreached == keys[2:]
    again = replace(two, status="ok", fault=None)
    write_report(replace(begun, results=(one, again)), tmp_path)
    assert not appended.exists() and read_report(path).results == (one, again)


def test_summaries_for_machines(make_job: MakeJob, tmp_path: Path) -> None:
    metric = "from IPython.display import display\n"
    metric += "display({'application/vnd.d2l.metric+json': {'name': 'acc', 'value': 0.5}}, raw=True)"
    results = run([make_job(metric, name="x/a"), make_job("raise ValueError('<no>')", name="x/b")])
    report = Report(tuple(map(summary, results)), ("base/x/a", "base/x/b", "base/x/c"))
    path = write_report(report, tmp_path / "results")
    assert read_report(path) == report and report.unreached == ("base/x/c",)
    told = {item["projection"]: item for item in json.loads(path.read_text())["results"]}
    assert told["base/x/a"]["status"] == "ok" and told["base/x/a"]["metrics"] == {"acc": 0.5}
    assert "ValueError" in told["base/x/b"]["fault"]["message"]
    suite = ET.parse(tmp_path / "results" / "eval.xml").getroot()
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["3", "1", "1", "0"]
    failure = suite.find("testcase[@name='x/b']/failure")
    assert failure is not None and failure.get("type") == "failed" and "<no>" in (failure.text or "")
