"""Reader's notebooks, and the zips of them: prose, code and outputs of one backend, to be run anywhere.

``places`` finds where marks stand in the source, ``prose`` turns the dialect into plain markdown, ``reader`` makes a
notebook of a projection, ``zips`` packs a backend's notebooks with what they need, ``branch`` lays them out for the
branch that Colab opens, ``hosted`` prepares them for hosts that an old book's settings name.
"""

from __future__ import annotations

from d2lbook.notebooks.branch import colab_address, write_branch
from d2lbook.notebooks.hosted import write_hosted
from d2lbook.notebooks.prose import Layout
from d2lbook.notebooks.reader import CrossReferences, reader_notebook
from d2lbook.notebooks.zips import write_zips

__all__ = [
    "CrossReferences",
    "Layout",
    "colab_address",
    "reader_notebook",
    "write_branch",
    "write_hosted",
    "write_zips",
]
