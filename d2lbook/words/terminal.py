"""What a terminal is told beside the text: colours and the like."""

from __future__ import annotations

import re

_ESCAPES = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[@-_]")


def without_colours(text: str) -> str:
    """Return a text without ANSI escape sequences."""
    return _ESCAPES.sub("", text)
