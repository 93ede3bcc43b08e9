"""A book from its files: order, numbers, projections, and faults across sections."""

from __future__ import annotations

import pytest

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.book.config import load as load_config
from d2lbook.errors import BookError

from .conftest import CONFIG, ROOT, MakeBook

INDEX = """\
# 小书

```toc
front
```

```toc
:numbered:

one/index
two
```
"""

FILES = {
    "index": INDEX,
    "front": "# 前言\n",
    "one/index": "# 第一章\n:label:`chap_one`\n\n```toc\na\nb\n```\n",
    "one/a": "# 甲\n:label:`sec_a`\n\n```{.python .input}\n#@tab pytorch\nx = 1\n```\n\n"
    "```{.python .input}\n#@tab jax\nx = 2\n```\n\n```{.python .input}\n#@tab all\nprint(x)\n```\n",
    "one/b": "# 乙\n\n见:numref:`sec_a`。\n\n```{.python .input}\n#@tab all\n1 + 1\n```\n",
    "two": "# 第二章\n",
}


def messages(book: Book) -> list[tuple[str, int, str]]:
    return [(fault.path, fault.line, fault.message) for fault in book.faults]


def test_order_and_numbers(make_book: MakeBook) -> None:
    book = books.load(make_book(FILES))
    assert [section.docname for section in book.sections] == ["index", "front", "one/index", "one/a", "one/b", "two"]
    assert [book.number(section.docname) for section in book.sections] == ["", "", "1", "1.1", "1.2", "2"]
    assert not book.faults


def test_projections(make_book: MakeBook) -> None:
    book = books.load(make_book(FILES))
    assert [item.key for item in book.projections()] == ["pytorch/one/a", "jax/one/a", "base/one/b"]
    torch, jax, _ = book.projections()
    assert [(cell.id, cell.source, cell.origin) for cell in torch.cells] == [
        ("cell-01", "x = 1", 0),
        ("cell-02", "print(x)", 2),
    ]
    assert [cell.source for cell in jax.cells] == ["x = 2", "print(x)"]


def test_unmarked_cell_belongs_to_the_first_tab(make_book: MakeBook) -> None:
    book = books.load(make_book({"index": "# 书\n\n```{.python .input}\n1\n```\n"}))
    assert [item.key for item in book.projections()] == ["mxnet/index"]


def test_faults_of_three_files_in_one_run(make_book: MakeBook) -> None:
    book = books.load(
        make_book(
            {
                "index": "# 书\n:label:`sec_a`\n\n```toc\na\nb\nmissing\na\n```\n\n![图](no.svg)\n",
                "a": "# 甲\n:label:`sec_a`\n\n见:numref:`sec_aa`。\n",
                "b": "# 乙\n\n```{.python .input}\n#@tab torch\n1\n```\n",
            }
        )
    )
    assert messages(book) == [
        ("chapters_md/a.md", 2, "duplicate label"),
        ("chapters_md/a.md", 4, "a reference to nothing"),
        ("chapters_md/b.md", 4, "unknown tab 'torch'"),
        ("chapters_md/index.md", 7, "no such document"),
        ("chapters_md/index.md", 8, "this document is listed twice"),
        ("chapters_md/index.md", 11, "a missing picture"),
    ]
    assert "did you mean sec_a?" in book.faults[1].fix


def test_two_sections_whose_notebooks_would_lie_in_one_place_are_told(make_book: MakeBook) -> None:
    cell = "\n```{.python .input}\n#@tab all\n1\n```\n"
    files = {"index": "# 书\n\n```toc\na\na-jax\na-new\n```\n"}
    book = books.load(make_book(files | dict.fromkeys(("a", "a-jax", "a-new"), f"# 节\n{cell}")))
    assert messages(book) == [("chapters_md/a-jax.md", 1, "a section called as another's notebook")]


def test_settings_report_every_unknown_key(make_book: MakeBook) -> None:
    root = make_book(
        {"index": "# 书\n"}, CONFIG + "\n[build-x]\na = 1\n\n[html]\nfavicom = x\n\n[backend-numpy]\ntitle = N\n"
    )
    with pytest.raises(BookError) as caught:
        load_config(root)
    found = {(fault.message, fault.text) for fault in caught.value.faults}
    assert found == {
        ("unknown section", "[build-x]"),
        ("unknown key in [html]", "favicom"),
        ("a backend that is no tab", "[backend-numpy]"),
    }
    assert all(fault.line for fault in caught.value.faults)


def test_a_folder_without_settings_says_what_to_do(tmp_path_factory: pytest.TempPathFactory) -> None:
    with pytest.raises(BookError, match=r"--root"):
        load_config(tmp_path_factory.mktemp("empty"))


def test_the_engine_is_ours() -> None:
    assert books.__file__.startswith(str(ROOT))


def test_aliases_and_branches_reach_the_cells(make_book: MakeBook) -> None:
    config = CONFIG + "\n[library-pytorch]\nlib_name = torch\nsimple_alias = exp, concat -> cat\n"
    code = "%%tab pytorch, jax\nif tab.selected('jax'):\n    y = d2l.exp(x)\nelse:\n    y = d2l.concat(x)\n"
    book = books.load(make_book({"index": f"# 书\n\n```{{.python .input}}\n{code}```\n"}, config))
    assert [item.cells[0].source for item in book.projections()] == ["y = torch.cat(x)", "y = d2l.exp(x)"]


@pytest.mark.parametrize("name", ["base", "all"])
def test_no_backend_is_called_as_what_is_of_none(name: str, make_book: MakeBook) -> None:
    config = f"[project]\ntitle = 书\n[build]\nsource_dir = chapters_md\ntabs = jax, {name}\n"
    with pytest.raises(BookError) as caught:
        books.load(make_book({"index": "# 书\n"}, config))
    (fault,) = caught.value.faults
    assert (fault.line, fault.text) == (5, name) and "of no backend" in fault.message


@pytest.mark.parametrize(
    ("patterns", "excluded", "inside", "outside"),
    [
        ("*.md", "", ["index"], ["a/x"]),
        ("*/*.md", "", ["a/x"], ["index", "a/b/x"]),
        ("**/*.md", "", ["index", "a/x", "a/b/x"], []),
        ("*.md */*.md", "a/*.md", ["index", "b/x"], ["a/x"]),
        ("./a/**", "a/b?.md", ["a/x", "a/c/b1"], ["b/x", "a/b1"]),
        ("chapter_[ab]/*.md", "", ["chapter_a/x"], ["chapter_c/x"]),
    ],
)
def test_patterns_name_files_from_the_root(
    make_book: MakeBook, patterns: str, excluded: str, inside: list[str], outside: list[str]
) -> None:
    config = (
        f"[project]\nname = x\ntitle = x\n\n[build]\nnotebooks = {patterns}\nexclusions = {excluded}\ntabs = torch\n"
    )
    settings = books.load(make_book({"index": "# 书\n"}, config)).config
    assert [name for name in (*inside, *outside) if settings.is_notebook(name)] == inside


def test_keys_are_those_of_the_projections_and_make_none() -> None:
    book = books.load(ROOT)
    keys = book.keys
    assert not book._projections
    assert keys == tuple(item.key for item in book.projections())
    assert {key.partition("/")[0] for key in keys} == {*book.config.backend_names, "base"}
