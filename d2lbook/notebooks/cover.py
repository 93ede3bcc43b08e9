"""What lies around a backend's notebooks in its folder: README, pins, licences, and how pip finds ``d2l``."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from d2lbook.book.config import Config
from d2lbook.notebooks.pins import colab_pins, requirements
from d2lbook.words.language import is_chinese, listed, said

_GITHUB = re.compile(r"https://github\.com/([\w.-]+/[\w.-]+)")
_VERSION = re.compile(r"\d+(\.\d+)*((a|b|rc)\d+)?")
CUDA = "requirements-cuda.txt"
HERE = Path(__file__).parent


def folder_of(backend: str) -> str:
    """Return what a backend's zip, PDF and folder are called, without an ending."""
    return f"d2l-{backend}"


def on_github(config: Config) -> str:
    """Return ``owner/name`` of the book's repository; empty if it has none on GitHub."""
    found = _GITHUB.fullmatch(config.repository_url)
    return found[1] if found else ""


def zip_address(config: Config, backend: str) -> str:
    """Return where a backend's zip is fetched from; empty without a repository on GitHub."""
    return f"{config.repository_url}/releases/latest/download/{folder_of(backend)}.zip" if on_github(config) else ""


def cover(config: Config, backend: str, library: Sequence[str]) -> dict[str, bytes]:
    """Return the files by path; ``library``: the paths of what the folder holds of ``d2l``."""
    licences = sorted(path for path in config.root.glob("LICEN[CS]E*") if path.is_file())
    files = {path.name: path.read_bytes() for path in licences}
    for name, pins in {
        "requirements.txt": requirements(config, backend),
        CUDA: requirements(config, backend, "cuda"),
    }.items():
        if pins:
            files[name] = pins.encode()
    if library:
        files["pyproject.toml"] = project(config, backend, library).encode()
    files["README.md"] = readme(config, backend, list(files)).encode()
    return files


def project(config: Config, backend: str, library: Sequence[str]) -> str:
    """Return a ``pyproject.toml`` by which pip finds the library where it lies; hatchling leaves no files beside it."""
    tops = sorted({PurePosixPath(path).parts[0] for path in library})
    version = config.release if _VERSION.fullmatch(config.release) else "0"
    name = re.sub(r"[^A-Za-z0-9]+", "-", f"{config.name}-{backend}").strip("-").lower()
    return f"""\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{name}"
version = "{version}"
classifiers = ["Private :: Do Not Upload"]

[tool.hatch.build.targets.wheel]
only-include = [{", ".join(f'"{top}"' for top in tops)}]
"""


def readme(config: Config, backend: str, files: Sequence[str]) -> str:
    """Return the README of a zip that holds ``files`` beside notebooks and library: ten lines of words."""
    lang = config.lang
    installed = {"requirements.txt": " -r requirements.txt", "pyproject.toml": " -e ."}
    newest = config.backend(backend).newest_python
    has_torch = re.search(r"^torch==", requirements(config, backend), re.MULTILINE)
    needed = [f'"{pin}"' if "[" in pin else pin for pin in colab_pins(config, backend)]
    licences = listed((f"`{name}`" for name in files if name.startswith("LICEN")), lang)
    cuda = said("有NVIDIA显卡时把`requirements.txt`换成`{cuda}`。", lang, cuda=CUDA)
    *notes, last = config.backend(backend).notes or ("",)
    notes = [note for note in (*notes, last + (cuda if CUDA in files else "")) if note]
    return (HERE / f"readme.{'zh' if is_chinese(lang) else 'en'}.md").read_text(encoding="utf-8").format(
        title=config.title,
        backend=config.backend(backend).title,
        release=config.release,
        index=config.index,
        folder=folder_of(backend),
        torch=" --torch-backend=cpu" if has_torch else "",
        given="".join(word for name, word in installed.items() if name in files),
        notes="".join(f"- {note}\n" for note in notes),
        pins=said("、`%pip install -q {pins}`", lang, pins=" ".join(needed)) if needed else "",
        runtime=said("；要先把运行时版本换成Python {newest}的", lang, newest=newest) if newest else "",
        licences=said("许可见{licences}。", lang, licences=licences) if licences else "",
        copyright=config.copyright,
    )  # fmt: skip
