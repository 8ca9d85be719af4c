"""Which GPUs and MIG instances NVML counts, and which of them open."""

from __future__ import annotations

import pynvml

from perfmon.gpu.device import Device
from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def count() -> int:
    """How many GPUs there are; some of them may belong to somebody else.

    Raises:
        NVMLError: the library does not say.
    """
    found: int = pynvml.nvmlDeviceGetCount()
    return found


def open_gpu(index: int) -> list[Device]:
    """The GPU with this index in NVML's order, and the MIG instances that it is cut into.

    Raises:
        NVMLError: it is lost, or not this user's.
    """
    handle = pynvml.nvmlDeviceGetHandleByIndex(index)
    gpu = Device(
        handle=handle,
        uuid=pynvml.nvmlDeviceGetUUID(handle),
        nvml_index=index,
        name=pynvml.nvmlDeviceGetName(handle),
        pci_id=_or_none(_pci_id, handle),
        architecture=_or_none(pynvml.nvmlDeviceGetArchitecture, handle),
        total_bytes=_or_none(_total_bytes, handle),
    )
    return [gpu, *_instances(gpu)]


def _instances(gpu: Device) -> list[Device]:
    modes = _or_none(pynvml.nvmlDeviceGetMigMode, gpu.handle)
    if not modes or modes[0] != pynvml.NVML_DEVICE_MIG_ENABLE:
        return []
    places = range(_or_none(pynvml.nvmlDeviceGetMaxMigDeviceCount, gpu.handle) or 0)
    found = [_or_none(lambda p: pynvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu.handle, p), place) for place in places]
    return [_instance(gpu, handle) for handle in found if handle is not None]


def _instance(gpu: Device, handle: Any) -> Device:
    return gpu._replace(
        handle=handle,
        uuid=pynvml.nvmlDeviceGetUUID(handle),
        name=_or_none(pynvml.nvmlDeviceGetName, handle) or gpu.name,
        total_bytes=_or_none(_total_bytes, handle),
        parent=gpu.uuid,
        parent_handle=gpu.handle,
        gpu_instance=_or_none(pynvml.nvmlDeviceGetGpuInstanceId, handle),
    )


def _pci_id(handle: Any) -> str:
    return str(pynvml.nvmlDeviceGetPciInfo(handle).busId)


def _total_bytes(handle: Any) -> int | None:
    return pynvml.nvmlDeviceGetMemoryInfo(handle).total or None


def _or_none(read: Callable[[Any], Any], argument: Any) -> Any:
    """What is worth knowing, but not worth failing for."""
    try:
        return read(argument)
    except Exception:  # of any kind: an older driver's mismatch is not an NVMLError
        return None
