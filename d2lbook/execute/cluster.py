"""Runs notebooks on the machines of a Ray cluster: a task is one ``d2lbook eval`` of one projection.

Ray is an optional extra (``cluster``): it places tasks by their processors, GPUs and memory, and tells when a machine
is gone. Every machine has the repository, with its environments, at the same path as here (a shared folder, or a clone
of the same commit); what a task stored comes back as bytes, and nothing is written there. (Dask and Slurm were looked
at: Dask does not know GPUs, Slurm needs a cluster of its own.)
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from d2lbook.errors import UsageError

OUTPUT, STORED = "results", "stored"
"""Folders, below the one given by ``--to``, of reports and failed notebooks, and of stored runs."""
RETRIES = 1
"""How often a task whose machine went away is run again."""
_NODE = "node:"
"""How the resource begins by which Ray names a machine."""
_KEPT = 4000
"""Characters of a task's messages that are kept."""


@dataclass(frozen=True, slots=True)
class Task:
    """One projection to run somewhere."""

    key: str
    words: tuple[str, ...]
    """Words of the command line after ``d2lbook --root ROOT eval``."""
    cpus: int
    gpus: int
    memory_gib: float


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came back of a task."""

    key: str
    files: Mapping[str, str] = field(default_factory=dict)
    """Text by path below the folder that the task wrote to."""
    machine: str = ""
    messages: str = ""
    """What the task printed last."""
    lost: tuple[str, ...] = ()
    """Why it was lost, each time that it was."""
    impossible: str = ""
    """What it needs that no machine of the cluster has."""


def run_on_cluster(root: Path, tasks: Sequence[Task], address: str) -> Iterator[Delivery]:
    """Run tasks on the cluster at ``address`` in the order given, and yield what comes back as it comes.

    A task whose worker or machine goes away is run once more. UsageError if Ray is missing or nobody answers. When the
    caller stops early, what runs is ended.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise UsageError("--cluster needs Ray: pip install 'ray>=2.40'") from None
    try:
        here = _reach(address)
        ray.init(address=address, log_to_driver=False, logging_level="error", **here)
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"no Ray cluster answers at {address}: {str(error).splitlines()[0]}") from None
    try:
        yield from _deliveries(ray, root, tasks)
    finally:
        ray.shutdown()


def _reach(address: str) -> dict[str, str]:
    """Return what Ray has to be told to reach a cluster; OSError if nobody listens there (Ray would wait minutes).

    A cluster of this machine alone may live on a loopback address other than 127.0.0.1, which Ray takes for the
    machine's outward one.
    """
    host, _, port = address.rpartition(":")
    if address == "auto" or "://" in address or not port.isdigit():
        return {}
    socket.create_connection((host, int(port)), timeout=10).close()
    return {"_node_ip_address": host} if host.startswith("127.") else {}


def _deliveries(ray: Any, root: Path, tasks: Sequence[Task]) -> Iterator[Delivery]:
    machines = [node["Resources"] for node in ray.nodes() if node["Alive"]]
    remote = ray.remote(max_retries=0)(_evaluate)

    def submit(task: Task) -> Any:
        needs = {"num_cpus": task.cpus, "num_gpus": task.gpus, "memory": int(task.memory_gib * 2**30)}
        return remote.options(name=task.key, **needs).remote(str(root), task.words)

    running: dict[Any, Task] = {}
    lost: dict[str, tuple[str, ...]] = {}
    for task in tasks:
        if lack := lacking(task, machines):
            yield Delivery(task.key, impossible=lack)
        else:
            running[submit(task)] = task
    while running:
        (done, *_), _ = ray.wait(list(running), num_returns=1)
        task = running.pop(done)
        try:
            machine, files, messages = ray.get(done)
        except ray.exceptions.RayTaskError as error:
            yield Delivery(task.key, messages=str(error)[-_KEPT:], lost=lost.get(task.key, ()))
        except ray.exceptions.RayError as error:
            why = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            lost[task.key] = (*lost.get(task.key, ()), why)
            if len(lost[task.key]) <= RETRIES:
                running[submit(task)] = task
            else:
                yield Delivery(task.key, lost=lost[task.key])
        else:
            yield Delivery(task.key, files, machine, messages, lost.get(task.key, ()))


def lacking(task: Task, machines: Sequence[Mapping[str, float]]) -> str:
    """Say what a task needs that no machine has; nothing if one has all. Ray would wait for one for ever."""
    needs = {"CPU": float(task.cpus), "GPU": float(task.gpus), "memory": task.memory_gib * 2**30}
    if any(all(machine.get(name, 0.0) >= need for name, need in needs.items()) for machine in machines):
        return ""
    wants = f"{task.cpus} processors, {task.gpus} GPUs and {task.memory_gib:.3g} GiB of memory"
    offers = "; ".join(_offer(machine, needs) for machine in machines) or "the cluster has no machine"
    return f"it needs {wants} on one machine: {offers}"


def _offer(machine: Mapping[str, float], needs: Mapping[str, float]) -> str:
    """Return a machine's name, and what it lacks of what is needed."""
    name = next((key.removeprefix(_NODE) for key in machine if key.startswith(_NODE) and "__" not in key), "a machine")
    words = {"CPU": "{:g} processors", "GPU": "{:g} GPUs", "memory": "{:.3g} GiB of memory"}
    scale = {"memory": 2**30}
    less = [what for what, need in needs.items() if machine.get(what, 0.0) < need]
    return f"{name} has " + ", ".join(words[what].format(machine.get(what, 0.0) / scale.get(what, 1)) for what in less)


def _evaluate(root: str, words: Sequence[str]) -> tuple[str, dict[str, str], str]:
    """Run one ``d2lbook eval`` on a worker; return the machine's name, the files that it wrote, and its last words."""
    import ray

    gpus = ",".join(str(number) for number in ray.get_gpu_ids())
    here = socket.gethostname()
    if missing := _missing(Path(root)):
        return here, {}, f"{here} lacks {missing}: every machine needs the repository, at the path that it has here"
    with tempfile.TemporaryDirectory(prefix="d2lbook-task-") as folder:
        command = [sys.executable, "-m", "d2lbook", "--root", root, "eval", *words, "--to", folder, "--gpus", gpus]
        env = {name: value for name, value in os.environ.items() if name != "CUDA_VISIBLE_DEVICES"}
        ended = subprocess.run(
            command, cwd=root, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, preexec_fn=_tied
        )
        files = {
            path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(Path(folder).rglob("*"))
            if path.is_file()
        }
    return here, files, ended.stdout[-_KEPT:]


def _missing(root: Path) -> str:
    """Return what a machine lacks of a book's repository: its settings, or the folder itself; empty if it has them."""
    return next((str(path) for path in (root, root / "config.ini") if not path.exists()), "")


def _tied() -> None:
    """Ask Linux to end this process with the worker that started it."""
    with contextlib.suppress(OSError, AttributeError):
        import ctypes

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
