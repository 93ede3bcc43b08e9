"""Metrics: numbers that code hands to prose, so that no sentence contradicts an output."""

import math
import sys

MIME = "application/vnd.d2l.metric+json"
"""MIME type of the output that carries a metric."""


def record(name, value):
    """Record a finite number under ``name``, an identifier; readers don't see it, and elsewhere nothing happens."""
    if not isinstance(name, str) or not name.isidentifier():
        raise ValueError(f"the name of a metric must be an identifier, such as 'test_acc', not {name!r}")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError(f"metric {name} must be finite, not {number}")
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if getattr(shell, "kernel", None) is not None:
        from IPython.display import display

        display({MIME: {"name": name, "value": number}, "text/plain": ""}, raw=True)
