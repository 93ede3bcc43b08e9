"""Serving: pages carry the reload script, a change rebuilds and is announced, nothing outside the folder is given."""

from __future__ import annotations

import socket
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from d2lbook.site.serve import Reloader


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve a folder whose page is the upper-case copy of a source file; yield its address and the source."""
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    (tmp_path / "secret.html").write_text("secret")
    (source / "a.md").write_text("one")

    def rebuild() -> None:
        (out / "a.html").write_text(f"<body>{(source / 'a.md').read_text().upper()}</body>")

    rebuild()
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            Reloader(out, [source], rebuild).application(), port=port, log_level="error", timeout_graceful_shutdown=1
        )
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://127.0.0.1:{port}", source
    server.should_exit = True
    thread.join(10)


def read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return str(answer.read().decode())


def test_a_change_is_built_and_announced(site: tuple[str, Path]) -> None:
    address, source = site
    assert read(f"{address}/a.html") == '<body>ONE<script src="/_reload.js"></script></body>'
    with urllib.request.urlopen(f"{address}/_events", timeout=20) as events:
        time.sleep(0.5)
        (source / "a.md").write_text("two")
        assert events.readline() == b"data: built\n"
    assert read(f"{address}/a.html").startswith("<body>TWO")


@pytest.mark.parametrize("path", ["/missing.html", "/../secret.html", "/%2e%2e/secret.html"])
def test_nothing_else_is_served(site: tuple[str, Path], path: str) -> None:
    with pytest.raises(urllib.error.HTTPError) as caught:
        read(site[0] + path)
    assert caught.value.code == 404
    caught.value.close()


def test_what_the_build_writes_starts_no_build(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one")
    built = tmp_path / "_build"
    (built / "html").mkdir(parents=True)
    runs: list[str] = []

    def rebuild() -> None:
        runs.append((tmp_path / "a.md").read_text())
        (built / "html/a.html").write_text(f"<body>{runs[-1]}</body>")
        (built / "cache").write_text(runs[-1])

    port = free_port()
    reloader = Reloader(built / "html", [tmp_path], rebuild, built)
    server = uvicorn.Server(
        uvicorn.Config(reloader.application(), port=port, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        time.sleep(0.5)
        for text in ("two", "three"):
            (tmp_path / "a.md").write_text(text)
            time.sleep(1.5)
        assert runs == ["two", "three"]
    finally:
        server.should_exit = True
        thread.join(10)
