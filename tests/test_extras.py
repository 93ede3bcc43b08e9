"""Pages that no section is: glossary, index of the library, the page for a wrong address; what others are told."""

from __future__ import annotations

import base64
import re
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.errors import Built
from d2lbook.library.extract import write_library
from d2lbook.site.extras import brought_in
from d2lbook.words.terminology import Term, read_terms, terms_in

from .conftest import CONFIG
from .site_book import FILES, PIXEL, write_book

TERMS = """\
english,zh_cn,aliases,policy,zh_tw
gradient,梯度,,,梯度
example / sample,样本,样例；实例,context,樣本
overfitting,过拟合,,,過擬合
"""
SAVING = """\
# 优化
:label:`sec_opt`

样本很多时，梯度（gradient）很贵。

```{.python .input}
#@tab mxnet, pytorch, tensorflow
def step(params, lr=0.1):  #@save
    \"\"\"走一步<小>步。

    细节。\"\"\"
    return params
```

```{.python .input}
#@tab jax
def step(params, lr=0.1):  #@save
    return params + 0
```

```{.python .input}
#@tab jax
def keys(seed):  #@save
    return seed
```
"""
REASON = "[keys]\nmxnet = '不用键'\npytorch = '不用<键>'\ntensorflow = '不用键'\n"
SITE = CONFIG + "\n[repository]\nsite_url = https://book.example/zh/\nurl = https://github.com/nobody/book\n"


def write(root: Path, config: str = SITE) -> Path:
    files = {**FILES, "two/opt": SAVING, "two/index": FILES["two/index"].replace("softmax\n", "softmax\nopt\n")}
    (root / "static").mkdir(parents=True)
    (root / "static/terminology.csv").write_text(TERMS, encoding="utf-8")
    (root / "d2l/support").mkdir(parents=True)
    (root / "d2l/support/absent.toml").write_text(REASON, encoding="utf-8")
    write_library(write_book(root, files, config))
    return root


def build(root: Path) -> Built:
    result = site.build(books.load(root), root / "_build/html", jobs=1)
    assert result.faults == ()
    return result


