"""Files that notebooks read while they run: what ``resources`` in ``[build]`` names, as the old tool's books have it.

They lie around a running notebook, and in the zips, as they lie below the source folder (or the book's root, where they
are found there): a notebook ``chapter/section`` reads ``../data/x.csv``. The library and the bibliography are often
named too; those have ways of their own and are left out.
"""

from __future__ import annotations

import functools
import posixpath
from collections.abc import Iterator, Mapping
from pathlib import Path

from d2lbook.book.config import Config
from d2lbook.book.named import own_file
from d2lbook.errors import Fault

_LIBRARY = "d2l"


@functools.lru_cache(maxsize=4)
def resource_files(config: Config) -> Mapping[str, Path]:
    """Return the files that ``resources`` names, by their paths from the folder in which they were found.

    They are looked for once for each reading of the settings.
    """
    found: dict[str, Path] = {}
    left_out = {config.bibfile, *(config.root / item.one_file.path for item in config.backends if item.one_file)}
    folders = (config.output_dir, config.outputs_dir, config.root / _LIBRARY)
    for pattern in config.resources:
        folder, paths = _matching(config, pattern)
        for path in paths:
            for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
                built = any(file.is_relative_to(other) for other in folders)
                hidden = any(part.startswith((".", "__pycache__")) for part in file.relative_to(config.root).parts)
                if file not in left_out and not built and not hidden and own_file(config, file):
                    found[file.relative_to(folder).as_posix()] = file
    return dict(sorted(found.items()))


def resource_faults(config: Config) -> Iterator[Fault]:
    """Yield names in ``resources`` that no file has, and the reStructuredText that ``rsts`` would have as pages."""
    for pattern in config.resources:
        if not _matching(config, pattern)[1]:
            fix = "name a file or a folder, from the source folder, or take it out"
            yield Fault("config.ini", 0, "a resource that is not there", pattern, fix, "warning")
    for pattern in config.rsts:
        for file in _matching(config, pattern)[1]:
            path = file.relative_to(config.root).as_posix()
            if file.suffix == ".rst" and not file.is_relative_to(config.output_dir):
                fix = "write it in Markdown; what only reStructuredText can say stands in an eval_rst fence"
                yield Fault(path, 0, "a page in reStructuredText, which is not read", pattern, fix)


def _matching(config: Config, pattern: str) -> tuple[Path, list[Path]]:
    """Return what a pattern names within the source folder, or else within the root, and that folder."""
    for folder in (config.source_dir, config.root):
        try:
            names = sorted(folder.glob(pattern.rstrip("/")))  # follows no links: a loop of them ends
        except (NotImplementedError, ValueError, IndexError, OSError):  # no pattern, or a path of the machine
            names = []
        paths = [Path(posixpath.normpath(name.as_posix())) for name in names]
        if inside := [path for path in paths if path.is_relative_to(folder) and path != config.root]:
            return folder, inside
    return config.root, []
