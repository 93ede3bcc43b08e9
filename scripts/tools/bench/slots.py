"""How well many notebooks share a machine: our wall time against that of plain serial runs, on two processors.

``python -m scripts.tools.bench.slots [--notebooks 40] [--no-plain]`` runs notebooks of different lengths in the four
backends: serially with one slot on both processors, with two slots on one processor each that take the next of a list
in the book's order, and with the engine, which knows the times of the run before. The serial runs are made with plain
nbclient and, so that nothing but the order and the slots differs, with the engine's own forked kernels. The efficiency
is the better serial wall time divided by ours. For a quiet machine; about seven minutes, two with ``--no-plain``.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from d2lbook.book import config as settings
from d2lbook.book.config import Config
from d2lbook.execute.fork import close_zygotes
from d2lbook.execute.host import pinned, slots_for, this_host
from d2lbook.execute.model import Job, Slot
from d2lbook.execute.schedule import run_jobs
from scripts.tools.bench.kernels import Silent, checked, job_of, plain

ROOT = Path(__file__).resolve().parents[3]
LOOP = "for _ in range({n}):\n    x = "
STEP = {
    "pytorch": f"x = torch.ones(200, 200)\n{LOOP}torch.tanh(x @ x / 200)\nfloat(x.sum())",
    "tensorflow": f"x = tf.ones((200, 200))\n{LOOP}tf.tanh(x @ x / 200)\nfloat(tf.reduce_sum(x))",
    "jax": f"x = jnp.ones((200, 200))\n{LOOP}jnp.tanh(x @ x / 200)\nfloat(x.sum())",
    "mxnet": f"npx.set_np()\nx = np.ones((200, 200))\n{LOOP}np.tanh(np.dot(x, x) / 200)\nfloat(x.sum())",
}
STEPS = (500, 1000, 1500, 2000, 2500, 3000, 4000, 5000, 6000, 9000)

Way = Callable[[Job, Slot], None]


def jobs_of(config: Config, number: int) -> list[Job]:
    """Return notebooks of the four backends in turn, their lengths in an order that is not by length."""
    jobs = []
    for place in range(number):
        backend = config.backend_names[place % len(config.backend_names)]
        steps = STEPS[place // len(config.backend_names) * 7 % len(STEPS)]
        code = STEP[backend].format(n=steps)
        jobs.append(job_of(config, backend, config.backend(backend).imports, code, name=f"bench-{place:02d}"))
    return jobs


def serial(jobs: Sequence[Job], slots: Sequence[Slot], way: Way) -> tuple[float, dict[str, float]]:
    """Run the jobs in their order, each slot taking the next; return the wall time and each one's seconds."""
    waiting, guard = list(jobs), threading.Lock()
    times: dict[str, float] = {}

    def work(slot: Slot) -> None:
        with pinned(slot.cpus):
            while True:
                with guard:
                    if not waiting:
                        return
                    job = waiting.pop(0)
                begun = time.perf_counter()
                way(job, slot)
                times[job.projection.key] = time.perf_counter() - begun

    begun = time.perf_counter()
    threads = [threading.Thread(target=work, args=(slot,)) for slot in slots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    close_zygotes()
    return time.perf_counter() - begun, times


def main() -> None:
    """Run the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--notebooks", type=int, default=40)
    parser.add_argument("--no-plain", action="store_true", help="leave plain nbclient out")
    arguments = parser.parse_args()
    host = this_host(())
    host = replace(host, cpus=host.cpus[:2], count=min(2, host.count))
    jobs = jobs_of(settings.load(ROOT), arguments.notebooks)
    wide, narrow = slots_for(jobs, host, 1), slots_for(jobs, host, 2)
    kernels: dict[str, Way] = {} if arguments.no_plain else {"plain nbclient": plain}
    kernels["forked kernels"] = checked
    walls: dict[str, float] = {}
    times: dict[str, float] = {}
    print(f"{len(jobs)} notebooks on processors {host.cpus}")
    print("| serial runs | one slot on both, s | two slots on one each, s | ours, s | efficiency |")
    print("|:--|--:|--:|--:|--:|")
    for name, way in kernels.items():
        walls[f"{name} 1"], times = serial(jobs, wide, way)
        walls[f"{name} 2"], times = serial(jobs, narrow, way)
    known = [replace(job, expected=max(0.01, times[job.projection.key])) for job in jobs]
    begun = time.perf_counter()
    for result in run_jobs(known, Silent(), host=host):
        if not result.good:
            raise SystemExit(str(result.fault))
    ours = time.perf_counter() - begun
    for name in kernels:
        one, two = walls[f"{name} 1"], walls[f"{name} 2"]
        print(f"| {name} | {one:.1f} | {two:.1f} | {ours:.1f} | {min(one, two) / ours:.2f} |")
    print(f"ours chose {len(slots_for(known, host))} slots")


if __name__ == "__main__":
    main()
