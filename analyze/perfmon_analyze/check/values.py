"""The values that limits are compared with: one number of one recording, with its source."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from perfmon_analyze.compare import quantities
from perfmon_analyze.derive.arrays import finite
from perfmon_analyze.loading.arrow import numbers
from perfmon_analyze.series import gpu, select, trace
from perfmon_analyze.series.warmup import warm_up_seconds
from perfmon_analyze.text.humanize import format_bytes, format_duration, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from perfmon_analyze.compare.quantities import ComparedRecording
    from perfmon_analyze.derive.arrays import Array

EXACT, SAMPLED = "exact", "sampled"
_RECORDING = "from begin to end of the recording"


class NotMeasured(Exception):
    """The run has no such value; the message is the reason."""


class MeasuredValue(NamedTuple):
    """A number in a base unit; `kind` is `exact`, or `sampled`: it may have been higher between two samples."""

    value: float
    kind: str
    source: str


def rss(of: ComparedRecording) -> MeasuredValue:
    """Peak memory of the job in bytes: the kernel's high-water mark if it covers the whole tree, else of samples."""
    peak = of.recording.facts.get("peak") or {}
    least, most = peak.get("tree_at_least_bytes"), peak.get("tree_at_most_bytes")
    if least and least == most:
        return MeasuredValue(
            float(least), EXACT, "the kernel's high-water mark of the one process that lived at a time"
        )
    if least and most:
        return MeasuredValue(
            float(least),
            SAMPLED,
            f"the largest of sampled PSS and any process's mark; the processes' marks add up to {format_bytes(most)}",
        )
    values = finite(numbers(trace.sorted_rows(of.runs, of.recording, "job", ("rss_bytes",)), "rss_bytes"))
    return MeasuredValue(_highest(values, "RSS"), SAMPLED, f"the highest of {plural(len(values), 'sample')} of RSS")


def vram(of: ComparedRecording) -> MeasuredValue:
    """The highest peak of VRAM of one GPU in bytes: the job's memory if the driver reports it, else all in use."""
    found = gpu.gpus_used(of.runs, of.recording, "vram_job_bytes", "vram_used_bytes")
    for column, whose in (("vram_job_bytes", "the job's"), ("vram_used_bytes", "the whole GPU's")):
        known = {card.name: values for card in found if len(values := finite(card.columns[column]))}
        if known:
            name = max(known, key=lambda one: float(known[one].max()))
            what = f"the highest of {plural(len(known[name]), 'sample')} of {whose}, on {name}"
            return MeasuredValue(float(known[name].max()), SAMPLED, what)
    raise NotMeasured("no VRAM was recorded")


def disk(of: ComparedRecording) -> MeasuredValue:
    """Growth of the watched folders in bytes."""
    return MeasuredValue(
        _known(quantities.grown(of), "no folder was watched"), EXACT, "the last look at the watched folders"
    )


def duration(of: ComparedRecording) -> MeasuredValue:
    """Duration in seconds."""
    return MeasuredValue(_known(quantities.duration(of), "the duration is not known"), EXACT, _RECORDING)


def cpu_time(of: ComparedRecording) -> MeasuredValue:
    """CPU time of the job in seconds."""
    total = of.recording.facts.get("totals") or {}
    if total.get("cpu_user_seconds") is not None and total.get("cpu_system_seconds") is not None:
        return MeasuredValue(
            float(total["cpu_user_seconds"] + total["cpu_system_seconds"]), EXACT, "the kernel's own account"
        )
    return MeasuredValue(_known(quantities.cpu_seconds(of), "the CPU time is not known"), EXACT, "counters of the tree")


def energy(of: ComparedRecording) -> MeasuredValue:
    """Energy of the GPUs in joules."""
    joules = _known(quantities.energy(of), "no GPU told its energy")
    return MeasuredValue(joules, EXACT, "the energy counters of the GPUs that the job used")


def batch_p95(of: ComparedRecording) -> MeasuredValue:
    """The 95th percentile of the seconds per batch, waiting included."""
    seconds = quantities.batches(of)[1]
    if not len(seconds):
        raise NotMeasured("no batch was timed after the warm-up")
    return MeasuredValue(float(np.percentile(seconds, 95)), EXACT, f"{len(seconds):,} batches after the warm-up")


def items_per_second(of: ComparedRecording) -> MeasuredValue:
    """Throughput in items per second."""
    items, seconds = quantities.batches(of)
    if not len(items) or not np.isfinite(items).all() or not seconds.sum():
        raise NotMeasured("no batch told its items after the warm-up")
    return MeasuredValue(float(items.sum() / seconds.sum()), EXACT, f"{len(items):,} batches after the warm-up")


def gpu_utilization(of: ComparedRecording) -> MeasuredValue:
    """Mean utilization of the GPUs that the job used, as a ratio."""
    found = select.measured(of.runs, of.recording, gpu.gpu_percent, of.options)
    after = [trace.values[trace.t > warm_up_seconds(of.runs, of.recording)] for trace in found]
    values = finite(after[0]) if after else np.empty(0)
    if not len(values):
        raise NotMeasured("no GPU utilization was recorded after the warm-up")
    return MeasuredValue(
        float(values.mean()) / 100, SAMPLED, f"the mean of {plural(len(values), 'sample')} after the warm-up"
    )


def recorder(of: ComparedRecording) -> MeasuredValue:
    """CPU time of the recorder, as a share of one CPU."""
    cpu_seconds, duration_seconds = (
        (of.recording.facts.get("sampler") or {}).get("cpu_seconds"),
        quantities.duration(of),
    )
    if cpu_seconds is None or not duration_seconds:
        raise NotMeasured("run.json does not say what the recorder took")
    return MeasuredValue(
        float(cpu_seconds) / duration_seconds, EXACT, "the recorder's own account, as a share of one CPU"
    )


def overhead(of: ComparedRecording, baseline: Sequence[ComparedRecording]) -> MeasuredValue:
    """Relative increase of the time over the baseline's: 0.1 is 10 % longer.

    Compared is the time per item if all batches have their items, else per batch, else the duration.
    """
    for what, seconds in _TIMES.items():
        this, others = seconds(of), [seconds(other) for other in baseline]
        known = [other for other in others if other]
        if this and len(known) == len(others):
            usual = sum(known) / len(known)
            source = (
                f"{what}: {format_duration(this)}, and {format_duration(usual)} "
                f"in {plural(len(known), 'run')} of the baseline"
            )
            return MeasuredValue(this / usual - 1, EXACT, source)
    raise NotMeasured("neither batches nor the duration are known of both sides")


def _seconds_per_item(of: ComparedRecording) -> float | None:
    items, seconds = quantities.batches(of)
    total = float(items.sum())
    return float(seconds.sum()) / total if total > 0 else None  # NaN, where a batch does not tell, is not


def _seconds_per_batch(of: ComparedRecording) -> float | None:
    seconds = quantities.batches(of)[1]
    return float(seconds.mean()) if len(seconds) else None


_TIMES = {"time per item": _seconds_per_item, "time per batch": _seconds_per_batch, "duration": quantities.duration}


def _known(value: float | None, reason: str) -> float:
    if value is None:
        raise NotMeasured(reason)
    return value


def _highest(values: Array, what: str) -> float:
    if not len(values):
        raise NotMeasured(f"no {what} was recorded")
    return float(values.max())
