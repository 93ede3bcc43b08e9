"""References by label, as site and PDF resolve them."""

from __future__ import annotations

from collections.abc import Mapping

from d2lbook.book.labels import nothing_named
from d2lbook.book.numbering import Target
from d2lbook.book.references import Link, link_to
from d2lbook.doctree import nodes
from d2lbook.doctree.warnings import warn


def reference(node: nodes.label_reference, targets: Mapping[str, Target], backend: str = "") -> Link | None:
    """Return what a mark becomes for readers of a backend (default: of every one).

    None for a reference to nothing, which is a fault at its place.
    """
    target = targets.get(node["label"])
    if target is None:
        warn(node, *nothing_named(node["role"], node["label"], targets))
        return None
    return link_to(target, node["role"], node["before"], node["after"], backend=backend)
