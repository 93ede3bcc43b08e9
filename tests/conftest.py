"""Shared fixtures: small real books in a temporary folder."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from d2lbook.book.config import load as load_config

ROOT = Path(__file__).resolve().parents[1]

CONFIG = """\
[project]
name = small
title = 小书
author = 作者
release = 1.0
lang = zh_CN

[build]
source_dir = chapters_md
tabs = mxnet, pytorch, tensorflow, jax

[backend-mxnet]
title = MXNet
module = mxnet

[backend-pytorch]
title = PyTorch
module = torch

[backend-tensorflow]
title = TensorFlow
module = tensorflow

[backend-jax]
title = JAX
module = jax
"""

MakeBook = Callable[..., Path]


def need_env(backend: str) -> Path:
    """Return the interpreter of a backend's environment; where it is absent, skip (or fail where D2L_CI is set)."""
    python = load_config(ROOT).python(backend)
    if not python.exists():
        reason = f"needs the environment of {backend}: make envs"
        if os.environ.get("D2L_CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return python


@pytest.fixture
def make_book(tmp_path: Path) -> MakeBook:
    """Return a function that writes a book from ``{docname: markdown}`` and gives its root."""

    def make(files: Mapping[str, str], config: str = CONFIG) -> Path:
        (tmp_path / "config.ini").write_text(config, encoding="utf-8")
        for docname, text in files.items():
            file = tmp_path / "chapters_md" / f"{docname}.md"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(textwrap.dedent(text), encoding="utf-8")
        return tmp_path

    return make
