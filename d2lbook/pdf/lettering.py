"""Fonts for the letters of pictures, cut to what the pictures use.

The PDF of a picture brings its own part of each font. Of the large Chinese fonts that part takes 50 KB however few
characters there are, since cairo copies with them the subroutines of outlines that all characters share. Outlines
without subroutines take a few KB. fontTools cuts such fonts, and a configuration for fontconfig puts them in the place
of those installed. Imports ``files``.
"""

from __future__ import annotations

import functools
import hashlib
import io
import logging
import re
import subprocess
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from d2lbook.files import write_whole

FAMILIES = re.compile(r"Noto (?:Sans|Serif|Sans Mono) CJK (?:SC|TC)")
"""Fonts that are cut, where the pictures name them."""
STYLES = ("", ":bold")
NAMES = (1, 2, 3, 4, 6, 13, 14)
"""Entries of the name table that are kept: family, style, licence and its address."""
DROPPED = ("BASE", "GDEF", "GSUB", "VORG", "vhea", "vmtx")
CONFIGURATION = "fonts.conf"
FORM = 1
"""Counts the changes of how fonts are cut."""
_HEAD = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd">\n'


@dataclass(frozen=True, slots=True)
class _Font:
    """An installed font: a file, its number in it, and the name of the cut one."""

    file: Path
    number: int
    name: str


def configuration_for(texts: Collection[str], known: Path) -> Path | None:
    """Return a file for ``FONTCONFIG_FILE`` under which the fonts of these pictures are cut to their characters.

    What was cut is kept in ``known``. None where the pictures name no such font, or none is installed.
    """
    families = sorted(set().union(*(FAMILIES.findall(text) for text in texts)))
    fonts = [font for family in families for style in STYLES if (font := _installed(family, style))]
    if not fonts:
        return None
    characters = "".join(sorted({character for text in texts for character in text if character.isprintable()}))
    told = f"{FORM} {[(font.name, font.file.stat().st_mtime_ns) for font in fonts]} {characters}"
    folder = known / hashlib.sha256(told.encode()).hexdigest()[:32]
    if not (folder / CONFIGURATION).is_file():
        for font in fonts:
            write_whole(folder / font.name, _cut(font, characters), durable=False)
        replaced = sorted({file for family in families for file in _files(family)})
        write_whole(folder / CONFIGURATION, _configuration(folder, replaced), durable=False)
    return folder / CONFIGURATION


def _configuration(folder: Path, replaced: Sequence[str]) -> str:
    """Return what tells fontconfig to look into ``folder``, and not into the files that it stands for."""
    globs = "".join(f"<glob>{escape(file)}</glob>" for file in replaced)
    return (
        f'{_HEAD}<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
        f"<dir>{escape(str(folder))}</dir><cachedir>{escape(str(folder / 'cache'))}</cachedir>"
        f"<selectfont><rejectfont>{globs}</rejectfont></selectfont></fontconfig>\n"
    )


def _cut(font: _Font, characters: str) -> bytes:
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    logging.getLogger("fontTools").setLevel(logging.ERROR)
    options = Options(
        desubroutinize=True, hinting=False, notdef_outline=True, layout_features=["kern"], name_IDs=list(NAMES)
    )
    options.drop_tables += DROPPED
    whole = TTFont(font.file, fontNumber=font.number, lazy=True)
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=sorted(map(ord, characters)))
    subsetter.subset(whole)
    data = io.BytesIO()
    whole.save(data)
    return data.getvalue()


@functools.cache
def _installed(family: str, style: str) -> _Font | None:
    told = _ask("fc-match", "-f", "%{file}\t%{index}\t%{family[0]}", family + style).split("\t")
    if len(told) != 3 or told[2] != family or not Path(told[0]).is_file():
        return None
    return _Font(Path(told[0]), int(told[1]), f"{family}{style}".replace(" ", "").replace(":", "-") + ".otf")


@functools.cache
def _files(family: str) -> frozenset[str]:
    """Return the installed files that hold a family, in every weight."""
    return frozenset(filter(None, _ask("fc-list", "-f", "%{file}\n", family).split("\n")))


def _ask(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
