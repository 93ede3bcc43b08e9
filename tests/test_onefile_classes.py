"""Blank lines before classes in a library of one file: as d2lbook 1.0.3 wrote them, whose bytes stand here."""

from __future__ import annotations

import pytest

from d2lbook.book import book as books
from d2lbook.library.extract import library_files

from .conftest import MakeBook

CONFIG = (
    "[project]\nname = b\ntitle = B\nlang = en\n[build]\nsource_dir = chapters_md\ntabs = mxnet, pytorch\n"
    "[library-mxnet]\nlib_file = d2l/mxnet.py\n"
)
PLACE = '    """Defined in :numref:`sec_page`"""\n'


@pytest.mark.parametrize(
    ("code", "written"),
    [
        (
            "#@save\nimport math\nclass B(A):\n    def f(self):\n        pass",
            f"import math\n\n\nclass B(A):\n{PLACE}    def f(self):\n        pass\n",
        ),
        (
            "#@save\nfrom x import y\n# why\nclass L(A):\n    def f(self):\n        pass",
            f"from x import y\n\n\n# why\nclass L(A):\n{PLACE}    def f(self):\n        pass\n",
        ),
        (
            "x = 1\n\n\nclass G(A):  #@save\n    def f(self):\n        pass\n\n\n\nclass H(A):  #@save\n"
            "    def f(self):\n        pass",
            f"class G(A):\n{PLACE}    def f(self):\n        pass\n\n\n\nclass H(A):\n{PLACE}"
            "    def f(self):\n        pass\n",
        ),
        (
            "#@save\ny = 1\nclass K(A):\n    def f(self):\n        pass",
            f"y = 1\nclass K(A):\n{PLACE}    def f(self):\n        pass\n",
        ),
    ],
)
def test_blank_lines_before_classes(make_book: MakeBook, code: str, written: str) -> None:
    head = "```{.python .input}\n#@tab all\n"
    page = f"# Page\n:label:`sec_page`\n\n{head}1\n```\n\nWords.\n\n{head}{code}\n```\n"
    root = make_book({"index": "# B\n\n```toc\npage\n```\n", "page": page}, CONFIG)
    (root / "d2l").mkdir()
    (root / "d2l/mxnet.py").write_text("#################   WARNING   ################\n")
    text = library_files(books.load(root))["d2l/mxnet.py"]
    assert text.endswith("\n\n" + written.rstrip("\n"))
