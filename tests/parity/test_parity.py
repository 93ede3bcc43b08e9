"""Everything the sections teach, run in the four real backends, against NumPy and against each other."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from d2lbook.book import book as books
from d2lbook.library import contract_faults
from d2lbook.library.contract import CONTRACT
from d2lbook.library.slices import slice_of

from ..conftest import ROOT
from . import (
    oracles_builders_guide,  # noqa: F401 (registers its oracles)
    oracles_classification,  # noqa: F401 (registers its oracles)
    oracles_convolution,  # noqa: F401 (registers its oracles)
    oracles_generalization,  # noqa: F401 (registers its oracles)
    oracles_machine_learning_workflow,  # noqa: F401
    oracles_multilayer_perceptrons,  # noqa: F401 (registers its oracles)
    oracles_neural_networks_numpy,  # noqa: F401
)
from .case import chapter_of
from .compare import RELATIVE, differences
from .conftest import Tally
from .oracles import ORACLES, expected, fashion_mnist
from .oracles_machine_learning_workflow import POEMS
from .oracles_optimization import airfoil
from .processes import BACKENDS, MIRROR, PROFILED, Jobs
from .shared import Arrays, make_inputs
from .taught import CASES, DATA_CASES

FRAMEWORKS = {"mxnet": {"mxnet"}, "pytorch": {"torch"}, "tensorflow": {"tensorflow", "keras"}, "jax": {"jax", "flax"}}
SAME = {
    "synthetic_data": ("features", "labels"),
    "load_data_digits": ("test X", "test y"),
    "load_data_fashion_mnist": ("val X", "val y"),
    "read_mnist": ("shapes", "first_test"),
}
"""Results that must be the same in every backend, whatever they are."""
AS_THEY_ARE: dict[str, Callable[[Path], Mapping[str, Any]]] = {
    "load_tang_poems": lambda folder: POEMS,
    "load_airfoil": lambda folder: airfoil(folder / "airfoil" / "airfoil_self_noise.dat"),
}
"""What must be read, from the folder of the data sets."""


def of_chapter(name: str, *marks: pytest.MarkDecorator) -> Any:
    """Return a case as a parameter with its chapter's mark."""
    function = CASES.get(name) or DATA_CASES[name]
    return pytest.param(name, marks=[pytest.mark.chapter(name=chapter_of(function)), *marks])


needs_data = pytest.mark.skipif(
    not MIRROR, reason="tests download nothing: set D2L_MIRROR to a folder of the data sets"
)


ROUGH = {"Residual": 3e-4}
"""Cases whose gradients, small beside the parameters, are told from them by subtraction, in float32."""


def of_case(name: str, backend: str, jobs: Jobs) -> dict[str, np.ndarray]:
    """Return one case's results; a failed case fails the test with its traceback."""
    every: Arrays = jobs.result("cases", backend)
    found = {key.partition("/")[2]: value for key, value in every.items() if key.partition("/")[0] == name}
    if "error" in found:
        pytest.fail(str(found["error"]))
    return found


@pytest.mark.backend
@pytest.mark.parametrize("name", [of_chapter(name) for name in CASES])
@pytest.mark.parametrize("backend", BACKENDS)
def test_values(backend: str, name: str, jobs: Jobs, tally: Tally) -> None:
    found = of_case(name, backend, jobs)
    wanted = expected(name, make_inputs(), found)
    assert differences(wanted, found, ROUGH.get(name, RELATIVE)) == []
    tally(function=name, backend=backend, comparisons=len(wanted))


@pytest.mark.backend
@needs_data
@pytest.mark.chapter(name="linear-classification")
@pytest.mark.parametrize("backend", BACKENDS)
def test_values_of_data_sets(backend: str, jobs: Jobs, tally: Tally) -> None:
    found = of_case("load_data_fashion_mnist", backend, jobs)
    original = jobs.folder / "data" / "fashion-mnist"
    wanted = fashion_mnist(original, found)
    assert differences(wanted, found) == []
    tally(function="load_data_fashion_mnist", comparisons=len(wanted))
    files = of_case("data_path", backend, jobs)
    assert bool(files["refuses"])
    assert list(files["files"]) == sorted(path.name for path in original.glob("*.gz"))
    assert len(files["files"]) == 4
    tally(function="data_path", comparisons=2)


@pytest.mark.backend
@pytest.mark.parametrize("name", [of_chapter(name, *([needs_data] if name in DATA_CASES else [])) for name in SAME])
def test_backends_give_the_same_data(name: str, jobs: Jobs, tally: Tally) -> None:
    first, *others = (of_case(name, backend, jobs) for backend in BACKENDS)
    wanted = {key: first[key] for key in SAME[name]}
    for other in others:
        assert differences(wanted, {key: other[key] for key in SAME[name]}) == []
        tally(comparisons=len(wanted))