def page(root: Path, name: str) -> str:
    return (root / f"_build/html/{name}.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a built book that has terms, a library and an address."""
    root = write(tmp_path_factory.mktemp("extras") / "book")
    build(root)
    return root


def test_the_glossary_has_a_row_for_each_term_and_leads_to_where_it_is_brought_in(built: Path) -> None:
    html = page(built, "glossary")
    row = re.search(r'<tr id="term-gradient">.*?</tr>', html)
    assert row and "梯度" in row[0] and '<a href="two/opt.html">2.2节</a>' in row[0]
    row = re.search(r'<tr id="term-example-sample">.*?</tr>', html)
    assert row and "样例、实例" in row[0] and '<td lang="zh-Hant">樣本</td>' in row[0]
    row = re.search(r'<tr id="term-overfitting">.*?</tr>', html)
    assert row and "<a" not in row[0]
    assert re.findall(r"<h2>(\w)</h2>", html) == ["E", "G", "O"]


def test_the_index_has_one_entry_a_name_whose_equal_signatures_share_a_line(built: Path) -> None:
    html = page(built, "d2l")
    assert re.findall(r'<section class="name" id="(\w+)">', html) == ["keys", "step"]
    entry = html[html.index('id="step"') : html.index("</section>", html.index('id="step"'))]
    assert re.findall(r'<th scope="row">(.*?)</th>', entry) == ["各后端"]
    assert "<code>d2l.<b>step</b>(params, lr=0.1)</code>" in entry
    assert '<a href="two/opt.html">2.2节</a>' in entry and "<p>走一步&lt;小&gt;步。</p>" in entry
    entry = html[html.index('id="keys"') : html.index('id="step"')]
    assert re.findall(r'<th scope="row">(.*?)</th>', entry) == ["MXNet、TensorFlow", "PyTorch", "JAX"]
    assert entry.count("没有：不用") == 2 and "不用&lt;键&gt;" in entry and "d2l.jax.<b>keys</b>(seed)" in entry


@pytest.mark.parametrize(("name", "letters"), [("glossary", ["E", "G", "O"]), ("d2l", ["K", "S"])])
def test_long_lists_have_letters_and_a_field(built: Path, name: str, letters: list[str]) -> None:
    html = page(built, name)
    assert re.findall(r'<a href="#letter-(\w)">(\w)</a>', html)[: len(letters)] == [(x.lower(), x) for x in letters]
    assert all(f'<section id="letter-{letter.lower()}">' in html for letter in letters)
    assert "lists.js" in html and "<label>筛选<input" in html
    assert "lists.js" not in page(built, "two/opt")


def test_other_sites_are_told_a_picture(built: Path, tmp_path: Path) -> None:
    assert "og:image" not in page(built, "two/opt")
    key = "site_url = https://book.example/zh/\n"
    root = write(tmp_path / "book", SITE.replace(key, f"{key}share_picture = static/share.png\n"))
    (root / "static/share.png").write_bytes(base64.b64decode(PIXEL))
    build(root)
    assert '<meta property="og:image" content="https://book.example/zh/_static/share.png">' in page(root, "two/opt")
    assert (root / "_build/html/_static/share.png").read_bytes() == base64.b64decode(PIXEL)


def test_every_page_leads_to_them(built: Path) -> None:
    assert '<a href="../glossary.html">术语表</a>' in page(built, "two/opt")
    assert '<a href="d2l.html">d2l函数索引</a>' in page(built, "index")
    assert 'href="#" aria-current="page">术语表' in page(built, "glossary")


def test_a_wrong_address_shows_a_page_that_works_at_any_depth(built: Path) -> None:
    html = page(built, "404")
    assert all(link.startswith(("/zh/", "#")) for link in re.findall(r'(?:href|src)="([^"]*)"', html))
    assert 'href="/zh/index.html"' in html and "canonical" not in html


def test_other_sites_are_told_the_address(built: Path) -> None:
    html = page(built, "two/opt")
    assert '<link rel="canonical" href="https://book.example/zh/two/opt.html">' in html
    assert '<meta property="og:url" content="https://book.example/zh/two/opt.html">' in html
    assert '<meta property="og:title" content="2.2 优化">' in html
    assert '<meta property="og:url" content="https://book.example/zh/">' in page(built, "index")
    root = ET.parse(built / "_build/html/sitemap.xml").getroot()
    found = [element.text for element in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    names = [section.docname for section in books.load(built).sections if section.docname != "index"]
    expected = ["", *(f"{name}.html" for name in (*names, "glossary", "d2l"))]
    assert sorted(found) == sorted(f"https://book.example/zh/{name}" for name in expected)


def test_without_terms_library_and_address_there_is_none_of_it(tmp_path: Path) -> None:
    site.build(write_book(tmp_path), tmp_path / "_build/html", jobs=1)
    out = tmp_path / "_build/html"
    assert not any((out / name).exists() for name in ("glossary.html", "d2l.html", "sitemap.xml"))
    html = (out / "index.html").read_text(encoding="utf-8")
    assert "og:url" not in html and "canonical" not in html and 'class="extras"' not in html
    lost = (out / "404.html").read_text(encoding="utf-8")
    assert 'href="/index.html"' in lost and 'src="/_static/site.js' in lost


def test_they_follow_what_they_show(tmp_path: Path) -> None:
    root = write(tmp_path / "book")
    build(root)
    (root / "static/terminology.csv").write_text(TERMS + "batch,批量,,,批次\n", encoding="utf-8")
    build(root)
    assert "term-batch" in page(root, "glossary")
    source = root / "chapters_md/two/opt.md"
    source.write_text(
        source.read_text(encoding="utf-8").replace("def keys(seed)", "def keys(seed, n=2)"), encoding="utf-8"
    )
    build(root)
    assert "<b>keys</b>(seed)" in page(root, "d2l")
    write_library(books.load(root))
    assert build(root).pages == 0
    assert "<b>keys</b>(seed, n=2)" in page(root, "d2l")


def test_a_term_is_brought_in_by_a_heading_or_by_its_english_name() -> None:
    terms = (Term("gradient", "梯度"), Term("example / sample", "样本"), Term("loss", "损失"))
    assert terms_in("梯度很大，样本（Sample）很少", "损失函数", terms) == {
        "gradient": 1,
        "example / sample": 2,
        "loss": 2,
    }
    found = {"a": {"gradient": 1, "loss": 1}, "b": {"gradient": 2}, "c": {"gradient": 2}}
    assert brought_in(["a", "b", "c"], found) == {"gradient": "b", "loss": "a"}


def test_parts_of_longer_words_are_not_the_term() -> None:
    terms = (Term("quantization", "量化"), Term("vectorization", "向量化"), Term("layer", "层"))
    assert terms_in("向量化很快，层次分明", "", terms) == {"vectorization": 1}
    assert terms_in("向量化与量化，层（layer）", "", terms) == {"quantization": 1, "vectorization": 1, "layer": 2}


def test_terms_are_read_whole(tmp_path: Path) -> None:
    assert read_terms(tmp_path) == ()
    (tmp_path / "static").mkdir()
    (tmp_path / "static/terminology.csv").write_text(TERMS, encoding="utf-8")
    term = read_terms(tmp_path)[1]
    assert (term.names, term.aliases, term.traditional) == (("example", "sample"), ("样例", "实例"), "樣本")
