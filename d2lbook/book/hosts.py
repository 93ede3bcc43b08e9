"""Hosts on which readers open notebooks, as ``[colab]`` and ``[sagemaker]`` of a book's settings describe them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

HEADER = (
    "The following additional libraries are needed to run this notebook. Note that running on Colab is experimental, "
    "please report a Github issue if you have any problem."
)
"""What the old tool puts above the cell that installs libraries, unless the book says otherwise."""
EVERY_TAB = ""
"""Stands for every tab where the settings name none."""
_COMMENT = re.compile(r"\s+#.*")


HostName = Literal["colab", "sagemaker"]


@dataclass(frozen=True, slots=True)
class NotebookHost:
    """One host."""

    name: HostName
    repositories: Mapping[str, str]
    """``owner/name`` by tab, or for ``EVERY_TAB``."""
    libraries: Mapping[str, tuple[tuple[str, str], ...]]
    """Packages by tab: the name that code imports, and what pip is told to install for it."""
    header: str = HEADER
    gpu_pattern: str = "gpu"
    """A notebook with this in a cell asks for a GPU; empty: none does."""
    pictures: tuple[str, str] = ("", "")
    """A folder, and the address that stands for it: hosts cannot show the book's own files."""
    exclusions: tuple[str, ...] = ()
    """Patterns of pages without a button."""
    kernels: Mapping[str, str] = field(default_factory=dict)
    """Kernel by tab."""

    def repository(self, tab: str) -> str:
        """Return where a tab's notebooks lie, or an empty string."""
        return self.repositories.get(tab, self.repositories.get(EVERY_TAB, ""))

    def installs(self, tab: str) -> tuple[tuple[str, str], ...]:
        """Return what a tab's notebooks may need."""
        return self.libraries.get(tab, ()) + self.libraries.get(EVERY_TAB, ())

    def kernel(self, tab: str) -> str:
        """Return the kernel of a tab's notebooks."""
        return self.kernels.get(tab, self.kernels.get(EVERY_TAB, "python3"))


def read_host(name: HostName, settings: Mapping[str, str], release: str) -> tuple[NotebookHost, list[tuple[str, str]]]:
    """Return a host from its section of the settings, and the lines that cannot be read, each with its key."""
    wrong: list[tuple[str, str]] = []
    repositories = _by_tab("github_repo", settings.get("github_repo", ""), wrong)
    libraries: dict[str, tuple[tuple[str, str], ...]] = {}
    for line in _lines(settings.get("libs", "")):
        parts = [part.strip() for part in line.split(",", 1 if EVERY_TAB in repositories else 2)]
        tab, *pair = [EVERY_TAB, *parts] if EVERY_TAB in repositories else parts
        if len(pair) != 2:
            wrong.append(("libs", line))
            continue
        install = pair[1].replace("==RELEASE", f"=={release}")
        libraries[tab] = (*libraries.get(tab, ()), (pair[0], install))
    folder, _, address = settings.get("replace_svg_url", "").partition(",")
    host = NotebookHost(
        name,
        repositories,
        libraries,
        " ".join(settings.get("libs_header", HEADER).split()),
        settings.get("gpu_pattern", "gpu").strip() if name == "colab" else "",
        (folder.strip(), address.strip()),
        tuple(settings.get("exclusions", "*.html **/index.html").split()),
        _by_tab("kernel", settings.get("kernel", "conda_python3" if name == "sagemaker" else "python3"), wrong),
    )
    return host, wrong


def _lines(text: str) -> list[str]:
    return [line for line in (_COMMENT.sub("", line).strip() for line in text.splitlines()) if line]


def _by_tab(key: str, text: str, wrong: list[tuple[str, str]]) -> dict[str, str]:
    """Return ``tab, value`` lines as a mapping; one line without a comma is for every tab."""
    lines = _lines(text)
    if len(lines) == 1 and "," not in lines[0]:
        return {EVERY_TAB: lines[0]}
    found = {}
    for line in lines:
        parts = [part.strip() for part in line.split(",")]
        if len(parts) == 2:
            found[parts[0]] = parts[1]
        else:
            wrong.append((key, line))
    return found
