"""A GPU that is recorded: there, or lost and looked for again."""

from __future__ import annotations

import pynvml

from perfmon.gpu.metric import ScheduledMetric
from perfmon.gpu.nvml import errors
from perfmon.gpu.nvml.board import Energy, MemoryClock, Power, SmClock, Temperature
from perfmon.gpu.nvml.errors import detail_of, is_final, loses_gpu
from perfmon.gpu.nvml.fields import Fields
from perfmon.gpu.nvml.gpm import SmActivity
from perfmon.gpu.nvml.memory import Memory
from perfmon.gpu.nvml.processes import JobActivity, Processes
from perfmon.gpu.nvml.utilization import Utilization
from perfmon.gpu.pacing import Backoff
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.store.reasons import LOST, Unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon.gpu.device import Device
    from perfmon.gpu.metric import Metric
    from perfmon.store.journal import Row

_LEAST_FAILURES = 3  # when all of at least so many metrics fail, it is the GPU that fails


class MonitoredGpu:
    """One device with its metrics; `devices` share the time that may be spent on each metric."""

    def __init__(self, device: Device, cuda_index: int | None, devices: int) -> None:
        self.device = device
        self.cuda_index = cuda_index
        self._devices = devices
        self._backoff = Backoff()
        self._lost: Unknown | None = None
        self._spent: dict[str, float] = {}
        self._metrics = self._schedule()
        self._overrun = False

    def _schedule(self) -> list[ScheduledMetric]:
        """All metrics, in the order in which they are read: memory and activity need the processes."""
        device = self.device
        processes = Processes(device)
        self._utilization = Utilization(device)
        metrics: tuple[Metric, ...] = (
            self._utilization,
            processes,
            Memory(device, processes),
            JobActivity(device, processes),
            Power(device),
            Energy(device),
            Temperature(device),
            SmClock(device),
            MemoryClock(device),
            Fields(device),
            SmActivity(device),
        )
        return [ScheduledMetric(metric, device.uuid, self._devices, errors) for metric in metrics]

    @property
    def is_lost(self) -> bool:
        """Whether the GPU is currently lost."""
        return self._lost is not None

    @property
    def seconds(self) -> dict[str, float]:
        """Time spent on each metric."""
        spent = dict(self._spent)
        for metric in self._metrics:
            spent[metric.name] = spent.get(metric.name, 0.0) + metric.seconds
        return spent

    def collect(self, now: float, job: frozenset[int]) -> tuple[Row | None, list[Unknown]]:
        """Its row, or None while it is lost, and what is not known of it."""
        if self._lost:
            if not self._backoff.is_due(now):
                return None, [self._lost]
            try:
                self._find_again()
            except Exception as error:  # of any kind: it is still lost
                return None, [self._lose(error, now)]
        row = self.device.labels(self.cuda_index)
        for metric in self._metrics:
            row |= metric.poll(now, job)
            if metric.error and loses_gpu(metric.error):
                return None, [self._lose(metric.error, now)]
        failed = self._failed_in_everything()
        if failed:
            return None, [self._lose(failed, now)]
        self._lost = None
        self._backoff.succeeded()
        return row, [unknown for metric in self._metrics for unknown in metric.unknown]

    def notes(self) -> Iterator[Row]:
        """Yield rows of table `event` on the last reading: one when ticks become too far apart."""
        seconds = self._utilization.overwritten_seconds
        if seconds and not self._overrun:
            yield {
                "kind": "overrun",
                "source": "gpu",
                "entity": self.device.uuid,
                "column_name": "busy_ratio",
                "detail": f"the driver had overwritten its samples of {seconds:.0f} s before they were read, and "
                "busy_ratio tells of the time after; ticks less than 15 s apart would miss none",
            }
        self._overrun = bool(seconds)

    def _failed_in_everything(self) -> Exception | None:
        """The first failure, if all metrics of this tick failed that this device supports."""
        tried = [metric for metric in self._metrics if metric.tried and not (metric.error and is_final(metric.error))]
        failures = [metric.error for metric in tried if metric.error]
        return (
            failures[0] if len(failures) >= _LEAST_FAILURES and not any(metric.answered for metric in tried) else None
        )

    def _lose(self, error: Exception, now: float) -> Unknown:
        self._backoff.failed(now)
        self._lost = Unknown(self.device.uuid, None, LOST, detail_of(error))
        return self._lost

    def _find_again(self) -> None:
        """Open it anew: a GPU that comes back has another handle, and may support other calls."""
        self.device = self.device._replace(handle=pynvml.nvmlDeviceGetHandleByUUID(self.device.uuid))
        self._spent = self.seconds
        self._metrics = self._schedule()
