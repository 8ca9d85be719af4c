"""The share of time in which a GPU was busy: all that the driver sampled since the last tick."""

from __future__ import annotations

from statistics import fmean

import pynvml

from perfmon.gpu.nvml.errors import is_final, loses_gpu
from perfmon.gpu.nvml.typed_value import plain
from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon.gpu.device import Device
    from perfmon.gpu.metric import Values


_FULL_SECONDS = 15.0  # what a full buffer spans at least: 99 samples at 6 a second are 16.5 s


class Samples:
    """One sample buffer of the driver: about six samples a second, of which it keeps 17 seconds.

    The stamps count from the epoch on most machines and from boot on some, so that they are compared with one another
    and never with a clock of ours.
    """

    def __init__(self, device: Device, kind: int) -> None:
        self._device = device
        self._kind = kind
        self._seen: int | None = None
        self._supported = True
        self.overwritten_seconds = 0.0  # at the last call: of which the driver had kept no samples until then

    def new(self) -> list[float]:
        """Ratios of the samples that came since the last call; none at the first call, for those are of before."""
        self.overwritten_seconds = 0.0
        if not self._supported:
            return []
        try:
            value_type, samples = pynvml.nvmlDeviceGetSamples(self._device.handle, self._kind, self._seen or 0)
        except pynvml.NVMLError as error:  # NOT_FOUND: nothing new
            if loses_gpu(error):
                raise
            self._supported = not is_final(error)
            self._seen = self._seen or 0
            return []
        fresh = [sample for sample in samples if self._seen is not None and sample.timeStamp > self._seen]
        if self._seen:
            self.overwritten_seconds = overwritten_seconds(self._seen, [sample.timeStamp for sample in fresh])
        self._seen = max([self._seen or 0, *(sample.timeStamp for sample in samples)])
        percents = [plain(value_type, sample.sampleValue) for sample in fresh]
        return [percent / 100 for percent in percents if percent <= 100]


def overwritten_seconds(seen: int, stamps: Sequence[int]) -> float:
    """Seconds of which the driver had samples after the one stamped `seen`, but no longer has; stamps in microseconds.

    A gap alone is none: the driver takes no samples of a GPU that is idle. It is one before a buffer that is full.
    """
    if not stamps or stamps[-1] - stamps[0] < _FULL_SECONDS * 1e6:
        return 0.0
    spacing = (stamps[-1] - stamps[0]) / (len(stamps) - 1)
    gap = stamps[0] - seen - spacing
    return gap / 1e6 if gap > spacing else 0.0


class Utilization:
    """Mean, maximum and share at 0 of the samples since the last tick; else the driver's latest point reading."""

    columns = ("busy_ratio", "busy_max_ratio", "busy_zero_ratio", "busy_samples", "memory_busy_ratio")

    def __init__(self, device: Device) -> None:
        self._handle = device.handle
        self._busy = Samples(device, pynvml.NVML_GPU_UTILIZATION_SAMPLES)
        self._memory_busy = Samples(device, pynvml.NVML_MEMORY_UTILIZATION_SAMPLES)

    @property
    def overwritten_seconds(self) -> float:
        """Seconds since the last tick that the last reading tells nothing of."""
        return self._busy.overwritten_seconds

    def read(self, job: frozenset[int]) -> Values:
        """Drain the sample buffers."""
        del job
        busy, memory_busy = self._busy.new(), self._memory_busy.new()
        if busy and memory_busy:
            return _summary(busy) | {"memory_busy_ratio": round(fmean(memory_busy), 4)}
        rates = pynvml.nvmlDeviceGetUtilizationRates(self._handle)
        return {
            **(_summary(busy) if busy else {"busy_ratio": rates.gpu / 100, "busy_samples": 0}),
            "memory_busy_ratio": round(fmean(memory_busy), 4) if memory_busy else rates.memory / 100,
        }


def _summary(busy: list[float]) -> dict[str, float | None]:
    return {
        "busy_ratio": round(fmean(busy), 4),
        "busy_max_ratio": max(busy),
        "busy_zero_ratio": round(busy.count(0.0) / len(busy), 4),
        "busy_samples": len(busy),
    }
