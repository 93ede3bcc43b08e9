"""What stands before the first chapter: the title, and how the outputs came about."""

from __future__ import annotations

from collections.abc import Callable

from sphinx.util.texescape import escape

from d2lbook.book.book import Book
from d2lbook.evidence import store


def title_pages(book: Book, say: Callable[[str], str] = str) -> str:
    """Return the LaTeX of the title page and of the page behind it; ``say`` converts what they say."""
    config, backend = book.config, book.config.backends[0]

    def tex(text: str) -> str:
        return str(escape(say(text), "xelatex"))

    return "\n".join(
        [
            rf"\hypersetup{{pdftitle={{{tex(whole_title(book))}}}, pdfauthor={{{tex(config.author)}}}}}",
            r"\begin{titlepage}\sffamily\raggedright\vspace*{0.22\textheight}",
            rf"{{\fontsize{{34}}{{44}}\selectfont\bfseries {tex(config.title)}\par}}\bigskip",
            rf"{{\LARGE {tex(backend.title)}版\par}}",
            r"\vspace{1.5\baselineskip}{\color{bookline}\rule{4cm}{2pt}\par}\vspace{1.5\baselineskip}",
            rf"{{\large {tex(config.author)}\par}}\vfill",
            rf"{{\normalsize 版本{tex(config.release)}\par}}",
            r"\end{titlepage}",
            r"\thispagestyle{empty}",
            rf"\section*{{{tex('这些输出是怎样得到的')}}}",
            *(f"{tex(line)}\\par\\medskip" for line in origin(book)),
            rf"\vfill {tex(config.copyright)}\par",
            r"\clearpage",
        ]
    )


def whole_title(book: Book) -> str:
    """Return the title with the backend that the paper shows."""
    return f"{book.config.title}（{book.config.backends[0].title}）"


def origin(book: Book) -> list[str]:
    """Return the sentences that say how this backend's outputs were made, from the stored runs."""
    runs = [run for projection in book.projections() if (run := store.load(book, projection)) is not None]
    if not runs:
        return ["书中的代码还没有运行过。"]
    dates = sorted(run.date[:10] for run in runs)
    versions = sorted({f"{name} {version}" for run in runs for name, version in run.versions.items()})
    when = f"运行于{dates[0]}" + (f"至{dates[-1]}" if dates[-1] != dates[0] else "")
    devices = "、".join(sorted({run.device.upper() for run in runs}))
    return [
        f"书中的代码和输出来自{len(runs)}次实际运行，{when}，设备是{devices}，"
        f"用时合计{sum(run.seconds for run in runs):.0f}秒。",
        f"软件版本：{'，'.join(versions)}。",
        "代码或它用到的函数改动以后，相应的输出要重新运行才能发布；正文里取自输出的数字由程序从运行记录里填写。",
    ]
