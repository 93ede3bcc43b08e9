"""The data registry, against a real server on this machine; no framework and no network is needed."""

from __future__ import annotations

import gzip
import hashlib
import http.server
import io
import os
import signal
import socket
import struct
import subprocess
import sys
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import pytest

from d2l.support import transfer
from d2l.support.registry import DataFile, Dataset, DatasetUnavailable, Registry, default_registry
from d2l.support.transfer import Piece

ROOT = Path(__file__).resolve().parents[1]
CONTENT = bytes(range(256)) * 1200  # 300 kB
NAME = "numbers.bin"


@dataclass
class Origin:
    """What the server gives, how it misbehaves, and what it was asked."""

    address: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    cut_after: int = 0
    """Break the connection after so many bytes, once."""
    ranges: bool = True
    stall: float = 0.0
    """Seconds to wait after each 32 kB."""
    encoding: str = ""
    refuses: list[int] = field(default_factory=list)
    """What to answer the next requests with, instead of the file; 0: reset the connection."""
    odd_range: str = ""
    """What to answer a request for the rest with: ``416``, or another stretch than was asked for."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Path and Range header of each request."""


class Handler(http.server.BaseHTTPRequestHandler):
    """Serves ``Origin.files`` with Range requests."""

    origin: Origin

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.origin.asked.append((self.path, wanted))
        body = self.origin.files.get(self.path)
        if body is None:
            self.send_error(404)
            return
        if self.origin.refuses:
            if code := self.origin.refuses.pop(0):
                self.send_error(code)
            else:
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
            return
        if wanted and self.origin.odd_range:
            if self.origin.odd_range == "416":
                self.send_error(416)
                return
            self.send_response(206)
            self.send_header("Content-Range", self.origin.odd_range)
            self.send_header("Content-Length", "10")
            self.end_headers()
            self.wfile.write(b"0123456789")
            return
        first = int(wanted.removeprefix("bytes=").removesuffix("-")) if wanted and self.origin.ranges else 0
        self.send_response(206 if first else 200)
        self.send_header("Content-Length", str(len(body) - first))
        if self.origin.encoding:
            self.send_header("Content-Encoding", self.origin.encoding)
        self.end_headers()
        self.give(body[first:])

    def give(self, body: bytes) -> None:
        stop, self.origin.cut_after = self.origin.cut_after, 0
        body = body[:stop] if stop else body
        for start in range(0, len(body), 1 << 15):
            try:
                self.wfile.write(body[start : start + (1 << 15)])
            except OSError:
                return
            time.sleep(self.origin.stall)

    def log_message(self, format: str, *args: object) -> None:
        return


@pytest.fixture
def origin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Origin]:
    """Return a running server; proxies of the machine are kept out of the way."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("D2L_MIRROR", raising=False)
    monkeypatch.delenv("D2L_DATA", raising=False)
    state = Origin(files={f"/{NAME}": CONTENT})
    handler = type("Serving", (Handler,), {"origin": state})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    state.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def registry(*addresses: str, content: bytes = CONTENT, name: str = NAME, **options: bool) -> Registry:
    """Return a registry with the one set ``numbers``."""
    piece = Piece(name, hashlib.sha256(content).hexdigest(), len(content))
    files = (DataFile(piece, addresses, options.get("unpack", False)),)
    return Registry({"numbers": Dataset("numbers", "Numbers", "CC0 1.0", "nobody", files, True)})


def everything_in(folder: Path) -> set[str]:
    """Return the files below ``folder`` that hold at least one byte."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.stat().st_size}


def test_a_file_is_downloaded_once_and_then_taken_from_the_cache(origin: Origin, tmp_path: Path) -> None:
    numbers = registry(f"{origin.address}/{NAME}")
    folder = numbers.fetch("numbers", cache=tmp_path)
    assert (folder / NAME).read_bytes() == CONTENT
    assert numbers.fetch("numbers", cache=tmp_path) == folder == tmp_path / "numbers"
    assert len(origin.asked) == 1
    assert everything_in(tmp_path) == {f"numbers/{NAME}"}
    assert (folder / NAME).stat().st_mode & 0o777 == 0o644


def test_a_damaged_file_in_the_cache_is_fetched_again(origin: Origin, tmp_path: Path) -> None:
    numbers = registry(f"{origin.address}/{NAME}")
    file = numbers.fetch("numbers", cache=tmp_path) / NAME
    file.write_bytes(b"!" + CONTENT[1:])
    assert (numbers.fetch("numbers", cache=tmp_path) / NAME).read_bytes() == CONTENT


