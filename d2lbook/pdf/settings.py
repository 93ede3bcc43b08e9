"""What Sphinx is told of one paper: its title, its language, and the LaTeX around the book."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from d2lbook.pdf.paper_build import Paper
from d2lbook.pdf.title import title_pages
from d2lbook.words.language import is_chinese, named
from d2lbook.words.traditional import TRADITIONAL

SETUP = (
    "TitleColor={HTML}{22262B}, HeaderFamily=\\rmfamily\\bfseries, "
    "VerbatimColor={HTML}{F6F7F8}, VerbatimBorderColor={HTML}{F6F7F8}, "
    "verbatimhintsturnover=false, verbatimforcewraps=true, verbatimmaxoverfull=0, "
    "hmargin={2.4cm,2.4cm}, vmargin={2.4cm,2.4cm}"
)
PREAMBLE = Path(__file__).with_name("preamble.tex")
LASTING: dict[str, Any] = {
    "pygments_style": "friendly",
    "latex_engine": "xelatex",
    "latex_docclass": {"manual": "ctexbook"},
    "latex_use_xindy": False,
    "latex_domain_indices": False,
}
"""What holds for every paper."""


def settings_of(paper: Paper) -> dict[str, Any]:
    """Return what holds for one paper."""
    config, edition = paper.book.config, paper.edition
    fonts = "TC" if edition.name == TRADITIONAL else "SC"
    preamble = PREAMBLE.read_text(encoding="utf-8").replace(" CJK SC", f" CJK {fonts}")
    chinese = is_chinese(config.lang)
    words = {kind: edition.say(named(kind, "", config.lang).strip()) for kind in ("figure", "table")}
    names = f"\\renewcommand{{\\figurename}}{{{words['figure']}}}\\renewcommand{{\\tablename}}{{{words['table']}}}\n"
    names += f"\\ctexset{{contentsname={edition.own('目录')}, indexname={edition.own('索引')}}}\n"
    if not chinese:
        names += "\\ctexset{chapter = {name = {,}}}\\xeCJKsetup{CJKspace=true}\\captionsetup{labelformat=simple}\n"
    return {
        "language": edition.locale,
        "latex_documents": [(config.index, f"{paper.name}.tex", edition.say(paper.title), config.author, "manual")],
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
            "maketitle": title_pages(paper),
            "figure_align": "H",
            "releasename": "",
            "printindex": "\\printindex",
        },
    }
