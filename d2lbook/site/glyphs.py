"""A face with just some characters, made of a variable font that comes in slices of the character set.

The slices lie in a package of npm, each a woff2 file with its ``unicode-range``; what is wanted of each is cut out, set
at one weight, and joined into one file.
"""

from __future__ import annotations

import bisect
import io
import json
import logging
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property
from pathlib import Path

FEATURES = ("kern", "chws", "halt")
"""What is kept of OpenType's features: kerning, and narrower punctuation where two marks meet."""
NAMES = (0, 1, 2, 13, 14)
"""Entries of the name table that are kept: copyright, family, style, licence and its address."""
DROPPED = ("BASE", "GDEF", "STAT", "vhea", "vmtx")
"""Tables for vertical text and for choosing among styles."""
LETTERS = "latin"
"""Name of the slice with Latin letters, digits and marks."""
STEPS = (2, 3, 5)
"""How many slices, from the most frequent characters on, the groups up to there hold; all others are the last one."""


class SlicedFont:
    """One font of the packages ``@fontsource-variable/…``."""

    def __init__(self, package: Path) -> None:
        """Take the unpacked package."""
        self.package = package

    @cached_property
    def slices(self) -> Mapping[int, str]:
        """Character to slice; where two hold it, as a browser has it: the one declared last."""
        known = json.loads((self.package / "unicode.json").read_text(encoding="utf-8"))
        return {code: name for name, ranges in known.items() for code in _codes(ranges)}

    @cached_property
    def _order(self) -> list[str]:
        """The slices of Chinese characters, the most frequent ones first, as their numbers tell."""
        numbered = {name for name in self.slices.values() if name.startswith("[")}
        return sorted(numbered, key=lambda name: -int(name.strip("[]")))

    def groups(self, characters: Collection[str]) -> dict[int, frozenset[str]]:
        """Return the characters that the font has, in groups that depend on nothing but each character.

        0: letters; then Chinese ones by how frequent they are in general. So a new character changes one file, and a
        page needs not all of them.
        """
        rank = {name: place for place, name in enumerate(self._order)}
        found: dict[int, set[str]] = {}
        for character in characters:
            name = self.slices.get(ord(character))
            if name is not None:
                place = rank.get(name)
                group = 0 if place is None else 1 + bisect.bisect(STEPS, place)
                found.setdefault(group, set()).add(character)
        return {group: frozenset(found[group]) for group in sorted(found)}

    def cut(self, characters: Collection[str], weight: int) -> bytes:
        """Return a woff2 file with the characters at one weight; the same arguments give the same bytes."""
        from fontTools.merge import Merger
        from fontTools.ttLib import TTFont

        logging.getLogger("fontTools").setLevel(logging.ERROR)
        wanted: dict[str, list[int]] = {}
        for code in sorted(map(ord, characters)):
            wanted.setdefault(self.slices[code], []).append(code)
        parts = [self._part(name, codes, weight) for name, codes in sorted(wanted.items())]
        font = Merger().merge(parts) if len(parts) > 1 else TTFont(parts[0])
        font.recalcTimestamp = False
        font["head"].modified = font["head"].created = 0
        font.flavor = "woff2"
        whole = io.BytesIO()
        font.save(whole)
        return whole.getvalue()

    def _part(self, name: str, codes: list[int], weight: int) -> io.BytesIO:
        from fontTools.subset import Options, Subsetter
        from fontTools.ttLib import TTFont
        from fontTools.varLib.instancer import instantiateVariableFont

        stem = self.package.name
        font = TTFont(self.package / "files" / f"{stem}-{name.strip('[]')}-wght-normal.woff2", lazy=True)
        options = Options()
        options.layout_features, options.name_IDs = list(FEATURES), list(NAMES)
        options.hinting, options.notdef_outline = False, True
        options.drop_tables += DROPPED
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        instantiateVariableFont(font, {"wght": weight}, inplace=True)
        font.flavor = None
        part = io.BytesIO()
        font.save(part)
        part.seek(0)
        return part


def _codes(ranges: str) -> Iterator[int]:
    for part in ranges.split(","):
        first, _, last = part.strip().removeprefix("U+").partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


def ranges_of(characters: Collection[str]) -> str:
    """Return characters as the value of ``unicode-range``."""
    codes = sorted(map(ord, characters))
    runs: list[list[int]] = []
    for code in codes:
        if runs and code == runs[-1][1] + 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return ",".join(f"U+{first:X}" if first == last else f"U+{first:X}-{last:X}" for first, last in runs)
