"""Device memory: of the GPU's own, or of the memory that it shares with the CPU."""

from __future__ import annotations

import os

import pynvml

from perfmon.gpu.metric import Unanswered
from perfmon.gpu.nvml.errors import is_final
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.store.reasons import UNSUPPORTED

if TYPE_CHECKING:
    from perfmon.gpu.device import Device
    from perfmon.gpu.metric import Values
    from perfmon.gpu.nvml.processes import Processes

# What vram_used_bytes holds.
WITHOUT_RESERVE, WITH_RESERVE, UNIFIED = "without_reserve", "with_reserve", "unified"


class Memory:
    """Version 2 of NVML's figures, else version 1, else the sum of all processes on a GPU without own memory."""

    columns = ("vram_used_bytes", "vram_total_bytes", "vram_free_bytes", "vram_reserved_bytes")

    def __init__(self, device: Device, processes: Processes) -> None:
        self._device = device
        self._processes = processes
        self._kind = WITHOUT_RESERVE
        self._first_used: int | None = None

    def read(self, job: frozenset[int]) -> Values:
        """Read the figures, and an estimate of the job's memory by their rise if the job's own is not known."""
        del job
        values = self._read()
        used = values["vram_used_bytes"]
        if isinstance(used, int):
            self._first_used = used if self._first_used is None else self._first_used
            if self._processes.foreign:
                return {**values, "vram_job_estimate_bytes": used - self._first_used}
        return values

    def _read(self) -> Values:
        handle = self._device.handle
        try:
            if self._kind == WITHOUT_RESERVE:
                return self._dedicated(pynvml.nvmlDeviceGetMemoryInfo(handle, version=pynvml.nvmlMemory_v2))
        except pynvml.NVMLError as error:  # FunctionNotFound: a driver before 510
            if not is_final(error):
                raise
            self._kind = WITH_RESERVE
        try:
            if self._kind == WITH_RESERVE:
                return self._dedicated(pynvml.nvmlDeviceGetMemoryInfo(handle))
        except pynvml.NVMLError_NotSupported:
            if self._device.parent:  # a MIG instance has memory of its own, whether or not it can be told
                raise
            self._kind = UNIFIED
        return self._unified()

    def _dedicated(self, memory: pynvml.c_nvmlMemory_t) -> Values:
        """The figures of a GPU with memory of its own.

        Raises:
            NVMLError: the driver calls a GPU without memory of its own a success of 0 bytes.
        """
        if memory.total == 0:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        reserved = getattr(memory, "reserved", None)
        return {
            "vram_kind": self._kind,
            "vram_used_bytes": memory.used,
            "vram_total_bytes": memory.total,
            "vram_free_bytes": memory.free,
            "vram_reserved_bytes": reserved
            if reserved is not None
            else Unanswered(UNSUPPORTED, "this driver counts its reserve as used"),
        }

    def _unified(self) -> Values:
        shared = Unanswered(UNSUPPORTED, "this GPU has no memory of its own; see the memory in table host")
        used = self._processes.held_bytes
        unsized = Unanswered(UNSUPPORTED, "this GPU has no memory of its own, nor sizes of the processes on it")
        return {
            "vram_kind": UNIFIED,
            "vram_used_bytes": unsized if used is None else used,
            "vram_total_bytes": os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"),
            "vram_free_bytes": shared,
            "vram_reserved_bytes": shared,
        }
