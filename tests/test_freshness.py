"""Digests: what makes a projection stale, what does not, and the words that say why."""

from __future__ import annotations

import ast
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from d2lbook.book import book as books
from d2lbook.book.book import Book
from d2lbook.evidence.digest import (
    FORMAT,
    REGISTRY,
    Fingerprint,
    components,
    data_entries,
    digest,
    explain,
    fingerprint,
    freshness_faults,
    lock_versions,
)
from d2lbook.library.canonical import canonical
from d2lbook.library.slices import cell_digest, slice_of

from .conftest import ROOT, MakeBook
from .library_books import each, load, section, tabbed

ACCURACY = "def accuracy(y_hat, y):  #@save\n    '''正确的个数。'''\n    return (y_hat == y).sum()"
FILES = {
    "a/tools": tabbed(
        "工具",
        *each("def tensor(data):  #@save\n    return MAKE"),
        ("all", ACCURACY),
        ("all", "def evaluate(y_hat, y):  #@save\n    return d2l.accuracy(y_hat, y) / len(y)"),
        ("all", "def relu(x):  #@save\n    return d2l.tensor(x)"),
    ),
    "a/plain": tabbed("无关", ("all", "d2l.relu([1.0])")),
    "b/train": tabbed(
        "训练", ("all", "# 说明\nd2l.evaluate(d2l.tensor([1.0]), 1)\nprint( 1 )"), front="data: [digits]"
    ),
    "b/maths": section("数学", ("all", "import numpy as np\nprint(np.pi)")),
}


@pytest.fixture
def small(make_book: MakeBook) -> Book:
    book = load(make_book, {"a": ["tools", "plain"], "b": ["train", "maths"]}, FILES)
    root = book.config.root
    shutil.copytree(ROOT / "locks", root / "locks")
    (root / REGISTRY).parent.mkdir(parents=True)
    (root / REGISTRY).write_text(
        '[digits]\naddresses = ["x"]\nfiles = { "d.gz" = { sha256 = "00" } }\n\n[other]\na = 1\n'
    )
    return book


def fingerprints(root: Path) -> dict[str, Fingerprint]:
    book = books.load(root)
    assert not book.faults
    return {projection.key: fingerprint(book, projection) for projection in book.projections()}


def edit(root: Path, name: str, old: str, new: str) -> None:
    path = root / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def stale(before: dict[str, Fingerprint], after: dict[str, Fingerprint]) -> dict[str, tuple[str, ...]]:
    return {
        key: explain(before[key].parts, item.parts) for key, item in after.items() if item.digest != before[key].digest
    }


def test_parts_of_a_fingerprint(small: Book) -> None:
    marks = fingerprints(small.config.root)
    parts = marks["pytorch/b/train"].parts
    assert list(parts) == [
        "cell-01",
        "cell-02",
        "d2l.accuracy",
        "d2l.evaluate",
        "d2l.tensor",
        *sorted(small.config.backend("pytorch").packages),
        "data:digits",
        "format",
    ]
    assert parts["torch"] == "2.13.0"
    assert parts["format"] == FORMAT
    assert list(marks["base/b/maths"].parts) == ["cell-01", "matplotlib", "numpy", "format"]
    assert len({item.digest for item in marks.values()}) == len(marks) == 13


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("chapters_md/b/train.md", "# 训练", "# 训练，换个题目"),
        ("chapters_md/b/train.md", "# 说明", "# 另一种说明，更长"),
        ("chapters_md/b/train.md", "print( 1 )", "\n\nprint(1)  # 打印"),
        ("chapters_md/a/tools.md", ACCURACY, "# 注释\n" + ACCURACY.replace("return (y_hat == y)", "return (y_hat==y)")),
        ("chapters_md/a/tools.md", "# 工具", "# 工具\n\n一段新的话。"),
        (REGISTRY, '"x"', '"y"'),
        (REGISTRY, "a = 1", "a = 2"),
        ("locks/pytorch-cpu.txt", "torch==2.13.0", "torch==2.13.0+cpu"),
        ("config.ini", "title = PyTorch", "title = Torch"),
    ],
)
def test_what_changes_no_output_leaves_all_fresh(small: Book, name: str, old: str, new: str) -> None:
    before = fingerprints(small.config.root)
    edit(small.config.root, name, old, new)
    assert stale(before, fingerprints(small.config.root)) == {}