def test_a_broken_connection_is_resumed_where_it_broke(origin: Origin, tmp_path: Path) -> None:
    origin.cut_after = 100_000
    file = registry(f"{origin.address}/{NAME}").fetch("numbers", cache=tmp_path) / NAME
    assert file.read_bytes() == CONTENT
    assert [wanted for _, wanted in origin.asked] == ["", "bytes=100000-"]


def test_a_server_without_ranges_starts_over(origin: Origin, tmp_path: Path) -> None:
    origin.cut_after, origin.ranges = 100_000, False
    file = registry(f"{origin.address}/{NAME}").fetch("numbers", cache=tmp_path) / NAME
    assert file.read_bytes() == CONTENT


@pytest.mark.parametrize("answer", ["416", "bytes 0-9/300000", f"bytes 7-16/{len(CONTENT)}"])
def test_a_range_that_is_refused_or_odd_starts_over(origin: Origin, tmp_path: Path, answer: str) -> None:
    origin.files[f"/{NAME}"] = CONTENT
    origin.cut_after, origin.odd_range = 100_000, answer
    assert (registry(f"{origin.address}/{NAME}").fetch("numbers", cache=tmp_path) / NAME).read_bytes() == CONTENT
    assert [wanted for _, wanted in origin.asked][-1] == ""


@pytest.mark.parametrize("codes", [[429], [503, 500], [0], [0, 502, 0]])
def test_a_server_that_is_busy_or_breaks_off_is_asked_again(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, codes: list[int]
) -> None:
    monkeypatch.setattr(transfer, "PATIENCE", (0.01, 0.02, 0.03))
    origin.files[f"/{NAME}"], origin.refuses = CONTENT, list(codes)
    assert (registry(f"{origin.address}/{NAME}").fetch("numbers", cache=tmp_path) / NAME).read_bytes() == CONTENT
    assert len(origin.asked) == len(codes) + 1


@pytest.mark.parametrize("code", [403, 404, 410])
def test_a_server_that_has_it_not_is_not_asked_again(origin: Origin, tmp_path: Path, code: int) -> None:
    origin.files[f"/{NAME}"], origin.refuses = CONTENT, [code]
    with pytest.raises(DatasetUnavailable, match=str(code)):
        registry(f"{origin.address}/{NAME}").fetch("numbers", cache=tmp_path)
    assert len(origin.asked) == 1


def test_a_server_that_drips_is_left(origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transfer, "GRACE", 0.3)
    monkeypatch.setattr(transfer, "SLOWEST", 1e9)
    origin.files[f"/{NAME}"], origin.stall = CONTENT, 0.2
    begun = time.monotonic()
    with pytest.raises(DatasetUnavailable, match="太慢"):
        registry(f"{origin.address}/{NAME}").fetch("numbers", cache=tmp_path)
    assert time.monotonic() - begun < 5


def test_a_mirror_file_of_another_size_is_not_copied(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "source").write_bytes(CONTENT + b"x")

    def copy(*_: object) -> None:
        raise AssertionError("it was copied")

    monkeypatch.setattr(transfer.shutil, "copyfile", copy)
    piece = Piece(NAME, hashlib.sha256(CONTENT).hexdigest(), len(CONTENT))
    with pytest.raises(transfer.TransferError, match="字节"):
        transfer.obtain(piece, str(tmp_path / "source"), tmp_path / "target", tmp_path)


def test_another_address_goes_on_where_the_first_broke(origin: Origin, tmp_path: Path) -> None:
    origin.files["/copy.bin"] = CONTENT
    part = tmp_path / ".partial" / f"{hashlib.sha256(CONTENT).hexdigest()}.part"
    part.parent.mkdir()
    part.write_bytes(CONTENT[:5000])
    file = registry(f"{origin.address}/gone", f"{origin.address}/copy.bin").fetch("numbers", cache=tmp_path) / NAME
    assert file.read_bytes() == CONTENT
    assert origin.asked[-1] == ("/copy.bin", "bytes=5000-")


