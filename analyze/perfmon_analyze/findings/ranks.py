"""Whether one rank of a job is slower than the others."""

from __future__ import annotations

from datetime import datetime
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from perfmon_analyze.findings.finding import ADVICE
from perfmon_analyze.findings.subject import Detection, NotJudged
from perfmon_analyze.findings.thresholds import at
from perfmon_analyze.text.humanize import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from perfmon_analyze.derive.arrays import Array
    from perfmon_analyze.findings.subject import Subject

_TOGETHER_SECONDS = 120.0  # within which the ranks of a job begin


def straggler(subject: Subject) -> Iterator[Detection]:
    """This rank's batches, or its waits for them, take longer than those of the others."""
    ranks = _ranks(subject)
    if len(ranks) < 2:
        return
    times = {one: _batch_seconds(one) for one in ranks}
    for what, place in (("a batch takes", 0), ("waiting for a batch takes", 1)):
        seconds, usual = (
            times[subject][place],
            median(each[place] for other, each in times.items() if other is not subject),
        )
        whole = median(sum(each) for each in times.values())
        if seconds - usual >= at("straggler") * whole:
            yield Detection(
                ADVICE,
                f"Rank {subject.facts['rank']} of {len(ranks)} lags: {what} {format_duration(seconds)} there "
                f"and {format_duration(usual)} on the "
                "others.",
                "All wait for it where they exchange gradients. Compare its host, GPU clocks, disk and share of data.",
                subject.warm_up,
                subject.end,
                {"rank": float(subject.facts["rank"]), "own_seconds": seconds, "others_seconds": usual},
            )


def _ranks(subject: Subject) -> list[Subject]:
    """The recordings of all ranks of this one's job, or none where it is no rank."""
    if subject.facts.get("rank") is None:
        return []
    alike = [other for other in subject.all if _job(other) == _job(subject) and _begin(other) is not None]
    begin = _begin(subject)
    if begin is None:
        return []
    return [other for other in alike if abs((_begin(other) or 0.0) - begin) <= _TOGETHER_SECONDS]


def _job(subject: Subject) -> tuple[object, ...]:
    """Return the key that the ranks of one job share."""
    facts, recording = subject.facts, subject.recording
    job = (facts.get("environment") or {}).get("SLURM_JOB_ID")
    is_rank = facts.get("rank") is not None
    return (is_rank, recording.stage, recording.model, recording.variant, facts.get("name"), job)


def _begin(subject: Subject) -> float | None:
    try:
        return datetime.fromisoformat(str(subject.facts.get("begin_time"))).timestamp() + subject.recording.begin
    except ValueError:
        return None


def _batch_seconds(subject: Subject) -> tuple[float, float]:
    """Median seconds of a batch, and of waiting for one, after the warm-up.

    Raises:
        NotJudged: too few were timed.
    """
    t, seconds, waits = subject.columns("batch", "seconds", "wait_seconds")
    keep = (t > subject.warm_up) & np.isfinite(seconds) & np.isfinite(waits)
    if keep.sum() < at("batches"):
        raise NotJudged(f"rank {subject.facts['rank']} timed {keep.sum()} batches, {at('batches'):g} are needed")
    return _median(seconds[keep]), _median(waits[keep])


def _median(values: Array) -> float:
    return float(np.median(values))
