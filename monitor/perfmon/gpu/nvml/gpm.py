"""Activity of the multiprocessors by GPU performance monitoring, on NVIDIA GPUs from Hopper on."""

from __future__ import annotations

import time

import pynvml

from perfmon.lean.stdlib import TYPE_CHECKING

if TYPE_CHECKING:
    from perfmon.gpu.device import Device
    from perfmon.gpu.metric import Values

_METRICS = {
    "sm_busy_ratio": pynvml.NVML_GPM_METRIC_SM_UTIL,
    "sm_occupancy_ratio": pynvml.NVML_GPM_METRIC_SM_OCCUPANCY,
    "tensor_busy_ratio": pynvml.NVML_GPM_METRIC_ANY_TENSOR_UTIL,
}
_LEAST_SECONDS = 0.1  # between two samples, as nvml.h asks


class SmActivity:
    """Averages over the time since the last tick, from the driver's counters then and now."""

    columns = tuple(_METRICS)

    def __init__(self, device: Device) -> None:
        self._device = device
        self._before: pynvml.c_nvmlGpmSample_t | None = None
        self._now: pynvml.c_nvmlGpmSample_t | None = None
        self._sampled_at = 0.0

    def read(self, job: frozenset[int]) -> Values:
        """Take a sample and compare it with the last; the first tick has none to compare with."""
        del job
        if self._before is None:
            self._open()
        elif time.monotonic() - self._sampled_at >= _LEAST_SECONDS:
            self._sample(self._now)
            values = self._compare()
            self._before, self._now = self._now, self._before
            return values
        return {}

    def _open(self) -> None:
        parent = self._device.parent_handle
        support = pynvml.nvmlGpmQueryDeviceSupport(self._device.handle if parent is None else parent)
        if not support.isSupportedDevice:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_SUPPORTED)
        before = pynvml.nvmlGpmSampleAlloc()
        self._now = pynvml.nvmlGpmSampleAlloc()
        self._sample(before)
        self._before = before

    def _sample(self, into: pynvml.c_nvmlGpmSample_t) -> None:
        self._sampled_at = time.monotonic()
        if self._device.parent_handle is None:
            pynvml.nvmlGpmSampleGet(self._device.handle, into)
        else:
            pynvml.nvmlGpmMigSampleGet(self._device.parent_handle, self._device.gpu_instance, into)

    def _compare(self) -> Values:
        request = pynvml.c_nvmlGpmMetricsGet_t()
        request.version = pynvml.NVML_GPM_METRICS_GET_VERSION
        request.numMetrics = len(_METRICS)
        request.sample1, request.sample2 = self._before, self._now
        for position, number in enumerate(_METRICS.values()):
            request.metrics[position].metricId = number
        pynvml.nvmlGpmMetricsGet(request)
        answers = zip(_METRICS, request.metrics, strict=False)
        return {
            column: pynvml.NVMLError(answer.nvmlReturn) if answer.nvmlReturn else round(answer.value / 100, 4)
            for column, answer in answers
        }
