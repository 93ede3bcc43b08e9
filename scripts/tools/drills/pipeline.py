"""The evaluation pipeline of ``.github/workflows/eval.yml`` on this machine, without Actions.

``python -m scripts.tools.drills.pipeline WORK [SECTION …]`` clones the repository's last commit into the folder WORK,
makes the sections named (default: all) stale there, and then does what the workflow does: every job of its matrix
(backend × shard) is a ``make shard`` in a process and a clone of its own, its artifact is what the workflow uploads,
and one ``make merge`` in a further clone makes one store, one report and the site of them. The merged store is held
against that of one run: digests, code, versions and names of metrics must be the same, outputs must agree as
``d2lbook verify`` demands, claims must hold. The one run is the committed store, or with ``--one-run`` a ``d2lbook
eval`` made here. Prints counts and seconds; exit code 1 if anything differs.

``--step prepare``, ``--step shard --tab jax --shard 1/2`` and ``--step merge`` do a part, for machines that others
share. Environments must be made before (``make envs``); clones borrow them, and nothing is installed.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.book.projection import Projection
from d2lbook.evidence import store
from d2lbook.evidence.claims import claim_faults
from d2lbook.evidence.verification import TOLERANCE, differences
from d2lbook.execute.results import read_report
from scripts.tools import matrix

ROOT = Path(__file__).resolve().parents[3]
BIN = Path(sys.executable).parent
ORIGIN, MERGED, ONE = "origin", "merged", "one"


@dataclass(frozen=True, slots=True)
class Job:
    """One job of the workflow's matrix."""

    tab: str
    shard: str
    """``1/2``."""

    @property
    def name(self) -> str:
        """Of its clone and artifact."""
        return f"shard-{self.tab}-{self.shard.partition('/')[0]}"


@dataclass
class Comparison:
    """The merged store beside that of one run."""

    runs: int = 0
    identical: int = 0
    """Runs whose outputs are the same to the last character."""
    metrics: Counter[str] = field(default_factory=Counter)
    """How many are ``same``, ``close`` (to a relative 1e-3) or ``judged`` (by the claims alone)."""
    wrong: list[str] = field(default_factory=list)


def workflow(root: Path) -> tuple[list[Job], list[str]]:
    """Return the jobs of the workflow's matrix, and the paths that each uploads."""
    read = yaml.safe_load((root / ".github/workflows/eval.yml").read_text(encoding="utf-8"))["jobs"]["shard"]
    made = [(str(job["backend"]), f"{job['shard']}/{job['of']}") for job in matrix.jobs(root, "shards")]
    (upload,) = (step for step in read["steps"] if "upload-artifact" in step.get("uses", ""))
    return [Job(*job) for job in made], upload["with"]["path"].split()


def clone(source: Path, target: Path, environments: Path) -> Path:
    """Clone a repository, lend the clone the environments, and return it."""
    if not target.is_dir():
        subprocess.run(["git", "clone", "--quiet", "--local", source, target], check=True)
        (target / ".envs").symlink_to(environments)
    return target


def prepare(repository: Path, work: Path, sections: Sequence[str], environments: Path) -> None:
    """Clone the repository, and commit there stored runs whose digest says that they are stale."""
    names = sorted({job.tab for job in workflow(repository)[0]})
    if behind := [name for name in names if _installed(environments / name) != _lock(repository, name)]:
        raise SystemExit(f"environments that are not as locked: {', '.join(behind)}; run: make envs")
    work.mkdir(parents=True, exist_ok=True)
    book = books.load(clone(repository, work / ORIGIN, environments))
    for projection in wanted(book, sections):
        if stored := store.load(book, projection):
            path = store.path_of(book, projection)
            text = path.read_text(encoding="utf-8").replace(f'"digest": "{stored.digest}"', '"digest": "0"')
            path.write_text(text, encoding="utf-8")
    (work / "sections.json").write_text(json.dumps(list(sections)), encoding="utf-8")
    git = ["git", "-C", str(work / ORIGIN), "-c", "user.name=drill", "-c", "user.email=drill@example.org"]
    subprocess.run([*git, "commit", "--quiet", "--all", "--allow-empty", "-m", "stale"], check=True)


def _lock(repository: Path, name: str) -> str:
    return hashlib.sha256((repository / "locks" / f"{name}-cpu.txt").read_bytes()).hexdigest()


def _installed(env: Path) -> str:
    stamp = env / "lock.sha256"
    return stamp.read_text() if stamp.is_file() else ""


def wanted(book: Book, sections: Sequence[str]) -> list[Projection]:
    """Return the projections of the sections, of all if none is named."""
    return [item for item in book.projections() if not sections or item.docname in sections]


