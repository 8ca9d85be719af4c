"""The processes on a GPU, and the job's among them."""

from __future__ import annotations

from collections import defaultdict
from statistics import fmean

import pynvml

from perfmon.gpu.metric import Unanswered
from perfmon.lean.stdlib import TYPE_CHECKING
from perfmon.linux.pid_namespace import FOREIGN, sees_the_hosts_pids
from perfmon.store.reasons import NAMESPACE, UNSUPPORTED

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from perfmon.gpu.device import Device
    from perfmon.gpu.metric import Values

# The newest version first: an older driver lacks it.
_LISTINGS = (
    ("nvmlDeviceGetComputeRunningProcesses_v3", "nvmlDeviceGetComputeRunningProcesses_v2"),
    ("nvmlDeviceGetGraphicsRunningProcesses_v3", "nvmlDeviceGetGraphicsRunningProcesses_v2"),
    ("nvmlDeviceGetMPSComputeRunningProcesses_v3", "nvmlDeviceGetMPSComputeRunningProcesses_v2"),
)


class Processes:
    """Who is on the GPU, and how much memory the job's processes hold there.

    `foreign` says that the driver's pids cannot be matched with the job's; `pids` and `held_bytes`, those of all
    processes, are as of the last reading.
    """

    columns = ("vram_job_bytes", "job_processes", "processes")

    def __init__(self, device: Device) -> None:
        self._device = device
        self._listings = [_newest(versions) for versions in _LISTINGS]
        self._matched = sees_the_hosts_pids()
        self.foreign = False
        self.pids: frozenset[int] = frozenset()
        self.held_bytes: int | None = None

    def read(self, job: frozenset[int]) -> Values:
        """List the processes of all kinds."""
        sizes = self._sizes()
        self.pids = frozenset(sizes)
        self.held_bytes = _sum(sizes.values())
        mine = [size for pid, size in sizes.items() if pid in job]
        self._matched = self._matched or bool(mine)
        self.foreign = not self._matched
        if self.foreign:
            unmatched = Unanswered(NAMESPACE, FOREIGN)
            return {"processes": len(sizes), "vram_job_bytes": unmatched, "job_processes": unmatched}
        job_bytes = _sum(mine)
        unsized = Unanswered(UNSUPPORTED, "the driver does not tell how much memory the job's processes hold")
        return {
            "processes": len(sizes),
            "job_processes": len(mine),
            "vram_job_bytes": unsized if job_bytes is None else job_bytes,
        }

    def _sizes(self) -> dict[int, int | None]:
        """Bytes by pid, None where the driver does not tell; a process may stand in several lists."""
        sizes: dict[int, int | None] = {}
        for listing in self._listings:
            for process in listing(self._device.handle):
                if self._is_sane(process):
                    sizes[process.pid] = _largest(sizes.get(process.pid), process.usedGpuMemory)
        return sizes

    def _is_sane(self, process: Any) -> bool:
        """Early drivers of series 535 fill in another layout: pid 0, or more bytes than there are."""
        limit, size = self._device.total_bytes, process.usedGpuMemory
        return process.pid != 0 and (limit is None or size is None or size <= limit)


def _newest(versions: tuple[str, ...]) -> Callable[[Any], list[Any]]:
    """A listing by the newest version that the driver has; it looks for that at its first call."""
    left = list(versions)

    def listing(handle: Any) -> list[Any]:
        while True:
            try:
                processes: list[Any] = getattr(pynvml, left[0])(handle)
            except pynvml.NVMLError_FunctionNotFound:
                if len(left) == 1:
                    raise
                left.pop(0)
            else:
                return processes

    return listing


def _largest(one: int | None, other: int | None) -> int | None:
    return other if one is None else one if other is None else max(one, other)


def _sum(sizes: Any) -> int | None:
    known = [size for size in sizes if size is not None]
    return sum(known) if len(known) == len(list(sizes)) else None


class JobActivity:
    """The share of time in which kernels of the job's processes ran, from the driver's samples of each process."""

    columns = ("job_busy_ratio",)

    def __init__(self, device: Device, processes: Processes) -> None:
        self._device = device
        self._processes = processes
        self._seen: int | None = None

    def read(self, job: frozenset[int]) -> Values:
        """Add up the job's processes; one that has no new sample did nothing."""
        samples, first = self._new(), self._seen is None
        self._seen = max([self._seen or 0, *(sample.timeStamp for sample in samples)])
        if first:  # these samples are of before
            return {}
        if self._processes.foreign:
            return {"job_busy_ratio": Unanswered(NAMESPACE, FOREIGN)}
        shares: dict[int, list[int]] = defaultdict(list)
        for sample in samples:
            shares[sample.pid].append(sample.smUtil)
        return {"job_busy_ratio": round(sum(fmean(s) for pid, s in shares.items() if pid in job) / 100, 4)}

    def _new(self) -> list[Any]:
        """The samples since the last, without the rows of rubbish that some drivers return among them."""
        seen = self._seen or 0
        try:
            samples = pynvml.nvmlDeviceGetProcessUtilization(self._device.handle, seen)
        except pynvml.NVMLError_NotFound:
            return []
        return [
            s
            for s in samples
            if s.timeStamp > seen
            and s.pid in self._processes.pids
            and max(s.smUtil, s.memUtil, s.encUtil, s.decUtil) <= 100
        ]
