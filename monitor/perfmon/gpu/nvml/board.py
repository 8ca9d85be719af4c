"""Power, energy, temperature and clocks of a GPU's board."""

from __future__ import annotations

import re

import pynvml

from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from perfmon.gpu.device import Device
    from perfmon.gpu.metric import Values

AVERAGE, INSTANT = "average_1s", "instant"
_GA100 = re.compile(r"\b(A100|A800|A30)\b")


def power_kind(architecture: int | None, name: str) -> str | None:
    """What nvmlDeviceGetPowerUsage means: an average of one second from Ampere on, save GA100, else a moment (nvml.h).

    None if the driver does not tell the architecture.
    """
    if architecture is None or architecture == pynvml.NVML_DEVICE_ARCH_UNKNOWN:
        return None
    ga100 = architecture == pynvml.NVML_DEVICE_ARCH_AMPERE and _GA100.search(name)
    return INSTANT if ga100 or architecture < pynvml.NVML_DEVICE_ARCH_AMPERE else AVERAGE


class Power:
    """The board's power draw, and whether that is an average or a moment."""

    columns = ("power_watts",)

    def __init__(self, device: Device) -> None:
        self._handle = device.handle
        self._kind = power_kind(device.architecture, device.name)

    def read(self, job: frozenset[int]) -> Values:
        """NVML counts milliwatts."""
        del job
        return {"power_watts": pynvml.nvmlDeviceGetPowerUsage(self._handle) / 1000, "power_kind": self._kind}


class Energy:
    """The counter of energy used since the driver was loaded; it steps about ten times a second."""

    columns = ("energy_joules",)

    def __init__(self, device: Device) -> None:
        self._handle = device.handle

    def read(self, job: frozenset[int]) -> Values:
        """NVML counts millijoules."""
        del job
        return {"energy_joules": pynvml.nvmlDeviceGetTotalEnergyConsumption(self._handle) / 1000}


class Temperature:
    """The chip's temperature."""

    columns = ("temperature_celsius",)

    def __init__(self, device: Device) -> None:
        self._handle = device.handle

    def read(self, job: frozenset[int]) -> Values:
        """NVML counts whole degrees."""
        del job
        return {
            "temperature_celsius": float(pynvml.nvmlDeviceGetTemperature(self._handle, pynvml.NVML_TEMPERATURE_GPU))
        }


class SmClock:
    """The frequency of the streaming multiprocessors."""

    columns = ("sm_clock_hertz",)
    _kind = pynvml.NVML_CLOCK_SM

    def __init__(self, device: Device) -> None:
        self._handle = device.handle

    def read(self, job: frozenset[int]) -> Values:
        """NVML counts megahertz."""
        del job
        return {self.columns[0]: pynvml.nvmlDeviceGetClockInfo(self._handle, self._kind) * 1e6}


class MemoryClock(SmClock):
    """The frequency of the device memory; unified-memory parts have none."""

    columns = ("memory_clock_hertz",)
    _kind = pynvml.NVML_CLOCK_MEM
