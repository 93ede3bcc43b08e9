"""The book as a PDF, one per backend: Sphinx's LaTeX builder, XeLaTeX and latexmk.

The doctree is the site's, read as one backend sees it; ``writer`` says it in LaTeX, ``tex`` runs the programs and
judges their log.
"""

from d2lbook.pdf.application import build
from d2lbook.pdf.tex import ProgramsMissing, page_count

__all__ = ["ProgramsMissing", "build", "page_count"]
