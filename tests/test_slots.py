"""What a machine has and how notebooks share it: processors, GPUs, memory; real kernels say what they see."""

from __future__ import annotations

import ctypes.util
import json
import os
import threading
import types
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pynvml
import pytest
from hypothesis import given
from hypothesis import strategies as st

from d2lbook.execute import gpus
from d2lbook.execute.host import lacking, pinned, slots_for, this_host
from d2lbook.execute.model import Gpu, Host, Job, Result
from d2lbook.execute.packing import pack
from d2lbook.execute.schedule import in_order, run_jobs
from d2lbook.execute.watch import GpuWatch

from .conftest import need_env
from .test_execute import FORKED, Told, projection, text_of

TWO = Host((4, 7), 2, 16.0)
GPUS = (Gpu("0", "H100"), Gpu("1", "H100"))
SEES = """
import json, os
names = ("CUDA_VISIBLE_DEVICES", "JAX_PLATFORMS", "OMP_NUM_THREADS")
cpus = sorted(os.sched_getaffinity(0))
print(json.dumps([*map(os.environ.get, names), cpus, os.environ.get("JAX_DEFAULT_MATMUL_PRECISION")]))
"""


def job(seconds: float = 0.0, name: str = "a/b", source: str = "1", **options: object) -> Job:
    return Job(projection(source, name=name), Path("python"), Path("root"), expected=seconds, **options)  # type: ignore[arg-type]


def here(job: Job, tmp_path: Path) -> Job:
    return replace(job, python=need_env("base"), root=tmp_path)


def seen(results: Sequence[Result]) -> dict[str, list[object]]:
    assert all(result.good for result in results), [result.fault for result in results]
    return {result.job.projection.docname: json.loads(text_of(result)) for result in results}


# ---- how many slots ----


def test_many_notebooks_get_a_processor_each_and_one_gets_all() -> None:
    assert [slot.cpus for slot in slots_for([job(5.0)] * 40, TWO)] == [(4,), (7,)]
    assert [slot.threads for slot in slots_for([job(5.0)] * 40, TWO)] == [1, 1]
    assert [slot.cpus for slot in slots_for([job(5.0)], TWO)] == [(4, 7)]
    assert [slot.cpus for slot in slots_for([job()] * 3, TWO)] == [(4,), (7,)]


def test_one_long_notebook_among_short_ones_gets_both_processors() -> None:
    assert [slot.cpus for slot in slots_for([job(60.0), job(2.0), job(2.0)], TWO)] == [(4, 7)]


def test_slots_that_are_asked_for() -> None:
    jobs = [job(5.0)] * 40
    assert [slot.cpus for slot in slots_for(jobs, TWO, 1)] == [(4, 7)]
    assert [slot.cpus for slot in slots_for(jobs, TWO, 3)] == [(4,), (7,), (4,)]
    assert [slot.threads for slot in slots_for(jobs, Host((), 8, 16.0), 4)] == [2] * 4
    assert slots_for([], TWO)


def test_runs_that_must_have_so_many_threads_get_them_whatever_else_is_to_be_done(tmp_path: Path) -> None:
    many = [job(5.0, threads=2, exactly=True)] * 40
    assert [slot.cpus for slot in slots_for(many, TWO)] == [(4, 7)]
    assert [slot.cpus for slot in slots_for(many, TWO, 2)] == [(4, 7), (4, 7)]
    assert [slot.cpus for slot in slots_for(many, Host((0, 1, 2, 3), 4, 16.0))] == [(0, 1), (2, 3)]
    one = job(60.0, threads=1, exactly=True)
    assert [slot.cpus for slot in slots_for([one], TWO)] == [(4,)]
    assert [slot.threads for slot in slots_for([one], TWO, 1)] == [1]
    options = {"threads": 1, "exactly": True}
    jobs = [here(job(name=f"a/{n}", source=SEES, **options), tmp_path) for n in (1, 2)]
    jobs += [here(job(name=f"b/{n}", source=SEES, threads=2, exactly=True), tmp_path) for n in (1, 2)]
    jobs += [here(job(name=f"c/{n}", source=SEES), tmp_path) for n in (1, 2, 3)]
    results = list(run_jobs(jobs, Told(), host=replace(this_host(()), gpus=())))
    threads = {name: int(str(found[2])) for name, found in seen(results).items()}
    cpus = {name: len(list(found[3])) for name, found in seen(results).items()}  # type: ignore[call-overload]
    most = min(2, this_host(()).count)
    assert threads == cpus == {"a/1": 1, "a/2": 1, "b/1": most, "b/2": most, "c/1": 1, "c/2": 1, "c/3": 1}
    assert {result.job.projection.docname: result.threads for result in results} == threads


