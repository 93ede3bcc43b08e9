"""From a book to the PDF of one backend: Sphinx in this process, then latexmk."""

from __future__ import annotations

import io
import logging
import os
import shutil
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from sphinx.application import Sphinx

from d2lbook.book.book import Book
from d2lbook.book.references import reference_faults
from d2lbook.doctree.build import BookProject, shared_settings
from d2lbook.doctree.editions import Edition
from d2lbook.doctree.warnings import Collector, without_known
from d2lbook.errors import Fault, errors_only, tolerated
from d2lbook.pdf.builder import PdfBuilder
from d2lbook.pdf.paper_build import PaperBuild
from d2lbook.pdf.tex import page_count, require_programs, run_latexmk
from d2lbook.pdf.title import title_pages, whole_title
from d2lbook.words.bibliography import Bibliography
from d2lbook.words.traditional import TRADITIONAL

SETUP = (
    "TitleColor={HTML}{1F3244}, VerbatimColor={HTML}{F6F7F8}, VerbatimBorderColor={HTML}{F6F7F8}, "
    "verbatimhintsturnover=false, verbatimforcewraps=true, verbatimmaxoverfull=0, "
    "hmargin={2.4cm,2.4cm}, vmargin={2.4cm,2.4cm}"
)
PREAMBLE = Path(__file__).with_name("preamble.tex")


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one PDF."""

    file: Path
    faults: tuple[Fault, ...]
    pages: int
    seconds: float


def build(book: Book, backend: str, out: Path, *, edition: str = "", jobs: int = 0) -> Result:
    """Make ``out/d2l-<backend>.pdf``; ProgramsMissing if TeX is. A faulty PDF is not delivered.

    ``edition`` is the book's own by default; the Traditional one is ``d2l-<backend>-zh-Hant.pdf``.
    """
    require_programs()
    variant = Edition(book, edition or book.config.lang)
    started = time.monotonic()
    own = replace(book, config=replace(book.config, backends=(book.config.backend(backend),)))
    name = f"d2l-{backend}{variant.suffix}"
    if book.config.index not in book.by_name:  # the book itself says what is missing
        return Result(out / f"{name}.pdf", errors_only(book.faults), 0, 0.0)
    if broken := errors_only(reference_faults(book)):
        return Result(out / f"{name}.pdf", broken, 0, 0.0)
    work = book.config.output_dir / "pdf" / f"{backend}{variant.suffix}"
    faults = _write_tex(book, own, work, name, variant, jobs or os.cpu_count() or 1)
    pages = 0
    if not faults:
        complaints = run_latexmk(work / "tex", name)
        where = f"{name}.pdf"
        faults += [Fault(where, 0, item.message, item.text[:200], "mend the source") for item in complaints]
        pages = page_count(work / "tex" / where) if (work / "tex" / where).is_file() else 0
        floor = book.config.min_pages
        if not faults and pages < floor:
            fix = "find what is missing, or lower min_pages in config.ini"
            faults.append(Fault(where, 0, f"{pages} pages, fewer than {floor:.0f}", "", fix))
    target = out / f"{name}.pdf"
    if not faults:
        out.mkdir(parents=True, exist_ok=True)
        draft = target.with_suffix(".part")
        shutil.copyfile(work / "tex" / f"{name}.pdf", draft)
        draft.replace(target)
    return Result(target, tuple(faults), pages, time.monotonic() - started)


def _write_tex(whole: Book, book: Book, work: Path, name: str, edition: Edition, jobs: int) -> list[Fault]:
    config = book.config
    this_build = PaperBuild(
        book=book,
        pictures=work / "pictures",
        bibliography=Bibliography(config.bibfile),
        tabs=whole.config.backend_names,
        jobs=jobs,
        whole=whole,
        edition=edition,
    )
    collector = Collector(config.root, config.source_dir)
    logger = logging.getLogger("sphinx")
    (work / "tex").mkdir(parents=True, exist_ok=True)
    try:
        app = Sphinx(
            str(config.source_dir), None, str(work / "tex"), str(work / "doctrees"), PdfBuilder.name,
            confoverrides=_settings(this_build, name), status=None, warning=io.StringIO(), freshenv=True,
        )  # fmt: skip
        app.project = app.env.project = BookProject(app.project, book.by_name)
        logger.addHandler(collector)
        app.build(force_all=True)
    finally:
        logger.removeHandler(collector)
    builder = cast(PdfBuilder, app.builder)
    told = without_known(collector.faults, book.faults)
    return list(errors_only((*(tolerated(told) if config.tolerant else told), *builder.faults)))


def _settings(this_build: PaperBuild, name: str) -> dict[str, Any]:
    book, edition = this_build.book, this_build.edition
    config = book.config
    preamble = PREAMBLE.read_text(encoding="utf-8").replace(
        " CJK SC", f" CJK {'TC' if edition.name == TRADITIONAL else 'SC'}"
    )
    words = {word: edition.say(word) for word in ("图", "表", "目录", "索引")}
    names = f"\\renewcommand{{\\figurename}}{{{words['图']}}}\\renewcommand{{\\tablename}}{{{words['表']}}}\n"
    names += f"\\ctexset{{contentsname={words['目录']}, indexname={words['索引']}}}\n"
    return shared_settings(this_build) | {
        "language": edition.locale,
        "extensions": ["d2lbook.pdf.extension"],
        "pygments_style": "friendly",
        "latex_engine": "xelatex",
        "latex_documents": [(config.index, f"{name}.tex", edition.say(whole_title(book)), config.author, "manual")],
        "latex_docclass": {"manual": "ctexbook"},
        "latex_use_xindy": False,
        "latex_domain_indices": False,
        "latex_elements": {
            "papersize": "a4paper",
            "pointsize": "10pt",
            "classoptions": ",openany,oneside,fontset=none",
            "babel": "",
            "polyglossia": "",
            "fncychap": "",
            "fontpkg": "",
            "passoptionstopackages": "\\PassOptionsToPackage{no-math}{fontspec}",
            "sphinxsetup": SETUP,
            "preamble": preamble + names,
            "maketitle": title_pages(book, edition.say),
            "figure_align": "H",
            "releasename": "",
            "printindex": "\\printindex",
        },
    }
