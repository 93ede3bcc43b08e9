"""读R的数据文件（`save`写成的`.rda`）里的表：只认数据框要用到的几种对象。

格式见R自带手册R Internals的Serialization Formats一节。只用标准库和NumPy。
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy

_OPENERS: tuple[tuple[bytes, Callable[[bytes], bytes]], ...] = (
    (b"\xfd7zXZ", lzma.decompress),
    (b"BZh", bz2.decompress),
    (b"\x1f\x8b", gzip.decompress),
)
_MISSING = -(2**31)
"""R的整数缺失值。"""


def read_rda(path: Path) -> dict[str, dict[str, list[Any]]]:
    """读`path`，返回{变量名: {列名: 一列的值}}，每个变量须是数据框。

    整数、浮点数、逻辑值成为数，字符串和因子成为`str`，缺失值都是`None`。不是二进制`.rda`、或含有
    数据框用不到的对象时引发`ValueError`。
    """
    content = Path(path).read_bytes()
    for magic, opener in _OPENERS:
        if content.startswith(magic):
            content = opener(content)
    if content[:7] not in (b"RDX2\nX\n", b"RDX3\nX\n"):
        raise ValueError(f"{path}不是R的二进制数据文件")
    reader = _Reader(content, 7)
    version = reader.integer()
    reader.place += 8
    if version == 3:
        encoding = reader.integer()
        reader.place += encoding
    return {name: _columns(value, dict(attributes)) for name, (value, attributes) in reader.pairs()}


def _columns(value: Any, attributes: dict[str, Any]) -> dict[str, list[Any]]:
    names = attributes["names"][0]
    return {name: _column(*column) for name, column in zip(names, value, strict=True)}


def _column(values: list[Any], attributes: list[tuple[str, Any]]) -> list[Any]:
    levels = dict(attributes).get("levels")
    if levels is None:
        return list(values)
    return [None if code is None else levels[0][code - 1] for code in values]


class _Reader:
    """一路读过去的光标；每个对象读成(值, 属性表)。"""

    def __init__(self, content: bytes, place: int) -> None:
        self.content, self.place = content, place
        self.symbols: list[str] = []

    def integer(self) -> int:
        (value,) = struct.unpack_from(">i", self.content, self.place)
        self.place += 4
        return int(value)

    def array(self, kind: str) -> numpy.ndarray[Any, Any]:
        """读一列数：先是长度，后是大端的`kind`。"""
        size = self.integer()
        values = numpy.frombuffer(self.content, kind, size, self.place)
        self.place += values.nbytes
        return values

    def pairs(self) -> list[tuple[str, Any]]:
        """读带名字的链表，到空对象为止。"""
        found = []
        while (flags := self.integer()) & 0xFF != 254:
            if flags & 0xFF != 2:
                raise ValueError(f"链表里有R的第{flags & 0xFF}类对象")
            if flags & 0x200:
                self.item()
            tag = self.item()[0] if flags & 0x400 else ""
            found.append((tag, self.item()))
        return found

    def item(self) -> tuple[Any, list[tuple[str, Any]]]:
        """读一个对象。"""
        flags = self.integer()
        kind = flags & 0xFF
        if kind == 1:
            self.symbols.append(self.item()[0])
            return self.symbols[-1], []
        if kind == 255:
            return self.symbols[(flags >> 8 or self.integer()) - 1], []
        value = self.value(kind)
        return value, self.pairs() if flags & 0x200 else []

    def value(self, kind: int) -> Any:
        """读`kind`类对象的值，不含属性。"""
        if kind == 254:
            return None
        if kind == 9:
            size = self.integer()
            text = None if size < 0 else self.content[self.place : self.place + size].decode("utf-8")
            self.place += max(size, 0)
            return text
        if kind in (10, 13):
            return [None if v == _MISSING else int(v) for v in self.array(">i4")]
        if kind == 14:
            return [None if numpy.isnan(v) else float(v) for v in self.array(">f8")]
        if kind == 16:
            return [self.item()[0] for _ in range(self.integer())]
        if kind == 19:
            return [self.item() for _ in range(self.integer())]
        raise ValueError(f"不认识R的第{kind}类对象")
