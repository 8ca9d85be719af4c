"""Gaps in the recording itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.derive import gaps
from perfmon_analyze.findings.finding import PROBLEM
from perfmon_analyze.findings.subject import Detection, NotJudged
from perfmon_analyze.findings.thresholds import at
from perfmon_analyze.text.humanize import format_duration, format_percent, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon_analyze.findings.subject import Subject


def missing_samples(subject: Subject) -> Iterator[Detection]:
    """Samples are missing for some time."""
    t = subject.columns("job")[0]
    if len(t) < at("samples"):
        raise NotJudged(f"{plural(len(t), 'sample')} of the job: at least {at('samples'):g} are needed")
    interval = max(subject.recording.interval, float(np.median(np.diff(t))))
    middles = gaps.gap_times(t, interval)
    places = np.searchsorted(t, middles)
    missing = t[places] - t[places - 1] - interval
    total = float(missing.sum())
    if not len(missing) or (total < at("missing_share") * (t[-1] - t[0]) and missing.max() < at("missing_seconds")):
        return
    worst = int(np.argmax(missing))
    begin, end = float(t[places[worst] - 1]), float(t[places[worst]])
    yield Detection(
        PROBLEM,
        f"Samples are missing for {format_duration(total)}, "
        f"{format_percent(total / float(t[-1] - t[0]))} of the time, in "
        f"{plural(len(missing), 'gap')}; the longest begins after {format_duration(begin)}.",
        "`perfmon verify` says why. What happened in a gap is in no figure, mean or finding.",
        begin,
        end,
        {"missing_seconds": total, "gaps": float(len(missing)), "longest_seconds": float(missing.max())},
    )
