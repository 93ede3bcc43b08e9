"""The book as an EPUB, one per backend: the site's doctree and writer, formulas as MathML, in a package of our own.

Sphinx's own EPUB builder declares no page as holding MathML or SVG, which the format demands, and writes its own pages
of contents; so it is Sphinx that reads the book and resolves it, and ``package`` that packs what was written.
"""

from d2lbook.epub.application import build

__all__ = ["build"]