@given(st.lists(st.floats(0.0, 100.0), max_size=40), st.integers(1, 8))
def test_packing_gives_every_name_once_and_no_share_too_much(weights: list[float], shares: int) -> None:
    named = {str(place): weight for place, weight in enumerate(weights)}
    packed = pack(named, shares)
    assert len(packed) == shares and sorted(name for share in packed for name in share) == sorted(named)
    heaviest = max(sum(named[name] for name in share) for share in packed)
    assert heaviest <= (sum(weights) / shares + max(weights, default=0.0) * (1 - 1 / shares)) * (1 + 1e-9)
    assert packed == pack(dict(reversed(named.items())), shares)


# ---- what a machine has ----


class Driver:
    """Two GPUs behind NVML's functions, as the binding calls the driver; one that is not there raises as it does."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.there, self.used = True, [100 * 2**20, 20 * 2**20]
        uuids = ["GPU-aa", "GPU-bb"]
        monkeypatch.setattr(pynvml, "nvmlInit", self.begin)
        monkeypatch.setattr(pynvml, "nvmlShutdown", lambda: None)
        monkeypatch.setattr(pynvml, "nvmlDeviceGetCount", lambda: 2)
        monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByIndex", lambda place: place)
        monkeypatch.setattr(pynvml, "nvmlDeviceGetHandleByUUID", uuids.index)
        monkeypatch.setattr(pynvml, "nvmlDeviceGetUUID", uuids.__getitem__)
        monkeypatch.setattr(pynvml, "nvmlDeviceGetName", lambda handle: "NVIDIA H100")
        monkeypatch.setattr(
            pynvml, "nvmlDeviceGetMemoryInfo", lambda handle: types.SimpleNamespace(used=self.used[handle])
        )

    def begin(self) -> None:
        if not self.there:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_LIBRARY_NOT_FOUND)


def test_the_machine_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(monkeypatch)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    host = this_host()
    assert host.cpus == tuple(sorted(os.sched_getaffinity(0))) and host.count == len(host.cpus)
    assert 0.5 < host.memory_gib < 1e5
    assert host.gpus == (Gpu("0", "NVIDIA H100"), Gpu("1", "NVIDIA H100"))
    for visible, found in [("1", ["1"]), ("GPU-bb,0", ["GPU-bb", "0"]), ("", []), ("-1", []), ("7", [])]:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert [gpu.id for gpu in this_host().gpus] == found
    assert this_host(["1", "3"]).gpus == (Gpu("1", "NVIDIA H100"), Gpu("3"))
    driver.there = False
    assert this_host().gpus == ()


@pytest.mark.skipif(ctypes.util.find_library("nvidia-ml") is not None, reason="this machine has a driver")
def test_a_machine_without_a_driver_has_no_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpus.listed() == () and this_host().gpus == () and gpus.used_mib(["0"]) == 0.0


def test_the_memory_of_gpus_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    driver = Driver(monkeypatch)
    with GpuWatch(["0", "GPU-bb"]) as watch:
        driver.used = [700 * 2**20, 520 * 2**20]
    assert watch.peak == 1100
    with GpuWatch(["0", "1"]) as watch:
        driver.there = False  # nothing says any more
    assert watch.peak == 0
    with GpuWatch([]) as watch:
        pass
    assert watch.peak == 0


def test_what_a_machine_lacks_is_said() -> None:
    host = Host((0,), 1, 16.0, GPUS[:1])
    assert lacking(job(gpus=2), host) == "it needs 2 GPUs and this machine has 1 GPU"
    assert lacking(job(gpus=1), replace(host, gpus=())) == "it needs 1 GPU and this machine has no GPU"
    assert lacking(job(needs_gib=40.0), host) == "it needs 40 GiB of memory and this machine has 16 GiB to give"
    assert lacking(job(gpus=1, needs_gib=16.0), host) == ""


def test_jobs_that_need_most_gpus_come_first_then_the_longest() -> None:
    jobs = [job(3.0, "a"), job(9.0, "b"), job(0.0, "c"), job(1.0, "d", gpus=1), job(0.5, "e", gpus=2)]
    assert [item.projection.docname for item in in_order(jobs)] == ["e", "d", "c", "b", "a"]


def test_a_thread_is_pinned_for_a_while() -> None:
    before = os.sched_getaffinity(0)
    with pinned([min(before)]):
        assert os.sched_getaffinity(0) == {min(before)}
    assert os.sched_getaffinity(0) == before
    with pinned([]):
        assert os.sched_getaffinity(0) == before


# ---- what kernels see ----


@pytest.mark.backend
@pytest.mark.parametrize("modules", [(), FORKED], ids=["fresh", "forked"])
def test_a_kernel_stays_on_the_processors_of_its_slot_and_sees_no_gpu(tmp_path: Path, modules: tuple[str, ...]) -> None:
    cpus = tuple(sorted(os.sched_getaffinity(0)))
    jobs = [here(job(name=name, source=SEES, modules=modules), tmp_path) for name in ("x", "y")]
    results = list(run_jobs(jobs, Told(), 2, Host(cpus, len(cpus), 16.0, GPUS)))
    width = max(1, len(cpus) // 2)
    assert {tuple(values[3]) for values in seen(results).values()} <= {cpus[:width], cpus[width : 2 * width] or cpus}  # type: ignore[arg-type]
    assert {tuple(values[:3]) for values in seen(results).values()} == {("", "cpu", str(min(2, width)))}
    assert {(result.device, result.forked) for result in results} == {("cpu", bool(modules))}


@pytest.mark.backend
def test_each_slot_has_gpus_of_its_own_and_fresh_kernels_for_them(tmp_path: Path) -> None:
    wait = "import pathlib, time\npathlib.Path('{}').touch()\nwhile not pathlib.Path('{}').exists(): time.sleep(0.01)\n"
    names = [str(tmp_path / "one"), str(tmp_path / "two")]
    options = {"modules": FORKED, "gpus": 1}
    jobs = [
        here(job(5.0, "both", SEES, modules=FORKED, gpus=2), tmp_path),
        here(job(3.0, "one", wait.format(*names) + SEES, **options), tmp_path),
        here(job(3.0, "two", wait.format(*reversed(names)) + SEES, **options), tmp_path),
        here(job(1.0, "none", SEES, modules=FORKED), tmp_path),
        here(job(1.0, "three", SEES, modules=FORKED, gpus=3), tmp_path),
    ]
    told = Told()
    results = list(run_jobs(jobs, told, 2, Host((), 2, 16.0, GPUS)))
    by_name = {result.job.projection.docname: result for result in results}
    values = seen([result for name, result in by_name.items() if name != "three"])
    assert values["both"][0] == "0,1" and values["none"][0] == ""
    assert sorted([values["one"][0], values["two"][0]]) == ["0", "1"]
    assert values["one"][1] == "" and values["none"][1] == "cpu"
    assert values["one"][4] == "float32" and values["none"][4] is None
    assert {name: result.forked for name, result in by_name.items()} == {
        "both": False, "one": False, "two": False, "none": True, "three": False,
    }  # fmt: skip
    assert by_name["both"].device == "2 × H100" and by_name["one"].device == "H100"
    deferred = by_name["three"]
    assert deferred.status == "deferred" and deferred.fault is not None and deferred.fault.severity == "warning"
    assert "it needs 3 GPUs and this machine has 2 GPUs" in deferred.fault.message
    assert ("finished", "base/three") in told.events


class Overlap(Told):
    """Counts how many run at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.now = self.most = 0
        self.guard = threading.Lock()

    def started(self, job: Job) -> None:
        with self.guard:
            self.now += 1
            self.most = max(self.most, self.now)

    def finished(self, result: Result) -> None:
        with self.guard:
            self.now -= 1


@pytest.mark.backend
@pytest.mark.parametrize(("needs", "most"), [(6.0, 1), (4.0, 2), (11.0, 1)])
def test_notebooks_wait_for_memory(tmp_path: Path, needs: float, most: int) -> None:
    source = "import time\ntime.sleep(0.3)"
    jobs = [here(job(1.0, name, source, modules=FORKED, needs_gib=needs), tmp_path) for name in ("x", "y", "z")]
    told = Overlap()
    results = list(run_jobs(jobs, told, 2, Host((), 2, 11.0)))
    assert [result.status for result in results] == ["ok"] * 3
    assert told.most == most
