"""What a terminal is told beside the text, and what it makes of the text: colours, links, backspaces, the like."""

from __future__ import annotations

import re

_ESCAPES = re.compile(r"\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]")
_BACKSPACE = re.compile(r"[^\n\x08]\x08")
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_LONE = re.compile("[\ud800-\udfff]")


def without_colours(text: str) -> str:
    """Return a text without escape sequences: no colours, links as their words."""
    return _ESCAPES.sub("", text)


def printable(text: str) -> str:
    """Return what a terminal shows of a text: a backspace takes a character back, other controls show nothing.

    Half of a surrogate pair, which no file can hold, becomes U+FFFD.
    """
    text = without_colours(text)
    if "\r" in text:
        text = "\n".join(line.removesuffix("\r").rpartition("\r")[2] for line in text.split("\n"))
    while "\x08" in text and (shorter := _BACKSPACE.sub("", text)) != text:
        text = shorter
    return _LONE.sub("\ufffd", _CONTROLS.sub("", text))
