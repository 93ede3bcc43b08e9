"""A longer look at LeNet with sigmoid: ``PYTHONPATH=. .envs/pytorch/bin/python -m scripts.experiments.sigmoid_lenet``.

Writes ``static/results/seeds/convolutional-neural-networks/sigmoid-lenet.json``: by learning rate and number of epochs,
for three seeds, the validation accuracy after training on the section's 6000 pictures from He's first weights.
About four minutes on one core.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "static/results/seeds/convolutional-neural-networks/sigmoid-lenet.json"
SEEDS = (0, 1000, 2000)
RUNS = ((0.1, 20), (1.0, 10))


def lenet() -> Any:
    """Return the section's network with sigmoid in the place of ReLU."""
    nn = importlib.import_module("torch").nn
    net = nn.Sequential(
        *(nn.Conv2d(1, 6, 5, padding=2), nn.Sigmoid(), nn.AvgPool2d(2)),
        *(nn.Conv2d(6, 16, 5), nn.Sigmoid(), nn.AvgPool2d(2)),
        nn.Flatten(),
        *(nn.Linear(400, 120), nn.Sigmoid()),
        *(nn.Linear(120, 84), nn.Sigmoid()),
        nn.Linear(84, 10),
    )
    for layer in net:
        if isinstance(layer, (nn.Conv2d, nn.Linear)):
            nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
            nn.init.zeros_(layer.bias)
    return net


def accuracy(seed: int, lr: float, num_epochs: int) -> float:
    """Return the validation accuracy after ``num_epochs``."""
    d2l = importlib.import_module("d2l.torch")
    data, _ = d2l.load_data_fashion_mnist(batch_size=125, num_train=6000)
    _, held_out = d2l.load_data_fashion_mnist(batch_size=125, num_val=5000)
    d2l.seed_all(seed)
    net = lenet()
    d2l.train_classifier(net, data, None, num_epochs, lr, plot=False)
    return round(float(d2l.evaluate_accuracy(lambda X: d2l.forward(net, X), held_out)), 4)


def main() -> int:
    """Write the numbers and print them."""
    found = {f"{lr} {epochs}": [accuracy(seed, lr, epochs) for seed in SEEDS] for lr, epochs in RUNS}
    print(found)
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
