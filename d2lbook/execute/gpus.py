"""The machine's GPUs, asked of the driver through NVIDIA's own binding of NVML; none where there is no driver.

A question takes a millisecond in this process, where ``nvidia-smi`` would be a program to start and a text to read.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pynvml


@dataclass(frozen=True, slots=True)
class Listed:
    """A GPU as the driver lists it."""

    index: str
    """Place on the PCI bus, from 0: CUDA counts likewise under ``CUDA_DEVICE_ORDER=PCI_BUS_ID``."""
    uuid: str
    name: str


def listed() -> tuple[Listed, ...]:
    """Return the GPUs that the driver knows, by index; none without a driver, or where it doesn't answer."""
    with contextlib.suppress(pynvml.NVMLError), _asking():
        handles = [pynvml.nvmlDeviceGetHandleByIndex(place) for place in range(pynvml.nvmlDeviceGetCount())]
        return tuple(
            Listed(str(place), pynvml.nvmlDeviceGetUUID(handle), pynvml.nvmlDeviceGetName(handle))
            for place, handle in enumerate(handles)
        )
    return ()


def used_mib(ids: Sequence[str]) -> float:
    """Return the MiB taken now of the GPUs with these indices or UUIDs together; 0 where the driver doesn't answer."""
    if not ids:
        return 0.0
    with contextlib.suppress(pynvml.NVMLError), _asking():
        return sum(float(pynvml.nvmlDeviceGetMemoryInfo(_handle(key)).used) for key in ids) / 2**20
    return 0.0


def _handle(key: str) -> object:
    if key.isdecimal():
        return pynvml.nvmlDeviceGetHandleByIndex(int(key))
    return pynvml.nvmlDeviceGetHandleByUUID(key)


@contextlib.contextmanager
def _asking() -> Iterator[None]:
    """Hold the driver's library open; NVMLError where it is not there. Calls nest: NVML counts them."""
    pynvml.nvmlInit()
    try:
        yield
    finally:
        pynvml.nvmlShutdown()
