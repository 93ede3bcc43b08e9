"""Controls of 数值稳定性和模型初始化: ``PYTHONPATH=. .envs/pytorch/bin/python -m scripts.experiments.initial_values``.

Writes ``static/results/seeds/multilayer-perceptrons/initial-values.json``, three seeds each, on the section's data,
network (ten hidden layers of 64 ReLU units) and twenty epochs: ``xavier`` and ``he``, the held-out accuracy after each
of the last six epochs at the section's learning rate of 0.05; ``large``, by learning rate, the mean training loss and
the held-out accuracy of the last epoch from weights of standard deviation 0.3.
About a minute on one core.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "static/results/seeds/multilayer-perceptrons/initial-values.json"
SEEDS = (5, 1005, 2005)
RATES = (0.001, 0.0001)


def network(start: str) -> Any:
    """Return the section's network, its biases 0, its weights drawn by ``start``."""
    nn = importlib.import_module("torch").nn
    draw = {
        "xavier": nn.init.xavier_normal_,
        "he": lambda weight: nn.init.kaiming_normal_(weight, nonlinearity="relu"),
        "large": lambda weight: nn.init.normal_(weight, std=0.3),
    }[start]
    layers: list[Any] = [nn.Flatten()]
    for width in [64] * 10 + [10]:
        layers += [nn.Linear(64, width), nn.ReLU()]
        draw(layers[-2].weight)
        nn.init.zeros_(layers[-2].bias)
    return nn.Sequential(*layers[:-1])


def run(start: str, seed: int, lr: float, num_epochs: int = 20) -> list[tuple[float, float]]:
    """Return the mean training loss and the held-out accuracy of each epoch."""
    d2l = importlib.import_module("d2l.torch")
    d2l.seed_all(0)
    data, held_out = d2l.load_data_digits(64)
    d2l.seed_all(seed)
    net = network(start)
    optimizer, epochs = d2l.make_optimizer(net, "sgd", lr), []
    for _ in range(num_epochs):
        losses = [float(d2l.train_step(net, optimizer, d2l.classification_loss, X, y)) for X, y in data]
        accuracy = d2l.evaluate_accuracy(lambda X: d2l.forward(net, X), held_out)
        epochs.append((round(sum(losses) / len(losses), 4), round(float(accuracy), 4)))
    return epochs


def main() -> int:
    """Write the numbers and print them."""
    found: dict[str, Any] = {
        start: [[accuracy for _, accuracy in run(start, seed, 0.05)[-6:]] for seed in SEEDS]
        for start in ("xavier", "he")
    }
    found["large"] = {str(lr): [run("large", seed, lr)[-1] for seed in SEEDS] for lr in RATES}
    print(found)
    FILE.write_text(json.dumps(found, indent=1).replace("NaN", "null") + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
