"""Kernels forked from a process that has imported the framework: a Jupyter kernel provisioner.

A fresh kernel spends seconds on start-up and imports; a forked one has them behind it. Selected by the kernel
specification's metadata (``kernel_provisioner``), so jupyter_client and nbclient use it unchanged; where forking
is not safe (anything but Linux, a GPU) or fails, the fresh kernel of ``LocalProvisioner`` takes its place.
The process that is forked is ``zygote.py``, one per interpreter, modules and environment, as long as this one lives.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from d2lbook.execute.host import pinned
from d2lbook.execute.zygote import PR_SET_CHILD_SUBREAPER

PROVISIONER = "d2lbook-fork"
"""Name of the entry point in the group ``jupyter_client.kernel_provisioners``."""
ZYGOTE = Path(__file__).with_name("zygote.py")
_POLL = 0.02


class ForkError(RuntimeError):
    """The forking process could not be started or did not answer."""


class Zygote:
    """One process that has imported some modules, and forks kernels on request."""

    def __init__(self, python: str, modules: Sequence[str], env: Mapping[str, str]) -> None:
        """Start it and wait until its imports are done; ForkError if they fail."""
        self.lock = threading.Lock()
        self.process = subprocess.Popen(
            [python, str(ZYGOTE), *modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=dict(env),
            start_new_session=True,
        )
        if "ready" not in (answer := self._answer()):
            raise ForkError(answer.get("error", "no answer"))

    def _answer(self) -> dict[str, Any]:
        assert self.process.stdout
        line = self.process.stdout.readline()
        return dict(json.loads(line)) if line else {}

    def ask(self, **request: Any) -> dict[str, Any]:
        """Send one request and return its answer; ForkError if the process is gone."""
        assert self.process.stdin
        with self.lock:
            try:
                self.process.stdin.write(json.dumps(request) + "\n")
                self.process.stdin.flush()
                answer = self._answer()
            except (OSError, ValueError) as error:
                raise ForkError(str(error)) from None
        if not answer:
            raise ForkError("the forking process has ended")
        return answer

    def close(self) -> None:
        """End the process; its kernels end with it."""
        if self.process.stdin:
            self.process.stdin.close()
        try:
            self.process.wait(2)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class ForkedProcess:
    """What ``LocalProvisioner`` needs of a ``Popen``, for a kernel that is no child of this process."""

    stdin = stdout = stderr = None

    def __init__(self, zygote: Zygote, pid: int) -> None:
        """Stand for process ``pid``, a child of ``zygote``."""
        self.zygote, self.pid = zygote, pid
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, the negative signal's number if one ended it, or None while it runs."""
        if self.returncode is None:
            try:
                status = self.zygote.ask(poll=self.pid)["status"]
            except ForkError:
                self.returncode = -signal.SIGKILL
            else:
                self.returncode = None if status is None else os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end and return as ``poll``; subprocess.TimeoutExpired after ``timeout`` seconds."""
        end = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if end is not None and time.monotonic() > end:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            time.sleep(_POLL)
        return code

    def send_signal(self, signum: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)


_zygotes: dict[tuple[str, ...], Zygote] = {}
_starting: dict[tuple[str, ...], threading.Lock] = {}
_guard = threading.Lock()


def zygote_for(python: str, modules: Sequence[str], env: Mapping[str, str]) -> Zygote:
    """Return the running process for an interpreter, modules and environment, started at first use."""
    key = (python, *modules, json.dumps(sorted(env.items())))
    with _guard:
        starting = _starting.setdefault(key, threading.Lock())
    with starting:  # another backend's need not wait
        zygote = _zygotes.get(key)
        if zygote is None or zygote.process.poll() is not None:
            zygote = _zygotes[key] = Zygote(python, modules, env)
    return zygote


def close_zygotes() -> None:
    """End every forking process."""
    with _guard:
        while _zygotes:
            _zygotes.popitem()[1].close()


atexit.register(close_zygotes)


def shared_environment(env: Mapping[str, str]) -> dict[str, str]:
    """Return the environment without what differs from kernel to kernel, so that they share one forking process."""
    own = ("PWD", "OLDPWD", "JPY_", "D2L_", "TMPDIR", "IPYTHONDIR", "JUPYTER")
    return {name: value for name, value in env.items() if not name.startswith(own)}


class ForkProvisioner(LocalProvisioner):
    """Launches a kernel by forking; the specification's metadata names the modules to have imported."""

    forked = False
    """Whether the present kernel was forked."""
    keeper = 0
    """The process that looks after what a forked kernel leaves."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork a kernel, or start a fresh one where that can't be; return its connection information."""
        modules = self.kernel_spec.metadata.get("d2l_modules", [])
        cpus = self.kernel_spec.metadata.get("d2l_cpus", [])
        if not sys.platform.startswith("linux") or not modules:
            with pinned(cpus):
                return await super().launch_kernel(cmd, **kwargs | _adopting())
        env = dict(kwargs.get("env") or os.environ)
        try:
            zygote = zygote_for(cmd[0], modules, shared_environment(env))
            request = {"argv": cmd[cmd.index("-f") :], "env": env, "cwd": kwargs.get("cwd") or ".", "path": _path(env)}
            request |= {"log": getattr(kwargs.get("stdout"), "name", os.devnull), "cpus": cpus}
            answer = zygote.ask(fork=request)
            pid, self.keeper = answer["pid"], answer["keeper"]
            if not pid:
                raise ForkError("the kernel's keeper has ended")
        except ForkError:
            self.keeper = 0
            with pinned(cpus):
                return await super().launch_kernel(cmd, **kwargs | _adopting())
        self.forked = True
        self.process = ForkedProcess(zygote, pid)  # type: ignore[assignment]  # stands in for a Popen
        self.pid = self.pgid = pid
        return self.connection_info


def _adopting() -> dict[str, Any]:
    """Return what lets a fresh kernel be the parent of the processes that its own ones leave; nothing but on Linux."""
    if not sys.platform.startswith("linux"):
        return {}
    libc = ctypes.CDLL(None)
    return {"preexec_fn": lambda: libc.prctl(PR_SET_CHILD_SUBREAPER, 1)}


def _path(env: Mapping[str, str]) -> list[str]:
    return [entry for entry in env.get("PYTHONPATH", "").split(os.pathsep) if entry]
