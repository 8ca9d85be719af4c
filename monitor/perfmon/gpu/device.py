"""A GPU or a MIG instance of one."""

from __future__ import annotations

from perfmon.lean.stdlib import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from typing import Any

    from perfmon.store.journal import Row


class Device(NamedTuple):
    """One GPU, or one MIG instance: then `parent` is its GPU's UUID and `gpu_instance` its number there.

    `nvml_index` is in NVML's order, the GPU's own for an instance. `total_bytes` is None where the driver has no memory
    to tell of.
    """

    handle: Any  # pynvml's handles have no type of their own
    uuid: str
    nvml_index: int
    name: str
    pci_id: str | None = None
    architecture: int | None = None
    total_bytes: int | None = None
    parent: str | None = None
    parent_handle: Any = None
    gpu_instance: int | None = None

    def labels(self, cuda_index: int | None) -> Row:
        """The columns that say which device a row is about."""
        return {
            "uuid": self.uuid,
            "index": self.nvml_index,
            "cuda_index": cuda_index,
            "pci_id": self.pci_id,
            "parent_uuid": self.parent,
            "name": self.name,
        }
