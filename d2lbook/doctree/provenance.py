"""How an output came about, in a line that readers can check. May import ``package``, ``page`` and ``config``."""

from __future__ import annotations

from d2lbook.book.config import Backend
from d2lbook.doctree.page import Page
from d2lbook.notebooks.reader import NOT_RUN, device_name, provenance

__all__ = ["NOT_RUN", "device_name", "provenance_text"]


def provenance_text(page: Page, backend: Backend) -> str:
    """Return a line such as ``PyTorch：torch 2.13.0 · CPU · 12.3 s · 2026-11-21``, or that it was not run."""
    if backend.name not in page.projections:
        return f"本节没有{backend.title}版本。"
    run = page.runs.get(backend.name)
    return provenance(backend, run, run is not None and page.stale(backend.name))
