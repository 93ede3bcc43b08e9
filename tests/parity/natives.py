"""What the tests need of each framework beyond the library: sums, draws, and nets with given weights.

Runs in a backend's own environment; imports only that framework, when asked for it.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy


class Native:
    """A framework's own words for what the cases need."""

    channels_last = False
    """Whether pictures are (batch, height, width, channels)."""

    def sum(self, x: Any) -> Any:
        """Return the sum of all elements, a scalar that can be differentiated."""
        return x.sum()

    def draw(self) -> Any:
        """Return three random numbers from the framework's own stream."""
        raise NotImplementedError

    def dense(self, weight: numpy.ndarray, bias: numpy.ndarray) -> Any:
        """Return a net of one dense layer; ``weight`` is (inputs, outputs), ``bias`` (outputs,)."""
        raise NotImplementedError

    def stack(self, *layers: tuple[numpy.ndarray, numpy.ndarray]) -> Any:
        """Return a sequential net of dense layers, each given by weight and bias."""
        raise NotImplementedError

    def weights(self, net: Any) -> list[numpy.ndarray]:
        """Return the dense net's weight as (inputs, outputs), and its bias."""
        raise NotImplementedError

    def dropout(self) -> Any:
        """Return a net that drops half of its inputs when it trains."""
        raise NotImplementedError

    def value(self, parameter: Any) -> numpy.ndarray:
        """Return a layer's parameter as an array."""
        raise NotImplementedError

    def put(self, net: Any, path: str, value: numpy.ndarray) -> None:
        """Give the parameter or statistic at a structural path its value."""
        raise NotImplementedError


def reach(net: Any, path: str) -> Any:
    """Follow a structural path: attributes, and places in lists."""
    for part in path.split("."):
        net = net[int(part)] if part.isdecimal() else getattr(net, part)
    return net


class MXNet(Native):
    """MXNet with Gluon and ``mx.np``."""

    def __init__(self) -> None:
        mxnet = import_module("mxnet")
        mxnet.npx.set_np()
        self.gluon, self.np = import_module("mxnet.gluon"), mxnet.np

    def draw(self) -> Any:
        return self.np.random.uniform(size=(3,))

    def dense(self, weight: numpy.ndarray, bias: numpy.ndarray) -> Any:
        net = self.gluon.nn.Dense(weight.shape[1], in_units=weight.shape[0])
        net.initialize()
        net.weight.set_data(self.np.array(weight.T))
        net.bias.set_data(self.np.array(bias))
        return net

    def stack(self, *layers: tuple[numpy.ndarray, numpy.ndarray]) -> Any:
        net = self.gluon.nn.Sequential()
        net.add(*(self.dense(*layer) for layer in layers))
        return net

    def weights(self, net: Any) -> list[numpy.ndarray]:
        return [net.weight.data().asnumpy().T, net.bias.data().asnumpy()]

    def dropout(self) -> Any:
        return self.gluon.nn.Dropout(0.5)

    def value(self, parameter: Any) -> numpy.ndarray:
        return numpy.array(parameter.data().asnumpy())

    def put(self, net: Any, path: str, value: numpy.ndarray) -> None:
        net._collect_params_with_prefix()[path].set_data(self.np.array(value))


class PyTorch(Native):
    """PyTorch."""

    def __init__(self) -> None:
        self.torch = import_module("torch")

    def draw(self) -> Any:
        return self.torch.rand(3)

    def dense(self, weight: numpy.ndarray, bias: numpy.ndarray) -> Any:
        net = self.torch.nn.Linear(*weight.shape)
        with self.torch.no_grad():
            net.weight.copy_(self.torch.tensor(weight.T))
            net.bias.copy_(self.torch.tensor(bias))
        return net

    def stack(self, *layers: tuple[numpy.ndarray, numpy.ndarray]) -> Any:
        return self.torch.nn.Sequential(*(self.dense(*layer) for layer in layers))

    def weights(self, net: Any) -> list[numpy.ndarray]:
        return [net.weight.detach().numpy().T.copy(), net.bias.detach().numpy().copy()]

    def dropout(self) -> Any:
        return self.torch.nn.Dropout(0.5)

    def value(self, parameter: Any) -> numpy.ndarray:
        return numpy.array(parameter.detach().numpy())

    def put(self, net: Any, path: str, value: numpy.ndarray) -> None:
        with self.torch.no_grad():
            reach(net, path).copy_(self.torch.tensor(value))


class TensorFlow(Native):
    """TensorFlow with Keras 3."""

    channels_last = True

    def __init__(self) -> None:
        self.keras, self.tf = import_module("keras"), import_module("tensorflow")

    def sum(self, x: Any) -> Any:
        return self.tf.reduce_sum(x)

    def draw(self) -> Any:
        return self.tf.random.uniform((3,))

    def dense(self, weight: numpy.ndarray, bias: numpy.ndarray) -> Any:
        layers = [self.keras.Input((weight.shape[0],)), self.keras.layers.Dense(weight.shape[1])]
        net = self.keras.Sequential(layers)
        net.set_weights([weight, bias])
        return net

    def stack(self, *layers: tuple[numpy.ndarray, numpy.ndarray]) -> Any:
        dense = [self.keras.layers.Dense(weight.shape[1]) for weight, _ in layers]
        net = self.keras.Sequential([self.keras.Input((layers[0][0].shape[0],)), *dense])
        net.set_weights([array for layer in layers for array in layer])
        return net

    def weights(self, net: Any) -> list[numpy.ndarray]:
        return [numpy.array(value) for value in net.get_weights()]

    def dropout(self) -> Any:
        return self.keras.Sequential([self.keras.layers.Dropout(0.5)])

    def value(self, parameter: Any) -> numpy.ndarray:
        return numpy.array(parameter)

    def put(self, net: Any, path: str, value: numpy.ndarray) -> None:
        reach(net, path).assign(value)


class JAX(Native):
    """JAX with Flax NNX."""

    channels_last = True

    def __init__(self) -> None:
        self.jax, self.nnx = import_module("jax"), import_module("flax.nnx")
        self.library = import_module("d2l.jax")

    def draw(self) -> Any:
        return self.jax.random.uniform(self.library.rngs(), (3,))

    def dense(self, weight: numpy.ndarray, bias: numpy.ndarray) -> Any:
        net = self.nnx.Linear(*weight.shape, rngs=self.nnx.Rngs(0))
        net.kernel[...] = self.jax.numpy.array(weight)
        net.bias[...] = self.jax.numpy.array(bias)
        return net

    def stack(self, *layers: tuple[numpy.ndarray, numpy.ndarray]) -> Any:
        return self.nnx.Sequential(*(self.dense(*layer) for layer in layers))

    def weights(self, net: Any) -> list[numpy.ndarray]:
        return [numpy.array(net.kernel[...]), numpy.array(net.bias[...])]

    def dropout(self) -> Any:
        return self.nnx.Dropout(0.5, rngs=self.nnx.Rngs(0))

    def value(self, parameter: Any) -> numpy.ndarray:
        return numpy.array(parameter[...])

    def put(self, net: Any, path: str, value: numpy.ndarray) -> None:
        reach(net, path)[...] = self.jax.numpy.array(value)


NATIVES: dict[str, type[Native]] = {"mxnet": MXNet, "torch": PyTorch, "tensorflow": TensorFlow, "jax": JAX}
"""By the name of the library's module."""
