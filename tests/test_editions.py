"""The Traditional Chinese edition: its words, and that nothing but words differs from the book's own edition."""

from __future__ import annotations

import json
import re
import tomllib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from d2lbook import site
from d2lbook.book import book as books
from d2lbook.book.config import load as load_config
from d2lbook.check import check_sources
from d2lbook.doctree.conversion import convert_labels
from d2lbook.doctree.editions import Edition
from d2lbook.errors import BookError
from d2lbook.words.terminology import read_terms
from d2lbook.words.traditional import PHRASES, TRADITIONAL, Converter, converter, read_phrases

from .conftest import CONFIG, ROOT, MakeBook
from .site_book import BOTH, FILES, write_book, write_sample

SENTENCES: dict[str, str] = tomllib.loads((ROOT / "tests" / "traditional_terms.toml").read_text(encoding="utf-8"))
KEPT = ("code", "math", "formula", "stream", "markup")
"""Classes of what is the same in both editions, byte for byte."""
VOID = frozenset(["img", "br", "meta", "link", "input", "wbr", "hr", "col"])


class Pieces(HTMLParser):
    """Of a page's article: what must not be converted, as it is written, and the tags with their ids."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=False)
        self.kept: list[str] = []
        self.tags: list[tuple[str, str, str]] = []
        self.open: list[bool] = []
        self.feed(html[html.index("<article>") : html.index("</article>")])

    def _note(self, text: str) -> None:
        if any(self.open):
            self.kept.append(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if found.get("class") != "tie":  # where a heading's lines may end is each edition's own
            self.tags.append((tag, found.get("id", ""), found.get("class", "")))
        if tag not in VOID:
            self.open.append(tag in ("code", "pre") or any(name in KEPT for name in found.get("class", "").split()))
        if not found.keys() & {"src"}:
            self._note(self.get_starttag_text() or "")

    def handle_endtag(self, tag: str) -> None:
        self._note(f"</{tag}>")
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, data: str) -> None:
        self._note(data)

    def handle_entityref(self, name: str) -> None:
        self._note(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self._note(f"&#{name};")


def words(html: str) -> str:
    return re.sub(r"<[^>]+>", "", html)


# ---- words ----


@pytest.fixture(scope="module")
def book_words() -> Converter:
    return converter(ROOT)


@pytest.mark.parametrize("simplified", SENTENCES)
def test_terms_of_the_field_in_sentences(book_words: Converter, simplified: str) -> None:
    assert book_words.text(simplified) == SENTENCES[simplified]


def test_the_list_of_sentences_is_long_and_has_most_of_the_terms() -> None:
    assert len(SENTENCES) >= 80
    assert sum(any(term.chinese in text for text in SENTENCES) for term in read_terms(ROOT)) >= 150


def test_every_term_is_converted_as_the_table_says_unless_a_phrase_says_otherwise(book_words: Converter) -> None:
    phrases = read_phrases(ROOT)
    assert phrases.faults == ()
    for term in read_terms(ROOT):
        if term.chinese in phrases.words:
            assert book_words.text(term.chinese) == phrases.words[term.chinese]


def test_other_words_that_are_the_same_in_traditional_are_left_out() -> None:
    terms = Edition(books.load(ROOT), TRADITIONAL, read_terms(ROOT)).terms
    assert any(term.aliases for term in terms)
    assert [term.chinese for term in terms if term.chinese in term.aliases] == []


def test_without_tables_opencc_alone_converts() -> None:
    assert Converter({}).text("神经网络的函数") == "神經網路的函式"
    assert Converter({"函数": "函數"}).text("神经网络的函数，函数式编程") == "神經網路的函數，函數式程式設計"


def test_latin_text_and_its_apostrophes_stay() -> None:
    assert Converter({}).text("Bayes’ theorem, x_1 = 'a'") == "Bayes’ theorem, x_1 = 'a'"


def test_a_phrase_that_cannot_be_read_is_reported_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "static").mkdir()
    (tmp_path / "static/traditional.tsv").write_text("# words\n激活\t激活\n实例 實例\n像素\t像 素\n", encoding="utf-8")
    found = read_phrases(tmp_path)
    assert found.words == {"激活": "激活"}
    assert [(fault.line, fault.text) for fault in found.faults] == [(3, "实例 實例"), (4, "像素\t像 素")]
    for settings, faults in ((BOTH, list(found.faults)), (CONFIG, [])):
        (tmp_path / "config.ini").write_text(settings, encoding="utf-8")
        assert [fault for fault in check_sources(books.load(tmp_path)) if fault.path == PHRASES] == faults


def test_labels_of_a_drawing_are_converted_and_its_fonts_and_nothing_else() -> None:
    drawing = (
        "<svg><title>残差网络</title><style>.a{fill:red}</style><g font-family=\"'Noto Sans CJK SC', sans-serif\">"
        '<text id="网络" x="1">全连接<tspan>x</tspan></text></g></svg>'
    )
    assert convert_labels(drawing, converter(ROOT).text) == (
        "<svg><title>殘差網路</title><style>.a{fill:red}</style><g font-family=\"'Noto Sans CJK TC', sans-serif\">"
        '<text id="网络" x="1">全連接<tspan>x</tspan></text></g></svg>'
    )
    plain = '<svg font-family="Noto Sans CJK SC"><text>x</text></svg>'
    assert convert_labels(plain, str.upper) == plain


# ---- settings ----


def test_editions_are_the_books_own_alone_unless_the_settings_list_more(make_book: MakeBook) -> None:
    assert load_config(make_book({})).editions == ("zh_CN",)
    assert load_config(make_book({}, BOTH)).editions == ("zh_CN", "zh_Hant")


@pytest.mark.parametrize(
    ("wrong", "message", "text"),
    [("zh_CN, zh_TW", "an unknown edition", "zh_TW"), ("zh_Hant", "the book's own edition is missing", "")],
)
def test_a_wrong_list_of_editions_is_reported(make_book: MakeBook, wrong: str, message: str, text: str) -> None:
    with pytest.raises(BookError) as caught:
        load_config(make_book({}, BOTH.replace("zh_CN, zh_Hant", wrong)))
    assert [(fault.message, fault.text, fault.line > 0) for fault in caught.value.faults] == [(message, text, True)]


def test_only_simplified_chinese_is_converted(make_book: MakeBook) -> None:
    with pytest.raises(BookError) as caught:
        load_config(make_book({}, BOTH.replace("lang = zh_CN", "lang = en").replace("zh_CN,", "en,")))
    assert [fault.text for fault in caught.value.faults] == ["zh_Hant"]


# ---- pages ----

EXTRA = {
    **FILES,
    "two/words": (
        "# 激活函数\n\n神经\n网络要**激活函数**，`网络`是代码，$\\text{网络}$是公式，见:cite:`Zhou.2016`"
        "与:numref:`sec_ndarray`。\n\n"
        "![网络的图。](../../static/img/labels.svg)\n:label:`fig_words`\n\n```python\nprint('网络')  # 网络\n```\n"
    ),
    "two/index": "# 线性分类\n\n分类。\n\n```toc\nsoftmax\nwords\n```\n",
}
TABLE = """\
english,zh_cn,aliases,policy,zh_tw
neural network,神经网络,网络,allow,類神經網路
activation function,激活函数,,,激活函數
"""
DRAWING = '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="20"><text y="18">网络</text></svg>'
ZHOU = "@book{Zhou.2016, title={机器学习网络}, author={周, 志华}, year={2016}}\n"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the site of a book in both editions."""
    root = tmp_path_factory.mktemp("editions")
    write_sample(root, BOTH)
    write_book(root, EXTRA, BOTH + "\n[repository]\nsite_url = https://example.org/book\n")
    (root / "static/terminology.csv").write_text(TABLE, encoding="utf-8")
    (root / "static/img/labels.svg").write_text(DRAWING, encoding="utf-8")
    with (root / "static/d2l.bib").open("a", encoding="utf-8") as file:
        file.write(ZHOU)
    result = site.build(books.load(root), root / "_build/html", jobs=1)
    assert [str(fault) for fault in result.faults] == []
    return root / "_build/html"


