"""Starts the kernel of a job, and says in which environment it lives."""

from __future__ import annotations

import importlib.metadata
import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager

from d2lbook.execute.fork import PROVISIONER
from d2lbook.execute.model import Job, Slot

MATPLOTLIBRC = Path(__file__).with_name("matplotlibrc")
_THREADS = ("OMP", "MKL", "OPENBLAS", "NUMEXPR")
_PASSED = re.compile(r"PATH|HOME|USER|TMPDIR|D2L_\w+|LD_LIBRARY_PATH|SSL_CERT_\w+|\w+_proxy|XDG_CACHE_HOME")
_LONGEST_SOCKET = 90
"""Characters of a path at which a local socket may stand on every system."""


class Kernel(AsyncKernelManager):
    """A kernel manager with a specification of its own instead of an installed one."""

    def __init__(self, spec: KernelSpec, connection: Path) -> None:
        """Manage one kernel started as ``spec`` says, with its connection file at ``connection``.

        Local sockets beside that file serve where they can: no port is taken, and nobody else can connect.
        """
        local = sys.platform != "win32" and len(str(connection)) < _LONGEST_SOCKET
        super().__init__(transport="ipc" if local else "tcp", connection_file=str(connection))
        self._specification = spec

    @property
    def kernel_spec(self) -> KernelSpec:
        """The specification."""
        return self._specification


def kernel_for(job: Job, slot: Slot, folder: Path) -> Kernel:
    """Return a manager that starts the job's kernel on the slot's processors.

    Forked where the job names modules and needs no GPU (CUDA does not live through a fork), fresh otherwise. Its
    connection file will stand in ``folder``.
    """
    metadata: dict[str, Any] = {
        "kernel_provisioner": {"provisioner_name": PROVISIONER},
        "d2l_modules": [] if slot.gpus else list(job.modules),
        "d2l_cpus": list(slot.cpus),
    }
    argv = [str(job.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    spec = KernelSpec(argv=argv, language="python", display_name=job.projection.backend, metadata=metadata)
    return Kernel(spec, folder / "kernel.json")


def environment(job: Job, slot: Slot, folder: Path) -> dict[str, str]:
    """Return the kernel's environment: the same on every machine, but for the user's data and paths, and the slot."""
    env = {name: value for name, value in os.environ.items() if _PASSED.fullmatch(name)}
    env |= {f"{name}_NUM_THREADS": str(threads_of(job, slot)) for name in _THREADS}
    return env | {
        "PYTHONPATH": str(job.root),
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "COLUMNS": "80",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MATPLOTLIBRC": str(MATPLOTLIBRC),
        "SOURCE_DATE_EPOCH": "0",
        "IPYTHONDIR": str(folder / ".ipython"),
        "KERAS_BACKEND": "tensorflow",
        "TF_CPP_MIN_LOG_LEVEL": "2",
        "JAX_PLATFORMS": "" if slot.gpus else "cpu",
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": ",".join(gpu.id for gpu in slot.gpus),
        "TQDM_DISABLE": "1",
        "OMP_WAIT_POLICY": "PASSIVE",
    }


def threads_of(job: Job, slot: Slot) -> int:
    """Return the threads of a kernel's libraries: no more than processors, since threads that share one spin."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else slot.threads
    return max(1, min(job.threads, slot.threads, usable))


def versions(python: Path, packages: Iterable[str]) -> dict[str, str]:
    """Return the public versions of distributions in ``python``'s environment, without starting it."""
    folders = [str(path) for path in python.parent.parent.glob("lib/python3.*/site-packages")]
    wanted = {_normal(name): name for name in packages}
    found = {}
    for distribution in importlib.metadata.distributions(path=folders):
        name = wanted.get(_normal(distribution.metadata["Name"]))
        if name:
            found[name] = distribution.version.partition("+")[0]
    return {name: found.get(name, "") for name in wanted.values()}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
