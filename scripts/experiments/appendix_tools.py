"""Beyond the runs of 选择服务器和GPU: ``PYTHONPATH=. .envs/pytorch/bin/python -m scripts.experiments.appendix_tools``.

Writes ``static/results/seeds/appendix-tools/training-memory.json``: the bytes that one picture leaves behind for the
backward pass of the section's ``resnet18`` in PyTorch. Each storage counts once, those of the net's own parameters and
moving averages don't; a few seconds.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path
from typing import Any

FILE = Path(__file__).resolve().parents[2] / "static/results/seeds/appendix-tools/training-memory.json"


def kept_bytes(batch: int) -> int:
    """Run the net forward on ``batch`` pictures of 224 by 224 in three colours, and count what is kept."""
    d2l, torch = importlib.import_module("d2l.torch"), importlib.import_module("torch")
    net = d2l.resnet18(in_channels=3, stem_stride=2)
    own = {part.untyped_storage().data_ptr() for part in (*net.parameters(), *net.buffers())}
    sizes: dict[int, int] = {}

    def note(tensor: Any) -> Any:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            sizes[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(note, lambda kept: kept):
        net(torch.zeros(batch, 3, 224, 224)).sum()
    return sum(sizes.values())


def main() -> int:
    """Write the bytes and print them."""
    torch = importlib.import_module("torch")
    found = {"bytes": kept_bytes(1), "torch": torch.__version__.partition("+")[0]}
    FILE.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    print(found)
    return 0


if __name__ == "__main__":
    sys.exit(main())