def test_an_edit_of_a_function_reaches_what_reaches_it(small: Book) -> None:
    before = fingerprints(small.config.root)
    edit(small.config.root, "chapters_md/a/tools.md", "return (y_hat == y).sum()", "return (y_hat == y).mean()")
    changes = stale(before, fingerprints(small.config.root))
    backends = small.config.backend_names
    assert set(changes) == {f"{name}/{doc}" for name in backends for doc in ("a/tools", "b/train")}
    assert changes["jax/b/train"] == ("d2l.accuracy changed",)
    assert changes["jax/a/tools"] == ("cell-03 changed", "d2l.accuracy changed")


def test_an_edit_for_one_backend_leaves_the_others(small: Book) -> None:
    before = fingerprints(small.config.root)
    edit(small.config.root, "chapters_md/a/tools.md", "return jnp.array(data)", "return jnp.asarray(data)")
    changes = stale(before, fingerprints(small.config.root))
    assert changes["jax/b/train"] == ("d2l.tensor changed",)
    assert changes["jax/a/plain"] == ("d2l.tensor changed",)
    assert {key.partition("/")[0] for key in changes} == {"jax"}


def test_versions_and_data_make_stale(small: Book) -> None:
    before = fingerprints(small.config.root)
    edit(small.config.root, "locks/jax-cpu.txt", "flax==0.12.8", "flax==0.13.0")
    edit(small.config.root, REGISTRY, '"00"', '"11"')
    changes = stale(before, fingerprints(small.config.root))
    assert changes["jax/a/plain"] == ("flax 0.12.8 → 0.13.0",)
    assert changes["jax/b/train"] == ("data:digits changed", "flax 0.12.8 → 0.13.0")
    assert changes["mxnet/b/train"] == ("data:digits changed",)
    assert len(changes) == 4 + 2


def test_a_changed_class_base_import_or_state_counts(make_book: MakeBook) -> None:
    code = "import math\nimport cmath\n\nSTATE = [1]  #@save\n\nclass A:  #@save\n    x = STATE\n\n"
    code += "class B(A):  #@save\n    def f(self): return math.pi"
    files = {
        "a/one": section("一", ("all", code)),
        "a/two": section("二", ("all", "from d2l import base as d2l\n\nd2l.B()")),
    }
    root = load(make_book, {"a": ["one", "two"]}, files).config.root
    path = "chapters_md/a/one.md"
    for old, new, words in [
        ("STATE = [1]", "STATE = [2]", "d2l.STATE changed"),
        ("x = STATE", "x = STATE * 2", "d2l.A changed"),
        ("import math\nimport cmath", "import cmath as math", "d2l.B changed"),
    ]:
        before = fingerprints(root)
        edit(root, path, old, new)
        assert stale(before, fingerprints(root))["base/a/two"] == (words,)


def test_explain_names_cells_that_came_and_went() -> None:
    old = {"cell-01": "a", "cell-02": "b", "cell-03": "c", "d2l.x": "1", "format": "1"}
    assert explain(old, old) == ()
    assert explain(old, {**old, "cell-02": "z"}) == ("cell-02 changed",)
    inserted = {"cell-01": "a", "cell-02": "n", "cell-03": "b", "cell-04": "c", "d2l.y": "1", "format": "2"}
    assert explain(old, inserted) == ("cell-02 is new", "d2l.x is gone", "d2l.y is new", "format 1 → 2")
    assert explain(inserted, old)[0] == "cell-02 (as stored) is gone"
    many = {f"cell-{number:02d}": str(number) for number in range(1, 120)}
    assert explain(dict(sorted(many.items())), many) == ()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1", "x = 1.0"),
        ("x = 1", "x = '1'"),
        ("def f(*, a): pass", "def f(*, a=None): pass"),
        ("{**a}", "{None: a}"),
        ("f(a, b)", "f((a, b))"),
        ("return_ = a", "return_: a"),
        ("plot(x)", "plot(x);"),
        ("%matplotlib inline", "%matplotlib svg"),
        ("import a", "import a as b"),
        ("f'{x}'", "f'{x!r}'"),
        ("x = -1", "x = 1"),
    ],
)
def test_different_code_has_different_digests(one: str, other: str) -> None:
    assert cell_digest(one).digest != cell_digest(other).digest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x=1 # a", "x = (1)"),
        ("f(a,\n  b)", "f(a, b)"),
        ("%matplotlib inline\nx = 'y'", '%matplotlib inline  \n\n# z\nx = "y"'),
        ("plot(x);", "plot(x)  ;  # 静"),
        ("def f():  #@save\n    pass", "def f():\n    pass"),
    ],
)
def test_layout_does_not_count(one: str, other: str) -> None:
    assert cell_digest(one).digest == cell_digest(other).digest


