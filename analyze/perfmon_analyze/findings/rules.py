"""All rules: what each is called, which thresholds it uses, and when it does not apply."""

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
    """One thing to look for; `check` raises `NotJudged` where there is too little to go by."""

    name: str
    title: str
    check: Callable[[Subject], Iterator[Detection]]
    thresholds: tuple[str, ...]
    caveat: str

    @property
    def threshold(self) -> str:
        """What must hold, in words; that there are enough samples goes without saying."""
        own = [THRESHOLDS[name].told() for name in self.thresholds if name not in ENOUGH]
        return ", ".join(own) or ("in every sample" if self.thresholds else "once is enough")


RULES = (
    Rule(
        "out_of_memory",
        "Killed for want of memory",
        memory.out_of_memory,
        (),
        "The kernel counts kills in the job's control group; a neighbour in the same group may have been the one.",
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
        "A machine that was suspended has a gap, too, and lost nothing in it.",
    ),
    Rule(
        "disk_filling",
        "Disk fills up",
        disk.disk_filling,
        (*ENOUGH, "disk_time"),
        "Others may fill the same file system, and files that are removed at the end give their space back.",
    ),
    Rule(
        "memory_creep",
        "Memory creeps",
        memory.memory_creep,
        (*ENOUGH, "creep_bytes", "creep_share", "creep_quarter"),
        "A cache that is meant to fill grows likewise. Growth in few large steps is not looked for.",
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
        "CPUs that are busy need not be busy with input; a loop that times its waits (`timed`) knows better.",
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
        "A use that began and ended between two samples is not seen.",
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
        "Which of several causes held the clocks down is the driver's own account.",
    ),
    Rule(
        "throttled",
        "CPU quota holds the job back",
        contention.throttled,
        (*ENOUGH, "throttled_share"),
        "The time is the sum over CPUs, of the whole control group: short bursts of many threads add up.",
    ),
    Rule(
        "memory_pressure",
        "Waiting for memory",
        contention.memory_pressure,
        (*ENOUGH, "pressure_memory"),
        "Where the control group tells nothing it is the machine's, and another job may be the reason.",
    ),
    Rule(
        "io_pressure",
        "Waiting for disks",
        contention.io_pressure,
        (*ENOUGH, "pressure_io"),
        "Where the control group tells nothing it is the machine's, and another job may be the reason.",
    ),
    Rule(
        "cpu_pressure",
        "Waiting for CPUs",
        contention.cpu_pressure,
        (*ENOUGH, "pressure_cpu"),
        "One waiting thread is enough to count: work may get done nearly as fast. On the machine it may be others'.",
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
        overallocation.memory_asked,
        (*ENOUGH, "oversize", "spare_bytes", "margin"),
        "What ran in the SLURM job without perfmon is not known, nor what larger inputs will need.",
    ),
    Rule(
        "cpus_asked",
        "Asked for too many CPUs",
        overallocation.cpus_asked,
        (*ENOUGH, "oversize", "spare_cpus", "margin"),
        "Where nodes are given out whole, the count is the node's.",
    ),
    Rule(
        "time_asked",
        "Asked for too much time",
        overallocation.time_asked,
        (*ENOUGH, "oversize", "margin"),
        "The next run may take longer. An allocation that is held for interactive work was not meant to be used up.",
    ),
)
