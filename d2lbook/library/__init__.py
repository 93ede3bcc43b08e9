"""The book's library: ``#@save`` blocks of the sections become a package for every backend.

``source`` reads cells as syntax trees, ``marks`` finds what a mark saves, ``symbols`` puts all saved blocks of a book
together and checks them, ``docstrings`` and ``render`` write modules, ``extract`` writes files, ``slices`` says what a
projection reaches, ``contract`` compares the backends.
"""

from __future__ import annotations

from d2lbook.library.checks import code_faults, library_faults
from d2lbook.library.contract import contract_faults
from d2lbook.library.extract import check_library, library_files, write_library
from d2lbook.library.symbols import Library, Symbol, library_of

__all__ = [
    "Library",
    "Symbol",
    "check_library",
    "code_faults",
    "contract_faults",
    "library_faults",
    "library_files",
    "library_of",
    "write_library",
]
