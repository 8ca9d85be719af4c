"""Judges recordings by limits: passed, failed, or unjudged, which never counts as passed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from perfmon.store.run_json import FINISHED
from perfmon_analyze.check import values
from perfmon_analyze.check.values import SAMPLED, MeasuredValue, NotMeasured
from perfmon_analyze.compare import comparability
from perfmon_analyze.compare.quantities import ComparedRecording
from perfmon_analyze.compare.sides import Pair, Side
from perfmon_analyze.series.options import Options

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from perfmon_analyze.loading.recordings import Recording
    from perfmon_analyze.loading.runs import Runs
    from perfmon_analyze.text.quantities import Amount

PASSED, FAILED, UNJUDGED = "passed", "failed", "unjudged"
_COVERAGE = 0.99  # of ticks, which `perfmon verify` requires of a sound run


class Limit(NamedTuple):
    """A quantity with a limit: the option's name, a title, the base unit and the function that reads its value.

    `read` is None for a quantity that is computed from the baseline.
    """

    option: str
    title: str
    unit: str
    read: Callable[[ComparedRecording], MeasuredValue] | None

    @property
    def is_least(self) -> bool:
        """Whether the limit is a minimum, not a maximum."""
        return self.option.startswith("min-")


LIMITS = (
    Limit("max-rss", "peak memory of the job", "B", values.rss),
    Limit("max-vram", "peak VRAM on any one GPU", "B", values.vram),
    Limit("max-disk", "growth of the watched folders", "B", values.disk),
    Limit("max-duration", "duration", "s", values.duration),
    Limit("max-cpu-time", "CPU time", "s", values.cpu_time),
    Limit("max-energy", "energy of the GPUs", "J", values.energy),
    Limit("max-batch-p95", "95th percentile of the time per batch", "s", values.batch_p95),
    Limit("min-items-per-second", "items per second", "1/s", values.items_per_second),
    Limit("min-gpu", "mean GPU utilization", "1", values.gpu_utilization),
    Limit("max-recorder", "CPU taken by the recorder", "1", values.recorder),
    Limit("max-overhead", "time taken beyond the baseline's", "1", None),
)


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """The result of one limit for one recording; numbers are in base units, None if not known."""

    option: str
    title: str
    unit: str
    verdict: str = UNJUDGED
    value: float | None = None
    limit: float | None = None
    source: str = ""
    reason: str = ""

    def as_json(self) -> dict[str, Any]:
        """Return all fields as values of JSON."""
        return {**vars(self), "reason": self.reason or None}


def judge(
    runs: Runs, recording: Recording, limits: Mapping[str, Amount], baseline: Runs | None = None
) -> list[Judgement]:
    """Judge one recording by limits, which are given by the names of their options."""
    of = ComparedRecording(runs, recording, Options(synthetic=False), "rss_bytes")
    return [_judge_limit(limit, of, limits[limit.option], baseline) for limit in LIMITS if limit.option in limits]


def _judge_limit(limit: Limit, of: ComparedRecording, amount: Amount, baseline: Runs | None) -> Judgement:
    known = Judgement(option=limit.option, title=limit.title, unit=limit.unit)
    try:
        reading = limit.read(of) if limit.read else values.overhead(of, _baseline(of, baseline))
        known = replace(known, value=reading.value, source=f"{reading.kind}: {reading.source}")
        most = _absolute(limit, of, amount, baseline)
    except NotMeasured as missing:
        return replace(known, reason=str(missing))
    doubt = _reason_for_doubt(of, reading)
    verdict = _verdict(limit, reading.value, most, doubt)
    return replace(known, limit=most, verdict=verdict, reason=doubt if verdict == UNJUDGED else "")


def _absolute(limit: Limit, of: ComparedRecording, amount: Amount, baseline: Runs | None) -> float:
    """Return a limit in its base unit; a relative one is a multiple of the mean over the baseline's recordings."""
    if not amount.relative or limit.read is None:
        return amount.value
    values = [limit.read(one).value for one in _baseline(of, baseline)]
    return sum(values) / len(values) * (1 + amount.value)


def _verdict(limit: Limit, value: float, most: float, doubt: str) -> str:
    """Return the verdict: a value beyond the limit fails even in doubt; one within it passes only without doubt."""
    if (value < most) if limit.is_least else (value > most):
        return FAILED
    return UNJUDGED if doubt else PASSED


def _reason_for_doubt(of: ComparedRecording, reading: MeasuredValue) -> str:
    """Return why a value within its limit proves nothing; empty if it does."""
    facts = of.recording.facts
    if facts.get("state") != FINISHED:
        return f"the run did not finish: its state is {facts.get('state') or 'not known'}"
    sampler = facts.get("sampler") or {}
    recorded, missed = sampler.get("ticks") or 0, sampler.get("ticks_missed") or 0
    if reading.kind == SAMPLED and missed and recorded < _COVERAGE * (recorded + missed):
        return f"{missed} of {recorded + missed} ticks are missing, in which it may have been higher"
    return ""


def _baseline(of: ComparedRecording, baseline: Runs | None) -> list[ComparedRecording]:
    """Return the baseline's recordings of the same stage and model.

    Raises:
        NotMeasured: there is none, or their hardware, interval or origin differs.
    """
    recording = of.recording
    alike = (
        tuple(r for r in baseline.recordings if (r.stage, r.model) == (recording.stage, recording.model))
        if baseline
        else ()
    )
    if baseline is None or not alike:
        raise NotMeasured(f"there is no baseline of stage {recording.stage} and model {recording.model or 'not given'}")
    unlikeness = comparability.reasons(Pair("", Side("", baseline, alike), Side("", of.runs, (recording,))))
    if unlikeness:
        raise NotMeasured(f"the baseline is unlike: {'; '.join(unlikeness)}")
    return [of._replace(runs=baseline, recording=one) for one in alike]