@pytest.mark.backend
@pytest.mark.chapter(name="neural-networks-numpy")
@needs_data
@pytest.mark.parametrize("backend", BACKENDS)
def test_digits_are_read_as_they_are(backend: str, jobs: Jobs, tally: Tally) -> None:
    found = of_case("read_mnist", backend, jobs)
    sizes = ["(300, 28, 28)", "(300,)", "(200, 28, 28)", "(200,)", "(10000, 28, 28)", "(10000,)"]
    assert list(found["shapes"]) == sizes
    assert list(found["first_test"]) == [7, 2, 1, 0, 4]
    assert bool(found["apart"]) and bool(found["refuses"]) and str(found["type"]) == "uint8"
    tally(function="read_mnist", comparisons=5)


@pytest.mark.backend
@pytest.mark.parametrize("name", [of_chapter(name, needs_data) for name in AS_THEY_ARE])
@pytest.mark.parametrize("backend", BACKENDS)
def test_data_are_read_as_they_are(backend: str, name: str, jobs: Jobs, tally: Tally) -> None:
    wanted = AS_THEY_ARE[name](jobs.folder / "data")
    found = of_case(name, backend, jobs)
    assert differences({key: np.asarray(value) for key, value in wanted.items()}, found) == []
    tally(function=name, comparisons=len(wanted))


@pytest.mark.backend
@pytest.mark.parametrize("docname", PROFILED)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_run_enters_nothing_outside_its_slice(backend: str, docname: str, jobs: Jobs) -> None:
    book = books.load(ROOT)
    (projection,) = (item for item in book.projections() if item.key == f"{backend}/{docname}")
    entered: set[str] = jobs.result(docname, backend)
    assert entered or not slice_of(book, projection).names
    assert entered <= set(slice_of(book, projection).names)


@pytest.mark.backend
@pytest.mark.parametrize("backend", [*BACKENDS, "base"])
def test_importing_one_backend_imports_no_other(backend: str, jobs: Jobs) -> None:
    """One environment holds one framework, so its package must ask for no other; nor for a network or a window."""
    modules, figures, names = jobs.result("import", backend)
    own = FRAMEWORKS.get(backend, set())
    assert not modules & set().union(*FRAMEWORKS.values()) - own
    assert figures == []
    if backend in ("base", "pytorch", "jax"):  # the other two frameworks load them
        assert not modules & {"pandas", "sklearn", "pooch"}
    entries = json.loads((ROOT / CONTRACT).read_text(encoding="utf-8"))["names"]
    if backend != "base":
        assert sorted(names) == sorted(name for name, entry in entries.items() if backend in entry["backends"])


def test_every_taught_name_has_a_case_and_an_oracle() -> None:
    names = json.loads((ROOT / CONTRACT).read_text(encoding="utf-8"))["names"]
    saved = {name for name, entry in names.items() if entry["section"] and entry["kind"] != "value"}
    assert saved - HELPERS == set(CASES) | set(DATA_CASES)
    assert set(ORACLES) == set(CASES)


HELPERS = {
    *("set_ticks", "name_ends"),
    *("read_idx", "split_indices", "read_fashion_mnist", "image_loader"),
    *("interpolation_matrix", "resize_matrices"),
}
"""Saved names that the curriculum doesn't list; the cases of those that call them run them."""


def test_signatures_are_the_curriculums_and_the_same_everywhere() -> None:
    assert contract_faults(books.load(ROOT)) == ()
    names = json.loads((ROOT / CONTRACT).read_text(encoding="utf-8"))["names"]
    for name, signature in SIGNATURES.items():
        assert name + names[name]["signature"] == signature


