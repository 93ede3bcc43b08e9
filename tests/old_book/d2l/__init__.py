"""The library of the old book."""

__version__ = "0.3.1"
