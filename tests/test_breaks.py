"""Where lines of headings may end."""

from __future__ import annotations

import pytest
from markupsafe import Markup

from d2lbook.site.breaks import keep_terms
from d2lbook.words.terminology import Term

TERMS = [Term("network", "网络"), Term("convolutional network", "卷积神经网络"), Term("R-squared", "R方系数")]


@pytest.mark.parametrize(("title", "expected"), [
    ("经典的卷积神经网络与网络", '经典的<span class="tie">卷积神经网络</span>与<span class="tie">网络</span>'),
    ("卷积神经网络", "卷积神经网络"),
    ("用<code>网络.py</code>画出每一层的网络结构", "用<code>网络.py</code>画出每一层的网络结构"),
    ("拟合的好坏要看R方系数多大", "拟合的好坏要看R方系数多大"),
    ('网络的输出是<span class="katex">网络</span>', '网络的输出是<span class="katex">网络</span>'),
])  # fmt: skip
def test_a_long_headings_terms_stay_whole(title: str, expected: str) -> None:
    assert str(keep_terms(Markup(title), TERMS)) == expected
