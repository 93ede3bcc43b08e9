"""Cases of modern convolutional networks: batch normalisation and residual networks."""

from __future__ import annotations

from typing import Any

import numpy

from tests.parity.case import Given, Results, case, raises
from tests.parity.natives import Native

_MOVING = ("Y", "mean", "var")


@case
def batch_norm(d2l: Any, native: Native, given: Given) -> Results:
    """Dense features and pictures; pictures go in and come out with the backend's order of axes."""
    results: Results = {}
    for name, X in (("dense", given["X"][:, :3]), ("maps", given["maps"])):
        last = native.channels_last and X.ndim == 4
        x = d2l.tensor(X.transpose(0, 2, 3, 1) if last else X)
        gamma, beta, mean, var = (d2l.tensor(numpy.array(row)) for row in _PARAMETERS)

        def normed(x: Any, gamma: Any, rest: tuple[Any, ...] = (beta, mean, var), **options: Any) -> Any:
            return d2l.batch_norm(x, gamma, *rest, **options)

        def back(y: Any, last: bool = last) -> numpy.ndarray:
            return numpy.moveaxis(d2l.to_numpy(y), -1, 1) if last else numpy.asarray(d2l.to_numpy(y))

        for mode, options in (
            ("train", {}),
            ("predict", {"training": False}),
            ("other", {"eps": 0.1, "momentum": 0.6}),
        ):
            values = normed(x, gamma, **options)
            found = (back(values[0]), d2l.to_numpy(values[1]), d2l.to_numpy(values[2]))
            results |= {f"{name} {mode} {key}": value for key, value in zip(_MOVING, found, strict=True)}
        _, grads = d2l.value_and_grad(lambda x, g, f=normed: native.sum(f(x, g)[0] ** 3), [x, gamma])
        _, still = d2l.value_and_grad(lambda x, g, f=normed: native.sum(f(x, g)[1] + f(x, g)[2]), [x, gamma])
        results |= {f"{name} grad X": back(grads[0]), f"{name} grad gamma": d2l.to_numpy(grads[1])}
        results[f"{name} still"] = back(still[0])
    return results


_PARAMETERS = ([1.5, 0.5, -2.0], [0.1, -0.2, 0.3], [0.2, 0.0, -1.0], [1.0, 2.0, 0.5])
"""Scale, shift, moving mean and moving variance of three channels."""


def _params(d2l: Any, native: Native, net: Any) -> list[numpy.ndarray]:
    """Return parameters as declared: kernels (out, in, height, width), dense weights (inputs, outputs)."""
    axes = {4: (3, 2, 0, 1)} if native.channels_last else {2: (1, 0)}
    return [value.transpose(axes.get(value.ndim, range(value.ndim))) for value in d2l.get_params(net).values()]


def _pictures(d2l: Any, native: Native, pictures: numpy.ndarray) -> Any:
    return d2l.tensor(pictures.transpose(0, 2, 3, 1) if native.channels_last else pictures)


def _maps(d2l: Any, native: Native, net: Any, X: Any) -> numpy.ndarray:
    """Return what a net predicts, channels before height and width."""
    Y = numpy.asarray(d2l.to_numpy(d2l.forward(net, X)))
    return Y.transpose(0, 3, 1, 2) if native.channels_last and Y.ndim == 4 else Y


def _ready(d2l: Any, native: Native, block: Any, X: Any) -> Any:
    """Give a block its parameters: MXNet's must be asked to, Keras makes them when it is first called."""
    if type(native).__name__ == "MXNet":
        block.initialize()
    d2l.forward(block, X)
    return block


def _he(kernel: numpy.ndarray) -> float:
    """Return how a kernel's spread compares with He's, which is 1."""
    return float(kernel.std() * (numpy.prod(kernel.shape[1:]) / 2) ** 0.5)


@case
def Residual(d2l: Any, native: Native, given: Given) -> Results:
    """Both kinds of block: prediction, loss and gradient of one step, prediction with the moved statistics."""
    X = _pictures(d2l, native, given["maps"])
    wide = _pictures(d2l, native, numpy.ones((1, 16, 4, 4), "float32"))
    large = _params(d2l, native, _ready(d2l, native, d2l.Residual(16, 32, use_1x1conv=True), wide))
    results: Results = {
        "spread": [bool(abs(_he(value) - 1) < 0.15) for value in large if value.ndim == 4],
        "shapes": [str(value.shape) for value in large],
        "refuses": [
            raises(ValueError, lambda: d2l.Residual(3, 4)),
            raises(ValueError, lambda: d2l.Residual(3, 3, strides=2)),
        ],
    }
    for name, arguments in (("same", (3, 3)), ("half", (3, 2, True, 2))):
        block = _ready(d2l, native, d2l.Residual(*arguments), X)
        before, Y = _params(d2l, native, block), _maps(d2l, native, block, X)
        target = _pictures(d2l, native, numpy.arange(Y.size, dtype="float32").reshape(Y.shape) % 7)
        loss = d2l.train_step(block, d2l.make_optimizer(block, lr=1.0), d2l.regression_loss, X, target)
        steps = [a - b for a, b in zip(before, _params(d2l, native, block), strict=True)]
        results |= {f"{name} start{number}": value for number, value in enumerate(before)}
        results |= {f"{name} grad{number}": value for number, value in enumerate(steps)}
        results |= {f"{name} predict": Y, f"{name} loss": numpy.float32(loss)}
        results[f"{name} later"] = _maps(d2l, native, block, X)
    return {**results, "unbiased": type(native).__name__ == "PyTorch"}


@case
def resnet(d2l: Any, native: Native, given: Given) -> Results:
    X = _pictures(d2l, native, given["maps"])
    net = d2l.resnet(((1, 4), (2, 6)), num_classes=5, in_channels=3, stem_stride=2)
    large = _params(d2l, native, d2l.resnet(((1, 64),), in_channels=3))
    made: list[str] = []

    class Noted(d2l.Residual):  # type: ignore[misc]
        def __init__(self, *arguments: Any) -> None:
            made.append(str(arguments))
            super().__init__(*arguments)

    d2l.resnet(((1, 4), (2, 6)), block=Noted)
    return {
        "blocks": made,
        **{f"start{number}": value for number, value in enumerate(_params(d2l, native, net))},
        "logits": _maps(d2l, native, net, X),
        "count": d2l.num_params(net),
        "spread": [bool(abs(_he(value) - 1) < 0.15) for value in (large[0], large[-2].T)],
    }


@case
def resnet18(d2l: Any, native: Native, given: Given) -> Results:
    net = d2l.resnet18(num_classes=7, in_channels=3, width=2, stem_stride=2)
    return {
        "kernels": [value.shape for value in _params(d2l, native, net) if value.ndim == 4],
        "shape": _maps(d2l, native, net, _pictures(d2l, native, given["maps"])).shape,
        "count": d2l.num_params(net),
        "blocks": sum(isinstance(layer, d2l.Residual) for layer in (net.layers if hasattr(net, "layers") else net)),
    }
