"""Says where results differ from what they must be; knows no framework.

Floats must have the stated type and agree to 1e-5 of the largest magnitude in the array; integers, truths and
texts must be equal, integers of whatever width.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

RELATIVE = 1e-5


def differences(
    expected: Mapping[str, np.ndarray], found: Mapping[str, np.ndarray], relative: float = RELATIVE
) -> list[str]:
    """Return one line for every result that is missing, unasked for, or wrong."""
    lines = [f"{name}: missing" for name in expected if name not in found]
    lines += [f"{name}: not asked for" for name in found if name not in expected]
    for name, value in expected.items():
        if name in found:
            line = _difference(np.asarray(value), np.asarray(found[name]), relative)
            if line:
                lines.append(f"{name}: {line}")
    return lines


def _difference(expected: np.ndarray, found: np.ndarray, relative: float) -> str:
    if expected.shape != found.shape:
        return f"shape {found.shape}, expected {expected.shape}"
    if expected.dtype.kind != found.dtype.kind:
        return f"type {found.dtype}, expected {expected.dtype}"
    if expected.dtype.kind != "f":
        wrong = int((expected != found).sum())
        return f"{wrong} of {expected.size} values differ: {found.ravel()[:5]}" if wrong else ""
    if expected.dtype != found.dtype:
        return f"type {found.dtype}, expected {expected.dtype}"
    if not expected.size:
        return ""
    if (np.isnan(expected) != np.isnan(found)).any() or (np.isinf(expected) != np.isinf(found)).any():
        return "not finite in other places"
    finite = np.isfinite(expected)
    wide, ours = expected[finite].astype("float64"), found[finite].astype("float64")
    scale = float(np.abs(wide).max(initial=0.0))
    error = float(np.abs(wide - ours).max(initial=0.0))
    if error > relative * scale:
        return f"off by {error:.3g} where the largest value is {scale:.3g}"
    return ""
