"""Tables of R: what is written as R writes it is read back, whatever packs it; other things are refused."""

from __future__ import annotations

import bz2
import gzip
import lzma
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from d2l.support.rdata import read_rda

HAS_ATTRIBUTES, HAS_TAG, END = 0x200, 0x400, 254


def number(value: int) -> bytes:
    return struct.pack(">i", value)


def text(value: str | None) -> bytes:
    raw = (value or "").encode()
    return number(9) + (number(-1) if value is None else number(len(raw)) + raw)


def texts(*values: str | None) -> bytes:
    return number(16) + number(len(values)) + b"".join(map(text, values))


def symbol(name: str) -> bytes:
    return number(1) + text(name)


def tagged(tag: bytes, value: bytes) -> bytes:
    return number(2 | HAS_TAG) + tag + value


def table(version: int = 2) -> bytes:
    """Two columns, a factor with a hole and numbers with a hole, as R's save writes them."""
    factor = number(13 | HAS_ATTRIBUTES) + number(3) + number(2) + number(-(2**31)) + number(1)
    factor += tagged(symbol("levels"), texts("a", "b")) + number(END)
    numbers = number(14) + number(3) + struct.pack(">3d", 0.5, float("nan"), -2.0)
    frame = number(19 | HAS_ATTRIBUTES) + number(2) + factor + numbers
    frame += tagged(symbol("names"), texts("kind", "size")) + number(END)
    head = f"RDX{version}\nX\n".encode() + number(version) + number(0) * 2
    if version == 3:
        head += number(5) + b"UTF-8"
    return head + tagged(symbol("houses"), frame) + number(END)


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("version", [2, 3])
def test_a_table_is_read_however_it_is_packed(pack: Callable[[bytes], bytes], version: int, tmp_path: Path) -> None:
    path = tmp_path / "houses.rda"
    path.write_bytes(pack(table(version)))
    assert read_rda(path) == {"houses": {"kind": ["b", None, "a"], "size": [0.5, None, -2.0]}}


@pytest.mark.parametrize(
    ("content", "message"),
    [(b"a,b\n1,2\n", "不是"), (table().replace(number(14) + number(3), number(3) + number(3)), "第3类")],
)
def test_what_is_no_table_of_r_is_refused(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "wrong.rda"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=message):
        read_rda(path)
