"""Serving: pages carry the reload script, a change rebuilds and is announced, nothing outside the folder is given."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn

from d2lbook import cli
from d2lbook.site.serve import Reloader, run_changed

from .conftest import ROOT, need_env
from .site_book import write_book


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def served(reloader: Reloader) -> Iterator[str]:
    """Serve in a thread; yield the address."""
    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(reloader.application(), port=port, log_level="error", timeout_graceful_shutdown=1)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """Serve a folder whose page is the upper-case copy of a source file; yield its address and the source.

    A source that says ``bad`` has a fault, one that says ``crash`` breaks the build off.
    """
    source, out = tmp_path / "source", tmp_path / "out"
    source.mkdir()
    out.mkdir()
    (tmp_path / "secret.html").write_text("secret")
    (source / "a.md").write_text("one")

    def rebuild(changed: Collection[Path]) -> str:
        text = (source / "a.md").read_text()
        if text == "crash":
            raise RuntimeError("it crashed")
        (out / "a.html").write_text(f"<body>{text.upper()}</body>")
        return "a.md:1: error: bad" if text == "bad" else ""

    reloader = Reloader(out, [source], rebuild)
    reloader.build()
    with served(reloader) as address:
        yield address, source


def read(address: str, timeout: float = 10) -> str:
    with urllib.request.urlopen(address, timeout=timeout) as answer:
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


def test_what_is_wrong_is_told_to_the_pages_until_a_build_is_good(
    site: tuple[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    address, source = site
    for text, told in (("bad", "a.md:1: error: bad"), ("crash", "RuntimeError: it crashed"), ("two", "")):
        with urllib.request.urlopen(f"{address}/_events", timeout=20) as events:
            time.sleep(0.5)
            (source / "a.md").write_text(text)
            lines = iter(events.readline, b"data: built\n")  # the first may say what is wrong so far
            list(lines)
        if not told:
            break
        with urllib.request.urlopen(f"{address}/_events", timeout=20) as events:  # as a page does that was reloaded
            assert events.readline() == b"event: wrong\n"
            assert told in json.loads(events.readline().removeprefix(b"data: "))
    assert read(f"{address}/a.html").startswith("<body>TWO")
    assert "Traceback" in capsys.readouterr().err


def test_a_taken_port_says_so_at_once_and_names_another(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_book(tmp_path, {"index": "# 书\n"})
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert cli.main(["--root", str(tmp_path), "serve", "--port", str(port)]) == 2
    told = capsys.readouterr()
    assert re.search(rf"port {port} cannot be had \(Address already in use\); another one: --port \d+", told.err)
    assert told.out == "" and not (tmp_path / "_build").exists()  # nothing was built before
    assert cli.main(["--root", str(tmp_path), "serve", "--port", "70000"]) == 2


def test_the_whole_command_survives_faults_and_a_broken_configuration(tmp_path: Path) -> None:
    book = write_book(tmp_path, {"index": "# 书\n\n好。\n"})
    port, page = free_port(), book.config.source_dir / "index.md"
    words = [sys.executable, "-m", "d2lbook", "--root", str(tmp_path), "serve", "--port", str(port)]
    server = subprocess.Popen(words, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        address = f"http://127.0.0.1:{port}"
        wait_for(lambda: "好。" in page_or_nothing(f"{address}/index.html"))
        settings = (tmp_path / "config.ini").read_text(encoding="utf-8")
        for file, text in (
            (page, "# 书\n\n见:numref:`sec_nowhere`。\n"),
            (tmp_path / "config.ini", "[project\n"),
        ):
            before = file.read_text(encoding="utf-8")
            file.write_text(text, encoding="utf-8")
            wait_for(lambda: b"event: wrong" in first_event(address))
            file.write_text(before, encoding="utf-8")
            wait_for(lambda: b"event: wrong" not in first_event(address))
        assert settings == (tmp_path / "config.ini").read_text(encoding="utf-8")
        page.write_text("# 书\n\n更好。\n", encoding="utf-8")
        wait_for(lambda: "更好。" in page_or_nothing(f"{address}/index.html"))
    finally:
        server.send_signal(2)
        told = server.communicate(timeout=30)[1]
    assert "a reference to nothing" in told and "config.ini" in told and "Traceback" not in told


def page_or_nothing(address: str) -> str:
    try:
        return read(address)
    except OSError:
        return ""


def first_event(address: str) -> bytes:
    """Return what a page hears at once, nothing if that is nothing."""
    try:
        with urllib.request.urlopen(f"{address}/_events", timeout=1) as events:
            return bytes(events.readline())
    except TimeoutError:
        return b""


def wait_for(true: Callable[[], bool], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end
        time.sleep(0.2)


@pytest.mark.backend
def test_changed_sections_are_run_where_their_outputs_are_stale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    need_env("base")
    cell = "```{.python .input}\n#@tab all\nprint(6 * 7)\n```\n"
    book = write_book(tmp_path, {"index": "# 书\n\n```toc\na\nb\n```\n", "a": f"# 甲\n\n{cell}", "b": "# 乙\n"})
    (tmp_path / ".envs").symlink_to(ROOT / ".envs")
    page = book.config.source_dir / "a.md"
    assert run_changed(book.config, [page, book.config.source_dir / "b.md", tmp_path / "config.ini"], None) == ""
    stored = tmp_path / "static/outputs/base/a.ipynb"
    assert '"42\\n"' in stored.read_text(encoding="utf-8")
    before = stored.stat().st_mtime_ns
    page.write_text(page.read_text(encoding="utf-8") + "\n多一句。\n", encoding="utf-8")
    assert run_changed(book.config, [page], None) == "" and stored.stat().st_mtime_ns == before
    page.write_text(page.read_text(encoding="utf-8").replace("6 * 7", "1 / 0"), encoding="utf-8")
    assert "ZeroDivisionError" in run_changed(book.config, [page], None)
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_what_the_build_writes_starts_no_build(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("one")
    built = tmp_path / "_build"
    (built / "html").mkdir(parents=True)
    runs: list[str] = []

    def rebuild(changed: Collection[Path]) -> str:
        runs.append((tmp_path / "a.md").read_text())
        (built / "html/a.html").write_text(f"<body>{runs[-1]}</body>")
        (built / "cache").write_text(runs[-1])
        assert changed == [tmp_path / "a.md"]
        return ""

    reloader = Reloader(built / "html", [tmp_path], rebuild, built)
    with served(reloader):
        time.sleep(0.5)
        for text in ("two", "three"):
            (tmp_path / "a.md").write_text(text)
            time.sleep(1.5)
        assert runs == ["two", "three"]
    assert reloader.wrong == ""