def test_a_spoiled_part_is_thrown_away_and_the_file_fetched_from_its_start(origin: Origin, tmp_path: Path) -> None:
    part = tmp_path / ".partial" / f"{hashlib.sha256(CONTENT).hexdigest()}.part"
    part.parent.mkdir()
    part.write_bytes(b"not these bytes")
    file = registry(f"{origin.address}/{NAME}").fetch("numbers", cache=tmp_path) / NAME
    assert file.read_bytes() == CONTENT
    assert [wanted for _, wanted in origin.asked] == ["bytes=15-", ""]


@pytest.mark.parametrize("bad", [b"!" + CONTENT[1:], CONTENT + b"more", b"<html>log in first</html>"])
def test_wrong_content_is_refused_and_leaves_nothing(origin: Origin, tmp_path: Path, bad: bytes) -> None:
    origin.files[f"/{NAME}"] = bad
    with pytest.raises(DatasetUnavailable, match=r"SHA-256|应有"):
        registry(f"{origin.address}/{NAME}").fetch("numbers", cache=tmp_path)
    assert everything_in(tmp_path) == set()


def test_wrong_content_at_one_address_is_made_good_by_the_next(origin: Origin, tmp_path: Path) -> None:
    origin.files |= {"/bad": b"!" + CONTENT[1:]}
    file = registry(f"{origin.address}/bad", f"{origin.address}/{NAME}").fetch("numbers", cache=tmp_path) / NAME
    assert file.read_bytes() == CONTENT


def test_gzip_files_marked_as_encoded_are_kept_as_they_are(origin: Origin, tmp_path: Path) -> None:
    packed = gzip.compress(CONTENT, mtime=0)
    origin.files["/numbers.gz"], origin.encoding = packed, "gzip"
    numbers = registry(f"{origin.address}/numbers.gz", content=packed, name="numbers.gz")
    assert (numbers.fetch("numbers", cache=tmp_path) / "numbers.gz").read_bytes() == packed


def test_the_mirror_is_tried_first_then_the_assets_then_the_addresses(origin: Origin, tmp_path: Path) -> None:
    numbers = registry(f"{origin.address}/{NAME}")
    numbers.assets = f"{origin.address}/assets"
    numbers.fetch("numbers", cache=tmp_path, mirror=f"{origin.address}/mirror/")
    paths = [path for path, _ in origin.asked]
    assert paths == [f"/mirror/numbers/{NAME}", f"/assets/numbers/{NAME}", f"/{NAME}"]


def test_a_mirror_folder_is_copied_from_and_checked(origin: Origin, tmp_path: Path) -> None:
    mirror = tmp_path / "mirror"
    (mirror / "numbers").mkdir(parents=True)
    (mirror / "numbers" / NAME).write_bytes(CONTENT)
    numbers = registry(f"{origin.address}/{NAME}")
    for form in (str(mirror), mirror.as_uri()):
        file = numbers.fetch("numbers", cache=tmp_path / form[:4].strip("/:"), mirror=form) / NAME
        assert file.read_bytes() == CONTENT
    assert not origin.asked
    (mirror / "numbers" / NAME).write_bytes(b"stale")
    assert (numbers.fetch("numbers", cache=tmp_path / "b", mirror=str(mirror)) / NAME).read_bytes() == CONTENT
    assert len(origin.asked) == 1


def test_the_environment_names_cache_and_mirror(
    origin: Origin, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origin.files[f"/m/numbers/{NAME}"] = CONTENT
    monkeypatch.setenv("D2L_DATA", str(tmp_path / "here"))
    monkeypatch.setenv("D2L_MIRROR", f"{origin.address}/m")
    assert registry().fetch("numbers") == tmp_path / "here" / "numbers"


def test_offline_the_error_says_which_file_from_where_and_what_to_set(origin: Origin, tmp_path: Path) -> None:
    closed = "http://127.0.0.1:9/numbers.bin"
    with pytest.raises(DatasetUnavailable) as caught:
        registry(closed).fetch("numbers", cache=tmp_path)
    message = str(caught.value)
    digest = hashlib.sha256(CONTENT).hexdigest()
    assert all(part in message for part in (NAME, closed, "D2L_MIRROR", "D2L_DATA", digest))
    assert everything_in(tmp_path) == set()
    assert not (tmp_path / ".partial").exists()


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="numbers"):
        registry().fetch("nmubers", cache=tmp_path)


SCRIPT = """
import hashlib, sys
from pathlib import Path
from tests.test_registry import registry
registry(sys.argv[1]).fetch("numbers", cache=Path(sys.argv[2]))
"""


