"""All thresholds of findings, in one table."""

from __future__ import annotations

from typing import NamedTuple

from perfmon_analyze.derive.units import GIB, MIB
from perfmon_analyze.text.humanize import format_bytes, format_duration, format_number, format_percent


class Threshold(NamedTuple):
    """A number, its `unit` as in the run folder (`1` is a ratio; empty is a count), and the condition in words.

    `{}` in `meaning` is replaced by the number.
    """

    value: float
    unit: str
    meaning: str

    def describe(self) -> str:
        """Return the condition in words."""
        format_ = {"1": format_percent, "B": format_bytes, "s": format_duration}.get(self.unit, format_number)
        return self.meaning.format(format_(self.value))


THRESHOLDS = {
    "samples": Threshold(30, "", "at least {} samples after the warm-up"),
    "span": Threshold(60, "s", "at least {} of them"),
    "gpu_busy": Threshold(0.7, "1", "mean GPU utilization below {}"),
    "wait_share": Threshold(0.2, "1", "at least {} of the loop's time spent waiting for batches"),
    "batches": Threshold(20, "", "at least {} batches after the warm-up"),
    "cpu_saturated": Threshold(0.9, "1", "or at least {} of the CPUs in use while the GPU is less than half busy"),
    "gpu_idle": Threshold(0.05, "1", "a GPU is idle below a utilization of {}"),
    "idle_share": Threshold(0.3, "1", "idle for at least {} of the time"),
    "stall_share": Threshold(0.05, "1", "idle while files are saved for at least {} of the time"),
    "stalls": Threshold(3, "", "at least {} times"),
    "creep_bytes": Threshold(100 * MIB, "B", "RSS grows by at least {} after the warm-up"),
    "creep_share": Threshold(0.05, "1", "and by at least {} of its level at the start"),
    "creep_quarter": Threshold(0.15, "1", "with at least {} of the growth from each quarter of the time to the next"),
    "vram_peak": Threshold(0.95, "1", "at least {} of the GPU's memory in use at the peak"),
    "vram_full": Threshold(0.97, "1", "at least {} of the GPU's memory in use"),
    "vram_drop": Threshold(0.5, "1", "then at least {} of it freed within three samples"),
    "throttled_share": Threshold(0.05, "1", "throttled for at least {} of the time"),
    "pressure_memory": Threshold(0.1, "1", "a task waited for memory for at least {} of the time"),
    "pressure_io": Threshold(0.1, "1", "all tasks waited for a disk for at least {} of the time"),
    "pressure_cpu": Threshold(0.5, "1", "a task waited for a CPU for at least {} of the time"),
    "heat_share": Threshold(0.05, "1", "clocks reduced by temperature for at least {} of the time"),
    "disk_free": Threshold(100 * MIB, "B", "at most {} free for ordinary users"),
    "disk_time": Threshold(
        24 * 3600.0, "s", "full within {} while the run goes on, or within the run's own duration after it ended"
    ),
    "oversize": Threshold(2, "", "requested at least {} times the estimated need"),
    "spare_bytes": Threshold(4 * GIB, "B", "at least {} of memory more than the need"),
    "spare_cpus": Threshold(2, "", "at least {} CPUs more than the need"),
    "margin": Threshold(0.2, "1", "the need is the measured use plus {}"),
    "straggler": Threshold(0.2, "1", "longer by at least {} of the ranks' median time per batch"),
    "swap_bytes": Threshold(100 * MIB, "B", "at least {} of the job in swap"),
    "missing_share": Threshold(0.01, "1", "no samples for at least {} of the time"),
    "missing_seconds": Threshold(30, "s", "or for at least {} without interruption"),
}
"""By the names under which rules use them. Explained in docs/findings.md, which a test holds against this table."""

ENOUGH = ("samples", "span")  # required of every finding, and not repeated in it


def at(name: str) -> float:
    """Return the value of one threshold."""
    return THRESHOLDS[name].value
