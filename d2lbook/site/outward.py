"""Addresses that lead a reader out: where a notebook opens, and where a fault of a page is reported.

All come from ``[repository]`` in ``config.ini``; what is not set there is not shown.
"""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from d2lbook.book.config import BASE, Config
from d2lbook.notebooks import colab_address
from d2lbook.notebooks.cover import folder_of
from d2lbook.site.notebooks import notebook_name


def places(config: Config, docname: str, backend: str) -> Iterator[tuple[str, str]]:
    """Yield the names and addresses of the places that open a notebook."""
    if colab := colab_address(config, docname, backend):
        yield "Colab", colab
    folder = folder_of(config.backend_names[0] if backend == BASE and config.backends else backend)
    fields = {
        "branch": quote(config.notebooks_branch),
        "path": quote(f"{folder}/{docname}.ipynb"),
        "notebook": quote(f"{config.site_url}/{notebook_name(docname, backend)}", safe=""),
    }
    for name, address in config.open_in:
        if "{notebook}" not in address or config.site_url:
            yield name, address.format(**fields)


def report_address(config: Config, docname: str, source: str, title: str, versions: str) -> str:
    """Return where a fault of a page is reported, its place and how it was run filled in; empty if nowhere."""
    page = f"{config.site_url}/{quote(docname)}.html" if config.site_url else docname
    fields = {"title": title, "page": page, "source": source, "versions": versions}
    return config.report.format(**{name: quote(value, safe="") for name, value in fields.items()})
