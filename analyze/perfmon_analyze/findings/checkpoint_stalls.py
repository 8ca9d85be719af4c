"""Whether the GPU stands still while files are saved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import rates
from perfmon_analyze.findings.finding import ADVICE
from perfmon_analyze.findings.subject import Detection, NotJudged
from perfmon_analyze.findings.thresholds import at
from perfmon_analyze.loading.arrow import strings
from perfmon_analyze.series import phases
from perfmon_analyze.text.humanize import format_duration, format_percent, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.findings.subject import Subject

_NAMES = re.compile(r"checkpoint|ckpt|sav(e|ing)|snapshot|shard|dump|writ(e|ing)", re.IGNORECASE)
_BURST_BYTES_PER_SECOND = 10e6  # below it nobody waits for a disk
_BURST = 5.0  # times the mean rate


def save_stalls(subject: Subject) -> Iterator[Detection]:
    """The GPU idles in phases that save, or, where no phase is named so, while bytes are written in bursts."""
    trace = subject.mean_gpu_trace()
    t, busy = subject.steady(trace.t, trace.values, "GPU utilization")
    named = sorted({str(name) for name in strings(subject.rows("phase", "name"), "name") if _NAMES.search(str(name))})
    saving = _in_phases(subject, t, named) if named else _in_bursts(subject, t)
    stalled = saving & (busy < 100 * at("gpu_idle"))
    ratio, stalls = float(stalled.mean()), int((np.diff(stalled.astype(np.int8), prepend=0) == 1).sum())
    if ratio < at("stall_share") or stalls < at("stalls"):
        return
    seconds = ratio * float(t[-1] - t[0])
    where = f"in {plural(stalls, 'phase')} named {', '.join(named)}" if named else f"in {stalls} bursts of writing"
    places = t[stalled]
    yield Detection(
        ADVICE,
        f"The GPU stands still for {format_percent(ratio)} of the time, {format_duration(seconds)} in all, {where}.",
        "Write in a thread or another process, save less often, or write to a faster disk first.",
        float(places[0]),
        float(places[-1]),
        {"stalled_ratio": ratio, "stalled_seconds": seconds, "stalls": float(stalls), "samples": float(len(t))},
    )


def _in_phases(subject: Subject, t: Array, names: list[str]) -> NDArray[np.bool_]:
    """Samples within phases of these names.

    Raises:
        NotJudged: the phases take long enough together, but hardly one is as long as the time between two samples.
    """
    during = [span for name in names for span in phases.spans(subject.runs, subject.recording, name)]
    during = [(begin, min(end, subject.end)) for begin, end in during if begin > subject.warm_up]
    inside = np.zeros(len(t), dtype=bool)
    for begin, end in during:
        inside |= (t > begin) & (t <= end)
    spacing = float(np.median(np.diff(t)))
    seen = sum(end - begin >= spacing for begin, end in during)
    total = sum(end - begin for begin, end in during)
    if seen < at("stalls") and total >= at("stall_share") * (t[-1] - t[0]):
        raise NotJudged(
            f"phases {', '.join(names)} are shorter than the {format_duration(spacing)} between two samples"
        )
    return inside


def _in_bursts(subject: Subject, t: Array) -> NDArray[np.bool_]:
    """Samples that end an interval in which the job wrote several times as much as it does on average.

    Raises:
        NotJudged: it is not known what the job wrote.
    """
    at_t, written = subject.columns("job", "written_bytes")
    rate = rates.increments(written) / rates.increments(at_t)
    if not np.isfinite(rate).any():
        raise NotJudged("no phase names the saving, and what the job wrote is not known")
    burst = at_t[rate >= max(_BURST_BYTES_PER_SECOND, _BURST * float(np.nanmean(rate)))]
    return np.isin(t, burst)
