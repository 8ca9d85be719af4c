"""Every number that a finding must pass, in one table."""

from __future__ import annotations

from typing import NamedTuple

from perfmon_analyze.derive import GIB, MIB


class Threshold(NamedTuple):
    """One number: `unit` as in the run folder (`1` is a share of 0 to 1), and what it is compared with."""

    value: float
    unit: str
    meaning: str

    def told(self) -> str:
        """The number and what it is, in words."""
        return f"{self.meaning}: {_number(self.value, self.unit)}"


def _number(value: float, unit: str) -> str:
    if unit == "1":
        return f"{value:.0%}"
    if unit == "B":
        return f"{value / GIB:g} GB" if value >= GIB else f"{value / MIB:g} MB"
    if unit == "s":
        return f"{value / 3600:g} h" if value >= 3600 else f"{value:g} s"
    return f"{value:g}"


THRESHOLDS = {
    "samples": Threshold(30, "", "samples after the warm-up, at least"),
    "span": Threshold(60, "s", "time after the warm-up, at least"),
    "gpu_busy": Threshold(0.7, "1", "mean GPU utilization, less than"),
    "wait_share": Threshold(0.2, "1", "share of the loop's time spent waiting for batches, at least"),
    "cpu_saturated": Threshold(0.9, "1", "use of the CPUs while the GPU is less than half busy, at least"),
    "gpu_idle": Threshold(0.05, "1", "a GPU is idle below a utilization of"),
    "idle_share": Threshold(0.3, "1", "share of the time in which a GPU is idle, at least"),
    "stall_share": Threshold(0.05, "1", "share of the time in which the GPU idles while files are saved, at least"),
    "stalls": Threshold(3, "", "such stalls, at least"),
    "creep_bytes": Threshold(100 * MIB, "B", "growth of RSS after the warm-up, at least"),
    "creep_share": Threshold(0.05, "1", "growth of RSS as a share of where it began, at least"),
    "creep_quarter": Threshold(0.15, "1", "share of the growth from each quarter of the time to the next, at least"),
    "vram_peak": Threshold(0.95, "1", "highest VRAM in use as a share of the GPU's, at least"),
    "vram_full": Threshold(0.97, "1", "VRAM in use before an allocation failed, as a share of the GPU's, at least"),
    "vram_drop": Threshold(0.5, "1", "share of it that is given back within three samples, at least"),
    "throttled_share": Threshold(0.05, "1", "time held back by the quota as a share of the time, at least"),
    "pressure_memory": Threshold(0.1, "1", "share of the time in which a task waited for memory, at least"),
    "pressure_io": Threshold(0.1, "1", "share of the time in which all tasks waited for a disk, at least"),
    "pressure_cpu": Threshold(0.5, "1", "share of the time in which a task waited for a CPU, at least"),
    "heat_share": Threshold(0.05, "1", "share of the time in which heat held the clocks down, at least"),
    "disk_free": Threshold(100 * MIB, "B", "space left for ordinary users, at most"),
    "disk_hours": Threshold(
        24 * 3600.0,
        "s",
        "time until the disk is full, less than (less than its own length for a run that ended)",
    ),
    "oversize": Threshold(2, "", "what was asked for, as a multiple of what would have done, at least"),
    "spare_bytes": Threshold(4 * GIB, "B", "memory asked for beyond what would have done, at least"),
    "spare_cpus": Threshold(2, "", "CPUs asked for beyond what would have done, at least"),
    "margin": Threshold(0.2, "1", "added to what was used before something is advised"),
    "straggler": Threshold(1.2, "", "time a batch takes on one rank, as a multiple of the ranks' median, at least"),
    "batches": Threshold(20, "", "batches of each rank after the warm-up, at least"),
    "swap_bytes": Threshold(100 * MIB, "B", "memory of the job in swap, at least"),
    "missing_share": Threshold(0.01, "1", "share of the time without samples, at least"),
    "missing_seconds": Threshold(30, "s", "one gap without samples, at least"),
}
"""By the names under which rules use them. Explained in docs/findings.md, which a test holds against this table."""


def at(name: str) -> float:
    """One threshold's number."""
    return THRESHOLDS[name].value