def test_killed_while_downloading_nothing_looks_whole_and_the_rest_is_fetched_later(
    origin: Origin, tmp_path: Path
) -> None:
    origin.stall = 0.3
    address = f"{origin.address}/{NAME}"
    command = [sys.executable, "-c", SCRIPT, address, str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    part = tmp_path / ".partial" / f"{hashlib.sha256(CONTENT).hexdigest()}.part"
    deadline = time.monotonic() + 60
    while not (part.exists() and part.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    had = part.stat().st_size
    assert 0 < had < len(CONTENT)
    assert not (tmp_path / "numbers" / NAME).exists()
    origin.stall = 0.0
    file = registry(address).fetch("numbers", cache=tmp_path) / NAME
    assert file.read_bytes() == CONTENT
    assert origin.asked[-1][1] == f"bytes={had}-"
    assert everything_in(tmp_path) == {f"numbers/{NAME}"}


def test_two_processes_share_one_download(origin: Origin, tmp_path: Path) -> None:
    origin.stall = 0.05
    command = [sys.executable, "-c", SCRIPT, f"{origin.address}/{NAME}", str(tmp_path)]
    both = [subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}) for _ in range(2)]
    assert [process.wait(timeout=60) for process in both] == [0, 0]
    assert len(origin.asked) == 1


def tarball(*members: tuple[tarfile.TarInfo, bytes]) -> bytes:
    """Return a .tar.gz with ``members``."""
    memory = io.BytesIO()
    with tarfile.open(fileobj=memory, mode="w:gz") as tar:
        for info, body in members:
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return memory.getvalue()


def test_archives_are_unpacked_beside_themselves(origin: Origin, tmp_path: Path) -> None:
    packed = tarball((tarfile.TarInfo("inner/table.csv"), b"1,2\n"))
    origin.files["/table.tgz"] = packed
    tables = registry(f"{origin.address}/table.tgz", content=packed, name="table.tgz", unpack=True)
    folder = tables.fetch("numbers", cache=tmp_path)
    assert (folder / "table" / "inner" / "table.csv").read_bytes() == b"1,2\n"
    (folder / "table" / ".sha256").unlink()  # as after a kill between unpacking and its note
    assert (tables.fetch("numbers", cache=tmp_path) / "table" / "inner" / "table.csv").exists()
    assert len(origin.asked) == 1


def link(name: str, target: str) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = tarfile.SYMTYPE, target
    return info


def zipped(name: str) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as archive:
        archive.writestr(name, b"out")
    return memory.getvalue()


@pytest.mark.parametrize(
    ("name", "packed"),
    [
        ("up.tar.gz", tarball((tarfile.TarInfo("../../escaped"), b"out"))),
        ("link.tar.gz", tarball((link("way", "/etc"), b""), (tarfile.TarInfo("way/escaped"), b"out"))),
        ("up.zip", zipped("../../escaped")),
        ("root.zip", zipped("/escaped")),
    ],
)
def test_an_archive_cannot_write_outside_its_folder(origin: Origin, tmp_path: Path, name: str, packed: bytes) -> None:
    origin.files[f"/{name}"] = packed
    archive = registry(f"{origin.address}/{name}", content=packed, name=name, unpack=True)
    with pytest.raises(ValueError, match="不安全"):
        archive.fetch("numbers", cache=tmp_path)
    assert not list(tmp_path.rglob("escaped*"))
    assert everything_in(tmp_path) == {f"numbers/{name}"}


def test_every_registered_set_says_what_it_is_and_where_it_comes_from() -> None:
    for name, dataset in default_registry().datasets.items():
        assert dataset.licence and dataset.citation and dataset.size > 0, name
        for file in dataset.files:
            assert file.addresses and all(file.piece.name in unquote(address) for address in file.addresses), name


def test_a_bad_entry_of_the_table_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "table.toml"
    entry = '[x]\ntitle = "X"\nlicence = "CC0"\ncitation = "-"\naddresses = []\n'
    for files, message in (
        ('[x.files."../a"]\nsha256 = "' + "0" * 64 + '"\nsize = 1\n', "路径"),
        ('[x.files.a]\nsha256 = "ab"\nsize = 1\n', "64"),
        ('[x.files.a]\nsha256 = "' + "0" * 64 + '"\n', "size"),
    ):
        table.write_text(entry + files, encoding="utf-8")
        with pytest.raises(ValueError, match=message):
            Registry.read(table)
