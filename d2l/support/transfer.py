"""把一个文件从某个地址搬进缓存：续传、校验、原子换名、安全解包。

不认识数据集和环境变量，只认识`Piece`（要什么）与地址（从哪里）。校验与换名由pooch完成，
续传由这里的下载器完成；只用标准库与pooch、requests，它们都在真正要搬运时才导入。
"""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
import stat
import sys
import tarfile
import tempfile
import time
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

CHUNK = 1 << 16
"""每次读写的字节数。"""
TIMEOUT = (10.0, 30.0)
"""秒：建立连接的时限，两次收到数据之间的时限。"""
ATTEMPTS = 8
"""同一地址在中断后最多接着下载的次数；一次没有新数据，又不是服务器一时的毛病，就不再试。"""
PATIENCE = (1.0, 2.0, 4.0)
"""秒：服务器一时忙或断开（429、5xx、连接被重置）而没有新数据时，下一次之前等多久；等完这几次就换个地址。"""
SLOWEST = 20_000.0
"""每秒字节数：平均起来比这还慢的服务器，不再等它。"""
GRACE = 60.0
"""秒：按`SLOWEST`算出的总时限之外，再宽限多久。"""
BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})
"""过一会儿再问就可能好的答复。"""


class TransferError(Exception):
    """从一个地址没能取得文件；消息只说原因，不含地址。"""


@dataclass(frozen=True, slots=True)
class Piece:
    """一个要取得的文件：名字、SHA-256（十六进制）与字节数。"""

    name: str
    sha256: str
    size: int


def load_pooch() -> Any:
    """导入pooch；笔记本里没有ipywidgets时，它装载的进度条会告警，读者用不着看。"""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pooch
    return pooch


def matches(path: Path, piece: Piece) -> bool:
    """`path`是否就是`piece`：先比字节数，再比SHA-256。"""
    if not path.is_file() or path.stat().st_size != piece.size:
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == piece.sha256


def obtain(piece: Piece, address: str, target: Path, work: Path) -> None:
    """从`address`取得`piece`，校验后一步换名为`target`；不成则引发`TransferError`。

    `address`是URL或本机文件路径。`work`是与`target`同一文件系统的工作目录：中断的下载以内容的
    SHA-256为名留在其中，下次（换个地址也行）接着下载；校验不符的立即删除。
    """
    part = work / f"{piece.sha256}.part"
    fetch = _download if "://" in address else _copy
    patience = list(PATIENCE)
    for _ in range(ATTEMPTS):
        before = _size(part)
        try:
            _verified(piece, address, work, lambda url, out, _pooch: fetch(url, Path(out), part, piece))
        except ValueError as error:  # pooch：校验和不符，坏文件已被它删去
            if before:  # 也许坏在上次留下的那一段，从头再来一次
                continue
            raise TransferError("内容与登记的SHA-256不符") from error
        except TooSlowError as error:
            raise TransferError(str(error)) from error
        except _broken() as error:
            if _size(part) > before:
                continue
            if patience and _is_passing(error):
                time.sleep(patience.pop(0))
                continue
            raise TransferError(_reason(error)) from error
        target.parent.mkdir(parents=True, exist_ok=True)
        (work / piece.name).chmod(0o644)  # 临时文件只有本人可读，缓存可以共用
        (work / piece.name).replace(target)
        return
    raise TransferError("连接反复中断")


def _verified(piece: Piece, address: str, work: Path, downloader: Callable[[str, Any, Any], None]) -> None:
    """让pooch取得并校验文件，落在`work`里；它的日志含有地址，不给读者看。"""
    pooch = load_pooch()
    logger = pooch.get_logger()
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        known = f"sha256:{piece.sha256}"
        pooch.retrieve(address, known_hash=known, fname=piece.name, path=work, downloader=downloader)
    finally:
        logger.setLevel(level)


def _copy(address: str, out: Path, part: Path, piece: Piece) -> None:
    """下载器：`address`是本机文件。"""
    if not Path(address).is_file():
        raise FileNotFoundError("没有这个文件")
    if (size := Path(address).stat().st_size) != piece.size:
        raise EOFError(f"那里的文件有{size}字节，应有{piece.size}字节")
    shutil.copyfile(address, out)


def _download(address: str, out: Path, part: Path, piece: Piece) -> None:
    """下载器：从`part`已有的字节接着下载，收齐后移到`out`。

    读的是未解码的字节：有的服务器把.gz文件标成压缩传输，解码后校验和就不对了。
    """
    import requests

    have = _size(part)
    if have >= piece.size:
        part.unlink()
        have = 0
    headers = {"Accept-Encoding": "identity"} | ({"Range": f"bytes={have}-"} if have else {})
    end = time.monotonic() + GRACE + (piece.size - have) / SLOWEST
    with requests.get(address, headers=headers, stream=True, timeout=TIMEOUT) as response:
        if have and not _goes_on(response, have, piece.size):  # 服务器不肯从这里续传，从头要起
            part.unlink()
            return _download(address, out, part, piece)
        response.raise_for_status()
        if response.status_code != 206:  # 服务器不支持续传，从头给起
            have = 0
        declared = response.headers.get("Content-Length", "")
        if declared.isdigit() and have + int(declared) != piece.size:  # 多半是登录页或别的版本
            raise EOFError(f"那里的文件有{have + int(declared)}字节，应有{piece.size}字节")
        with _Progress(piece) as progress, part.open("ab" if have else "wb") as file:
            for block in response.raw.stream(CHUNK, decode_content=False):
                have += file.write(block)
                progress.show(have)
                if have > piece.size:
                    break
                if time.monotonic() > end:
                    raise TooSlowError(f"太慢：{have}字节之后还没有收齐")
    if have < piece.size:
        raise EOFError(f"只收到{have}字节，应有{piece.size}字节")
    part.replace(out)
    return None