def page(out: Path, name: str) -> str:
    return (out / f"{name}.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXTRA)
def test_code_formulas_outputs_and_ids_are_the_same_bytes_in_both_editions(both: Path, name: str) -> None:
    own, other = (Pieces(page(both, f"{folder}{name}")) for folder in ("", "zh-Hant/"))
    assert own.kept == other.kept
    assert own.tags == other.tags
    if name in ("one/ndarray", "two/words"):
        assert any("katex" in text for text in own.kept) and any("highlight" in text for text in own.kept)


def test_prose_titles_captions_and_labels_are_converted(both: Path) -> None:
    html = page(both, "zh-Hant/two/words")
    assert '<html lang="zh-Hant"' in html and 'content="zh_TW"' in html
    text = words(html)
    assert "類神經網路要激活函數，" in text  # one word on two lines of the source
    assert "圖2.1 網路的圖。" in text and "1.1節" in text and "2.2 激活函數 · 小書" in text
    assert "周（2016）" not in text and "（周，2016）" in text and "机器学习网络" in text and "參考文獻" in text
    assert "print" in text and "# 网络" in text and "<code>网络</code>" in html
    drawing = re.search(r'src="([^"]*labels\.svg)"', html)
    assert drawing and "網路" in (both / "zh-Hant/two" / drawing[1]).read_text(encoding="utf-8")
    assert "网络" in (both / "_images/labels.svg").read_text(encoding="utf-8")


def test_what_the_interface_says_is_converted(both: Path) -> None:
    text = words(page(both, "zh-Hant/one/ndarray"))
    assert "下載筆記本" in text and "這一步沒有MXNet的程式碼。" in text and "TensorFlow：未執行" in text
    html = page(both, "zh-Hant/one/ndarray")
    assert 'placeholder="搜尋　/"' in html and "<summary>提示</summary>" in html and "跳到正文" in html
    assert "沒有這一頁" in page(both, "zh-Hant/404") and "術語表" in page(both, "zh-Hant/glossary")
    script = (both / "_static/zh-Hant/site.js").read_text(encoding="utf-8")
    assert '"複製"' in script and "复制" not in script
    for name in ("index", "front", "one/index", "two/index", "404"):
        shown = words(page(both, f"zh-Hant/{name}").split("<body", 1)[1])
        assert not set("节码图数网络题练习阅读页录输") & set(shown), name


def test_the_glossary_shows_the_other_script(both: Path) -> None:
    own, other = page(both, "glossary"), page(both, "zh-Hant/glossary")
    assert '<td>神经网络</td><td>网络</td><td lang="zh-Hant">類神經網路</td>' in own
    assert '<td>類神經網路</td><td>網路</td><td lang="zh-Hans">神经网络</td>' in other


def test_pages_of_both_editions_lead_to_each_other_and_share_what_is_not_text(both: Path) -> None:
    own, other = page(both, "one/ndarray"), page(both, "zh-Hant/one/ndarray")
    assert '<a class="edition" href="../zh-Hant/one/ndarray.html" hreflang="zh-Hant" lang="zh-Hant"' in own
    assert '<a class="edition" href="../../one/ndarray.html" hreflang="zh-Hans" lang="zh-Hans"' in other
    for html in (own, other):
        assert 'hreflang="zh-Hans" href="https://example.org/book/one/ndarray.html"' in html
        assert 'hreflang="zh-Hant" href="https://example.org/book/zh-Hant/one/ndarray.html"' in html
    assert 'rel="canonical" href="https://example.org/book/zh-Hant/one/ndarray.html"' in other
    addresses = (both / "sitemap.xml").read_text(encoding="utf-8")
    assert addresses.count("<loc>") == 2 * (len(EXTRA) + 3)  # with the glossary and the two pages of results
    beside = [file.relative_to(both).as_posix() for file in (both / "zh-Hant").rglob("*") if file.suffix != ".html"]
    drawings = ["zh-Hant/_images/dark/labels.svg", "zh-Hant/_images/labels.svg"]
    assert sorted(name for name in beside if "." in name) == drawings
    for link in re.findall(r'(?:href|src)="([^"#?]+)[^"]*"', other):
        if not link.startswith("http"):
            assert (both / "zh-Hant/one" / link).is_file(), link


def test_each_edition_has_a_search_index_of_its_own(both: Path) -> None:
    def terms(folder: Path) -> set[str]:
        texts = (file.read_text(encoding="utf-8") for file in folder.glob("[0-9]*.js"))
        return {term for text in texts for term in json.loads(text[text.index(",") + 1 : text.rindex(")")])}

    own, other = terms(both / "_static/search"), terms(both / "_static/zh-Hant/search")
    assert {"网络", "激活", "线性"} <= own and "網路" not in own
    assert {"網路", "激活", "線性", "neural"} <= other and "线性" not in other
    assert '"激活函數"' in (both / "_static/zh-Hant/search/pages.js").read_text(encoding="utf-8")


# ---- builds ----


def test_an_edition_left_out_follows_at_the_next_build(tmp_path: Path) -> None:
    out = tmp_path / "_build/html"
    write_sample(tmp_path, BOTH)
    site.build(books.load(tmp_path), out, jobs=1)
    file = tmp_path / "chapters_md/front.md"
    file.write_text(file.read_text(encoding="utf-8") + "\n新的网络。\n", encoding="utf-8")
    assert site.build(books.load(tmp_path), out, jobs=1, editions=("zh_CN",)).pages == 2  # and the contents
    assert "新的网络" in page(out, "front") and "新的網路" not in page(out, "zh-Hant/front")
    assert site.build(books.load(tmp_path), out, jobs=1).pages == 2
    assert "新的網路" in page(out, "zh-Hant/front")
    assert site.build(books.load(tmp_path), out, jobs=1).pages == 0


def test_another_phrase_makes_every_page_anew_and_another_setting_takes_the_edition_away(tmp_path: Path) -> None:
    out = tmp_path / "_build/html"
    write_sample(tmp_path, BOTH)
    site.build(books.load(tmp_path), out, jobs=1)
    assert "資料操作" in page(out, "zh-Hant/one/ndarray")
    (tmp_path / "static/traditional.tsv").write_text("数据操作\t數據運算\n坏 的\n", encoding="utf-8")
    result = site.build(books.load(tmp_path), out, jobs=1)
    assert (result.pages, [fault.message for fault in result.faults]) == (len(FILES), ["a phrase that cannot be read"])
    assert "數據運算" in page(out, "zh-Hant/one/ndarray")
    (tmp_path / "config.ini").write_text(CONFIG, encoding="utf-8")
    site.build(books.load(tmp_path), out, jobs=1)
    assert not list(out.glob("zh-Hant/**/*.html")) and 'class="edition"' not in page(out, "index")


def test_a_page_taken_out_goes_from_every_edition_and_others_stay(make_book: MakeBook, tmp_path: Path) -> None:
    config = CONFIG.replace("[build]\n", "[build]\neditions = zh_CN, zh_Hant\n")
    files = {"index": "# 书\n\n```toc\none/a\none/b\n```\n", "one/a": "# 甲\n", "one/b": "# 乙\n"}
    out = tmp_path / "_build/html"
    site.build(books.load(make_book(files, config)), out, jobs=1)
    pages = [folder + name for folder in ("", "zh-Hant/") for name in ("index", "one/a", "one/b")]
    assert all((out / f"{name}.html").is_file() for name in pages)
    (tmp_path / "chapters_md/index.md").write_text(files["index"].replace("one/b\n", ""), encoding="utf-8")
    site.build(books.load(tmp_path), out, jobs=1)
    left = {file.relative_to(out).as_posix() for file in out.rglob("*.html")}
    assert {f"{name}.html" for name in pages if "one/b" not in name} | {"404.html", "zh-Hant/404.html"} == left
