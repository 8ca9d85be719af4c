"""Metrics of an AMD GPU: one class per call of the library."""

from __future__ import annotations

from perfmon.gpu.metric import Unanswered
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.linux.pid_namespace import FOREIGN, sees_the_hosts_pids
from perfmon.store import schema
from perfmon.store.reasons import NAMESPACE, UNSUPPORTED

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from perfmon.gpu.metric import Metric, Values
    from perfmon.store.journal import Value

_LABELS = ("uuid", "index", "pci_id", "parent_uuid", "name")
_NOT_AVAILABLE = Unanswered(UNSUPPORTED, "this GPU, or its driver, does not tell it")


def number(value: object, unit: float) -> Value | Exception:
    """A figure in base units; the package says "N/A" where a GPU has none."""
    return value * unit if isinstance(value, (int, float)) else _NOT_AVAILABLE


class Reader:
    """One GPU's handle and the package that reads it."""

    columns: tuple[str, ...] = ()

    def __init__(self, smi: Any, handle: Any) -> None:
        self._smi = smi
        self._handle = handle


class Activity(Reader):
    """The driver's own averages of the moment; it keeps no samples to drain."""

    columns = ("busy_ratio", "memory_busy_ratio")

    def read(self, job: frozenset[int]) -> Values:
        """AMD SMI counts percent."""
        del job
        answer = self._smi.amdsmi_get_gpu_activity(self._handle)
        return {
            "busy_ratio": number(answer["gfx_activity"], 0.01),
            "busy_samples": 0,
            "memory_busy_ratio": number(answer["umc_activity"], 0.01),
        }


class Memory(Reader):
    """The GPU's own memory."""

    columns = ("vram_used_bytes", "vram_total_bytes")

    def read(self, job: frozenset[int]) -> Values:
        """AMD SMI counts bytes in these calls, and MiB in others."""
        del job
        vram = self._smi.AmdSmiMemoryType.VRAM
        return {
            "vram_used_bytes": self._smi.amdsmi_get_gpu_memory_usage(self._handle, vram),
            "vram_total_bytes": self._smi.amdsmi_get_gpu_memory_total(self._handle, vram),
        }


class Processes(Reader):
    """Who is on the GPU, and how much memory the job's processes hold there."""

    columns = ("vram_job_bytes", "job_processes", "processes")

    def read(self, job: frozenset[int]) -> Values:
        """Match the processes with the job's."""
        sizes = {
            process["pid"]: process["memory_usage"]["vram_mem"]
            for process in self._smi.amdsmi_get_gpu_process_list(self._handle)
        }
        mine = [size for pid, size in sizes.items() if pid in job]
        if not mine and not sees_the_hosts_pids():
            unmatched = Unanswered(NAMESPACE, FOREIGN)
            return {"processes": len(sizes), "vram_job_bytes": unmatched, "job_processes": unmatched}
        return {"processes": len(sizes), "vram_job_bytes": sum(mine), "job_processes": len(mine)}


class Power(Reader):
    """The socket's power: MI300 and later tell the moment's, those before an average."""

    columns = ("power_watts",)

    def read(self, job: frozenset[int]) -> Values:
        """AMD SMI counts watts."""
        del job
        answer = self._smi.amdsmi_get_power_info(self._handle)
        watts = [answer.get(key) for key in ("current_socket_power", "average_socket_power")]
        known = [value for value in watts if isinstance(value, (int, float)) and value]
        return {"power_watts": number(known[0] if known else None, 1.0)}


class Energy(Reader):
    """The counter of energy used since the driver was loaded."""

    columns = ("energy_joules",)

    def read(self, job: frozenset[int]) -> Values:
        """AMD SMI counts in a unit of its own, and tells that in microjoules."""
        del job
        answer = self._smi.amdsmi_get_energy_count(self._handle)
        return {"energy_joules": round(answer["energy_accumulator"] * answer["counter_resolution"] * 1e-6, 3)}


class Temperature(Reader):
    """The chip's hottest spot, the one sensor that all of AMD's GPUs have."""

    columns = ("temperature_celsius",)
    _sensor = "HOTSPOT"

    def read(self, job: frozenset[int]) -> Values:
        """AMD SMI counts whole degrees."""
        del job
        sensor, now = self._smi.AmdSmiTemperatureType[self._sensor], self._smi.AmdSmiTemperatureMetric.CURRENT
        return {self.columns[0]: float(self._smi.amdsmi_get_temp_metric(self._handle, sensor, now))}


class MemoryTemperature(Temperature):
    """The device memory's sensor."""

    columns = ("memory_temperature_celsius",)
    _sensor = "VRAM"


class SmClock(Reader):
    """The frequency of the compute units, which are what NVIDIA calls multiprocessors."""

    columns = ("sm_clock_hertz",)
    _clock = "GFX"

    def read(self, job: frozenset[int]) -> Values:
        """AMD SMI counts megahertz."""
        del job
        answer = self._smi.amdsmi_get_clock_info(self._handle, self._smi.AmdSmiClkType[self._clock])
        return {self.columns[0]: number(answer["clk"], 1e6)}


class MemoryClock(SmClock):
    """The frequency of the device memory."""

    columns = ("memory_clock_hertz",)
    _clock = "MEM"


class Ecc(Reader):
    """Memory errors since the driver was loaded."""

    columns = ("ecc_corrected", "ecc_uncorrected")

    def read(self, job: frozenset[int]) -> Values:
        """Counts of all blocks together."""
        del job
        answer = self._smi.amdsmi_get_gpu_total_ecc_count(self._handle)
        return {"ecc_corrected": answer["correctable_count"], "ecc_uncorrected": answer["uncorrectable_count"]}


class Unsupported:
    """The columns that nothing fills on AMD's GPUs, so that each has its reason."""

    def __init__(self, read: Iterable[Metric]) -> None:
        filled = {*_LABELS, "busy_samples", *(column for metric in read for column in metric.columns)}
        self.columns = tuple(column.name for column in schema.TABLES["gpu"] if column.name not in filled)

    def read(self, job: frozenset[int]) -> Values:
        """There is nothing to read."""
        del job
        return dict.fromkeys(self.columns, Unanswered(UNSUPPORTED, "perfmon does not read this of AMD's GPUs"))


def every(smi: Any, handle: Any) -> list[Metric]:
    """All metrics of one GPU that are read."""
    readers: tuple[type[Any], ...] = (
        Activity,
        Memory,
        Processes,
        Power,
        Energy,
        Temperature,
        MemoryTemperature,
        SmClock,
        MemoryClock,
        Ecc,
    )
    return [reader(smi, handle) for reader in readers]
