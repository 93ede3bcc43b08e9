"""What stands before the first chapter: the title, and how the outputs came about."""

from __future__ import annotations

from sphinx.util.texescape import escape

from d2lbook.evidence import store
from d2lbook.pdf.paper_build import Paper
from d2lbook.words.language import is_chinese


def title_pages(paper: Paper) -> str:
    """Return the LaTeX of the title page and of the page behind it."""
    config, backend, volume = paper.book.config, paper.book.config.backend(paper.backend), paper.volume
    bound = f"第{volume.number}卷　{volume.title}" if volume.number else ""
    if bound and not is_chinese(config.lang):
        bound = f"{volume.number}. {volume.title}"

    def tex(text: str) -> str:
        return str(escape(paper.edition.say(text), "xelatex"))

    def own(text: str) -> str:
        return str(escape(paper.edition.own(text), "xelatex"))

    chinese = is_chinese(config.lang)

    return "\n".join(
        [
            rf"\hypersetup{{pdftitle={{{tex(paper.title)}}}, pdfauthor={{{tex(config.author)}}}}}",
            r"\begin{titlepage}\rmfamily\raggedright\vspace*{0.22\textheight}",
            rf"{{\fontsize{{34}}{{44}}\selectfont\bfseries {tex(config.title)}\par}}\bigskip",
            rf"{{\LARGE {tex(backend.title)}{'版' if chinese else ''}\par}}",
            *([rf"\medskip{{\Large {tex(bound)}\par}}"] if bound else []),
            r"\vspace{1.5\baselineskip}{\color{bookaccent}\rule{4cm}{2pt}\par}\vspace{1.5\baselineskip}",
            rf"{{\large {tex(config.author)}\par}}\vfill",
            rf"{{\normalsize {own('版本')}{tex(config.release)}\par}}",
            r"\end{titlepage}",
            r"\thispagestyle{empty}",
            rf"\section*{{{own('这些输出是怎样得到的')}}}",
            *(f"{own(line)}\\par\\medskip" for line in origin(paper)),
            rf"\vfill {tex(config.copyright)}\par",
            r"\clearpage",
        ]
    )


def origin(paper: Paper) -> list[str]:
    """Return the sentences that say how a paper's outputs were made, from the stored runs."""
    book = paper.own
    shown = [item for item in book.projections() if item.docname in paper.volume.names]
    runs = [run for projection in shown if (run := store.load(book, projection)) is not None]
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
