"""Debian's packages that a PDF needs: one line, which ``.ci/run`` reads too."""

# ruff: noqa: E501
DEBIAN = "fontconfig fonts-dejavu-core fonts-noto-cjk fonts-texgyre latexmk librsvg2-bin poppler-utils texlive-fonts-recommended texlive-lang-chinese texlive-latex-extra texlive-xetex"
