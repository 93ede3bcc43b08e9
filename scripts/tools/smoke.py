"""A sign of life of one backend: ``python scripts/tools/smoke.py pytorch``, run by the interpreter of its environment.

Says the device and the version; a matrix product, a gradient and a training step of the book's own library must come
out right, on the GPU where there is one. Exit code 1 and a traceback otherwise. Imports the framework and ``d2l``.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

import numpy

MODULES = {"pytorch": "torch", "tensorflow": "tensorflow", "jax": "jax", "mxnet": "mxnet"}


def device(backend: str) -> str:
    """Return what the framework computes on unless told."""
    if backend == "pytorch":
        import torch

        return torch.cuda.get_device_name(0) if torch.cuda.is_available() else "cpu"
    if backend == "tensorflow":
        import tensorflow

        found = tensorflow.config.list_physical_devices("GPU")
        return found[0].name if found else "cpu"
    if backend == "jax":
        import jax

        return str(jax.devices()[0])
    return "cpu"


def main(backend: str) -> None:
    """Run the checks; AssertionError if one fails."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    framework = importlib.import_module(MODULES[backend])
    if backend == "mxnet":
        framework.npx.set_np()
    d2l = importlib.import_module(f"d2l.{MODULES[backend]}")
    print(f"{backend} {framework.__version__} on {device(backend)}")
    d2l.seed_all(0)
    A = numpy.random.RandomState(0).normal(size=(64, 64)).astype("float32")
    product = d2l.to_numpy(d2l.tensor(A) @ d2l.tensor(A))
    assert numpy.allclose(product, A @ A, rtol=1e-2, atol=1e-2), "a matrix product is wrong"
    _, (gradient,) = d2l.value_and_grad(lambda x: _mean(backend, x * x * x), [d2l.tensor(A)])
    assert numpy.allclose(d2l.to_numpy(gradient) * A.size, 3 * A**2, rtol=1e-3, atol=1e-3), "a gradient is wrong"
    w, b = d2l.tensor([[0.0], [0.0]]), d2l.tensor([0.0])
    X, y = d2l.synthetic_data([2.0, -3.4], 4.2, 256)
    for _ in range(200):
        loss, grads = d2l.value_and_grad(lambda w, b: _mean(backend, d2l.squared_loss(d2l.linreg(X, w, b), y)), [w, b])
        w, b = d2l.sgd([w, b], grads, 0.1)
    found = [float(value) for value in d2l.to_numpy(w).ravel()] + [float(d2l.to_numpy(b)[0])]
    assert numpy.allclose(found, [2.0, -3.4, 4.2], atol=0.02), f"training ended at {found}"
    print(f"ok: loss {float(loss):.5f}, parameters {found[0]:.2f}, {found[1]:.2f}, {found[2]:.2f}")


def _mean(backend: str, losses: object) -> object:
    if backend == "tensorflow":
        import tensorflow

        return tensorflow.reduce_mean(losses)
    return losses.mean()  # type: ignore[attr-defined]


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in MODULES:
        sys.exit(f"usage: smoke.py {'|'.join(MODULES)}")
    main(sys.argv[1])
