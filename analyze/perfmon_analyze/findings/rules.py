"""All rules: name, title, detector, thresholds and caveat of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from perfmon_analyze.findings import (
    checkpoint_stalls,
    contention,
    disk,
    gpu,
    memory,
    overallocation,
    ranks,
    recording_gaps,
    vram,
)
from perfmon_analyze.findings.thresholds import ENOUGH, THRESHOLDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from perfmon_analyze.findings.subject import Detection, Subject


class Rule(NamedTuple):
    """A rule that detects one kind of problem; its `check` raises `NotJudged` if there is too little data."""

    name: str
    title: str
    check: Callable[[Subject], Iterator[Detection]]
    thresholds: tuple[str, ...]
    caveat: str

    @property
    def threshold(self) -> str:
        """The conditions in words, without those on the number of samples."""
        texts = [THRESHOLDS[name].describe() for name in self.thresholds if name not in ENOUGH]
        return ", ".join(texts) or ("in every sample" if self.thresholds else "once is enough")


RULES = (
    Rule(
        "out_of_memory",
        "Killed for want of memory",
        memory.out_of_memory,
        (),
        "The kernel counts kills per control group; it may have killed another process of the same group.",
    ),
    Rule(
        "vram_failed",
        "Allocation of VRAM failed",
        vram.vram_failed,
        ("vram_full", "vram_drop"),
        "Programs that fill VRAM, free it and fill it again on purpose look the same.",
    ),
    Rule(
        "gpu_error",
        "GPU error",
        gpu.gpu_error,
        (),
        "Xid 13, 31 and 43 are mostly the program's own errors, and 45 follows any kill.",
    ),
    Rule(
        "disk_full",
        "Disk full",
        disk.disk_full,
        ("disk_free",),
        "Quotas of users and groups do not show; space kept for root does not count as free.",
    ),
    Rule(
        "gaps",
        "Gaps in the recording",
        recording_gaps.missing_samples,
        ("missing_share", "missing_seconds"),
        "A suspended machine also leaves a gap, in which no samples are missing.",
    ),
    Rule(
        "disk_filling",
        "Disk fills up",
        disk.disk_filling,
        (*ENOUGH, "disk_time"),
        "Other programs may fill the same file system; files removed at the end free their space again.",
    ),
    Rule(
        "memory_creep",
        "Memory creeps",
        memory.memory_creep,
        (*ENOUGH, "creep_bytes", "creep_share", "creep_quarter"),
        "A cache that is meant to fill grows in the same way. Growth in a few large steps is not detected.",
    ),
    Rule(
        "swap",
        "Memory in swap",
        memory.swap,
        ("swap_bytes",),
        "Pages that were swapped out before the job needed them cost nothing until it touches them.",
    ),
    Rule(
        "input_bound",
        "GPU starved of input",
        gpu.input_bound,
        (*ENOUGH, "gpu_busy", "wait_share", "batches", "cpu_saturated"),
        "Busy CPUs need not be busy with input; a loop timed with `timed` gives better evidence.",
    ),
    Rule(
        "gpu_idle",
        "GPU idle",
        gpu.gpu_idle,
        (*ENOUGH, "gpu_idle", "idle_share"),
        "A stage that serves requests idles between them; a GPU that others use is not idle for them.",
    ),
    Rule(
        "gpu_unused",
        "GPU never used",
        gpu.gpu_unused,
        ENOUGH,
        "A use that began and ended between two samples is missed.",
    ),
    Rule(
        "save_stalls",
        "GPU stands still while files are saved",
        checkpoint_stalls.save_stalls,
        (*ENOUGH, "gpu_idle", "stall_share", "stalls"),
        "Evaluation or logging in the same place may be the reason as well.",
    ),
    Rule(
        "vram_headroom",
        "Little VRAM left",
        vram.vram_headroom,
        (*ENOUGH, "vram_peak"),
        "Frameworks that take VRAM in advance (JAX, vLLM) fill it on purpose; a peak between samples may be higher.",
    ),
    Rule(
        "hot",
        "GPU slowed by heat",
        gpu.hot,
        (*ENOUGH, "heat_share"),
        "The cause of the reduced clocks is what the driver reports.",
    ),
    Rule(
        "throttled",
        "CPU quota holds the job back",
        contention.throttled,
        (*ENOUGH, "throttled_share"),
        "The time is summed over CPUs and over the whole control group: short bursts of many threads add up.",
    ),
    Rule(
        "memory_pressure",
        "Waiting for memory",
        contention.memory_pressure,
        (*ENOUGH, "pressure_memory"),
        "Without pressure data of the control group, those of the machine are used: another job may be the cause.",
    ),
    Rule(
        "io_pressure",
        "Waiting for disks",
        contention.io_pressure,
        (*ENOUGH, "pressure_io"),
        "Without pressure data of the control group, those of the machine are used: another job may be the cause.",
    ),
    Rule(
        "cpu_pressure",
        "Waiting for CPUs",
        contention.cpu_pressure,
        (*ENOUGH, "pressure_cpu"),
        "One waiting thread is enough to count: the job may be hardly slower. On the machine it may be another job's.",
    ),
    Rule(
        "straggler",
        "A rank lags",
        ranks.straggler,
        ("batches", "straggler"),
        "Ranks that exchange gradients within the timed body all take as long as the slowest.",
    ),
    Rule(
        "memory_asked",
        "Asked for too much memory",
        overallocation.excess_memory,
        (*ENOUGH, "oversize", "spare_bytes", "margin"),
        "Processes of the SLURM job that perfmon did not record are missing, and larger inputs may need more.",
    ),
    Rule(
        "cpus_asked",
        "Asked for too many CPUs",
        overallocation.excess_cpus,
        (*ENOUGH, "oversize", "spare_cpus", "margin"),
        "Where SLURM allocates whole nodes, the count is that of the node.",
    ),
    Rule(
        "time_asked",
        "Asked for too much time",
        overallocation.excess_time,
        (*ENOUGH, "oversize", "margin"),
        "The next run may take longer. An allocation for interactive work is not meant to be used up.",
    ),
)
