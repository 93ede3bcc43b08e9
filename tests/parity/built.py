"""Runs in a backend's own environment: builds the book's models, gives them the one set of weights, trains a step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy

from tests.parity.case import Results
from tests.parity.converters import PLANTED, converter, pair
from tests.parity.models import LEARNING_RATE, Model, make_batch, make_weights
from tests.parity.natives import Native


def build(source: str, model: Model) -> Any:
    """Run the code that the section needs for the model, and build it."""
    words: dict[str, Any] = {"__name__": "section"}
    exec(compile(source, f"<{model.name}>", "exec"), words)
    return eval(model.make, words)


def run(model: Model, source: str, d2l: Any, native: Native) -> Results:
    """Return the model's outputs, loss, parameters after a step, outputs after it, and outputs with planted faults."""
    net = build(source, model)
    X, y = make_batch(model)
    right = converter(model, native.channels_last)
    paths = pair(model, [*d2l.get_params(net), *d2l.get_state(net)])

    def load(weights: Mapping[str, numpy.ndarray]) -> None:
        for name, value in weights.items():
            native.put(net, paths[name], numpy.ascontiguousarray(value))

    pictures = X.transpose(0, 2, 3, 1) if native.channels_last and X.ndim == 4 else X
    batch = d2l.tensor(pictures), d2l.tensor(y, dtype=str(y.dtype))
    load(right.to(make_weights(model)))
    results: Results = {"outputs": d2l.to_numpy(d2l.forward(net, batch[0]))}
    optimizer = d2l.make_optimizer(net, "sgd", lr=LEARNING_RATE)
    loss = d2l.train_step(net, optimizer, getattr(d2l, model.loss), *batch)
    results["loss"] = numpy.asarray(float(loss), "float32")
    arrived = {**d2l.get_params(net), **d2l.get_state(net)}
    after = right.back({name: arrived[path] for name, path in paths.items()})
    results |= {f"after {name}": value for name, value in after.items()}
    results["outputs after"] = d2l.to_numpy(d2l.forward(net, batch[0]))
    for fault in PLANTED.get(model.name, ()):
        load(converter(model, native.channels_last, fault).to(make_weights(model)))
        results[f"fault {fault}"] = d2l.to_numpy(d2l.forward(net, batch[0]))
    return results
