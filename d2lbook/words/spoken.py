"""Formulas as plain text, where no formula can stand: in the ``alt`` of a picture."""

from __future__ import annotations

import re

_SIGNS = {"times": "×", "cdot": "·", "partial": "∂", "le": "≤", "ge": "≥", "ne": "≠", "approx": "≈"}
_SIGN = re.compile(rf"\\({'|'.join(_SIGNS)})(?![a-zA-Z])\s*")
_DRESS = re.compile(r"\\[,;:! ]|\\(?:left|right|math[a-z]+|boldsymbol|operatorname|text|bar|hat|tilde)(?![a-zA-Z])\s*")
_COMMAND = re.compile(r"\\([a-zA-Z]+)\s*|[{}]")


def spoken(formula: str) -> str:
    r"""Return a short formula of TeX as plain text, faces and accents left out: ``\mathbf W_1`` as ``W_1``."""
    plain = _DRESS.sub("", _SIGN.sub(lambda found: _SIGNS[found[1]], formula))
    return _COMMAND.sub(lambda found: found[1] or "", plain).strip()
