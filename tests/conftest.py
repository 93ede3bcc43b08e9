"""Shared fixtures: small real books in a temporary folder, and what was built of the real one; which chapters run."""

from __future__ import annotations

import os
import signal
import textwrap
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.book.config import load as load_config
from d2lbook.book.places import CACHE
from d2lbook.notebooks import write_zips
from scripts.tools import scope

ROOT = Path(__file__).resolve().parents[1]
PARITY = "tests/parity/"

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
BUILT = bool(os.environ.get("D2L_BUILT"))
"""Whether ``make test`` has just built the site and packed the zips of this tree below ``_build``."""


def pytest_configure() -> None:
    """Hear Ctrl-C also where a shell has started the tests in the background, which tells its children to ignore it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


class _ByFile(LoadFileScheduling):
    """A file's tests run in one worker; parity's files too, since they share the backends' processes."""

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return PARITY if file.startswith(PARITY) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadFileScheduling:
    """Divide the tests among workers, where there are several."""
    return _ByFile(config, log)


def chapter_of(item: pytest.Item) -> str:
    """Return the chapter whose mark a test carries, if any."""
    mark = item.get_closest_marker("chapter")
    return str(mark.kwargs["name"]) if mark else ""


def left_out(chapters: Sequence[str]) -> set[str]:
    """Return the chapters whose tests a run leaves out."""
    return set(chapters) - set(scope.chosen_chapters(sorted(set(chapters))))


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out chapters that neither the change nor its sample holds, unless tests are asked for by name or mark."""
    asked = config.option.keyword or "chapter" in config.option.markexpr or any("::" in word for word in config.args)
    if asked:
        return
    without = left_out([chapter for item in items if (chapter := chapter_of(item))])
    config.hook.pytest_deselected(items=[item for item in items if chapter_of(item) in without])
    items[:] = [item for item in items if chapter_of(item) not in without]


def need_env(backend: str) -> Path:
    """Return the interpreter of a backend's environment; where it is absent, skip (or fail where D2L_CI is set)."""
    python = load_config(ROOT).python(backend)
    if not python.exists():
        reason = f"needs the environment of {backend}: make envs"
        if os.environ.get("D2L_CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return python


def need_program(program: Path, made_by: str) -> None:
    """Where a program is absent, skip, or fail where D2L_CI is set; ``made_by``: what makes it."""
    if not program.is_file():
        reason = f"needs {program.name}: {made_by}"
        if os.environ.get("D2L_CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture(scope="session")
def real_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the real book's site: the one just built, or one built here."""
    book = books.load(ROOT)
    if BUILT:
        return book.config.output_dir / "html"
    folder = tmp_path_factory.mktemp("real")
    site.build(replace(book, config=replace(book.config, output_dir=folder)), folder / "html")
    return folder / "html"


@pytest.fixture(scope="session")
def real_zips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the real book's zips: those just packed, or some packed here."""
    book = books.load(ROOT)
    if BUILT:
        return book.config.output_dir / "zip"
    folder = tmp_path_factory.mktemp("zips")
    write_zips(book, book.config.backend_names, folder)
    return folder


@pytest.fixture(scope="session", autouse=True)
def caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the caches of the books that tests write away from the user's own; subprocesses follow."""
    folder = tmp_path_factory.mktemp("caches", numbered=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(CACHE, str(folder))
        yield folder


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
