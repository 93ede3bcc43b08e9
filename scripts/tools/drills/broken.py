"""Sections to be broken: parts of real sections with a word of their own in every line, and what is done to them.

Imports the standard library only.
"""

from __future__ import annotations

import io
import random
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
OLD = ROOT / "tests/old_book"
_FENCE = re.compile(r"^(`{3,}|~{3,})(.*)$")
_SHOWN = re.compile(r"^(?![:|$!<]|\[\^|---|\s*$)")
ODD = (
    "\u200b\u200d\ufeff\u202e\u2066\u0085\u2028\x0b\x0c\x00\x1f\xa0\u3000\u0301\ufffd\U0001f600\U000e0041"
    "\u4e00\uff0c\u201c`*_$\\<>&|:#%{}[]()~^@\"'"
)
PIECES = (
    "```", "```{.python .input}", "~~~", "#@tab jax", "#@tab all", "%%tab mxnet", "#@save", ":begin_tab:`jax`",
    ":end_tab:", ":begin_solution:", ":end_solution:", ":label:`sec_new`", ":eqlabel:`eq_new`", "$$", "$", "|", "|--|",
    ": Caption", "![a](b.svg)", "[^1]", "[^1]: note", "---", "> ", "    ", "\t", "- ", "(**", "**]", "(~~", "<div>",
    "<!--", "-->", ":numref:`sec_new`", ":value:`acc:.2f`", "if tab.selected('jax'):", "else:", "```toc", "```eval_rst",
    "```{.expect}", "[data](data/table.csv)",
    "[own](../../config.ini)",
    "[page](index.md#x)", "[none]()",
    "\n:begin_tab:`keras`\nonly so\n:end_tab:\n",
    "\n:begin_tab:toc\n- [a](a.md)\n:end_tab:\n", "^[a *note*, :numref:`sec_new`]",
    "^[", '<img src="img/a.svg">', "\n<video src='a.mp4'>\n", "~~struck~~", "~~",
    "\n- [x] task\n", "\nTerm\n: Meaning\n",
    "H~2~O x^2^",
    "\n$$\nu &= v \\\\ w\n$$\n", "\n| a | b |\n|--|--|\n| $x|y$ | `c|d` |\n", "[x][ref]",
    "\n[ref]: img/a.svg\n", "![r][ref]",
    "<<<<<<< HEAD", "=======", ">>>>>>> other", "##Head", ":cite:`none`", ":func:`d2l.none`", "\x00", "\x08",
)  # fmt: skip


@dataclass(frozen=True)
class Seed:
    """A sound part of a section, with a word of its own in every line."""

    text: str
    home: str
    """``ours`` or ``old``: the book whose settings it is read with."""


# ---- seeds ----


def seeds() -> list[Seed]:
    """Return the parts of all sections, from one heading to the next."""
    found = []
    for home, folder in (("ours", ROOT / "chapters_md"), ("old", OLD)):
        for file in sorted(folder.rglob("*.md")):
            text = file.read_text(encoding="utf-8")
            parts = re.split(r"^(?=## )", re.sub(r"\A---\n.*?\n---\n", "", text, flags=re.S), flags=re.M)
            for part in parts:
                if "```toc" not in part and part.count("\n") > 8:
                    title = "" if part.startswith("# ") else "# Part\n\n"
                    found.append(Seed(_worded(_alone(title + part)), home))
    return found


def _alone(text: str) -> str:
    """Return a part without references to what stands elsewhere."""
    own = set(re.findall(r":(?:eq)?label:`([^`]+)`", text))
    return re.sub(r":(?:numref|ref|eqref):`([^`]+)`", lambda m: m[0] if m[1] in own else "那里", text)