def test_the_canonical_form_tells_apart_what_the_dump_does() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "d2lbook").rglob("*.py"))]
    nodes = [node for text in texts for node in ast.walk(ast.parse(text)) if isinstance(node, ast.stmt | ast.expr)]
    dumps: dict[str, str] = {}
    for node in nodes:
        load = ast.dump(node).replace("Store()", "Load()").replace("Del()", "Load()")
        assert dumps.setdefault(canonical(node), load) == load


def test_digest_from_its_parts(small: Book) -> None:
    book = books.load(small.config.root)
    projection = next(item for item in book.projections() if item.key == "jax/b/train")
    versions = lock_versions(book.config, "jax")
    entries = {"digits": data_entries(book.config)["digits"]}
    whole = digest(projection, slice_of(book, projection), versions, entries)
    assert whole == fingerprint(book, projection).digest
    assert digest(projection, slice_of(book, projection), versions, entries, FORMAT + "x") != whole
    assert components(projection, slice_of(book, projection), versions, entries)["jax"] == "0.10.2"


def test_faults(small: Book) -> None:
    edit(small.config.root, "locks/jax-cpu.txt", "flax==", "flux==")
    edit(small.config.root, "chapters_md/b/train.md", "[digits]", "[digits, stars]")
    faults = freshness_faults(books.load(small.config.root))
    assert [(fault.path, fault.message, fault.text) for fault in faults] == [
        ("chapters_md/b/train.md", "a data set that the registry doesn't know", "stars"),
        ("config.ini", "a package of jax that its lock doesn't pin", "flax"),
    ]


def test_a_package_named_after_its_lock_was_made_is_told_with_what_pins_it(small: Book) -> None:
    root = small.config.root
    edit(root, "locks/jax-cpu.txt", "flax==", "flux==")
    fixes = {fault.fix for fault in freshness_faults(books.load(root))}
    assert fixes == {"add it to locks/jax.in, and run: d2lbook env lock jax && d2lbook env make jax"}
    (root / "locks/jax.in").unlink()
    fixes = {fault.fix for fault in freshness_faults(books.load(root))}
    assert fixes == {"pin it in locks/jax-cpu.txt, or take it out of packages"}
    (root / "locks/jax-cpu.txt").unlink()
    fixes = {fault.fix for fault in freshness_faults(books.load(root))}
    assert fixes == {"run: d2lbook env make jax"}


def test_the_books_own_locks_pin_what_its_backends_name() -> None:
    book = books.load(ROOT)
    for backend in (book.config.base, *book.config.backends):
        assert set(lock_versions(book.config, backend.name)) == set(backend.packages)


def test_a_large_book_is_quick(make_book: MakeBook) -> None:
    chapters = {f"c{number}": [f"s{inner}" for inner in range(10)] for number in range(18)}
    body = "".join(f"    x = d2l.f_{{0}}_{inner}(x + {inner}) * 2\n" for inner in range(4))
    files = {}
    for number, chapter in enumerate(chapters):
        for inner in range(10):
            saved = "".join(f"def f_{number}_{inner}_{k}(x):  #@save\n    return x + {k}\n\n" for k in range(4))
            use = f"for step in range(3):\n    x = d2l.f_{number}_{inner}_0(step)\n" + body.format(f"{number}_{inner}")
            cells = [*each(saved), *(cell for k in range(4) for cell in each(f"y = {k}\n{use}"))]
            files[f"{chapter}/s{inner}"] = tabbed("节", *cells)
    book = load(make_book, chapters, files)
    timed: dict[str, float] = {}

    def measure(name: str, run: Callable[[], object]) -> None:
        start = time.process_time()
        run()
        timed[name] = time.process_time() - start

    measure("cold", lambda: [fingerprint(book, projection) for projection in book.projections()])
    measure("warm", lambda: [fingerprint(book, projection) for projection in book.projections()])
    assert len(book.projections()) == 720
    assert timed["cold"] < 10
    assert timed["warm"] < 2
    print(timed)