def call(checkout: Path, *words: str) -> int:
    """Run a target of make in a checkout, with the engine that stands in it; return the exit code."""
    env = os.environ | {"PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    command = ["make", "--silent", "--old-file=.venv/stamp", "--old-file=.venv/cluster", f"BIN={BIN}", *words]
    return subprocess.run(command, cwd=checkout, env=env, check=False).returncode


def run_shard(work: Path, job: Job, uploads: Sequence[str], environments: Path) -> float:
    """Run one job in a clone of its own and gather its artifact; return the seconds."""
    began = time.monotonic()
    checkout = clone(work / ORIGIN, work / job.name, environments)
    code = call(checkout, "shard", f"TAB={job.tab}", f"SHARD={job.shard}")
    artifact = work / "artifacts" / job.name
    shutil.rmtree(artifact, ignore_errors=True)
    for path in uploads:
        if (checkout / path).is_dir():
            shutil.copytree(checkout / path, artifact / path)
    seconds = time.monotonic() - began
    print(f"{job.name}: exit {code} after {seconds:.1f} s", flush=True)
    return seconds


def merge(work: Path, environments: Path) -> tuple[int, float]:
    """Merge the artifacts in a clone of their own; return exit code and seconds."""
    began = time.monotonic()
    checkout = clone(work / ORIGIN, work / MERGED, environments)
    shards = checkout / "_build" / "shards"
    shutil.rmtree(shards, ignore_errors=True)
    (work / "artifacts").mkdir(exist_ok=True)
    shutil.copytree(work / "artifacts", shards)
    return call(checkout, "merge"), time.monotonic() - began


def one_run(work: Path, environments: Path) -> float:
    """Run all that is stale in one process and one clone; return the seconds."""
    began = time.monotonic()
    checkout = clone(work / ORIGIN, work / ONE, environments)
    env = os.environ | {"PYTHONPATH": str(checkout)}
    subprocess.run([BIN / "python", "-m", "d2lbook", "eval"], cwd=checkout, env=env, check=True)
    return time.monotonic() - began


def compare(merged: Book, reference: Book, sections: Sequence[str]) -> Comparison:
    """Hold the merged store against that of one run."""
    found = Comparison()
    for projection in wanted(merged, sections):
        ours, theirs = store.load(merged, projection), store.load(reference, projection)
        found.runs += 1
        if ours is None or theirs is None:
            found.wrong.append(f"{projection.key}: not stored")
            continue
        for name in ("digest", "parts", "sources", "versions", "device"):
            if getattr(ours, name) != getattr(theirs, name):
                found.wrong.append(f"{projection.key}: another {name}")
        if ours.metrics.keys() != theirs.metrics.keys():
            found.wrong.append(f"{projection.key}: other metrics")
        found.identical += ours.outputs == theirs.outputs
        found.metrics.update(_kinds(theirs.metrics, ours.metrics))
        found.wrong.extend(str(fault) for fault in differences(merged, projection, theirs.outputs, ours.outputs))
        runs = {projection.backend: ours.metrics}
        found.wrong.extend(map(str, claim_faults(merged.section(projection.docname), runs)))
    return found


def _kinds(old: Mapping[str, float], new: Mapping[str, float]) -> Iterator[str]:
    for name in old.keys() & new.keys():
        near = abs(old[name] - new[name]) <= TOLERANCE * max(abs(old[name]), abs(new[name]))
        yield "same" if old[name] == new[name] else "close" if near else "judged"


def finish(work: Path, repository: Path, environments: Path, once: bool) -> int:
    """Merge, compare, print; return the exit code."""
    sections = json.loads((work / "sections.json").read_text(encoding="utf-8"))
    seconds = one_run(work, environments) if once else 0.0
    code, merging = merge(work, environments)
    merged = books.load(work / MERGED)
    report = read_report(merged.config.output_dir / "results" / "eval.json")
    found = compare(merged, books.load(work / ONE if once else repository), sections)
    stale = [state.projection.key for state in store.status(merged) if state.state != "fresh"]
    ran = sum(result.seconds for result in report.results)
    print("\n".join(found.wrong))
    print(
        f"merge: exit {code} after {merging:.1f} s; {len(report.results)} runs of {found.runs} to be compared, "
        f"{sum(result.status == 'ok' for result in report.results)} good, {ran:.0f} s of notebooks, {len(stale)} not "
        f"fresh; outputs the same to the last character in {found.identical}; metrics: "
        + ", ".join(f"{found.metrics[kind]} {kind}" for kind in ("same", "close", "judged"))
        + f"; {len(found.wrong)} differences"
        + (f"; one run took {seconds:.1f} s" if once else "")
    )
    return int(bool(code or found.wrong or stale or len(report.results) != found.runs))


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("work", type=Path)
    parser.add_argument("sections", nargs="*", metavar="SECTION")
    parser.add_argument("--repository", type=Path, default=ROOT)
    parser.add_argument("--step", choices=["prepare", "shard", "merge"])
    parser.add_argument("--tab")
    parser.add_argument("--shard")
    parser.add_argument("--one-run", action="store_true", help="hold it against a run made here")
    given = parser.parse_args(argv)
    work, repository = given.work.resolve(), given.repository.resolve()
    environments = (repository / ".envs").resolve()
    if given.step in (None, "prepare"):
        prepare(repository, work, given.sections, environments)
    jobs, uploads = workflow(repository)
    for job in jobs if given.step is None else [Job(given.tab, given.shard)] if given.step == "shard" else ():
        run_shard(work, job, uploads, environments)
    return finish(work, repository, environments, given.one_run) if given.step in (None, "merge") else 0


if __name__ == "__main__":
    sys.exit(main())
