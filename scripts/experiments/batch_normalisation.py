"""Controls of 批量规范化: ``PYTHONPATH=. .envs/pytorch/bin/python -m scripts.experiments.batch_normalisation``.

Writes ``static/results/seeds/convolutional-modern/batch-norm-controls.json``, three seeds each, on 4096 pictures in
batches of 64: ``free`` and ``projected``, the training loss of the second epoch of LeNet with batch normalisation at
a learning rate of 1, the weights of the four hidden layers left alone or drawn back to their first length after every
step; and ``patient``, the accuracy of LeNet without it, first weights at a fifth of He's, after every fourth epoch of
sixteen.
About two minutes on one core.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "static/results/seeds/convolutional-modern/batch-norm-controls.json"
SEEDS = (0, 1000, 2000)


def lenet(scale: float, normed: bool) -> Any:
    """Return the section's network."""
    nn = importlib.import_module("torch").nn

    def hidden(layer: Any, norm: Any, channels: int) -> list[Any]:
        return [layer, *([norm(channels)] if normed else []), nn.ReLU()]

    net = nn.Sequential(
        *hidden(nn.Conv2d(1, 6, 5, padding=2), nn.BatchNorm2d, 6),
        nn.AvgPool2d(2),
        *hidden(nn.Conv2d(6, 16, 5), nn.BatchNorm2d, 16),
        nn.AvgPool2d(2),
        nn.Flatten(),
        *hidden(nn.Linear(400, 120), nn.BatchNorm1d, 120),
        *hidden(nn.Linear(120, 84), nn.BatchNorm1d, 84),
        nn.Linear(84, 10),
    )
    for layer in net:
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            layer.weight.data *= scale
            nn.init.zeros_(layer.bias)
    return net


def last_loss(seed: int, projected: bool) -> float:
    """Return the mean training loss of the second epoch at a learning rate of 1."""
    d2l, torch = importlib.import_module("d2l.torch"), importlib.import_module("torch")
    data, _ = d2l.load_data_fashion_mnist(64, num_train=4096)
    d2l.seed_all(seed)
    net = lenet(1.0, normed=True)
    optimizer = d2l.make_optimizer(net, "sgd", 1.0)
    hidden = [weight for weight in net.parameters() if weight.ndim > 1][:-1]
    lengths = [weight.detach().norm() for weight in hidden]
    losses: list[float] = []
    for _ in range(2):
        losses = []
        for X, y in data:
            losses.append(float(d2l.train_step(net, optimizer, d2l.classification_loss, X, y)))
            if projected:
                with torch.no_grad():
                    for weight, length in zip(hidden, lengths, strict=True):
                        weight *= length / weight.norm()
    return round(sum(losses) / len(losses), 4)


def patient(seed: int) -> list[float]:
    """Return the validation accuracy after every fourth of sixteen epochs, first weights at a fifth of He's."""
    d2l = importlib.import_module("d2l.torch")
    data, held_out = d2l.load_data_fashion_mnist(64, num_train=4096, num_val=1920)
    d2l.seed_all(seed)
    history = d2l.train_classifier(lenet(0.2, normed=False), data, held_out, 16, 0.1, plot=False)
    return [round(float(value), 4) for value in history["val_acc"][3::4]]


def main() -> int:
    """Write the numbers and print them."""
    found = {
        "free": [last_loss(seed, projected=False) for seed in SEEDS],
        "projected": [last_loss(seed, projected=True) for seed in SEEDS],
        "patient": [patient(seed) for seed in SEEDS],
    }
    print(found)
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