SIGNATURES = {
    text.partition("(")[0]: text
    for text in (
        "tensor(data, dtype='float32')",
        "to_numpy(x)",
        "seed_all(seed)",
        "use_book_style()",
        "panels(rows=1, cols=1, size=(4.2, 2.6), **subplots_options)",
        "finish_axes(ax, *, xlabel='', ylabel='', log='', xlim=None, ylim=None, legend=False)",
        "plot_curves(curves, x=None, *, xlabel='', ylabel='', log='', xlim=None, ylim=None, size=(4.2, 2.6), ax=None)",
        "value_and_grad(loss_fn, params)",
        "Timer()",
        "normal(x, mu, sigma)",
        "synthetic_data(w, b, num_examples, noise=0.01)",
        "data_iter(batch_size, features, labels, shuffle=True)",
        "linreg(X, w, b)",
        "squared_loss(y_hat, y)",
        "sgd(params, grads, lr)",
        "load_array(arrays, batch_size, is_train=True)",
        "forward(net, X, training=False)",
        "make_optimizer(net, name='sgd', lr=0.01, momentum=0.0, weight_decay=0.0)",
        "set_lr(optimizer, lr)",
        "train_step(net, optimizer, loss_fn, *batch, clip=None)",
        "regression_loss(net, X, y)",
        "data_path(name)",
        "get_fashion_mnist_labels(labels)",
        "show_grid(images, titles=None, *, cols=6, cell=1.2)",
        "load_data_fashion_mnist(batch_size, resize=None, num_train=None, num_val=None, split='val')",
        "load_data_digits(batch_size, test_ratio=0.2)",
        "Accumulator(n)",
        "LivePlot(names, *, xlabel='', ylabel='', log='', xlim=None, ylim=None, size=(4.2, 2.6))",
        "softmax(X)",
        "softmax_cross_entropy(logits, y)",
        "classification_loss(net, X, y)",
        "train_classifier(net, train_iter, val_iter, num_epochs, lr, optimizer='sgd', decay=False, device=None, "
        "plot=True)",
        "layer_summary(net, input_shape)",
        "cross_entropy(y_hat, y)",
        "accuracy(y_hat, y)",
        "evaluate_accuracy(predict, data_iter, device=None)",
        "show_predictions(predict, data_iter, n=6)",
        "corr2d(X, K)",
        "Conv2DScratch(kernel_size)",
        "corr2d_multi_in_out(X, K)",
        "corr2d_multi_in_out_1x1(X, K)",
        "pool2d(X, pool_size, mode='max')",
        "batch_norm(X, gamma, beta, moving_mean, moving_var, eps=1e-05, momentum=0.9, training=True)",
        "Residual(in_channels, num_channels, use_1x1conv=False, strides=1)",
        "resnet(arch, num_classes=10, in_channels=1, stem_stride=1, block=None)",
        "resnet18(num_classes=10, in_channels=1, width=64, stem_stride=1)",
        "num_params(net)",
        "get_params(net)",
        "get_state(net)",
        "try_gpu(i=0)",
        "try_all_gpus()",
        "to_device(x, device)",
        "evaluate_loss(net, data_iter, loss_fn)",
        "k_fold_split(n, k, seed=0)",
        "dropout_layer(X, dropout, training=True)",
        "log_uniform(low, high, rng)",
        "read_mnist(split='val', num_train=None, num_val=None)",
        "AffineLayer(in_dim, out_dim, seed=0)",
        "ReLULayer()",
        "SigmoidLayer()",
        "SoftmaxLossLayer()",
        "Callback()",
        "EarlyStopping(monitor, patience, mode='min')",
        "Checkpoint(path, monitor, mode='min')",
        "fit(net, train_iter, val_iter, num_epochs, optimizer, loss_fn, metrics=(), callbacks=())",
        "make_house_table(n, seed=0)",
        "im2col(X, kh, kw, stride=1, pad=0)",
        "col2im(cols, X_shape, kh, kw, stride=1, pad=0)",
        "ConvLayer(c_in, c_out, kernel_size, stride=1, pad=0, seed=0, to_input=True)",
        "MaxPoolLayer(size, stride=None)",
        "FlattenLayer()",
        "train_2d(trainer, steps=20, f_grad=None)",
        "show_trace_2d(f, results)",
        "load_airfoil(batch_size=10, n=1500)",
        "train_optimizer(update_fn, states, hyperparams, data_iter, feature_dim, num_epochs=2)",
        "train_optimizer_concise(name, hyperparams, data_iter, num_epochs=4)",
        "FactorScheduler(factor, stop_factor_lr, base_lr)",
        "MultiFactorScheduler(steps, factor, base_lr)",
        "CosineScheduler(max_update, base_lr, final_lr=0.0, warmup_steps=0, warmup_begin_lr=0.0)",
    )
}
"""What the curriculum says."""


def test_no_package_names_another_backend() -> None:
    """Read from the modules' own trees, so that it holds where no environment is."""
    for backend, module in BACKENDS.items():
        foreign = {name for other, names in FRAMEWORKS.items() if other != backend for name in names}
        foreign |= {f"d2l.{other}" for other in BACKENDS.values() if other != module}
        paths = sorted((ROOT / "d2l" / module).glob("*.py"))
        assert paths
        for path in paths:
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                assert not {root for name in _imported(node) for root in (name.partition(".")[0], name)} & foreign, path


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        module = node.module or ""
        return [module, ".".join(module.split(".")[:2]), *(f"{module}.{alias.name}" for alias in node.names)]
    return []
