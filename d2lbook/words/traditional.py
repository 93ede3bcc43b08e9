"""The book in another script: Simplified Chinese to the Traditional Chinese of Taiwan, in the words of the field.

OpenCC (``s2twp``) converts; what it gets wrong in this field is mended by two tables of the book, in the order of their
weight: ``static/traditional.tsv`` (``simplified<TAB>traditional``, ``#`` begins a comment) and the column ``zh_tw`` of
the terminology. Both are handed to OpenCC as dictionaries of its own, for cutting the text into words too, so that the
longest word wins.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.metadata
import json
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from d2lbook.errors import Fault
from d2lbook.files import write_whole
from d2lbook.words.terminology import TERMS, Term, read_terms

PHRASES = "static/traditional.tsv"
"""Below the book's root."""
CONVERSION = "s2twp"
SIMPLIFIED, TRADITIONAL = "zh_CN", "zh_Hant"
EDITIONS = (SIMPLIFIED, TRADITIONAL)
"""What ``editions`` in ``[build]`` may list."""
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_QUOTES = str.maketrans("“”", "「」")
_INNER = re.compile(r"‘([^‘’]*)’")


@dataclass(frozen=True, slots=True)
class Phrases:
    """A book's own words for the conversion, and what is wrong with their file."""

    words: Mapping[str, str]
    """Simplified to Traditional."""
    faults: tuple[Fault, ...] = ()


class Converter:
    """Converts text; equal words give equal conversions."""

    def __init__(self, words: Mapping[str, str]) -> None:
        """Load OpenCC with ``words`` before its own dictionaries; about 20 ms."""
        import opencc

        with tempfile.TemporaryDirectory() as folder:
            self._convert = opencc.OpenCC(str(_settings(words, Path(folder)))).convert

    def text(self, text: str) -> str:
        """Return a text in Traditional Chinese, with the quotation marks that belong to it."""
        converted: str = self._convert(text) if _HAN.search(text) else text
        return _INNER.sub(r"『\1』", converted.translate(_QUOTES))


@functools.cache
def character_pairs(converted: bool) -> str:
    """Return pairs of characters, one of the other script before its like in this one, of what is in common use.

    ``converted``: this script is the Traditional one. In common use: the first level of GB 2312.
    """
    import opencc

    rows = range(0xB0, 0xD8)
    simple = "".join(bytes((high, low)).decode("gb2312", "ignore") for high in rows for low in range(0xA1, 0xFF))
    old = opencc.OpenCC("s2t").convert("\n".join(simple)).split("\n")
    pairs = [(new, known) for new, known in zip(simple, old, strict=True) if new != known and len(known) == 1]
    return "".join(new + known if converted else known + new for new, known in pairs)


def _settings(words: Mapping[str, str], folder: Path) -> Path:
    """Write OpenCC's settings, and the words as two dictionaries; return the settings' file."""
    import opencc

    share = Path(opencc.__file__).parent / "clib" / "share" / "opencc"
    settings = json.loads((share / f"{CONVERSION}.json").read_text(encoding="utf-8"))
    _make_absolute(settings, share)
    first, later = folder / "words.txt", folder / "kept.txt"
    write_whole(first, _dictionary(words), durable=False)
    write_whole(later, _dictionary({word: word for word in words.values()}), durable=False)
    chain = settings["conversion_chain"]
    if words:
        settings["segmentation"]["dict"] = _before(first, settings["segmentation"]["dict"], "union")
        chain[0]["dict"] = _before(first, chain[0]["dict"], "short_circuit")
        for step in chain[1:]:
            step["dict"] = _before(later, step["dict"], "short_circuit")
    file = folder / "settings.json"
    write_whole(file, json.dumps(settings), durable=False)
    return file


def _before(file: Path, others: Mapping[str, Any], policy: str) -> dict[str, Any]:
    return {"type": "group", "match_policy": policy, "dicts": [{"type": "text", "file": str(file)}, others]}


def _make_absolute(settings: Any, share: Path) -> None:
    for value in settings.values() if isinstance(settings, dict) else settings:
        if isinstance(value, dict | list):
            _make_absolute(value, share)
    if isinstance(settings, dict) and isinstance(settings.get("file"), str):
        settings["file"] = str(share / settings["file"])


def _dictionary(words: Mapping[str, str]) -> str:
    return "".join(f"{key}\t{value}\n" for key, value in sorted(words.items()))


def read_phrases(root: Path) -> Phrases:
    """Return the words of the book in ``root``: its phrases, and the terms of two characters or more."""
    faults: list[Fault] = []
    words = {term.chinese: term.traditional for term in read_terms(root) if _is_word(term)}
    file = root / PHRASES
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines() if file.is_file() else (), 1):
        if not line.strip() or line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) != 2 or not all(field and not re.search(r"\s", field) for field in fields):
            fix = "write the Simplified and the Traditional words with one tab between them, and no blanks"
            faults.append(Fault(PHRASES, number, "a phrase that cannot be read", line, fix))
            continue
        words[fields[0]] = fields[1]
    return Phrases(words, tuple(faults))


def _is_word(term: Term) -> bool:
    """Tell whether a term can be converted wherever it stands: 块 or 轮 alone may be part of any word."""
    plain = re.search(r"[\s（]", term.chinese + term.traditional) is None
    return bool(term.traditional) and len(term.chinese) > 1 and plain


def converter(root: Path) -> Converter:
    """Return the converter of the book in ``root``, loaded once a process."""
    return _loaded(root, state(root))


@functools.lru_cache(maxsize=2)
def _loaded(root: Path, _state: str) -> Converter:
    return Converter(read_phrases(root).words)


def state(root: Path) -> str:
    """Return a digest of what decides the conversion of the book in ``root``."""
    digest = hashlib.sha256(importlib.metadata.version("opencc").encode() + Path(__file__).read_bytes())
    for name in (PHRASES, TERMS):
        file = root / name
        digest.update(file.read_bytes() if file.is_file() else b"")
    return digest.hexdigest()[:12]
