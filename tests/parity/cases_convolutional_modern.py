"""Cases of modern convolutional networks: batch normalisation."""

from __future__ import annotations

from typing import Any

import numpy

from tests.parity.case import Given, Results, case
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
