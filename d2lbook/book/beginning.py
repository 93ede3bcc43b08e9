"""A new book from the template: settings, a chapter with a section that runs, a workflow that puts it on the web."""

from __future__ import annotations

import configparser
import datetime
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from d2lbook.errors import UsageError
from d2lbook.files import write_whole
from d2lbook.words.language import is_chinese, said

TEMPLATE = Path(__file__).with_name("template")
_DOTTED = {"gitignore": ".gitignore", "gitattributes": ".gitattributes"}
"""Files whose names would mean something to tools where the template lies."""
_NAME = re.compile(r"[a-z][a-z0-9_-]*")


def new_book(folder: Path, title: str = "", lang: str = "en", tabs: Sequence[str] = ()) -> list[Path]:
    """Write a book into ``folder``, made if needed; return its files. ``tabs``: backends, the first the default.

    UsageError if there is a file of that name already, or a tab cannot be called so.
    """
    if wrong := [name for name in tabs if not _NAME.fullmatch(name) or name in ("base", "all")]:
        raise UsageError(f"no backend can be called {wrong[0]!r}: small letters, digits and -")
    texts = dict(_texts(folder.resolve().name, title, lang, tabs))
    if there := [name for name in texts if (folder / name).exists()]:
        raise UsageError(f"{folder / there[0]} exists already; nothing was written")
    return [write_whole(folder / name, text) for name, text in sorted(texts.items())]


def _texts(name: str, title: str, lang: str, tabs: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield path and text of every file; the book's language takes the place of English where the template has it."""
    filled = {
        "name": re.sub(r"[^\w.-]", "-", name),
        "title": title or name,
        "author": said("作者", lang),
        "base": said("通用", lang),
        "year": str(datetime.datetime.now(tz=datetime.UTC).year),
        "lang": lang,
        "tabs": ", ".join(tabs),
    }
    for folder in (TEMPLATE / "book", *((TEMPLATE / "zh_CN",) if is_chinese(lang) else ())):
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                text = file.read_text(encoding="utf-8")
                path = file.relative_to(folder).as_posix()
                if path.endswith((".md", ".ini")):
                    for key, value in filled.items():
                        text = text.replace(f"{{{key}}}", value)
                if path == "config.ini":
                    text += "".join(map(_backend, tabs))
                yield _DOTTED.get(path, path), text


def _backend(name: str) -> str:
    """Return the section of the settings of a backend, filled in where the template knows it."""
    known = configparser.ConfigParser(interpolation=None)
    known.read(TEMPLATE / "backends.ini", encoding="utf-8")
    keys = dict(known[name]) if name in known else {"title": name, "module": name, "packages": "numpy, matplotlib"}
    lines = (f"{key} = {value}".replace("\n", "\n    ") for key, value in keys.items())
    return f"\n[backend-{name}]\n" + "\n".join(lines) + "\n"
