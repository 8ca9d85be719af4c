"""NVIDIA GPUs through NVML, in one row per GPU and tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon.collector import (
    ERROR,
    LOST,
    NO_PERMISSION,
    NOT_FOUND,
    TIMEOUT,
    UNSUPPORTED,
    Absent,
    Reading,
    Target,
    Tick,
    Unknown,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfmon.journal import Row, Value

_LIBRARY = "libnvidia-ml.so.1"


class _Device(NamedTuple):
    handle: Any  # pynvml's handles have no type of their own
    uuid: str
    nvml_index: int
    name: str


class Gpu:
    """One row per GPU: utilization, memory, power, energy and temperature; a value the driver refuses is null."""

    source = "gpu"
    can_hang = True  # a call into a hung driver cannot be interrupted
    pace = 0.0

    def __init__(self, target: Target) -> None:
        del target  # the tick names the job's processes
        self._devices: list[_Device] = []

    @classmethod
    def probe(cls) -> None:
        """Load the driver's library and let go of it: no helper is started where there is none.

        Raises:
            Absent: it cannot be loaded.
        """
        import _ctypes  # noqa: PLC0415 - a tenth of what ctypes costs

        try:
            _ctypes.dlclose(_ctypes.dlopen(_LIBRARY, 0))
        except OSError:
            raise Absent(NOT_FOUND, f"no NVIDIA driver library ({_LIBRARY})") from None

    def open(self) -> dict[str, object]:
        """Load the driver's library and list the GPUs.

        Raises:
            Absent: no driver library, no driver, or no GPU that may be opened.
        """
        import pynvml  # noqa: PLC0415 - most machines that only record a CPU job never need it

        self._nvml = pynvml
        try:
            pynvml.nvmlInit()
            count = pynvml.nvmlDeviceGetCount()
        except Exception as error:  # NVMLLibraryMismatchError, of an older driver, is not an NVMLError
            raise Absent(self._reason(error), f"NVML: {error}") from error
        self._devices = [device for index in range(count) if (device := self._device(index))]
        if not self._devices:
            raise Absent(NOT_FOUND, f"NVML counts {count} GPUs and opens none of them")
        return {"gpus": [self._about(device) for device in self._devices], "driver": self._driver()}

    def collect(self, tick: Tick) -> Reading:
        """Read every GPU; what one refuses is null and noted, and the others go on."""
        rows: list[tuple[str, Row]] = []
        unknown: list[Unknown] = []
        for device in self._devices:
            row: Row = {"uuid": device.uuid, "index": device.nvml_index, "name": device.name}
            for columns, read in self._readers(device, frozenset(tick.pids)):
                try:
                    row.update(zip(columns, read(), strict=True))
                except Exception as error:  # as in open(): not all of them are NVMLError
                    row.update(dict.fromkeys(columns))
                    unknown += [Unknown(device.uuid, c, self._reason(error), f"NVML: {error}") for c in columns]
            rows.append(("gpu", row))
        return Reading(rows, unknown)

    def _readers(
        self, device: _Device, pids: frozenset[int]
    ) -> Iterator[tuple[tuple[str, ...], Callable[[], tuple[Value, ...]]]]:
        """What is read of one GPU: the columns that one call fills, and the call."""
        nvml, handle = self._nvml, device.handle

        def utilization() -> tuple[Value, ...]:
            rates = nvml.nvmlDeviceGetUtilizationRates(handle)
            return rates.gpu / 100, rates.memory / 100

        yield ("busy_ratio", "memory_busy_ratio"), utilization
        yield ("vram_used_bytes", "vram_total_bytes"), lambda: self._memory(handle)
        yield ("vram_job_bytes",), lambda: (self._job_memory(handle, pids),)
        yield ("power_watts",), lambda: (nvml.nvmlDeviceGetPowerUsage(handle) / 1000,)
        yield ("energy_joules",), lambda: (nvml.nvmlDeviceGetTotalEnergyConsumption(handle) / 1000,)
        yield (
            ("temperature_celsius",),
            lambda: (float(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)),),
        )

    def _memory(self, handle: Any) -> tuple[Value, ...]:
        """Used and total bytes: version 2 as nvidia-smi shows them, else version 1, which counts the reserve as used.

        Raises:
            NVMLError: neither is to be had.
            ValueError: the driver calls a GPU without memory of its own a success of 0 bytes.
        """
        nvml = self._nvml
        try:
            memory = nvml.nvmlDeviceGetMemoryInfo(handle, version=nvml.nvmlMemory_v2)
        except nvml.NVMLError_FunctionNotFound:
            memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        if memory.total == 0:
            raise nvml.NVMLError(nvml.NVML_ERROR_NOT_SUPPORTED)
        return memory.used, memory.total

    def _job_memory(self, handle: Any, pids: frozenset[int]) -> int:
        """Bytes that the job's processes hold.

        Raises:
            NVMLError: the process lists, or the size of one of the job's processes, are not to be had.
        """
        nvml = self._nvml
        held: dict[int, int] = {}
        for listing in (nvml.nvmlDeviceGetComputeRunningProcesses, nvml.nvmlDeviceGetGraphicsRunningProcesses):
            for process in listing(handle):
                if process.pid in pids:
                    if process.usedGpuMemory is None:
                        raise nvml.NVMLError(nvml.NVML_ERROR_NOT_SUPPORTED)
                    held[process.pid] = max(process.usedGpuMemory, held.get(process.pid, 0))
        return sum(held.values())

    def _device(self, index: int) -> _Device | None:
        try:
            handle = self._nvml.nvmlDeviceGetHandleByIndex(index)
            return _Device(handle, self._nvml.nvmlDeviceGetUUID(handle), index, self._nvml.nvmlDeviceGetName(handle))
        except Exception:  # a GPU that may not be opened is not this user's, and others may be
            return None

    def _about(self, device: _Device) -> dict[str, object]:
        try:
            total = self._memory(device.handle)[1]
        except Exception:  # the ticks will tell why, with its time
            total = None
        return {"uuid": device.uuid, "index": device.nvml_index, "name": device.name, "vram_total_bytes": total}

    def _driver(self) -> str | None:
        try:
            return str(self._nvml.nvmlSystemGetDriverVersion())
        except Exception:  # worth knowing, not worth failing for
            return None

    def _reason(self, error: Exception) -> str:
        nvml = self._nvml
        reasons = {
            nvml.NVML_ERROR_NOT_SUPPORTED: UNSUPPORTED,
            nvml.NVML_ERROR_FUNCTION_NOT_FOUND: UNSUPPORTED,
            nvml.NVML_ERROR_NO_PERMISSION: NO_PERMISSION,
            nvml.NVML_ERROR_LIBRARY_NOT_FOUND: NOT_FOUND,
            nvml.NVML_ERROR_DRIVER_NOT_LOADED: NOT_FOUND,
            nvml.NVML_ERROR_GPU_IS_LOST: LOST,
            nvml.NVML_ERROR_TIMEOUT: TIMEOUT,
        }
        if isinstance(error, nvml.NVMLLibraryMismatchError):
            return UNSUPPORTED
        return reasons.get(getattr(error, "value", None), ERROR)
