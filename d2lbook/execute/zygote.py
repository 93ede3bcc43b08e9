"""The process that kernels are forked from: it imports a framework once and does nothing else with it.

Run by path with a backend's own interpreter, so it imports only the standard library and what that environment has.
It reads one JSON object a line from stdin and answers one a line on stdout:

* ``{"fork": {"argv": […], "env": {…}, "path": […], "cwd": …, "log": …, "cpus": […]}}`` → ``{"pid": …, "keeper": …}``:
  a kernel with those arguments on those processors (empty: any), whose own messages go to the file ``log``;
* ``{"poll": pid}`` → ``{"status": null}`` while it runs, else its wait status as ``os.waitpid`` gives it.

Between this process and a kernel stands its keeper, which becomes the parent of every process that the kernel has
started and left (a daemon in a session of its own, too), ends them when the kernel has ended, and then ends as it did.
A cell that kills its parent kills its keeper, and no neighbour.

It ends when stdin closes, and its kernels with it. Nothing here computes, starts a thread or touches a device:
what a fork can't carry over must not exist yet.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36


def _die_with_parent() -> None:
    """Ask Linux to kill this process when the one that forked it ends."""
    import ctypes

    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _keep(request: dict[str, Any], kernel_is: int) -> None:
    """Start a kernel, tell its number on the pipe ``kernel_is``, and look after what it leaves; never return."""
    import ctypes

    status = 1 << 8
    try:
        _die_with_parent()
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
        kernel = os.fork()
        if kernel == 0:
            os.close(kernel_is)
            _kernel(request)
        os.write(kernel_is, str(kernel).encode())
        os.close(kernel_is)
        done = 0
        while done != kernel:
            done, status = os.waitpid(-1, 0)
        while True:
            for pid in _children():
                os.kill(pid, signal.SIGKILL)
            os.waitpid(-1, 0)
    except ChildProcessError:  # none is left
        pass
    finally:
        if os.WIFSIGNALED(status):
            import resource

            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            if os.WTERMSIG(status) != signal.SIGKILL:
                signal.signal(os.WTERMSIG(status), signal.SIG_DFL)
            os.kill(os.getpid(), os.WTERMSIG(status))
        os._exit(os.waitstatus_to_exitcode(status) if os.WIFEXITED(status) else 1)


def _children() -> list[int]:
    """Return the processes whose parent this one is."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                words = (folder / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue
            if int(words[1]) == os.getpid():
                found.append(int(folder.name))
    return found


def _kernel(request: dict[str, Any]) -> None:
    """Become a kernel; never return."""
    code = 1
    try:
        os.setsid()
        _die_with_parent()
        if request.get("cpus"):
            os.sched_setaffinity(0, request["cpus"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        log = os.open(request.get("log") or os.devnull, os.O_WRONLY | os.O_APPEND)
        os.dup2(log, 1)
        os.dup2(log, 2)
        os.environ.clear()
        os.environ.update(request["env"])
        os.chdir(request["cwd"])
        sys.path[:] = request["path"] + [entry for entry in sys.path if entry not in request["path"]]
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from ipykernel.kernelapp import IPKernelApp

        app = IPKernelApp.instance()
        app.initialize(request["argv"])
        app.start()
        code = 0
    except SystemExit as exit_:
        code = exit_.code if isinstance(exit_.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


LATER = (
    "tornado.platform.asyncio",
    "tornado.locks",
    "tornado.queues",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "faulthandler",
    "sqlite3",
)
"""What a kernel imports as it starts; imported here, it is there at once."""


def _import_kernel() -> None:
    """Import ipykernel and what it needs later, without the debugger, whose import takes longer than all the rest."""
    __import__("ipykernel.kernelapp")
    __import__("ipykernel.ipkernel")
    debugger: Any = None  # makes its import fail, which ipykernel takes for absent
    sys.modules["debugpy"] = debugger
    __import__("ipykernel.debugger")
    del sys.modules["debugpy"]
    for name in LATER:
        try:
            __import__(name)
        except ImportError:
            continue


def main(modules: list[str]) -> int:
    """Import ``modules``, then serve requests until stdin closes."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what an import prints must not look like an answer
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        _import_kernel()
        for name in modules:
            __import__(name)
    except ImportError as error:
        answers.write(json.dumps({"error": str(error)}) + "\n")
        return 1
    import gc

    gc.collect()
    gc.freeze()  # forked kernels share these pages instead of copying them at their first collection
    answers.write(json.dumps({"ready": os.getpid()}) + "\n")
    keepers: dict[int, int] = {}
    for line in sys.stdin:
        request = json.loads(line)
        if "fork" in request:
            told, tells = os.pipe()
            keeper = os.fork()
            if keeper == 0:
                os.close(told)
                _keep(request["fork"], tells)
            os.close(tells)
            with os.fdopen(told) as answer:
                pid = int(answer.read() or 0)
            keepers[pid] = keeper
            answers.write(json.dumps({"pid": pid, "keeper": keeper}) + "\n")
        else:
            done, status = os.waitpid(keepers[request["poll"]], os.WNOHANG)
            answers.write(json.dumps({"status": status if done else None}) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
