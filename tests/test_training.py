"""Which cells count as training: told from the code of notebooks like the book's."""

from __future__ import annotations

import pytest

from d2lbook.book import book as books
from d2lbook.code.training import trained_cells
from scripts.tools import scope

from .conftest import ROOT

HEAD = "import torch\nfrom d2l import torch as d2l"


@pytest.mark.parametrize(
    ("sources", "places"),
    [
        (["y.backward()\nprint(x.grad)"], []),
        (["for v in points:\n    print(v, torch.autograd.grad(f(v), v))"], []),
        (["for step in range(10):\n    w = w - 0.1 * grad(loss)(w)", "print(w)"], [0, 1]),
        (["for _ in range(3):\n    loss.backward()\n    w.data -= w.grad"], [0]),
        (["for X, y in data:\n    loss(X, y).backward()\n    optimizer.step()"], [0]),
        (["for X, y in data:\n    loss, grads = nnx.value_and_grad(f)(net)\n    optimizer.update(net, grads)"], [0]),
        (["settings.update(a=1)\nfor x in data:\n    counts.update(x)"], []),
        (["net.fit(X, y)", "other = 1", "print(net(X))"], [0, 2]),
        (["d2l.train_step(net, optimizer, loss, X, y)", "net(X)"], [0, 1]),
        (["def step(w):\n    return w - 0.1 * d2l.grad(f)(w)", "step(w)", "for _ in range(9):\n    w = step(w)"], [2]),
        (
            ["def run(net):\n    for _ in range(9):\n        d2l.sgd(net)", "x = 1", "history = run(net)", "history"],
            [2, 3],
        ),
        (["class Trainer:\n    def go(self):\n        for b in self.data:\n            self.optimizer.step()"], []),
        (["net.fit(X, y)\nacc = 1", "acc = 2", "print(acc)", "print(net)"], [0, 3]),
        (["%matplotlib inline", "net.fit(X)"], [1]),
        ([HEAD, "d2l.train(net, torch)", "torch.ones(3)", "net"], [1, 3]),
    ],
)
def test_cells_that_train_or_show_what_training_gave(sources: list[str], places: list[int]) -> None:
    assert sorted(trained_cells(sources)) == places


def test_in_the_book_most_cells_train_nothing() -> None:
    book = books.load(ROOT)
    trained = cells = 0
    names = scope.chosen_pages(scope.book_texts(), "training")
    for projection in (item for name in names for item in book.projections(book.section(name))):
        found = trained_cells([cell.source for cell in projection.cells])
        trained, cells = trained + len(found), cells + len(projection.cells)
        assert len(found) < len(projection.cells), projection.key
        if projection.docname == "preliminaries/ndarray":
            assert not found
        if projection.docname.endswith("scratch"):
            assert found
    assert trained < cells / 2


def test_what_a_function_or_a_lambda_reads_counts_where_it_is_called() -> None:
    sources = [
        "net = make()",
        "d2l.train_classifier(net, data)",
        "def predict(X):\n    return forward(net, X)\n\nprint(accuracy(predict, test))",
        "print(accuracy(lambda X: forward(net, X), test))",
        "def unused(X):\n    return forward(net, X)",
        "print(1)",
    ]
    assert sorted(trained_cells(sources)) == [1, 2, 3]
