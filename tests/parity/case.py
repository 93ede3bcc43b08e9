"""What cases share: their registry, and how figures become results.

A case calls one name of the library, with the shared inputs, and returns arrays, numbers, truths or texts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

import numpy

from tests.parity.natives import Native

Given = Mapping[str, numpy.ndarray]
Results = dict[str, Any]
Case = Callable[[Any, Native, Given], Results]
CASES: dict[str, Case] = {}
"""Cases that need nothing but the library, by the name that they call."""
DATA_CASES: dict[str, Case] = {}
"""Cases that need the files of a data set."""


def chapter_of(function: Case) -> str:
    """Return the chapter whose module of cases holds a case."""
    return function.__module__.rpartition(".cases_")[2].replace("_", "-")


def case(function: Case) -> Case:
    """Register a case under its function's name, which is the name that it tests."""
    CASES[function.__name__] = function
    return function


def data_case(function: Case) -> Case:
    """Register a case that needs a data set's files."""
    DATA_CASES[function.__name__] = function
    return function


def raises(kind: type[BaseException], call: Callable[[], Any]) -> bool:
    """Say whether a call raises an exception of a kind."""
    try:
        call()
    except kind:
        return True
    return False


def figure_of(call: Callable[[], Any]) -> Any:
    """Return the axes that a call draws on, all of them."""
    pyplot = import_module("matplotlib.pyplot")
    pyplot.close("all")
    call()
    return pyplot.gcf().axes


def drawn_on(axes: Any) -> Results:
    legend = axes.get_legend()
    return {
        **{f"line{number}": line.get_xydata() for number, line in enumerate(axes.lines)},
        "styles": [f"{line.get_linestyle()} {line.get_color()}" for line in axes.lines],
        "words": [axes.get_xlabel(), axes.get_ylabel(), axes.get_xscale(), axes.get_yscale()],
        "legend": [text.get_text() for text in legend.get_texts()] if legend else [],
    }
