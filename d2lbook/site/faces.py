"""The serif of the headings, shipped with the site: what headings use of it, in a few files for each script.

Windows and Android have no Chinese serif. The files are made once for each set of characters and remembered; a heading
that brings no new character makes none anew.
"""

from __future__ import annotations

import hashlib
import string
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from d2lbook.doctree.editions import Edition
from d2lbook.errors import BookError, Fault
from d2lbook.files import write_changed, write_whole
from d2lbook.site.glyphs import SlicedFont, ranges_of
from d2lbook.site.npm import install, version
from d2lbook.words.language import is_chinese
from d2lbook.words.traditional import TRADITIONAL

HERE = Path(__file__).parent / "fonts"
FAMILY = "Book Serif"
"""What style sheets call it."""
WEIGHTS = {"heading": (600, "600 900"), "light": (400, "300 500")}
"""Weight of the outlines, and the weights of text that are set in them."""
SHEET, FOLDER = "faces.css", "faces"
FORM = 1
"""Counts the changes of how files are cut, so that older ones are not used."""
ALWAYS = frozenset(string.ascii_letters + string.digits + " .,:;-–—()/+=…·、，。：；？！（）《》“”‘’×")
"""Characters that headings may have at any time."""
OWN = "参考文献第章节术语表函数索引运行结果最近一次的变化没有这一页参见说明目录答案练习小结"
"""Characters of headings of the engine's own."""
STAND_INS = (
    ("Times New Roman Bold", "Liberation Serif Bold", "Times Bold", "TeXGyreTermes-Bold", 1.134),
    ("Arial Bold", "Helvetica Bold", "Liberation Sans Bold", "Roboto Bold", 1.02),
    ("DejaVu Sans Bold", 0.815),
), (
    ("Times New Roman", "Liberation Serif", "Times", "TeXGyreTermes-Regular", 1.097),
    ("Arial", "Helvetica", "Liberation Sans", "Roboto", 0.986),
    ("DejaVu Sans", 0.862),
)  # fmt: skip
"""Installed Latin fonts that stand in until a file has come, for each weight, with the factor that makes their digits
as wide as the serif's; those of one line are equally wide."""
ASCENT, DESCENT = 1.151, 0.286
"""Heights of the serif above and below the line, in its size."""
LATIN = "U+20-24F,U+2010-2026"
_refused: list[str] = []
"""Why the font could not be had, once that is known: it is asked for once in a process."""


@dataclass
class Faces:
    """Writes the faces of a site's editions; ``cache`` keeps what was cut."""

    cache: Path
    faults: list[Fault] = field(default_factory=list)
    """A warning where the font could not be had."""

    def write(self, edition: Edition, texts: Mapping[str, Collection[str]], static: Path) -> None:
        """Put an edition's style sheet and files into ``static``; without the font an empty sheet.

        ``texts`` are those in the serif, by the name of their weight.
        """
        folder = static / edition.folder / FOLDER
        rules, kept = [], set()
        for name, weight in WEIGHTS.items() if is_chinese(edition.name) and self._packages else ():
            characters = set().union(*texts[name], ALWAYS, edition.say(OWN) if name == "heading" else ())
            font = self._font(edition)
            groups = font.groups(characters)
            if name == "light":  # few, all on one page
                groups = {0: frozenset().union(*groups.values())}
            for group, members in groups.items():
                file = f"{name}-{group}.woff2"
                data = self._cut(font, members, weight[0])
                write_changed(folder / file, data)
                kept.add(file)
                rules.append(_rule(f"{FOLDER}/{file}?{_digest(data)}", weight[1], ranges_of(members)))
        if kept:
            licence = self._font(edition).package / "LICENSE"
            write_changed(folder / "LICENSE.txt", licence.read_bytes())
        for path in folder.glob("*.woff2") if folder.is_dir() else ():
            if path.name not in kept:
                path.unlink()
        write_changed(static / edition.folder / SHEET, _head(bool(kept)) + "\n".join(rules) + "\n")

    @cached_property
    def _packages(self) -> Path | None:
        if not _refused:
            try:
                return install(HERE, tries=0)
            except (BookError, OSError) as error:
                _refused.append(str(error.faults[0].text) if isinstance(error, BookError) else str(error))
        fix = "headings are set in what readers' machines have; build again when the npm registry can be reached"
        self.faults.append(Fault("d2lbook", 0, "the site lacks its serif", _refused[0], fix, "warning"))
        return None

    def _font(self, edition: Edition) -> SlicedFont:
        assert self._packages
        script = "tc" if edition.name.replace("-", "_") in (TRADITIONAL, "zh_TW", "zh_HK") else "sc"
        return self._fonts.setdefault(
            script, SlicedFont(self._packages / "@fontsource-variable" / f"noto-serif-{script}")
        )

    @cached_property
    def _fonts(self) -> dict[str, SlicedFont]:
        return {}

    def _cut(self, font: SlicedFont, characters: Collection[str], weight: int) -> bytes:
        key = f"{FORM} {version(HERE)} {font.package.name} {weight} {''.join(sorted(characters))}"
        file = self.cache / f"{_digest(key.encode(), 32)}.woff2"
        if file.is_file():
            return file.read_bytes()
        data = font.cut(characters, weight)
        write_whole(file, data, durable=False)
        return data


def _rule(address: str, weights: str, ranges: str) -> str:
    return (
        f'@font-face{{font-family:"{FAMILY}";font-weight:{weights};font-display:swap;'
        f'src:url({address})format("woff2");unicode-range:{ranges}}}'
    )


def _head(there: bool) -> str:
    if not there:
        return "/* This build has no serif of its own. */\n"
    told = "/* Noto Serif, cut to what the headings use; SIL Open Font License 1.1, see faces/LICENSE.txt. */\n"
    return told + "".join(_stand_ins())


def _stand_ins() -> Iterator[str]:
    """Yield the rules of fonts that are as high and as wide as the serif, so that nothing moves when it comes."""
    for (_, weights), lines in zip(WEIGHTS.values(), STAND_INS, strict=True):
        for place, (*names, factor) in enumerate(lines, 1):
            source = ",".join(f'local("{name}")' for name in names)
            size = float(factor)
            yield (
                f'@font-face{{font-family:"Book Latin {place}";font-weight:{weights};src:{source};'
                f"size-adjust:{size:.1%};ascent-override:{ASCENT / size:.2%};descent-override:{DESCENT / size:.2%};"
                f"line-gap-override:0%;unicode-range:{LATIN}}}\n"
            )


def _digest(data: bytes, length: int = 8) -> str:
    return hashlib.sha256(data).hexdigest()[:length]
