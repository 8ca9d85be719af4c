"""Detects that a GPU's memory was nearly or entirely used up."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon.store.run_json import FAILED, KILLED
from perfmon_analyze.findings.finding import ADVICE, PROBLEM
from perfmon_analyze.findings.subject import Detection, NotJudged
from perfmon_analyze.findings.thresholds import at
from perfmon_analyze.text.humanize import format_bytes, format_duration, format_percent, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.findings.subject import Subject

_SAMPLES = 3  # an allocator gives everything back at once, which takes the driver up to 2 s


class GpuMemory(NamedTuple):
    """The memory of one GPU over time, in bytes; all samples are known."""

    name: str
    t: Array
    used: Array
    total: float


def vram_headroom(subject: Subject) -> Iterator[Detection]:
    """Hardly any VRAM was left at the peak."""
    for gpu in _gpu_memories(subject):
        subject.enough(gpu.t, f"VRAM of {gpu.name}")
        peak = int(np.argmax(gpu.used))
        most, left = float(gpu.used[peak]), float(gpu.total - gpu.used[peak])
        if most >= at("vram_peak") * gpu.total:
            yield Detection(
                ADVICE,
                f"VRAM of {gpu.name} peaked at {format_bytes(most)} of {format_bytes(gpu.total)}: "
                f"{format_bytes(left)} were left.",
                "A longer input or a larger batch may fail: make the batch smaller, or recompute activations.",
                float(gpu.t[peak]),
                float(gpu.t[peak]),
                {"peak_bytes": most, "total_bytes": gpu.total, "peak_ratio": most / gpu.total},
            )


def vram_failed(subject: Subject) -> Iterator[Detection]:
    """VRAM was full and fell at once; then the job died, or filled it again: an allocation failed."""
    died = subject.facts.get("state") in (FAILED, KILLED)
    for gpu in _gpu_memories(subject):
        drops = _drops(gpu)
        failed = [drop for drop in drops if _filled_again(gpu, drop) or (died and drop == drops[-1])]
        if failed:
            full = float(gpu.used[failed].max())
            yield Detection(
                PROBLEM,
                f"VRAM of {gpu.name} reached {format_percent(full / gpu.total)} and fell at once, "
                f"{plural(len(failed), 'time')}, "
                f"first after {format_duration(gpu.t[failed[0]])}: an allocation failed there.",
                "Look for `out of memory` in the job's output; make the batch smaller, or recompute activations.",
                float(gpu.t[failed[0]]),
                float(gpu.t[failed[-1]]),
                {"peak_bytes": full, "total_bytes": gpu.total, "drops": float(len(failed))},
            )


def _drops(gpu: GpuMemory) -> list[int]:
    """The last samples of full VRAM before at least half of it is given back within three samples."""
    full = np.flatnonzero(gpu.used >= at("vram_full") * gpu.total)
    ahead = np.minimum(full[:, None] + np.arange(1, _SAMPLES + 1), len(gpu.used) - 1)
    fell = gpu.used[ahead].min(axis=1) <= (1 - at("vram_drop")) * gpu.used[full]
    last = np.diff(full, append=len(gpu.used) + 1) > 1
    return [int(place) for place in full[fell & last]]


def _filled_again(gpu: GpuMemory, drop: int) -> bool:
    return bool((gpu.used[drop + 1 :] >= at("vram_full") * gpu.total).any())


def _gpu_memories(subject: Subject) -> list[GpuMemory]:
    """The VRAM of the GPUs that the job used.

    Raises:
        NotJudged: none was recorded.
    """
    found = []
    for gpu in subject.gpus_used("vram_used_bytes", "vram_total_bytes"):
        used, total = gpu.columns["vram_used_bytes"], gpu.columns["vram_total_bytes"]
        known = np.isfinite(used) & np.isfinite(total)
        if known.any():
            found.append(GpuMemory(gpu.name, gpu.t[known], used[known], float(total[known][0])))
    if not found:
        raise NotJudged("no VRAM was recorded")
    return found
