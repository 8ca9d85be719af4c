"""All AMD GPUs, from opening the library to the last tick."""

from __future__ import annotations

import time

from perfmon.collector import Absent, Reading
from perfmon.gpu import visible
from perfmon.gpu.amd import errors, metrics
from perfmon.gpu.amd.library import load
from perfmon.gpu.device import Device
from perfmon.gpu.metric import ScheduledMetric
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.store.reasons import LOST, NOT_FOUND, Unknown

if TYPE_CHECKING:
    from typing import Any

    from perfmon.collector import Tick
    from perfmon.store.journal import Row

_LEAST_FAILURES = 3  # when all of at least so many metrics fail, it is the GPU that fails


class MonitoredGpu:
    """One GPU with its metrics; `gpus` share the time that may be spent on each metric."""

    def __init__(self, smi: Any, device: Device, gpus: int) -> None:
        self.device = device
        self._lost: Unknown | None = None
        read = metrics.every(smi, device.handle)
        self._metrics = [ScheduledMetric(metric, device.uuid, gpus, errors) for metric in read]
        self._unsupported = ScheduledMetric(metrics.Unsupported(read), device.uuid, gpus, errors)

    def collect(self, now: float, job: frozenset[int]) -> tuple[Row | None, list[Unknown]]:
        """Its row, or None while every metric fails, and what is not known of it."""
        row = self.device.labels(None)
        for metric in (*self._metrics, self._unsupported):
            row |= metric.poll(now, job)
        failures = [metric.error for metric in self._metrics if metric.error and not errors.is_final(metric.error)]
        if any(metric.tried and metric.answered for metric in self._metrics):
            self._lost = None
        elif len(failures) >= _LEAST_FAILURES:
            self._lost = Unknown(self.device.uuid, None, LOST, errors.detail_of(failures[0]))
        if self._lost:
            return None, [self._lost]
        return row, [unknown for metric in (*self._metrics, self._unsupported) for unknown in metric.unknown]


class Amd:
    """The library, and the GPUs that are recorded."""

    def __init__(self, wanted: str) -> None:
        self._wanted = wanted
        self._monitored: list[MonitoredGpu] = []

    def open(self) -> dict[str, object]:
        """Open the library and list the GPUs.

        Raises:
            Absent: there is no package, no driver, no GPU, or none that was asked for.
        """
        if self._wanted == visible.NONE:
            raise Absent(NOT_FOUND, "GPUs are not recorded: --gpu none")
        smi = load()
        try:
            smi.amdsmi_init()
            found = [_device(smi, index, handle) for index, handle in enumerate(smi.amdsmi_get_processor_handles())]
        except smi.AmdSmiException as error:
            raise Absent(errors.reason_of(error), errors.detail_of(error)) from None
        try:
            chosen = visible.select(found, self._wanted, {}).devices  # CUDA's variables are not about AMD's GPUs
        except ValueError as error:
            raise Absent(NOT_FOUND, f"--gpu {self._wanted}: {error}") from None
        if not chosen:
            raise Absent(NOT_FOUND, "AMD's driver knows no GPU")
        self._monitored = [MonitoredGpu(smi, device, len(chosen)) for device in chosen]
        recorded = {device.uuid for device in chosen}
        return {"gpus": [device.labels(None) | {"recorded": device.uuid in recorded} for device in found]}

    def collect(self, tick: Tick) -> Reading:
        """Read every GPU; what fails is noted and tried again, and the others go on."""
        now, job = time.monotonic(), frozenset(tick.pids)
        answers = [gpu.collect(now, job) for gpu in self._monitored]
        return Reading(
            [("gpu", row) for row, _ in answers if row], [unknown for _, missing in answers for unknown in missing]
        )


def _device(smi: Any, index: int, handle: Any) -> Device:
    return Device(
        handle=handle,
        uuid=smi.amdsmi_get_gpu_device_uuid(handle),
        nvml_index=index,
        name=smi.amdsmi_get_gpu_asic_info(handle)["market_name"],
        pci_id=smi.amdsmi_get_gpu_device_bdf(handle),
    )
