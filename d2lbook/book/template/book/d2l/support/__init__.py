"""The part of ``d2l`` that is written by hand, for every section; the rest is generated from the text."""

from d2l.support.metrics import record

__all__ = ["record"]
