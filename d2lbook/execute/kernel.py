"""Starts the kernel of a job, and says in which environment it lives."""

from __future__ import annotations

import contextlib
import functools
import importlib.metadata
import os
import queue
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import zmq
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from packaging.utils import canonicalize_name

from d2lbook.execute.fork import PROVISIONER
from d2lbook.execute.model import Job, Slot

MATPLOTLIBRC = Path(__file__).with_name("matplotlibrc")
_THREADS = ("OMP", "MKL", "OPENBLAS", "NUMEXPR")
_PASSED = re.compile(r"PATH|HOME|USER|TMPDIR|D2L_\w+|LD_LIBRARY_PATH|SSL_CERT_\w+|\w+_proxy|XDG_CACHE_HOME")
_AGAIN = 5
"""Milliseconds after which a channel tries again to reach a kernel that is not there yet (ZeroMQ's own way: 100)."""
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


async def connected(kernel: Kernel) -> AsyncKernelClient:
    """Return a client of a kernel that is being started, when the kernel answers on every channel.

    ``wait_for_ready`` of jupyter_client does the same and then listens for 0.2 s whether more comes; here the kernel's
    own word that it is idle is waited for. RuntimeError if it dies first.
    """
    kernel.context.setsockopt(zmq.RECONNECT_IVL, _AGAIN)
    client = kernel.client()
    client.start_channels(hb=False)
    client.allow_stdin = False
    try:
        while True:
            client.kernel_info()
            with contextlib.suppress(queue.Empty):
                await client.get_shell_msg(timeout=0.5)
                while True:
                    message = await client.get_iopub_msg(timeout=0.02)
                    if message["content"].get("execution_state") == "idle":
                        return client
            if not await kernel.is_alive():
                raise RuntimeError("it died before it answered")
    except BaseException:
        client.stop_channels()
        raise


def environment(job: Job, slot: Slot, folder: Path) -> dict[str, str]:
    """Return the kernel's environment: the same on every machine, but for the user's data and paths, and the slot."""
    env = {name: value for name, value in os.environ.items() if _PASSED.fullmatch(name)}
    if slot.gpus:  # JAX would round factors of products to 10 bits there (TF32), and claims about float32 fail
        env["JAX_DEFAULT_MATMUL_PRECISION"] = "float32"
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
        "XLA_PYTHON_CLIENT_PREALLOCATE": "false",
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
    return dict(_versions(python, tuple(packages)))


@functools.lru_cache(maxsize=32)
def _versions(python: Path, packages: tuple[str, ...]) -> dict[str, str]:
    folders = [str(path) for path in python.parent.parent.glob("lib/python3.*/site-packages")]
    wanted = {canonicalize_name(name.removesuffix("-cpu")): name for name in packages}  # what a GPU's lock calls it
    wanted |= {canonicalize_name(name): name for name in packages}
    found = {}
    for distribution in importlib.metadata.distributions(path=folders):
        name = wanted.get(canonicalize_name(distribution.metadata["Name"]))
        if name:
            found[name] = distribution.version.partition("+")[0]
    return {name: found.get(name, "") for name in wanted.values()}
