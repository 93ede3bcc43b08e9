"""``eval_rst`` as old books use it: an API page from the library's files, a front page from a file."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.errors import Fault

from .conftest import MakeBook

LIBRARY = '''\
import frameworks_that_nobody_has as fw
from frameworks_that_nobody_has import nn
raise RuntimeError("this file is only read")

ones = fw.ones
numpy = lambda x, *args, **kwargs: x.detach().numpy(*args, **kwargs)

def sgd(params, lr=0.1, *, batch_size: int = 32) -> None:
    """Minibatch stochastic gradient descent.

    Defined in :numref:`sec_t`"""
    for param in params: pass

def odd(x, /, *args, y=1, **more):
    """Takes *args, which is no emphasis that ends."""

class Residual(nn.Module):
    """The Residual block.

    Defined in :numref:`sec_t`"""
    def __init__(self, num_channels, strides=1):
        super().__init__()

    def forward(self, X):
        return X

    def _inner(self):
        pass

    @staticmethod
    def make(n):
        """Make one."""

class Plain:
    def shown_nowhere(self):
        pass
'''
LIBRARY_FILES = {"d2l/__init__.py": "from d2l import torch\n", "d2l/torch.py": LIBRARY}
PAGE = """\
# The API
:label:`sec_t`

```eval_rst
.. currentmodule:: d2l.torch
```

```eval_rst

.. autoclass:: Residual
   :members:
   :show-inheritance:

.. autofunction:: sgd

.. autofunction:: odd
.. autofunction:: numpy
.. autofunction:: ones
.. autoclass:: Plain
   :members:
```
"""


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", "", html).replace("¶", "").split())


def shown(make_book: MakeBook, text: str, files: Mapping[str, str] = LIBRARY_FILES) -> tuple[str, list[Fault]]:
    """Return the page of a section in a book of one section, and the faults; the library cannot be imported."""
    config = "[project]\ntitle = B\nlang = en\n[build]\nsource_dir = chapters_md\ntabs = pytorch, jax\n"
    root = make_book({"index": "# Book\n\n```toc\n:numbered:\n\npage\n```\n", "page": text}, config)
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(content)
    book = books.load(root)
    result = site.build(book, root / "out", jobs=1)
    return (root / "out/page.html").read_text(), [*book.faults, *result.faults]


def test_an_api_page_is_made_from_the_librarys_files_and_nothing_is_imported(make_book: MakeBook) -> None:
    page, wrong = shown(make_book, PAGE)
    assert not wrong
    told = text_of(page)
    assert "class d2l.torch.Residual(num_channels, strides=1)" in told
    assert "Bases: nn.Module" in told and "The Residual block." in told
    assert "forward(X)" in told and "static make(n)" in told and "Make one." in told and "_inner" not in told
    assert "d2l.torch.sgd(params, lr=0.1, *, batch_size: int = 32)" in told
    assert "d2l.torch.odd(x, /, *args, y=1, **more)" in told
    assert "Takes *args, which is no emphasis that ends." in told
    assert "d2l.torch.numpy(x, *args, **kwargs)" in told
    assert "d2l.torch.ones = fw.ones" in told
    assert "class d2l.torch.Plain" in told and "shown_nowhere" not in told
    assert len(re.findall(r'Defined in <a [^>]*href="#sec_t"', page)) == 2
    assert {'id="d2l.torch.Residual"', 'id="d2l.torch.Residual.forward"', 'id="d2l.torch.sgd"'} <= set(
        re.findall(r'id="[^"]+"', page)
    )
    assert "frameworks_that_nobody_has" not in sys.modules


def test_a_whole_module_is_shown_with_what_its_package_re_exports(make_book: MakeBook) -> None:
    files = {
        "d2l/jax/__init__.py": '"""All of it."""\nfrom d2l.jax.nets import hidden, net\n__all__ = ["net"]\n',
        "d2l/jax/nets.py": 'import jax\ndef net(x):\n    """A net."""\ndef hidden(y):\n    """Hidden."""\n',
    }
    written = "# T\n\n```eval_rst\n.. automodule:: d2l.jax\n   :members:\n```\n"
    page, wrong = shown(make_book, written, LIBRARY_FILES | files)
    assert not wrong
    told = text_of(page)
    assert "All of it." in told and "net(x)" in told and "A net." in told and "hidden" not in told


def test_a_name_that_the_library_lacks_is_told_with_its_line(make_book: MakeBook) -> None:
    written = "# T\n:label:`sec_t`\n\n```eval_rst\n.. currentmodule:: d2l.torch\n\n"
    written += ".. autoclass:: Residul\n.. autofunction:: sgd\n```\n"
    page, wrong = shown(make_book, written)
    assert "d2l.torch.sgd(" in text_of(page)
    (fault,) = wrong
    assert (fault.line, fault.text, fault.fix) == (7, ".. autoclass:: Residul", "did you mean Residual?")
    _, (fault,) = shown(make_book, "# T\n\n```eval_rst\n.. autofunction:: nowhere.f\n```\n")
    assert (fault.line, fault.fix) == (4, "run `d2lbook lib`, or mend the name")


FRONT = "# T\n\n```eval_rst\n.. raw:: html\n   :file: front.html\n```\n"


@pytest.mark.parametrize("place", ["chapters_md/front.html", "front.html", "static/frontpage/front.html"])
def test_html_from_a_file_is_found_as_the_old_tool_found_it(make_book: MakeBook, place: str) -> None:
    page, wrong = shown(make_book, FRONT, {place: '<div class="front">Words of the front page.</div>'})
    assert not wrong and '<div class="front">Words of the front page.</div>' in page


def test_html_from_outside_or_from_nowhere_or_that_acts_is_told(make_book: MakeBook, tmp_path: Path) -> None:
    (tmp_path.parent / "secret.html").write_text("<b>secret</b>")
    for name in ("../../secret.html", "nowhere.html"):
        page, wrong = shown(make_book, FRONT.replace("front.html", name))
        (fault,) = wrong
        assert (fault.line, fault.message, fault.text) == (4, "no such file", name) and "secret</b>" not in page
    page, wrong = shown(make_book, "# T\n\n```eval_rst\n.. raw:: html\n\n   <script>act()</script>\n```\n")
    assert "act()" not in page and [fault.message for fault in wrong] == ["HTML that acts by itself"]
