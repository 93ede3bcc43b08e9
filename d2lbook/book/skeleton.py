"""A new section: headings in the order in which the book's sections go, listed in its chapter's table of contents."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from d2lbook.book.book import Book
from d2lbook.errors import UsageError
from d2lbook.files import write_whole

_DOCNAME = re.compile(r"[\w.-]+(?:/[\w.-]+)*")
_TOC = re.compile(r"^(`{3,})toc[ \t]*\n(.*?)^\1[ \t]*$", re.M | re.S)
CHINESE = """\
# {title}
:label:`{label}`

一个具体的问题，或一个用已有办法解决不了的例子。

## 想法

先用文字说清楚，再给一张图，再手算一遍，然后写成式子。

## 代码

:begin_predict:
会看到什么？
:end_predict:

{cells}

看到了什么？开头的问题有了怎样的回答？

## 小结

- 一句话。

## 练习

1. **推导·★。**要交出什么，怎样核对。

:begin_hint:
从哪里开始。
:end_hint:

:begin_solution:
怎样得到，为什么。
:end_solution:

## 延伸阅读

- 读什么，为了什么。
"""
ENGLISH = """\
# {title}
:label:`{label}`

A question, or a case that the tools so far cannot solve.

## The Idea

In words, then in a picture, then worked by hand, then in formulas.

## The Code

:begin_predict:
What will be seen?
:end_predict:

{cells}

What was seen? How is the question answered?

## Summary

- A sentence.

## Exercises

1. What to deliver, and how to check it.

:begin_hint:
Where to begin.
:end_hint:

:begin_solution:
How to get there, and why.
:end_solution:

## Further Reading

- What to read, and what for.
"""


def new_section(book: Book, docname: str, title: str = "") -> list[str]:
    """Write the skeleton of the section ``docname`` and list it in its chapter; return what was done, in words.

    UsageError if the name is none, or the section exists.
    """
    config = book.config
    source = config.source_dir.relative_to(config.root).as_posix()
    name = docname.removeprefix(f"{source}/").removesuffix(".md")
    if not _DOCNAME.fullmatch(name) or ".." in name:
        raise UsageError(f"{docname!r} names no section; write chapter/section, in letters, digits, - and _")
    file = config.source_dir / f"{name}.md"
    where = file.relative_to(config.root).as_posix()
    if file.exists():
        raise UsageError(f"{where} exists already")
    text = CHINESE if config.lang.startswith("zh") else ENGLISH
    last = name.rpartition("/")[2]
    title = title or last.replace("-", " ").replace("_", " ").capitalize()
    label = "sec_" + re.sub(r"\W", "_", last)
    if label in book.labels:
        label = "sec_" + re.sub(r"\W", "_", name)
    cells = "\n\n".join(_cells(config.backend_names))
    write_whole(file, text.format(title=title, label=label, cells=cells))
    return [f"wrote {where}", _listed(book, name)]


def _cells(backends: Sequence[str]) -> Iterator[str]:
    """Yield an empty cell for each backend, then one for all."""
    for name in backends if len(backends) > 1 else ():
        yield f"```{{.python .input}}\n#@tab {name}\n\n```"
    yield "```{.python .input}\n#@tab all\n\n```"


def _listed(book: Book, name: str) -> str:
    """List a section in its chapter's table of contents, or say how to."""
    chapter = f"{name.rpartition('/')[0]}/{book.config.index}".lstrip("/")
    file = book.config.source_dir / f"{chapter}.md"
    where, entry = file.relative_to(book.config.root).as_posix(), name.rpartition("/")[2]
    tocs = list(_TOC.finditer(_text(file)))
    if not tocs:
        fence = f"```toc\n{entry}\n```"
        return f"{where} has no table of contents: put this into it, and {chapter} into the book's\n{fence}"
    text, toc = _text(file), tocs[-1]
    lines = toc[2].rstrip("\n")
    write_whole(file, f"{text[: toc.start(2)]}{lines}\n{entry}\n{text[toc.end(2) :]}")
    return f"listed in {where}"


def _text(file: Path) -> str:
    return file.read_bytes().decode() if file.is_file() else ""
