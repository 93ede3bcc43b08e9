"""Beyond the runs of 残差网络: ``PYTHONPATH=. .envs/pytorch/bin/python -m scripts.experiments.convolutional_modern``.

Writes ``static/results/seeds/convolutional-modern/learning-rates.json``: the section's four nets, 8 and 32 layers with
the shortcut cut and joined, trained in PyTorch under four learning rates and three seeds; the training loss of the
last epoch. Data, epochs and batches are the section's; under two minutes on one core.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "static/results/seeds/convolutional-modern/learning-rates.json"
RATES = (0.05, 0.1, 0.2, 0.4)
SEEDS = (0, 1000, 2000)
NETS = {"plain8": (1, False), "plain32": (5, False), "res8": (1, True), "res32": (5, True)}


def plain_block() -> type:
    """Return the section's ``Plain``: a residual block whose shortcut is multiplied by 0."""
    d2l, torch = importlib.import_module("d2l.torch"), importlib.import_module("torch")

    class Plain(d2l.Residual):  # type: ignore[name-defined,misc]
        def forward(self, X: Any) -> Any:
            Y = torch.relu(self.bn1(self.conv1(X)))
            shortcut = X if self.conv3 is None else self.bn3(self.conv3(X))
            return torch.relu(self.bn2(self.conv2(Y)) + 0 * shortcut)

    return Plain


def last_loss(num_blocks: int, joined: bool, lr: float, seed: int) -> float:
    """Train as ``build`` and ``fit`` of the section do."""
    d2l = importlib.import_module("d2l.torch")
    data, _ = d2l.load_data_fashion_mnist(125, 14, num_train=2000)
    d2l.seed_all(seed)
    arch = [(num_blocks, channels) for channels in (8, 16, 32)]
    net = d2l.resnet(arch, stem_stride=2, block=None if joined else plain_block())
    history = d2l.train_classifier(net, data, None, 3, lr, decay=True, plot=False)
    return round(float(history["train_loss"][-1]), 4)


def main() -> int:
    """Write the losses and print them, a line for each learning rate and seed."""
    losses: dict[str, dict[str, dict[str, float]]] = {}
    for lr in RATES:
        for seed in SEEDS:
            found = {name: last_loss(*shape, lr, seed) for name, shape in NETS.items()}
            losses.setdefault(str(lr), {})[str(seed)] = found
            print(lr, seed, found)
    FILE.write_text(json.dumps(losses, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
