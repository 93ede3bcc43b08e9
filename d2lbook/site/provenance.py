"""How an output came about, in a line that readers can check. May import ``page`` of this package and ``config``."""

from __future__ import annotations

from d2lbook.config import Backend
from d2lbook.site.page import Page

NOT_RUN = "未运行"
CHANGED = "此后代码有改动，输出待更新"
_DEVICES = {"cpu": "CPU", "gpu": "GPU", "cuda": "GPU", "tpu": "TPU"}


def device_name(device: str) -> str:
    """Return a device as readers see it: ``CPU``, or a GPU's own name."""
    return _DEVICES.get(device.lower(), device)


def provenance_text(page: Page, backend: Backend) -> str:
    """Return a line such as ``PyTorch：torch 2.13.0 · CPU · 12.3 s · 2026-11-21``, or that it was not run."""
    if backend.name not in page.projections:
        return f"本节没有{backend.title}版本。"
    run = page.runs.get(backend.name)
    if run is None:
        return f"{backend.title}：{NOT_RUN}"
    order = {name: place for place, name in enumerate(backend.packages)}
    packages = sorted(run.versions, key=lambda name: order.get(name, len(order)))
    parts = [f"{name} {run.versions[name]}" for name in packages]
    parts.append(device_name(run.device))
    parts.append(f"{run.seconds:.1f} s")
    parts.append(run.date[:10])
    parts.append(CHANGED if page.stale(backend.name) else "")
    return f"{backend.title}：" + " · ".join(part for part in parts if part)
