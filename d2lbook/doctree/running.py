"""Running Sphinx in this process: an application for one book, and work on caches that may be broken."""

from __future__ import annotations

import io
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.locale import translators

from d2lbook.book.book import Book
from d2lbook.doctree.build import BookProject, docutils_language
from d2lbook.errors import BookError
from d2lbook.files import write_whole

ENVIRONMENT = "environment.pickle"
"""Name of the file in which Sphinx keeps what it has read."""
BEGUN = "begun"
"""Name of the file that says of a folder of caches that work on it has begun and not ended."""
Result = TypeVar("Result")


class _Application(Sphinx):
    """Sphinx for one book, whose documents it knows from the start.

    Else a cold build looks for some in all of the book's folder, through environments and data, links followed.
    """

    def __init__(
        self, book: Book, builder: str, out: Path, doctrees: Path, settings: Mapping[str, Any], jobs: int
    ) -> None:
        self.documents = book.by_name
        translators.clear()  # else Sphinx adds this book's words to those of the first that the process has built
        super().__init__(
            str(book.config.source_dir), None, str(out), str(doctrees), builder,
            confoverrides=dict(settings), status=None, warning=io.StringIO(), parallel=jobs,
        )  # fmt: skip

    def _init_env(self, freshenv: bool) -> BuildEnvironment:
        self.project = BookProject(self.project, self.documents)
        return super()._init_env(freshenv)


def application(book: Book, builder: str, out: Path, doctrees: Path, settings: Mapping[str, Any], jobs: int) -> Sphinx:
    """Return a Sphinx application that reads ``book`` with ``jobs`` processes and knows its documents."""
    app = _Application(book, builder, out, doctrees, settings, jobs)
    app.env.settings["language_code"] = docutils_language(book.config.lang)
    return app


def made_good(work: Path, make: Callable[[], Result], *, fresh: bool) -> Result:
    """Return what ``make`` makes with the caches in ``work``; where they cannot be read they are thrown away, once.

    ``fresh``: there are none, so that what is raised is no fault of theirs.
    """
    write_whole(work / BEGUN, "")
    try:
        result = make()
    except BookError:
        raise
    except Exception:
        if fresh:
            raise
        shutil.rmtree(work, ignore_errors=True)
        write_whole(work / BEGUN, "")
        result = make()
    (work / BEGUN).unlink(missing_ok=True)
    return result
