"""数据集登记表：名字 → 文件、地址、SHA-256、大小、许可、引用。

登记的内容在同目录的`datasets.toml`。取文件的次序是：缓存、镜像（`D2L_MIRROR`）、本书的发布文件、原始地址；
搬运在`transfer`里。只用标准库。
"""

from __future__ import annotations

import os
import shutil
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from d2l.support.transfer import Piece, TransferError, exclusive, load_pooch, matches, obtain, unpack

TABLE = Path(__file__).with_name("datasets.toml")
STAMP = ".sha256"
"""解包得到的目录里记着压缩包校验和的文件。"""


class DatasetUnavailable(RuntimeError):
    """数据集取不到；消息说清缺哪个文件、试过哪些地址、该设哪个变量。"""


@dataclass(frozen=True, slots=True)
class DataFile:
    """数据集里的一个文件。"""

    piece: Piece
    addresses: tuple[str, ...]
    """原始地址，按尝试的次序。"""
    unpack: bool = False
    """是压缩包，取得后解到同名（去掉后缀）的目录。"""


@dataclass(frozen=True, slots=True)
class Dataset:
    """登记表里的一个数据集。"""

    name: str
    title: str
    licence: str
    citation: str
    files: tuple[DataFile, ...]
    redistributable: bool = False
    """许可允许本书再次发布。"""

    @property
    def size(self) -> int:
        """所有文件的字节数之和。"""
        return sum(file.piece.size for file in self.files)


class Registry:
    """一张登记表，以及把其中的数据集取到本机的办法。"""

    def __init__(self, datasets: Mapping[str, Dataset], assets: str = "") -> None:
        """`datasets`以名字为键；`assets`是本书发布文件的地址前缀，空则不用。"""
        self.datasets = dict(datasets)
        self.assets = assets

    @classmethod
    def read(cls, path: Path = TABLE) -> Registry:
        """读TOML登记表；缺字段或校验和不像SHA-256时引发`ValueError`。"""
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        assets = str(table.pop("assets", ""))
        return cls({name: _dataset(name, entry) for name, entry in table.items()}, assets)

    def fetch(self, name: str, cache: Path | None = None, mirror: str | None = None) -> Path:
        """取得数据集`name`的全部文件，返回所在目录；已在缓存里且校验无误的不再下载。

        `cache`默认取环境变量`D2L_DATA`，再默认为用户缓存目录下的d2l；`mirror`（目录或URL，其下为
        `<数据集>/<文件>`）默认取`D2L_MIRROR`。没有登记的名字引发`KeyError`，取不到引发`DatasetUnavailable`。
        """
        if name not in self.datasets:
            raise KeyError(f"登记表里没有数据集{name!r}；有的是：{'、'.join(sorted(self.datasets))}")
        dataset = self.datasets[name]
        root = cache_folder() if cache is None else Path(cache)
        mirror = os.environ.get("D2L_MIRROR", "") if mirror is None else mirror
        folder, work = root / name, root / ".partial"
        if any(not _ready(file, folder) for file in dataset.files):
            with exclusive(work):
                for file in dataset.files:
                    if not _ready(file, folder):
                        self._supply(dataset, file, mirror, folder, work)
        return folder

    def sources(self, dataset: Dataset, file: DataFile, mirror: str) -> tuple[str, ...]:
        """返回`file`的全部来源，按尝试的次序：镜像、本书发布文件、原始地址。"""
        bases = [mirror] if mirror else []
        if self.assets and dataset.redistributable:
            bases.append(self.assets)
        return (*(_below(base, dataset.name, file.piece.name) for base in bases), *file.addresses)

    def _supply(self, dataset: Dataset, file: DataFile, mirror: str, folder: Path, work: Path) -> None:
        """取得一个文件，需要时解包。"""
        target = folder / file.piece.name
        if not matches(target, file.piece):
            failures = []
            for address in self.sources(dataset, file, mirror):
                try:
                    obtain(file.piece, address, target, work)
                    break
                except TransferError as error:
                    failures.append((address, str(error)))
            else:
                raise DatasetUnavailable(_explain(dataset, file, failures, folder))
        if file.unpack:
            place = _unpacked(file, folder)
            shutil.rmtree(place, ignore_errors=True)
            unpack(target, place, work)
            (place / STAMP).write_text(file.piece.sha256, encoding="ascii")


