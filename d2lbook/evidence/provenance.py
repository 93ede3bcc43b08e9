"""How outputs came about, in a line that readers can check."""

from __future__ import annotations

from d2lbook.book.config import Backend
from d2lbook.evidence.store import Stored

NOT_RUN = "未运行"
CHANGED = "此后代码有改动，输出待更新"
_DEVICES = {"cpu": "CPU", "gpu": "GPU", "cuda": "GPU", "tpu": "TPU"}


def provenance(backend: Backend, run: Stored | None, changed: bool) -> str:
    """Return how outputs came about, such as ``PyTorch：torch 2.13.0 · CPU · 12.3 s · 2026-11-21``."""
    if run is None:
        return f"{backend.title}：{NOT_RUN}"
    order = {name: place for place, name in enumerate(backend.packages)}
    names = sorted(run.versions, key=lambda name: (order.get(name, len(order)), name))
    parts = [f"{name} {run.versions[name]}" for name in names if run.versions[name]]
    parts += [device_name(run.device), f"{run.seconds:.1f} s", run.date[:10]]
    return f"{backend.title}：" + " · ".join(part for part in (*parts, CHANGED if changed else "") if part)


def device_name(device: str) -> str:
    """Return a device as readers see it: ``CPU``, or a GPU's own name."""
    return _DEVICES.get(device.lower(), device)