def _worded(text: str) -> str:
    """Return a text with a word of its own in each line that shows words."""
    lines, words = text.split("\n"), iter(range(10000))
    fence, info, first, formula = "", "", 0, False
    for number, line in enumerate(lines):
        found = _FENCE.match(line)
        if found and not fence:
            fence, info, first = found[1], found[2].strip(), number
        elif fence and line.strip() == fence:
            if info.startswith("{") and "input" in info:
                _word_code(lines, first + 1, number, words)
            elif not info.startswith("{") and info != "eval_rst":
                for row in range(first + 1, number):
                    lines[row] += f" qz{next(words):04d}" if lines[row].strip() else ""
            fence = ""
        elif not fence:
            opens = line.count("$$") % 2 == 1
            if not (formula or opens):
                lines[number] = _word_prose(line, words)
            formula ^= opens
    return "\n".join(lines)


def _word_prose(line: str, words: Iterator[int]) -> str:
    if re.match(r"\s*!\[", line) and "](" in line:
        return line.replace("](", f" qz{next(words):04d}](", 1)
    if line.startswith("|") and not re.match(r"[|:\- ]+$", line):
        return line.rstrip()[:-1] + f" qz{next(words):04d} |"
    return f"{line} qz{next(words):04d}" if _SHOWN.match(line) and "$$" not in line else line


def _word_code(lines: list[str], first: int, last: int, words: Iterator[int]) -> None:
    """Put a comment behind each line of a cell that may end with one."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO("\n".join(lines[first:last]) + "\n").readline))
    except (tokenize.TokenError, SyntaxError):
        return
    commented = {token.start[0] for token in tokens if token.type == tokenize.COMMENT}
    marks = ("tab.selected", "tab.interact_select") if any("tab." in text for text in lines[first:last]) else ()
    commented |= {row for row, text in enumerate(lines[first:last], 1) if any(mark in text for mark in marks)}
    for row in {token.start[0] for token in tokens if token.type == tokenize.NEWLINE} - commented:
        text = lines[first + row - 1]
        if text.strip() and not text.lstrip().startswith(("%", "!")) and not text.rstrip().endswith(("\\", "?")):
            lines[first + row - 1] = f"{text}  # qz{next(words):04d}"


# ---- mutations ----


def mutated(text: str, rng: random.Random) -> str:
    """Return ``text`` with one to four mutations."""
    for _ in range(rng.choice((1, 1, 2, 3, 4))):
        text = _mutations[rng.randrange(len(_mutations))](text, rng)
    return text


def _lines(change: str, text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    at, other = rng.randrange(len(lines)), rng.randrange(len(lines))
    if change == "delete":
        del lines[at : at + rng.choice((1, 1, 2, 5))]
    elif change == "double":
        lines.insert(at, lines[at])
    elif change == "swap":
        lines[at], lines[other] = lines[other], lines[at]
    elif change == "piece":
        lines.insert(at, rng.choice(PIECES))
    elif change == "tail":
        lines[at] += rng.choice(PIECES)
    else:
        lines[at] = lines[at].replace("    ", "\t") if rng.random() < 0.5 else "\t" + lines[at]
    return "\n".join(lines)


def _fences(text: str, rng: random.Random) -> str:
    lines = text.split("\n")
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line)]
    if len(fences) < 2:
        return text
    at, other = rng.sample(fences, 2)
    lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines)


def _odd(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + rng.choice(ODD) * rng.choice((1, 1, 3)) + text[at:]


def _cut(text: str, rng: random.Random) -> str:
    at = rng.randrange(len(text) + 1)
    return text[:at] + text[at + rng.randrange(1, 12) :]


def _ends(text: str, rng: random.Random) -> str:
    choice = rng.randrange(4)
    if choice == 0:
        return text.replace("\n", "\r\n")
    if choice == 1:
        return text.rstrip("\n")
    if choice == 2:
        return text.replace("\n", "\r", 1) + "\n\n\n"
    return "\ufeff" + text


_mutations = [
    *(lambda text, rng, change=change: _lines(change, text, rng)  # type: ignore[misc]
      for change in ("delete", "delete", "double", "swap", "piece", "tail", "tabs")),
    _fences, _odd, _odd, _cut, _ends,
]  # fmt: skip
