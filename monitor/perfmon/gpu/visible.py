"""Which GPUs a job may use: what `--gpu` asks for, what CUDA_VISIBLE_DEVICES and NVIDIA_VISIBLE_DEVICES leave."""

from __future__ import annotations

import re

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from perfmon.gpu.device import Device

AUTO, ALL, NONE = "auto", "all", "none"

_ORDER_UNKNOWN = (
    "CUDA numbers GPUs of different models from the fastest on, which NVML can't tell; "
    "set CUDA_DEVICE_ORDER=PCI_BUS_ID to have the two orders agree"
)


class Selection(NamedTuple):
    """The devices to record, each device's number in CUDA, by UUID, and why that number is not known if it isn't."""

    devices: list[Device]
    cuda: dict[str, int]
    cuda_unknown: str | None = None


def select(devices: Sequence[Device], wanted: str, environment: Mapping[str, str]) -> Selection:
    """The devices that `wanted` names; `auto` takes those that the environment leaves to the job.

    An instance is recorded with its GPU, and a GPU with its instances.

    Raises:
        ValueError: `wanted` names a GPU that is not there.
    """
    gpus = [device for device in devices if device.parent is None]
    order = _cuda_order(gpus, environment)
    listed = environment.get("CUDA_VISIBLE_DEVICES")
    visible = None if listed is None else parse(listed, devices, order)
    numbered = visible if visible is not None else order
    cuda = {device.uuid: number for number, device in enumerate(numbered or ())}
    unknown = None if numbered is not None else _ORDER_UNKNOWN
    if wanted == AUTO:
        chosen = list(devices) if visible is None else visible
        chosen = _in_container(chosen, gpus, environment.get("NVIDIA_VISIBLE_DEVICES", ""))
    else:
        chosen = list(devices) if wanted == ALL else _named(wanted, devices)
    return Selection(_with_relatives(chosen, devices), cuda, unknown)


def parse(listed: str, devices: Sequence[Device], order: Sequence[Device] | None) -> list[Device] | None:
    """The devices that a value of CUDA_VISIBLE_DEVICES leaves, in CUDA's order; None if that is not known.

    `order` is CUDA's own order of all GPUs, None where it is not known. As the driver does it: the list ends at its
    first invalid entry, an entry that comes twice empties it, `1gpu2` reads as 1, and a list of UUIDs ends at the
    first entry of another kind (PyTorch's torch/cuda/__init__.py follows driver 525 in this).
    """
    words = [word.strip() for word in listed.split(",")]
    if words[0].startswith(("GPU-", "MIG-")):
        kind = words[0][:4]
        return _until_invalid([_by_uuid(word, devices) if word.startswith(kind) else None for word in words])
    numbers = [_leading_number(word) for word in words]
    if order is None:
        return [] if numbers[0] is None else None
    return _until_invalid([order[n] if n is not None and n < len(order) else None for n in numbers])


def _until_invalid(found: Sequence[Device | None]) -> list[Device]:
    valid = [device for device in found[: found.index(None) if None in found else None] if device]
    return valid if len({device.uuid for device in valid}) == len(valid) else []


def _leading_number(word: str) -> int | None:
    match = re.match(r"\+?\d+", word)
    return int(match[0]) if match else None


def _by_uuid(word: str, devices: Sequence[Device]) -> Device | None:
    """The one device whose UUID begins so; `MIG-GPU-<uuid>/gi/ci` names an instance by its GPU."""
    old = re.fullmatch(r"MIG-(GPU-[^/]+)/(\d+)/\d+", word)
    if old:
        found = [d for d in devices if d.parent == old[1] and d.gpu_instance == int(old[2])]
    else:
        found = [device for device in devices if device.uuid.startswith(word)]
    return found[0] if len(found) == 1 else None


def _cuda_order(gpus: Sequence[Device], environment: Mapping[str, str]) -> list[Device] | None:
    """CUDA's order of all GPUs: by PCI id if so configured, or if all are alike; None if it is by speed."""
    by_pci = sorted(gpus, key=lambda gpu: (gpu.pci_id or "", gpu.nvml_index))
    by_pci_bus = environment.get("CUDA_DEVICE_ORDER") == "PCI_BUS_ID"
    return by_pci if by_pci_bus or len({gpu.name for gpu in gpus}) <= 1 else None


def _in_container(chosen: list[Device], gpus: Sequence[Device], listed: str) -> list[Device]:
    """Return the devices that NVIDIA_VISIBLE_DEVICES leaves, if it is set.

    In a container NVML sees the GPUs of that list alone, renumbered, so that numbers count only where there are more
    GPUs than entries.
    """
    words = [word.strip() for word in listed.split(",") if word.strip()]
    named = {device.uuid for word in words if (device := _by_uuid(word, gpus))}
    if not named and len(words) < len(gpus):
        named = {gpu.uuid for gpu in gpus if str(gpu.nvml_index) in words}
    return [d for d in chosen if d.uuid in named or d.parent in named] if named else chosen


def _named(wanted: str, devices: Sequence[Device]) -> list[Device]:
    found = []
    for word in (word.strip() for word in wanted.split(",")):
        by_index = [device for device in devices if device.parent is None and str(device.nvml_index) == word]
        device = by_index[0] if by_index else _by_uuid(word, devices) if word else None
        if device is None:
            known = ", ".join(f"{d.nvml_index} ({d.uuid})" if d.parent is None else d.uuid for d in devices)
            raise ValueError(f"there is no GPU {word!r}; it must be one of {known}")
        found.append(device)
    return found


def _with_relatives(chosen: Sequence[Device], devices: Sequence[Device]) -> list[Device]:
    uuids = {device.uuid for device in chosen} | {device.parent for device in chosen}
    gpus = {device.uuid for device in chosen if device.parent is None}
    return [device for device in devices if device.uuid in uuids or device.parent in gpus]