def cache_folder() -> Path:
    """返回缓存目录：环境变量`D2L_DATA`，未设则为用户缓存目录下的d2l。"""
    chosen = os.environ.get("D2L_DATA", "")
    if chosen:
        return Path(chosen).expanduser()
    return Path(load_pooch().os_cache("d2l"))


@cache
def default_registry() -> Registry:
    """返回本书的登记表，只读一次。"""
    return Registry.read()


def fetch_dataset(name: str) -> Path:
    """取得本书登记的数据集`name`，返回所在目录；见`Registry.fetch`。"""
    return default_registry().fetch(name)


def _dataset(name: str, entry: Mapping[str, Any]) -> Dataset:
    missing = {"title", "licence", "citation", "addresses", "files"} - set(entry)
    if missing:
        raise ValueError(f"登记表的[{name}]缺少{'、'.join(sorted(missing))}")
    files = tuple(_file(name, file, fields, entry["addresses"]) for file, fields in entry["files"].items())
    redistributable = bool(entry.get("redistributable", False))
    return Dataset(name, entry["title"], entry["licence"], entry["citation"], files, redistributable)


def _file(name: str, file: str, fields: Mapping[str, Any], addresses: list[str]) -> DataFile:
    sha256, size = str(fields.get("sha256", "")), fields.get("size", 0)
    if len(sha256) != 64 or set(sha256) - set("0123456789abcdef"):
        raise ValueError(f"登记表的[{name}]里{file}的sha256须是64位十六进制数")
    if not isinstance(size, int) or size <= 0:
        raise ValueError(f"登记表的[{name}]里{file}的size须是正整数")
    if Path(file).name != file or file.startswith("."):
        raise ValueError(f"登记表的[{name}]里的文件名{file!r}不能含路径，也不能以点开头")
    known = tuple(address.replace("{file}", quote(file)) for address in fields.get("addresses", addresses))
    return DataFile(Piece(file, sha256, size), known, bool(fields.get("unpack", False)))


def _below(base: str, dataset: str, file: str) -> str:
    """返回`base`（目录、file地址或URL）下`<数据集>/<文件>`的地址。"""
    if base.startswith("file://"):
        base = unquote(urlsplit(base).path)
    if "://" in base:
        return f"{base.rstrip('/')}/{quote(dataset)}/{quote(file)}"
    return str(Path(base).expanduser() / dataset / file)


def _unpacked(file: DataFile, folder: Path) -> Path:
    stem = file.piece.name
    for suffix in (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".zip"):
        stem = stem.removesuffix(suffix)
    return folder / (stem if stem != file.piece.name else f"{stem}.d")


def _ready(file: DataFile, folder: Path) -> bool:
    """文件在缓存里、校验无误，且该解的包已解。"""
    if not matches(folder / file.piece.name, file.piece):
        return False
    stamp = _unpacked(file, folder) / STAMP
    return not file.unpack or (stamp.is_file() and stamp.read_text(encoding="ascii") == file.piece.sha256)


def _explain(dataset: Dataset, file: DataFile, failures: list[tuple[str, str]], folder: Path) -> str:
    lines = [f"取不到数据集{dataset.name}的文件{file.piece.name}（{file.piece.size:,}字节）。试过："]
    lines += [f"  {address}：{reason}" for address, reason in failures] or ["  （没有登记任何地址）"]
    lines += [
        f"没有网络时，把环境变量D2L_MIRROR设为一个镜像（目录或URL，其下是{dataset.name}/{file.piece.name}），",
        f"或把文件放进{folder}（缓存目录由D2L_DATA设定）；文件的SHA-256须是",
        f"  {file.piece.sha256}",
    ]
    return "\n".join(lines)