def _goes_on(response: Any, have: int, size: int) -> bool:
    """答复是否正是从第`have`字节起的那一段，或者是从头给起的整个文件，或者与续传无关的出错。"""
    if response.status_code == 206:
        stretch = response.headers.get("Content-Range", f"bytes {have}-{size - 1}/{size}")
        return str(stretch).replace(" ", "").startswith(f"bytes{have}-")
    return response.status_code != 416


class TooSlowError(Exception):
    """服务器一直在给，但给得太慢。"""


def _is_passing(error: BaseException) -> bool:
    """是否只是服务器一时的毛病：忙，或者把连接断开了。"""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return error.response.status_code in BUSY
    told = f"{error!r} {error.__context__!r}"
    return any(word in told for word in ("ConnectionReset", "RemoteDisconnected", "IncompleteRead"))


class _Progress:
    """终端里一行原地更新的进度；标准错误不是终端时（笔记本、日志）什么也不显示。"""

    def __init__(self, piece: Piece) -> None:
        self.piece, self.shown, self.live = piece, 0.0, sys.stderr.isatty()

    def __enter__(self) -> _Progress:
        return self

    def show(self, have: int) -> None:
        """显示已有`have`字节；一秒里至多更新五次。"""
        now = time.monotonic()
        if self.live and (now - self.shown > 0.2 or have >= self.piece.size):
            self.shown = now
            filled = 30 * have // self.piece.size
            bar = "#" * filled + "." * (30 - filled)
            print(f"\r{self.piece.name} [{bar}] {have / 1e6:.1f}/{self.piece.size / 1e6:.1f} MB",
                  end="", file=sys.stderr, flush=True)  # fmt: skip

    def __exit__(self, *_error: object) -> None:
        if self.live and self.shown:
            print(file=sys.stderr)


def _broken() -> tuple[type[BaseException], ...]:
    """连接和读写可能出的错；它们不说明内容有误，值得换个地址或接着下载。"""
    import requests
    import urllib3

    return (requests.RequestException, urllib3.exceptions.HTTPError, OSError, EOFError)


def _reason(error: BaseException) -> str:
    """把网络错误说成一句话。"""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"服务器答复{error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "超时"
    if isinstance(error, requests.ConnectionError):
        return "连接不上"
    return str(error) or type(error).__name__


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


@contextmanager
def exclusive(work: Path) -> Iterator[None]:
    """独占工作目录：几个笔记本同时要同一个数据集时，只有一个在下载，其余等着用它的结果。

    进入时清掉上次被杀死的进程留下的残余（可续传的.part除外），离开时删去空目录。锁随进程消失，不会遗留。
    """
    work.mkdir(parents=True, exist_ok=True)
    with (work.parent / ".lock").open("ab") as lock:
        _lock(lock.fileno())
        work.mkdir(parents=True, exist_ok=True)
        for stray in work.iterdir():
            if stray.is_dir():
                shutil.rmtree(stray)
            elif stray.suffix != ".part" or not _size(stray):
                stray.unlink()
        try:
            yield
        finally:
            for part in work.glob("*.part"):
                if not _size(part):
                    part.unlink()
            if not any(work.iterdir()):
                work.rmdir()


def _lock(descriptor: int) -> None:
    """等到独占`descriptor`；关闭文件即解锁。"""
    if os.name == "nt":
        import msvcrt

        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)  # type: ignore[attr-defined]
                return
            except OSError:  # 每十秒放弃一次
                continue
    import fcntl

    fcntl.flock(descriptor, fcntl.LOCK_EX)


def unpack(archive: Path, target: Path, work: Path) -> None:
    """把tar或zip解到新目录`target`；先解在`work`里，完整后一步换名。

    成员若要落到目录之外（绝对路径、`..`、向外的链接）或是设备文件，引发`ValueError`，什么也不留下。
    """
    folder = Path(tempfile.mkdtemp(dir=work))
    try:
        if zipfile.is_zipfile(archive):
            with zipfile.ZipFile(archive) as opened:
                for member in opened.infolist():
                    _check_member(folder, member)
                opened.extractall(folder)
        else:
            with tarfile.open(archive) as tar:
                try:
                    tar.extractall(folder, filter="data")
                except tarfile.FilterError as error:
                    raise ValueError(f"压缩包{archive.name}里有不安全的成员：{error}") from error
        if target.exists():
            shutil.rmtree(target)
        folder.replace(target)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _check_member(folder: Path, member: zipfile.ZipInfo) -> None:
    """zip成员须落在`folder`之内且不是链接。"""
    root = folder.resolve()
    inside = (root / member.filename).resolve().is_relative_to(root)
    if not inside or stat.S_ISLNK(member.external_attr >> 16):
        raise ValueError(f"压缩包里有不安全的成员：{member.filename!r}")
